"""duckdb_engine.py: DuckDB in this process."""
import duckdb

import tpch


class Engine:
    version = duckdb.__version__

    def __init__(self, options):
        self.connection = duckdb.connect()
        self.connection.execute(f"SET threads = {options.threads}")
        if options.memory:
            self.connection.execute(f"SET memory_limit = '{options.memory.upper()}iB'")
        for table in tpch.TABLES:
            self.connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{options.data}/{table}.parquet')")

    def query(self, sql):
        return self.connection.execute(sql).to_arrow_table()

    def rows(self, table):
        return zip(*(column.to_pylist() for column in table.columns))
