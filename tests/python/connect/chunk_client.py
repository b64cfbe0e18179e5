"""chunk_client.py: results that come in parts, as a client sees them; prints one JSON object.

usage: chunk_client.py HOST:PORT
"""
import json
import sys
import uuid

import grpc
from pyspark.sql.connect.proto import base_pb2 as pb
from pyspark.sql.connect.proto import base_pb2_grpc
from pyspark.sql.connect.proto import commands_pb2  # noqa: F401  pylint: disable=unused-import
from pyspark.sql.connect.proto import relations_pb2 as relations


def batches(stub, base, **chunking):
    """[rows, offset, index, count, bytes] of each response with rows, without index and count where it has none."""
    plan = pb.Plan(root=relations.Relation(range=relations.Range(start=0, end=3000, step=1)))
    option = pb.ExecutePlanRequest.RequestOption(result_chunking_options=pb.ResultChunkingOptions(**chunking))
    found = []
    for response in stub.ExecutePlan(pb.ExecutePlanRequest(**base, plan=plan, request_options=[option]), timeout=60):
        if response.HasField("arrow_batch"):
            batch = response.arrow_batch
            place = [batch.chunk_index, batch.num_chunks_in_batch] if batch.HasField("chunk_index") else []
            found.append([batch.row_count, batch.start_offset, *place, batch.data.hex()])
    return found


def main():
    with grpc.insecure_channel(sys.argv[1]) as channel:
        stub = base_pb2_grpc.SparkConnectServiceStub(channel)
        base = {"user_context": pb.UserContext(user_id="ann"), "session_id": str(uuid.uuid4())}

        def limit(text):
            pairs = [pb.KeyValue(key="spark.sql.execution.arrow.maxRecordsPerBatch", value="2000"),
                     pb.KeyValue(key="spark.connect.session.resultChunking.maxChunkSize", value=text)]
            stub.Config(pb.ConfigRequest(**base, operation=pb.ConfigRequest.Operation(set=pb.ConfigRequest.Set(pairs=pairs))))

        limit("8000")
        found = {
            "not allowed": batches(stub, base, allow_arrow_batch_chunking=False, preferred_arrow_chunk_size=2000),
            "allowed": batches(stub, base, allow_arrow_batch_chunking=True),
            "preferred": batches(stub, base, allow_arrow_batch_chunking=True, preferred_arrow_chunk_size=2000),
            "too small": batches(stub, base, allow_arrow_batch_chunking=True, preferred_arrow_chunk_size=1000),
            "too large": batches(stub, base, allow_arrow_batch_chunking=True, preferred_arrow_chunk_size=10000),
        }
        limit("-1")
        found["off"] = batches(stub, base, allow_arrow_batch_chunking=True, preferred_arrow_chunk_size=2000)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
