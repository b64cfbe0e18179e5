"""app_test: the modules of app/ that need no store: the session, its settings, its end; scripts/test_spark_local.py."""
import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE / "connect"))
import server  # noqa: E402  pylint: disable=wrong-import-position

CLIENT = "pyspark-client-4.2.0"

SETTINGS = """
import warnings
from app.config.spark_config import SparkConfig, SettingHoldsLater, conf, get_spark
print(SparkConfig.get_session_info())
conf.set("spark.driver.memory", "1g").set("spark.default.parallelism", 8)
spark = get_spark()
print(spark is get_spark(), SparkConfig.get_session_info())
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    conf.set("spark.sql.shuffle.partitions", "11")
    conf.set("spark.sql.adaptive.enabled", False)
    print(len(seen), spark.conf.get("spark.sql.shuffle.partitions"), spark.range(100).groupBy("id").count().rdd.getNumPartitions())
    conf.set("spark.driver.memory", "2g")
    conf.set("spark.default.parallelism", "3")
    print([warning.category is SettingHoldsLater for warning in seen], "spark.driver.memory" in str(seen[0].message))
print(spark.range(0, 100).rdd.getNumPartitions())
SparkConfig.stop()
print(SparkConfig.get_session_info(), get_spark().range(0, 100).rdd.getNumPartitions())
"""
SETTINGS_OUTPUT = """\
{'active': False}
True {'active': True, 'app_name': 'MetadataAPI', 'spark_version': '4.2.1', 'master': 'local[*]', 'ui_web_url': None, 'default_parallelism': 8}
0 11 11
[True, True] True
8
{'active': False} 3
"""

CREDENTIALS = """
from app.models.user_credentials import UserAWSCredentials
c = UserAWSCredentials(aws_access_key_id="AKIAVERYSECRET", aws_secret_access_key="alsosecret", aws_region="eu-west-1")
print("secret" in repr(c).lower(), sorted(c.fields()))
try:
    from app.services.spark_delta_service import spark_delta_service
except ImportError as error:
    print(error)
from app.services.spark_parquet_service import SparkServiceError, spark_parquet_service
try:
    spark_parquet_service.read_and_query("a/b", "key", c)
except SparkServiceError as error:
    print(error.status, error.code, error.sqlstate)
"""
CREDENTIALS_OUTPUT = """\
False ['aws_access_key_id', 'aws_region', 'aws_secret_access_key']
app.services.spark_delta_service: Delta tables are not supported yet; spark_parquet_service works on Parquet files
400 REST_INVALID_FIELD 22023
"""


def client_python():
    done = subprocess.run([str(HERE / "connect/client"), CLIENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise unittest.SkipTest(f"{CLIENT} cannot be installed here")
    return done.stdout.strip()


class App(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.python = client_python()

    def run_python(self, *words):
        environment = {name: value for name, value in os.environ.items() if name not in ("SPARK_REMOTE", "VONK_REST_URL")}
        environment.update(PYTHONPATH=f"{ROOT}/python:{ROOT}", VONK_BINARY=server.VONK)
        done = subprocess.run([self.python, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        return done

    def test_settings(self):
        done = self.run_python("-c", SETTINGS)
        self.assertEqual(done.stdout, SETTINGS_OUTPUT, done.stderr)

    def test_credentials_and_errors(self):
        done = self.run_python("-c", CREDENTIALS)
        self.assertEqual(done.stdout, CREDENTIALS_OUTPUT, done.stderr)

    def test_the_script(self):
        done = self.run_python(str(ROOT / "scripts/test_spark_local.py"))
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "5 passed, 0 failed"), done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
