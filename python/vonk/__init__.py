"""vonk: a Spark-compatible data engine; session() finds or starts its server and returns a genuine PySpark session.

    import vonk
    spark = vonk.session()
    spark.sql("SELECT 1").show()

Needs a PySpark client with Spark Connect (pip install 'vonk[client]'), 3.5 or later.
"""
from vonk.sessions import session, session_at

__all__ = ["session", "session_at"]
