"""s3: a real S3 server of the tests' own, and a small client to prepare and look into it."""
import datetime
import hashlib
import hmac
import http.client
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
STARTER = ROOT / "tests/servers/s3"
VONK = os.path.abspath(os.environ.get("VONK", ROOT / "build/release/vonk"))
DEFAULT_SERVER = os.environ.get("VONK_TEST_S3", "versitygw")
KEY, SECRET, REGION = "vonk", "vonk-secret", "us-east-1"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """A server over a folder of its own; raises SkipTest where there is none. VONK_TEST_S3 names another than versitygw."""

    def __init__(self, name=None, key=None, secret=None):
        """A server that is NAMEd is not compiled for the test's sake. KEY and SECRET: who may do everything."""
        found = subprocess.run([STARTER, "has" if name else "find", name or DEFAULT_SERVER], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        name = name or DEFAULT_SERVER
        if found.returncode:
            raise unittest.SkipTest(f"no S3 server: {found.stderr.strip()}")
        self.folder = tempfile.TemporaryDirectory(prefix="vonk-s3-")
        self.port = free_port()
        self.process = subprocess.Popen([STARTER, "run", name, str(self.port), self.folder.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env={**os.environ, "VONK_S3_KEY": key or KEY, "VONK_S3_SECRET": secret or SECRET})
        self.call = Client(self.port, key=key, secret=secret).call
        for _ in range(600):
            try:
                if self.call("GET", "/")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self.stop()
        raise unittest.SkipTest("no S3 server: it does not start")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def keys(self, bucket):
        """All keys, by the server's list."""
        keys, token = [], None
        while True:
            query = {"list-type": "2", **({"continuation-token": token} if token else {})}
            text = self.call("GET", f"/{bucket}", query)[2].decode()
            keys += [unescape(key) for key in re.findall("<Key>(.*?)</Key>", text)]
            found = re.search("<NextContinuationToken>(.*?)</NextContinuationToken>", text)
            if not found:
                return keys
            token = unescape(found.group(1))

    def uploads(self, bucket):
        """Keys of the multipart uploads that are neither complete nor aborted."""
        return re.findall("<Upload>.*?<Key>(.*?)</Key>", self.call("GET", f"/{bucket}", {"uploads": ""})[2].decode(), re.S)


def unescape(text):
    for name, char in (("lt", "<"), ("gt", ">"), ("quot", '"'), ("#34", '"'), ("apos", "'"), ("#39", "'"), ("amp", "&")):
        text = text.replace(f"&{name};", char)
    return text


def quote(text):
    return urllib.parse.quote(text, safe="-._~")


def authorization(method, path, query, signed, digest, service="s3", key=None, secret=None):
    """The header Authorization of Signature Version 4. SIGNED: headers by name, x-amz-date among them; PATH and QUERY are as they are sent."""
    date, names = signed["x-amz-date"], ";".join(sorted(signed))
    canonical = "\n".join([method, path, query, *(f"{name}:{signed[name]}" for name in sorted(signed)), "", names, digest])
    scope = f"{date[:8]}/{REGION}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signer = b"AWS4" + (secret or SECRET).encode()
    for part in (*scope.split("/"), text):
        signer = hmac.new(signer, part.encode(), hashlib.sha256).digest()
    return f"AWS4-HMAC-SHA256 Credential={key or KEY}/{scope}, SignedHeaders={names}, Signature={signer.hex()}"


class Client:
    """Signed requests, one connection each: (status, headers, body)."""

    def __init__(self, port, service="s3", key=None, secret=None):
        self.host = f"127.0.0.1:{port}"
        self.service, self.key, self.secret = service, key, secret

    def call(self, method, path, query=None, body=b"", headers=None):
        path = urllib.parse.quote(path, safe="/-._~")
        query = "&".join(f"{quote(k)}={quote(v)}" for k, v in sorted((query or {}).items()))
        digest = hashlib.sha256(body).hexdigest()
        date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        signed = {"host": self.host, "x-amz-content-sha256": digest, "x-amz-date": date, **(headers or {})}
        signed["Authorization"] = authorization(method, path, query, signed, digest, self.service, self.key, self.secret)
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.request(method, path + ("?" + query if query else ""), body, signed)
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return found

    def assume_role(self):
        """(access key, secret key, session token) from the server's own token service: MinIO has one."""
        body = b"Action=AssumeRole&Version=2011-06-15&DurationSeconds=900"
        status, _, answer = Client(int(self.host.split(":")[1]), "sts").call("POST", "/", body=body, headers={"content-type": "application/x-www-form-urlencoded"})
        assert status == 200, answer
        return tuple(re.search(f"<{name}>(.*?)</{name}>", answer.decode()).group(1) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))


def environment(port, **more):
    """For a vonk that has these credentials and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": REGION, **more}


def sql(statements, env, conf=(), timeout=120, code=0):
    """What `vonk sql` prints; its errors when CODE says that it fails."""
    words = [word for setting in conf for word in ("--conf", setting)]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([VONK, "sql", "-S", *words, "-e", statements], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout, env=env, cwd=folder)
    if done.returncode != code:
        raise AssertionError(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout if code == 0 else done.stdout + done.stderr
