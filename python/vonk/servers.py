"""servers: one Vonk server for each user and version, found by a small file or started.

The file says address, process id and version; only its owner can read it, since the address holds the token. It is stale when the
process has gone or no longer listens, and is then replaced. A lock file keeps two programs from starting two servers at once.
A server that was started here ends when its last session has been gone for a minute.
"""
import contextlib
import fcntl
import json
import os
import pathlib
import re
import secrets
import select
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

from vonk import binary

IDLE_SECONDS = 60
START_SECONDS = 30


class ServerNotStarted(RuntimeError):
    """The server ended, or said nothing, instead of getting ready."""


def folder():
    """The per-user folder of the file, private to its owner."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    if not base or not os.path.isdir(base):
        base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    place = pathlib.Path(base) / "vonk"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def version():
    """That of the command, which a server must have as well."""
    done = subprocess.run([binary.path(), "--version"], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split()[-1]


@contextlib.contextmanager
def locked(place):
    descriptor = os.open(place / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def listens(address):
    parts = urllib.parse.urlsplit(address.split(";")[0])
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=2).close()
    except OSError:
        return False
    return True


def runs(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def read_entry(path, wanted_version):
    """The address of a server that runs, or None."""
    try:
        status = path.stat()
        entry = json.loads(path.read_text())
        address, process_id, its_version = entry["address"], int(entry["pid"]), entry["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if status.st_uid != os.getuid() or its_version != wanted_version:
        return None
    return address if runs(process_id) and listens(address) else None


def write_entry(path, address, process_id, its_version):
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".server-", delete=False) as file:
        json.dump({"address": address, "pid": process_id, "version": its_version}, file)
    os.replace(file.name, path)


def with_token(address, token):
    """The token travels as a header, so that it needs no TLS on the loopback interface."""
    return f"{address}/;authorization=Bearer%20{token}"


def ready_line(process, log):
    """The line `ready ...` with the server's addresses; one that ends instead, or says nothing, is an error with its LOG."""
    deadline = time.monotonic() + START_SECONDS
    text = ""
    while not text.endswith("\n"):
        left = deadline - time.monotonic()
        readable = left > 0 and select.select([process.stdout], [], [], left)[0]
        chunk = os.read(process.stdout.fileno(), 4096).decode() if readable else ""
        if not chunk:
            process.terminate()
            process.wait()
            log.seek(0)
            raise ServerNotStarted("vonk serve did not start: " + (log.read().strip() or "it said nothing"))
        text += chunk
    if not text.startswith("ready"):
        raise ServerNotStarted(f"vonk serve said: {text.strip()}")
    return text


def environment():
    """That of a server started here: functions in Python run in this program's Python unless PYSPARK_PYTHON names another."""
    return {"PYSPARK_PYTHON": sys.executable, **os.environ}


def start(path, its_version):
    """Starts a server that outlives this process, and writes its entry; returns the address."""
    token = secrets.token_hex(16)
    place = path.parent
    with open(place / "server.log", "w+", encoding="utf-8", errors="replace") as log, tempfile.NamedTemporaryFile("w", dir=place, prefix=".token-") as token_file:
        token_file.write(token)
        token_file.flush()
        words = [binary.path(), "serve", "--connect-port", "0", "--rest-port", "-1", "--ui-port", "0", "--token-file", token_file.name,
                 "--exit-when-idle", str(IDLE_SECONDS)]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=environment(), start_new_session=True)
        address = with_token(re.search(r"connect=(\S+)", ready_line(process, log)).group(1), token)
    write_entry(path, address, process.pid, its_version)
    process.stdout.close()
    process.returncode = 0  # it is not waited for: it shall go on when this program ends
    return address


def find_or_start():
    """The address of the user's server."""
    its_version = version()
    place = folder()
    path = place / f"server-{its_version}.json"
    with locked(place):
        return read_entry(path, its_version) or start(path, its_version)
