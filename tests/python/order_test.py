"""order_test: queries without ORDER BY answer the same each time, whatever the threads and batches."""
import os
import pathlib
import subprocess
import tempfile
import unittest

VONK = os.environ.get("VONK", "build/release/vonk")
TINY = pathlib.Path(VONK).parent.parent / "tiny" / "vonk"

SETUP = "CREATE TABLE t USING parquet AS SELECT id, id % 97 AS k, repeat(cast(id AS string), 3) AS s FROM range(0, 300000, 1, 6)"
QUERIES = """
SELECT * FROM t LIMIT 20;
SELECT id FROM t WHERE k = 5 LIMIT 20;
SELECT k, first(id), last(id), count(*) FROM t GROUP BY k;
SELECT first(s), last(s), any_value(id) FROM t;
SELECT k, slice(collect_list(id), 1, 20) FROM t GROUP BY k LIMIT 20;
SELECT size(collect_list(id)), md5(cast(collect_list(id) AS string)) FROM t;
SELECT monotonically_increasing_id(), id FROM t WHERE id % 1000 = 0 LIMIT 20;
SELECT a.id, b.id FROM t a JOIN t b ON a.k = b.k AND b.id < 200 LIMIT 20;
SELECT DISTINCT k FROM t LIMIT 20;
SELECT id FROM t ORDER BY k LIMIT 20;
SELECT k, sum(id), avg(id) FROM t GROUP BY k LIMIT 20;
SELECT id, row_number() OVER (PARTITION BY k ORDER BY k) FROM t LIMIT 20;
SELECT k FROM t UNION SELECT k + 50 FROM t LIMIT 20;
SELECT id FROM (SELECT id FROM t WHERE id < 3000 UNION ALL SELECT -id FROM t) LIMIT 20 OFFSET 2990;
"""


class Order(unittest.TestCase):
    def answer(self, folder, binary, threads):
        done = subprocess.run([binary, "sql", "-S", "--conf", f"spark.master=local[{threads}]", "--conf",
                               f"spark.sql.warehouse.dir={folder}", "--conf", f"spark.local.dir={folder}/local", "-e", QUERIES],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_answers_do_not_depend_on_threads_or_batches(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([VONK, "sql", "-S", "--conf", f"spark.sql.warehouse.dir={folder}", "-e", SETUP], check=True, timeout=600)
            expected = self.answer(folder, VONK, 1)
            self.assertGreater(expected.count("\n"), 300)
            for turn in range(20):
                for threads in (1, 2, 4):
                    self.assertEqual(self.answer(folder, VONK, threads), expected, f"turn {turn}, {threads} threads")
            if TINY.exists():
                for threads in (1, 4):
                    self.assertEqual(self.answer(folder, str(TINY), threads), expected, f"tiny batches, {threads} threads")


if __name__ == "__main__":
    unittest.main()
