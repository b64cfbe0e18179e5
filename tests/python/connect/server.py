"""server.py: starts `vonk serve` for a test and ends it."""
import contextlib
import os
import pathlib
import re
import subprocess
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[3]
VONK = os.path.abspath(os.environ.get("VONK", ROOT / "build/release/vonk"))
READY_SECONDS = 30


class NotReady(Exception):
    """The server ended or stayed silent."""


def read_ready(process, log):
    """The line `ready ...`; the rest of stdout is read on and thrown away."""
    found = []
    line_read = threading.Event()

    def read():
        for line in process.stdout:
            if not found and line.startswith("ready"):
                found.append(line)
                line_read.set()
        line_read.set()
    threading.Thread(target=read, daemon=True).start()
    if not line_read.wait(READY_SECONDS) or not found:
        process.terminate()
        log.seek(0)
        raise NotReady(f"vonk serve did not get ready: {log.read()[-2000:]}")
    return found[0]


@contextlib.contextmanager
def serving(*flags, python=None):
    """(process, address sc://...) of a server in an empty working folder, with its log as process.log, and where its REST service is as
    process.rest (None: off). PYTHON runs users' functions."""
    with tempfile.TemporaryDirectory(prefix="vonk-serve-") as folder, open(os.path.join(folder, "log"), "w+", encoding="utf-8", errors="replace") as log:
        words = [VONK, "serve", "--connect-port", "0", "--rest-port", "-1", "--ui-port", "-1", *flags]
        environment = {**os.environ, "TZ": "UTC", **({"PYSPARK_PYTHON": python} if python else {})}
        process = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        process.log = log
        try:
            ready = read_ready(process, log)
            process.rest = next(iter(re.findall(r"rest=(\S+)", ready)), None)
            yield process, re.search(r"sc://\S+", ready).group(0).rstrip(",;")
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            if process.poll() is None:
                process.kill()
                process.wait()


@contextlib.contextmanager
def running(remote=None, *flags, python=None):
    """An address: REMOTE, or that of a new server."""
    if remote:
        yield remote
        return
    with serving(*flags, python=python) as (_, address):
        yield address
