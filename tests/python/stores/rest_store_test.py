"""rest_store_test: the Parquet service against a real S3 server: rows, filters, SQL, modifications, merges, isolation, what may not be said."""
import base64
import concurrent.futures
import contextlib
import decimal
import io
import json
import os
import pathlib
import sys
import unittest
import unittest.mock

import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import rest_test  # noqa: E402  pylint: disable=wrong-import-position
import s3  # noqa: E402  pylint: disable=wrong-import-position

BUCKET = "my-bucket"
CANARY = "CANARYbadsecret0123456789"
COUNT = 100


def people(first=0, count=COUNT):
    ids = range(first, first + count)
    return pa.table({
        "id": pa.array(ids, pa.int32()),
        "name": [f"n{i}" for i in ids],
        "age": pa.array([None if i % 10 == 9 else 20 + i % 50 for i in ids], pa.int32()),
        "salary": pa.array([1000 + 10 * i for i in ids], pa.int64()),
        "department": ["Engineering" if i % 4 == 0 else "IT" for i in ids],
    })


def parquet_bytes(table):
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


class Store(unittest.TestCase):
    """A store with one bucket, and a server whose own credentials are good for nothing."""

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.store = s3.Server()
        cls.stack.callback(cls.store.stop)
        environment = s3.environment(cls.store.port, AWS_ACCESS_KEY_ID="SERVEROWN", AWS_SECRET_ACCESS_KEY="server-own-secret")
        cls.stack.enter_context(unittest.mock.patch.dict(os.environ, environment, clear=True))
        cls.process, cls.address = cls.stack.enter_context(rest_test.serving())
        cls.store.call("PUT", f"/{BUCKET}")
        cls.put("data/people.parquet", people())

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    @classmethod
    def put(cls, key, table, bucket=BUCKET):
        status, _, answer = cls.store.call("PUT", f"/{bucket}/{key}", body=parquet_bytes(table))
        assert status == 200, answer

    def get(self, key):
        status, _, body = self.store.call("GET", f"/{BUCKET}/{key}")
        self.assertEqual(status, 200, key)
        return pq.read_table(io.BytesIO(body))

    def ask(self, route, status=200, **fields):
        body = {"bucket": BUCKET, "aws_access_key_id": s3.KEY, "aws_secret_access_key": s3.SECRET, **fields}
        got, _, answer = rest_test.ask(self.address, "POST", f"/api/spark/parquet/{route}", body)
        self.assertEqual((got, answer["success"]), (status, status == 200), answer)
        return answer

    def query(self, status=200, **fields):
        return self.ask("query", status, **{"key": "data/people.parquet", **fields})


class Query(Store):
    def ids(self, **filters):
        return [row["id"] for row in self.query(filters=filters, columns=["id"])["data"]]

    def test_rows(self):
        answer = self.query(columns=["id", "name"], filters={"age": {">": 25}, "department": "IT"}, limit=3)
        self.assertEqual(answer["data"], [{"id": 6, "name": "n6"}, {"id": 7, "name": "n7"}, {"id": 10, "name": "n10"}])
        total = sum(1 for row in people().to_pylist() if (row["age"] or 0) > 25 and row["department"] == "IT")
        self.assertEqual(answer["stats"], {"total_rows": total, "rows_returned": 3, "num_columns": 2, "file_path": f"s3a://{BUCKET}/data/people.parquet"})
        self.assertEqual(answer["schema"], [{"name": "id", "type": "int"}, {"name": "name", "type": "string"}])
        self.assertGreater(answer["execution_time_ms"], 0)
        self.assertEqual(self.query()["data"], people().to_pylist())
        self.assertEqual(self.query(limit=0)["stats"]["total_rows"], COUNT)

    def test_filters(self):
        rows = people().to_pylist()
        where = lambda test: [row["id"] for row in rows if test(row)]
        self.assertEqual(self.ids(id={"=": 7}), [7])
        self.assertEqual(self.ids(id={"!=": 7}), where(lambda row: row["id"] != 7))
        self.assertEqual(self.ids(id={">=": 90, "<": 95}), [90, 91, 92, 93, 94])
        self.assertEqual(self.ids(id={"<=": 1}), [0, 1])
        self.assertEqual(self.ids(id={"in": [3, 5, 1000]}), [3, 5])
        self.assertEqual(self.ids(id=[3, 5]), [3, 5])
        self.assertEqual(self.ids(name={"like": "n9%"}), [9, *range(90, 100)])
        self.assertEqual(self.ids(age={"is_null": True}), where(lambda row: row["age"] is None))
        self.assertEqual(self.ids(age=None), where(lambda row: row["age"] is None))
        self.assertEqual(len(self.ids(age={"is_null": False})), 90)
        self.assertEqual(self.ids(id={"between": [5, 7]}), [5, 6, 7])
        self.assertEqual(self.ids(salary=1010.0), [1])
        self.assertEqual(self.ids(name="n1' OR '1'='1"), [])
        self.assertEqual(self.ids(), list(range(COUNT)))
        for wrong in ({"id": {}}, {"id": {"~": 1}}, {"id": {"in": 1}}, {"id": {"in": []}}, {"id": {"between": [1]}}, {"id": {"is_null": 1}}, {"id": {">": [1]}}):
            self.assertEqual(self.query(400, filters=wrong)["code"], "REST_INVALID_FILTER")
        self.assertEqual(self.query(400, filters={"nothing": 1})["code"], "UNRESOLVED_COLUMN.WITH_SUGGESTION")
        self.assertEqual(self.query(400, columns=["nothing"])["code"], "UNRESOLVED_COLUMN.WITH_SUGGESTION")

    def test_sql(self):
        answer = self.query(sql_query="WITH x AS (SELECT department, salary FROM data_table) SELECT department, count(*) AS n, max(salary) FROM x GROUP BY 1 ORDER BY 1")
        self.assertEqual(answer["data"], [{"department": "Engineering", "n": 25, "max(salary)": 1960}, {"department": "IT", "n": 75, "max(salary)": 1990}])
        self.assertEqual(self.query(sql_query="SELECT count(*) AS n FROM data_table", filters={"id": {"<": 10}})["data"], [{"n": 10}])
        self.assertEqual(self.query(sql_query="SELECT a.id FROM data_table a JOIN data_table b ON a.id = b.id + 98 ORDER BY 1", limit=1)["data"], [{"id": 98}])
        self.assertEqual(self.query(400, sql_query="SELECT 1 FROM")["code"], "PARSE_SYNTAX_ERROR")
        self.assertEqual(self.query(400, sql_query="SELECT 1/0 FROM data_table")["code"], "DIVIDE_BY_ZERO")

    def test_sql_sees_nothing_else(self):
        path = self.process.args[0]
        for sql in ("SELECT * FROM parquet.`/etc/passwd`", "SELECT * FROM text.`/etc/passwd`", f"SELECT * FROM csv.`file:{path}`", "SELECT * FROM parquet.`s3a://other/x`",
                    "SELECT * FROM parquet.`http://127.0.0.1/x`", "SELECT * FROM default.data_table", "SELECT * FROM global_temp.v", "TABLE nothing",
                    "SELECT * FROM data_table WHERE id IN (SELECT id FROM parquet.`/tmp`)", "SELECT 1; SELECT 2", "DROP TABLE data_table", "SHOW TABLES", "SET",
                    "SET spark.driver.memory=1g", "CREATE TABLE t (a INT)", "CREATE TEMP VIEW v AS SELECT 1", "INSERT INTO data_table SELECT 1", "CACHE TABLE data_table",
                    "INSERT OVERWRITE DIRECTORY '/tmp/x' USING parquet SELECT 1", "EXPLAIN SELECT 1", "DESCRIBE data_table", "REFRESH '/tmp'", ""):
            for route, field, more in (("query", "sql_query", {}), ("modify", "sql_modification", {"output_key": "out/never.parquet"})):
                answer = self.ask(route, 400, key="data/people.parquet", **{field: sql}, **more)
                self.assertIn(answer["code"].split(".")[0], ("TABLE_OR_VIEW_NOT_FOUND", "REST_STATEMENT_NOT_ALLOWED", "PARSE_SYNTAX_ERROR", "REST_INVALID_FIELD"), sql)
        self.assertNotIn("out/never.parquet", self.store.keys(BUCKET))
        for sql in ("UPDATE other SET id = 1", "DELETE FROM parquet.`/tmp`", "UPDATE data_table SET id = (SELECT max(id) FROM other)"):
            self.assertEqual(self.ask("modify", 400, key="data/people.parquet", sql_modification=sql, output_key="out/never.parquet")["code"], "TABLE_OR_VIEW_NOT_FOUND")

    def test_values(self):
        table = pa.table({
            "d": pa.array([decimal.Decimal("12345678901234567890.1234500000")], pa.decimal128(30, 10)), "ts": pa.array([1704164645600000], pa.timestamp("us", "UTC")),
            "n": pa.array([1704164645000000], pa.timestamp("us")), "day": pa.array([19724], pa.date32()), "b": pa.array([b"\x00\xff"]), "x": pa.array([float("nan")]),
            "y": pa.array([float("-inf")]), "l": pa.array([[1, None]]), "s": pa.array([{"a": 1, "t": "x\"\n"}]), "m": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32())),
            "z": pa.array([None], pa.string()), "t": pa.array([True])})
        self.put("data/values.parquet", table)
        body = {"bucket": BUCKET, "key": "data/values.parquet", "aws_access_key_id": s3.KEY, "aws_secret_access_key": s3.SECRET}
        _, _, answer = rest_test.ask(self.address, "POST", rest_test.QUERY, body)
        row = answer["data"][0]
        self.assertEqual({**row, "d": None}, {
            "d": None, "ts": "2024-01-02T03:04:05.6Z", "n": "2024-01-02T03:04:05", "day": "2024-01-02", "b": base64.b64encode(b"\x00\xff").decode(), "x": "NaN", "y": "-Infinity",
            "l": [1, None], "s": {"a": 1, "t": "x\"\n"}, "m": {"k": 1}, "z": None, "t": True})
        self.assertEqual(row["d"], 12345678901234567890.12345)

    def test_metadata(self):
        answer = self.ask("metadata", key="data/people.parquet")
        self.assertEqual((answer["total_rows"], answer["num_columns"], answer["schema"][0]), (COUNT, 5, {"name": "id", "type": "int", "nullable": True}))

    def test_keys_are_names(self):
        for key in ("odd/a*b.parquet", "odd/a b+c.parquet", "odd/[x].parquet", "odd/{y}.parquet", "odd/ä%20.parquet", "odd/aXb.parquet"):
            self.put(key, people(count=1 + len(key)))
            self.assertEqual(self.ask("query", key=key, columns=["id"])["stats"]["total_rows"], 1 + len(key), key)
        self.ask("query", 404, key="odd/?*b.parquet")

    def test_what_is_missing(self):
        self.assertEqual(self.query(404, key="data/nothing.parquet")["code"], "PATH_NOT_FOUND")
        self.query(404, bucket="no-such-bucket")
        self.assertEqual(self.query(403, aws_secret_access_key=CANARY)["code"], "STORE_ACCESS_DENIED")
        self.store.call("PUT", f"/{BUCKET}/data/broken.parquet", body=b"PAR1 not at all")
        self.assertEqual(self.query(400, key="data/broken.parquet")["code"].split(".")[0], "FAILED_READ_FILE")

    def test_credentials_do_not_mix_or_show(self):
        def one(number):
            if number % 2:
                return self.query(403, aws_secret_access_key=f"{CANARY}{number}")
            return self.query(sql_query=f"SELECT {number} AS n, count(*) AS c FROM data_table")
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(one, range(200)))
        for number, answer in enumerate(answers):
            self.assertEqual(answer.get("code") if number % 2 else answer["data"], "STORE_ACCESS_DENIED" if number % 2 else [{"n": number, "c": COUNT}])
        self.process.log.flush()
        self.process.log.seek(0)
        shown = json.dumps(answers) + self.process.log.read() + pathlib.Path(f"/proc/{self.process.pid}/environ").read_text() + pathlib.Path(f"/proc/{self.process.pid}/cmdline").read_text()
        self.assertNotIn(CANARY, shown)
        self.assertNotIn(s3.SECRET, json.dumps(answers))


class TwoOwners(Store):
    """Two stores, each with its own keys, behind one server."""

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.owners = [("ALICEKEY", "alice-secret"), ("BOBKEY", "bob-secret")]
        cls.stores = [s3.Server(None, *owner) for owner in cls.owners]
        settings = []
        for number, store in enumerate(cls.stores):
            cls.stack.callback(store.stop)
            store.call("PUT", f"/bucket-{number}")
            store.call("PUT", f"/bucket-{number}/people.parquet", body=parquet_bytes(people(1000 * number, 10 + number)))
            settings += ["--conf", f"spark.hadoop.fs.s3a.bucket.bucket-{number}.endpoint=http://127.0.0.1:{store.port}"]
        cls.stack.enter_context(unittest.mock.patch.dict(os.environ, s3.environment(1), clear=True))
        cls.process, cls.address = cls.stack.enter_context(rest_test.serving(*settings))

    def one(self, number):
        """What a request answers, and what it should: (bucket, owner) draw each of the four, every third writes."""
        bucket, owner, writes = number % 2, number // 2 % 2, number % 3 == 0
        key, secret = self.owners[owner]
        fields = {"bucket": f"bucket-{bucket}", "key": "people.parquet", "aws_access_key_id": key, "aws_secret_access_key": secret}
        more = {"sql_modification": f"SELECT {number} AS n, id FROM data_table", "output_key": f"out/{number}.parquet"} if writes else {"sql_query": f"SELECT {number} AS n, min(id) AS low, count(*) AS c FROM data_table"}
        status, _, answer = rest_test.ask(self.address, "POST", f"/api/spark/parquet/{'modify' if writes else 'query'}", {**fields, **more})
        got = answer.get("code") or answer.get("data") or answer["final_rows"]
        wanted = "STORE_ACCESS_DENIED" if bucket != owner else 10 + bucket if writes else [{"n": number, "low": 1000 * bucket, "c": 10 + bucket}]
        return (status, got), (403 if bucket != owner else 200, wanted)

    def test_requests_at_once(self):
        with concurrent.futures.ThreadPoolExecutor(200) as pool:
            pairs = list(pool.map(self.one, range(400)))
        for got, wanted in pairs:
            self.assertEqual(got, wanted)
        for bucket, store in enumerate(self.stores):
            written = sorted(int(key[4:-8]) for key in store.keys(f"bucket-{bucket}") if key.startswith("out/"))
            self.assertEqual(written, [number for number in range(400) if number % 3 == 0 and number % 2 == bucket == number // 2 % 2])
            for number in written:
                table = pq.read_table(io.BytesIO(store.call("GET", f"/bucket-{bucket}/out/{number}.parquet")[2]))
                self.assertEqual((set(table["n"].to_pylist()), table["id"].to_pylist()), ({number}, list(range(1000 * bucket, 1000 * bucket + 10 + bucket))))
            self.assertEqual(store.uploads(f"bucket-{bucket}"), [])


class Write(Store):
    def modify(self, sql, status=200, **fields):
        return self.ask("modify", status, **{"key": "data/people.parquet", "sql_modification": sql, "output_key": "out/a.parquet", **fields})

    def test_update(self):
        answer = self.modify("UPDATE data_table SET salary = salary * 1.1, name = upper(name) WHERE department = 'IT' AND age > 30", output_key="out/update.parquet")
        hit = [row["department"] == "IT" and (row["age"] or 0) > 30 for row in people().to_pylist()]
        self.assertEqual({name: answer[name] for name in ("initial_rows", "final_rows", "rows_affected", "output_path", "write_mode")}, {
            "initial_rows": COUNT, "final_rows": COUNT, "rows_affected": sum(hit), "output_path": f"s3a://{BUCKET}/out/update.parquet", "write_mode": "overwrite"})
        written = self.get("out/update.parquet")
        self.assertEqual(written.schema.types, people().schema.types)
        self.assertEqual(written.to_pylist(), [{**row, "salary": row["salary"] * 11 // 10, "name": row["name"].upper()} if yes else row for row, yes in zip(people().to_pylist(), hit)])

    def test_assignments_see_the_rows_as_they_were(self):
        self.modify("UPDATE data_table AS t SET t.age = t.id, id = age WHERE age IS NOT NULL", output_key="out/swap.parquet")
        self.assertEqual([(row["id"], row["age"]) for row in self.get("out/swap.parquet").to_pylist()][:2], [(20, 0), (21, 1)])
        self.assertEqual(self.modify("UPDATE data_table SET nothing = 1", 400)["code"], "UNRESOLVED_COLUMN.WITH_SUGGESTION")
        self.assertEqual(self.modify("UPDATE data_table SET id = 'x'", 400)["code"].split(".")[0], "INCOMPATIBLE_DATA_FOR_TABLE")
        self.modify("UPDATE data_table SET id = 3000000000", 400)

    def test_delete(self):
        answer = self.modify("DELETE FROM data_table WHERE age > 40", output_key="out/delete.parquet")
        rows = [row for row in people().to_pylist() if not (row["age"] or 0) > 40]
        self.assertEqual((answer["initial_rows"], answer["final_rows"], answer["rows_affected"]), (COUNT, len(rows), COUNT - len(rows)))
        self.assertEqual(self.get("out/delete.parquet").to_pylist(), rows)
        self.modify("DELETE FROM data_table", output_key="out/empty.parquet")
        self.assertEqual((self.get("out/empty.parquet").num_rows, self.get("out/empty.parquet").schema.names), (0, people().schema.names))

    def test_in_place(self):
        self.put("data/mine.parquet", people(count=10))
        answer = self.ask("modify", key="data/mine.parquet", sql_modification="DELETE FROM data_table WHERE id = 0")
        self.assertEqual(answer["output_path"], f"s3a://{BUCKET}/data/mine.parquet")
        self.assertEqual(self.get("data/mine.parquet").num_rows, 9)
        self.ask("modify", 400, key="data/mine.parquet", sql_modification="SELECT 1/0 FROM data_table")
        self.assertEqual(self.get("data/mine.parquet").num_rows, 9)
        self.assertEqual([key for key in self.store.keys(BUCKET) if key.startswith("data/mine")], ["data/mine.parquet"])
        self.assertEqual(self.store.uploads(BUCKET), [])

    def test_modes(self):
        sql = "SELECT id, name FROM data_table WHERE id < 3"
        self.assertEqual(self.modify(sql, output_key="out/mode.parquet", write_mode="error")["final_rows"], 3)
        self.assertEqual(self.modify(sql, 409, output_key="out/mode.parquet", write_mode="error")["code"], "PATH_ALREADY_EXISTS")
        self.assertEqual(self.modify(sql, output_key="out/mode.parquet", write_mode="append")["write_mode"], "append")
        self.assertEqual(self.get("out/mode.parquet")["id"].to_pylist(), [0, 1, 2, 0, 1, 2])
        self.modify(sql, output_key="out/mode.parquet", write_mode="overwrite")
        self.assertEqual(self.get("out/mode.parquet")["id"].to_pylist(), [0, 1, 2])

    def test_partitions(self):
        sql = "SELECT *, salary * 2 AS twice FROM data_table"
        answer = self.modify(sql, output_key="out/parts", partition_by=["department"])
        self.assertEqual((answer["final_rows"], answer["rows_affected"]), (COUNT, COUNT))
        keys = sorted(key for key in self.store.keys(BUCKET) if key.startswith("out/parts/"))
        self.assertEqual(sorted({key.split("/")[2] for key in keys}), ["_SUCCESS", "department=Engineering", "department=IT"])
        self.assertEqual(self.ask("query", key="out/parts", sql_query="SELECT department, count(*) AS n FROM data_table GROUP BY 1 ORDER BY 1")["data"],
                         [{"department": "Engineering", "n": 25}, {"department": "IT", "n": 75}])
        self.modify(sql + " WHERE id = 0", output_key="out/parts", partition_by=["department"])
        self.assertEqual(self.ask("metadata", key="out/parts")["total_rows"], 1)
        self.modify(sql, output_key="out/parts", partition_by=["department"], write_mode="append")
        self.assertEqual(self.ask("metadata", key="out/parts")["total_rows"], 1 + COUNT)
        self.modify(sql, 409, output_key="data/people.parquet", partition_by=["department"])
        self.assertEqual(self.modify(sql, 409, output_key="out/parts")["code"], "PATH_ALREADY_EXISTS")
        self.ask("modify", 409, key="out/parts", sql_modification="DELETE FROM data_table WHERE id = 1")
        self.modify(sql, 400, output_key="out/p2", partition_by=["nothing"])

    def test_merge(self):
        for number in range(3):
            self.put(f"data/m{number}.parquet", people(number * 50, COUNT))
        keys = [f"data/m{number}.parquet" for number in range(3)]
        answer = self.ask("merge", keys=keys, output_key="out/all.parquet")
        self.assertEqual((answer["files_merged"], answer["total_rows"], answer["output_path"]), (3, 3 * COUNT, f"s3a://{BUCKET}/out/all.parquet"))
        answer = self.ask("merge", keys=keys, output_key="out/unique.parquet", deduplicate_on=["id"])
        self.assertEqual(answer["total_rows"], 200)
        self.assertEqual(sorted(self.get("out/unique.parquet")["id"].to_pylist()), list(range(200)))

    def test_merge_keeps_the_first(self):
        self.put("data/k1.parquet", pa.table({"id": [1, 2, 2], "from": ["a1", "a2", "a3"]}))
        self.put("data/k0.parquet", pa.table({"id": [2, 3], "from": ["b2", "b3"], "more": [1.5, 2.5]}))
        self.ask("merge", keys=["data/k1.parquet", "data/k0.parquet"], output_key="out/first.parquet", deduplicate_on=["id"])
        self.assertEqual(sorted((row["id"], row["from"], row["more"]) for row in self.get("out/first.parquet").to_pylist()), [(1, "a1", None), (2, "a2", None), (3, "b3", 2.5)])
        self.put("data/k2.parquet", pa.table({"id": ["x"], "from": ["c"]}))
        answer = self.ask("merge", 400, keys=["data/k1.parquet", "data/k2.parquet"], output_key="out/never.parquet")
        self.assertIn("id", answer["message"])
        self.ask("merge", 404, keys=["data/k1.parquet", "data/nothing.parquet"], output_key="out/never.parquet")
        self.ask("merge", 400, keys=["data/k1.parquet"], output_key="out/never.parquet", deduplicate_on=["nothing"])
        self.assertNotIn("out/never.parquet", self.store.keys(BUCKET))


if __name__ == "__main__":
    unittest.main()
