"""owned: a Vonk server of this process alone, which ends with it."""
import atexit
import os
import re
import subprocess
import tempfile

from vonk import binary, servers


def properties(settings):
    """The text of a properties file. Settings for Hadoop's file systems have no place there but under spark.hadoop."""
    def escaped(text, special):
        return "".join({"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char, "\\" + char if char in special else char) for char in text)
    named = {key if key.startswith(("spark.", "vonk.")) else f"spark.hadoop.{key}": value for key, value in settings.items()}
    return "".join(f"{escaped(key, ' :=#!' + chr(92))}={escaped(value, ' ' + chr(92))}\n" for key, value in named.items())


class Server:
    """A running `vonk serve`. address: sc://HOST:PORT, rest: http://HOST:PORT of the Parquet service."""

    def __init__(self, settings):
        """settings: a dict, as in spark-defaults.conf."""
        words = [binary.path(), "serve", "--connect-port", "0", "--rest-port", "0", "--ui-port", "0", "--load-spark-defaults", "--properties-file"]
        self.log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        # A file that only we can read: words of a command are seen by everybody on the machine, and settings may be keys.
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="vonk-settings-") as file:
            file.write(properties(settings))
            file.flush()
            self.process = subprocess.Popen(words + [file.name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, env=servers.environment())
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
