"""parquet_write_test: Parquet files written by vonk, read back by pyarrow, DuckDB and, where VONK_SPARK_PYTHON names a Python
with PySpark, by Spark, which runs the same SELECT itself."""
import datetime
import decimal
import glob
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

try:
    import duckdb
    import pyarrow.parquet as parquet
except ImportError:
    raise unittest.SkipTest("pyarrow and duckdb are not here: pip install -r tests/requirements.txt")

VONK = os.environ.get("VONK", "build/release/vonk")
SPARK = os.environ.get("VONK_SPARK_PYTHON")
ROWS = 5000
EPOCH = datetime.datetime(1970, 1, 1)
DECIMAL = decimal.Decimal

# name, SQL over the column id, the same in Python
COLUMNS = [
    ("id", "id", lambda i: i),
    ("b", "if(id % 5 = 0, null, id % 2 = 0)", lambda i: None if i % 5 == 0 else i % 2 == 0),
    ("i8", "if(id % 7 = 0, null, cast(id % 100 as tinyint))", lambda i: None if i % 7 == 0 else i % 100),
    ("i16", "cast(-id as smallint)", lambda i: -i),
    ("i32", "if(id % 3 = 0, null, cast(id * 1000 as int))", lambda i: None if i % 3 == 0 else i * 1000),
    ("i64", "if(id % 11 = 0, null, id * 1000000007)", lambda i: None if i % 11 == 0 else i * 1000000007),
    ("f32", "cast(id / 4 as float)", lambda i: i / 4),
    ("f64", "if(id % 13 = 0, null, id / 8D)", lambda i: None if i % 13 == 0 else i / 8),
    ("d5", "cast(id % 1000 as decimal(5,2))", lambda i: DECIMAL(i % 1000).quantize(DECIMAL("0.01"))),
    ("d15", "if(id % 4 = 0, null, cast(id * 1.125 as decimal(15,3)))", lambda i: None if i % 4 == 0 else i * DECIMAL("1.125")),
    ("d30", "cast(-id * 1.125 as decimal(30,5))", lambda i: (-i * DECIMAL("1.125")).quantize(DECIMAL("0.00001"))),
    ("low", "concat('w', cast(id % 10 as string))", lambda i: f"w{i % 10}"),
    ("high", "if(id % 6 = 0, null, concat('é', repeat('x', cast(id % 20 as int)), cast(id as string)))",
     lambda i: None if i % 6 == 0 else f"é{'x' * (i % 20)}{i}"),
    ("bin", "if(id % 6 = 1, null, cast(concat('b', cast(id as string)) as binary))", lambda i: None if i % 6 == 1 else f"b{i}".encode()),
    ("empty", "if(id % 2 = 0, '', null)", lambda i: "" if i % 2 == 0 else None),
    ("dt", "date_add(date'1965-12-01', cast(id as int))", lambda i: datetime.date(1965, 12, 1) + datetime.timedelta(i)),
    ("ts", "timestamp_micros(id * 86400123000 - 50000000000)",
     lambda i: EPOCH + datetime.timedelta(microseconds=i * 86400123000 - 50000000000)),
    ("ntz", "cast(timestamp_micros(id * 12345) as timestamp_ntz)", lambda i: EPOCH + datetime.timedelta(microseconds=i * 12345)),
    ("a", "array(id, null, id + 1)", lambda i: [i, None, i + 1]),
    ("a2", "if(id % 4 = 0, null, if(id % 4 = 1, array(), array(concat('s', cast(id as string)), 't')))",
     lambda i: None if i % 4 == 0 else [] if i % 4 == 1 else [f"s{i}", "t"]),
    ("m", "map('k', id, concat('m', cast(id as string)), null)", lambda i: [("k", i), (f"m{i}", None)]),
    ("s", "named_struct('x', id, 'y', if(id % 2 = 0, null, named_struct('z', array(array(id), array()))))",
     lambda i: {"x": i, "y": None if i % 2 == 0 else {"z": [[i], []]}}),
    ("deep", "array(named_struct('p', map(id, array(id, id)), 'q', if(id % 3 = 0, null, 1.5D)))",
     lambda i: [{"p": [(i, [i, i])], "q": None if i % 3 == 0 else 1.5}]),
    ("v", "null", lambda i: None),
    ("c", "'constant'", lambda i: "constant"),
]
SELECT = "SELECT " + ", ".join(f"{sql} AS {name}" for name, sql, _ in COLUMNS) + f" FROM range(0, {ROWS}, 1, 1)"

# Options of a write.
VARIANTS = [{"compression": codec} for codec in ("none", "snappy", "gzip", "zstd", "lz4", "lz4_raw", "brotli")] + [
    {"parquet.writer.version": "v2"},
    {"parquet.writer.version": "v2", "parquet.enable.dictionary": "false", "compression": "zstd"},
    {"parquet.enable.dictionary": "false"},
    {"parquet.block.row.count.limit": "700", "parquet.page.row.count.limit": "100"},
    {"parquet.dictionary.page.size": "2000", "parquet.bloom.filter.enabled": "true"},
    {"spark.sql.parquet.writeLegacyFormat": "true"},
    {"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS"},
    {"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MILLIS"},
]


def sql(text, *confs, warehouse=None, check=True):
    words = [VONK, "sql", "--conf", "spark.sql.session.timeZone=UTC"]
    if warehouse:
        words += ["--conf", f"spark.sql.warehouse.dir={warehouse}"]
    for conf in confs:
        words += ["--conf", conf]
    done = subprocess.run(words + ["-e", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    if check and done.returncode:
        raise AssertionError(done.stderr)
    return done


def write(folder, select, variant):
    """The data files of SELECT written to FOLDER."""
    settings = [f"{key}={value}" for key, value in variant.items() if key.startswith("spark.")]
    options = ", ".join(f"'{key}' '{value}'" for key, value in variant.items() if not key.startswith("spark."))
    sql(f"INSERT OVERWRITE DIRECTORY '{folder}' USING parquet {'OPTIONS (' + options + ')' if options else ''} {select}", *settings)
    return sorted(glob.glob(f"{folder}/**/*.parquet", recursive=True))


def plain(value):
    """pyarrow's and DuckDB's values as those of COLUMNS."""
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    return value


def expected(name, make, variant):
    values = [make(i) for i in range(ROWS)]
    if name == "ts" and variant.get("spark.sql.parquet.outputTimestampType") == "TIMESTAMP_MILLIS":
        values = [value.replace(microsecond=value.microsecond // 1000 * 1000) for value in values]
    return values


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vonk-write-")
        self.addCleanup(shutil.rmtree, self.folder)


class Values(Folder):
    def test_pyarrow_and_duckdb_read_what_was_written(self):
        for at, variant in enumerate(VARIANTS):
            files = write(f"{self.folder}/{at}", SELECT, variant)
            self.assertEqual(len(files), 1)
            table = parquet.read_table(files[0])
            for name, _, make in COLUMNS:
                wanted = expected(name, make, variant)
                with self.subTest(variant=variant, column=name, reader="pyarrow"):
                    self.assertEqual(plain(table[name].to_pylist()), wanted)
                # DuckDB writes maps as dicts with lists of keys and values, and has no type for columns of nulls.
                # Times with a zone need another package.
                if name in ("m", "deep", "v", "ts") or variant.get("compression") == "lz4":
                    continue
                with self.subTest(variant=variant, column=name, reader="DuckDB"):
                    rows = duckdb.sql(f"SELECT {name} FROM read_parquet('{files[0]}')").fetchall()
                    self.assertEqual([plain(row[0]) for row in rows], wanted)

    def test_vonk_reads_what_was_written(self):
        wanted = sql(SELECT).stdout
        for at, variant in enumerate(VARIANTS):
            if variant.get("spark.sql.parquet.outputTimestampType") == "TIMESTAMP_MILLIS":
                continue
            write(f"{self.folder}/{at}", SELECT, variant)
            with self.subTest(variant=variant):
                self.assertEqual(sql(f"SELECT * FROM parquet.`{self.folder}/{at}`").stdout, wanted)

    @unittest.skipUnless(SPARK, "VONK_SPARK_PYTHON does not name a Python with PySpark")
    def test_spark_reads_what_was_written(self):
        folders = []
        for at, variant in enumerate(VARIANTS):
            if "brotli" in variant.values():
                continue  # Spark has no brotli codec unless one adds it
            write(f"{self.folder}/{at}", SELECT, variant)
            folders.append(f"{self.folder}/{at}")
        script = pathlib.Path(__file__).with_name("parquet_write_spark.py")
        done = subprocess.run([SPARK, str(script), SELECT, *folders], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600)
        self.assertEqual((done.returncode, done.stdout.split()), (0, ["equal"] * len(folders)), done.stdout + done.stderr[-2000:])


class Metadata(Folder):
    def chunk(self, name, variant=None, select=SELECT):
        if not hasattr(self, "metadata"):
            self.metadata = parquet.read_metadata(write(self.folder, select, variant or {})[0])
        at = [self.metadata.schema.column(i).path for i in range(self.metadata.num_columns)].index(name)
        return self.metadata.row_group(0).column(at)

    def test_statistics(self):
        self.assertEqual((self.chunk("i32").statistics.min, self.chunk("i32").statistics.max), (1000, 4999000))
        self.assertEqual(self.chunk("i32").statistics.null_count, (ROWS + 2) // 3)
        self.assertEqual((self.chunk("low").statistics.min, self.chunk("low").statistics.max), ("w0", "w9"))
        self.assertEqual(self.chunk("d30").statistics.max, DECIMAL(0))
        self.assertEqual(self.chunk("a.list.element").statistics.null_count, ROWS)
        self.assertFalse(self.chunk("ts").statistics.has_min_max)
        self.assertFalse(self.chunk("v").statistics.has_min_max)

    def test_dictionaries_and_indexes(self):
        self.assertTrue(self.chunk("low").has_dictionary_page)
        self.assertFalse(self.chunk("id").has_dictionary_page)
        self.assertTrue(self.chunk("low").has_offset_index)
        self.assertTrue(self.chunk("low").has_column_index)

    def test_spark_metadata(self):
        self.chunk("id")
        self.assertIn(b"org.apache.spark.version", self.metadata.metadata)
        self.assertIn(b'"name":"d15","type":"decimal(15,3)","nullable":true', self.metadata.metadata[b"org.apache.spark.sql.parquet.row.metadata"])

    def test_nan_leaves_no_bounds(self):
        select = "SELECT if(id = 3, cast('NaN' as double), cast(id as double)) d, -0.0D z FROM range(10)"
        self.assertFalse(self.chunk("d", select=select).statistics.has_min_max)
        self.assertEqual(str(self.chunk("z").statistics.max), "0.0")

    def test_long_strings_have_cut_bounds(self):
        chunk = self.chunk("s", select="SELECT repeat('é', 2000) s")
        self.assertEqual((chunk.statistics.min, chunk.statistics.max), ("é" * 32, "é" * 31 + "ê"))

    def test_bloom_filter(self):
        files = write(self.folder, "SELECT id * 7 AS k, cast(id as string) AS s FROM range(0, 5000, 1, 1)",
                      {"parquet.bloom.filter.enabled#k": "true", "parquet.bloom.filter.expected.ndv#k": "5000"})
        chunks = [parquet.read_metadata(files[0]).row_group(0).column(i) for i in (0, 1)]
        self.assertIsNotNone(chunks[0].bloom_filter_offset)
        self.assertIsNone(chunks[1].bloom_filter_offset)
        excludes = lambda value: duckdb.sql(f"SELECT bloom_filter_excludes FROM parquet_bloom_probe('{files[0]}', 'k', {value})").fetchall()
        self.assertEqual(excludes(35), [(False,)])
        missed = sum(excludes(value) == [(True,)] for value in range(1, 7 * 100, 7))
        self.assertGreater(missed, 90)

    def test_row_groups(self):
        files = write(self.folder, "SELECT id FROM range(0, 5000, 1, 1)", {"parquet.block.row.count.limit": "2048"})
        metadata = parquet.read_metadata(files[0])
        self.assertEqual(metadata.num_rows, 5000)
        self.assertGreater(metadata.num_row_groups, 1)


class Job(Folder):
    def names(self, folder=""):
        return sorted(os.path.relpath(path, self.folder) for path in glob.glob(f"{self.folder}/{folder}/**/*", recursive=True, include_hidden=True)
                      if os.path.isfile(path))

    def test_names(self):
        write(self.folder, "SELECT id FROM range(0, 100, 1, 3)", {})
        self.assertRegex(" ".join(self.names()), r"^_SUCCESS (part-0000[012]-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-c000\.snappy\.parquet ?){3}$")

    def test_max_records(self):
        files = write(self.folder, "SELECT id FROM range(0, 100, 1, 2)", {"spark.sql.files.maxRecordsPerFile": "30"})
        self.assertEqual([name[-20:-15] for name in files], ["-c000", "-c001", "-c000", "-c001"])
        self.assertEqual([parquet.read_metadata(name).num_rows for name in files], [30, 20, 30, 20])

    def test_no_rows_keep_the_schema(self):
        files = write(self.folder, "SELECT id FROM range(0, 100, 1, 2) WHERE id < 0", {})
        self.assertEqual([parquet.read_metadata(name).num_rows for name in files], [0])

    def test_failure_leaves_what_was_there(self):
        before = write(self.folder, "SELECT id FROM range(0, 10, 1, 1)", {})
        done = sql(f"INSERT OVERWRITE DIRECTORY '{self.folder}' USING parquet SELECT 1 / (id - 99999) AS x FROM range(0, 100000, 1, 4)", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("DIVIDE_BY_ZERO", done.stderr)
        self.assertEqual(self.names(), sorted(["_SUCCESS"] + [os.path.relpath(name, self.folder) for name in before]))

    def test_failure_leaves_no_folder(self):
        done = sql("CREATE TABLE t USING parquet AS SELECT 1 / (id - 9) AS x FROM range(0, 10, 1, 4)", warehouse=f"{self.folder}/warehouse", check=False)
        self.assertEqual((done.returncode, os.path.exists(f"{self.folder}/warehouse/t")), (1, False))

    def test_cancel_leaves_nothing(self):
        words = [VONK, "sql", "-e", f"INSERT OVERWRITE DIRECTORY '{self.folder}' USING parquet SELECT id, concat(repeat(cast(id as string), 20), id) FROM range(0, 1000000000)"]
        running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            if self.names():
                break
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        self.assertEqual(running.wait(30), 130)
        self.assertEqual(self.names(), [])

    def test_order_is_kept_and_files_do_not_depend_on_threads(self):
        select = "SELECT id, id % 1000 AS k FROM range(0, 400000, 1, 3) WHERE id % 7 <> 0"
        contents = []
        for threads in (1, 2, 4):
            folder = f"{self.folder}/{threads}"
            sql(f"INSERT OVERWRITE DIRECTORY '{folder}' USING parquet {select}", f"spark.master=local[{threads}]")
            files = sorted(glob.glob(f"{folder}/*.parquet"))
            contents.append([pathlib.Path(name).read_bytes() for name in files])
            ids = [i for name in files for i in parquet.read_table(name)["id"].to_pylist()]
            self.assertEqual(ids, [i for i in range(400000) if i % 7])
        self.assertEqual(contents[0], contents[1])
        self.assertEqual(contents[0], contents[2])

    def test_partitions(self):
        sql(f"CREATE TABLE t (v BIGINT, p STRING, d DATE) USING parquet PARTITIONED BY (p, d) LOCATION '{self.folder}/t'; "
            "INSERT INTO t SELECT id, if(id % 3 = 0, null, concat('a/=%', cast(id % 3 as string))), date_add(date'2020-01-01', cast(id % 2 as int)) FROM range(0, 60, 1, 4)",
            warehouse=f"{self.folder}/warehouse")
        folders = sorted({os.path.dirname(name) for name in self.names("t")} - {"t"})
        self.assertEqual(folders, [f"t/p={p}/d=2020-01-0{d}" for p in ("__HIVE_DEFAULT_PARTITION__", "a%2F%3D%251", "a%2F%3D%252") for d in (1, 2)])
        for name in self.names("t"):
            if name.endswith(".parquet"):
                self.assertRegex(name, r"part-\d{5}-[0-9a-f-]{36}\.c000\.snappy\.parquet$")
        rows = [i for name in self.names("t") if "a%2F%3D%251/d=2020-01-02" in name for i in parquet.ParquetFile(f"{self.folder}/{name}").read()["v"].to_pylist()]
        self.assertEqual(rows, [i for i in range(60) if i % 3 == 1 and i % 2 == 1])


if __name__ == "__main__":
    unittest.main()
