"""formats_test: files of text are read, and tables in files written, as Spark 4.2.1 does it.

What Spark reads in the files of formats/cases.py is recorded in formats/answers.json (written by `python3 tests/python/formats_test.py --record`). What is written is read
back by the other side where VONK_SPARK_PYTHON names a Python with PySpark, both ways; without it that half is skipped.
"""
import datetime
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE.parent), str(HERE / "formats")]
import cases  # noqa: E402  pylint: disable=wrong-import-position
import testfile  # noqa: E402  pylint: disable=wrong-import-position

VONK = os.environ.get("VONK", "build/release/vonk")
SPARK = os.environ.get("VONK_SPARK_PYTHON")
ANSWERS = HERE / "formats/answers.json"
NO_CONDITION = "(none)"  # an exception of Java's own: any error of ours is as good


def quoted(text):
    for plain, written in (("\\", "\\\\"), ("'", "\\'"), ("\0", "\\0"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(plain, written)
    return f"'{text}'"


def option_list(options):
    return ", ".join(f"`{key}` {quoted(value)}" for key, value in options.items())


def view(number, form, path, options, columns):
    written = f" ({columns})" if columns else ""
    return [f"CREATE TEMP VIEW v{number}{written} USING {form} OPTIONS ({option_list({'path': str(path), **options})})", f"SELECT * FROM v{number}"]


def place_files(folder, data):
    for name, content in (data if isinstance(data, dict) else {"f": data}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def reading_rounds(work):
    rounds = []
    for number, (form, data, options, columns) in enumerate(cases.reading()):
        folder = pathlib.Path(work) / str(number)
        place_files(folder, data)
        rounds.append(view(number, form, folder, options, columns))
    return rounds


def ask_vonk(rounds, work):
    """The answer of the first statement of each round that fails, or of the last."""
    script = pathlib.Path(work) / "rounds.sql"
    script.write_text("".join(f"{statement};\n" for statement in itertools.chain(*rounds)))
    words = [str(pathlib.Path(VONK).resolve()), "sql", "--format", "test", "--conf", "spark.sql.session.timeZone=UTC", "-f", str(script)]
    done = subprocess.run(words, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    if done.returncode not in (0, 1):
        raise AssertionError(f"vonk ended with {done.returncode}: {done.stderr[-2000:]!r}")
    given = iter(testfile.parse_answers(done.stdout.decode("utf-8", "replace")))
    answers = []
    for statements in rounds:
        seen = [next(given) for _ in statements]
        failed = [answer for answer in seen if answer.condition]
        answers.append([failed[0].condition] if failed else [seen[-1].schema, list(seen[-1].rows)])
    return answers


def ask_spark(rounds, work):
    (pathlib.Path(work) / "rounds.json").write_text(json.dumps(rounds))
    words = [str(HERE.parent / "servers/spark"), "python", str(HERE / "formats/spark.py"), f"{work}/rounds.json", f"{work}/answers.json"]
    done = subprocess.run(words, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=1200)
    if done.returncode:
        raise AssertionError(done.stderr[-3000:])
    return json.loads((pathlib.Path(work) / "answers.json").read_text())


def steady(answers):
    """A time without a day is today's, in some zone."""
    text = json.dumps(answers)
    for days in (-1, 0, 1):
        text = text.replace((datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days)).strftime("%Y-%m-%d"), "{today}")
    return json.loads(text)


def same(wanted, seen):
    if wanted == [NO_CONDITION]:
        return len(seen) == 1
    if len(wanted) == 1 or len(seen) == 1:
        return wanted == seen
    return wanted[0] == seen[0] and sorted(wanted[1]) == sorted(seen[1])


class Reading(unittest.TestCase):
    def test_as_on_spark(self):
        recorded = json.loads(ANSWERS.read_text())
        with tempfile.TemporaryDirectory(prefix="vonk-formats-") as work:
            rounds = reading_rounds(work)
            seen = steady(ask_vonk(rounds, work))
        self.assertEqual(len(recorded), len(rounds), "formats/answers.json is not of these cases")
        wrong = []
        for case, wanted, found in zip(cases.reading(), recorded, seen):
            if not same(wanted, found) and not cases.is_open(*case):
                wrong.append(f"{case}\n  Spark: {wanted}\n  Vonk:  {found}")
        if wrong:
            self.fail(f"{len(wrong)} of {len(rounds)} differ:\n" + "\n".join(wrong[:20]))


@unittest.skipUnless(SPARK, "VONK_SPARK_PYTHON names no Python with PySpark: what is written is not compared")
class Writing(unittest.TestCase):
    """Both write; each reads both."""

    def test_as_on_spark(self):
        every = list(cases.writing())
        with tempfile.TemporaryDirectory(prefix="vonk-formats-") as work:
            write = {name: [[f"CREATE TABLE t{number} USING {form} OPTIONS ({option_list({**options, 'path': f'{work}/{name}/{number}'})}) AS {query}"]
                            for number, (form, query, options, _, _) in enumerate(every)] for name in ("vonk", "spark")}
            read = [view(f"{name}{number}", form, f"{work}/{name}/{number}", options, columns)
                    for name in ("vonk", "spark") for number, (form, _, _, options, columns) in enumerate(every)]
            ours = ask_vonk(write["vonk"], work)
            theirs = ask_spark(write["spark"] + read, work)
            written, theirs = theirs[:len(every)], theirs[len(every):]
            seen = ask_vonk(read, work)
        wrong = []
        for number, case in enumerate(every):
            answers = {"vonk of vonk": seen[number], "vonk of spark": seen[len(every) + number], "spark of vonk": theirs[number], "spark of spark": theirs[len(every) + number]}
            if cases.is_open_writing(*case):
                continue
            if not same(written[number], ours[number]):
                wrong.append(f"{case}\n  written: Spark {written[number]}, Vonk {ours[number]}")
            elif len(written[number]) > 1 and not all(same(answers["spark of spark"], answer) for answer in answers.values()):
                wrong.append(f"{case}\n" + "\n".join(f"  {who}: {answer}" for who, answer in answers.items()))
        if wrong:
            self.fail(f"{len(wrong)} of {len(every)} differ:\n" + "\n".join(wrong[:20]))


def record():
    with tempfile.TemporaryDirectory(prefix="vonk-formats-") as work:
        answers = steady(ask_spark(reading_rounds(work), work))
    ANSWERS.write_text("[\n" + ",\n".join(json.dumps(answer) for answer in answers) + "\n]\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--record"]:
        record()
    else:
        unittest.main()
