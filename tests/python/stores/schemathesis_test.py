"""schemathesis_test: twenty seconds of tests/campaigns/schemathesis, with the same requests each time."""
import pathlib
import subprocess
import sys
import unittest

CAMPAIGN = pathlib.Path(__file__).resolve().parents[2] / "campaigns/schemathesis"


class Schemathesis(unittest.TestCase):
    def test_answers_are_as_described(self):
        done = subprocess.run([sys.executable, CAMPAIGN, "--seconds", "20", "--fixed"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        if "cannot be installed" in done.stdout or "SkipTest" in done.stdout:
            self.skipTest("schemathesis or the store cannot be had")
        self.assertEqual(done.returncode, 0, done.stdout[-5000:])


if __name__ == "__main__":
    unittest.main()
