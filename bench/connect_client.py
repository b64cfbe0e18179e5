"""connect_client.py: the client's side of bench/connect, under the Python of a stock PySpark client; prints one JSON object.

usage: connect_client.py record HOST:PORT SESSION_ID ROWS FILE      runs the query once and writes what the server answered
       connect_client.py arrow RUNS SESSION_ID ROWS HOST:PORT:PID...  seconds of toArrow() per server, taking turns, and their memory
       connect_client.py tpch HOST:PORT RUNS FILE                   seconds of spark.sql(q).collect(); FILE: views and queries as JSON
"""
import json
import pathlib
import re
import struct
import sys
import time

import grpc
from pyspark.sql import functions as F  # noqa: F401  pylint: disable=unused-import
from pyspark.sql.connect.client import DefaultChannelBuilder
from pyspark.sql.connect.session import SparkSession

COLUMNS = "id", "cast(id AS int) AS k", "id * 0.25D AS x", "timestamp_micros(id) AS at"


class Recorder(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Messages of the last call of each path, as they came."""

    def __init__(self):
        self.calls = {}

    def intercept_unary_unary(self, continuation, client_call_details, request):
        call = continuation(client_call_details, request)
        self.calls[client_call_details.method] = [call.result().SerializeToString()]
        return call

    def intercept_unary_stream(self, continuation, client_call_details, request):
        messages = self.calls[client_call_details.method] = []
        for message in continuation(client_call_details, request):
            messages.append(message.SerializeToString())
            yield message

    def write(self, path):
        with open(path, "wb") as file:
            for method, messages in self.calls.items():
                method = method if isinstance(method, bytes) else method.encode()
                file.write(struct.pack("<I", len(method)) + method + struct.pack("<I", len(messages)))
                for message in messages:
                    file.write(struct.pack("<I", len(message)) + message)


def session_on(address, session_id=None, interceptor=None):
    words = f"/;session_id={session_id}" if session_id else ""
    builder = DefaultChannelBuilder(f"sc://{address}{words}", [("grpc.use_local_subchannel_pool", 1)])
    if interceptor:
        builder.add_interceptor(interceptor)
    return SparkSession.builder.channelBuilder(builder).create()


def query(spark, row_count):
    return spark.range(0, row_count, 1, 2).selectExpr(*COLUMNS)


def resident_mib(pid):
    return int(re.search(r"RssAnon:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def record(address, session_id, row_count, path):
    recorder = Recorder()
    spark = session_on(address, session_id, recorder)
    table = query(spark, int(row_count)).toArrow()
    recorder.write(path)
    return {"rows": table.num_rows, "columns": table.num_columns, "bytes": table.nbytes}


def arrow(runs, session_id, row_count, *servers):
    pids = [server.rsplit(":", 1)[1] for server in servers]
    frames = [query(session_on(server.rsplit(":", 1)[0], session_id), int(row_count)) for server in servers]
    seconds, memory = [[] for _ in servers], [[] for _ in servers]
    for _ in range(int(runs) + 1):  # the first warms up
        for index, frame in enumerate(frames):
            began = time.perf_counter()
            rows = frame.toArrow().num_rows
            seconds[index].append(time.perf_counter() - began)
            memory[index].append(resident_mib(pids[index]))
            if rows != int(row_count):
                raise ValueError(f"{rows} rows")
    return {"seconds": [times[1:] for times in seconds], "memory": memory}


def tpch(address, runs, path):
    work = json.loads(pathlib.Path(path).read_text())
    spark = session_on(address)
    for view in work["views"]:
        spark.sql(view).collect()
    found = {}
    for number, sql in work["queries"].items():
        times = []
        for _ in range(int(runs) + 1):
            began = time.perf_counter()
            spark.sql(sql).collect()
            times.append(time.perf_counter() - began)
        found[number] = times[1:]
    return found


def main():
    print(json.dumps({"record": record, "arrow": arrow, "tpch": tpch}[sys.argv[1]](*sys.argv[2:])))


if __name__ == "__main__":
    main()
