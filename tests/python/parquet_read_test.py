"""parquet_read_test: the Apache project's Parquet files, value by value against PyArrow; what is broken on purpose ends in an error."""
import base64
import collections
import csv
import datetime
import decimal
import hashlib
import json
import math
import os
import pathlib
import re
import struct
import subprocess
import sys
import unittest

VONK = os.environ.get("VONK", "build/release/vonk")
FOLDER = pathlib.Path(os.environ.get("VONK_PARQUET_TESTING", "../shared/data/parquet-testing"))

# Where the expected values come from: PyArrow, but for these. "their notes": the text beside the file says its values, or what made it.
OTHER_ORACLES = {
    "incorrect_map_schema.parquet": "DuckDB",        # PyArrow refuses keys that may be null
    "map_no_value.parquet": "their notes",             # Spark refuses the map without values; here it is an array, as the notes say
    "int96_from_spark.parquet": "their notes",         # PyArrow's years wrap round
    "large_string_map.brotli.parquet": "their notes",  # two strings of 1 GiB
    "nation.dict-malformed.parquet": "Spark's refusal",
}
# tests/sql/parquet/conformance.test has Spark's answers for most of them besides.
COUNTS = {"PyArrow": 60, "DuckDB": 1, "their notes": 3, "Spark's refusal": 1}
GEOSPATIAL_COUNT = 10
LARGE_MEMORY = "4g"
# Of bad_data, and well-formed: codes of no bits.
UNUSUAL = "ARROW-GH-43605.parquet"


def vonk(statement, *words):
    return subprocess.run([VONK, "sql", "-S", "--conf", "spark.sql.session.timeZone=UTC", *words, "--format", "json", "-e", statement],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)


def rows_of(path, *words):
    done = vonk(f"SELECT * FROM parquet.`{path}`", *words)
    if done.returncode:
        raise AssertionError(f"{path}: {done.stderr.decode(errors='replace')}")
    return [json.loads(line, parse_float=decimal.Decimal) for line in done.stdout.decode().splitlines()]


def as_micros(text):
    """'+52951-07-27 10:00:00.5' as microseconds since 1970; the calendar repeats every 400 years, Python's ends with 9999."""
    year, rest = re.fullmatch(r"([+-]?\d+)(-.*)", text).groups()
    cycles, year = divmod(int(year) - 2000, 400)
    since = datetime.datetime.fromisoformat(f"{year + 2000}{rest}") - datetime.datetime(1970, 1, 1)
    return (cycles * 146097 * 86400 + since.days * 86400 + since.seconds) * 1000000 + since.microseconds


def timestamps_as_micros(kind):
    """KIND with its timestamps, at any depth, as integers."""
    import pyarrow as pa
    if pa.types.is_timestamp(kind):
        return pa.int64()
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(timestamps_as_micros(field.type)) for field in kind])
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(timestamps_as_micros(kind.value_type)))
    return kind


def free_memory():
    return int(re.search(r"MemAvailable: +(\d+) kB", pathlib.Path("/proc/meminfo").read_text()).group(1)) * 1024


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
            self.assertEqual(as_micros(ours), theirs, where)
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
            columns.append((column.type, column.cast(timestamps_as_micros(column.type)).to_pylist()))
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
        files, found = sorted(FOLDER.glob("data/*.parquet")), collections.Counter()
        self.assertEqual(len(files), sum(COUNTS.values()))
        for path in files:
            oracle = OTHER_ORACLES.get(path.name, "PyArrow")
            found[oracle] += 1
            if oracle == "PyArrow":
                with self.subTest(path.name):
                    self.compare(path)
        self.assertEqual(found, COUNTS)  # the others have tests of their own
        spark = pathlib.Path("tests/sql/parquet/conformance.test").read_text(errors="replace")
        both = sum(f"/data/{path.name}`" in spark for path in files)
        words = ", ".join(f"{count} by {oracle}" for oracle, count in COUNTS.items())
        print(f"{len(files)} files: {words}; {both} of them by Spark as well", file=sys.stderr)

    def test_geospatial(self):
        files = sorted(FOLDER.glob("data/geospatial/*.parquet"))
        self.assertEqual(len(files), GEOSPATIAL_COUNT)
        for path in files:
            with self.subTest(path.name):
                self.compare(path)

    def test_codes_of_no_bits(self):
        self.compare(FOLDER / "bad_data" / UNUSUAL)

    def test_keys_that_may_be_null(self):
        import duckdb
        path = FOLDER / "data/incorrect_map_schema.parquet"
        theirs = duckdb.sql(f"SELECT * FROM '{path}'")
        self.assertEqual(rows_of(path), [dict(zip(theirs.columns, row)) for row in theirs.fetchall()])

    def test_map_without_values(self):
        lists = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
        self.assertEqual(rows_of(FOLDER / "data/map_no_value.parquet"),
                         [{"my_map": {str(key): None for key in keys}, "my_map_no_v": keys, "my_list": keys} for keys in lists])

    def test_years_beyond_nanoseconds(self):
        path = FOLDER / "data/int96_from_spark.parquet"
        noted = re.search(r"correspond to:\n```\n(.*)\n```", path.with_suffix(".md").read_text()).group(1)
        done = vonk(f"SELECT unix_micros(a) micros, a FROM parquet.`{path}`")
        ours = [json.loads(line) for line in done.stdout.decode().splitlines()]
        self.assertEqual([row["micros"] for row in ours], json.loads(f"[{noted}]"))
        self.assertEqual([row["a"] and as_micros(row["a"]) for row in ours], json.loads(f"[{noted}]"))

    @unittest.skipIf(free_memory() < 6 << 30, "less than 6 GiB of memory are free for large_string_map.brotli.parquet")
    def test_strings_of_a_gigabyte(self):
        done = vonk("SELECT length(k) size, md5(k) digest, v FROM "
                    f"(SELECT explode(arr) (k, v) FROM parquet.`{FOLDER}/data/large_string_map.brotli.parquet`)", "--driver-memory", LARGE_MEMORY)
        one = {"size": 1 << 30, "digest": hashlib.md5(b"a" * (1 << 30)).hexdigest(), "v": 1}
        self.assertEqual([json.loads(line) for line in done.stdout.decode().splitlines()], [one, one], done.stderr)

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
        refused = [path for path in sorted(FOLDER.glob("bad_data/*.parquet")) if path.name != UNUSUAL]
        self.assertEqual(len(refused), 7)
        for path in refused:
            with self.subTest(path.name):
                self.refuse(path, "FAILED_READ_FILE", "--conf", "spark.sql.timeType.enabled=true")

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

    def test_malformed_dictionary(self):
        self.refuse(FOLDER / "data/nation.dict-malformed.parquet", "FAILED_READ_FILE.NO_HINT")

    def test_shredded_variants(self):
        read, refused = 0, 0
        for path in sorted(FOLDER.glob("shredded_variant/*.parquet")):
            with self.subTest(path.name):
                if b"typed_value" in path.read_bytes():
                    self.refuse(path, "UNSUPPORTED_FEATURE] Not supported here: shredded VARIANT columns")
                    refused += 1
                else:
                    self.assertTrue(vonk(f"SELECT * FROM parquet.`{path}`").stdout)
                    read += 1
        self.assertEqual((read, refused), (36, 101))

    def test_too_large_for_the_memory(self):
        path = FOLDER / "data/large_string_map.brotli.parquet"
        self.refuse(path, "UNABLE_TO_ACQUIRE_MEMORY] Out of memory while ", "--driver-memory", "256m")


if __name__ == "__main__":
    unittest.main()
