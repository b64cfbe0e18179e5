"""connect_submit_test: vonk submit: environment, arguments, exit codes, signals, the classic idioms, PySpark's own examples."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connect"))
import server  # noqa: E402  pylint: disable=wrong-import-position

VONK = server.VONK
CLIENTS = ("pyspark-3.5.9", "pyspark-client-4.2.0", "pyspark-4.3.0")


def client_python(name):
    done = subprocess.run([str(HERE / "connect/client"), name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise unittest.SkipTest(f"{name} cannot be installed here")
    return done.stdout.strip()


class Folder(unittest.TestCase):
    """A scratch folder with programs."""

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="vonk-submit-test-")
        self.addCleanup(self.scratch.cleanup)
        self.folder = pathlib.Path(self.scratch.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def submit(self, *words, python=sys.executable, **environment):
        environment = {**os.environ, "PYSPARK_PYTHON": python, "TMPDIR": self.scratch.name, "TZ": "UTC", **environment}
        return subprocess.run([VONK, "submit", *words], cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=180)


class Programs(Folder):
    """Without a client: how a program is started and ended."""

    def test_arguments_and_exit_code(self):
        program = self.write("p.py", "import os, sys\nprint(sys.argv[1:], __name__, os.environ['SPARK_REMOTE'][:15])\nsys.exit(7)\n")
        done = self.submit(program, "a", "--conf", "b c")
        self.assertEqual((done.stdout, done.returncode), ("['a', '--conf', 'b c'] __main__ sc://127.0.0.1:\n", 7), done.stderr)

    def test_an_error_is_exit_code_1_with_its_traceback(self):
        done = self.submit(self.write("p.py", "def f():\n    raise ValueError('mine')\nf()\n"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("ValueError: mine", done.stderr)
        self.assertEqual(done.stderr.count("File "), 2, done.stderr)

    def test_a_signal_is_128_and_its_number(self):
        done = self.submit(self.write("p.py", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"))
        self.assertEqual(done.returncode, 128 + signal.SIGKILL)

    def test_signals_go_on_to_the_program(self):
        program = self.write("p.py", "import os, signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'got it\\n'), sys.exit(5)))\nprint('up', flush=True)\ntime.sleep(60)\n")
        process = subprocess.Popen([VONK, "submit", program], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYSPARK_PYTHON": sys.executable})
        self.assertEqual(process.stdout.readline(), "up\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.communicate(timeout=30)[0], "got it\n")
        self.assertEqual(process.returncode, 5)

    def test_nothing_stays_behind(self):
        program = self.write("p.py", "import os\nprint(os.environ['SPARK_REMOTE'].split('/;')[0])\n")
        address = self.submit(program).stdout.strip().rsplit(":", 1)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["p.py"])
        import socket
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", int(address[1])), timeout=2)

    def test_py_files(self):
        module = self.write("helper_one.py", "NAME = 'one'\n")
        self.write("helper_two.py", "NAME = 'two'\n")
        (self.folder / "lib").mkdir()
        self.write("lib/helper_three.py", "NAME = 'three'\n")
        program = self.folder / "elsewhere"
        program.mkdir()
        self.write("elsewhere/p.py", "import helper_one, helper_three\nprint(helper_one.NAME, helper_three.NAME)\ntry:\n    import helper_two\nexcept ImportError:\n    print('no neighbour')\n")
        done = self.submit("--py-files", f"{module},{self.folder / 'lib'}", str(program / "p.py"))
        self.assertEqual(done.stdout, "one three\nno neighbour\n", done.stderr)
        done = self.submit("--py-files", "nowhere.py", str(program / "p.py"))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("nowhere.py", done.stderr)

    def test_programs_of_the_program_are_left_in_peace(self):
        program = self.write("p.py", "import subprocess, sys\n"
                                     "subprocess.run([sys.executable, '-c', 'import sys; print(any(type(f).__name__ == \"AfterImport\" for f in sys.meta_path))'])\n")
        done = self.submit(program)
        self.assertEqual(done.stdout.splitlines(), ["False"], done.stderr)

    def test_wrong_usage(self):
        for words in ([], ["--nothing", "p.py"], ["--conf", "x", "p.py"]):
            done = self.submit(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
        self.assertIn("--py-files", subprocess.run([VONK, "submit", "--help"], stdout=subprocess.PIPE, text=True).stdout)

    def test_no_python(self):
        done = self.submit(self.write("p.py", ""), python="/nowhere/python")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere/python", done.stderr)


CLASSIC = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[*]").appName("mine").config("spark.sql.shuffle.partitions", "3").getOrCreate()
sc = spark.sparkContext
sc.setLogLevel("ERROR")
print(sc.master, sc.appName, sc.version == spark.version, sc.defaultParallelism, bool(sc.applicationId), sc.uiWebUrl is None or sc.uiWebUrl.startswith("http"))
print(spark.conf.get("spark.sql.shuffle.partitions"))
df = spark.createDataFrame([(1, "a"), (2, "b"), (3, "c")], "id INT, name STRING")
print(df.rdd.collect())
print(df.rdd.take(2), df.rdd.take(0))
print(df.rdd.map(lambda row: row.id * 10).filter(lambda x: x > 10).collect())
print(df.rdd.flatMap(lambda row: [row.name] * row.id).take(4))
df.rdd.filter(lambda row: row.id == 3).foreach(print)
for call in (lambda: df.rdd.reduceByKey(max), lambda: sc.parallelize([1]), lambda: sc.setLogLevel("LOUD"), lambda: df.rdd.nonsense):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error)
print(hasattr(df.rdd, "reduceByKey"))
"""
CLASSIC_SAYS = """local[2] mine True 2 True True
3
[Row(id=1, name='a'), Row(id=2, name='b'), Row(id=3, name='c')]
[Row(id=1, name='a'), Row(id=2, name='b')] []
[20, 30]
['a', 'b', 'b', 'c']
Row(id=3, name='c')
NotOffered [NOT_IMPLEMENTED] df.rdd.reduceByKey needs a JVM, which Vonk does not have: use df.groupBy(key).agg(...).
NotOffered [NOT_IMPLEMENTED] spark.sparkContext.parallelize needs a JVM, which Vonk does not have: use spark.createDataFrame(rows, schema).
ValueError Supplied level LOUD did not match one of: ALL,DEBUG,ERROR,FATAL,INFO,OFF,TRACE,WARN
NotOffered [NOT_IMPLEMENTED] df.rdd.nonsense needs a JVM, which Vonk does not have: use the DataFrame API.
False
"""


class Idioms(Folder):
    """With a client: what jobs written for a JVM use."""

    def test_classic_idioms(self):
        program = self.write("p.py", CLASSIC)
        for client in CLIENTS:
            with self.subTest(client):
                done = self.submit("--master", "local[2]", "--name", "mine", program, python=client_python(client))
                self.assertEqual(done.stdout, CLASSIC_SAYS, done.stderr[-3000:])
                self.assertEqual(done.returncode, 0)

    def test_partitions_are_counted(self):
        program = self.write("p.py", "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\nprint(spark.range(0, 10, 1, 3).rdd.getNumPartitions(), spark.range(2).coalesce(1).rdd.getNumPartitions())\n")
        done = self.submit(program, python=client_python("pyspark-client-4.2.0"))
        self.assertEqual(done.stdout, "3 1\n", done.stderr[-3000:])

    def test_no_client(self):
        program = self.write("p.py", "import pyspark\n")
        done = self.submit(program, python=client_python_without_client())
        self.assertEqual(done.returncode, 1)
        self.assertIn("pip install pyspark-client", done.stderr)


def client_python_without_client():
    if subprocess.run([sys.executable, "-c", "import pyspark"], stderr=subprocess.DEVNULL).returncode == 0:
        raise unittest.SkipTest("this Python has a client")
    return sys.executable


if __name__ == "__main__":
    unittest.main()
