"""fault_proxy: stands between a client and an HTTP server, passes requests on as they are, and spoils some of the answers.

Faults: 500, 503, 429: answered without the server; lost: the server has done it, the connection breaks before the answer; reset: it breaks before
the server hears; truncated: half of the body; stalled: half of the body, then nothing for a while; 409: for PUTs with If-None-Match.
"""
import http.client
import random
import socket
import socketserver
import struct
import threading
import time


class Proxy(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, target_port, faults=(), rate=0.0, seed=1, stall_seconds=3, wanted=lambda method, path: True, looks=lambda headers: None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        self.target_port, self.faults, self.rate, self.stall_seconds, self.wanted, self.looks = target_port, faults, rate, stall_seconds, wanted, looks
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.spoiled = {}
        self.requests = self.body_bytes = self.busy = self.busy_peak = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()

    def draw(self, method, path, conditional):
        """The fault of this request, or None."""
        with self.lock:
            self.requests += 1
            if not self.wanted(method, path) or self.random.random() >= self.rate:
                return None
            usable = [fault for fault in self.faults if fault != "409" or conditional]
            fault = self.random.choice(usable) if usable else None
            if fault:
                self.spoiled[fault] = self.spoiled.get(fault, 0) + 1
            return fault

    def handle_error(self, request, client_address):
        pass


class Handler(socketserver.StreamRequestHandler):
    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def handle(self):
        while self.one_request():
            pass

    def count(self, step):
        with self.server.lock:
            self.server.busy += step
            self.server.busy_peak = max(self.server.busy_peak, self.server.busy)

    def one_request(self):
        line = self.rfile.readline().decode("latin-1")
        if not line:
            return False
        method, path, _ = line.split(" ")
        headers = []
        while (text := self.rfile.readline().decode("latin-1").rstrip("\r\n")):
            headers.append(tuple(part.strip() for part in text.split(":", 1)))
        given = {name.lower(): value for name, value in headers}
        body = self.rfile.read(int(given.get("content-length", "0")))
        self.server.looks(given)
        fault = self.server.draw(method, path, "if-none-match" in given)
        if fault in ("500", "503", "429", "409"):
            text = b"<Error><Code>Injected</Code><Message>by the test</Message></Error>"
            self.wfile.write(f"HTTP/1.1 {fault} Injected\r\nContent-Length: {0 if method == 'HEAD' else len(text)}\r\n\r\n".encode() + (b"" if method == "HEAD" else text))
            return True
        if fault == "reset":
            self.reset()
            return False
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target_port, timeout=60)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        self.count(1)
        connection.endheaders(body or None)
        answer = connection.getresponse()
        content = answer.read()
        self.count(-1)
        if fault == "lost":
            self.reset()
            return False
        size = answer.getheader("content-length", "0") if method == "HEAD" else len(content)
        head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in answer.getheaders() if name.lower() not in ("content-length", "transfer-encoding", "connection", "keep-alive"))
        connection.close()
        with self.server.lock:
            self.server.body_bytes += len(content)
        half = fault in ("truncated", "stalled") and len(content) > 1
        self.wfile.write(f"{head}Content-Length: {size}\r\n\r\n".encode("latin-1") + (content[:len(content) // 2] if half else content))
        if half:
            self.wfile.flush()
            if fault == "stalled":
                time.sleep(self.server.stall_seconds)
            self.reset()
            return False
        return True
