"""config_test: settings that guides name do what docs/configuration.md says of them; where settings are read from."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
VONK = os.path.abspath(os.environ.get("VONK", ROOT / "build/release/vonk"))
PARTS = "SELECT count(DISTINCT p) FROM (SELECT spark_partition_id() AS p FROM ({}))"
RANGE, SHUFFLED = PARTS.format("SELECT * FROM range(100)"), PARTS.format("SELECT /*+ REPARTITION(id) */ id FROM range(1000)")


class Config(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.env = {name: value for name, value in os.environ.items() if name not in ("SPARK_HOME", "SPARK_CONF_DIR")}

    def vonk(self, *words, **env):
        done = subprocess.run([VONK, *words], cwd=self.folder, env={**self.env, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def sql(self, statement, *settings, **env):
        return self.vonk("sql", "-S", *[word for setting in settings for word in ("--conf", setting)], "-e", statement, **env).split()

    def limit(self, *settings):
        """(the memory limit, what the machine or cgroup has), in GiB."""
        said = self.vonk("doctor", *[word for setting in settings for word in ("--conf", setting)])
        return tuple(float(re.search(rf"{name} +([0-9.]+) GiB", said).group(1)) for name in ("memory limit", "memory of machine"))

    def test_memory(self):
        off_heap = ("spark.memory.offHeap.enabled=true", "spark.memory.offHeap.size=512m")
        self.assertEqual(self.limit("spark.driver.memory=1g")[0], 1)
        self.assertEqual(self.limit("spark.driver.memory=1g", "spark.memory.offHeap.size=512m")[0], 1)
        self.assertEqual(self.limit("spark.driver.memory=1g", *off_heap)[0], 1.5)
        self.assertEqual(self.limit("spark.driver.memory=1g", "spark.executor.memory=2g")[0], 1)
        for settings in ((), ("spark.driver.memory=100000g",), ("spark.driver.memory=100000g", *off_heap)):
            limit, machine = self.limit(*settings)
            self.assertAlmostEqual(limit, 0.8 * machine, delta=0.1)

    def test_partitions(self):
        for count in ("3", "8"):
            self.assertEqual(self.sql(RANGE, f"spark.default.parallelism={count}"), [count])
            self.assertEqual(self.sql(SHUFFLED, f"spark.sql.shuffle.partitions={count}", "spark.sql.adaptive.enabled=false"), [count])

    def test_files_of_settings(self):
        (self.folder / "home/conf").mkdir(parents=True)
        (self.folder / "home/conf/spark-defaults.conf").write_text("# of the home\nspark.default.parallelism 3\nspark.sql.shuffle.partitions  5\nother.key 1\n")
        (self.folder / "spark-defaults.conf").write_text("spark.default.parallelism=4\n")
        (self.folder / "mine").write_text("spark.sql.shuffle.partitions: 6\n")
        home, folder = {"SPARK_HOME": str(self.folder / "home")}, {"SPARK_CONF_DIR": str(self.folder)}
        both = f"{RANGE}; SET spark.sql.shuffle.partitions"
        shuffle = "spark.sql.shuffle.partitions"
        self.assertEqual(self.sql(both, **home), ["3", shuffle, "5"])
        self.assertEqual(self.sql(both, **home, **folder), ["4", shuffle, "200"])
        self.assertEqual(self.sql(both, "spark.default.parallelism=7", **home), ["7", shuffle, "5"])
        self.assertEqual(self.vonk("sql", "-S", "--properties-file", "mine", "-e", f"SET {shuffle}", **home).split(), [shuffle, "6"])
        self.assertEqual(self.vonk("sql", "-S", "--properties-file", "mine", "--load-spark-defaults", "-e", both, **home).split(), ["3", shuffle, "6"])
        self.assertNotEqual(self.sql(RANGE, SPARK_CONF_DIR=str(self.folder / "nothing")), [])

    def test_every_setting_of_the_guide_is_in_the_table(self):
        table = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
        for key in ("spark.driver.memory", "spark.executor.memory", "spark.memory.offHeap.enabled", "spark.memory.offHeap.size", "spark.default.parallelism", "spark.sql.shuffle.partitions", "spark.master",
                    "spark.app.name", *(f"spark.hadoop.fs.s3a.{name}" for name in ("impl", "fast.upload", "connection.maximum", "connection.timeout", "connection.establish.timeout"))):
            self.assertIn(f"`{key}`", table)


if __name__ == "__main__":
    unittest.main()
