"""http_test: files of web servers; where credentials come from when services hand them out."""
import datetime
import http.server
import json
import os
import pathlib
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import s3


class Web:
    """Serves PAGES (path: bytes, or a path to be sent to) with ranges; notes what was asked."""

    def __init__(self, pages, answer=None):
        web = self
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def send(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                web.asked.append((self.command, self.path, dict(self.headers), body))
                if answer:
                    return self.send(200, answer(self.command, self.path, self.headers, body).encode())
                page = pages.get(self.path)
                if page is None:
                    return self.send(404)
                if isinstance(page, str):
                    return self.send(302, Location=page)
                start, end = 0, len(page) - 1
                if "Range" in self.headers:
                    start, end = (int(part or end) for part in self.headers["Range"].removeprefix("bytes=").split("-"))
                    return self.send(206, page[start:end + 1], ETag='"1"', Content_Range=f"bytes {start}-{end}/{len(page)}")
                self.send(200, page, ETag='"1"')

            do_GET = do_HEAD = do_PUT = do_POST = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Reading(unittest.TestCase):
    def setUp(self):
        with tempfile.TemporaryDirectory() as folder:
            s3.sql(f"INSERT OVERWRITE DIRECTORY '{folder}/t' USING parquet SELECT /*+ COALESCE(1) */ id, repeat('x', 50) || id AS s FROM range(100000)", dict(os.environ))
            data = next(path for path in pathlib.Path(folder, "t").glob("part-*")).read_bytes()
        self.other = Web({"/far/t.parquet": data})
        self.addCleanup(self.other.stop)
        self.web = Web({"/d/t.parquet": data, "/moved": "/d/t.parquet", "/away": f"http://127.0.0.1:{self.other.port}/far/t.parquet", "/round": "/round"})
        self.addCleanup(self.web.stop)

    def count(self, path, code=0):
        return s3.sql(f"SELECT count(*), max(length(s)) FROM parquet.`http://127.0.0.1:{self.web.port}{path}`", dict(os.environ), code=code)

    def test_reading(self):
        for path in ("/d/t.parquet", "/moved", "/away"):
            self.assertEqual(self.count(path), "100000\t55\n", path)
        for _, _, headers, _ in self.other.asked:
            self.assertNotIn("Authorization", headers)

    def test_what_cannot_be(self):
        self.assertIn("PATH_NOT_FOUND", self.count("/nothing", code=1))
        self.assertIn("302", self.count("/round", code=1))
        said = s3.sql(f"INSERT OVERWRITE DIRECTORY 'http://127.0.0.1:{self.web.port}/new' USING parquet SELECT 1 AS a", dict(os.environ), code=1)
        self.assertIn("FAILED_WRITE_FILE", said)
        said = s3.sql("SELECT * FROM parquet.`http://me:hidden@127.0.0.1/x`", dict(os.environ), code=1)
        self.assertNotIn("Cannot read http://me", said)


class Credentials(unittest.TestCase):
    """A store that notes who asks, and services that say who that is."""

    def setUp(self):
        self.store = Web({}, lambda *_: "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        self.addCleanup(self.store.stop)

    def who(self, **environment):
        env = s3.environment(self.store.port, **environment)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            if name not in environment:
                env.pop(name)
        s3.sql("SELECT * FROM parquet.`s3a://lake/t/`", env, code=1)
        headers = self.store.asked[-1][2]
        return headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0], headers.get("x-amz-security-token")

    def service(self, answer):
        web = Web({}, answer)
        self.addCleanup(web.stop)
        return web

    @staticmethod
    def said(name, minutes=60):
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
        return {"AccessKeyId": f"{name}id", "SecretAccessKey": f"{name}secret", "Token": f"{name}token", "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def test_machine(self):
        def answer(method, path, headers, _):
            if method == "PUT" and path == "/latest/api/token":
                return "session"
            if headers.get("X-aws-ec2-metadata-token") != "session":
                return ""
            return "role" if path.endswith("/security-credentials/") else json.dumps(self.said("machine"))

        web = self.service(answer)
        self.assertEqual(self.who(AWS_EC2_METADATA_DISABLED="false", AWS_EC2_METADATA_SERVICE_ENDPOINT=f"http://127.0.0.1:{web.port}"), ("machineid", "machinetoken"))

    def test_container(self):
        web = self.service(lambda method, path, headers, _: json.dumps(self.said("box")) if headers.get("Authorization") == "let me" and path == "/c" else "")
        address = f"http://127.0.0.1:{web.port}/c"
        self.assertEqual(self.who(AWS_CONTAINER_CREDENTIALS_FULL_URI=address, AWS_CONTAINER_AUTHORIZATION_TOKEN="let me"), ("boxid", "boxtoken"))

    def test_web_identity(self):
        def answer(method, path, headers, body):
            fits = b"RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr" in body and b"WebIdentityToken=a%2Fb" in body
            parts = "".join(f"<{name.replace('Token', 'SessionToken')}>{value}</{name.replace('Token', 'SessionToken')}>" for name, value in self.said("web").items())
            return f"<R><Result><Credentials>{parts}</Credentials></Result></R>" if fits else ""

        web = self.service(answer)
        with tempfile.NamedTemporaryFile("w") as token:
            token.write("a/b\n")
            token.flush()
            self.assertEqual(self.who(AWS_WEB_IDENTITY_TOKEN_FILE=token.name, AWS_ROLE_ARN="arn:aws:iam::1:role/r", AWS_ENDPOINT_URL_STS=f"http://127.0.0.1:{web.port}"), ("webid", "webtoken"))

    def test_environment_and_nobody(self):
        self.assertEqual(self.who(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", AWS_SESSION_TOKEN="c"), ("a", "c"))
        self.assertEqual(self.who(), ("", None))


if __name__ == "__main__":
    unittest.main()
