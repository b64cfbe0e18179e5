"""connect_handles_test: calls that name a server-side session id which is not the session's are answered as Spark 4.2.1 answers them."""
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connect"))
import server  # noqa: E402  pylint: disable=wrong-import-position

CLIENT = "pyspark-client-4.2.0"
CHANGED, NO_SESSION = "INTERNAL INVALID_HANDLE.SESSION_CHANGED", "INTERNAL INVALID_HANDLE.SESSION_NOT_FOUND"
CALLS = ("execute", "analyze", "config", "interrupt", "reattach", "release", "details", "artifacts", "add", "status", "clone")
FOUND = ("reattach", "release", "status", "clone")  # calls that make no session


def as_on_spark():
    """What handles_client.py prints with a server of Spark 4.2.1 (tests/servers/spark connect PORT)."""
    answers = {}
    for which in ("wrong", "empty", "none"):
        for name in CALLS:
            known = "OK" if which == "none" or name == "release" else CHANGED
            answers[f"{which} known {name}"] = known
            answers[f"{which} fresh {name}"] = NO_SESSION if name in FOUND else known
    answers["none known reattach"] = "INTERNAL INVALID_HANDLE.OPERATION_NOT_FOUND"
    answers["empty known clone"] = "OK"
    return answers


class Handles(unittest.TestCase):
    def test_as_on_spark(self):
        done = subprocess.run([str(HERE / "connect/client"), CLIENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            self.skipTest(f"{CLIENT} cannot be installed here")
        with server.serving() as (_, address):
            words = [done.stdout.strip(), str(HERE / "connect/handles_client.py"), address.removeprefix("sc://")]
            seen = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        self.assertEqual(seen.returncode, 0, seen.stderr[-3000:])
        self.assertEqual(dict(line.split(": ", 1) for line in seen.stdout.splitlines()), as_on_spark())


if __name__ == "__main__":
    unittest.main()
