"""guide_program: runs the Python blocks of the Integration Guide as they are written, and checks what each leaves. For guide_test.py.

usage: guide_program GUIDE   in an empty folder, with a store at AWS_ENDPOINT_URL whose key is VONK_GUIDE_KEY, VONK_GUIDE_SECRET

Names that the guide leaves open are set before the blocks: conf, credentials, df. Blocks that touch Delta tables are left out.
"""
import contextlib
import io
import os
import pathlib
import re
import sys

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import s3  # noqa: E402  pylint: disable=wrong-import-position

from app.config.spark_config import SparkConfig, conf, get_spark  # noqa: E402  pylint: disable=wrong-import-position
from app.models.user_credentials import UserAWSCredentials  # noqa: E402  pylint: disable=wrong-import-position

STORE = s3.Client(int(os.environ["AWS_ENDPOINT_URL"].rsplit(":", 1)[1]))
ROWS = [{"id": i, "name": f"n{i}", "age": 20 + i % 20, "salary": 90000 + 1000 * i, "department": ("IT", "Engineering", "Sales")[i % 3], "employee_id": i,
         "year": 2023 + i % 2, "month": 1 + i % 3} for i in range(100)]
OLD = [row for row in ROWS if row["age"] > 25]


def parquet(rows):
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


def stored(bucket, key):
    status, _, body = STORE.call("GET", f"/{bucket}/{key}")
    assert status == 200, (key, status)
    return pq.read_table(io.BytesIO(body)).to_pylist()


def keys(bucket, prefix):
    text = STORE.call("GET", f"/{bucket}", {"list-type": "2", "prefix": prefix})[2].decode()
    return [s3.unescape(key) for key in re.findall("<Key>(.*?)</Key>", text)]


def equal(got, expected):
    assert got == expected, f"{got!r} instead of {expected!r}"


def parts(frame):
    return frame.rdd.getNumPartitions()


# --- a check for each block: words that it holds, and what must be true afterwards, of its names N and what it printed ---

def check_session(n, _):
    equal(n["spark"] is get_spark(), True)


def check_frame(n, _):
    equal(n["result"], len(OLD))
    equal(n["df"].columns, ["name", "salary"])


def check_lazy(n, printed):
    equal(n["df"].columns, ["name"])
    assert "|name|" in printed and "only showing top 20 rows" in printed, printed


def check_partitions(n, _):
    equal((n["num_partitions"] >= 1, parts(n["df"])), (True, 2))


def check_query(n, _):
    wanted = [{name: row[name] for name in ("id", "name", "salary")} for row in OLD]
    equal(n["result"]["data"], wanted[:100])
    equal((n["result"]["success"], n["result"]["stats"]["total_rows"], n["result"]["stats"]["num_columns"]), (True, len(wanted), 3))


def check_update(n, _):
    raised = [{**row, "salary": row["salary"] * 11 // 10} if row["department"] == "IT" else row for row in ROWS]
    equal(stored("my-bucket", "data/users_modified.parquet"), raised)
    result = n["result"]
    equal((result["initial_rows"], result["final_rows"], result["rows_affected"]), (100, 100, sum(row["department"] == "IT" for row in ROWS)))
    equal(stored("my-bucket", "data/users.parquet"), ROWS)


def check_memory(_, __):
    equal([conf.get(key) for key in ("spark.driver.memory", "spark.executor.memory", "spark.memory.offHeap.enabled", "spark.memory.offHeap.size")], ["4g", "4g", "true", "2g"])


def check_parallelism(n, _):
    equal(get_spark().conf.get("spark.sql.shuffle.partitions"), "8")
    get_spark().conf.set("spark.sql.adaptive.enabled", "false")
    equal(parts(n["frame"]().groupBy("id").count()), 8)
    get_spark().conf.unset("spark.sql.adaptive.enabled")
    SparkConfig.stop()
    equal((parts(get_spark().range(100)), SparkConfig.get_session_info()["default_parallelism"]), (8, 8))
    n["spark"] = get_spark()


def check_s3(n, _):
    equal(get_spark().conf.get("spark.hadoop.fs.s3a.connection.maximum"), "100")
    equal(get_spark().read.parquet("s3a://bucket/data.parquet").count(), 100)


def check_early(n, _):
    equal(n["df"].count(), len(OLD))


def check_columns(n, _):
    equal((n["result"].columns, n["result"].count()), (["name", "salary"], 100))


def check_layout(n, _):
    folders = sorted(str(path.relative_to("output")) for path in pathlib.Path("output").glob("year=*/month=*"))
    equal(folders, sorted({f"year={row['year']}/month={row['month']}" for row in ROWS}))
    equal(n["df"].count(), sum(row["year"] == 2024 and row["month"] == 1 for row in ROWS))


def check_cache(n, _):
    equal((n["count1"], n["count2"], n["df"].is_cached), (len(OLD), 3, True))


def check_broadcast(n, _):
    equal(n["result"].count(), 50)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        n["result"].explain()
    assert "build right" in out.getvalue(), out.getvalue()  # the small table's rows are what is looked up


def check_info(n, printed):
    info = n["info"]
    equal((info["active"], info["app_name"], info["master"], sorted(info)), (True, "MetadataAPI", "local[*]",
          ["active", "app_name", "default_parallelism", "master", "spark_version", "ui_web_url"]))
    assert str(info) in printed


def check_workflow(n, printed):
    rich = [row for row in ROWS if row["department"] == "Engineering" and row["salary"] > 100000]
    equal((n["result"]["stats"]["total_rows"], n["result"]["data"][:3]), (len(rich), rich[:3]))
    equal(n["modify_result"]["final_rows"], 100)
    found = keys("my-bucket", "data/employees_processed.parquet/")
    equal(sorted({key.split("/")[2] for key in found}), ["_SUCCESS", "department=Engineering", "department=IT", "department=Sales"])
    rows = [row for key in found if key.endswith(".parquet") for row in stored("my-bucket", key)]
    equal(sorted(row["level"] for row in rows), sorted("Senior" if row["salary"] > 150000 else "Junior" for row in ROWS))
    equal(sorted(float(row["new_salary"]) for row in rows), sorted(row["salary"] * 11 / 10 for row in ROWS))
    equal((n["merge_result"]["files_merged"], n["merge_result"]["total_rows"]), (3, 100))
    equal(sorted(row["employee_id"] for row in stored("my-bucket", "data/employees_q1_2024.parquet")), list(range(100)))
    assert f"Found {len(rich)} employees" in printed and "Wrote 100 rows" in printed and "Merged 3 files into 100 rows" in printed, printed


def check_less(n, _):
    equal((n["df"].count(), conf.get("spark.driver.memory")), (100, "8g"))


def check_slow(n, printed):
    equal((parts(n["df"]), n["df"].is_cached, printed.strip().isdigit()), (8, True, True))


def check_timeouts(_, __):
    equal(get_spark().conf.get("spark.hadoop.fs.s3a.connection.timeout"), "600000")
    equal(get_spark().read.parquet("s3a://bucket/data.parquet").count(), 100)


CHECKS = [
    ("# Get Spark session", check_session), ("s3a://bucket/data.parquet", check_frame), ("# No file read yet", check_lazy), ("num_partitions =", check_partitions),
    ("# Column pruning", check_query), ("UPDATE data_table", check_update), ("spark.memory.offHeap.size", check_memory), ("spark.sql.shuffle.partitions", check_parallelism),
    ("fs.s3a.fast.upload", check_s3), ("# ❌ Bad - reads all data", check_early), ("reads all 50 columns", check_columns), ("partitionBy(\"year\"", check_layout),
    ("df.cache()\n\n# Now both", check_cache), ("import broadcast", check_broadcast), ("get_session_info", check_info), ("merge_multiple_files", check_workflow),
    ("df.limit(1000)", check_less), ("# Match CPU cores", check_slow), ("connection.establish.timeout", check_timeouts),
]


def prepare():
    for bucket, key in (("bucket", "data.parquet"), ("my-bucket", "data/users.parquet"), ("my-bucket", "data/employees.parquet")):
        STORE.call("PUT", f"/{bucket}")
        assert STORE.call("PUT", f"/{bucket}/{key}", body=parquet(ROWS))[0] == 200, key
    for month in range(3):
        assert STORE.call("PUT", f"/my-bucket/data/employees_2024_0{month + 1}.parquet", body=parquet(ROWS[month * 25:month * 25 + 50]))[0] == 200
    for name, rows in (("file", ROWS), ("large_file", ROWS), ("large", ROWS), ("small", [{"id": i, "label": f"l{i}"} for i in range(50)])):
        pathlib.Path(f"{name}.parquet").write_bytes(parquet(rows))


def main(guide):
    blocks = [block for block in re.findall(r"```python\n(.*?)```", pathlib.Path(guide).read_text(encoding="utf-8"), re.S) if "delta" not in block.lower()]
    prepare()
    credentials = UserAWSCredentials(os.environ["VONK_GUIDE_KEY"], os.environ["VONK_GUIDE_SECRET"])
    names = {"conf": conf, "credentials": credentials, "frame": lambda: get_spark().createDataFrame(ROWS)}
    seen = set()
    for block in blocks:
        (words, check), = [pair for pair in CHECKS if pair[0] in block]
        names["df"] = names["frame"]()
        text = block.replace("YOUR_KEY", credentials.aws_access_key_id).replace("YOUR_SECRET", credentials.aws_secret_access_key)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(text, f"<{words}>", "exec"), names)  # pylint: disable=exec-used
        check(names, printed.getvalue())
        seen.add(words)
    assert seen == {words for words, _ in CHECKS}, "blocks that are not in the guide: " + ", ".join({words for words, _ in CHECKS} - seen)
    SparkConfig.stop()
    print(f"{len(blocks)} blocks of {guide.rsplit('/', 1)[-1]} did what they say")


if __name__ == "__main__":
    main(sys.argv[1])
