"""drive.py: one engine, one process, all queries; started by bench/run with the Python that has the engine.

Per query: the files are dropped from the OS cache and the query runs once (cold), then RUNS times more (hot). Time ends when
the result is in memory as the engine gives it; turning it into comparable rows is outside. Writes one JSON file.
"""
import argparse
import importlib
import json
import os
import pathlib
import resource
import sys
import time

sys.dont_write_bytecode = True
import tpch


def forget(folder):
    """Asks the kernel to drop the data's pages, so that the next read comes from the disk."""
    for path in pathlib.Path(folder).glob("*.parquet"):
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def measure(run, data, runs):
    """What RUN answers and how long it takes."""
    began = time.perf_counter()
    if data:
        forget(data)
        began = time.perf_counter()
    result = run()
    seconds = [time.perf_counter() - began]
    for _ in range(runs):
        began = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - began)
    return result, seconds[0], seconds[1:]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine")
    parser.add_argument("--data", required=True)
    parser.add_argument("--scale", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--queries", required=True)
    parser.add_argument("--memory")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    engine = importlib.import_module(f"engines.{options.engine}_engine").Engine(options)
    answers = {}
    for number, sql in tpch.queries(options.scale, set(map(int, options.queries.split(",")))).items():
        try:
            result, cold, hot = measure(lambda: engine.query(sql), options.data, options.runs)
            answers[number] = {"cold": cold, "hot": hot, "rows": [list(map(tpch.encode, row)) for row in engine.rows(result)]}
        except BaseException as error:  # Rust panics are not Exceptions
            if isinstance(error, KeyboardInterrupt):
                raise
            answers[number] = {"error": f"{type(error).__name__}: {error}"[:500]}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    pathlib.Path(options.out).write_text(json.dumps({"version": engine.version, "peak": peak, "queries": answers}))
    sys.stdout.flush()
    os._exit(0)  # servers inside the process need no polite end


if __name__ == "__main__":
    main()
