"""owned: a Vonk server of this process alone, which ends with it."""
import atexit
import os
import re
import subprocess
import tempfile

from vonk import binary, servers


class Server:
    """A running `vonk serve`. address: sc://HOST:PORT, rest: http://HOST:PORT of the Parquet service."""

    def __init__(self, settings):
        """settings: a dict, as in spark-defaults.conf."""
        words = [binary.path(), "serve", "--connect-port", "0", "--rest-port", "0", "--ui-port", "0"]
        for key, value in settings.items():
            words += ["--conf", f"{key}={value}"]
        self.log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, env=servers.environment())
        line = servers.ready_line(self.process, self.log)
        self.address = re.search(r"connect=(\S+)", line).group(1)
        self.rest = re.search(r"rest=(\S+)", line).group(1)
        self.owner = os.getpid()
        atexit.register(self.stop)

    def stop(self):
        """Ends the server; queries that run have some seconds. Does nothing in a child of the process that started it."""
        if self.process and os.getpid() == self.owner:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()
            self.log.close()
            self.process = None
            atexit.unregister(self.stop)
