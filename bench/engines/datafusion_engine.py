"""datafusion_engine.py: DataFusion in this process."""
import datafusion

import tpch


class Engine:
    version = datafusion.__version__

    def __init__(self, options):
        runtime = datafusion.RuntimeEnvBuilder()
        if options.memory:
            runtime = runtime.with_fair_spill_pool(parse_bytes(options.memory))
        self.context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(options.threads), runtime)
        for table in tpch.TABLES:
            self.context.register_parquet(table, f"{options.data}/{table}.parquet")

    def query(self, sql):
        return self.context.sql(sql).to_arrow_table()

    def rows(self, table):
        return zip(*(column.to_pylist() for column in table.columns))


def parse_bytes(text):
    return int(text[:-1]) << {"k": 10, "m": 20, "g": 30}[text[-1].lower()]
