"""connect_decode_test.py: what Plan messages of a stock client become.

tests/data/connect/plans.txt (recorded by connect_plans.py) through decode_plan must give plans.tree. What of a node does not
show in trees is tested in tests/unit/server/connect_test.c.
"""
import os
import pathlib
import re
import subprocess
import unittest

DATA = pathlib.Path("tests/data/connect")
PROGRAM = pathlib.Path(os.environ["VONK"]).parent / "programs" / "decode_plan"


def trees(text):
    """{name: tree}"""
    parts = re.split(r"^== (\w+)$", text, flags=re.MULTILINE)
    return {name: tree.strip("\n") for name, tree in zip(parts[1::2], parts[2::2])}


class DecodeTest(unittest.TestCase):
    maxDiff = None

    def test_recorded_plans(self):
        if not PROGRAM.exists():
            self.skipTest("decode_plan is not built: scripts/build PRESET test_programs")
        with open(DATA / "plans.txt", "rb") as plans:
            got = subprocess.run([PROGRAM], stdin=plans, stdout=subprocess.PIPE, check=True, text=True).stdout
        got, expected = trees(got), trees((DATA / "plans.tree").read_text())
        for name in expected:
            with self.subTest(name):
                self.assertEqual(expected[name], got.get(name))
        self.assertEqual(list(expected), list(got))


if __name__ == "__main__":
    unittest.main()
