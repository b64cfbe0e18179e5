"""guide_test: the Python blocks of the Apache Spark Integration Guide that touch no Delta table run as they are written."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
GUIDE = ROOT.parent / "shared/guide/spark-integration-guide.md"
CLIENT = "pyspark-client-4.2.0"
sys.path.insert(0, str(HERE))
import s3  # noqa: E402  pylint: disable=wrong-import-position


class Guide(unittest.TestCase):
    def test_blocks(self):
        if not GUIDE.exists():
            self.skipTest("no ../shared/guide")
        client = subprocess.run([str(HERE.parent / "connect/client"), CLIENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if client.returncode:
            self.skipTest(f"{CLIENT} cannot be installed here")
        store = s3.Server()
        self.addCleanup(store.stop)
        environment = s3.environment(store.port, PYTHONPATH=f"{ROOT}/python:{ROOT}", VONK_BINARY=s3.VONK, VONK_GUIDE_KEY=s3.KEY, VONK_GUIDE_SECRET=s3.SECRET)
        with tempfile.TemporaryDirectory() as folder:
            environment["HOME"] = folder
            done = subprocess.run([client.stdout.strip(), "-W", "ignore::UserWarning", str(HERE / "guide_program.py"), str(GUIDE)], cwd=folder, env=environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stderr[-4000:])
        self.assertIn("blocks of spark-integration-guide.md did what they say", done.stdout)


if __name__ == "__main__":
    unittest.main()
