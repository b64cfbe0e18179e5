"""shell_warehouse_test: tables, views and databases outlive the process; nothing is made before the first table and nothing half-made stays."""
import os
import pathlib
import subprocess
import tempfile
import unittest

VONK = os.path.abspath(os.environ.get("VONK", "build/release/vonk"))


class Warehouse(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        self.warehouse = self.scratch / "spark-warehouse"

    def sql(self, statements, code=0, words=()):
        done = subprocess.run([VONK, "sql", "-S", *words, "-e", statements], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=60, cwd=self.scratch)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def entries(self):
        return sorted(str(path.relative_to(self.warehouse)) for path in self.warehouse.rglob("*")
                      if path.is_dir() and path.name != "_vonk_catalog" and "_vonk_catalog" not in path.parts)

    def test_nothing_before_the_first_table(self):
        self.sql("SELECT 1; CREATE TEMP VIEW v AS SELECT 1 AS a; SELECT * FROM v; SHOW TABLES; SHOW DATABASES; DESCRIBE DATABASE default")
        self.sql("SELECT * FROM nowhere", code=1)
        self.sql("DROP TABLE IF EXISTS nowhere; DROP VIEW IF EXISTS nowhere")
        self.assertFalse(self.warehouse.exists())
        self.sql("CREATE TABLE t (a INT) USING parquet")
        self.assertTrue(self.warehouse.is_dir())

    def test_all_outlives_the_process(self):
        self.sql("CREATE DATABASE d; CREATE TABLE d.T (A INT COMMENT 'first', p STRING) USING parquet PARTITIONED BY (p) COMMENT 'kept';"
                 "INSERT INTO d.t VALUES (1, 'x'), (2, 'y/z'), (3, NULL); CREATE TEMP VIEW gone AS SELECT 1 AS a;"
                 "USE d; CREATE VIEW v AS SELECT a * 10 AS ten FROM t")
        self.assertEqual(self.sql("SELECT * FROM d.t ORDER BY a"), "1\tx\n2\ty/z\n3\tNULL\n")
        self.assertEqual(self.sql("SHOW TABLES", words=("--database", "d")), "t\nv\n")
        self.assertEqual(self.sql("SELECT sum(ten) FROM D.V; SELECT current_database()"), "60\ndefault\n")
        self.assertIn("first", self.sql("DESCRIBE d.t"))
        self.assertIn("TABLE_OR_VIEW_NOT_FOUND", self.sql("SELECT * FROM gone", code=1))
        self.sql("ALTER TABLE d.t RENAME TO d.u; INSERT INTO d.u VALUES (4, 'x')")
        self.assertEqual(self.sql("SELECT count(*) FROM d.u; SHOW PARTITIONS d.u"), "4\np=__HIVE_DEFAULT_PARTITION__\np=x\np=y%2Fz\n")
        self.sql("DROP DATABASE d CASCADE")
        self.assertEqual(self.entries(), [])
        self.assertEqual(self.sql("SHOW DATABASES"), "default\n")

    def test_a_failed_create_leaves_nothing(self):
        self.sql("CREATE TABLE t AS SELECT id, 1 / (id - 2500) AS x FROM range(5000)", code=1)
        self.assertEqual(self.sql("SHOW TABLES"), "")
        self.assertEqual(self.entries(), [])
        self.sql("CREATE TABLE t AS SELECT 1 AS a")
        self.assertEqual(self.sql("SELECT * FROM t"), "1\n")

    def test_a_failed_insert_changes_nothing(self):
        self.sql("CREATE TABLE t AS SELECT 1 AS a")
        before = sorted(self.warehouse.rglob("*"))
        for statement in ("INSERT INTO t SELECT 1 DIV (id - 2500) FROM range(5000)", "INSERT OVERWRITE t SELECT 1 DIV (id - 2500) FROM range(5000)",
                          "INSERT INTO t VALUES ('no number')", "INSERT INTO t VALUES (1, 2)"):
            self.sql(statement, code=1)
            self.assertEqual(self.sql("SELECT * FROM t"), "1\n", statement)
        self.assertEqual([path for path in sorted(self.warehouse.rglob("*")) if path not in before], [])

    def test_files_of_external_tables_stay(self):
        outside = self.scratch / "outside"
        self.sql(f"CREATE TABLE e (a INT) USING parquet LOCATION '{outside}'; INSERT INTO e VALUES (7); DROP TABLE e")
        self.assertTrue(list(outside.glob("*.parquet")))
        self.assertEqual(self.sql(f"CREATE TABLE e USING parquet LOCATION '{outside}'; SELECT * FROM e"), "7\n")

    def test_processes_at_once(self):
        """A writer that ends removes its empty folders while others are about to use them."""
        self.sql("CREATE TABLE t (a INT) USING parquet")
        statements = "; ".join(["INSERT INTO t VALUES (1)"] * 25)
        processes = [subprocess.Popen([VONK, "sql", "-S", "-e", statements], cwd=self.scratch) for _ in range(4)]
        self.assertEqual([process.wait(60) for process in processes], [0] * 4)
        self.assertEqual(self.sql("SELECT count(*), sum(a) FROM t"), "100\t100\n")

    def test_a_damaged_description_is_an_error(self):
        self.sql("CREATE TABLE t (a INT) USING parquet")
        next(self.warehouse.rglob("t.json")).write_text("{\"version\": 1, \"kind\": ")
        self.assertIn("t.json", self.sql("SELECT * FROM t", code=1))


if __name__ == "__main__":
    unittest.main()
