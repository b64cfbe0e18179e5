"""hdfs_test: tables on a real name node and data node, through WebHDFS."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import s3
from fault_proxy import Proxy

STARTER = s3.ROOT / "tests/servers/hdfs"
ROUNDS = int(os.environ.get("VONK_TEST_ROUNDS", "6"))  # of the races; 100 take minutes


class Hdfs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        found = subprocess.run([STARTER, "find"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if found.returncode:
            raise unittest.SkipTest(f"no HDFS: {found.stderr.strip()}")
        folder = tempfile.TemporaryDirectory(prefix="vonk-hdfs-", ignore_cleanup_errors=True)
        cls.addClassCleanup(folder.cleanup)
        cls.port = s3.free_port()
        process = subprocess.Popen([STARTER, "run", str(cls.port), folder.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        cls.env = {**os.environ, "HADOOP_USER_NAME": "vonk"}
        for _ in range(600):
            try:
                beans = cls.get("/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState")["beans"]
                if beans and beans[0].get("NumLiveDataNodes") == 1 and beans[0].get("FSState") == "Operational":
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise unittest.SkipTest("no HDFS: it does not start")

    @classmethod
    def get(cls, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{cls.port}{path}", timeout=30) as answer:
            return json.load(answer)

    def names(self, path):
        found = self.get(f"/webhdfs/v1{urllib.parse.quote(path)}?op=LISTSTATUS&user.name=vonk")
        return sorted(one["pathSuffix"] for one in found["FileStatuses"]["FileStatus"])

    def sql(self, statements, code=0):
        return s3.sql(statements, self.env, [f"spark.hadoop.dfs.namenode.http-address=127.0.0.1:{self.port}"], code=code)

    def race(self, port):
        """Sixteen writers want to make the same file: exactly one may."""
        program = pathlib.Path(s3.VONK).parent / "unit/fs_fs_test"
        if not program.exists():
            self.skipTest("the unit tests are not built")
        done = subprocess.run([program], env={**self.env, "VONK_RACE_FOLDER": f"webhdfs://127.0.0.1:{port}/{self.id().rsplit('.', 1)[-1]}", "VONK_RACE_ROUNDS": str(ROUNDS)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:])
        shown = [name for name in self.names(f"/{self.id().rsplit('.', 1)[-1]}") if not name.startswith(".")]
        self.assertEqual(shown, sorted(str(number) for number in range(ROUNDS)))

    def test_one_writer_wins(self):
        self.race(self.port)

    def test_one_writer_wins_with_faults(self):
        proxy = Proxy(self.port, ("500", "503", "reset", "lost"), 0.05, 3)
        try:
            self.race(proxy.port)
        finally:
            proxy.stop()

    def test_large_files(self):
        self.sql("INSERT OVERWRITE DIRECTORY 'hdfs://127.0.0.1/large' USING parquet OPTIONS (compression 'none') SELECT id, repeat('x', 20) || id AS s FROM range(1000000)")
        for start in ("hdfs://127.0.0.1", f"webhdfs://127.0.0.1:{self.port}"):
            self.assertEqual(self.sql(f"SELECT count(*), sum(id), max(length(s)) FROM parquet.`{start}/large`"), "1000000\t499999500000\t26\n")

    def test_partitioned_table(self):
        where = "hdfs://127.0.0.1/house/p ä%+"
        self.assertEqual(self.sql(
            f"CREATE TABLE t (a BIGINT, p STRING) USING parquet PARTITIONED BY (p) LOCATION '{where}';"
            "INSERT INTO t VALUES (1, 'x'), (2, 'y z'), (3, NULL), (4, 'ä/=%'); INSERT INTO t VALUES (5, 'x');"
            "SELECT * FROM t ORDER BY a; INSERT OVERWRITE t PARTITION (p = 'x') SELECT 6; SELECT a FROM t ORDER BY a"),
            "1\tx\n2\ty z\n3\tNULL\n4\tä/=%\n5\tx\n2\n3\n4\n6\n")
        self.assertEqual(self.names("/house/p ä%+"), ["_SUCCESS", "p=__HIVE_DEFAULT_PARTITION__", "p=x", "p=y z", "p=ä%2F%3D%25"])

    def test_failures(self):
        self.sql("INSERT OVERWRITE DIRECTORY 'hdfs://127.0.0.1/failed' USING parquet SELECT 1 / (id - 250000) AS x FROM range(500000)", code=1)
        self.assertNotIn("failed", self.names("/"))
        self.assertIn("PATH_NOT_FOUND", self.sql("SELECT * FROM parquet.`hdfs://127.0.0.1/nothing`", code=1))


if __name__ == "__main__":
    unittest.main()
