"""connect_smoke_test: DataFrame programs see what they see on real Spark (tests/python/connect/smoke).

All of them with the newest client, a few with each of the others: what differs from client to client is messages and errors.
"""
import pathlib
import subprocess
import sys
import unittest

CONNECT = pathlib.Path(__file__).resolve().parent / "connect"
MAIN_CLIENT = "pyspark-client-4.2.0"
OTHERS = sorted(path.stem for path in (CONNECT / "clients").glob("*.txt") if path.stem != MAIN_CLIENT)
FEW = ("group_by", "pivots", "create_all_types", "create_from_pandas", "to_pandas", "local_iterator", "ambiguous_names", "parse_errors", "type_errors",
       "date_functions", "user_functions", "nested_access", "casts", "to_schema", "union_by_name", "shows", "write_modes", "partitions", "temp_views",
       "sql_with_arguments", "settings", "frames")


class Smoke(unittest.TestCase):
    """One test for each client whose answers are recorded; its differences are printed."""


def test_of(client, programs):
    def test(self):
        words = [sys.executable, str(CONNECT / "smoke"), "--client", client, *programs]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        if " skipped" in done.stdout.strip().splitlines()[-1]:
            self.skipTest(f"{client} cannot be installed here")
        self.assertEqual(done.returncode, 0, "\n" + done.stdout)
    return test


for name in (MAIN_CLIENT, *OTHERS):
    setattr(Smoke, "test_" + name.replace("-", "_").replace(".", "_"), test_of(name, () if name == MAIN_CLIENT else FEW))

if __name__ == "__main__":
    unittest.main()
