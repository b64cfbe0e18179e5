"""connect_stream_test: streaming queries through a stock client: rate sources, console, memory and noop sinks, the life of a query."""
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connect"))
import doctest_runs  # noqa: E402  pylint: disable=wrong-import-position
import server  # noqa: E402  pylint: disable=wrong-import-position


class Streams(unittest.TestCase):
    """The client's side is stream_client.py; each of its programs is a process."""

    @classmethod
    def setUpClass(cls):
        cls.python = doctest_runs.client_python(doctest_runs.CLIENT)
        if not cls.python:
            raise unittest.SkipTest(f"{doctest_runs.CLIENT} cannot be installed here")
        cls.context = server.serving(python=cls.python)
        cls.process, cls.remote = cls.context.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.context.__exit__(None, None, None)

    def run_program(self, name):
        done = subprocess.run([self.python, str(HERE / "connect/stream_client.py"), self.remote, name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=180)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])
        self.assertIsNone(self.process.poll())

    def test_life(self):
        self.run_program("life")

    def test_memory(self):
        self.run_program("memory")

    def test_functions(self):
        self.run_program("functions")

    def test_restart(self):
        self.run_program("restart")

    def test_failure(self):
        self.run_program("failure")

    def test_refused(self):
        self.run_program("refused")

    def test_listener(self):
        self.run_program("listener")

    def test_session_ends(self):
        self.run_program("session_ends")


if __name__ == "__main__":
    unittest.main()
