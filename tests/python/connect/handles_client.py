"""handles_client.py: every call with a server-side session id that the server never gave; prints `WHICH SESSION CALL: CODE CONDITION`.

usage: PYTHON handles_client.py HOST:PORT     with the Python of a client that has the protocol of 4.2
"""
import re
import sys
import uuid

import grpc
import pyspark.sql.connect.proto as pb2
import pyspark.sql.connect.proto.base_pb2_grpc as services

USER = pb2.UserContext(user_id="someone", user_name="someone")
PLAN = pb2.Plan(root=pb2.Relation(range=pb2.Range(start=0, end=3, step=1)))


def calls(stub, session, seen):
    def make(request, **fields):
        observed = {} if seen is None else {"client_observed_server_side_session_id": seen}
        return request(session_id=session, user_context=USER, **observed, **fields)

    some = str(uuid.uuid4())
    get = pb2.ConfigRequest.Operation(get=pb2.ConfigRequest.Get(keys=["spark.sql.ansi.enabled"]))
    yield "execute", lambda: list(stub.ExecutePlan(make(pb2.ExecutePlanRequest, plan=PLAN)))
    yield "analyze", lambda: stub.AnalyzePlan(make(pb2.AnalyzePlanRequest, schema=pb2.AnalyzePlanRequest.Schema(plan=PLAN)))
    yield "config", lambda: stub.Config(make(pb2.ConfigRequest, operation=get))
    yield "interrupt", lambda: stub.Interrupt(make(pb2.InterruptRequest, interrupt_type=pb2.InterruptRequest.INTERRUPT_TYPE_ALL))
    yield "reattach", lambda: list(stub.ReattachExecute(make(pb2.ReattachExecuteRequest, operation_id=some)))
    yield "release", lambda: stub.ReleaseExecute(make(pb2.ReleaseExecuteRequest, operation_id=some, release_all=pb2.ReleaseExecuteRequest.ReleaseAll()))
    yield "details", lambda: stub.FetchErrorDetails(make(pb2.FetchErrorDetailsRequest, error_id=some))
    yield "artifacts", lambda: stub.ArtifactStatus(make(pb2.ArtifactStatusesRequest, names=["x"]))
    yield "add", lambda: stub.AddArtifacts(iter([make(pb2.AddArtifactsRequest, batch=pb2.AddArtifactsRequest.Batch())]))
    yield "status", lambda: stub.GetStatus(make(pb2.GetStatusRequest))
    yield "clone", lambda: stub.CloneSession(make(pb2.CloneSessionRequest))


def outcome(call):
    try:
        call()
        return "OK"
    except grpc.RpcError as error:
        condition = re.match(r"\[([A-Z_.]+)\]", error.details())
        return f"{error.code().name} {condition.group(1) if condition else error.details()}"


def main():
    stub = services.SparkConnectServiceStub(grpc.insecure_channel(sys.argv[1]))
    for which, seen in (("wrong", str(uuid.UUID(int=5))), ("empty", ""), ("none", None)):
        for known in (True, False):
            for name, _ in calls(stub, "", None):
                session = str(uuid.uuid4())
                if known:
                    dict(calls(stub, session, None))["config"]()
                print(f"{which} {'known' if known else 'fresh'} {name}: {outcome(dict(calls(stub, session, seen))[name])}")


main()
