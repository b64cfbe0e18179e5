"""connect_chunk_test: batches of a result in parts, where clients allow it (protocol 4.1 and up)."""
import json
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connect"))
import server  # noqa: E402  pylint: disable=wrong-import-position

CLIENT = "pyspark-client-4.2.0"


class Chunks(unittest.TestCase):
    def setUp(self):
        done = subprocess.run([str(HERE / "connect/client"), CLIENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            self.skipTest(f"{CLIENT} cannot be installed here")
        with server.serving() as (_, address):
            words = [done.stdout.strip(), str(HERE / "connect/chunk_client.py"), address.removeprefix("sc://").split("/")[0]]
            asked = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        self.assertEqual(asked.returncode, 0, asked.stderr[-3000:])
        self.found = json.loads(asked.stdout)

    def test_parts(self):
        whole = self.found["not allowed"]
        self.assertEqual([batch[:-1] for batch in whole], [[2000, 0], [1000, 2000]])
        self.assertEqual(self.found["off"], whole)
        for what, most in (("allowed", 8000), ("preferred", 2000), ("too small", 8000), ("too large", 8000)):
            wanted = []
            for rows, offset, data in whole:
                parts = [data[at:at + 2 * most] for at in range(0, len(data), 2 * most)]
                wanted += [[rows, offset, index, len(parts), part] for index, part in enumerate(parts)]
            self.assertEqual(self.found[what], wanted, what)


if __name__ == "__main__":
    unittest.main()
