"""run_test.py: the SQL test runner itself, with a stand-in for vonk that prints prepared answers."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import testfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

FILE = """# recorded from Spark 4.2.1

statement
CREATE TEMP VIEW t AS SELECT 1

query sorted approx
SELECT * FROM t
----
struct<a:int,b:double>
1	0.3
2	NULL

# why this one
error DIVIDE_BY_ZERO 22012 at 1:8
SELECT 1/0

query
SELECT ''
----
struct<:string>
(empty)

query
SELECT '#end', '${scratch}'
----
struct<x:string,y:string>
#end	${scratch}
"""

# Says its answers, with $SCRATCH filled in from the folder it runs in.
STAND_IN = """#!/bin/sh
echo "$@" >>{log}
sed "s|SCRATCH|$PWD|" {answers}
exit {status}
"""

GOOD = """#schema struct<>
#end
#schema struct<a:int,b:double>
2	NULL
1	0.30000000000000004
#end
#error DIVIDE_BY_ZERO 22012 1:8 Division by zero.
#end
#schema struct<:string>

#end
#schema struct<x:string,y:string>
\\#end	SCRATCH
#end
"""


class RunTest(unittest.TestCase):
    def play(self, answers, modes="default", text=FILE, status=1):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "one.test").write_text(text)
            (folder / "answers").write_text(answers)
            log = folder / "log"
            vonk = folder / "vonk"
            vonk.write_text(STAND_IN.format(log=log, answers=folder / "answers", status=status))
            os.chmod(vonk, 0o755)
            done = subprocess.run([sys.executable, ROOT / "tests/run", "--vonk", vonk, "--modes", modes, folder / "one.test"],
                                  stdout=subprocess.PIPE, text=True)
            self.commands = log.read_text().split("\n") if log.exists() else []
            return done.returncode, done.stdout.strip().split("\n")

    def test_right_answers_pass_in_all_modes(self):
        status, lines = self.play(GOOD, "default,threads4,spill")
        self.assertEqual((0, ["5 passed, 0 failed"]), (status, lines))
        self.assertIn("spark.master=local[4]", "".join(self.commands))

    def test_wrong_value_schema_condition_place(self):
        for right, wrong in [("0.30000000000000004", "0.31"), ("b:double", "b:float"), ("DIVIDE_BY_ZERO", "CAST_OVERFLOW"),
                             ("1:8", "1:9"), ("2\tNULL\n", ""), ("\n\n", "\n")]:
            status, lines = self.play(GOOD.replace(right, wrong))
            self.assertEqual((1, "4 passed, 1 failed"), (status, lines[-1]), wrong)

    def test_death_of_the_process_fails_what_it_did_not_answer(self):
        status, lines = self.play(GOOD[:GOOD.index("#error")], status=134)
        self.assertEqual("2 passed, 3 failed", lines[-1])
        self.assertIn("exit code 134", "\n".join(lines))

    def test_bad_exit_after_all_answers_fails(self):
        self.assertEqual("4 passed, 1 failed", self.play(GOOD, status=77)[1][-1])

    def test_a_file_not_recorded_is_refused(self):
        self.assertEqual("0 passed, 1 failed", self.play(GOOD, text=FILE.split("\n", 1)[1])[1][-1])
        self.assertEqual("0 passed, 1 failed", self.play(GOOD, text=FILE + "\nquery\nSELECT 1\n")[1][-1])

    def test_writing_gives_back_what_was_read(self):
        self.assertEqual(FILE, testfile.file_text(*testfile.parse(FILE)))


if __name__ == "__main__":
    unittest.main()
