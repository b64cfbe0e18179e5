"""rest_test: the Parquet service over HTTP: its description, and what it refuses. What it does with a store is in rest_store_test.py."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connect"))
import server  # noqa: E402  pylint: disable=wrong-import-position

QUERY = "/api/spark/parquet/query"
GOOD = {"bucket": "some-bucket", "key": "a/b.parquet", "aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "not-a-secret"}


@contextlib.contextmanager
def serving(*flags):
    """(process, address) of `vonk serve` with the REST service."""
    with server.serving("--rest-port", "0", *flags) as (process, _):
        yield process, process.rest


def ask(address, method, path, body=None, **headers):
    """(status, headers, JSON or text) of one request."""
    where = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
    with contextlib.closing(connection):
        text = body if isinstance(body, (bytes, str, type(None))) else json.dumps(body)
        names = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, text, {**names, **{name.replace("_", "-"): value for name, value in headers.items()}})
        answer = connection.getresponse()
        content = answer.read().decode()
        return answer.status, dict(answer.getheaders()), json.loads(content) if answer.getheader("Content-Type") == "application/json" else content


class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.process, cls.address = cls.stack.enter_context(serving("--conf", "spark.app.name=MetadataAPI", "--conf", "vonk.rest.hosts=viewer.example, other"))

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    def refused(self, status, code, method, path, body=None, **headers):
        got, _, answer = ask(self.address, method, path, body, **headers)
        self.assertEqual((got, answer["success"], answer["code"]), (status, False, code), answer)
        self.assertGreater(len(answer["message"]), 20)
        return answer

    def test_health(self):
        status, headers, answer = ask(self.address, "GET", "/api/spark/health")
        self.assertEqual((status, answer["success"], answer["status"]), (200, True, "healthy"))
        self.assertEqual(headers["Cache-Control"], "no-store")
        session = answer["session"]
        self.assertEqual((session["active"], session["app_name"], session["master"], session["ui_web_url"]), (True, "MetadataAPI", "local[*]", None))
        self.assertRegex(session["spark_version"], r"^4\.\d+\.\d+$")
        self.assertGreater(session["default_parallelism"], 0)

    def test_description(self):
        _, _, api = ask(self.address, "GET", "/openapi.json")
        self.assertEqual(sorted(api["paths"]), ["/api/spark/health"] + [f"/api/spark/parquet/{name}" for name in ("merge", "metadata", "modify", "query")])
        body = api["paths"][QUERY]["post"]["requestBody"]["content"]["application/json"]["schema"]
        self.assertEqual(body["required"], ["aws_access_key_id", "aws_secret_access_key", "bucket", "key"])
        self.assertEqual(set(body["properties"]) - set(body["required"]), {"aws_session_token", "aws_region", "sql_query", "columns", "filters", "limit"})
        status, headers, page = ask(self.address, "GET", "/docs")
        self.assertEqual(status, 200)
        self.assertIn("/openapi.json", page)
        self.assertEqual(re.findall(r"(?:src|href)=|https?://", page), [])
        self.assertIn("default-src 'self'", headers["Content-Security-Policy"])

    def test_paths_and_methods(self):
        self.refused(404, "NOT_FOUND", "GET", "/api/spark/nothing")
        self.refused(404, "NOT_FOUND", "GET", "/")
        self.refused(405, "METHOD_NOT_ALLOWED", "GET", QUERY)
        self.refused(405, "METHOD_NOT_ALLOWED", "POST", "/api/spark/health", {})
        self.refused(405, "METHOD_NOT_ALLOWED", "DELETE", "/docs")
        self.assertEqual(ask(self.address, "GET", QUERY)[1]["Allow"], "POST")

    def test_hosts_and_types(self):
        for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "viewer.example.evil"):
            self.refused(403, "HOST_NOT_ALLOWED", "GET", "/api/spark/health", Host=host)
        for host in ("localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "viewer.example:80", "OTHER"):
            self.assertEqual(ask(self.address, "GET", "/api/spark/health", Host=host)[0], 200, host)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""):
            self.refused(415, "UNSUPPORTED_MEDIA_TYPE", "POST", QUERY, GOOD, Content_Type=kind)
        _, headers, _ = ask(self.address, "GET", "/api/spark/health", Origin="http://evil.example")
        self.assertNotIn("Access-Control-Allow-Origin", headers)

    def test_bodies(self):
        for body in ("", "[]", "{", "null", "{\"bucket\": }", "{} {}", "{\"bucket\": \"a\\u00zz\"}", "[" * 5000, "{\"filters\":" * 3000, b"\xff\xfe", "{'bucket': 'a'}"):
            status, _, answer = ask(self.address, "POST", QUERY, body)
            self.assertEqual((status, answer["success"]), (400, False), body)
            self.assertIn(answer["code"], ("REST_MALFORMED_BODY", "REST_UNKNOWN_FIELD", "REST_INVALID_FIELD"), body)
        self.refused(400, "REST_UNKNOWN_FIELD", "POST", QUERY, {**GOOD, "table": "x"})
        for name in GOOD:
            self.refused(400, "REST_MISSING_FIELD", "POST", QUERY, {key: value for key, value in GOOD.items() if key != name})
            self.refused(400, "REST_MISSING_FIELD", "POST", QUERY, {**GOOD, name: None})
            self.refused(400, "REST_INVALID_FIELD", "POST", QUERY, {**GOOD, name: 1})
            self.refused(400, "REST_INVALID_FIELD", "POST", QUERY, {**GOOD, name: ""})
        for wrong in ({"limit": -1}, {"limit": "1"}, {"limit": 1.5}, {"limit": 1 << 40}, {"columns": "a"}, {"columns": []}, {"columns": [1]}, {"filters": [1]},
                      {"sql_query": 1}, {"key": "a\0b"}):
            self.refused(400, "REST_INVALID_FIELD", "POST", QUERY, {**GOOD, **wrong})
        self.refused(400, "REST_INVALID_FIELD", "POST", QUERY, json.dumps(GOOD)[:-1] + ', "key": "again"}')

    def test_buckets_and_keys(self):
        for bucket in ("ab", "A-Bucket", "a/b", "../etc", "user:pw@host", "-abc", "abc-", "a b c", "x" * 64):
            self.refused(400, "REST_INVALID_FIELD", "POST", QUERY, {**GOOD, "bucket": bucket})
        for key in ("/etc/passwd", "a/../b", "..", "a/./b", "a\\b", "a\nb", "x" * 1025):
            self.refused(400, "REST_INVALID_FIELD", "POST", QUERY, {**GOOD, "key": key})

    def test_a_large_body(self):
        where = urllib.parse.urlsplit(self.address)
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
        with contextlib.closing(connection), contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.putrequest("POST", QUERY)
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", str(100 << 20))
            connection.endheaders()
            connection.send(b" " * 1000)
            self.assertEqual(connection.getresponse().status, 413)
        self.assertEqual(ask(self.address, "GET", "/api/spark/health")[0], 200)


class Doors(unittest.TestCase):
    def test_token(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "token")
            pathlib.Path(path).write_text("right\n")
            with serving("--token-file", path) as (_, address):
                for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "right"}, {"Authorization": "Bearer "}):
                    status, headers, answer = ask(address, "GET", "/api/spark/health", **given)
                    self.assertEqual((status, answer["code"], headers["WWW-Authenticate"]), (401, "UNAUTHENTICATED", "Bearer"))
                    self.assertEqual(ask(address, "GET", "/docs", **given)[0], 401)
                self.assertEqual(ask(address, "GET", "/api/spark/health", Authorization="Bearer right")[0], 200)

    def test_a_taken_port(self):
        with serving() as (_, address):
            port = str(urllib.parse.urlsplit(address).port)
            done = subprocess.run([server.VONK, "serve", "--connect-port", "0", "--rest-port", port], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(port, done.stderr)


if __name__ == "__main__":
    unittest.main()
