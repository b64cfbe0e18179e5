"""spark_delta_service: not there yet."""

raise ImportError("app.services.spark_delta_service: Delta tables are not supported yet; spark_parquet_service works on Parquet files")
