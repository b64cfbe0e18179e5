"""arrow_ipc_test: streams and files that PyArrow writes, read and written again by `column_ipc_test echo`, and read by PyArrow."""
import datetime
import decimal
import io
import os
import pathlib
import random
import subprocess
import unittest

try:
    import pyarrow as pa
    import pyarrow.ipc as ipc
except ImportError:
    pa = None

VONK = pathlib.Path(os.environ.get("VONK", "build/release/vonk"))
ECHO = VONK.parent / "unit" / "column_ipc_test"
ROWS = 5000


def written(table, file=False, chunk=None, **options):
    sink = io.BytesIO()
    with (ipc.new_file if file else ipc.new_stream)(sink, table.schema, options=ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=chunk)
    return sink.getvalue()


def echo(data, offset=0):
    """The table that was understood, or the error's text."""
    done = subprocess.run([ECHO, "echo", str(offset)], input=data, capture_output=True, timeout=120)
    if done.returncode:
        return done.stderr.decode().strip()
    table = ipc.open_stream(done.stdout).read_all()
    table.validate(full=True)
    return table


@unittest.skipUnless(pa, "pyarrow is missing")
@unittest.skipUnless(ECHO.exists(), "column_ipc_test is not built (scripts/build release unit_tests)")
class ArrowIpc(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        generator = random.Random(1)
        cls.numbers = [generator.randrange(100) for _ in range(ROWS)]
        cls.texts = ["x" * (n % 30) + str(n) for n in cls.numbers]
        cls.mask = [generator.random() < 0.2 for _ in range(ROWS)]

    def holes(self, values, type=None):
        return pa.array([None if hole else value for hole, value in zip(self.mask, values)], type=type)

    def table(self):
        n, texts = self.numbers, self.texts
        cents = [decimal.Decimal(k) / 100 for k in n]
        some = lambda k, value: value if k % 7 else None
        return pa.table({
            "boolean": self.holes([k % 2 == 0 for k in n]), "byte": self.holes(n, pa.int8()), "short": self.holes(n, pa.int16()),
            "int": self.holes(n, pa.int32()), "long": self.holes(n, pa.int64()), "float": self.holes(n, pa.float32()),
            "double": self.holes([k / 3 for k in n]), "string": self.holes(texts), "binary": self.holes([t.encode() for t in texts]),
            "date": self.holes([datetime.date(1970, 1, 1) + datetime.timedelta(k) for k in n]),
            "timestamp": self.holes([k * 1000 for k in n], pa.timestamp("us", "UTC")), "ntz": self.holes([k * 1000 for k in n], pa.timestamp("us")),
            "time": self.holes([k * 1000 for k in n], pa.time64("ns")), "duration": self.holes([k * 1000 for k in n], pa.duration("us")),
            "interval": pa.array([some(k, pa.MonthDayNano([k, 2, k * 1000])) for k in n]),
            "d9": self.holes(cents, pa.decimal128(9, 2)), "d18": self.holes(cents, pa.decimal128(18, 2)), "d38": self.holes(cents, pa.decimal128(38, 2)),
            "list": pa.array([some(k, [k] * (k % 4)) for k in n], pa.list_(pa.field("element", pa.int32()))),
            "struct": pa.array([some(k, {"a": k, "b": str(k)}) for k in n], pa.struct([("a", pa.int64()), ("b", pa.string())])),
            "map": pa.array([some(k, [(str(k), k)] * (k % 3)) for k in n], pa.map_(pa.string(), pa.int32())),
            "deep": pa.array([[{"a": None if k % 3 else [k]}] * (k % 3) for k in n],
                             pa.list_(pa.field("element", pa.struct([("a", pa.list_(pa.field("element", pa.int64())))])))),
            "void": pa.nulls(ROWS), "whole": pa.array(n), "texts": pa.array(texts),
        })

    def check(self, table, expected=None, **how):
        data = written(table, **how)
        for offset in (0, 1, 4):
            back = echo(data, offset)
            self.assertIsInstance(back, pa.Table, back)
            for name in table.column_names:
                wanted = (expected or table)[name].combine_chunks()
                with self.subTest(column=name, offset=offset):
                    self.assertTrue(back[name].cast(wanted.type).combine_chunks().equals(wanted))
        return back

    def test_all_types(self):
        table = self.table()
        for how in ({}, {"chunk": 777}, {"file": True, "chunk": 1000}, {"compression": "zstd"}, {"compression": "lz4", "chunk": 999},
                    {"use_legacy_format": True, "metadata_version": ipc.MetadataVersion.V4}):
            with self.subTest(how=how):
                back = self.check(table, **how)
        same = [field for field in back.schema if field.type != table.schema.field(field.name).type]
        self.assertEqual(same, [])

    def test_slices(self):
        for first, count in ((13, 3001), (0, 0), (7, 1), (64, 2048)):
            self.check(self.table().slice(first, count))

    def test_other_layouts(self):
        table = self.table()
        views = pa.table({"string": table["string"].cast(pa.string_view()), "binary": table["binary"].cast(pa.binary_view())})
        self.check(views, table)
        large = pa.table({"string": table["string"].cast(pa.large_string()), "binary": table["binary"].cast(pa.large_binary()),
                          "list": table["list"].cast(pa.large_list(pa.int32()))})
        self.check(large, table)
        fixed = pa.table({"binary": pa.array([b"%04d" % k if k % 3 else None for k in self.numbers], pa.binary(4)),
                          "list": pa.array([[k, None] if k % 3 else None for k in self.numbers], pa.list_(pa.int16(), 2))})
        self.check(fixed, pa.table({"binary": fixed["binary"].cast(pa.binary()), "list": fixed["list"].cast(pa.list_(pa.int16()))}))

    def test_other_numbers(self):
        n = self.numbers
        table = pa.table({"u8": self.holes(n, pa.uint8()), "u16": self.holes(n, pa.uint16()), "u32": self.holes(n, pa.uint32()),
                          "u64": self.holes(n, pa.uint64()), "half": self.holes([float(k) for k in n]).cast(pa.float16())})
        types = [pa.int16(), pa.int32(), pa.int64(), pa.decimal128(20, 0), pa.float32()]
        wider = pa.table({name: table[name].cast(type) for name, type in zip(table.column_names, types)})
        self.assertEqual(self.check(table, wider).schema.types, types)
        cents = [decimal.Decimal(k) / 100 for k in n]
        makers = [maker for maker in ("decimal32", "decimal64", "decimal256") if hasattr(pa, maker)]
        self.check(pa.table({maker: self.holes(cents, getattr(pa, maker)(9, 2)) for maker in makers}),
                   pa.table({maker: self.holes(cents, pa.decimal128(9, 2)) for maker in makers}))

    def test_other_units(self):
        n = self.numbers
        self.check(pa.table({
            "s": self.holes(n, pa.timestamp("s", "UTC")), "ms": self.holes(n, pa.timestamp("ms")), "ns": self.holes([k * 1000 for k in n], pa.timestamp("ns", "UTC")),
            "t32": self.holes(n, pa.time32("s")), "tms": self.holes(n, pa.time32("ms")), "tus": self.holes(n, pa.time64("us")),
            "ds": self.holes(n, pa.duration("s")), "dn": self.holes([k * 1000 for k in n], pa.duration("ns")), "date64": self.holes([k * 86400000 for k in n], pa.date64()),
        }))

    def test_dictionaries(self):
        table = pa.table({"text": self.holes(self.texts).dictionary_encode(), "number": pa.array(self.numbers).dictionary_encode()})
        self.check(table, pa.table({"text": table["text"].cast(pa.string()), "number": table["number"].cast(pa.int64())}), chunk=900)
        sink = io.BytesIO()
        batches = [pa.record_batch({"c": pa.array(values).dictionary_encode()}) for values in (["a", "b"], ["c", "a", None], ["z" * 20])]
        with ipc.new_stream(sink, batches[0].schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        self.assertEqual(echo(sink.getvalue())["c"].to_pylist(), ["a", "b", "c", "a", None, "z" * 20])
        holes = pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 2], pa.int8()), pa.array(["a", None, "c" * 21]))
        self.assertEqual(echo(written(pa.table({"d": holes})))["d"].to_pylist(), ["a", None, None, "c" * 21])
        outside = pa.DictionaryArray.from_arrays(pa.array([0, 9], pa.int8()), pa.array(["a"]), safe=False)
        self.assertIn("an index outside its dictionary", echo(written(pa.table({"d": outside}))))

    def test_field_metadata(self):
        field = pa.field("a", pa.int64(), nullable=False, metadata={"SPARK::metadata::json": '{"comment":"c"}', "other": "x"})
        back = echo(written(pa.table([pa.array([1])], schema=pa.schema([field]))))
        self.assertEqual(back.schema.field("a").metadata, {b"SPARK::metadata::json": b'{"comment":"c"}'})
        self.assertFalse(back.schema.field("a").nullable)

    def test_rows_without_columns(self):
        self.assertEqual(echo(written(pa.table({"a": [1, 2]}).select([]))).num_rows, 2)

    def test_what_is_refused(self):
        union = pa.UnionArray.from_dense(pa.array([0, 0], pa.int8()), pa.array([0, 1], pa.int32()), [pa.array([1, 2])])
        for array, name in ((union, "Union"), (pa.RunEndEncodedArray.from_arrays([2], [1]), "RunEndEncoded"),
                            (pa.array([[1]], pa.list_view(pa.int32())), "ListView"), (pa.array([decimal.Decimal(1)], pa.decimal256(60, 2)), "d:60,2,256")):
            self.assertIn("UNSUPPORTED_ARROWTYPE", echo(written(pa.table({"a": array}))))
            self.assertIn(name, echo(written(pa.table({"a": array}))))
        whole = written(self.table())
        for data in (b"", b"ARROW1", whole[:3000], whole[:-500]):
            self.assertIn("MALFORMED_RECORD_IN_PARSING", echo(data))


if __name__ == "__main__":
    unittest.main()
