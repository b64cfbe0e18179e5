"""vonk.py: drives the SQL shell of a built vonk and reads its answers and times."""
import decimal
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.append(str(ROOT / "tests"))
import testfile
import tpch

TIME_TAKEN = re.compile(r"^Time taken: ([0-9.]+) seconds", re.M)


class Failed(Exception):
    pass


def views(data):
    return [f"CREATE TEMP VIEW {table} USING parquet OPTIONS (path '{data}/{table}.parquet')" for table in tpch.TABLES]


def run(binary, statements, confs=()):
    """(answers, seconds of each, peak resident bytes) of one process that runs STATEMENTS; a failed one has seconds None."""
    with tempfile.TemporaryDirectory(prefix="vonk-bench-") as scratch:
        script = pathlib.Path(scratch) / "statements.sql"
        script.write_text("".join(statement + "\n;\n" for statement in statements))
        words = [str(binary), "sql", "--format", "test", "--conf", f"spark.local.dir={scratch}/local",
                 "--conf", f"spark.sql.warehouse.dir={scratch}/warehouse"]
        for conf in confs:
            words += ["--conf", conf]
        with open(f"{scratch}/stdout", "w+") as stdout, open(f"{scratch}/stderr", "w+") as stderr:
            process = subprocess.Popen(words + ["-f", str(script)], cwd=scratch, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            stdout.seek(0)
            stderr.seek(0)
            output, messages = stdout.read(), stderr.read()
        answers = testfile.parse_answers(output)
        times = list(map(float, TIME_TAKEN.findall(messages)))
        good = [answer for answer in answers if answer.condition is None]
        if process.returncode not in (0, 1) or len(answers) != len(statements) or len(times) != len(good):
            raise Failed(f"exit code {process.returncode}, {len(answers)} answers and {len(times)} times for "
                         f"{len(statements)} statements: {messages[-2000:]}")
        upcoming = iter(times)
        return answers, [next(upcoming) if answer.condition is None else None for answer in answers], usage.ru_maxrss * 1024


def rows(answer):
    """The rows of an answer as encoded values (tpch.encode), by its schema."""
    types = [field.split(":", 1)[1] for field in re.split(r",(?![^(]*\))", answer.schema[len("struct<"):-1])]
    return [[value_of(kind, text) for kind, text in zip(types, row.split("\t"))] for row in answer.rows]


def value_of(kind, text):
    if text == "NULL":
        return None
    if kind in ("tinyint", "smallint", "int", "bigint"):
        return int(text)
    if kind in ("float", "double"):
        return float(text)
    if kind.startswith("decimal"):
        return tpch.encode(decimal.Decimal(text))
    return text
