"""connect_smoke_test: DataFrame programs see what they see on real Spark (tests/python/connect/smoke)."""
import pathlib
import subprocess
import sys
import unittest

SMOKE = pathlib.Path(__file__).resolve().parent / "connect/smoke"
CLIENTS = ("pyspark-client-4.2.0",)


class Smoke(unittest.TestCase):
    """One test for each client whose answers are recorded; its differences are printed."""


def test_of(client):
    def test(self):
        done = subprocess.run([sys.executable, str(SMOKE), "--client", client], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if " skipped" in done.stdout.strip().splitlines()[-1]:
            self.skipTest(f"{client} cannot be installed here")
        self.assertEqual(done.returncode, 0, "\n" + done.stdout)
    return test


for name in CLIENTS:
    setattr(Smoke, "test_" + name.replace("-", "_").replace(".", "_"), test_of(name))

if __name__ == "__main__":
    unittest.main()
