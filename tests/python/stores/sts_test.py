"""sts_test: temporary credentials: session tokens, roles of profiles, web identities, the container; renewed before they end.

MinIO verifies session tokens; where it is not there, a service made here hands out keys that versitygw knows, and verifies who asks for them.
"""
import contextlib
import datetime
import hashlib
import http.server
import json
import os
import pathlib
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import rest_test  # noqa: E402  pylint: disable=wrong-import-position
import s3  # noqa: E402  pylint: disable=wrong-import-position
from fault_proxy import Proxy  # noqa: E402  pylint: disable=wrong-import-position

BASE = ("BASEKEY", "base-secret")
MIDDLE = ("MIDDLEKEY", "middle-secret")
ROLE = "arn:aws:iam::123456789012:role/worker"
MIDDLE_ROLE = "arn:aws:iam::123456789012:role/middle"
IDENTITY = "a.web.identity"


def later(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Service(http.server.ThreadingHTTPServer):
    """AssumeRole and AssumeRoleWithWebIdentity at POST /, a container's credentials at GET /container."""
    daemon_threads = True

    def __init__(self, keys=lambda: (s3.KEY, s3.SECRET, ""), lasts=3600):
        super().__init__(("127.0.0.1", 0), Handler)
        self.keys, self.lasts, self.asked = keys, lasts, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        self.server.asked.append(("container", self.headers.get("Authorization")))
        key, secret, token = self.server.keys()
        found = {"AccessKeyId": key, "SecretAccessKey": secret, "Expiration": later(self.server.lasts), **({"Token": token} if token else {})}
        self.answer(200 if self.headers.get("Authorization") == "container-token" else 401, json.dumps(found))

    def is_signed_by(self, body, key, secret):
        names = self.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        signed = {name: self.headers[name] for name in names}
        return {"host", "x-amz-date"} <= set(names) and self.headers["Authorization"] == s3.authorization("POST", "/", "", signed, hashlib.sha256(body).hexdigest(), "sts", key, secret)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = {name: values[0] for name, values in urllib.parse.parse_qs(body.decode()).items()}
        self.server.asked.append((form["Action"], form["RoleArn"]))
        keys = self.server.keys()
        if form["Action"] == "AssumeRoleWithWebIdentity":
            fine = "Authorization" not in self.headers and (form["RoleArn"], form["WebIdentityToken"], form["RoleSessionName"]) == (ROLE, IDENTITY, "vonk")
        elif form["RoleArn"] == MIDDLE_ROLE:
            fine, keys = self.is_signed_by(body, *BASE), (*MIDDLE, "middle-token")
        elif self.headers["Authorization"].find(MIDDLE[0]) > 0:
            fine = self.is_signed_by(body, *MIDDLE) and self.headers["x-amz-security-token"] == "middle-token"
        else:
            fine = self.is_signed_by(body, *BASE) and (form.get("ExternalId"), form.get("DurationSeconds"), form["RoleSessionName"]) == ("external & id", "1800", "me")
        fields = "".join(f"<{name}>{value}</{name}>" for name, value in (*zip(("AccessKeyId", "SecretAccessKey", "SessionToken"), keys), ("Expiration", later(self.server.lasts))) if value)
        if fine:
            self.answer(200, f'<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>{fields}</Credentials></AssumeRoleResult></AssumeRoleResponse>')
        else:
            self.answer(403, f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>not {body.decode()}</Message></Error></ErrorResponse>")


CONFIG = f"""
[profile worker]
role_arn = {ROLE}
source_profile = base
role_session_name = me
external_id = external & id
duration_seconds = 1800
[profile long]
role_arn={ROLE}
source_profile=middle
[profile middle]
role_arn = {MIDDLE_ROLE}
source_profile = base
s3 =
  role_arn = not mine
[profile mistaken]
role_arn = {ROLE}
source_profile = wrong
role_session_name = me
[profile circle]
role_arn = {ROLE}
source_profile = round
[profile round]
role_arn = {ROLE}
source_profile = circle
[profile sourced]
role_arn = {MIDDLE_ROLE}
credential_source = Environment
[profile web]
role_arn = {ROLE}
web_identity_token_file = IDENTITY_FILE
[profile empty]
role_arn = {ROLE}
source_profile = nobody
"""
CREDENTIALS = f"""[base]
# no comment = is heeded
aws_access_key_id = {BASE[0]}
aws_secret_access_key = {BASE[1]}
[wrong]
aws_access_key_id = {BASE[0]}
aws_secret_access_key = wrong-secret
"""


class OnStore(unittest.TestCase):
    SERVER = None

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.store = s3.Server(cls.SERVER)
        cls.stack.callback(cls.store.stop)
        cls.folder = pathlib.Path(cls.stack.enter_context(tempfile.TemporaryDirectory()))
        (cls.folder / ".aws").mkdir()
        (cls.folder / "identity").write_text(IDENTITY + "\n")
        (cls.folder / ".aws/config").write_text(CONFIG.replace("IDENTITY_FILE", str(cls.folder / "identity")))
        (cls.folder / ".aws/credentials").write_text(CREDENTIALS)
        cls.store.call("PUT", "/lake")
        cls.bare = {name: value for name, value in s3.environment(cls.store.port).items() if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")} | {"HOME": str(cls.folder)}

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    @contextlib.contextmanager
    def service(self, **options):
        service = Service(**options)
        try:
            yield service
        finally:
            service.stop()

    def sql(self, statements, env=None, **more):
        return s3.sql(statements, {**self.bare, **(env or {})}, **more)

    WRITE = "INSERT OVERWRITE DIRECTORY 's3a://lake/t' USING parquet SELECT 7 AS a; SELECT * FROM parquet.`s3a://lake/t`"


class Roles(OnStore):
    def test_profiles(self):
        for profile, asked in (("worker", [("AssumeRole", ROLE)]), ("long", [("AssumeRole", MIDDLE_ROLE), ("AssumeRole", ROLE)]), ("web", [("AssumeRoleWithWebIdentity", ROLE)])):
            with self.subTest(profile), self.service() as service:
                self.assertEqual(self.sql(self.WRITE, {"AWS_PROFILE": profile, "AWS_ENDPOINT_URL_STS": service.url}), "7\n")
                self.assertEqual(service.asked, asked)  # once for all that is read and written

    def test_what_is_refused(self):
        for profile in ("mistaken", "circle", "empty"):
            with self.subTest(profile), self.service() as service:
                said = self.sql(self.WRITE, {"AWS_PROFILE": profile, "AWS_ENDPOINT_URL_STS": service.url}, code=1)
                self.assertIn("profile", said)
                self.assertNotIn("secret", said)

    def test_the_environment_as_source(self):
        with self.service() as service:
            conf = ["fs.s3a.aws.credentials.provider=software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider"]
            env = {"AWS_PROFILE": "sourced", "AWS_ENDPOINT_URL_STS": service.url, "AWS_ACCESS_KEY_ID": BASE[0], "AWS_SECRET_ACCESS_KEY": BASE[1]}
            said = self.sql("SELECT * FROM parquet.`s3a://lake/t`", env, conf=conf, code=1)
            self.assertEqual(service.asked, [("AssumeRole", MIDDLE_ROLE)])
            self.assertNotIn("middle", said)  # keys that the store does not know

    def test_web_identity_of_the_environment(self):
        with self.service() as service:
            env = {"AWS_ENDPOINT_URL_STS": service.url, "AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": str(self.folder / "identity")}
            self.assertEqual(self.sql(self.WRITE, env), "7\n")

    def test_renewed_while_a_query_runs(self):
        """Credentials that always end soon are asked for again and again; a service that goes away for a moment does no harm."""
        with self.service(lasts=301) as service:
            env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": service.url + "/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token"}
            writes = ";".join("INSERT OVERWRITE DIRECTORY 's3a://lake/t' USING parquet OPTIONS (compression 'none') SELECT /*+ COALESCE(1) */ id, rand() AS x FROM range(3000000)" for _ in range(2))
            begun = time.monotonic()
            self.assertEqual(self.sql(writes + "; SELECT count(*) FROM parquet.`s3a://lake/t`", env), "3000000\n")
            self.assertEqual(set(service.asked), {("container", "container-token")})
            if time.monotonic() - begun > 1.5:
                self.assertGreater(len(service.asked), 1)


class Tokens(OnStore):
    """MinIO's own token service, whose tokens it verifies."""
    SERVER = "minio"

    def test_session_tokens(self):
        key, secret, token = s3.Client(self.store.port).assume_role()
        settings = lambda start, token: [f"{start}.access.key={key}", f"{start}.secret.key={secret}"] + ([f"{start}.session.token={token}"] if token else [])
        for conf in (settings("spark.hadoop.fs.s3a", token), settings("fs.s3a.bucket.lake", token) + ["fs.s3a.access.key=no", "fs.s3a.secret.key=no"]):
            self.assertEqual(self.sql(self.WRITE, conf=conf), "7\n")
        self.assertEqual(self.sql(self.WRITE, {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}), "7\n")
        for wrong in (token[:-5] + "AAAAA", None):
            said = self.sql(self.WRITE, conf=settings("fs.s3a", wrong), code=1)
            self.assertIn("refuses access", said)
            self.assertNotIn(secret, said)
            self.assertNotIn(token[:40], said)

    def test_the_service_with_session_tokens(self):
        key, secret, token = s3.Client(self.store.port).assume_role()
        self.sql(self.WRITE, {"AWS_ACCESS_KEY_ID": s3.KEY, "AWS_SECRET_ACCESS_KEY": s3.SECRET})
        fields = {"bucket": "lake", "key": "t", "aws_access_key_id": key, "aws_secret_access_key": secret}
        with unittest.mock.patch.dict(os.environ, self.bare, clear=True), rest_test.serving() as (_, address):
            for more, status in (({"aws_session_token": token}, 200), ({}, 403), ({"aws_session_token": token[:-5] + "AAAAA"}, 403)):
                self.assertEqual(rest_test.ask(address, "POST", rest_test.QUERY, {**fields, **more})[0], status)

    def test_a_role_of_minio(self):
        (self.folder / ".aws/config").write_text(f"[profile worker]\nrole_arn = arn:minio:iam:::role/any\nsource_profile = base\nregion = {s3.REGION}\n")
        (self.folder / ".aws/credentials").write_text(f"[base]\naws_access_key_id = {s3.KEY}\naws_secret_access_key = {s3.SECRET}\n")
        self.assertEqual(self.sql(self.WRITE, {"AWS_PROFILE": "worker"}), "7\n")

    def test_renewed_tokens_are_used(self):
        """Each answer of the service has other keys: the store sees the later ones too, before the earlier end."""
        with self.service(keys=s3.Client(self.store.port).assume_role, lasts=301) as service:
            seen = []
            proxy = Proxy(self.store.port, wanted=lambda method, path: False, looks=lambda headers: seen.append(headers.get("authorization", "").split("=")[1].split("/")[0]))
            try:
                env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": service.url + "/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}
                self.sql("INSERT OVERWRITE DIRECTORY 's3a://lake/long' USING parquet OPTIONS (compression 'none') SELECT /*+ COALESCE(1) */ id, rand() AS x, rand() AS y FROM range(12000000)", env)
            finally:
                proxy.stop()
            self.assertGreater(len(set(seen)), 1)
            self.assertGreaterEqual(len(service.asked), len(set(seen)))
            self.assertEqual(self.store.uploads("lake"), [])


if __name__ == "__main__":
    unittest.main()
