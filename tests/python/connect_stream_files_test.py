"""connect_stream_files_test: streams of files into files: exactly once whatever is killed, and checkpoints that Spark and Vonk hand to each other.

VONK_SPARK_PYTHON names an interpreter that has Spark itself; without it the exchange is left out.
"""
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connect"))
import doctest_runs  # noqa: E402  pylint: disable=wrong-import-position
import server  # noqa: E402  pylint: disable=wrong-import-position

CLIENT = str(HERE / "connect/stream_files_client.py")
KILLS = 4


class Files(unittest.TestCase):
    """The client's side is stream_files_client.py; each of its programs is a process."""

    def setUp(self):
        self.python = doctest_runs.client_python(doctest_runs.CLIENT)
        if not self.python:
            self.skipTest(f"{doctest_runs.CLIENT} cannot be installed here")
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="vonk-stream-"))

    def run_program(self, remote, name, python=None):
        words = [python or self.python, CLIENT, remote, name, self.folder]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])

    def run_here(self, name):
        with server.serving() as (process, remote):
            self.run_program(remote, name)
            self.assertIsNone(process.poll())

    def test_files(self):
        self.run_here("files")

    def test_tables(self):
        self.run_here("tables")

    def test_refused(self):
        self.run_here("refused")

    def test_killed(self):
        """Each row once, though the server is killed in the middle of batches."""
        chance = random.Random(7)
        self.run_here("fill")
        for _ in range(KILLS):
            with server.serving() as (process, remote):
                self.run_program(remote, "begin")
                time.sleep(chance.uniform(0.01, 0.25))
                process.kill()
                process.wait()
        self.run_here("finish")
        self.run_here("check_filled")

    def test_exchange_with_spark(self):
        """A query begun in one goes on in the other, and back; each reads what both have written."""
        spark = os.environ.get("VONK_SPARK_PYTHON")
        if not spark:
            self.skipTest("VONK_SPARK_PYTHON is not set: no Spark to exchange with")
        self.run_program("spark", "more", spark)
        self.run_here("more")
        self.run_program("spark", "more", spark)
        self.run_here("more")


if __name__ == "__main__":
    unittest.main()
