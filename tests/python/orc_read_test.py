"""orc_read_test: ORC files of random tables against the same tables as Parquet; zones, broken files; with Spark at hand, files of its writer.

PyArrow writes both files. What is read must be the same text, row by row, in order, whatever the file's options are.
"""
import datetime
import decimal
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

VONK = os.environ.get("VONK", "build/release/vonk")
SPARK = os.environ.get("VONK_SPARK_PYTHON")
ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "orc"
ROWS = 4000
EPOCH = datetime.datetime(1970, 1, 1)


def vonk(statement, *words, zone="UTC"):
    return subprocess.run([VONK, "sql", "-S", "--conf", "spark.sql.session.timeZone=UTC", *words, "--format", "json", "-e", statement],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, env={**os.environ, "TZ": zone})


def lines(statement, *words, zone="UTC"):
    done = vonk(statement, *words, zone=zone)
    if done.returncode:
        raise AssertionError(f"{statement}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode().splitlines()


def runs(rng, make, longest):
    """ROWS values in runs of up to LONGEST equal ones."""
    values = []
    while len(values) < ROWS:
        values += [make()] * rng.randint(1, longest)
    return values[:ROWS]


def integers(rng, low, high):
    """What each encoding of integers is for: runs, steps, small numbers with a few large ones among them, noise."""
    kind = rng.randrange(8)
    if kind == 0:
        return runs(rng, lambda: rng.randint(low, high), 40)
    if kind == 1:
        step, at = rng.randint(-3, 3), rng.randint(low // 2, high // 2)
        return [min(max(at + step * i, low), high) for i in range(ROWS)]
    if kind == 2:
        width = rng.randint(1, high.bit_length())
        return [rng.getrandbits(width) - (1 << width >> 1) for _ in range(ROWS)]
    if kind == 3:
        base = rng.randint(low // 2, high // 2)
        return [min(max(base + (rng.randint(-high // 4, high // 4) if rng.random() < 0.03 else rng.randint(0, 100)), low), high) for _ in range(ROWS)]
    if kind == 4:
        at, values, sign = 0, [], rng.choice([-1, 1])
        for _ in range(ROWS):
            at += rng.randint(0, 20)
            values.append(min(max(sign * at, low), high))
        return values
    if kind == 5:
        return [rng.choice([low, high, 0, -1, 1]) for _ in range(ROWS)]
    if kind == 6:
        return [int(min(max(rng.gauss(0, 1) * 10 ** rng.randint(0, 18), low), high)) for _ in range(ROWS)]
    return [rng.randint(low, high) for _ in range(ROWS)]


def texts(rng):
    few = ["", "a", "twelve bytes", "thirteen byte", "ein Wörtchen", "x" * 300]
    kind = rng.randrange(3)
    if kind == 0:
        return runs(rng, lambda: rng.choice(few), 9)
    if kind == 1:
        return ["".join(rng.choices("abcdefgh ", k=rng.randint(0, 30))) for _ in range(ROWS)]
    return [rng.choice(few) + str(rng.randint(0, 50)) for _ in range(ROWS)]


def with_nulls(rng, values):
    share, burst = rng.choice([0, 0, 0.01, 0.3, 0.9, 1]), rng.choice([1, 50])
    if share == 0:
        return values
    out = list(values)
    for i in range(0, ROWS, burst):
        if rng.random() < share:
            out[i:i + burst] = [None] * len(out[i:i + burst])
    return out


def lists(rng, values):
    out, at = [], 0
    for _ in range(ROWS):
        length = rng.choice([0, 0, 1, 2, 3, 7])
        out.append([values[(at + k) % ROWS] for k in range(length)])
        at += length
    return out


def random_table(seed):
    import pyarrow as pa
    rng = random.Random(seed)

    def column(values, kind):
        return pa.array(with_nulls(rng, values), kind)

    def decimals(precision, scale):
        digits = rng.randint(1, precision)
        return [decimal.Decimal(rng.randint(-10 ** digits + 1, 10 ** digits - 1)).scaleb(-scale) for _ in range(ROWS)]

    # PyArrow writes fractions of seconds before 1970 as negative nanoseconds, which no reader but its own takes.
    times = [EPOCH + datetime.timedelta(seconds=s, microseconds=rng.choice([0, 0, 1, 500000, 999999, 123000]) if s >= 0 else 0)
             for s in (int(rng.choice([rng.uniform(-2e9, 1e11), rng.randint(0, 3)])) for _ in range(ROWS))]
    kinds = {
        "bool": lambda: column(rng.choice([runs(rng, lambda: rng.random() < 0.5, 700), [rng.random() < 0.5 for _ in range(ROWS)]]), pa.bool_()),
        "i8": lambda: column(integers(rng, -128, 127), pa.int8()),
        "i16": lambda: column(integers(rng, -2 ** 15, 2 ** 15 - 1), pa.int16()),
        "i32": lambda: column(integers(rng, -2 ** 31, 2 ** 31 - 1), pa.int32()),
        "i64": lambda: column(integers(rng, -2 ** 63, 2 ** 63 - 1), pa.int64()),
        "more": lambda: column(integers(rng, -2 ** 63, 2 ** 63 - 1), pa.int64()),
        "f32": lambda: column([rng.choice([0.0, -0.0, 1.5, float("inf"), float("nan"), rng.gauss(0, 1e10)]) for _ in range(ROWS)], pa.float32()),
        "f64": lambda: column([rng.choice([0.0, -0.0, 1.5, float("-inf"), float("nan"), rng.gauss(0, 1e100)]) for _ in range(ROWS)], pa.float64()),
        "text": lambda: column(texts(rng), pa.string()),
        "more_text": lambda: column(texts(rng), pa.string()),
        "bytes": lambda: column([text.encode()[:20] for text in texts(rng)], pa.binary()),
        "day": lambda: column([datetime.date(1600, 1, 1) + datetime.timedelta(days=rng.randint(0, 800000)) for _ in range(ROWS)], pa.date32()),
        "time": lambda: column(times, pa.timestamp("us")),
        "small": lambda: column(decimals(7, 2), pa.decimal128(7, 2)),
        "middle": lambda: column(decimals(15, 3), pa.decimal128(15, 3)),
        "wide": lambda: column(decimals(38, 10), pa.decimal128(38, 10)),
        "list": lambda: column(lists(rng, with_nulls(rng, integers(rng, -2 ** 31, 2 ** 31 - 1))), pa.list_(pa.int32())),
        "words": lambda: column(lists(rng, with_nulls(rng, texts(rng))), pa.list_(pa.string())),
        # Without nulls at the structs themselves: PyArrow writes the fields of those too, so that all that follow are shifted.
        "group": lambda: pa.array([{"x": x, "y": {"z": z, "b": x % 2 == 0 if x is not None else None}}
                                   for x, z in zip(with_nulls(rng, integers(rng, -2 ** 31, 2 ** 31 - 1)), with_nulls(rng, texts(rng)))],
                                  pa.struct([("x", pa.int32()), ("y", pa.struct([("z", pa.string()), ("b", pa.bool_())]))])),
        "map": lambda: column([[(k, v) for k, v in zip("abc", values)] for values in lists(rng, integers(rng, -128, 127))], pa.map_(pa.string(), pa.int64())),
        "deep": lambda: column([[{"q": inner, "r": len(inner)} for inner in row] for row in zip(lists(rng, texts(rng)), lists(rng, texts(rng)))],
                               pa.list_(pa.struct([("q", pa.list_(pa.string())), ("r", pa.int16())]))),
    }
    return pa.table({name: make() for name, make in kinds.items()})


def options_of(seed):
    rng = random.Random(seed)
    return {"compression": ["uncompressed", "zlib", "snappy", "lz4", "zstd"][seed % 5], "file_version": rng.choice(["0.12", "0.12", "0.11"]),
            "stripe_size": rng.choice([20000, 200000, 64 << 20]), "compression_block_size": rng.choice([65536, 262144]),
            "row_index_stride": rng.choice([1000, 10000, 1000000]), "dictionary_key_size_threshold": rng.choice([0.0, 0.5, 1.0]),
            "batch_size": rng.choice([100, 1024])}


def filters_of(seed):
    rng = random.Random(seed)
    number = rng.choice([0, 1, -1, 100, 5000, 2 ** 40])
    return [f"i64 = {number}", f"i32 > {number}", f"more BETWEEN -{number} AND {number}", "text = 'a'", "more_text IN ('', 'twelve bytes1')", "text IS NULL",
            "day < DATE'1700-01-01'", "small >= 0.5", "f64 > 1", "i8 IS NOT NULL AND bool", "time >= TIMESTAMP'2020-01-01 00:00:00'", "i16 = i8", "text LIKE 'b%'"]


class Pairs(unittest.TestCase):
    """The same table in both formats."""
    @classmethod
    def setUpClass(cls):
        try:
            import pyarrow.orc
            import pyarrow.parquet
        except ImportError:
            raise unittest.SkipTest("no pyarrow")
        cls.scratch = tempfile.TemporaryDirectory()
        cls.orc, cls.parquet = pyarrow.orc, pyarrow.parquet

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def write(self, seed):
        table, options = random_table(seed), options_of(seed)
        here = pathlib.Path(self.scratch.name)
        self.orc.write_table(table, str(here / f"{seed}.orc"), **options)
        self.parquet.write_table(table, here / f"{seed}.parquet")
        return f"orc.`{here}/{seed}.orc`", f"parquet.`{here}/{seed}.parquet`", options

    def same(self, select, one, other, what):
        ours, theirs = lines(select.format(one)), lines(select.format(other))
        self.assertEqual(len(ours), len(theirs), what)
        for row, (mine, its) in enumerate(zip(ours, theirs)):
            if mine != its:
                mine, its = json.loads(mine), json.loads(its)
                self.fail(f"{what}: row {row}: {[(k, mine[k], its[k]) for k in mine if mine[k] != its[k]]}")

    def test_values(self):
        for seed in range(6):
            with self.subTest(seed):
                one, other, options = self.write(seed)
                self.same("SELECT * FROM {}", one, other, options)
                self.same("SELECT deep[0].r AS r, `group`.y.b AS b, wide FROM {}", one, other, options)

    def test_filters(self):
        for seed in range(100, 102):
            one, other, options = self.write(seed)
            for condition in filters_of(seed):
                with self.subTest(seed=seed, condition=condition):
                    self.same(f"SELECT * FROM {{}} WHERE {condition}", one, other, options)

    def test_counts(self):
        one, other, options = self.write(200)
        names = ["bool", "i8", "i32", "i64", "text", "day", "small", "wide", "list"]
        # Minima of timestamps and reals are no facts of a footer.
        select = ", ".join(f"count({name}) AS c{i}, min({name}) AS a{i}, max({name}) AS z{i}" for i, name in enumerate(names))
        self.same(f"SELECT count(*) AS n, {select} FROM {{}}", one, other, options)

    def test_threads_and_memory(self):
        one, other, options = self.write(300)
        for words in (["--conf", "spark.master=local[1]"], ["--conf", "spark.master=local[4]"], ["--conf", "spark.driver.memory=64m"]):
            self.assertTrue(lines(f"SELECT * FROM {one}", *words) == lines(f"SELECT * FROM {other}"), f"{words} {options}")


class Files(unittest.TestCase):
    def refused(self, statement, *parts):
        done = vonk(statement)
        self.assertEqual(done.returncode, 1, done.stdout)
        for part in parts:
            self.assertIn(part, done.stderr.decode(errors="replace"))

    def test_zones(self):
        """A timestamp keeps the clock of the writer's zone (UTC here), one WITH LOCAL TIME ZONE the instant. As Spark 4.2.1 answers with this TZ."""
        wanted = {
            "America/New_York": ["2020-01-02 03:04:05.678 2020-01-02 08:04:05.678", "1970-01-01 00:00:00.5 1970-01-01 05:00:00.5",
                                 "1969-12-31 23:59:58.5 1970-01-01 04:59:58.5", "1520-07-14 14:22:42 1520-07-14 19:22:42"],
            "Asia/Kolkata": ["2020-01-02 03:04:05.678 2020-01-01 21:34:05.678", "1970-01-01 00:00:00.5 1969-12-31 18:30:00.5",
                             "1969-12-31 23:59:58.5 1969-12-31 18:29:58.5", "1520-07-14 14:03:12 1520-07-14 08:33:12"],
        }
        for zone, rows in wanted.items():
            got = [json.loads(line) for line in lines(f"SELECT * FROM orc.`{DATA}/instants.orc`", zone=zone)]
            self.assertEqual([f"{row['i']} {row['t']}" for row in got], rows, zone)

    def test_broken(self):
        whole = (DATA / "groups.orc").read_bytes()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "broken.orc"
            for name, content in {"cut": whole[:-1], "half": whole[:len(whole) // 2], "no orc": b"no ORC file at all", "one byte": b"x"}.items():
                with self.subTest(name):
                    path.write_bytes(content)
                    self.refused(f"SELECT * FROM orc.`{path}`", "FAILED_READ_FILE", str(path))
            rng = random.Random(7)
            for _ in range(60):
                content = bytearray(whole)
                for _ in range(rng.randint(1, 20)):
                    content[rng.randrange(len(content))] = rng.randrange(256)
                path.write_bytes(content)
                done = vonk(f"SELECT * FROM orc.`{path}` WHERE id >= 0")
                self.assertIn(done.returncode, (0, 1), done.stderr)

    def test_empty_and_passed_over(self):
        with tempfile.TemporaryDirectory() as folder:
            here = pathlib.Path(folder)
            (here / "a.orc").write_bytes(b"")
            (here / "b.orc").write_bytes((DATA / "cases.orc").read_bytes())
            self.assertEqual(len(lines(f"SELECT * FROM orc.`{folder}`")), 2)
            (here / "c.orc").write_bytes(b"no ORC file at all")
            self.refused(f"SELECT * FROM orc.`{folder}`", "FAILED_READ_FILE", "c.orc")
            self.assertEqual(len(lines(f"SELECT * FROM orc.`{folder}`", "--conf", "spark.sql.files.ignoreCorruptFiles=true")), 2)

    def test_what_is_not_read(self):
        self.refused(f"SELECT x FROM orc.`{DATA}/unions.orc`", "PARSE_SYNTAX_ERROR")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "lzo.orc"
            content = bytearray((DATA / "cases.orc").read_bytes())
            at = len(content) - content[-1]  # the first field of the postscript, a number
            while content[at] & 0x80:
                at += 1
            self.assertEqual(content[at + 1], 0x10)
            content[at + 2] = 3  # the second: the compression
            path.write_bytes(content)
            self.refused(f"SELECT * FROM orc.`{path}`", "UNSUPPORTED_FEATURE", "lzo", str(path))
            self.refused(f"INSERT OVERWRITE DIRECTORY '{folder}/out' USING orc SELECT 1 AS a", "UNSUPPORTED_FEATURE")


@unittest.skipUnless(SPARK, "VONK_SPARK_PYTHON does not name a Python with PySpark")
class Spark(unittest.TestCase):
    def test_files_of_its_writer(self):
        """Every codec and version that Spark writes: rows as its own to_json shows them."""
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([SPARK, str(pathlib.Path(__file__).with_name("orc_read_spark.py")), folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
                                  env={**os.environ, "TZ": "UTC"})
            self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace")[-2000:])
            kinds = sorted(path for path in pathlib.Path(folder).iterdir() if path.is_dir())
            self.assertGreaterEqual(len(kinds), 6)
            for path in kinds:
                wanted = path.with_suffix(".json").read_text().splitlines()
                got = [json.loads(line)["row"] for line in lines(f"SELECT to_json(struct(*), map('ignoreNullFields', 'false')) AS row FROM orc.`{path}` ORDER BY id")]
                self.assertEqual(got, wanted, path.name)


if __name__ == "__main__":
    sys.exit(unittest.main())
