"""sessions: session() returns the installed client's own SparkSession on a Vonk server."""
import os

from vonk import classic, servers


class ClientNotInstalled(ImportError):
    """There is no PySpark client."""


def session_class():
    # At a prompt, pyspark-client looks for SPARK_HOME while it is imported, and ends the process when there is none.
    lacks_home = "SPARK_HOME" not in os.environ
    os.environ.setdefault("SPARK_HOME", os.path.dirname(os.path.abspath(__file__)))
    try:
        from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise ClientNotInstalled(f"vonk.session() needs a PySpark client with Spark Connect: pip install 'vonk[client]' ({error})") from error
    finally:
        if lacks_home:
            del os.environ["SPARK_HOME"]
    return SparkSession


def session(**conf):
    """A PySpark session on SPARK_REMOTE, else on the user's Vonk server, which is started when none runs.

    conf: settings, for example session(**{"spark.sql.shuffle.partitions": "8"}).

    Each call makes a session of its own. What jobs written for a JVM expect (spark.sparkContext, df.rdd, ...) works as far as
    vonk.classic has it.
    """
    return session_at(os.environ.get("SPARK_REMOTE") or servers.find_or_start(), conf)


def session_at(remote, conf=()):
    """The same on the server at REMOTE, sc://HOST:PORT."""
    builder = session_class().builder.remote(remote)
    for key, value in dict(conf).items():
        builder = builder.config(key, value)
    spark = builder.create()
    classic.install()
    classic.adopt(spark)
    return spark
