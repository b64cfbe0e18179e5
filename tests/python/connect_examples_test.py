"""connect_examples_test: programs that ship with PySpark, run by vonk submit, print what they print on Spark.

The answers in connect/examples/ were printed by Apache Spark 4.2.1 (classic, local[2]). Rows of a table may come in another order, and
random figures are not compared. basic.py reads JSON and a text file through an RDD: its first part runs on the same rows as Parquet, and
the rest must say what to write instead.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connect"))
import server  # noqa: E402  pylint: disable=wrong-import-position

CLIENT, WITH_EXAMPLES = "pyspark-client-4.2.0", "pyspark-4.3.0"
AS_PARQUET = """
import runpy, sys
from pyspark.sql import SparkSession
from pyspark.sql.connect.readwriter import DataFrameReader
spark = SparkSession.builder.getOrCreate()
spark.createDataFrame([(None, "Michael"), (30, "Andy"), (19, "Justin")], "age BIGINT, name STRING").coalesce(1).write.parquet("people")
DataFrameReader.json = lambda reader, path: reader.parquet("people")
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def client_python(name):
    done = subprocess.run([str(HERE / "connect/client"), name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise unittest.SkipTest(f"{name} cannot be installed here")
    return done.stdout.strip()


def example(name):
    found = pathlib.Path(client_python(WITH_EXAMPLES)).parents[1].glob(f"lib/python3*/site-packages/pyspark/examples/src/main/python/sql/{name}")
    return str(next(found))


def without_order(text):
    """The lines, with those of each table sorted and random figures left out."""
    lines, table = [], []
    for line in text.splitlines():
        if re.match(r"(count|mean|std|min|25%|50%|75%|max) ", line):
            continue
        if line.startswith("|"):
            table.append(line)
            continue
        lines += sorted(table) + [line]
        table = []
    return lines + sorted(table)


class Examples(unittest.TestCase):
    """PySpark's own."""

    def submit(self, *words):
        with tempfile.TemporaryDirectory(prefix="vonk-examples-") as folder:
            environment = {**os.environ, "PYSPARK_PYTHON": client_python(CLIENT), "TZ": "UTC"}
            return subprocess.run([server.VONK, "submit", *words], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)

    def test_arrow(self):
        done = self.submit(example("arrow.py"))
        self.assertEqual(without_order(done.stdout), without_order((HERE / "connect/examples/arrow.txt").read_text()), done.stderr[-3000:])
        self.assertEqual(done.returncode, 0)

    def test_basic(self):
        with tempfile.NamedTemporaryFile("w", suffix=".py") as program:
            program.write(AS_PARQUET)
            program.flush()
            done = self.submit(program.name, example("basic.py"))
        wanted = without_order((HERE / "connect/examples/basic.txt").read_text())
        seen = without_order(done.stdout)
        self.assertEqual(seen, wanted[:len(seen)], done.stderr[-3000:])
        self.assertGreater(len(seen), 60)
        self.assertIn("spark.read.text(path)", done.stderr)


if __name__ == "__main__":
    unittest.main()
