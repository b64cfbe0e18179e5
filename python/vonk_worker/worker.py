"""The process in which Python functions of queries run, between Vonk's wire and the client's own pyspark.worker.

It stands on descriptor 3, speaks the wire of src/exec/python_wire.h and runs one call after the other. What a call is given becomes
what the installed PySpark expects of its JVM, which differs from version to version: all of that is here, and the server
knows nothing of it. Arrow streams are passed through; rows of functions without Arrow are converted here, so nobody
but this process sees a pickle.
"""
import datetime
import decimal
import inspect
import io
import os
import struct
import sys
import traceback

HEADER = struct.Struct("<II")
CALL, GROUP, DATA, END = 1, 2, 3, 4             # from the server
READY, RESULT, DONE, ERROR, REFUSED = 1, 2, 3, 4, 5  # to the server

BATCHED, ARROW_BATCHED, SCALAR_PANDAS, SCALAR_ARROW, MAP_PANDAS, MAP_ARROW = 100, 101, 200, 250, 205, 207
ITERATORS = {204, 251}
GROUPED = {201, 202, 203, 206, 209, 210, 215, 216, 217, 252, 253, 254}
EVERYWHERE = {BATCHED, ARROW_BATCHED, SCALAR_PANDAS, MAP_PANDAS, MAP_ARROW}


def die_with_parent():
    """A server that was killed leaves no process behind, whatever the function does."""
    try:
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(1, 9)
    except (OSError, AttributeError):
        pass


class Wire:
    """Frames on the socket: size and kind, then that many bytes."""

    def __init__(self, descriptor):
        import socket

        self.socket = socket.socket(fileno=descriptor)
        self.ended = True

    def send(self, kind, payload=b""):
        size = len(payload)
        self.socket.sendall(HEADER.pack(size, kind))
        if size:
            self.socket.sendall(payload)

    def read(self, size):
        data = bytearray(size)
        view, at = memoryview(data), 0
        while at < size:
            count = self.socket.recv_into(view[at:])
            if count == 0:
                os._exit(0)
            at += count
        return data

    def header(self):
        size, kind = HEADER.unpack(self.read(HEADER.size))
        return kind, size

    def drain(self):
        """Up to the end of the call's input."""
        while not self.ended:
            kind, size = self.header()
            self.read(size)
            self.ended = kind == END


class Reader:
    """The bytes of a packed value: numbers, texts, lists."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form="<I"):
        value = struct.unpack_from(form, self.data, self.at)[0]
        self.at += struct.calcsize(form)
        return value

    def bytes(self):
        size = self.number()
        self.at += size
        return bytes(self.data[self.at - size:self.at])

    def text(self):
        return self.bytes().decode("utf-8")

    def pairs(self):
        return [(self.text(), self.text()) for _ in range(self.number())]


class Call:
    """What the server wants: src/exec/python_wire.h says how it is packed."""

    def __init__(self, data):
        reader = Reader(data)
        self.eval_type = reader.number()
        self.partition = reader.number()
        self.python_version = reader.text()
        self.folder = reader.text()
        self.conf = reader.pairs()
        self.eval_conf = reader.pairs()
        self.output = reader.text()
        self.functions = []
        for _ in range(reader.number()):
            arguments = [(reader.number("<i"), reader.text()) for _ in range(reader.number())]
            commands = [reader.bytes() for _ in range(reader.number())]
            self.functions.append((arguments, commands))


class Input(io.RawIOBase):
    """The call's input as PySpark reads it: counts of tables before each group, Arrow streams as they come."""

    def __init__(self, wire, grouped):
        self.wire, self.grouped = wire, grouped
        self.left = 0       # of the frame being read
        self.ready = b""    # bytes that come before it

    def readable(self):
        return True

    def more(self):
        """Bytes are there, of the next frame if need be; False at the end."""
        while not self.left and not self.ready:
            if self.wire.ended:
                return False
            kind, size = self.wire.header()
            if kind == DATA:
                self.left = size
            elif kind == GROUP:
                self.ready = struct.pack("!i", struct.unpack("<I", self.wire.read(size))[0])
            else:
                self.wire.read(size)
                self.wire.ended = True
                self.ready = struct.pack("!i", 0) if self.grouped else b""
        return True

    def readinto(self, buffer):
        view = memoryview(buffer).cast("B")
        at = 0
        while at < len(view) and self.more():
            if self.ready:
                part = self.ready[:len(view) - at]
                view[at:at + len(part)] = part
                self.ready = self.ready[len(part):]
                at += len(part)
            else:
                count = self.wire.socket.recv_into(view[at:at + self.left])
                if count == 0:
                    os._exit(0)
                self.left -= count
                at += count
        return at

    def read(self, size=-1):
        if size is None or size < 0:
            raise io.UnsupportedOperation("read to the end")
        data = bytearray(size)
        count = self.readinto(data)
        return bytes(memoryview(data)[:count])


class Output(io.RawIOBase):
    """Where PySpark writes: batches are caught by StreamWriter, the marks between them mean nothing here."""

    def __init__(self, wire):
        self.wire = wire

    def writable(self):
        return True

    def write(self, data):
        return len(data)

    def send(self, batch):
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        self.wire.send(RESULT, sink.getvalue())


class StreamWriter:
    """Stands for pyarrow.RecordBatchStreamWriter: each batch goes out as a stream of its own at once."""

    original = None

    def __new__(cls, sink, schema, *arguments, **named):
        if not isinstance(sink, Output):
            return cls.original(sink, schema, *arguments, **named)
        writer = super().__new__(cls)
        writer.output = sink
        return writer

    def write_batch(self, batch, *_):
        self.output.send(batch)

    def close(self):
        pass


# --- rows without Arrow ---


def to_python(data_type):
    """How a value that Arrow gave becomes what a function without Arrow is called with; None: it is that already."""
    from pyspark.sql import types as t

    if isinstance(data_type, t.TimestampType):
        return lambda v: v.astimezone().replace(tzinfo=None)
    if isinstance(data_type, t.ArrayType):
        element = to_python(data_type.elementType)
        return element and (lambda v: [None if x is None else element(x) for x in v])
    if isinstance(data_type, t.MapType):
        key, value = to_python(data_type.keyType) or same, to_python(data_type.valueType) or same
        return lambda v: {key(k): None if x is None else value(x) for k, x in (v.items() if isinstance(v, dict) else v)}
    if isinstance(data_type, t.StructType):
        names = data_type.names
        fields = [to_python(f.dataType) or same for f in data_type.fields]

        def row(v):
            return t._create_row(names, [None if v[n] is None else f(v[n]) for n, f in zip(names, fields)])

        return row
    return None


def same(value):
    return value


WIDTHS = {"ByteType": 8, "ShortType": 16, "IntegerType": 32, "LongType": 64}


def whole(bits):
    low, high = -(1 << bits - 1), (1 << bits) - 1

    def convert(v):
        if isinstance(v, bool) or not isinstance(v, int) or not -(1 << 63) <= v < 1 << 63:
            return None
        v &= high
        return v + low * 2 if v >= -low else v

    return convert


def java_text(v):
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, (list, tuple)):
        return "[" + ", ".join("null" if x is None else java_text(x) for x in v) + "]"
    if isinstance(v, dict):
        return "{" + ", ".join("%s=%s" % (java_text(k), "null" if x is None else java_text(x)) for k, x in v.items()) + "}"
    return str(v)


def from_python(data_type):
    """What a function without Arrow answered (in PySpark's internal form) as a value of the type: as Spark takes it, where
    what does not fit is null."""
    from pyspark.sql import types as t

    name = type(data_type).__name__
    if isinstance(data_type, t.BooleanType):
        return lambda v: v if isinstance(v, bool) else None
    if name in WIDTHS:
        return whole(WIDTHS[name])
    if isinstance(data_type, (t.FloatType, t.DoubleType)):
        return lambda v: v if isinstance(v, float) else None
    if isinstance(data_type, t.DecimalType):
        unit = decimal.Decimal(1).scaleb(-data_type.scale)
        context = decimal.Context(prec=76, rounding=decimal.ROUND_HALF_UP)
        return lambda v: v.quantize(unit, context=context) if isinstance(v, decimal.Decimal) else None
    if isinstance(data_type, t.DateType):
        epoch = datetime.date(1970, 1, 1).toordinal()
        return lambda v: datetime.date.fromordinal(v + epoch) if isinstance(v, int) else None
    if name in ("TimestampType", "TimestampNTZType", "DayTimeIntervalType"):
        return lambda v: v if isinstance(v, int) and not isinstance(v, bool) else None
    if name in ("StringType", "CharType", "VarcharType"):
        return java_text
    if isinstance(data_type, t.BinaryType):
        return lambda v: v.encode("utf-8") if isinstance(v, str) else bytes(v) if isinstance(v, (bytes, bytearray)) else None
    if isinstance(data_type, t.ArrayType):
        element = nullable(from_python(data_type.elementType))
        return lambda v: [element(x) for x in v] if isinstance(v, (list, tuple)) or hasattr(v, "typecode") else None
    if isinstance(data_type, t.MapType):
        key, value = nullable(from_python(data_type.keyType)), nullable(from_python(data_type.valueType))
        return lambda v: [(key(k), value(x)) for k, x in v.items()] if isinstance(v, dict) else None
    if isinstance(data_type, t.StructType):
        names, fields = data_type.names, [nullable(from_python(f.dataType)) for f in data_type.fields]

        def row(v):
            if not isinstance(v, (tuple, list)):
                return None
            if len(v) != len(names):
                raise ValueError("Input row doesn't have expected number of values required by the schema. %d fields are required "
                                 "while %d values are provided." % (len(names), len(v)))
            return tuple(f(x) for f, x in zip(fields, v))

        return row
    return same


def nullable(convert):
    return lambda v: None if v is None else convert(v)


def array_of(values, arrow_type):
    """An Arrow array of converted values; structs are tuples, which are read by position."""
    import pyarrow as pa

    if pa.types.is_struct(arrow_type):
        missing = [v is None for v in values]
        children = [array_of([None if v is None else v[i] for v in values], arrow_type.field(i).type) for i in range(arrow_type.num_fields)]
        if not children:
            return pa.array([None if m else {} for m in missing], type=arrow_type)
        return pa.StructArray.from_arrays(children, fields=list(arrow_type), mask=pa.array(missing, pa.bool_()))
    if pa.types.is_list(arrow_type):
        return list_of(values, arrow_type, pa.ListArray.from_arrays, [arrow_type.value_type], lambda v: (v,))
    if pa.types.is_map(arrow_type):
        return list_of(values, arrow_type, pa.MapArray.from_arrays, [arrow_type.key_type, arrow_type.item_type], lambda v: zip(*v) if v else ((), ()))
    return pa.array(values, type=arrow_type)


def list_of(values, arrow_type, make, types, split):
    import pyarrow as pa

    offsets, columns, total = [], [[] for _ in types], 0
    for v in values:
        offsets.append(None if v is None else total)
        if v is None:
            continue
        for column, part in zip(columns, split(v)):
            column.extend(part)
        total += len(v)
    offsets.append(total)
    return make(pa.array(offsets, pa.int32()), *[array_of(c, t) for c, t in zip(columns, types)], type=arrow_type)


class RowInput:
    """Stands for the deserializer of a function without Arrow: rows of Python values."""

    def __init__(self, call):
        from pyspark.sql.types import StructType

        import json

        schema = StructType.fromJson(json.loads(dict(call.eval_conf)["input_type"]))
        self.converters = [to_python(f.dataType) for f in schema.fields]
        self.counts = []

    def load_stream(self, stream):
        import pyarrow as pa

        for batch in pa.ipc.open_stream(stream):
            self.counts.append(batch.num_rows)
            columns = []
            for convert, column in zip(self.converters, batch.columns):
                values = column.to_pylist()
                columns.append([None if v is None else convert(v) for v in values] if convert else values)
            if columns:
                yield from zip(*columns)
            else:
                yield from (() for _ in range(batch.num_rows))


def arrow_type_of(data_type):
    from pyspark.sql.pandas.types import to_arrow_type

    has_zone = "timezone" in inspect.signature(to_arrow_type).parameters
    return to_arrow_type(data_type, timezone="UTC") if has_zone else to_arrow_type(data_type)


class RowOutput:
    """Stands for the serializer: as many rows as each batch had."""

    def __init__(self, rows, types):
        self.rows, self.converters = rows, [nullable(from_python(t)) for t in types]
        self.arrow_types = [arrow_type_of(t) for t in types]

    def dump_stream(self, iterator, stream):
        results = []
        for result in iterator:
            results.append(result)
            while self.rows.counts and len(results) >= self.rows.counts[0]:
                self.send(results[:self.rows.counts[0]], stream)
                del results[:self.rows.counts.pop(0)]
        if results:
            self.send(results, stream)

    def send(self, results, stream):
        import pyarrow as pa

        columns = list(zip(*results)) if len(self.converters) > 1 else [results]
        arrays = [array_of([c(v) for v in column], t) for column, c, t in zip(columns, self.converters, self.arrow_types)]
        stream.send(pa.RecordBatch.from_arrays(arrays, ["_%d" % i for i in range(len(arrays))]))


# --- what each version's read_udfs wants ---


class Packer:
    """As the JVM writes: big-endian, texts and pickles with their length."""

    def __init__(self):
        self.data = io.BytesIO()

    def int(self, value):
        self.data.write(struct.pack("!i", value))

    def bytes(self, value):
        self.int(len(value))
        self.data.write(value)

    def conf(self, pairs):
        self.int(len(pairs))
        for key, value in pairs:
            self.bytes(key.encode("utf-8"))
            self.bytes(value.encode("utf-8"))


def pack_functions(call, has_names, has_result_id):
    out = Packer()
    out.int(len(call.functions))
    for number, (arguments, commands) in enumerate(call.functions):
        out.int(len(arguments))
        for offset, name in arguments:
            out.int(offset)
            if has_names:
                out.data.write(b"\1" if name else b"\0")
                if name:
                    out.bytes(name.encode("utf-8"))
        out.int(len(commands))
        for command in commands:
            out.bytes(command)
        if has_result_id:
            out.data.write(struct.pack("!q", number))
    return out.data.getvalue()


def read_functions(version, call):
    """(function over batches, deserializer, serializer) as the installed worker makes them."""
    from pyspark import worker
    from pyspark.serializers import CPickleSerializer

    pickles = CPickleSerializer()
    if version >= (4, 3):
        from pyspark.worker_message import UDFInfo

        infos = []
        for arguments, commands in call.functions:
            info = UDFInfo.__new__(UDFInfo)
            fields = {"args": [o for o, name in arguments if not name], "kwargs": {name: o for o, name in arguments if name},
                      "udfs": commands, "result_id": 0}
            for key, value in fields.items():
                object.__setattr__(info, key, value)
            infos.append(info)
        made = worker.read_udfs(pickles, infos, call.eval_type, worker.RunnerConf(dict(call.conf)), worker.EvalConf(dict(call.eval_conf)))
    elif version >= (4, 2):
        runner_conf, eval_conf = worker.RunnerConf(), worker.EvalConf()
        runner_conf._conf, eval_conf._conf = dict(call.conf), dict(call.eval_conf)
        stream = io.BytesIO(pack_functions(call, True, True))
        made = worker.read_udfs(pickles, stream, call.eval_type, runner_conf, eval_conf)
    else:
        out = Packer()
        if call.eval_type != BATCHED:
            out.conf(call.conf)
        if version >= (4, 1) and call.eval_type == ARROW_BATCHED:
            out.bytes(dict(call.eval_conf)["input_type"].encode("utf-8"))
        if version >= (4, 0):
            out.data.write(b"\0")  # no profiler
        if version < (4, 0) and any(name for arguments, _ in call.functions for _, name in arguments):
            raise Refused("named arguments of Python functions with PySpark 3.5")
        out.data.write(pack_functions(call, version >= (4, 0) and call.eval_type not in (MAP_PANDAS, MAP_ARROW), False))
        out.data.seek(0)
        made = worker.read_udfs(pickles, out.data, call.eval_type)
    func, _, deserializer, serializer = made
    if call.eval_type == BATCHED:
        types = [pickles.loads(commands[-1])[1] for _, commands in call.functions]
        deserializer = RowInput(call)
        serializer = RowOutput(deserializer, types)
    return func, deserializer, serializer


class Refused(Exception):
    """What the installed version's worker is not driven for."""


def check(call, version):
    own = "%d.%d" % sys.version_info[:2]
    if call.python_version and call.python_version != own:
        from pyspark.errors import PySparkRuntimeError

        named = "errorClass" if version >= (4, 0) else "error_class"
        parameters = "messageParameters" if version >= (4, 0) else "message_parameters"
        raise PySparkRuntimeError(**{named: "PYTHON_VERSION_MISMATCH", parameters: {"worker_version": own, "driver_version": call.python_version}})
    if version < (4, 2) and call.eval_type not in EVERYWHERE:
        raise Refused("Python functions of this kind (evaluation type %d) with PySpark %d.%d" % ((call.eval_type,) + version))


def add_files(folder):
    """Python files, archives and packages that the session was given."""
    if not folder or not os.path.isdir(folder):
        return
    import importlib

    pyfiles = os.path.join(folder, "pyfiles")
    paths = [folder, pyfiles]
    for name in sorted(os.listdir(pyfiles)) if os.path.isdir(pyfiles) else []:
        if name.endswith((".zip", ".egg", ".jar", ".whl")):
            paths.append(os.path.join(pyfiles, name))
    for path in paths:
        if path not in sys.path:
            sys.path.insert(1, path)
    try:
        from pyspark.core.files import SparkFiles
    except ImportError:
        try:
            from pyspark.files import SparkFiles
        except ImportError:
            SparkFiles = None
    if SparkFiles:
        SparkFiles._root_directory = os.path.join(folder, "files")
        SparkFiles._is_running_on_worker = True
    importlib.invalidate_caches()


def set_context(call):
    from pyspark import TaskContext

    context = TaskContext._getOrCreate()
    context._partitionId = call.partition
    context._stageId = context._attemptNumber = context._taskAttemptId = 0
    context._cpus, context._resources, context._localProperties = 1, {}, {}
    if hasattr(TaskContext, "_setTaskContext"):
        TaskContext._setTaskContext(context)


def describe(error, call):
    """The traceback as Spark shows it: by default only the frames of the function itself."""
    conf = dict(call.conf) if call else {}
    if conf.get("spark.sql.execution.pyspark.udf.hideTraceback.enabled") == "true":
        return "".join(traceback.format_exception_only(type(error), error))
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename == "vonk_worker":
        frames = frames.tb_next
    if conf.get("spark.sql.execution.pyspark.udf.simplifiedTraceback.enabled") == "true" and frames:
        from pyspark.util import try_simplify_traceback

        short = try_simplify_traceback(frames)
        if short is not None:
            error.__cause__ = None
            return "".join(traceback.format_exception(type(error), error, short))
    return "".join(traceback.format_exception(type(error), error, frames))


def run(wire, call, version):
    add_files(call.folder)
    check(call, version)
    set_context(call)
    func, deserializer, serializer = read_functions(version, call)
    results = func(call.partition, deserializer.load_stream(Input(wire, call.eval_type in GROUPED)))
    try:
        serializer.dump_stream(results, Output(wire))
    finally:
        if hasattr(results, "close"):
            results.close()


def prepare():
    """Imports what all calls need, once."""
    try:
        import pyspark
        import pyspark.worker  # noqa: F401
        import pyarrow as pa

        StreamWriter.original = pa.RecordBatchStreamWriter
        pa.RecordBatchStreamWriter = StreamWriter
        return tuple(int(part) for part in pyspark.__version__.split(".")[:2]), ""
    except ImportError:
        return (0, 0), traceback.format_exc()


def main():
    die_with_parent()
    if sys.path and sys.path[0] == "":
        del sys.path[0]
    wire = Wire(3)
    version, failure = prepare()
    wire.send(READY, ("%d.%d" % version).encode("ascii"))
    while True:
        kind, size = wire.header()
        data = wire.read(size)
        if kind != CALL:
            continue
        wire.ended, call = False, None
        try:
            if failure:
                wire.send(ERROR, failure.encode("utf-8"))
            else:
                call = Call(data)
                run(wire, call, version)
                wire.drain()
                wire.send(DONE)
                continue
        except Refused as refused:
            wire.send(REFUSED, str(refused).encode("utf-8"))
        except BaseException as error:
            wire.send(ERROR, describe(error, call).encode("utf-8", "replace"))
        wire.drain()


if __name__ == "__main__":
    main()
