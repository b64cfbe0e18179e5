"""python_functions_test: functions in Python give what they give on Spark, and do no harm: crashes, endless loops, memory.

The programs and Spark's answers are in connect/functions. What they are given runs in worker processes with the client's own packages.
"""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connect"))
import server  # noqa: E402  pylint: disable=wrong-import-position

FUNCTIONS = HERE / "connect/functions"
COMPLETE = "pyspark-client-4.2.0"
SCALAR = ("pyspark-3.5.9", "pyspark-client-4.0.4", "pyspark-client-4.1.3", "pyspark-4.3.0")
START = """
import os, sys, threading, time
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
s = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
increased = lambda: s.range(3).select(F.udf(lambda x: x + 1, "long")("id").alias("k")).collect()
def sleep(x):
    import time
    time.sleep(1000)
def spin(x):
    while True:
        pass
def attempt(function, kind="long"):
    start = time.time()
    try:
        s.range(3).select(F.udf(function, kind)("id")).collect()
        return "no error"
    except Exception as error:
        return f"{type(error).__name__} {error}"
increased()
"""


def client_python(name):
    done = subprocess.run([str(HERE / "connect/client"), name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise unittest.SkipTest(f"{name} cannot be installed here")
    return done.stdout.strip()


def answers(text):
    return dict(line.split(": ", 1) for line in text.splitlines() if line and not line.startswith("#"))


def children(pid):
    """Of all threads, those that have ended and wait to be reaped left out."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry.name))
    return found


class PythonFunctions(unittest.TestCase):
    maxDiff = None

    def serve(self, client, *flags):
        self.python = client_python(client)
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        before = os.environ.get("PYSPARK_PYTHON")
        os.environ["PYSPARK_PYTHON"] = self.python
        try:
            self.process, self.address = stack.enter_context(server.serving(*flags))
        finally:
            os.environ.pop("PYSPARK_PYTHON")
            if before is not None:
                os.environ["PYSPARK_PYTHON"] = before

    def run_program(self, *words):
        done = subprocess.run([self.python, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300, env={**os.environ, "TZ": "UTC"})
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return done.stdout

    def run_text(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".py") as program:
            program.write(START + text)
            program.flush()
            return self.run_program("-W", "ignore", program.name, self.address)

    def test_as_on_spark(self):
        self.serve(COMPLETE)
        wanted = answers((FUNCTIONS / "answers.txt").read_text())
        self.assertEqual(answers(self.run_program(str(FUNCTIONS / "programs.py"), self.address)), wanted)

    def test_other_clients(self):
        wanted = answers((FUNCTIONS / "answers.txt").read_text())
        for client in SCALAR:
            with self.subTest(client):
                self.serve(client)
                seen = answers(self.run_program("-W", "ignore", str(FUNCTIONS / "programs.py"), self.address, "scalar"))
                self.assertGreater(len(seen), 80)
                if client == "pyspark-3.5.9":
                    seen.pop("outer_join")  # it does not tell the condition
                self.assertEqual(seen, {name: wanted[name] for name in seen})

    def test_killed_worker(self):
        self.serve(COMPLETE)
        stop = threading.Event()

        def kill():
            while not stop.wait(0.2):
                for pid in children(self.process.pid):
                    state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                    if int(state[11]) > 300:  # spins since three seconds
                        os.kill(pid, signal.SIGKILL)
        threading.Thread(target=kill, daemon=True).start()
        out = self.run_text("print(attempt(spin).replace(chr(10), ' '))\nprint(increased())")
        stop.set()
        self.assertRegex(out, r"PythonException .*The Python worker exited unexpectedly \(crashed\): the process was ended by signal 9")
        self.assertIn("[Row(k=1), Row(k=2), Row(k=3)]", out)

    def test_crash(self):
        self.serve(COMPLETE)
        out = self.run_text("print(attempt(lambda x: os._exit(3)).replace(chr(10), ' '))\nprint(increased())")
        self.assertIn("the process ended with exit code 3", out)
        self.assertIn("[Row(k=1), Row(k=2), Row(k=3)]", out)

    def test_cancel(self):
        self.serve(COMPLETE)
        out = self.run_text("""
for function in (sleep, spin):
    def cancel():
        global start
        time.sleep(1)
        while True:
            start = time.time()
            if s.interruptAll():
                break
            time.sleep(0.05)
    threading.Thread(target=cancel).start()
    told = attempt(function)
    assert "OPERATION_CANCELED" in told, told
    assert time.time() - start < 5, time.time() - start  # 1 s is the aim on an idle machine
print(increased())
""")
        self.assertIn("[Row(k=1), Row(k=2), Row(k=3)]", out)

    def test_ends_with_the_session(self):
        self.serve(COMPLETE)
        self.run_text("s.stop()")
        deadline = time.monotonic() + 10
        while children(self.process.pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(children(self.process.pid), [])

    def test_files_of_the_session(self):
        self.serve(COMPLETE)
        out = self.run_text("""
import tempfile, zipfile
folder = tempfile.mkdtemp()
with open(folder + "/vonk_one.py", "w") as module:
    module.write("VALUE = 41")
with zipfile.ZipFile(folder + "/two.zip", "w") as package:
    package.writestr("vonk_two/__init__.py", "VALUE = 1")
s.addArtifacts(folder + "/vonk_one.py", folder + "/two.zip", pyfile=True)
def use(x):
    import vonk_one, vonk_two
    return x + vonk_one.VALUE + vonk_two.VALUE
print(s.range(2).select(F.udf(use, "long")("id").alias("k")).collect())
s.stop()
""")
        self.assertIn("[Row(k=42), Row(k=43)]", out)

    def test_memory_limit(self):
        self.serve(COMPLETE, "--driver-memory", "1g")
        out = self.run_text("""
def hog(x):
    import numpy, time
    kept = [numpy.ones(20_000_000) for _ in range(20)]
    time.sleep(2)
    return x
print(attempt(hog).replace(chr(10), ' '))
print(increased())
""")
        self.assertIn("UNABLE_TO_ACQUIRE_MEMORY", out)
        self.assertIn("[Row(k=1), Row(k=2), Row(k=3)]", out)

    def test_much_data(self):
        self.serve(COMPLETE, "--driver-memory", "2g")
        out = self.run_text("""
wide = s.range(20000).selectExpr("repeat('x', 10000) s")
print(wide.select(F.pandas_udf(lambda x: x.str.len(), "long")("s").alias("k")).agg(F.sum("k")).first()[0])
print(s.range(2000000).select("id", F.pandas_udf(lambda x: x + 1, "long")("id").alias("k")).filter("k = id + 1").count())
print(s.range(200000).groupBy((F.col("id") % 1000).alias("g")).applyInPandas(lambda f: f.head(1), "id long").count())
print(s.range(500000).mapInPandas(lambda frames: frames, "id long").agg(F.sum("id")).first()[0])
""")
        self.assertEqual(out.split(), ["200000000", "2000000", "1000", "124999750000"])


if __name__ == "__main__":
    unittest.main()
