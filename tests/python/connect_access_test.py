"""connect_access_test: without the token, from another address, and of another user's session, nothing is to be had."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connect"))
import server  # noqa: E402  pylint: disable=wrong-import-position

CLIENT = "pyspark-client-4.2.0"
TOKEN = "a-token-of-this-test"
SECRET = "secret-of-ann"


def client_python():
    done = subprocess.run([str(HERE / "connect/client"), CLIENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise unittest.SkipTest(f"{CLIENT} cannot be installed here")
    return done.stdout.strip()


class Access(unittest.TestCase):
    def setUp(self):
        self.python = client_python()
        scratch = tempfile.TemporaryDirectory(prefix="vonk-access-")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.token_file = self.folder / "token"
        self.token_file.write_text(TOKEN + "\n")

    def ask(self, what, address, *words):
        words = [self.python, str(HERE / "connect/access_client.py"), what, address.removeprefix("sc://").split("/")[0], *words]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return json.loads(done.stdout)

    def assert_shut(self, found):
        """Every method says the same, and says nothing."""
        self.assertEqual({code for code, _ in found.values()}, {"UNAUTHENTICATED"})
        self.assertEqual({message for _, message in found.values()}, {"the bearer token is missing or wrong"})

    def assert_open(self, found):
        self.assertEqual(found.pop("NoSuchMethod")[0], "UNIMPLEMENTED")
        self.assertNotIn("UNAUTHENTICATED", {code for code, _ in found.values()})
        self.assertEqual(len(found), 12)

    def test_token(self):
        with server.serving("--token-file", str(self.token_file)) as (_, address):
            for token in ((), ("wrong",), (TOKEN[:-1],), (TOKEN + "x",), (TOKEN.upper(),)):
                self.assert_shut(self.ask("calls", address, *token))
            self.assert_open(self.ask("calls", address, TOKEN))

    def test_another_address(self):
        certificate, key = self.folder / "certificate", self.folder / "key"
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                               "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], stderr=subprocess.PIPE)
        if made.returncode:
            self.skipTest("no openssl")
        words = ["unshare", "--map-root-user", "--net", sys.executable, str(HERE / "connect/access_network.py"), self.python, certificate, key, self.token_file]
        try:
            done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=240)
        except FileNotFoundError:
            self.skipTest("no unshare")
        if done.returncode == 77 or done.stderr.startswith("unshare:"):
            self.skipTest(f"no network namespace of our own: {(done.stdout + done.stderr).strip()[-300:]}")
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        found = json.loads(done.stdout)
        self.assert_shut(found["none"])
        self.assert_shut(found["wrong"])
        self.assert_open(found["right"])
        for closed in ("plain text", "loopback"):
            self.assertEqual({code for code, _ in found[closed].values()}, {"UNAVAILABLE"}, closed)
        self.assertEqual(found["without token"], [2, ""])

    def test_another_users_session(self):
        with server.serving() as (_, address):
            found = self.ask("users", address)
        owner = {name: found.pop(name) for name in ("owner view", "owner error", "owner after")}
        self.assertEqual(owner["owner view"][0], "OK")
        self.assertIn("UNRESOLVED_COLUMN", owner["owner error"][1])
        self.assertEqual(owner["owner after"][0], "OK")
        self.assertIn(SECRET, owner["owner after"][1])
        for name, (_, told) in found.items():
            self.assertNotIn(SECRET, told, name)
        codes = {name: code for name, (code, _) in found.items()}
        self.assertEqual(codes, {
            "reattach": "INTERNAL", "release": "INTERNAL", "status": "INTERNAL", "details": "OK",
            "clone": "OK",  # of the session of its own that asking for details has made, as on Spark
            "known server": "INTERNAL", "view": "INTERNAL", "setting": "OK", "interrupt": "OK", "late reattach": "INTERNAL", "release session": "OK"})
        for name in ("reattach", "release", "status", "late reattach"):
            self.assertIn("_NOT_FOUND", found[name][1])
        self.assertIn("INVALID_HANDLE.SESSION_CHANGED", found["known server"][1])
        self.assertIn("TABLE_OR_VIEW_NOT_FOUND", found["view"][1])
        self.assertNotIn("interrupted_ids", found["interrupt"][1])


if __name__ == "__main__":
    unittest.main()
