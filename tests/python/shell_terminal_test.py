"""shell_terminal_test: vonk sql at a terminal: prompt, drawn table, history, progress, Ctrl-C; and what SIGINT and SIGKILL leave behind."""
import os
import pathlib
import pty
import re
import select
import signal
import stat
import subprocess
import tempfile
import time
import unittest

VONK = os.path.abspath(os.environ.get("VONK", "build/release/vonk"))
# Never ends within a test.
ENDLESS = "SELECT max(id % 7) FROM range(1000000000000)"
SPILLING = "SELECT k FROM (SELECT id * 7919 % 1000003 AS k, id FROM range(300000000)) ORDER BY k, id LIMIT 5 OFFSET 200000000"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")


class Terminal:
    """A vonk sql with a pseudo-terminal of its own, in a home of its own."""

    def __init__(self, home, *words, variables=None):
        self.text = ""
        environment = {**os.environ, "HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8", **(variables or {})}
        environment.pop("XDG_STATE_HOME", None)
        self.process, self.file = pty.fork()
        if self.process == 0:
            os.chdir(home)
            os.execve(VONK, [VONK, "sql", *words], environment)

    def read(self, seconds):
        if not select.select([self.file], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self.file, 65536)
        except OSError:
            return False
        self.text += piece.decode("utf-8", "replace")
        return bool(piece)

    def until(self, pattern, seconds=30):
        """The text up to PATTERN, which is taken away."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            plain = ESCAPES.sub("", self.text)
            found = re.search(pattern, plain)
            if found:
                self.text = plain[found.end():]
                return plain[:found.end()]
            self.read(0.1)
        raise AssertionError(f"{pattern!r} did not come: {self.text!r}")

    def type(self, text):
        os.write(self.file, text.encode())

    def end(self, seconds=30):
        """The exit code."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.05)
            done, status = os.waitpid(self.process, os.WNOHANG)
            if done:
                os.close(self.file)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        raise AssertionError(f"no end: {self.text!r}")


class AtATerminal(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.home = pathlib.Path(scratch.name)

    def open(self, *words):
        terminal = Terminal(self.home, *words)
        terminal.until(r"spark-sql \(default\)> ")
        return terminal

    def test_a_statement_over_lines_is_drawn(self):
        terminal = self.open()
        terminal.type("SELECT 1 AS a,\n")
        terminal.until(r"\n +> ")
        terminal.type("'x' AS b;\n")
        self.assertIn("| a | b |", terminal.until(r"\| 1 \| x \|"))
        terminal.until(r"Time taken: \d+\.\d{3} seconds, Fetched 1 row\(s\)")
        terminal.type("USE nowhere;\n")
        terminal.until(r"\[SCHEMA_NOT_FOUND\]")
        terminal.type("CREATE DATABASE d; USE d;\n")
        terminal.until(r"spark-sql \(d\)> ")
        terminal.type("quit;\n")
        self.assertEqual(terminal.end(), 0)

    def test_end_of_input_leaves(self):
        terminal = self.open()
        time.sleep(0.3)  # the prompt shows a moment before the terminal is its own
        terminal.type("\x04")
        self.assertEqual(terminal.end(), 0)

    def test_history_is_kept_and_private(self):
        terminal = self.open()
        terminal.type("SELECT 'remember me';\n")
        terminal.until(r"remember me[^\n]*\|")
        terminal.type("exit\n")
        self.assertEqual(terminal.end(), 0)
        history = self.home / ".local/state/vonk/history"
        self.assertIn("remember", history.read_text().replace("\\040", " "))
        self.assertEqual(stat.S_IMODE(history.stat().st_mode), 0o600)
        terminal = self.open()
        terminal.type("\x1b[A")
        terminal.until(r"SELECT 'remember me';")
        terminal.type("\n")
        terminal.until(r"Fetched 1 row")
        terminal.type("exit\n")
        self.assertEqual(terminal.end(), 0)

    def test_source_and_shell_escape(self):
        (self.home / "more.sql").write_text("SELECT 'from a file' AS f;")
        terminal = self.open()
        terminal.type("source more.sql;\n")
        terminal.until(r"\| from a file \|")
        terminal.type("!echo from the $((1 + 1)) shell;\n")
        terminal.until(r"from the 2 shell")
        terminal.type("quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_interrupt_cancels_the_query_and_the_line(self):
        terminal = self.open()
        terminal.type(ENDLESS + ";\n")
        terminal.until(r"\d+ %  \d+\.\d s", 20)
        terminal.type("\x03")
        terminal.until(r"\[OPERATION_CANCELED\]", 20)
        terminal.until(r"spark-sql \(default\)> ")
        terminal.type("SELECT half a line")
        time.sleep(0.2)
        terminal.type("\x03")
        terminal.until(r"spark-sql \(default\)> ")
        terminal.type("SELECT 40 + 2 AS n;\n")
        terminal.until(r"\| 42 \|")
        terminal.type("quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_progress_of_long_queries_only(self):
        terminal = Terminal(self.home, "-e", "SELECT 1 AS one")
        self.assertEqual(terminal.end(), 0)
        self.assertNotIn(" MB", terminal.text)
        self.assertIn("| one |", terminal.text)
        terminal = Terminal(self.home, "-e", ENDLESS)
        terminal.until(r"\[[= ]{30}\] +\d+ %  \d+\.\d s  \d+ MB", 20)
        os.kill(terminal.process, signal.SIGINT)
        self.assertEqual(terminal.end(), 130)

    def test_output_into_a_pipe_is_not_drawn(self):
        terminal = Terminal(self.home, "--format", "tsv", "-e", "SELECT 1 AS one")
        self.assertEqual(terminal.end(), 0)
        self.assertNotIn("|", terminal.text)


class Signals(unittest.TestCase):
    def start(self, scratch, *words):
        return subprocess.Popen([VONK, "sql", "--conf", f"spark.local.dir={scratch}/local", *words], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, cwd=scratch)

    def wait_for_spill(self, scratch, process):
        local = pathlib.Path(scratch, "local")
        for _ in range(600):
            if local.is_dir() and any(local.iterdir()):
                return local
            self.assertIsNone(process.poll(), "ended before it spilled")
            time.sleep(0.05)
        self.fail("did not spill")

    def test_interrupt_ends_with_130(self):
        with tempfile.TemporaryDirectory() as scratch:
            best = 9.0
            for _ in range(5):
                process = self.start(scratch, "-e", ENDLESS + "; SELECT 'not reached'")
                time.sleep(1)
                sent = time.monotonic()
                process.send_signal(signal.SIGINT)
                output, errors = process.communicate(timeout=30)
                best = min(best, time.monotonic() - sent)
                self.assertEqual((process.returncode, output), (130, ""), errors)
                self.assertIn("[OPERATION_CANCELED]", errors)
            self.assertLess(best, 0.5)  # 0.1 is the aim on an idle machine

    def test_interrupt_of_a_spilling_sort_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as scratch:
            process = self.start(scratch, "--driver-memory", "256m", "-e", SPILLING)
            local = self.wait_for_spill(scratch, process)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
            self.assertEqual(process.returncode, 130)
            self.assertEqual(list(local.iterdir()), [])

    def test_what_a_kill_leaves_is_swept(self):
        with tempfile.TemporaryDirectory() as scratch:
            process = self.start(scratch, "--driver-memory", "256m", "-e", SPILLING)
            local = self.wait_for_spill(scratch, process)
            process.kill()
            process.communicate(timeout=30)
            (local / f".vonk-new-{process.pid}-1").mkdir()  # killed while it made its folder
            process = self.start(scratch, "-e", "SELECT 1")
            process.communicate(timeout=30)
            self.assertEqual((process.returncode, list(local.iterdir())), (0, []))


if __name__ == "__main__":
    unittest.main()
