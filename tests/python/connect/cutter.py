"""cutter: a TCP proxy in front of a server that cuts a share of its connections after a random number of bytes."""
import random
import socket
import threading


class Cutter:
    """Listens on `port` until it is closed; `cut_count` connections have been cut so far."""

    def __init__(self, port, share, seed=0):
        self.target, self.share, self.chance = port, share, random.Random(seed)
        self.cut_count = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            left = self.budget()
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(source, sink, left), daemon=True).start()

    def budget(self):
        """Bytes after which the connection is cut; a list, shared by both directions; None: it lives."""
        with self.lock:
            return [self.chance.randrange(2_000, 200_000)] if self.chance.random() < self.share else [None]

    def pump(self, source, sink, left):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
                if left[0] is None:
                    continue
                left[0] -= len(data)
                if left[0] <= 0:
                    with self.lock:
                        self.cut_count += 1
                    break
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
