"""connect_session_test: vonk.session(): finds or starts the user's server; the package installs with pip."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connect"))
import server  # noqa: E402  pylint: disable=wrong-import-position

ROOT = server.ROOT
CLIENT = "pyspark-client-4.2.0"
ONE_SESSION = "import vonk; spark = vonk.session(); print(spark.range(3).count(), type(spark).__module__)"


def client_python():
    done = subprocess.run([str(HERE / "connect/client"), CLIENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise unittest.SkipTest(f"{CLIENT} cannot be installed here")
    return done.stdout.strip()


class Session(unittest.TestCase):
    """Programs that import vonk from the repository."""

    def setUp(self):
        self.python = client_python()
        scratch = tempfile.TemporaryDirectory(prefix="vonk-session-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.addCleanup(self.end_server)

    def entry_path(self):
        found = list((self.folder / "vonk").glob("server-*.json"))
        return found[0] if found else None

    def entry(self):
        return json.loads(self.entry_path().read_text())

    def end_server(self):
        if self.entry_path():
            end(self.entry()["pid"])

    def run_program(self, text, **environment):
        environment = {**os.environ, "VONK_BINARY": server.VONK, "PYTHONPATH": str(ROOT / "python"), "XDG_RUNTIME_DIR": str(self.folder),
                       "PYTHONDONTWRITEBYTECODE": "1", **environment}
        environment = {name: value for name, value in environment.items() if value}
        return subprocess.run([self.python, "-c", text], cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)

    def test_one_server_for_all_programs(self):
        done = self.run_program(ONE_SESSION)
        self.assertEqual(done.stdout, "3 pyspark.sql.connect.session\n", done.stderr[-3000:])
        first = self.entry()
        self.assertEqual(self.entry_path().stat().st_mode & 0o077, 0)
        self.assertEqual(self.run_program(ONE_SESSION).returncode, 0)
        self.assertEqual(self.entry(), first)

    def test_a_stale_entry_is_replaced(self):
        self.assertEqual(self.run_program(ONE_SESSION).returncode, 0)
        first = self.entry()
        end(first["pid"])
        done = self.run_program(ONE_SESSION)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        self.assertNotEqual(self.entry()["pid"], first["pid"])

    def test_the_token_is_asked_for(self):
        self.assertEqual(self.run_program(ONE_SESSION).returncode, 0)
        address = self.entry()["address"].split("/;")[0]
        done = self.run_program(ONE_SESSION, SPARK_REMOTE=address)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("UNAUTHENTICATED", done.stderr)

    def test_spark_remote_wins(self):
        with server.serving() as (_, address):
            done = self.run_program(ONE_SESSION, SPARK_REMOTE=address)
        self.assertEqual(done.stdout, "3 pyspark.sql.connect.session\n", done.stderr[-3000:])
        self.assertIsNone(self.entry_path())

    def test_settings_and_classic_idioms(self):
        done = self.run_program("import vonk; spark = vonk.session(**{'spark.sql.shuffle.partitions': 7}); print(spark.conf.get('spark.sql.shuffle.partitions'),"
                                " spark.sparkContext.version == spark.version, spark.range(3).rdd.map(lambda row: row.id).collect())")
        self.assertEqual(done.stdout, "7 True [0, 1, 2]\n", done.stderr[-3000:])

    def test_other_sessions_keep_their_own_ways(self):
        done = self.run_program("import vonk; mine = vonk.session(); from pyspark.sql.connect.session import SparkSession;"
                                " other = SparkSession.builder.remote(mine.client._builder.url.geturl().replace('http', 'sc', 1)).create()\n"
                                "try:\n    other.sparkContext\nexcept Exception as error:\n    print(type(error).__name__)")
        self.assertEqual(done.stdout, "PySparkAttributeError\n", done.stderr[-3000:])

    def test_without_a_client(self):
        if subprocess.run([sys.executable, "-c", "import pyspark"], stderr=subprocess.DEVNULL).returncode == 0:
            self.skipTest("this Python has a client")
        self.python = sys.executable
        self.assertIn("pip install 'vonk[client]'", self.run_program(ONE_SESSION).stderr)

    def test_the_server_ends_when_idle(self):
        with server.serving("--exit-when-idle", "1") as (process, address):
            self.assertEqual(self.run_program(ONE_SESSION + "; spark.stop()", SPARK_REMOTE=address).returncode, 0)
            self.assertEqual(process.wait(20), 0)


class Package(unittest.TestCase):
    """pip install ./python."""

    def test_pip_install_takes_the_command(self):
        with tempfile.TemporaryDirectory(prefix="vonk-pip-test-") as folder:
            words = [client_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", folder, str(ROOT / "python")]
            done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "VONK_BINARY": server.VONK})
            if "Could not find a version that satisfies the requirement setuptools" in done.stdout:
                self.skipTest("setuptools cannot be fetched here")
            self.assertEqual(done.returncode, 0, done.stdout)
            done = subprocess.run([os.path.join(folder, "bin/vonk"), "--version"], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": folder})
            self.assertRegex(done.stdout, r"^vonk \d")


def end(process_id):
    """Ends a server and waits until it has gone."""
    try:
        os.kill(process_id, 15)
        for _ in range(100):
            os.kill(process_id, 0)
            time.sleep(0.1)
    except ProcessLookupError:
        pass


if __name__ == "__main__":
    unittest.main()
