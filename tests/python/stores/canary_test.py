"""canary_test: keys made up for this test go through every door that takes keys, and are then looked for wherever they must not be.

The store knows one pair of them, so that requests get as deep as they can; others are wrong, so that each has its errors too.
"""
import contextlib
import json
import os
import pathlib
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "connect")]
import app_test  # noqa: E402  pylint: disable=wrong-import-position
import rest_test  # noqa: E402  pylint: disable=wrong-import-position
import s3  # noqa: E402  pylint: disable=wrong-import-position
import server  # noqa: E402  pylint: disable=wrong-import-position

ROUTES = {
    "query": ({"key": "people"}, {"sql_query": "SELECT count(*), max(name) FROM data_table"}, {"sql_query": "SELECT 1 FROM"}, {"sql_query": "SELECT assert_true(false)"}, {"key": "none"},
              {"filters": {"id": {"~": 1}}}, {"columns": ["nothing"]}, {"bucket": "no-such-bucket"}),
    "metadata": ({"key": "people"}, {"key": "none"}, {"key": "../x"}),
    "modify": ({"key": "people", "sql_modification": "UPDATE data_table SET id = id + 1", "output_key": "out.parquet"}, {"sql_modification": "DELETE FROM other"},
               {"sql_modification": "SELECT * FROM data_table", "output_key": "folders", "partition_by": ["k"]}, {"write_mode": "error"}),
    "merge": ({"keys": ["people", "people"], "output_key": "merged.parquet", "deduplicate_on": ["id"]}, {"keys": ["none"]}),
}
REGION_BYTES_MAX = 1 << 30  # sanitizers have larger ones, of their own


class Canary(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.scratch = pathlib.Path(cls.stack.enter_context(tempfile.TemporaryDirectory(prefix="vonk-canary-")))
        for name in ("tmp", "local", "home/.aws", "warehouse"):
            (cls.scratch / name).mkdir(parents=True)
        cls.key, cls.secret, cls.wrong = (f"{name}{secrets.token_hex(12)}" for name in ("AKIA", "Sec", "Wrong"))
        for name, value in (("KEY", cls.key), ("SECRET", cls.secret)):
            cls.stack.enter_context(unittest.mock.patch.object(s3, name, value))
        cls.store = s3.Server()
        cls.stack.callback(cls.store.stop)
        cls.url = f"http://127.0.0.1:{cls.store.port}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        cls.clean = {**clean, "AWS_EC2_METADATA_DISABLED": "true", "TMPDIR": str(cls.scratch / "tmp"), "HOME": str(cls.scratch / "home"), "VONK_CACHE": os.environ.get("VONK_CACHE", os.path.expanduser("~/.cache/vonk"))}
        cls.with_keys = {**cls.clean, "AWS_ACCESS_KEY_ID": cls.key, "AWS_SECRET_ACCESS_KEY": cls.secret, "AWS_ENDPOINT_URL": cls.url}
        cls.store.call("PUT", "/lake")
        cls.vonk("sql", "-e", "INSERT OVERWRITE DIRECTORY 's3a://lake/people' USING parquet SELECT id, 'n' || id AS name, id % 3 AS k FROM range(200000)", env=cls.with_keys)
        cls.seen = []
        cls.ended = threading.Event()
        cls.watcher = threading.Thread(target=cls.watch)
        cls.watcher.start()
        cls.stack.callback(cls.watcher.join)
        cls.stack.callback(cls.ended.set)

    @classmethod
    def canaries(cls):
        return {"key": cls.key, "secret": cls.secret, "wrong": cls.wrong}

    @classmethod
    def files(cls):
        """What lies in the scratch folder and in the store: names and bytes. The files that users keep keys in are not looked at."""
        for root in (cls.scratch, pathlib.Path(cls.store.folder.name)):
            for path in root.rglob("*"):
                with contextlib.suppress(OSError):
                    yield str(path), path.read_bytes() if path.is_file() and "/.aws/" not in str(path) and not path.name.startswith("vonk-settings-") else b""

    @classmethod
    def look(cls, where, content):
        content = content if isinstance(content, bytes) else content.encode()
        cls.seen += [f"{name} in {where}: {content[max(0, content.find(value.encode()) - 80):][:200]}" for name, value in cls.canaries().items() if value.encode() in content]

    @classmethod
    def watch(cls):
        while not cls.ended.wait(0.2):
            for path, content in cls.files():
                cls.look(path, path)
                cls.look(path, content)

    @classmethod
    def vonk(cls, *words, env=None, stdin=None):
        done = subprocess.run([s3.VONK, *words], env=env or cls.clean, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, cwd=cls.scratch)
        return done.stdout

    @contextlib.contextmanager
    def serving(self, *flags, **more):
        flags = ("--conf", f"spark.local.dir={self.scratch}/local", "--conf", f"spark.sql.warehouse.dir={self.scratch}/warehouse", *flags)
        with unittest.mock.patch.dict(os.environ, self.clean, clear=True), server.serving(*flags, **more) as (process, address):
            yield process, address
            self.look_at(process)
            process.log.flush()
            process.log.seek(0)
            self.look("the log", process.log.read())

    def look_at(self, process):
        listed = subprocess.run(["ps", "-eo", "pid=,ppid="], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        for one in [process.pid, *(int(child) for child, parent in zip(listed[::2], listed[1::2]) if int(parent) == process.pid)]:
            for name in ("cmdline", "environ"):
                with contextlib.suppress(OSError):
                    self.look(f"{name} of {one}", pathlib.Path(f"/proc/{one}/{name}").read_bytes())

    def end(self):
        for path, content in self.files():
            self.look(path, content)
        seen = sorted(set(self.seen))
        del self.seen[:]
        self.assertFalse(seen, "\n".join(seen))

    # --- the doors ---

    def rest_bodies(self):
        """Each operation with the right keys, wrong ones, and bodies that fail before they are understood."""
        for route, (first, *others) in ROUTES.items():
            for secret, token in ((self.secret, None), (self.wrong, None), (self.secret, self.wrong)):
                keys = {"bucket": "lake", "aws_access_key_id": self.key, "aws_secret_access_key": secret, **({"aws_session_token": token} if token else {})}
                for more in ({}, *others):
                    yield route, 200 if not more and secret == self.secret and not token else None, json.dumps({**keys, **first, **more})
            keys = {"bucket": "lake", "aws_access_key_id": self.key, "aws_secret_access_key": self.wrong, **first}
            text = json.dumps(keys)
            for body in (text[:-1], text + "}", text.replace(":", " ", 3), text[:-1] + f', "aws_secret_access_key": "{self.wrong}"}}', json.dumps({**keys, "aws_secret_access_key": [self.wrong]}),
                         json.dumps({**keys, "aws_session_token": self.wrong + " \n"}), json.dumps({**keys, "aws_session_token": self.wrong * 2000}), json.dumps({**keys, "other": 1}),
                         json.dumps({**keys, "aws_secret_access_key": "\\u00e4" + self.wrong}), text[:-20].encode() + b"\xff", text.replace("W", "\\u0057")):
                yield route, None, body

    def test_rest(self):
        token = f"Token{secrets.token_hex(12)}"
        (self.scratch / "home/.aws/token").write_text(token)
        with self.serving("--rest-port", "0", "--token-file", str(self.scratch / "home/.aws/token"), "--conf", f"spark.hadoop.fs.s3a.endpoint={self.url}") as (process, _):
            right = {"Authorization": f"Bearer {token}"}
            for route, status, body in self.rest_bodies():
                got, headers, answer = rest_test.ask(process.rest, "POST", f"/api/spark/parquet/{route}", body, **right)
                self.assertTrue(status is None or got == status, answer)
                self.look(f"the answer of {route}", json.dumps(answer) + str(headers))
            for path in ("/openapi.json", "/docs", "/api/spark/health", f"/{self.wrong}?token={self.wrong}", f"/api/spark/health?{self.wrong}"):
                for headers in (right, {"Authorization": f"Bearer {self.wrong}"}, {**right, "Host": self.wrong}, {**right, "Cookie": self.wrong, "X_Amz_Security_Token": self.wrong}):
                    self.look(path, str(rest_test.ask(process.rest, "GET", path, **headers)))
            self.look("an answer", str(rest_test.ask(process.rest, "POST", rest_test.QUERY, "{}", **right, Content_Type=self.wrong)))
            where = urllib.parse.urlsplit(process.rest)
            for text in (f"GET /{self.wrong}\r\n\r\n", f"{self.wrong} / HTTP/1.1\r\nA B: {self.wrong}\r\n\r\n", f"GET / HTTP/{self.wrong}\r\n\r\n"):
                with socket.create_connection((where.hostname, where.port), timeout=60) as connection:
                    connection.sendall(text.encode())
                    self.look("the answer to no request", connection.recv(65536))
            self.look_in_memory(process)
        self.end()

    def look_in_memory(self, process):
        """When requests have ended their secret keys are nowhere in the server: these never leave it, and are overwritten."""
        time.sleep(0.5)
        found = {}
        with open(f"/proc/{process.pid}/mem", "rb", buffering=0) as memory:
            for line in pathlib.Path(f"/proc/{process.pid}/maps").read_text().splitlines():
                start, end = (int(part, 16) for part in line.split()[0].split("-"))
                if " rw" not in line or "[v" in line or end - start > REGION_BYTES_MAX:
                    continue
                with contextlib.suppress(OSError, ValueError, OverflowError):
                    memory.seek(start)
                    content = memory.read(end - start) or b""
                    for match in re.finditer(self.secret.encode(), content):
                        found[start + match.start()] = content[max(0, match.start() - 60):match.start() + 40]
        self.seen += [f"the secret key in memory at {at:x}: {content}" for at, content in found.items()]

    def test_shell(self):
        settings = [f"fs.s3a.endpoint={self.url}", f"fs.s3a.access.key={self.key}", f"fs.s3a.secret.key={self.secret}"]
        look = "SET; SET -v; SET fs.s3a.secret.key; CREATE TEMP VIEW v AS SELECT * FROM parquet.`s3a://lake/people`; EXPLAIN EXTENDED SELECT * FROM v; DESCRIBE EXTENDED v; SELECT max(id) FROM v"
        flags = [word for setting in settings for word in ("--conf", setting)]
        said = self.vonk("sql", *flags, "-e", look)
        self.assertIn("199999", said)
        said += self.vonk("sql", "-e", ";".join(f"SET {setting}" for setting in settings) + "; " + look)
        said += self.vonk("sql", *flags, "--conf", f"fs.s3a.session.token={self.wrong}", "-e", look) + self.vonk("doctor", *flags)
        said += self.vonk("sql", stdin=f"SET fs.s3a.secret.key={self.wrong}; {look}; SET fs.s3a.connection.timeout={self.wrong}x\n")
        with subprocess.Popen([s3.VONK, "sql", *flags, "-e", "SELECT count(*) FROM range(100000000) WHERE rand() < 0.5"], env=self.clean, cwd=self.scratch, stdout=subprocess.DEVNULL) as process:
            time.sleep(0.3)
            self.look_at(process)
            process.kill()
        self.look("the shell", said)
        self.end()

    def test_addresses(self):
        for start in ("s3a", "s3", "http", "https", "hdfs", "webhdfs", "ftp"):
            where = f"{start}://{self.key}:{self.wrong}@127.0.0.1:1/lake/x"
            for text in (f"SELECT * FROM parquet.`{where}`", f"SELECT * FROM csv.`{where}/*`", f"INSERT OVERWRITE DIRECTORY '{where}' USING parquet SELECT 1", f"EXPLAIN EXTENDED SELECT * FROM json.`{where}`",
                         f"CREATE TABLE t{start} (a INT) USING parquet LOCATION '{where}'; SELECT * FROM t{start}"):
                self.look(text, self.vonk("sql", "-e", text, "--conf", f"spark.sql.warehouse.dir={self.scratch}/warehouse"))
        self.end()

    def test_environment_and_profiles(self):
        (self.scratch / "home/.aws/credentials").write_text(f"[default]\naws_access_key_id={self.key}\naws_secret_access_key={self.secret}\n[odd]\naws_access_key_id={self.key}\n"
                                                            f"aws_secret_access_key={self.wrong} x\n[wrong]\naws_access_key_id={self.key}\naws_secret_access_key={self.wrong}\n"
                                                            f"[role]\nrole_arn=arn:x\nsource_profile=wrong\n")
        look = "SET -v; SELECT max(id) FROM parquet.`s3a://lake/people`; EXPLAIN EXTENDED SELECT * FROM parquet.`s3a://lake/people`"
        endpoint = {"AWS_ENDPOINT_URL": self.url}
        said = self.vonk("sql", "-e", look, env=self.with_keys)
        self.assertIn("199999", said)
        said += self.vonk("sql", "-e", look, env={**self.with_keys, "AWS_SECRET_ACCESS_KEY": self.wrong, "AWS_SESSION_TOKEN": self.wrong}) + self.vonk("doctor", env=self.with_keys)
        for profile in ("default", "odd", "wrong", "role"):
            said += self.vonk("sql", "-e", look, env={**self.clean, **endpoint, "AWS_PROFILE": profile})
        self.look("the shell", said)
        self.end()

    def client(self, *words, **more):
        python = app_test.client_python()
        environment = {**self.clean, "PYTHONPATH": f"{server.ROOT}/python:{server.ROOT}", "VONK_BINARY": server.VONK, "CANARY_KEY": self.key, "CANARY_SECRET": self.secret, "CANARY_WRONG": self.wrong,
                       "CANARY_STORE": self.url, **more}
        done = subprocess.run([python, str(HERE / "canary_client.py"), *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=180, cwd=self.scratch)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:])
        return done.stdout

    def test_pyspark(self):
        with self.serving(python=app_test.client_python()) as (_, address):
            self.look("the client", self.client("connect", address))
        self.end()

    def test_environment_of_functions(self):
        """The server's own keys are no business of users' functions."""
        python = app_test.client_python()
        program = "import sys; from pyspark.sql import SparkSession; from pyspark.sql.functions import udf; spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()\n" \
                  "print(spark.range(1).select(udf(lambda i: open('/proc/self/environ').read())('id')).collect())"
        with unittest.mock.patch.dict(os.environ, self.with_keys, clear=True), server.serving(python=python) as (_, address):
            done = subprocess.run([python, "-c", program, address], env=self.clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        self.assertIn("PYSPARK_PYTHON", done.stdout)
        self.look("a function's environment", done.stdout)
        self.end()

    def test_app(self):
        self.look("the program", self.client("app", AWS_ENDPOINT_URL=self.url))
        self.end()


if __name__ == "__main__":
    unittest.main()
