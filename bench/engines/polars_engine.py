"""polars_engine.py: Polars in this process, through its SQL (which multiplies decimals exactly; its expressions round)."""
import os

import tpch


class Engine:
    def __init__(self, options):
        os.environ["POLARS_MAX_THREADS"] = str(options.threads)
        import polars
        self.version = polars.__version__
        self.context = polars.SQLContext({table: polars.scan_parquet(f"{options.data}/{table}.parquet") for table in tpch.TABLES})

    def query(self, sql):
        return self.context.execute(sql).collect()

    def rows(self, frame):
        return frame.rows()
