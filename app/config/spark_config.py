"""spark_config: get_spark() and the settings of its session.

    from app.config.spark_config import get_spark, conf
    conf.set("spark.sql.shuffle.partitions", "8")
    spark = get_spark()

The session runs on a Vonk server of this process, which is started by the first get_spark() and ends with the process; SPARK_REMOTE names
another server instead (and VONK_REST_URL its Parquet service).
"""
import os
import threading
import warnings

import vonk
from vonk import owned

DEFAULTS = {
    "spark.app.name": "MetadataAPI",
    "spark.master": "local[*]",
    # The guide writes df = spark.read.parquet(...).filter(df.age > 25), where df is another DataFrame before.
    "spark.sql.analyzer.strictDataFrameColumnResolution": "false",
}


class SettingHoldsLater(UserWarning):
    """A setting that only a server's start reads was changed while one runs."""


class Settings:
    """Settings by key. What a session may change applies to the running one at once; the rest holds for the next start, and warns."""

    def __init__(self, values):
        self.values = dict(values)

    def set(self, key, value):
        self.values[key] = value = str(value).lower() if isinstance(value, bool) else str(value)
        spark = SparkConfig.spark
        if spark is not None and not self.apply(spark, key, value):
            warnings.warn(f"{key} is read when the engine starts: it holds from the next start on (SparkConfig.stop(), then get_spark())", SettingHoldsLater, stacklevel=2)
        return self

    @staticmethod
    def apply(spark, key, value):
        """False: KEY is not one that a running session may change."""
        from pyspark.errors import PySparkException
        if spark.conf.isModifiable(key) or key.startswith(("spark.hadoop.", "fs.")):
            try:
                spark.conf.set(key, value)
                return True
            except PySparkException:
                return False
        return False

    def get(self, key, default=None):
        return self.values.get(key, default)


conf = Settings(DEFAULTS)


class SparkConfig:
    """The session of this process, and what is known of it."""

    lock = threading.RLock()
    server = None
    spark = None

    @classmethod
    def get_spark(cls):
        """The session; made when there is none."""
        with cls.lock:
            if cls.spark is None:
                remote = os.environ.get("SPARK_REMOTE")
                if remote is None:
                    cls.server = owned.Server(conf.values)
                cls.spark = vonk.session_at(remote or cls.server.address)
            return cls.spark

    @classmethod
    def rest_url(cls):
        """Where the Parquet service answers."""
        with cls.lock:
            cls.get_spark()
            url = cls.server.rest if cls.server else os.environ.get("VONK_REST_URL")
        if not url:
            raise RuntimeError("SPARK_REMOTE names the server: VONK_REST_URL must name its Parquet service, for example http://127.0.0.1:8000")
        return url.rstrip("/")

    @classmethod
    def get_session_info(cls):
        """active, app_name, spark_version, master, ui_web_url and default_parallelism; without a session active is False alone."""
        with cls.lock:
            if cls.spark is None:
                return {"active": False}
            context = cls.spark.sparkContext
            return {
                "active": True,
                "app_name": context.appName,
                "spark_version": cls.spark.version,
                "master": context.master,
                "ui_web_url": context.uiWebUrl,
                "default_parallelism": context.defaultParallelism,
            }

    @classmethod
    def stop(cls):
        """Ends the session and the server that was started for it; the next get_spark() starts another with the settings as they are then."""
        with cls.lock:
            if cls.spark is not None:
                cls.spark.stop()
            if cls.server is not None:
                cls.server.stop()
            cls.spark = cls.server = None


def get_spark():
    """The session of this process; made when there is none."""
    return SparkConfig.get_spark()
