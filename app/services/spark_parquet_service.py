"""spark_parquet_service: Parquet files of an S3 store, with the credentials of the caller. Thin over the server's REST service."""
import json
import urllib.error
import urllib.request

from app.config.spark_config import SparkConfig


class SparkServiceError(RuntimeError):
    """The service refuses or fails. code: a stable name, sqlstate: None or five characters, status: of HTTP."""

    def __init__(self, status, answer):
        super().__init__(answer["message"])
        self.status = status
        self.code = answer["code"]
        self.sqlstate = answer["sqlstate"]


class SparkParquetService:
    """Each method returns the service's answer as a dict; see the server's /docs for its members."""

    def read_and_query(self, bucket, key, credentials, sql_query=None, columns=None, filters=None, limit=None):
        """Rows as dicts in `data`. filters: {column: value}, {column: [values]} or {column: {operator: value}}; they and columns narrow
        data_table, the table of sql_query. stats.total_rows counts the rows after the filters and before the limit."""
        return self.ask("query", credentials, bucket=bucket, key=key, sql_query=sql_query, columns=columns, filters=filters, limit=limit)

    def modify_and_write_back(self, bucket, key, credentials, sql_modification, output_key=None, write_mode=None, partition_by=None):
        """Writes what SELECT, UPDATE or DELETE over data_table make of the file: to output_key, or in place of it."""
        return self.ask("modify", credentials, bucket=bucket, key=key, sql_modification=sql_modification, output_key=output_key, write_mode=write_mode,
                        partition_by=partition_by)

    def merge_multiple_files(self, bucket, keys, credentials, output_key, deduplicate_on=None):
        """Writes the rows of all files as one; of rows equal in the columns deduplicate_on the first stays, in the order of keys."""
        return self.ask("merge", credentials, bucket=bucket, keys=keys, output_key=output_key, deduplicate_on=deduplicate_on)

    def get_metadata(self, bucket, key, credentials):
        """Schema and number of rows, from the footers."""
        return self.ask("metadata", credentials, bucket=bucket, key=key)

    @staticmethod
    def ask(route, credentials, **fields):
        body = json.dumps({**{name: value for name, value in fields.items() if value is not None}, **credentials.fields()})
        request = urllib.request.Request(f"{SparkConfig.rest_url()}/api/spark/parquet/{route}", body.encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise SparkServiceError(error.code, json.load(error)) from None


spark_parquet_service = SparkParquetService()
