"""spark.py: what real Spark answers to statements; run by formats_test with Spark's Python.

usage: PYTHON spark.py ROUNDS ANSWERS     ROUNDS: JSON, a list of lists of statements; each list ends with the first that fails

ANSWERS gets the answer of the last statement of each list that was run, as [schema, rows] or [condition].
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import record  # noqa: E402  pylint: disable=wrong-import-position


def last_answer(spark, statements):
    for statement in statements:
        answer = record.ask(spark, statement)
        if answer.condition:
            return [answer.condition]
    return [answer.schema, answer.rows]


def main():
    rounds = json.loads(pathlib.Path(sys.argv[1]).read_text())
    spark = record.start(sys.argv[2] + ".warehouse")
    answers = [last_answer(spark, statements) for statements in rounds]
    pathlib.Path(sys.argv[2]).write_text(json.dumps(answers))


main()
