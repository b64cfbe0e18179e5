"""grpc_test: the gRPC server as Google's client sees it, by the program grpc_echo: kinds of calls, errors, flow, TLS, token, stop."""
import pathlib
import socket
import subprocess
import tempfile
import threading
import time
import unittest

try:
    import grpc
except ImportError:
    raise unittest.SkipTest("grpcio is not installed")

from python.grpc_echo import ECHO, MIB, NO_LIMIT, SANITIZED, Server


class Case(unittest.TestCase):
    words = ()

    def setUp(self):
        self.server = Server(*self.words)
        self.channel = self.open()

    def tearDown(self):
        self.channel.close()
        self.assertEqual(self.server.stop(), (0, "0"))

    def open(self):
        return grpc.insecure_channel(self.server.address, options=NO_LIMIT + [("grpc.use_local_subchannel_pool", 1)])

    def unary(self, method, request=b"", channel=None, **more):
        return (channel or self.channel).unary_unary("/echo.Echo/" + method)(request, timeout=more.pop("timeout", 60), **more)

    def stream(self, request, **more):
        return self.channel.unary_stream("/echo.Echo/Stream")(request, timeout=60, **more)

    def fails(self, code, call):
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        self.assertEqual(caught.exception.code(), code, caught.exception.details())
        return caught.exception

    def counters(self):
        return {name: int(value) for name, value in (line.split("=") for line in self.unary("Counters").decode().split())}


class Calls(Case):
    def test_unary(self):
        for size in (0, 1, 5, 1000, 32 << 10, (32 << 10) + 1, MIB, 20 * MIB):
            message = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
            self.assertEqual(self.unary("Unary", message), message)

    def test_many_small_calls_at_once(self):
        call = self.channel.unary_unary("/echo.Echo/Unary")
        futures = [call.future(b"%d" % i) for i in range(500)]
        self.assertEqual([future.result() for future in futures], [b"%d" % i for i in range(500)])

    def test_stream(self):
        for request, count, size in ((b"0 0", 0, 0), (b"1000 0", 1000, 0), (b"1000 10", 1000, 10), (b"300 40000 3", 300, 40000),
                                     (b"500 1048576", 500, MIB), (b"5 16777216 6", 5, 16 * MIB)):
            seen = 0
            for message in self.stream(request):
                self.assertEqual(len(message), size)
                if size:
                    self.assertEqual(int.from_bytes(message[:4], "little"), seen)
                seen += 1
            self.assertEqual(seen, count)

    def test_stream_bytes(self):
        expected = bytes((i * 31 + (i >> 8)) & 255 for i in range(400000))
        for message in self.stream(b"5 400000 5"):
            self.assertEqual(message[4:], expected[4:])

    def test_client_stream(self):
        collect = self.channel.stream_unary("/echo.Echo/Collect")
        self.assertEqual(collect(iter([]), timeout=60), b"0 0 0")
        self.assertEqual(collect(iter([b""] * 3000), timeout=60), b"3000 0 0")
        self.assertEqual(collect(iter([b"\1" * 100] * 3000), timeout=60), b"3000 300000 3000")
        self.assertEqual(collect(iter([b"\1" * MIB] * 100), timeout=60), b"100 %d %d" % (100 * MIB, 100 * 1052))

    def test_slow_service_costs_no_memory(self):
        before, most = self.server.resident(), 0
        call = self.channel.stream_unary("/echo.Echo/CollectSlowly").future(iter([b"\1" * 50000] * 3000), timeout=60)
        while not call.done():
            most = max(most, self.server.resident() - before)
            time.sleep(0.05)
        self.assertEqual(call.result(), b"3000 150000000 153000")
        self.assertLess(most, (200 if SANITIZED else 24) * MIB)

    def test_both_ways(self):
        both = self.channel.stream_stream("/echo.Echo/Both")
        messages = [b"x" * (i * 97 % 5000) for i in range(500)]
        self.assertEqual(list(both(iter(messages), timeout=60)), messages)

    def test_gzip(self):
        message = b"pack me " * 100000
        self.assertEqual(self.unary("Unary", message, compression=grpc.Compression.Gzip), message)
        self.assertEqual(self.unary("Unary", message, compression=grpc.Compression.Deflate), message)
        self.assertEqual(self.unary("Unary", b"", compression=grpc.Compression.Gzip), b"")

    def test_metadata_and_deadline(self):
        lines = self.unary("Metadata", metadata=[("x-text", "a b"), ("x-bin", b"a\nb=c")]).decode()
        self.assertIn("x-text=a b\n", lines)
        self.assertIn("x-bin=a\nb=c\n", lines)
        self.assertIn("has deadline=1", lines)
        self.assertNotIn("grpc-timeout", lines)
        self.assertNotIn("content-type", lines)

    def test_errors(self):
        for code in grpc.StatusCode:
            if code != grpc.StatusCode.OK:
                error = self.fails(code, lambda: self.unary("Fail", b"%d 3 0" % code.value[0]))
                self.assertEqual(error.details(), "a % sign, a line\nbreak, café: mmm")
        error = self.fails(grpc.StatusCode.INTERNAL, lambda: self.unary("Fail", b"13 3 300"))
        details = dict(error.trailing_metadata())["grpc-status-details-bin"]
        self.assertEqual(details, bytes((i * 31 + (i >> 8)) & 255 for i in range(300)))
        self.fails(grpc.StatusCode.UNIMPLEMENTED, lambda: self.unary("None"))
        self.fails(grpc.StatusCode.INTERNAL, lambda: self.unary("Nothing"))

    def test_long_errors_are_cut_to_what_the_client_takes(self):
        error = self.fails(grpc.StatusCode.INTERNAL, lambda: self.unary("Fail", b"13 15000 15000"))
        self.assertTrue(error.details().startswith("a % sign"))

    def test_deadline(self):
        began = time.monotonic()
        self.fails(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: self.unary("Wait", b"60000", timeout=0.3))
        self.assertLess(time.monotonic() - began, 5)
        self.wait_for("calls_running", 1)
        self.assertGreaterEqual(self.counters()["calls_late"] + self.counters()["calls_gone"], 1)

    def test_cancel(self):
        call = self.channel.unary_unary("/echo.Echo/Wait").future(b"60000")
        self.wait_for("calls_running", 2)
        call.cancel()
        self.wait_for("calls_running", 1)

    def test_reset_in_the_midst_of_a_stream(self):
        for size in (100, MIB):
            for _ in range(10):
                stream = self.stream(b"100000 %d" % size)
                for _ in range(3):
                    next(stream)
                stream.cancel()
        self.wait_for("calls_running", 1)
        self.assertEqual(self.unary("Unary", b"well"), b"well")

    def test_closed_channel_in_the_midst_of_a_stream(self):
        for _ in range(5):
            channel = self.open()
            stream = channel.unary_stream("/echo.Echo/Stream")(b"100000 1000000")
            next(stream)
            channel.close()
        self.wait_for("calls_running", 1)
        self.wait_for("connections_open", 1)

    def wait_for(self, name, value):
        deadline = time.monotonic() + 10
        while self.counters()[name] != value and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(self.counters()[name], value)

    def test_slow_reader_costs_no_memory(self):
        for size in (1000, MIB):
            before = self.server.resident()
            stream = self.stream(b"%d %d" % (500 * MIB // size, size))
            next(stream)
            for _ in range(10):
                time.sleep(0.1)
                self.assertLess(self.server.resident() - before, (200 if SANITIZED else 16) * MIB)
            stream.cancel()
        self.assertEqual(self.unary("Unary", b"well"), b"well")

    def test_a_slow_stream_does_not_stop_others(self):
        slow = [self.stream(b"1000 1048576") for _ in range(5)]
        for stream in slow:
            next(stream)
        began = time.monotonic()
        for _ in range(20):
            self.assertEqual(self.unary("Unary", b"x" * 100000), b"x" * 100000)
        self.assertLess(time.monotonic() - began, 20)
        for stream in slow:
            stream.cancel()


class Limits(Case):
    words = ("message_bytes=100000", "call_count=3", "header_bytes=4000", "message_ms=300", "budget=30000000")

    def test_messages(self):
        self.assertEqual(len(self.unary("Unary", b"x" * 100000)), 100000)
        self.fails(grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: self.unary("Unary", b"x" * 100001))
        self.fails(grpc.StatusCode.RESOURCE_EXHAUSTED,
                   lambda: self.unary("Unary", b"x" * 100001, compression=grpc.Compression.Gzip))
        self.assertEqual(self.counters()["calls_refused"], 2)
        for _ in range(40):
            self.fails(grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: self.unary("Unary", b"x" * MIB))
        self.assertEqual(len(self.unary("Unary", b"x" * 100000)), 100000)

    def test_calls(self):
        waiting = [self.channel.unary_unary("/echo.Echo/Wait").future(b"60000") for _ in range(2)]
        while self.counters()["calls_running"] < 3:
            time.sleep(0.02)
        waiting.append(self.channel.unary_unary("/echo.Echo/Wait").future(b"60000"))
        deadline = time.monotonic() + 20
        while self.is_served() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.fails(grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: self.unary("Unary", b"x"))
        for call in waiting:
            call.cancel()
        while not self.is_served():
            time.sleep(0.02)

    def is_served(self):
        try:
            return self.unary("Unary", b"x") == b"x"
        except grpc.RpcError:
            return False

    def test_fields(self):
        metadata = [("x-large", "v" * 5000)]
        self.fails(grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: self.unary("Unary", b"", metadata=metadata))
        self.assertEqual(self.unary("Unary", b"well"), b"well")

    def test_a_client_that_sends_no_message(self):
        def none():
            time.sleep(20)
            yield b""
        self.fails(grpc.StatusCode.CANCELLED,
                   lambda: self.channel.stream_unary("/echo.Echo/Collect")(none(), timeout=30))


class Token(Case):
    words = ("--token", "secret")

    def test_token(self):
        good = [("authorization", "Bearer secret")]
        self.assertEqual(self.unary("Unary", b"x", metadata=good), b"x")
        for metadata in ([], [("authorization", "Bearer secre")], [("authorization", "Bearer secres")], [("authorization", "secret")],
                         [("authorization", "")]):
            self.fails(grpc.StatusCode.UNAUTHENTICATED, lambda: self.unary("Unary", b"x", metadata=metadata))


class Tls(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        name = self.folder.name
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost", "-keyout", f"{name}/key", "-out", f"{name}/certificate"],
                       check=True, stderr=subprocess.DEVNULL)

    def tearDown(self):
        self.folder.cleanup()

    def test_tls_and_token(self):
        name = self.folder.name
        server = Server("--certificate", f"{name}/certificate", "--key", f"{name}/key", "--token", "secret")
        trust = grpc.ssl_channel_credentials(pathlib.Path(f"{name}/certificate").read_bytes())
        address = server.address.replace("127.0.0.1", "localhost")
        with grpc.secure_channel(address, grpc.composite_channel_credentials(trust, grpc.access_token_call_credentials("secret")),
                                 options=NO_LIMIT) as channel:
            unary = channel.unary_unary("/echo.Echo/Unary")
            for size in (0, 10, 40000, 5 * MIB):
                self.assertEqual(unary(b"y" * size, timeout=60), b"y" * size)
            stream = channel.unary_stream("/echo.Echo/Stream")
            self.assertEqual(sum(map(len, stream(b"200 1048576 3", timeout=60))), 200 * MIB)
            self.assertEqual(sum(map(len, stream(b"20000 100", timeout=60))), 2000000)
        with grpc.insecure_channel(address) as channel, self.assertRaises(grpc.RpcError) as caught:
            channel.unary_unary("/echo.Echo/Unary")(b"", timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(server.stop(), (0, "0"))

    def test_hostile_handshakes(self):
        name = self.folder.name
        server = Server("--certificate", f"{name}/certificate", "--key", f"{name}/key", "handshake_ms=500")
        trust = grpc.ssl_channel_credentials(pathlib.Path(f"{name}/certificate").read_bytes())
        with grpc.secure_channel(server.address.replace("127.0.0.1", "localhost"), trust) as channel:
            for start in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0" * 70000):
                with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
                    try:
                        connection.sendall(start)
                        while connection.recv(1000):
                            pass
                    except ConnectionError:
                        pass
                self.assertEqual(channel.unary_unary("/echo.Echo/Unary")(b"well", timeout=20), b"well")
            counters = channel.unary_unary("/echo.Echo/Counters")(b"", timeout=20).decode()
            self.assertIn("handshakes_failed=5\n", counters)
        self.assertEqual(server.stop(), (0, "0"))

    def test_bad_files(self):
        for words in (("--certificate", "/nowhere"), ("--certificate", f"{self.folder.name}/certificate"),
                      ("--certificate", f"{self.folder.name}/certificate", "--key", f"{self.folder.name}/certificate")):
            done = subprocess.run([ECHO, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn("cannot be used", done.stderr)


class Stop(unittest.TestCase):
    def test_taken_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = subprocess.run([ECHO, f"port={port}"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"port {port}: the port is taken", done.stderr)

    def test_stop_waits_for_calls(self):
        server = Server()
        with grpc.insecure_channel(server.address) as channel:
            call = channel.unary_unary("/echo.Echo/Wait").future(b"700")
            counters = channel.unary_unary("/echo.Echo/Counters")
            while b"calls_running=2\n" not in counters(b"") and not call.done():
                time.sleep(0.02)
            self.assertEqual(server.stop(), (0, "0"))
            self.assertEqual(call.result(), b"waited")

    def test_stop_cuts_what_lasts(self):
        server = Server()
        with grpc.insecure_channel(server.address, options=NO_LIMIT) as channel:
            call = channel.unary_unary("/echo.Echo/Wait").future(b"60000")
            stream = channel.unary_stream("/echo.Echo/Stream")(b"100000 1048576")
            next(stream)
            began = time.monotonic()
            self.assertEqual(server.stop(), (0, "0"))
            self.assertLess(time.monotonic() - began, 10)
            self.assertEqual(call.exception().code(), grpc.StatusCode.UNAVAILABLE)

    def test_idle_connections_are_closed(self):
        server = Server("idle_ms=100")
        with grpc.insecure_channel(server.address) as channel:
            call = channel.unary_unary("/echo.Echo/Counters")
            call(b"")
            for _ in range(5):
                time.sleep(6)
                counters = call(b"", wait_for_ready=True).decode()
                if "connections_idle=1\n" in counters:
                    break
            self.assertIn("connections=2\n", counters)
            self.assertIn("connections_idle=1\n", counters)
        server.stop()


class Threads(Case):
    def test_everything_at_once(self):
        failures = []

        def work(index):
            try:
                with self.open() as channel:
                    for turn in range(15):
                        unary, stream = channel.unary_unary("/echo.Echo/Unary"), channel.unary_stream("/echo.Echo/Stream")
                        assert unary(b"x" * 1000 * index) == b"x" * 1000 * index
                        assert sum(map(len, stream(b"50 %d 2" % (5000 * index)))) == 250000 * index
                        cut = stream(b"1000 100000")
                        next(cut)
                        cut.cancel()
            except Exception as error:
                failures.append(error)
        threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])


if __name__ == "__main__":
    unittest.main()
