"""load_client: many sessions of one client process at once, each asking mixed queries whose answers are known.

usage: load_client.py PORT SESSIONS QUERIES

Prints each wrong answer and lost query, and at the end one line: `done N, wrong M`.
"""
import logging
import random
import sys
import threading

from pyspark.sql import functions as F
from pyspark.sql.connect.client import DefaultChannelBuilder
from pyspark.sql.connect.session import SparkSession

logging.disable(logging.CRITICAL)


def count(spark, n, _):
    return spark.range(n).count() == n


def total(spark, n, _):
    return spark.sql(f"SELECT sum(id) AS x FROM range({n})").collect()[0].x == n * (n - 1) // 2


def rows(spark, n, _):
    """Enough for several responses, so that a cut falls between them."""
    return [row.id for row in spark.range(20 * n).filter("id % 2 = 0").collect()] == list(range(0, 20 * n, 2))


def view(spark, n, name):
    spark.range(n).createOrReplaceTempView(f"v{name}")
    return spark.table(f"v{name}").agg(F.max("id")).collect()[0][0] == n - 1


def refused(spark, _, name):
    try:
        spark.sql(f"SELECT nosuch{name}").collect()
    except Exception as error:  # pylint: disable=broad-except
        return error.getCondition() == "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION"
    return False


def local(spark, n, _):
    wanted = [(i, str(i)) for i in range(n % 50 + 1)]
    return [tuple(row) for row in spark.createDataFrame(wanted, ["a", "b"]).collect()] == wanted


QUERIES = [count, total, rows, view, refused, local]


class Load:
    """What all sessions found."""

    def __init__(self, port, query_count):
        self.port, self.query_count, self.lock = port, query_count, threading.Lock()
        self.done = self.wrong = 0

    def note(self, good, what):
        with self.lock:
            self.done += good
            self.wrong += not good
            if not good:
                print(what, flush=True)

    def session(self, number):
        chance = random.Random(number)
        # A connection of its own: channels of one process share them otherwise.
        channel = DefaultChannelBuilder(f"sc://127.0.0.1:{self.port}", [("grpc.use_local_subchannel_pool", 1)])
        spark = SparkSession.builder.channelBuilder(channel).create()
        for turn in range(self.query_count):
            query, n = chance.choice(QUERIES), chance.randrange(1, 2000)
            what = f"session {number}, query {turn}: {query.__name__}({n})"
            try:
                self.note(query(spark, n, number), what)
            except Exception as error:  # pylint: disable=broad-except
                self.note(False, f"{what}: {type(error).__name__}: {str(error)[:300]}")
        spark.stop()


def main():
    port, session_count, query_count = map(int, sys.argv[1:])
    load = Load(port, query_count)
    threads = [threading.Thread(target=load.session, args=(number,)) for number in range(session_count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"done {load.done}, wrong {load.wrong}")


if __name__ == "__main__":
    main()
