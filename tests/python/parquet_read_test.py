"""parquet_read_test: the Apache project's Parquet files, value by value against PyArrow; what is broken on purpose ends in an error."""
import base64
import csv
import datetime
import decimal
import json
import math
import os
import pathlib
import struct
import subprocess
import unittest

VONK = os.environ.get("VONK", "build/release/vonk")
FOLDER = pathlib.Path(os.environ.get("VONK_PARQUET_TESTING", "../shared/data/parquet-testing"))

# PyArrow fails, or reads something else than Spark does; tests/sql/parquet/conformance.test has Spark's answers.
NOT_COMPARED = {
    "incorrect_map_schema.parquet",   # refused by PyArrow
    "large_string_map.brotli.parquet",  # two strings of 1 GiB
    "datapage_v1-corrupt-checksum.parquet",  # below
    "nation.dict-malformed.parquet",  # refused by PyArrow
    "nested_structs.rust.parquet",    # unsigned 64-bit integers as decimals
    "map_no_value.parquet",           # a map without values is an array here
    "old_list_structure.parquet",     # an older shape of lists
    "int96_from_spark.parquet",       # a year beyond those of Python
}


def vonk(statement, *words):
    return subprocess.run([VONK, "sql", "-S", "--conf", "spark.sql.session.timeZone=UTC", *words, "--format", "json", "-e", statement],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)


def rows_of(path, *words):
    done = vonk(f"SELECT * FROM parquet.`{path}`", *words)
    if done.returncode:
        raise AssertionError(f"{path}: {done.stderr.decode(errors='replace')}")
    return [json.loads(line, parse_float=decimal.Decimal) for line in done.stdout.decode().splitlines()]


def as_float(value, single):
    number = math.nan if value is None else float(value)
    return struct.unpack("<f", struct.pack("<f", number))[0] if single else number


class Values(unittest.TestCase):
    def same(self, ours, theirs, kind, where):
        """OURS from JSON, THEIRS from PyArrow with its type KIND."""
        import pyarrow as pa
        if pa.types.is_floating(kind) and theirs is not None:
            ours, theirs = as_float(ours, kind.bit_width < 64), float(theirs)
            self.assertTrue(ours == theirs or (math.isnan(ours) and math.isnan(theirs)), f"{where}: {ours} {theirs}")
        elif theirs is None:
            self.assertIsNone(ours, where)
        elif pa.types.is_struct(kind):
            self.assertEqual(set(ours), {field.name for field in kind}, where)
            for field in kind:
                self.same(ours[field.name], theirs[field.name], field.type, f"{where}.{field.name}")
        elif pa.types.is_map(kind):
            self.assertEqual(len(ours), len(theirs), where)
            for key, value in theirs:
                self.same(ours[str(key)], value, kind.item_type, f"{where}[{key}]")
        elif pa.types.is_list(kind):
            self.assertEqual(len(ours), len(theirs), where)
            for i, (one, other) in enumerate(zip(ours, theirs)):
                self.same(one, other, kind.value_type, f"{where}[{i}]")
        elif pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
            self.assertEqual(base64.b64decode(ours), theirs, where)
        elif pa.types.is_timestamp(kind):
            self.assertEqual(datetime.datetime.fromisoformat(ours), theirs.replace(tzinfo=None), where)
        elif pa.types.is_date(kind):
            self.assertEqual(datetime.date.fromisoformat(ours), theirs, where)
        elif pa.types.is_decimal(kind):
            self.assertEqual(decimal.Decimal(ours), theirs, where)
        else:
            self.assertEqual(ours, theirs, where)

    def compare(self, path):
        import pyarrow as pa
        import pyarrow.parquet as pq
        table = pq.ParquetFile(path, coerce_int96_timestamp_unit="us").read()
        names = table.column_names
        columns = []
        for column in table.columns:
            kind = column.type
            if pa.types.is_timestamp(kind) and kind.unit == "ns":
                column = column.cast(pa.timestamp("us", kind.tz), safe=False)
            columns.append((column.type, column.to_pylist()))
        ours = rows_of(path)
        self.assertEqual(len(ours), table.num_rows)
        for row, values in enumerate(ours):
            self.assertEqual(list(values), names)
            for name, (kind, column) in zip(names, columns):
                self.same(values[name], column[row], kind, f"{path.name} row {row} {name}")


def setUpModule():
    if not FOLDER.is_dir():
        raise unittest.SkipTest(f"no {FOLDER}")
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise unittest.SkipTest("no pyarrow")


class Conformance(Values):
    def test_values(self):
        files = sorted(FOLDER.glob("data/*.parquet")) + sorted(FOLDER.glob("data/geospatial/*.parquet"))
        self.assertGreater(len(files), 60)
        for path in files:
            if path.name in NOT_COMPARED:
                continue
            with self.subTest(path.name):
                self.compare(path)

    def test_expected_text(self):
        for path in sorted(FOLDER.glob("data/*_expect.csv")):
            with self.subTest(path.name), open(path, newline="") as lines:
                expected = list(csv.reader(lines))
                ours = rows_of(path.with_name(path.name.replace("_expect.csv", ".parquet")))
                self.assertEqual(len(ours), len(expected) - 1)
                for values, words in zip(ours, expected[1:]):
                    for value, word in zip(values.values(), words):
                        self.assertEqual("" if value is None else str(value), word.strip())


class Refusals(unittest.TestCase):
    def refuse(self, path, condition, *words):
        done = vonk(f"SELECT * FROM parquet.`{path}`", *words)
        self.assertEqual(done.returncode, 1, path)
        text = done.stderr.decode(errors="replace")
        self.assertTrue(text.startswith(f"[{condition}"), text)
        self.assertIn(path.name, text)

    def test_bad_data(self):
        good = {"ARROW-GH-43605.parquet"}  # codes of no bits: unusual, and well-formed
        for path in sorted(FOLDER.glob("bad_data/*.parquet")):
            if path.name not in good:
                with self.subTest(path.name):
                    self.refuse(path, "FAILED_READ_FILE")

    def test_checksums(self):
        verify = ("--conf", "parquet.page.verify-checksum.enabled=true")
        for name in ("datapage_v1-corrupt-checksum", "rle-dict-uncompressed-corrupt-checksum"):
            path = FOLDER / f"data/{name}.parquet"
            self.refuse(path, "FAILED_READ_FILE.NO_HINT", *verify)
            rows_of(path)
        for name in ("datapage_v1-snappy-compressed-checksum", "datapage_v1-uncompressed-checksum", "rle-dict-snappy-checksum"):
            rows_of(FOLDER / f"data/{name}.parquet", *verify)

    def test_encrypted(self):
        for path in sorted(FOLDER.glob("data/*.parquet.encrypted")):
            with self.subTest(path.name):
                self.refuse(path, "UNSUPPORTED_FEATURE")

    def test_shredded_variants(self):
        for path in sorted(FOLDER.glob("shredded_variant/*.parquet"))[:5]:
            with self.subTest(path.name):
                self.refuse(path, "FAILED_READ_FILE")

    def test_too_large_for_the_memory(self):
        done = vonk(f"SELECT * FROM parquet.`{FOLDER}/data/large_string_map.brotli.parquet`", "--driver-memory", "256m")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"[UNABLE_TO_ACQUIRE_MEMORY]", done.stderr)


if __name__ == "__main__":
    unittest.main()
