"""play.py: plays the programs in programs/ with the PySpark client it runs under, and prints what each of them saw as JSON.

usage: play.py REMOTE WORK_FOLDER [PROGRAM...]

The first line has the names of the programs. A program is a function with one argument, `see`: what it hands over becomes one line of its answer.

    see(df)              schema, then the rows in their order; see.any_order(df) sorts them first
    see.value(x)         a Python value
    see.printed(call)    what the call prints
    see.fails(call)      the error: class, condition, SQLSTATE, parameters
    see.spark, see.remote, see.path("t")    the session, its address, a path below the program's own empty folder

Answers hold no time, no id and no path: `see` replaces the folder's name by {work}. A program that needs a newer client says so
with @since("4.0"). It runs in a session of its own with the settings of `SETTINGS`.
"""
import contextlib
import datetime
import decimal
import faulthandler
import importlib.util
import io
import json
import logging
import os
import pathlib
import re
import signal
import sys
import traceback
import warnings

HERE = pathlib.Path(__file__).resolve().parent
SETTINGS = {"spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "4"}
SECONDS_PER_PROGRAM = 120
PROGRAMS = {}
KEPT_SESSIONS = []


def since(version):
    """Marks a program that needs this client version."""
    def mark(function):
        function.since = version
        return function
    return mark


def program(function):
    """Puts a function among the programs."""
    if function.__name__ in PROGRAMS:
        raise ValueError(f"two programs are called {function.__name__}")
    PROGRAMS[function.__name__] = function
    return function


def load():
    """All programs, by name. Their files import this module as `play` and programs/tables.py as `tables`."""
    sys.modules["play"] = sys.modules[__name__]
    paths = sorted((HERE / "programs").glob("*.py"), key=lambda path: (path.stem != "tables", path.stem))
    for path in paths:
        known = set(PROGRAMS)
        spec = importlib.util.spec_from_file_location(f"programs.{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        if path.stem == "tables":
            sys.modules["tables"] = module
        spec.loader.exec_module(module)
        for name in set(PROGRAMS) - known:
            PROGRAMS[name].file = path.stem
    return PROGRAMS


def describe_type(data_type, nullable=True):
    """A type as Spark writes it, with ! behind what is never null."""
    name = type(data_type).__name__
    if name == "StructType":
        text = "struct<" + ", ".join(describe_field(field) for field in data_type.fields) + ">"
    elif name == "ArrayType":
        text = f"array<{describe_type(data_type.elementType, data_type.containsNull)}>"
    elif name == "MapType":
        text = f"map<{describe_type(data_type.keyType)}, {describe_type(data_type.valueType, data_type.valueContainsNull)}>"
    else:
        text = data_type.simpleString()
    return text if nullable else text + "!"


def describe_field(field):
    text = f"{field.name}: {describe_type(field.dataType, field.nullable)}"
    return text + (" " + json.dumps(field.metadata, sort_keys=True) if field.metadata else "")


def write_value(value):
    """repr() that does not depend on the versions of Python, NumPy and pandas."""
    from pyspark.sql import Row
    if isinstance(value, Row):
        names = getattr(value, "__fields__", None)
        if names is None:
            return "Row(" + ", ".join(map(write_value, value)) + ")"
        return "Row(" + ", ".join(f"{name}={write_value(item)}" for name, item in zip(names, value)) + ")"
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{write_value(key)}: {write_value(item)}" for key, item in value.items())) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(write_value, value)) + ")"
    if isinstance(value, list):
        return "[" + ", ".join(map(write_value, value)) + "]"
    if isinstance(value, bytearray):
        return repr(bytes(value))
    if value is None or isinstance(value, (bool, int, str, bytes, decimal.Decimal)):
        return repr(value)
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        return f"{type(value).__name__}({value})"
    if hasattr(value, "_asdict") and isinstance(value, tuple):
        return write_value(dict(value._asdict()))
    if type(value).__name__ == "VariantVal":
        return f"variant({value.toJson()})"
    return repr(value)


class See:
    """Collects the lines of one program's answer."""

    def __init__(self, remote, folder):
        self.remote, self.folder, self.spark, self.lines = remote, folder, None, []

    def path(self, name):
        return str(self.folder / name)

    def add(self, line):
        self.lines.append(line.replace(str(self.folder), "{work}"))

    def __call__(self, df, any_order=False):
        self.add(", ".join(describe_field(field) for field in df.schema.fields))
        rows = [write_value(tuple(row)) for row in df.collect()]
        for row in sorted(rows) if any_order else rows:
            self.add("  " + row)

    def any_order(self, df):
        self(df, any_order=True)

    def value(self, value):
        self.add(write_value(value))

    def printed(self, call):
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            call()
        for line in text.getvalue().rstrip("\n").split("\n"):
            self.add("| " + line)

    def frame(self, frame):
        """A pandas frame: its types, then its rows."""
        self.add("pandas " + ", ".join(f"{name}: {kind_of_column(frame[name])}" for name in frame.columns))
        for row in frame.itertuples(index=False, name=None):
            self.add("  " + write_value(tuple(plain(item) for item in row)))

    def fails(self, call):
        try:
            call()
        except Exception as error:  # pylint: disable=broad-except
            self.add("fails " + describe_error(error))
        else:
            self.add("does not fail")


def kind_of_column(column):
    return "str" if str(column.dtype) in ("object", "str", "string") else re.sub(r"\[[nu]s", "[", str(column.dtype))


def plain(value):
    """NumPy's and pandas' values as Python's."""
    import pandas
    if value is None or value is pandas.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, pandas.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, pandas.Timedelta):
        return value.to_pytimedelta()
    if hasattr(value, "tolist") and type(value).__module__ == "numpy":
        return value.tolist()
    return value


def ask(error, *names):
    for name in names:
        if hasattr(error, name):
            with contextlib.suppress(Exception):
                return getattr(error, name)()
    return None


def describe_message(kind, text):
    """Clients before 4.0 are told an error's text alone: its condition and SQLSTATE stand there, its words do not count."""
    condition = re.match(r"(\([\w.]+\) )?\[([A-Z_0-9]+(\.[A-Z_0-9]+)?)\] ", text)
    if condition is None:
        return f"{kind}: {text.splitlines()[0] if text else ''}"
    state = re.search(r"SQLSTATE: (\w{5})", text)
    return f"{kind} {condition.group(2)} {state.group(1) if state else None}"


def describe_error(error):
    condition = ask(error, "getCondition", "getErrorClass")
    if condition is None:
        return describe_message(type(error).__name__, str(error).strip())
    parameters = ask(error, "getMessageParameters") or {}
    shown = {key: re.sub(r"#\d+L?", "#", str(value)) for key, value in parameters.items()}
    return f"{type(error).__name__} {condition} {ask(error, 'getSqlState')} {write_value(shown)}"


def connect(remote):
    """A session that shares nothing with the one before."""
    from pyspark.sql.connect.session import SparkSession
    spark = SparkSession.builder.remote(remote).create()
    for key, value in SETTINGS.items():
        spark.conf.set(key, value)
    return spark


def too_long(signum, frame):
    raise TimeoutError(f"took more than {SECONDS_PER_PROGRAM} s")


def client_version():
    import pyspark
    return tuple(int(part) for part in re.findall(r"\d+", pyspark.__version__)[:2])


def play(name, remote, folder):
    """One program: what it saw; a last line `broken ...` for an error of its own."""
    function = PROGRAMS[name]
    needed = tuple(int(part) for part in getattr(function, "since", "3.5").split("."))
    if client_version() < needed:
        return [f"needs {getattr(function, 'since')}"]
    folder.mkdir(parents=True)
    see = See(remote, folder)
    signal.alarm(SECONDS_PER_PROGRAM)
    faulthandler.dump_traceback_later(2 * SECONDS_PER_PROGRAM, exit=True)  # for what does not heed the alarm
    try:
        see.spark = connect(remote)
        function(see)
    except (Exception, SystemExit) as error:  # pylint: disable=broad-except
        see.add("broken " + describe_error(error))
        if os.environ.get("VONK_TEST_TRACE"):
            traceback.print_exc()
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()
        if client_version() < (4, 1):  # there the end of one session closes threads that all share, and waits for them
            KEPT_SESSIONS.append(see.spark)
        else:
            with contextlib.suppress(Exception):
                see.spark.stop()
    return see.lines


def main(remote, work, names):
    os.environ["TZ"] = "UTC"
    os.environ.setdefault("SPARK_HOME", str(HERE))  # some parts look for one, though nothing in it is used
    warnings.simplefilter("ignore")
    os.environ["SPARK_REMOTE"], os.environ["SPARK_CONNECT_MODE_ENABLED"] = remote, "1"
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, too_long)
    load()
    names = names or list(PROGRAMS)
    print(json.dumps(names), flush=True)
    for name in names:
        lines = play(name, remote, pathlib.Path(work) / name)
        print(json.dumps([PROGRAMS[name].file, name, lines]), flush=True)
    if KEPT_SESSIONS:
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
