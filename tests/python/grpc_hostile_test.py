"""grpc_hostile_test: bytes that no good client sends, while a good client goes on working with the same server."""
import contextlib
import gzip
import random
import socket
import struct
import threading
import time
import unittest

try:
    import grpc
except ImportError:
    raise unittest.SkipTest("grpcio is not installed")

from python.grpc_echo import MIB, NO_LIMIT, SANITIZED, Server

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4


def frame(kind, flags, stream, body=b""):
    return struct.pack(">I", len(body))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + body


def field(name, value):
    """A literal without indexing."""
    return bytes([0, len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def fields(method="Unary", **more):
    return b"".join(field(name, value) for name, value in {
        ":method": "POST", ":scheme": "http", ":path": "/echo.Echo/" + method, ":authority": "x", "content-type": "application/grpc",
        "te": "trailers", **more}.items())


def request(stream, method="Unary", flags=END_HEADERS, **more):
    return frame(HEADERS, flags, stream, fields(method, **more))


def message(stream, content, flags=END_STREAM, packed=0):
    return frame(DATA, flags, stream, bytes([packed]) + struct.pack(">I", len(content)) + content)


def large_request(stream, count):
    """With COUNT fields of 150 bytes, in as many frames as it takes."""
    block = fields() + field("name", "v" * 114) * count
    return b"".join(frame(CONTINUATION if at else HEADERS, 0 if at + 16000 < len(block) else END_HEADERS, stream, block[at:at + 16000])
                    for at in range(0, len(block), 16000))


START = PREFACE + frame(SETTINGS, 0, 0)


class Hostile(unittest.TestCase):
    words = ("handshake_ms=1000", "budget=200000000", "connection_count=60", "call_count=40", "message_bytes=4000000")

    def setUp(self):
        self.server = Server(*self.words)
        self.channel = grpc.insecure_channel(self.server.address, options=NO_LIMIT)
        self.counters()
        self.stopping = False
        self.calls, self.failures = 0, []
        self.worker = threading.Thread(target=self.work)
        self.worker.start()

    def tearDown(self):
        self.wait_for("connections_open", 1)
        calls = self.calls
        while not self.stopping and not self.failures and self.calls < calls + 3:
            time.sleep(0.01)
        self.stopping = True
        self.worker.join()
        self.channel.close()
        self.assertEqual(self.failures, [])
        self.assertEqual(self.server.stop(), (0, "0"))

    def work(self):
        """The good client: small calls and streams without a pause."""
        unary, stream = self.channel.unary_unary("/echo.Echo/Unary"), self.channel.unary_stream("/echo.Echo/Stream")
        while not self.stopping:
            try:
                if unary(b"x" * 1000, timeout=60) != b"x" * 1000 or sum(map(len, stream(b"3 100000", timeout=60))) != 300000:
                    raise ValueError("wrong answer")
                self.calls += 1
            except Exception as error:
                self.failures.append(error)
                return

    def counters(self):
        text = self.channel.unary_unary("/echo.Echo/Counters")(b"", timeout=60).decode()
        return {name: int(value) for name, value in (line.split("=") for line in text.split())}

    def wait_for(self, name, value):
        deadline = time.monotonic() + 20
        while self.counters()[name] != value and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.counters()[name], value)

    @contextlib.contextmanager
    def connect(self):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as connection:
            yield connection

    def send(self, data, until=None, reads=True):
        """Sends all, with an end behind it unless UNTIL is given; returns what the server answered until then or its end."""
        answer = b""
        with self.connect() as connection, contextlib.suppress(OSError):
            with contextlib.suppress(OSError):
                for at in range(0, len(data), 65536):
                    connection.sendall(data[at:at + 65536])
                if until is None:
                    connection.shutdown(socket.SHUT_WR)
            while reads and (until is None or until not in answer) and (more := connection.recv(65536)):
                answer += more
        return answer

    def test_rapid_reset(self):
        flood = b"".join(request(2 * i + 1) + frame(RST_STREAM, 0, 2 * i + 1, b"\0\0\0\x08") for i in range(20000))
        for _ in range(5):
            self.send(START + flood)
        self.assertEqual(self.counters()["faults_resets"], 5)

    def test_resets_of_running_calls(self):
        """More calls than are taken: the rest is refused, the good client's may be too, so it waits."""
        self.stopping = True
        self.worker.join()
        with self.connect() as connection:
            connection.sendall(START + b"".join(request(2 * i + 1, "Wait") + message(2 * i + 1, b"60000") for i in range(200)))
            deadline = time.monotonic() + 10
            while self.counters_or_none() and time.monotonic() < deadline:
                time.sleep(0.02)
        self.wait_for_calls()
        self.assertGreaterEqual(self.counters()["calls_refused"], 160)

    def counters_or_none(self):
        with contextlib.suppress(grpc.RpcError):
            return self.counters()

    def wait_for_calls(self):
        deadline = time.monotonic() + 10
        while not ((seen := self.counters_or_none()) and seen["calls_running"] == 1) and time.monotonic() < deadline:
            time.sleep(0.05)

    def test_continuation_flood(self):
        block = frame(HEADERS, 0, 1, fields()) + frame(CONTINUATION, 0, 1, field("a", "b" * 100)) * 20000
        for _ in range(5):
            self.send(START + block)
        self.assertEqual(self.counters()["faults_fields"], 5)

    def test_large_fields(self):
        refused = self.send(START + large_request(1, 300) + request(3) + message(3, b"well"), until=b"well")
        self.assertIn(frame(RST_STREAM, 0, 1, b"\0\0\0\x0b"), refused)
        self.assertIn(b"well", refused)
        self.assertEqual(self.counters()["fields_refused"], 1)
        self.assertNotIn(b"well", self.send(START + large_request(1, 5000) + request(3) + message(3, b"well")))
        self.assertEqual(self.counters()["faults_fields"], 1)

    def test_floods_of_cheap_frames(self):
        floods = (frame(PING, 0, 0, b"12345678"), frame(SETTINGS, 0, 0), frame(PRIORITY, 0, 3, b"\0\0\0\0\1"),
                  frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1000) * 30))
        for flood in floods:
            self.send(START + flood * 20000)
        self.send(START + request(1) + frame(DATA, 0, 1) * 20000)
        self.assertEqual(self.counters()["faults_controls"], len(floods) + 1)

    def test_floods_that_nobody_reads(self):
        """Answers pile up when the client takes none."""
        for flood in (frame(PING, 0, 0, b"12345678"), frame(SETTINGS, 0, 0)):
            with self.connect() as connection:
                with contextlib.suppress(OSError):
                    connection.sendall(START + flood * 100000)
        self.wait_for("faults_controls", 2)

    def test_random_bytes(self):
        chance = random.Random(3)
        for _ in range(300):
            noise = chance.randbytes(chance.randrange(200))
            self.send(chance.choice((b"", PREFACE, START, START + request(1))) + noise)
        self.assertGreater(self.counters()["faults_protocol"], 50)

    def test_random_frames(self):
        chance = random.Random(4)
        for _ in range(300):
            frames = START
            for _ in range(chance.randrange(30)):
                stream = chance.randrange(8)
                frames += chance.choice((request(stream), message(stream, b"hello", 0), frame(
                    chance.randrange(12), chance.randrange(256), stream, chance.randbytes(chance.choice((0, 4, 5, 6, 8, 8, 30))))))
            self.send(frames, reads=chance.random() < 0.5)

    def test_cut_connections(self):
        whole = START + request(1) + message(1, b"hello" * 10)
        for size in range(len(whole)):
            self.send(whole[:size], reads=False)

    def test_silent_connections_are_closed(self):
        with contextlib.ExitStack() as stack:
            silent = [stack.enter_context(self.connect()) for _ in range(20)]
            for index, connection in enumerate(silent):
                connection.sendall(START[:index])
            for connection in silent:
                with contextlib.suppress(OSError):
                    while connection.recv(1000):
                        pass
        self.assertGreaterEqual(self.counters()["handshakes_failed"], 20)

    def test_too_many_connections(self):
        with contextlib.ExitStack() as stack:
            for _ in range(200):
                stack.enter_context(self.connect())
            deadline = time.monotonic() + 10
            while self.counters()["connections_refused"] < 100 and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertGreater(self.counters()["connections_refused"], 100)

    def test_windows_that_never_open(self):
        """Streams whose answers the client does not take, in frames of one byte at the end."""
        before = self.server.resident()
        with contextlib.ExitStack() as stack:
            for _ in range(3):
                connection = stack.enter_context(self.connect())
                connection.sendall(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0)))
                for stream in range(1, 20, 2):
                    connection.sendall(request(stream, "Stream") + message(stream, b"100000 1000"))
                    for _ in range(50):
                        connection.sendall(frame(WINDOW_UPDATE, 0, stream, b"\0\0\0\1"))
            deadline = time.monotonic() + 20
            while self.counters()["calls_running"] < 30 and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.5)
            self.assertLess(self.server.resident() - before, (1000 if SANITIZED else 200) * MIB)
            self.assertGreaterEqual(self.counters()["calls_running"], 30)

    def test_deadlines_behind_answers_that_nobody_takes(self):
        """Calls whose end cannot be sent stay, long after their deadlines."""
        with self.connect() as connection:
            connection.sendall(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0x7fffffff)) +
                               frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7ffe0000)))
            connection.sendall(request(1, "Stream") + message(1, b"1000 4000000"))
            time.sleep(0.2)
            for stream, timeout in ((3, "100m"), (5, "300m"), (7, "500m")):
                connection.sendall(request(stream, "Wait", **{"grpc-timeout": timeout}) + message(stream, b"60000"))
            self.wait_for("calls_late", 3)
            calls, deadline = self.calls, time.monotonic() + 20
            while self.calls <= calls and time.monotonic() < deadline:
                time.sleep(0.02)
            self.assertGreater(self.calls, calls)

    def test_announced_messages(self):
        """Many large messages that do not come cost nothing; those that come, no more than the budget."""
        with contextlib.ExitStack() as stack:
            for _ in range(10):
                connection = stack.enter_context(self.connect())
                connection.sendall(START + b"".join(
                    request(stream) + frame(DATA, 0, stream, struct.pack(">BI", 0, 4000000) + b"x" * 1000) for stream in range(1, 400, 2)))
            time.sleep(1)
            self.assertLess(self.counters()["charged"], 180000000)

    def test_packed_bomb(self):
        bomb = gzip.compress(bytes(10 * MIB))
        frames = b"".join(frame(DATA, 0, 1, bomb[at:at + 16000]) for at in range(0, len(bomb), 16000))
        self.send(START + request(1, **{"grpc-encoding": "gzip"}) + frame(DATA, 0, 1, struct.pack(">BI", 1, len(bomb))) + frames,
                  until=frame(HEADERS, END_STREAM | END_HEADERS, 1)[3:])
        self.assertGreaterEqual(self.counters()["calls_refused"], 1)

    def test_wrong_content_type(self):
        answer = self.send(START + frame(HEADERS, END_HEADERS | END_STREAM, 1, fields(**{"content-type": "text/plain"})), until=b"415")
        self.assertIn(b"415", answer)
        answer = self.send(START + frame(HEADERS, END_HEADERS | END_STREAM, 1, fields(**{":method": "GET"})), until=b"405")
        self.assertIn(b"405", answer)
        self.assertEqual(self.counters()["calls_malformed"], 2)

    def test_other_protocols(self):
        for text in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0" * 100):
            self.send(text)
        self.assertEqual(self.counters()["faults_protocol"], 3)


if __name__ == "__main__":
    unittest.main()
