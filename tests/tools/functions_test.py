"""functions_test.py: the page of functions is what the registry says, and each example has a recorded answer."""
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Functions(unittest.TestCase):
    def test_page_and_examples(self):
        done = subprocess.run([str(ROOT / "tools" / "functions"), "--check"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
