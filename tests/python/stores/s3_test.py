"""s3_test: reading and writing on a real S3 server that verifies signatures; what users configure; what must not be shown."""
import collections
import io
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import pyarrow.parquet as pq

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import s3
from fault_proxy import Proxy


class OnS3(unittest.TestCase):
    """A server for the tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.server = s3.Server()
        cls.addClassCleanup(cls.server.stop)
        cls.env = s3.environment(cls.server.port)

    def bucket(self):
        """A bucket of the test's own."""
        name = self.id().rsplit(".", 1)[-1].replace("_", "-")[:50]
        self.assertEqual(self.server.call("PUT", f"/{name}")[0], 200)
        return name

    def sql(self, statements, conf=(), code=0, env=None, timeout=120):
        return s3.sql(statements, env or self.env, conf, timeout, code)


class Tables(OnS3):
    def test_tables(self):
        lake = self.bucket()
        where = f"s3a://{lake}/t"
        self.assertEqual(self.sql(
            f"CREATE TABLE t (a BIGINT, p STRING) USING parquet PARTITIONED BY (p) LOCATION '{where}';"
            "INSERT INTO t VALUES (1, 'x'), (2, 'y z'), (3, NULL), (4, 'ä/=%'); INSERT INTO t VALUES (5, 'x');"
            "SELECT * FROM t ORDER BY a; INSERT OVERWRITE t PARTITION (p = 'x') SELECT 6; SELECT a FROM t ORDER BY a; SHOW PARTITIONS t"),
            "1\tx\n2\ty z\n3\tNULL\n4\tä/=%\n5\tx\n2\n3\n4\n6\np=__HIVE_DEFAULT_PARTITION__\np=x\np=y z\np=ä%2F%3D%25\n")
        keys = self.server.keys(lake)
        self.assertIn("t/_SUCCESS", keys)
        self.assertEqual([key for key in keys if "_temporary" in key or "_vonk" in key], [])
        self.assertEqual(self.server.uploads(lake), [])
        for scheme in ("s3", "s3n", "s3a"):
            self.assertEqual(self.sql(f"SELECT count(*) FROM parquet.`{scheme}://{lake}/t/p=*/`"), "4\n")

    def test_a_warehouse(self):
        lake = self.bucket()
        conf = [f"spark.sql.warehouse.dir=s3a://{lake}/house"]
        self.sql("CREATE DATABASE d; CREATE TABLE d.t AS SELECT id FROM range(10); ALTER TABLE d.t RENAME TO d.u", conf)
        self.assertEqual(self.sql("SELECT count(*) FROM d.u; SHOW TABLES IN d", conf), "10\nu\n")
        self.sql("DROP DATABASE d CASCADE", conf)
        self.assertEqual(self.server.keys(lake), [])

    def test_a_failed_job_leaves_nothing(self):
        lake = self.bucket()
        self.sql(f"INSERT OVERWRITE DIRECTORY 's3a://{lake}/t' USING parquet SELECT id, 1 / (id - 250000) AS x FROM range(500000)", code=1)
        self.assertEqual(self.server.keys(lake), [])
        self.assertEqual(self.server.uploads(lake), [])

    def test_odd_keys(self):
        lake = self.bucket()
        self.sql(f"INSERT OVERWRITE DIRECTORY 's3a://{lake}/one' USING parquet SELECT 1 AS a")
        data = self.server.call("GET", f"/{lake}/{next(key for key in self.server.keys(lake) if 'part-' in key)}")[2]
        names = ["a b", "a+b", "a%20b", "ä€😀", "a&b<c>", "a'b", "a=b", "a#c", "a;b,c@d!e$f(g)", "~x", "x%", "a\\b"] + [f"n{i:04}" for i in range(1200)]
        for name in names:
            self.assertEqual(self.server.call("PUT", f"/{lake}/odd/{name}.parquet", body=data)[0], 200, name)
        self.assertEqual(self.sql(f"SELECT count(*) FROM parquet.`s3a://{lake}/odd`", timeout=300), f"{len(names)}\n")
        self.assertEqual(self.sql(f"SELECT sum(a) FROM parquet.`s3a://{lake}/odd/ä€😀.parquet`"), "1\n")

    def test_large_files_are_uploaded_in_parts(self):
        lake = self.bucket()
        statement = f"INSERT OVERWRITE DIRECTORY 's3a://{lake}/t' USING parquet OPTIONS (compression 'none') SELECT /*+ COALESCE(1) */ id, rand(3) AS x FROM range(8000000)"
        self.sql(statement, conf=["spark.sql.shuffle.partitions=1"])
        sizes = [int(self.server.call("HEAD", f"/{lake}/{key}")[1].get("Content-Length", 0)) for key in self.server.keys(lake) if "part-" in key]
        self.assertGreater(sum(sizes), 100 << 20)
        self.assertEqual(self.sql(f"SELECT count(*), sum(id), count(DISTINCT x) > 7900000 FROM parquet.`s3a://{lake}/t`"), "8000000\t31999996000000\ttrue\n")
        self.assertEqual(self.server.uploads(lake), [])

    # --- settings ---

    def test_settings_of_a_bucket(self):
        lake = self.bucket()
        bare = {name: value for name, value in self.env.items() if not name.startswith("AWS_") or name == "AWS_EC2_METADATA_DISABLED"}
        end = f"http://127.0.0.1:{self.server.port}"
        keys = lambda start, key: [f"{start}.endpoint={end}", f"{start}.access.key={key}", f"{start}.secret.key={s3.SECRET}", f"{start}.path.style.access=true"]
        write = f"INSERT OVERWRITE DIRECTORY 's3a://{lake}/t' USING parquet SELECT 1 AS a; SELECT * FROM parquet.`s3a://{lake}/t`"
        for conf in (keys("spark.hadoop.fs.s3a", s3.KEY), keys("fs.s3a", s3.KEY), keys("fs.s3a", "wrong") + keys(f"spark.hadoop.fs.s3a.bucket.{lake}", s3.KEY)):
            self.assertEqual(self.sql(write, conf, env=bare), "1\n")
        self.assertEqual(self.sql(";".join(f"SET {one.replace('=', '=', 1)}" for one in keys("fs.s3a", s3.KEY)) + f"; SELECT * FROM parquet.`s3a://{lake}/t`", env=bare).splitlines()[-1], "1")
        said = self.sql(write, [f"fs.s3a.endpoint={end}"], code=1, env=bare)
        self.assertIn("no credentials were found", said)
        said = self.sql(write, keys("fs.s3a", s3.KEY) + ["fs.s3a.aws.credentials.provider=org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider"], code=1, env=bare)
        self.assertIn("AccessDenied", said)

    def test_requests_at_a_time(self):
        lake = self.bucket()
        self.sql(f"INSERT OVERWRITE DIRECTORY 's3a://{lake}/t' USING parquet SELECT /*+ REPARTITION(24) */ id, repeat('x', 100) || rand() AS s FROM range(100000)")
        for conf, most in (([], 1000), (["fs.s3a.connection.maximum=2"], 2), ([f"spark.hadoop.fs.s3a.bucket.{lake}.connection.maximum=1"], 1)):
            proxy = Proxy(self.server.port)
            try:
                self.assertEqual(self.sql(f"SELECT count(*), count(DISTINCT s) FROM parquet.`s3a://{lake}/t`", conf, env=s3.environment(proxy.port)), "100000\t100000\n")
            finally:
                proxy.stop()
            self.assertLessEqual(proxy.busy_peak, most)
        said = self.sql(f"SELECT * FROM parquet.`s3a://{lake}/t`", ["fs.s3a.connection.maximum=none"], code=1)
        self.assertIn("fs.s3a.connection.maximum", said)

    def test_an_upload_that_was_begun_twice(self):
        """The answer to each first beginning gets lost."""
        lake = self.bucket()
        begun = set()

        def is_first(method, path):
            first = method == "POST" and "?uploads" in path and path not in begun
            begun.add(path)
            return first
        proxy = Proxy(self.server.port, ("lost",), 1.0, wanted=is_first)
        try:
            self.sql(f"INSERT OVERWRITE DIRECTORY 's3a://{lake}/t' USING parquet OPTIONS (compression 'none') SELECT id, rand() AS x FROM range(3000000)", env=s3.environment(proxy.port))
        finally:
            proxy.stop()
        self.assertGreater(proxy.spoiled["lost"], 0)
        self.assertEqual(self.server.uploads(lake), [])

    def test_profiles(self):
        lake = self.bucket()
        bare = {name: value for name, value in self.env.items() if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        home = pathlib.Path(self.server.folder.name).parent / f"{lake}-home-{os.getpid()}"
        (home / ".aws").mkdir(parents=True)
        try:
            (home / ".aws/credentials").write_text(f"[default]\naws_access_key_id = no\naws_secret_access_key = no\n\n[ours]\naws_access_key_id={s3.KEY}\naws_secret_access_key = {s3.SECRET}\n")
            write = f"INSERT OVERWRITE DIRECTORY 's3a://{lake}/t' USING parquet SELECT 1 AS a"
            self.sql(write, env={**bare, "HOME": str(home), "AWS_PROFILE": "ours"})
            self.sql(write, env={**bare, "HOME": str(home)}, code=1)
        finally:
            (home / ".aws/credentials").unlink()
            (home / ".aws").rmdir()
            home.rmdir()

    def test_secrets_are_not_shown(self):
        lake = self.bucket()
        canary = f"canary{random.getrandbits(64):x}"
        conf = [f"fs.s3a.secret.key={canary}", f"fs.s3a.access.key={canary}id", f"fs.s3a.session.token={canary}token"]
        said = self.sql(f"SELECT * FROM parquet.`s3a://{lake}/t`", conf, code=1)
        said += self.sql("SET; SET -v; SET fs.s3a.secret.key; CREATE TEMP VIEW v AS SELECT 1; DESCRIBE EXTENDED v; EXPLAIN EXTENDED SELECT * FROM v", conf)
        said += self.sql(f"SET fs.s3a.secret.key={canary}")
        self.assertNotIn(canary, said)

    # --- faults ---

    def spoil(self, faults, rate, seed, statements, **more):
        proxy = Proxy(self.server.port, faults, rate, seed, stall_seconds=4)
        try:
            return self.sql(statements, env=s3.environment(proxy.port), conf=["fs.s3a.connection.timeout=1s"], timeout=300, **more), proxy
        finally:
            proxy.stop()

    def test_faults(self):
        lake = self.bucket()
        spoiled = set()
        for seed in range(int(os.environ.get("VONK_TEST_FAULTS", "2"))):
            statements = (f"INSERT OVERWRITE DIRECTORY 's3a://{lake}/t{seed}' USING parquet OPTIONS (compression 'none') SELECT id, id % 5 AS k, repeat('x', 100) || id AS s FROM range(200000);"
                          f"SELECT k, count(*), sum(id), max(s) FROM parquet.`s3a://{lake}/t{seed}` GROUP BY k ORDER BY k")
            got, proxy = self.spoil(("500", "503", "429", "reset", "lost", "truncated", "stalled"), 0.1, seed, statements)
            x = "x" * 100
            self.assertEqual(got, "".join(f"{k}\t40000\t{sum(range(k, 200000, 5))}\t{x}{max(map(str, range(k, 200000, 5)))}\n" for k in range(5)))
            spoiled |= set(proxy.spoiled)
        self.assertGreater(len(spoiled), 2)
        self.assertEqual(self.server.uploads(lake), [])
        self.assertEqual([key for key in self.server.keys(lake) if "_vonk" in key], [])

    def test_a_store_that_only_fails(self):
        lake = self.bucket()
        for fault in ("500", "stalled"):
            begun = time.monotonic()
            said, _ = self.spoil((fault,), 1.0, 1, f"SELECT * FROM parquet.`s3a://{lake}/t`; INSERT OVERWRITE DIRECTORY 's3a://{lake}/t' USING parquet SELECT 1 AS a", code=1)
            self.assertIn("s3a://", said)
            self.assertLess(time.monotonic() - begun, 90)


class Claims(OnS3):
    """Sixteen writers want to make the same file, a hundred times: exactly one may, whatever happens on the way."""

    def race(self, port):
        program = pathlib.Path(s3.VONK).parent / "unit/fs_fs_test"
        if not program.exists():
            self.skipTest("the unit tests are not built")
        done = subprocess.run([program], env={**s3.environment(port), "VONK_RACE_FOLDER": f"s3a://{self.bucket()}/race"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:])

    def test_quiet(self):
        self.race(self.server.port)

    def test_with_faults(self):
        proxy = Proxy(self.server.port, ("500", "503", "429", "409", "reset", "lost"), 0.1, 7)
        try:
            self.race(proxy.port)
        finally:
            proxy.stop()


class Killed(OnS3):
    """Writers that are killed at any moment: readers see the old rows or the new ones."""
    ROUNDS = int(os.environ.get("VONK_TEST_KILLS", "6"))

    def look_as_others(self, files, counts):
        """What a reader sees that knows nothing of journals: whole files, and when the mark is there, one version and all of it."""
        versions, rows = set(), 0
        for path, content in files.items():
            if path.endswith(".parquet") and not any(part.startswith(("_", ".")) for part in path.split("/")):
                table = pq.read_table(io.BytesIO(content))
                versions |= set(table["version"].to_pylist())
                rows += table.num_rows
        counts["marked" if "_SUCCESS" in files else "unmarked"] += 1
        counts["mixed"] += len(versions) > 1
        counts["left over"] += any("_vonk" in path or "_temporary" in path for path in files)
        if "_SUCCESS" in files:
            self.assertEqual((len(versions), rows), (1, 30000))

    def rounds(self, where, env, files):
        counts = collections.Counter()
        write = lambda version: (f"CREATE TABLE t (version INT, id BIGINT, k BIGINT) USING parquet PARTITIONED BY (k) LOCATION '{where}';"
                                 f"INSERT OVERWRITE t SELECT {version}, id, id % 5 AS k FROM range(30000)")
        read = f"SELECT min(version), max(version), count(*), sum(id) FROM parquet.`{where}`"
        self.sql(write(0), env=env)
        draw = random.Random(5)
        last = 0
        begun = time.monotonic()
        self.sql(write(0), env=env)
        whole = time.monotonic() - begun
        for version in range(1, self.ROUNDS + 1):
            with tempfile.TemporaryDirectory() as folder:
                process = subprocess.Popen([s3.VONK, "sql", "-S", "-e", write(version)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, cwd=folder)
                time.sleep(draw.random() * whole * 1.2)
                process.send_signal(signal.SIGKILL)
                process.wait()
            self.look_as_others(files(), counts)
            low, high, count, total = map(int, self.sql(read, env=env).split())
            self.assertEqual((low, count, total), (high, 30000, 449985000))
            self.assertIn(low, (last, version))
            counts["new" if low == version else "old"] += 1
            last = low
        print(f"{self.ROUNDS} kills at {where.split('/')[0] or 'a folder'}: {dict(counts)}")
        self.sql(write(-1), env=env)
        self.assertEqual(self.sql(read, env=env).split(), ["-1", "-1", "30000", "449985000"])

    def test_on_s3(self):
        lake = self.bucket()
        files = lambda: {key[2:]: self.server.call("GET", f"/{lake}/{key}")[2] for key in self.server.keys(lake)}
        self.rounds(f"s3a://{lake}/t", self.env, files)
        self.assertEqual([key for key in self.server.keys(lake) if "_vonk" in key], [])

    def test_local(self):
        folder = pathlib.Path(self.server.folder.name).parent / f"vonk-killed-{os.getpid()}"
        try:
            self.rounds(str(folder), self.env, lambda: {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
            self.assertEqual([path.name for path in folder.rglob("*") if "_vonk" in path.name or "_temporary" in path.name], [])
        finally:
            subprocess.run(["rm", "-rf", str(folder)], check=True)


if __name__ == "__main__":
    unittest.main()
