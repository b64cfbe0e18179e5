"""bench_test.py: how the benchmark compares answers, and that its 22 queries are all there."""
import pathlib
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent.parent / "bench"))
import tpch
import vonk


class CompareTest(unittest.TestCase):
    def equal(self, left, right, units=0.5):
        return tpch.values_equal(left, right, units)

    def test_exact_values(self):
        self.assertTrue(self.equal(["1.20"], ["1.2"]))
        self.assertTrue(self.equal(["3.00"], 3))
        self.assertFalse(self.equal(["1.20"], ["1.21"]))
        self.assertFalse(self.equal(3, 4))
        self.assertFalse(self.equal("a", "b"))
        self.assertFalse(self.equal("1", 1))
        self.assertTrue(self.equal(None, None))
        self.assertFalse(self.equal(None, 0))

    def test_averages(self):
        self.assertTrue(self.equal(25.522005853257337, ["25.522006"]))
        self.assertFalse(self.equal(25.522005853257337, ["25.522005"]))
        self.assertTrue(self.equal(25.522005853257337, ["25.522005"], 1))
        self.assertTrue(self.equal(1e9, 1e9 + 0.5))
        self.assertFalse(self.equal(1e9, 1e9 + 2))

    def test_order_counts_but_not_among_equal_keys(self):
        rows = [[1, "a", 9], [2, "b", 9], [3, "c", 8]]
        keys = dict(tpch.SORT_KEYS)
        try:
            tpch.SORT_KEYS[1] = (2,)
            self.assertIsNone(tpch.difference(1, rows, [rows[1], rows[0], rows[2]], 0.5))
            self.assertIsNotNone(tpch.difference(1, rows, [rows[2], rows[0], rows[1]], 0.5))
            self.assertIsNotNone(tpch.difference(1, rows, rows[:2], 0.5))
            self.assertIsNotNone(tpch.difference(1, rows, [rows[0], rows[0], rows[2]], 0.5))
        finally:
            tpch.SORT_KEYS.update(keys)

    def test_queries(self):
        self.assertEqual(list(range(1, 23)), list(tpch.queries("1")))
        self.assertIn("0.00001", tpch.queries("10")[11])
        self.assertIn(" 0.0001\n", tpch.queries("1")[11])

    def test_rows_follow_the_schema(self):
        answer = vonk.testfile.Answer("struct<a:int,b:decimal(25,2),c:string,d:date>", ["1\t2.50\tx\t1995-01-01", "NULL\tNULL\t\tNULL"])
        self.assertEqual([[1, ["2.50"], "x", "1995-01-01"], [None, None, "", None]], vonk.rows(answer))


if __name__ == "__main__":
    unittest.main()
