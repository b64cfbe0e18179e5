"""page_cache_test: pages kept from query to query never show in an answer: types, encodings, codecs, small bounds, files written again."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import pyarrow as pa
import pyarrow.parquet as pq

VONK = os.environ["VONK"]
ROUNDS = 4  # a page is kept from its second reading on
CODECS = ("none", "snappy", "zstd", "gzip", "lz4", "brotli")


def table(row_count):
    numbers = range(row_count)
    return pa.table({
        "i": pa.array([None if n % 7 == 0 else n * 31 for n in numbers], pa.int64()),
        "s": pa.array([None if n % 11 == 0 else f"text {n % 500} of some length" for n in numbers]),
        "d": pa.array([n / 3 for n in numbers], pa.float64()),
        "l": pa.array([[n, None, n + 1] if n % 3 else [] for n in numbers], pa.list_(pa.int32())),
        "t": pa.array([{"a": n, "b": str(n)} for n in numbers], pa.struct([("a", pa.int32()), ("b", pa.string())])),
        "m": pa.array([[(str(n % 4), n)] for n in numbers], pa.map_(pa.string(), pa.int64())),
    })


class PageCache(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def run_sql(self, text, *confs):
        words = [VONK, "sql", "-S"]
        for conf in confs:
            words += ["--conf", conf]
        done = subprocess.run(words + ["-f", "/dev/stdin"], input=text, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_equal_with_and_without(self):
        for number, codec in enumerate(CODECS):
            pq.write_table(table(20000), self.folder / f"{codec}.parquet", compression=codec, data_page_size=8192, row_group_size=7000,
                           data_page_version="2.0" if number % 2 else "1.0", use_dictionary=["s"] if number % 3 else True)
        queries = []
        for codec in CODECS:
            source = f"parquet.`{self.folder}/{codec}.parquet`"
            queries += [f"SELECT count(i), sum(i), min(s), max(s), max(d), sum(size(l)), sum(t.a), max(t.b), sum(m['1']), sum(hash(*)) FROM {source};",
                        f"SELECT i, s, l, t, m FROM {source} WHERE i BETWEEN 300000 AND 300400 ORDER BY i;"]
        once = "".join(queries)
        without = self.run_sql(once * ROUNDS, "vonk.cache.pages.size=0")
        rounds = without.splitlines()
        self.assertEqual(rounds[:len(rounds) // ROUNDS] * ROUNDS, rounds)
        for confs in ((), ("vonk.cache.pages.size=200k",), ("vonk.cache.pages.size=64m", "spark.master=local[1]"), ("spark.driver.memory=64m",)):
            self.assertEqual(self.run_sql(once * ROUNDS, *confs), without, confs)

    def test_a_file_written_again_is_read_again(self):
        statements = "CREATE TABLE t USING parquet AS SELECT 0 AS round, id FROM range(50000);"
        for number in range(1, ROUNDS + 1):
            statements += "SELECT max(round), sum(id) FROM t;" * 3 + f"INSERT OVERWRITE t SELECT {number}, id * {number + 1} FROM range(50000);"
        total = sum(range(50000))
        expected = "".join(f"{number}\t{total * (number + 1)}\n" * 3 for number in range(ROUNDS))
        self.assertEqual(self.run_sql(statements), expected)


if __name__ == "__main__":
    unittest.main()
