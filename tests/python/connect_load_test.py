"""connect_load_test: many sessions at once while connections are cut: the short form of tests/campaigns/connect-load."""
import pathlib
import subprocess
import sys
import unittest

LOAD = pathlib.Path(__file__).resolve().parent.parent / "campaigns/connect-load"


class Load(unittest.TestCase):
    def test_no_answer_is_wrong_or_lost(self):
        words = [sys.executable, str(LOAD), "--sessions", "8", "--queries", "25", "--cut", "0.5", "--rounds", "1"]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.stdout.strip().endswith("skipped"):
            self.skipTest("the client cannot be installed here")
        self.assertEqual(done.returncode, 0, "\n" + done.stdout)


if __name__ == "__main__":
    unittest.main()
