"""shell_output_test: what vonk sql prints in each format, for failures, and the times on stderr."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

VONK = os.environ.get("VONK", "build/release/vonk")
ROWS = "SELECT * FROM VALUES (1, 'a', 1.50BD), (NULL, '', NULL), (3, 'x,\"y\"|', 2.00BD) AS t(n, s, d)"


def sql(*words, stdin=None):
    return subprocess.run([VONK, "sql", *words], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)


class Output(unittest.TestCase):
    def rows(self, *words):
        done = sql(*words, "-e", ROWS)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_tsv_is_the_default_of_a_pipe(self):
        expected = '1\ta\t1.50\nNULL\t\tNULL\n3\tx,"y"|\t2.00\n'
        self.assertEqual(self.rows(), expected)
        self.assertEqual(self.rows("--format", "tsv"), expected)
        self.assertEqual(self.rows("--conf", "spark.sql.cli.print.header=true"), "n\ts\td\n" + expected)

    def test_csv(self):
        self.assertEqual(self.rows("--format", "csv"), '1,a,1.50\n,"",\n3,"x,""y""|",2.00\n')

    def test_json(self):
        lines = [json.loads(line) for line in self.rows("--format=json").splitlines()]
        self.assertEqual(lines, [{"n": 1, "s": "a", "d": 1.5}, {"n": None, "s": "", "d": None}, {"n": 3, "s": 'x,"y"|', "d": 2.0}])
        self.assertIn('"d":1.50', self.rows("--format", "json"))

    def test_markdown(self):
        self.assertEqual(self.rows("--format", "markdown").splitlines()[:3], ["| n | s | d |", "|---:|---|---:|", "| 1 | a | 1.50 |"])

    def test_table(self):
        self.assertEqual(self.rows("--format", "table").splitlines()[:4],
                         ["+------+--------+------+", '|    n | s      |    d |', "+------+--------+------+", "|    1 | a      | 1.50 |"])

    def test_test(self):
        done = sql("--format", "test", "-e", "SELECT 1 AS a, '#x' AS b; SELECT '#x\\ny' AS b; SELECT nothing; SELECT 2 AS c")
        self.assertEqual(done.returncode, 1)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[:6], ["#schema struct<a:int,b:string>", "1\t#x", "#end", "#schema struct<b:string>", "\\#x\\ny", "#end"])
        self.assertRegex(lines[6], r"^#error UNRESOLVED_COLUMN\S* 42703 1:8 [^\[]*`nothing`[^\[]*$")
        self.assertNotIn("SQLSTATE", lines[6])
        self.assertEqual(lines[7:], ["#end", "#schema struct<c:int>", "2", "#end"])

    def test_time_taken(self):
        self.assertRegex(sql("-e", "SELECT 1").stderr, r"^Time taken: \d+\.\d{3} seconds, Fetched 1 row\(s\)\n$")
        self.assertEqual(sql("-S", "-e", "SELECT 1").stderr, "")

    def test_first_failure_stops(self):
        done = sql("-e", "SELECT 1; SELECT nothing; SELECT 2")
        self.assertEqual((done.returncode, done.stdout), (1, "1\n"))
        self.assertIn("[UNRESOLVED_COLUMN", done.stderr)
        self.assertIn("SQLSTATE: 42703", done.stderr)
        self.assertIn("line 1", done.stderr)

    def test_sources_in_order(self):
        with tempfile.TemporaryDirectory() as scratch:
            init, more = pathlib.Path(scratch, "init.sql"), pathlib.Path(scratch, "more.sql")
            init.write_text("SELECT 'init';\n")
            more.write_text("-- a comment\nSELECT 'more' -- no semicolon")
            done = sql("-e", "SELECT 'first'", "-f", str(more), "-i", str(init))
            self.assertEqual((done.returncode, done.stdout), (0, "init\nfirst\nmore\n"))
        self.assertEqual(sql(stdin="SELECT 'in';SELECT 'put'").stdout, "in\nput\n")

    def test_variables(self):
        words = ["-d", "a=1", "--hivevar", "b=2", "--hiveconf", "c=3", "--conf", "spark.x=4"]
        self.assertEqual(sql(*words, "-e", "SELECT ${a}, ${hivevar:b}, ${hiveconf:c}, ${spark.x}, '${unknown}', '${odd:x}'").stdout, "1\t2\t3\t4\t\t${odd:x}\n")

    def test_verbose_prints_the_statement(self):
        self.assertEqual(sql("-v", "-e", "SELECT 1 AS x").stdout, "SELECT 1 AS x\n1\n")


if __name__ == "__main__":
    unittest.main()
