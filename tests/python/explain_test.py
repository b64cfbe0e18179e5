"""explain_test: the forms of EXPLAIN: which plans they show, and that only ANALYZE runs the query."""
import os
import subprocess
import unittest

VONK = os.environ.get("VONK", "build/release/vonk")


def explain(words, query="SELECT id AS n FROM range(100) ORDER BY n LIMIT 3"):
    done = subprocess.run([VONK, "sql", "-S", "-e", f"EXPLAIN {words} {query}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sections(text):
    return [line.strip("= ") for line in text.split("\n") if line.startswith("==")]


class Explain(unittest.TestCase):
    def test_simple(self):
        text = explain("")
        self.assertEqual(sections(text), ["Physical Plan"])
        self.assertRegex(text, r"\+- Range 0 to 100 by 1 \[id#\d+\] \(about 100 rows\)\n")

    def test_extended(self):
        text = explain("EXTENDED")
        self.assertEqual(sections(text), ["Parsed Logical Plan", "Analyzed Logical Plan", "Optimized Logical Plan", "Physical Plan"])
        self.assertIn("'Project [id AS n]", text)
        self.assertRegex(text, r"\nn: bigint\nLimit 3\n\+- Sort \[n#\d+ ASC NULLS FIRST\]\n")
        self.assertRegex(text, r"\+- Project \[id#(\d+) AS n#\d+\]")

    def test_cost(self):
        text = explain("COST")
        self.assertEqual(sections(text), ["Optimized Logical Plan", "Physical Plan"])
        self.assertIn("Statistics(rowCount=100)", text)

    def test_formatted(self):
        text = explain("FORMATTED")
        self.assertRegex(text, r"== Physical Plan ==\n\w+ \(\d\)\n")
        self.assertRegex(text, r"\n\(1\) Range\nOutput \[1\]: \[id#\d+\]\nArguments: 0 to 100 by 1 \[id#\d+\]\nRows: about 100\n")

    def test_analyze_measures(self):
        text = explain("ANALYZE")
        self.assertRegex(text, r"Range .*\(rows 100 of about 100, time [\d.]+ ms, memory .*B, spilled 0 B\)")

    def test_only_analyze_runs(self):
        failing = "SELECT CAST(id || 'x' AS INT) FROM range(3)"
        explain("", failing)
        with self.assertRaisesRegex(AssertionError, "CAST_INVALID_INPUT"):
            explain("ANALYZE", failing)

    def test_several_projections(self):
        text = explain("EXTENDED", "SELECT a, count(*) FROM VALUES (1) t(a) GROUP BY CUBE(a)")
        self.assertRegex(text, r"Expand \[\[a#1, a#1, 0\], \[a#1, NULL, 1\]\]")

    def test_commands(self):
        self.assertRegex(explain("", "CREATE TABLE t AS SELECT 1 AS a"), r"CreateTable \[t\]\n\+- 'Project \[1 AS a\]")

    def test_a_shared_body_is_shown_once(self):
        text = explain("EXTENDED", "WITH x AS (SELECT id FROM range(2)) SELECT * FROM x UNION ALL SELECT * FROM x")
        analyzed = text.split("== ")[2]
        self.assertIn(", as above", analyzed)


if __name__ == "__main__":
    unittest.main()
