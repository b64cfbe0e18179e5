"""rest_test: the Parquet service over HTTP: its description, and what it refuses. What it does with a store is in rest_store_test.py."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import socket
import ssl
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


def ask(address, method, path, body=None, trust=None, **headers):
    """(status, headers, JSON or text) of one request; TRUST is the server's certificate."""
    where = urllib.parse.urlsplit(address)
    secure = {"context": ssl.create_default_context(cafile=trust)} if trust else {}
    connection = (http.client.HTTPSConnection if trust else http.client.HTTPConnection)(where.hostname, where.port, timeout=60, **secure)
    with contextlib.closing(connection):
        text = body if isinstance(body, (bytes, str, type(None))) else json.dumps(body)
        names = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, text, {**names, **{name.replace("_", "-"): value for name, value in headers.items()}})
        answer = connection.getresponse()
        content = answer.read().decode()
        return answer.status, dict(answer.getheaders()), json.loads(content) if content and answer.getheader("Content-Type") == "application/json" else content


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

    def raw(self, *parts):
        """What the server says to PARTS, sent one after another, until it closes: (status, JSON) of each answer."""
        where = urllib.parse.urlsplit(self.address)
        with socket.create_connection((where.hostname, where.port), timeout=60) as connection, connection.makefile("rb") as stream:
            for part in parts:
                connection.sendall(part)
            answers = []
            while (line := stream.readline()):
                length = 0
                while (field := stream.readline()) not in (b"\r\n", b""):
                    length = int(field.split(b":")[1]) if field.lower().startswith(b"content-length:") else length
                answers.append((int(line.split()[1]), json.loads(stream.read(length)) if length else None))
            return answers

    def test_what_is_not_a_request(self):
        post = b"POST " + QUERY.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        for status, code, text in (
                (400, "MALFORMED_REQUEST", b"\x16\x03\x01\x02\x00\x01\x00\x01\r\n"), (400, "MALFORMED_REQUEST", b"GET /\r\n\r\n"), (400, "MALFORMED_REQUEST", b"GET /docs HTTP/1.1\n\n"),
                (400, "MALFORMED_REQUEST", post + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"), (400, "MALFORMED_REQUEST", post + b"Content-Length: x\r\n\r\n"),
                (400, "MALFORMED_REQUEST", post + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}"), (400, "MALFORMED_REQUEST", post + b"Host: evil.example\r\n\r\n"),
                (400, "MALFORMED_REQUEST", post + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), (501, "MALFORMED_REQUEST", post + b"Transfer-Encoding: gzip\r\n\r\n"),
                (417, "MALFORMED_REQUEST", post + b"Expect: more\r\n\r\n"), (505, "MALFORMED_REQUEST", b"GET /docs HTTP/3.0\r\n\r\n"),
                (413, "BODY_TOO_LARGE", post + b"Content-Length: 104857600\r\n\r\n" + b" " * 100000), (413, "BODY_TOO_LARGE", post + b"Expect: 100-continue\r\nContent-Length: 104857600\r\n\r\n"),
                (413, "BODY_TOO_LARGE", post + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n"), (431, "HEADER_TOO_LARGE", b"GET /" + b"x" * 40000), (431, "HEADER_TOO_LARGE", post + b"A: " + b"x" * 40000),
                (431, "HEADER_TOO_LARGE", post + b"A: b\r\n" * 200)):
            (got, answer), = self.raw(text)
            self.assertEqual((got, answer["success"], answer["code"], answer["sqlstate"]), (status, False, code, None), text[:200])
            self.assertGreater(len(answer["message"]), 20)

    def test_requests_on_one_connection(self):
        health = b"GET /api/spark/health HTTP/1.1\r\nHost: localhost\r\n"
        self.assertEqual([status for status, _ in self.raw(health + b"\r\n" + health + b"\r\n" + health + b"Connection: close\r\n\r\n" + health)], [200] * 3)
        self.assertEqual([status for status, _ in self.raw(b"GET /api/spark/health HTTP/1.0\r\nHost: localhost\r\n\r\n")], [200])
        body = json.dumps({**GOOD, "table": "x"}).encode()
        post = b"POST " + QUERY.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[at:at + 7]), body[at:at + 7]) for at in range(0, len(body), 7)) + b"0\r\n\r\n"
        for parts in ((post + b"Transfer-Encoding: chunked\r\n\r\n", *[chunks[at:at + 5] for at in range(0, len(chunks), 5)]),
                      (post + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(body), body)):
            answers = self.raw(*parts)
            self.assertEqual(answers[-1][1]["code"], "REST_UNKNOWN_FIELD")
            self.assertEqual([status for status, _ in answers], [100, 400] if len(parts) == 2 else [400])

    def test_other_methods(self):
        for method in ("TRACE", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "get"):
            self.refused(405, "METHOD_NOT_ALLOWED", method, QUERY)
        status, headers, _ = ask(self.address, "HEAD", "/api/spark/health")
        self.assertEqual((status, headers["Allow"]), (405, "GET"))

    def test_a_large_body(self):
        body = b"{" + b" " * (100 << 20)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.refused(413, "BODY_TOO_LARGE", "POST", QUERY, body)
        self.assertEqual(ask(self.address, "GET", "/api/spark/health")[0], 200)
        self.refused(400, "REST_MALFORMED_BODY", "POST", QUERY, body[:16 << 20])


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

    def test_tls(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, key, token = (os.path.join(folder, name) for name in ("certificate", "key", "token"))
            made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                                   "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate], stderr=subprocess.PIPE)
            if made.returncode:
                self.skipTest("no openssl")
            pathlib.Path(token).write_text("right\n")
            with serving("--tls-cert", certificate, "--tls-key", key, "--token-file", token) as (_, address):
                self.assertTrue(address.startswith("https://127.0.0.1:"), address)
                self.assertEqual(ask(address, "GET", "/api/spark/health", trust=certificate)[0], 401)
                self.assertEqual(ask(address, "GET", "/docs", trust=certificate, Authorization="Bearer right")[0], 200)
                body = json.dumps({**GOOD, "key": "x" * 1000000})
                self.assertEqual(ask(address, "POST", QUERY, body, trust=certificate, Authorization="Bearer right")[2]["code"], "REST_INVALID_FIELD")
                with self.assertRaises((http.client.HTTPException, OSError)):
                    ask(address.replace("https", "http"), "GET", "/api/spark/health")
                self.assertEqual(ask(address, "GET", "/api/spark/health", trust=certificate, Authorization="Bearer right")[0], 200)
            refused = subprocess.run([server.VONK, "serve", "--connect-port", "-1", "--rest-port", "0", "--host", "0.0.0.0", "--token-file", token], stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True, timeout=30)
            self.assertEqual((refused.returncode, refused.stdout), (2, ""))
            self.assertIn("a token, a certificate and its key are needed", refused.stderr)

    def test_a_taken_port(self):
        with serving() as (_, address):
            port = str(urllib.parse.urlsplit(address).port)
            done = subprocess.run([server.VONK, "serve", "--connect-port", "0", "--rest-port", port], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(port, done.stderr)


if __name__ == "__main__":
    unittest.main()
