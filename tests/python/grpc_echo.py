"""grpc_echo: the program tests/programs/grpc_echo.c, started and stopped for a test."""
import os
import pathlib
import subprocess
import unittest

ECHO = pathlib.Path(os.environ.get("VONK", "build/release/vonk")).parent / "programs/grpc_echo"
if not ECHO.exists():
    raise unittest.SkipTest("grpc_echo is not built: scripts/build release test_programs")
SANITIZED = "asan" in str(ECHO) or "tsan" in str(ECHO)
MIB = 1 << 20
NO_LIMIT = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class Server:
    """A running grpc_echo; stop() gives its exit code and the bytes that were still charged."""

    def __init__(self, *words):
        self.process = subprocess.Popen([ECHO, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.address = f"127.0.0.1:{self.port}"

    def resident(self):
        """Bytes of memory, without what is shared."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().split("\n"):
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) << 10

    def stop(self):
        self.process.stdin.close()
        charged = self.process.stdout.read().strip()
        code = self.process.wait(timeout=20)
        self.process.stdout.close()
        return code, charged
