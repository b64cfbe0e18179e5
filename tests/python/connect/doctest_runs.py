"""doctest_runs.py: runs PySpark's doctests, a module at a time, with a stock client against a server."""
import json
import os
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BASELINE = HERE / "doctests.json"
CLIENT = "pyspark-client-4.2.0"
MODULES = {"functions": "pyspark.sql.connect.functions.builtin", "dataframe": "pyspark.sql.connect.dataframe", "column": "pyspark.sql.connect.column",
           "catalog": "pyspark.sql.connect.catalog", "session": "pyspark.sql.connect.session", "readwriter": "pyspark.sql.connect.readwriter",
           "window": "pyspark.sql.connect.window", "group": "pyspark.sql.connect.group",
           "streaming_query": "pyspark.sql.connect.streaming.query", "streaming_readwriter": "pyspark.sql.connect.streaming.readwriter"}


def client_python(name):
    """The interpreter of a client's environment; None where it cannot be made."""
    done = subprocess.run([str(HERE / "client"), name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def run_module(python, module, remote, only=()):
    """(docstring's name -> None, or the first line of its first failure; how the client ended, None when well). ONLY these names; none: all."""
    with tempfile.TemporaryDirectory(prefix="vonk-doctests-") as folder:
        words = [python, str(HERE / "doctest_module.py"), MODULES[module], *only]
        env = {**os.environ, "SPARK_CONNECT_TESTING_REMOTE": remote, "SPARK_HOME": folder, "SPARK_REMOTE": remote, "TZ": "America/Los_Angeles",
               "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, errors="replace")
    results = {}
    for line in done.stdout.splitlines():
        if line.startswith("doctest-result "):
            name, first = json.loads(line.split(" ", 1)[1])
            results[name] = first
    well = done.returncode == 0 and results
    return results, None if well else (done.stderr.strip().splitlines() or ["?"])[-1][:300]
