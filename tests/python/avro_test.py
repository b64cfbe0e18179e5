"""avro_test: Avro files of fastavro read by vonk and vonk's by fastavro: all types and codecs, evolved schemas, many units and threads, damaged files;
and, where VONK_SPARK_PYTHON names a Python with PySpark and VONK_SPARK_JARS its spark-avro, by Spark."""
import datetime
import decimal
import glob
import io
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import unittest

try:
    import fastavro
except ImportError:
    raise unittest.SkipTest("fastavro is not here: pip install -r tests/requirements.txt")

VONK = os.environ.get("VONK", "build/release/vonk")
CODECS = ("null", "deflate", "snappy", "bzip2", "xz", "zstandard")
UTC = datetime.timezone.utc


def sql(text, *confs, check=True):
    words = [VONK, "sql", "--conf", "spark.sql.session.timeZone=UTC"]
    for conf in confs:
        words += ["--conf", conf]
    done = subprocess.run(words + ["-e", text], capture_output=True, text=True, env={**os.environ, "TZ": "UTC"})
    if check and done.returncode:
        raise AssertionError(f"{text}: {done.stderr}")
    return done.stdout if check else done.stdout + done.stderr


def rows(text, *confs):
    """The rows of one query, as JSON says them."""
    return [json.loads(line) for line in sql(f"SELECT to_json(struct(*), map('ignoreNullFields', 'false')) FROM ({text})", *confs).splitlines()]


def record(*fields, name="r"):
    return {"type": "record", "name": name, "fields": [{"name": key, "type": kind} for key, kind in fields]}


def write(path, schema, records, **options):
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), records, **options)


def read(folder):
    found = []
    for path in sorted(glob.glob(f"{folder}/**/*.avro", recursive=True)):
        with open(path, "rb") as file:
            found += list(fastavro.reader(file))
    return found


class Base(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vonk-avro-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return f"{self.folder}/{name}"


TYPES = [  # name, Avro type, the value of row i, what to_json makes of it
    ("i", "int", lambda i: i - 5, None),
    ("l", "long", lambda i: (i - 5) * 2**40, None),
    ("f", "float", lambda i: i / 4, None),
    ("d", "double", lambda i: i / 8, None),
    ("b", "boolean", lambda i: i % 2 == 0, None),
    ("s", "string", lambda i: "é" * (i % 20), None),
    ("n", ["null", "long"], lambda i: None if i % 3 == 0 else i, None),
    ("n2", ["string", "null"], lambda i: None if i % 3 == 1 else f"s{i}", None),
    ("y", "bytes", lambda i: b"x" * (i % 5), lambda i: __import__("base64").b64encode(b"x" * (i % 5)).decode()),
    ("x", {"type": "fixed", "name": "fx", "size": 3}, lambda i: b"abc", lambda i: "YWJj"),
    ("e", {"type": "enum", "name": "en", "symbols": ["A", "B", "C"]}, lambda i: "ABC"[i % 3], None),
    ("a", {"type": "array", "items": ["null", "int"]}, lambda i: [None if k % 2 else k for k in range(i % 4)], None),
    ("m", {"type": "map", "values": "string"}, lambda i: {f"k{i}": "v"} if i % 2 else {}, None),
    ("r", record(("p", "int"), ("q", ["null", record(("z", "string"), name="inner")]), name="nested"),
     lambda i: {"p": i, "q": None if i % 2 else {"z": f"z{i}"}}, None),
    ("aa", {"type": "array", "items": {"type": "array", "items": record(("k", "long"), name="item")}}, lambda i: [[{"k": i}], []] * (i % 3), None),
    ("u", ["int", "string", "null", "boolean"], lambda i: [i, f"u{i}", None, True][i % 4],
     lambda i: None if i % 4 == 2 else {"member0": i if i % 4 == 0 else None, "member1": f"u{i}" if i % 4 == 1 else None, "member2": True if i % 4 == 3 else None}),
    ("w", ["int", "long"], lambda i: i * (2**20 if i % 2 else 2**33), None),
    ("dd", ["float", "double"], lambda i: i / 2, None),
    ("c", {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}, lambda i: decimal.Decimal(i - 5) / 4, lambda i: (i - 5) / 4),
    ("c2", {"type": "fixed", "name": "f16", "size": 16, "logicalType": "decimal", "precision": 38, "scale": 4}, lambda i: decimal.Decimal(5 - i) / 4, lambda i: (5 - i) / 4),
    ("dt", {"type": "int", "logicalType": "date"}, lambda i: datetime.date(1970, 1, 1) + datetime.timedelta(i * 1000),
     lambda i: str(datetime.date(1970, 1, 1) + datetime.timedelta(i * 1000))),
    ("ts", {"type": "long", "logicalType": "timestamp-micros"}, lambda i: datetime.datetime(2020, 1, 1, 0, 0, i % 60, 250000, tzinfo=UTC),
     lambda i: f"2020-01-01T00:00:{i % 60:02d}.250Z"),
    ("tl", {"type": "long", "logicalType": "local-timestamp-millis"}, lambda i: datetime.datetime(2020, 1, 1, 0, 0, i % 60, 500000),
     lambda i: f"2020-01-01T00:00:{i % 60:02d}.500"),
]


def wanted(i):
    return {name: (shown or value)(i) for name, _, value, shown in TYPES}


class Reading(Base):
    def test_types_and_codecs(self):
        schema = record(*[(name, kind) for name, kind, _, _ in TYPES])
        records = [{name: value(i) for name, _, value, _ in TYPES} for i in range(300)]
        for codec in CODECS:
            path = self.path(f"{codec}/part.avro")
            write(path, schema, records, codec=codec, sync_interval=2000)
            found = rows(f"SELECT * FROM avro.`{path}`")
            self.assertEqual(len(found), len(records), codec)
            for i, row in enumerate(found):
                self.assertEqual(row, wanted(i), f"{codec} row {i}")

    def test_some_columns(self):
        schema = record(*[(name, kind) for name, kind, _, _ in TYPES])
        path = self.path("part.avro")
        write(path, schema, [{name: value(i) for name, _, value, _ in TYPES} for i in range(50)])
        for name, _, _, _ in TYPES:
            found = rows(f"SELECT {name} FROM avro.`{path}`")
            self.assertEqual(found, [{name: wanted(i)[name]} for i in range(50)], name)

    def test_many_units(self):
        """A file of many units, blocks of all sizes, read by several threads: each row once, in order."""
        path, count = self.path("big.avro"), 400_000
        maker = random.Random(5)
        text = "".join(maker.choices("abcdefghij", k=200))
        write(path, record(("id", "long"), ("t", "string")), ({"id": i, "t": text[: i % 97]} for i in range(count)), sync_interval=7000)
        self.assertGreater(os.path.getsize(path), 4 * (4 << 20))
        for master in ("local[1]", "local[4]"):
            conf = f"spark.master={master}"
            [row] = rows(f"SELECT count(*) c, count(DISTINCT id) d, sum(id) s, sum(length(t)) l FROM avro.`{path}`", conf)
            self.assertEqual(row, {"c": count, "d": count, "s": count * (count - 1) // 2, "l": sum(i % 97 for i in range(count))})
            self.assertEqual(rows(f"SELECT count(*) c FROM avro.`{path}`", conf), [{"c": count}])
            found = sql(f"SELECT id FROM avro.`{path}`", conf).split()
            self.assertEqual([int(value) for value in found], list(range(count)))

    def test_mark_inside_of_data(self):
        """The mark of a file may stand in its data by chance at no place, but the bytes before it may."""
        mark = bytes(range(1, 17))
        path = self.path("part.avro")
        write(path, record(("b", "bytes")), [{"b": mark[:15] * 50} for _ in range(2000)], sync_marker=mark, sync_interval=1000)
        self.assertEqual(rows(f"SELECT count(b) c, sum(length(b)) l FROM avro.`{path}`"), [{"c": 2000, "l": 2000 * 750}])

    def test_odd_containers(self):
        """Blocks without rows, one row a block, a large head."""
        schema = record(("a", "long"))
        path = self.path("odd.avro")
        write(path, schema, [{"a": i} for i in range(2100)], sync_interval=1, metadata={"other": "x" * 200_000})
        self.assertEqual(rows(f"SELECT count(a) c, sum(a) s FROM avro.`{path}`"), [{"c": 2100, "s": 2100 * 2099 // 2}])
        with open(path, "rb") as file:
            data = file.read()
        mark = data[-16:]
        empty = b"\0\0" + mark
        with open(path, "wb") as file:
            file.write(data + empty + empty + b"\2\2\x0e" + mark + empty)
        self.assertEqual(rows(f"SELECT count(a) c, max(a) m FROM avro.`{path}`"), [{"c": 2101, "m": 2099}])
        write(self.path("none.avro"), schema, [])
        self.assertEqual(rows(f"SELECT * FROM avro.`{self.path('none.avro')}`"), [])

    def test_blocks_of_arrays(self):
        """Arrays and maps in blocks that tell their sizes, and in several blocks; keys that come twice."""
        schema = record(("a", {"type": "array", "items": "int"}), ("m", {"type": "map", "values": "int"}), ("z", "int"))
        path = self.path("part.avro")
        write(path, schema, [{"a": [1, 2], "m": {"k": 1}, "z": 9}], codec="null")
        with open(path, "rb") as file:
            data = file.read()
        mark, value = data[-16:], bytes([4, 2, 4, 0, 2, 2]) + b"k" + bytes([2, 0, 18])
        self.assertIn(value, data)
        other = bytes([3, 4, 2, 4, 2, 6, 0]) + bytes([1, 6, 2]) + b"k" + bytes([2, 2, 2]) + b"k" + bytes([8, 0, 18])
        head = data[: data.index(value) - 2]
        with open(path, "wb") as file:
            file.write(head + bytes([2, 2 * len(other)]) + other + mark)
        self.assertEqual(rows(f"SELECT * FROM avro.`{path}`"), [{"a": [1, 2, 3], "m": {"k": 4}, "z": 9}])
        self.assertEqual(rows(f"SELECT z FROM avro.`{path}`"), [{"z": 9}])


class Evolution(Base):
    OLD = record(("a", "int"), ("b", "string"), ("gone", {"type": "array", "items": record(("q", "double"), name="q")}), ("u", ["null", "int"]),
                 ("n", record(("x", "int"), ("y", "float"), name="n")))
    NEW = {"type": "record", "name": "r", "fields": [
        {"name": "added", "type": "string", "default": "dflt"}, {"name": "a", "type": "double"}, {"name": "bytes", "type": "bytes", "aliases": ["b"]},
        {"name": "u", "type": ["string", "null", "long"]}, {"name": "list", "type": {"type": "array", "items": {"type": "map", "values": "long"}}, "default": [{"k": 1}, {}]},
        {"name": "n", "type": {"type": "record", "name": "n", "fields": [{"name": "y", "type": "double"}, {"name": "more", "type": ["null", "int"], "default": None}]}}]}

    def test_as_fastavro(self):
        path = self.path("part.avro")
        records = [{"a": i, "b": f"s{i}", "gone": [{"q": 1.5}] * (i % 3), "u": None if i % 2 else i, "n": {"x": i, "y": i / 2}} for i in range(20)]
        write(path, self.OLD, records)
        with open(path, "rb") as file:
            want = list(fastavro.reader(file, reader_schema=fastavro.parse_schema(self.NEW)))
        option = json.dumps(self.NEW)
        text = f"CREATE TEMPORARY VIEW v USING avro OPTIONS (path '{path}', avroSchema '{option}'); SELECT to_json(struct(added, a, cast(bytes AS string) AS b, u, list, n), map('ignoreNullFields', 'false')) FROM v"
        found = [json.loads(line) for line in sql(text).splitlines() if line]
        for row, new in zip(found, want, strict=True):
            self.assertEqual(row["u"], None if new["u"] is None else {"member0": None, "member1": new["u"]})
            self.assertEqual({**row, "u": 0}, {"added": new["added"], "a": new["a"], "b": new["bytes"].decode(), "u": 0, "list": new["list"], "n": new["n"]})

    def test_files_that_differ(self):
        """Each file is read by the names in its own schema; what it lacks is null."""
        write(self.path("t/1.avro"), record(("a", "int"), ("b", "string")), [{"a": 1, "b": "x"}])
        write(self.path("t/2.avro"), record(("b", ["null", "string"]), ("a", "int"), ("c", "int")), [{"a": 2, "b": None, "c": 5}])
        write(self.path("t/3.avro"), record(("c", "int")), [{"c": 7}])
        self.assertEqual(sorted(map(str, rows(f"SELECT * FROM avro.`{self.path('t')}`"))), sorted(map(str, [{"a": 1, "b": "x"}, {"a": 2, "b": None}, {"a": None, "b": None}])))


class Options(Base):
    def test_extension(self):
        write(self.path("t/a.dat"), record(("a", "int")), [{"a": 1}])
        self.assertEqual(rows(f"SELECT * FROM avro.`{self.path('t')}`"), [{"a": 1}])
        view = f"CREATE TEMPORARY VIEW v {{}} USING avro OPTIONS (path '{self.path('t')}', ignoreExtension 'false'); SELECT count(*) FROM v"
        self.assertIn("UNABLE_TO_INFER_SCHEMA", sql(view.format(""), check=False))
        self.assertEqual(sql(view.format("(a INT)")).split(), ["0"])

    def test_schema_url(self):
        write(self.path("a.avro"), record(("a", "int"), ("b", "string")), [{"a": 1, "b": "x"}])
        pathlib.Path(self.path("s.avsc")).write_text(json.dumps(record(("b", "string"))))
        text = f"CREATE TEMPORARY VIEW v USING avro OPTIONS (path '{self.path('a.avro')}', avroSchemaUrl '{self.path('s.avsc')}'); SELECT * FROM v"
        self.assertEqual(sql(text).split(), ["x"])

    def test_wrong_ones(self):
        write(self.path("a.avro"), record(("a", "int")), [{"a": 1}])
        for schema in ("{", '"int"', '{"type": "record", "name": "r", "fields": [{"name": "a", "type": "no"}]}'):
            text = f"CREATE TEMPORARY VIEW v USING avro OPTIONS (path '{self.path('a.avro')}', avroSchema '{schema}')"
            self.assertIn("STDS_INVALID_OPTION_VALUE", sql(text, check=False))


class Damage(Base):
    def test_any_byte(self):
        """One byte is wrong: an error that names the file, or an answer; never a crash."""
        good = self.path("good.avro")
        schema = record(*[(name, kind) for name, kind, _, _ in TYPES])
        write(good, schema, [{name: value(i) for name, _, value, _ in TYPES} for i in range(20)], codec="null")
        with open(good, "rb") as file:
            data = bytearray(file.read())
        maker = random.Random(7)
        statements = []
        for number in range(120):
            path = self.path(f"bad{number}.avro")
            changed = bytearray(data)
            changed[maker.randrange(len(data))] ^= 1 << maker.randrange(8)
            with open(path, "wb") as file:
                file.write(changed if number % 4 else changed[: maker.randrange(len(data))])
            statements.append(f"SELECT count(*), sum(hash(*)) FROM avro.`{path}`")
        done = subprocess.run([VONK, "sql", "--format", "test", "-f", "/dev/stdin"], input=";\n".join(statements) + ";\n", capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stderr[-2000:])
        answers = re.findall(r"^#(?:error|schema) .*$", done.stdout, re.M)
        self.assertEqual(len(answers), len(statements))
        for number, answer in enumerate(answers):
            if answer.startswith("#error FAILED_READ_FILE"):
                self.assertIn(f"bad{number}.avro", answer)

    def test_ignored(self):
        good, bad = self.path("t/1.avro"), self.path("t/2.avro")
        schema = record(("a", "long"))
        write(good, schema, [{"a": 1}])
        write(bad, schema, [{"a": i} for i in range(10_000)], codec="deflate", sync_interval=1000)
        with open(bad, "r+b") as file:
            file.seek(os.path.getsize(bad) // 2)
            file.write(b"\xff" * 40)
        text = f"SELECT count(a) c, max(a) m FROM avro.`{self.path('t')}`"
        self.assertIn("FAILED_READ_FILE", sql(text, check=False))
        self.assertIn("2.avro", sql(text, check=False))
        pathlib.Path(self.path("junk/a.avro")).parent.mkdir()
        pathlib.Path(self.path("junk/a.avro")).write_bytes(b"junk")
        self.assertIn("UNABLE_TO_INFER_SCHEMA", sql(f"SELECT * FROM avro.`{self.path('junk')}`", "spark.sql.files.ignoreCorruptFiles=true", check=False))
        for master in ("local[1]", "local[4]"):
            [row] = rows(text, "spark.sql.files.ignoreCorruptFiles=true", f"spark.master={master}")
            self.assertTrue(1 < row["c"] < 10_000)
            self.assertEqual(row["c"], row["m"] + 2)

    def test_bombs(self):
        """A few bytes that claim to be many: an error in little time and memory."""
        schema = {"type": "record", "name": "r", "fields": [{"name": "a", "type": {"type": "array", "items": "null"}}, {"name": "s", "type": "string"}]}
        out = io.BytesIO()
        fastavro.writer(out, fastavro.parse_schema(schema), [], sync_marker=b"m" * 16)
        head = out.getvalue()
        huge = b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f"
        for number, value in enumerate((huge + b"\0\0", b"\0" + huge, b"\x02\0" * 8)):
            path = self.path(f"bomb{number}.avro")
            with open(path, "wb") as file:
                file.write(head + b"\2" + bytes([2 * len(value)]) + value + b"m" * 16)
            self.assertIn("FAILED_READ_FILE", sql(f"SELECT size(a), s FROM avro.`{path}`", check=False))
        deep = record(("x", "int"), name="d0")
        for level in range(1, 80):
            deep = record(("x", deep), name=f"d{level}")
        write(self.path("deep.avro"), deep, [])
        self.assertIn("64 levels", sql(f"SELECT * FROM avro.`{self.path('deep.avro')}`", check=False))
        wide = record(("x", "int"), name="w0")
        for level in range(1, 25):
            wide = record(("x", wide), ("y", f"w{level - 1}"), name=f"w{level}")
        write(self.path("wide.avro"), wide, [])
        self.assertIn("65536", sql(f"SELECT * FROM avro.`{self.path('wide.avro')}`", check=False))


SELECT = """SELECT id, if(id % 5 = 0, null, id % 2 = 0) AS b, cast(id % 100 AS tinyint) AS i8, cast(-id AS smallint) AS i16, if(id % 3 = 0, null, cast(id AS int)) AS i32,
  cast(id / 4 AS float) AS f32, id / 8D AS f64, cast(id % 1000 AS decimal(5,2)) AS d5, if(id % 4 = 0, null, cast(id * 1.125 AS decimal(15,3))) AS d15,
  cast(-id * 1.125 AS decimal(30,5)) AS d30, if(id % 6 = 0, null, concat('é', repeat('x', cast(id % 20 AS int)))) AS s, cast(concat('b', id) AS binary) AS bin,
  date_add(date'1965-12-01', cast(id AS int)) AS dt, timestamp_micros(id * 86400123000 - 50000000000) AS ts, cast(timestamp_micros(id * 12345) AS timestamp_ntz) AS ntz,
  array(id, null) AS a, if(id % 4 = 0, null, array(array(concat('s', id)), array())) AS aa, map('k', id, concat('m', id), null, 'z', 3) AS m,
  named_struct('x', id, 'y', if(id % 2 = 0, null, named_struct('z', array(id)))) AS st, make_dt_interval(1, cast(id AS int)) AS di, make_ym_interval(1, cast(id % 12 AS int)) AS yi
  FROM range(0, {count}, 1, 1)"""


class Writing(Base):
    def test_fastavro_reads(self):
        for codec in CODECS:
            folder = self.path(codec)
            sql(f"INSERT OVERWRITE DIRECTORY '{folder}' USING avro OPTIONS (compression '{'uncompressed' if codec == 'null' else codec}') {SELECT.format(count=3000)}")
            found = read(folder)
            self.assertEqual([row["id"] for row in found], list(range(3000)), codec)
            row = found[7]
            self.assertEqual((row["b"], row["i8"], row["i16"], row["i32"], row["f32"], row["f64"]), (False, 7, -7, 7, 1.75, 0.875))
            self.assertEqual((row["d5"], row["d15"], row["d30"]), (7, decimal.Decimal("7.875"), decimal.Decimal("-7.875")))
            self.assertEqual((row["s"], row["bin"], row["dt"]), ("éxxxxxxx", b"b7", datetime.date(1965, 12, 8)))
            self.assertEqual(row["ntz"], datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=7 * 12345))
            self.assertEqual((row["a"], row["aa"], row["m"]), ([7, None], [["s7"], []], {"k": 7, "m7": None, "z": 3}))
            self.assertEqual(row["st"], {"x": 7, "y": {"z": [7]}})

    def test_given_schema(self):
        schema = {"type": "record", "name": "r", "namespace": "n", "fields": [
            {"name": "e", "type": {"type": "enum", "name": "e", "symbols": ["A", "B"]}}, {"name": "f", "type": {"type": "fixed", "name": "f", "size": 2}},
            {"name": "t", "type": {"type": "long", "logicalType": "timestamp-millis"}}, {"name": "no", "type": ["null", "string"], "default": None}]}
        folder = self.path("t")
        sql(f"CREATE TABLE t USING avro OPTIONS (avroSchema '{json.dumps(schema)}') LOCATION '{folder}' AS SELECT 'B' AS e, x'0102' AS f, timestamp'2020-01-01 00:00:00.123456' AS t",
            f"spark.sql.warehouse.dir={self.path('warehouse')}")
        self.assertEqual(read(folder), [{"e": "B", "f": b"\1\2", "t": datetime.datetime(2020, 1, 1, 0, 0, 0, 123000, tzinfo=UTC), "no": None}])

    def test_partitions(self):
        folder = self.path("t")
        sql(f"CREATE TABLE t USING avro PARTITIONED BY (k) LOCATION '{folder}' AS SELECT id, id % 3 AS k FROM range(100)", f"spark.sql.warehouse.dir={self.path('warehouse')}")
        self.assertEqual(sorted(os.path.basename(path) for path in glob.glob(f"{folder}/k=*")), ["k=0", "k=1", "k=2"])
        self.assertEqual(rows(f"SELECT sum(id) s FROM avro.`{folder}` WHERE k = 1"), [{"s": sum(range(1, 100, 3))}])


class Functions(Base):
    def test_both_ways(self):
        schema = record(("a", "int"), ("b", ["null", "string"]), ("c", {"type": "array", "items": "double"}))
        out = io.BytesIO()
        fastavro.schemaless_writer(out, fastavro.parse_schema(schema), {"a": 5, "b": "x", "c": [1.5]})
        [row] = rows(f"SELECT from_avro(X'{out.getvalue().hex()}', '{json.dumps(schema)}') AS v")
        self.assertEqual(row, {"v": {"a": 5, "b": "x", "c": [1.5]}})
        text = sql(f"SELECT hex(to_avro(named_struct('a', 5, 'b', 'x', 'c', array(1.5D)), '{json.dumps(schema)}'))").strip()
        self.assertEqual(text, out.getvalue().hex().upper())


@unittest.skipUnless(os.environ.get("VONK_SPARK_PYTHON") and os.environ.get("VONK_SPARK_JARS"), "needs VONK_SPARK_PYTHON and VONK_SPARK_JARS")
class Spark(Base):
    PROGRAM = """
import sys
from pyspark.sql import SparkSession
folder = sys.argv[1]
session = SparkSession.builder.getOrCreate()
frame = session.sql(sys.argv[2])
same = lambda a, b: sorted(r[0] for r in a.selectExpr("to_json(struct(*), map('ignoreNullFields', 'false'))").collect()) == sorted(
    r[0] for r in b.selectExpr("to_json(struct(*), map('ignoreNullFields', 'false'))").collect())
for codec in sys.argv[3:]:
    frame.write.format("avro").option("compression", codec).save(f"{folder}/spark-{codec}")
    theirs, mine = (session.read.format("avro").load(f"{folder}/{who}-{codec}") for who in ("spark", "vonk"))
    print(codec, "equal" if same(mine, theirs) and mine.schema == theirs.schema else "different")
"""

    def test_both_ways(self):
        codecs = ["uncompressed", *CODECS[1:]]
        select = SELECT.format(count=3000)
        for codec in codecs:
            sql(f"INSERT OVERWRITE DIRECTORY '{self.path('vonk-' + codec)}' USING avro OPTIONS (compression '{codec}') {select}")
        program = self.path("program.py")
        pathlib.Path(program).write_text(self.PROGRAM)
        done = subprocess.run(["tests/servers/spark", "python", program, self.folder, select, *codecs], capture_output=True, text=True)
        self.assertEqual(done.stdout.splitlines(), [f"{codec} equal" for codec in codecs], done.stderr[-3000:])
        want = rows(select)
        for codec in codecs:
            self.assertEqual(rows(f"SELECT * FROM avro.`{self.path('spark-' + codec)}`"), want, codec)


if __name__ == "__main__":
    unittest.main()
