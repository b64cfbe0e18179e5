"""peers.py: runs another engine over the queries in a process of its own, and finds the Python and the data for it."""
import json
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def data_folder(options):
    """What --data names, or the tables of scale --sf, made when they are not there."""
    if not options.data:
        words = [str(ROOT / "bench/data"), "--sf", options.sf]
        return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return os.path.abspath(options.data)


def python():
    folder = os.environ.get("VONK_PEERS")
    if not folder:
        words = [str(ROOT / "scripts/venv"), "peers", str(ROOT / "bench/requirements.txt")]
        folder = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return f"{folder}/bin/python"


def run(engine, options, numbers):
    """What bench/drive.py measured: version, peak bytes, and per query cold, hot and rows, or an error."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        words = [python(), str(ROOT / "bench/drive.py"), engine, "--data", options.data, "--scale", options.sf, "--threads",
                 str(options.threads), "--runs", str(options.runs), "--queries", ",".join(map(str, numbers)), "--out", out.name]
        done = subprocess.run(words + (["--memory", options.memory] if options.memory else []), stderr=subprocess.PIPE, text=True)
        text = pathlib.Path(out.name).read_text()
    if not text:
        error = f"exit code {done.returncode}: {done.stderr[-500:]}"
        return {"version": "?", "peak": 0, "queries": {number: {"error": error} for number in numbers}}
    result = json.loads(text)
    result["queries"] = {int(number): answer for number, answer in result["queries"].items()}
    return result
