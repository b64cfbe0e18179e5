"""app: the modules that the Apache Spark Integration Guide names, thin over a Vonk server and the installed PySpark client."""
