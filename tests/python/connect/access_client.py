"""access_client.py: calls that a stranger makes, by the raw stubs of a stock client; prints one JSON object.

usage: access_client.py calls HOST:PORT [TOKEN] [--trust CERTIFICATE]     what each remote call answers: its code and message
       access_client.py users HOST:PORT                                   what a user gets of another user's session
"""
import argparse
import json
import pathlib
import uuid

import grpc
from pyspark.sql.connect.proto import base_pb2 as pb
from pyspark.sql.connect.proto import base_pb2_grpc
from pyspark.sql.connect.proto import commands_pb2 as commands

TIMEOUT_S = 30
SECRET = "secret-of-ann"
SERVICE = "/spark.connect.SparkConnectService/"


def answer_of(call):
    """[code, message] of what CALL does, a remote call or a stream; [OK, responses]."""
    try:
        found = call()
        return ["OK", found if isinstance(found, pb.ConfigResponse) else list(found) if hasattr(found, "__next__") else [found]]
    except grpc.RpcError as error:
        return [error.code().name, error.details()]


def channel_of(options):
    plain = [("grpc.enable_retries", 0), ("grpc.ssl_target_name_override", "localhost")]
    if not options.trust:
        return grpc.insecure_channel(options.address, plain)
    return grpc.secure_channel(options.address, grpc.ssl_channel_credentials(pathlib.Path(options.trust).read_bytes()), plain)


def calls(options):
    """All methods of the service, and one it has not."""
    metadata = [("authorization", f"Bearer {options.token}")] if options.token else []
    channel = channel_of(options)
    found = {}
    names = [method.name for method in pb.DESCRIPTOR.services_by_name["SparkConnectService"].methods]
    for name in [*names, "NoSuchMethod"]:
        call = channel.unary_unary(SERVICE + name)
        code, message = answer_of(lambda call=call: call(b"", timeout=TIMEOUT_S, metadata=metadata))
        found[name] = [code, message if code != "OK" else ""]
    return found


class User:
    """One user's view of session SESSION_ID."""

    def __init__(self, channel, name, session_id):
        self.stub = base_pb2_grpc.SparkConnectServiceStub(channel)
        self.base = {"user_context": pb.UserContext(user_id=name), "session_id": session_id}

    def ask(self, method, request_type, **fields):
        return answer_of(lambda: getattr(self.stub, method)(request_type(**self.base, **fields), timeout=TIMEOUT_S))

    def sql(self, text, **fields):
        plan = pb.Plan(command=commands.Command(sql_command=commands.SqlCommand(sql=text)))
        return self.ask("ExecutePlan", pb.ExecutePlanRequest, plan=plan, **fields)

    def setting(self, key):
        operation = pb.ConfigRequest.Operation(get_option=pb.ConfigRequest.GetOption(keys=[key]))
        return self.ask("Config", pb.ConfigRequest, operation=operation)


def owner_works(owner, operation):
    """What the owner does first; its operation stays to be read again."""
    reattach = pb.ExecutePlanRequest.RequestOption(reattach_options=pb.ReattachOptions(reattachable=True))
    view, responses = owner.sql(f"CREATE TEMP VIEW mine AS SELECT '{SECRET}' AS a", operation_id=operation, request_options=[reattach])
    pair = pb.ConfigRequest.Operation(set=pb.ConfigRequest.Set(pairs=[pb.KeyValue(key="spark.mine", value=SECRET)]))
    owner.ask("Config", pb.ConfigRequest, operation=pair)
    failed, message = owner.sql("SELECT raise_error('x') FROM mine WHERE nosuch")
    return {"owner view": [view, ""], "owner error": [failed, message]}, responses[0].server_side_session_id


def stranger_tries(stranger, operation, server_id):
    """Name of what is tried -> [code, what is told]."""
    tried = {
        "reattach": stranger.ask("ReattachExecute", pb.ReattachExecuteRequest, operation_id=operation),
        "release": stranger.ask("ReleaseExecute", pb.ReleaseExecuteRequest, operation_id=operation, release_all=pb.ReleaseExecuteRequest.ReleaseAll()),
        "status": stranger.ask("GetStatus", pb.GetStatusRequest),
        "details": stranger.ask("FetchErrorDetails", pb.FetchErrorDetailsRequest, error_id=str(uuid.uuid4())),
        "clone": stranger.ask("CloneSession", pb.CloneSessionRequest, new_session_id=str(uuid.uuid4())),
        "known server": stranger.sql("SELECT 1", client_observed_server_side_session_id=server_id),
        "view": stranger.sql("SELECT * FROM mine"),
        "setting": stranger.setting("spark.mine"),
        "interrupt": stranger.ask("Interrupt", pb.InterruptRequest, interrupt_type=pb.InterruptRequest.INTERRUPT_TYPE_ALL),
        "late reattach": stranger.ask("ReattachExecute", pb.ReattachExecuteRequest, operation_id=operation),
        "release session": stranger.ask("ReleaseSession", pb.ReleaseSessionRequest),
    }
    return {name: [code, str(told)] for name, (code, told) in tried.items()}


def users(options):
    channel = channel_of(options)
    session_id, operation = str(uuid.uuid4()), str(uuid.uuid4())
    owner, stranger = User(channel, "ann", session_id), User(channel, "bob", session_id)
    found, server_id = owner_works(owner, operation)
    found.update(stranger_tries(stranger, operation, server_id))
    found["owner after"] = [owner.ask("ReattachExecute", pb.ReattachExecuteRequest, operation_id=operation)[0], str(owner.setting("spark.mine")[1])]
    return found


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("what", choices=["calls", "users"])
    parser.add_argument("address")
    parser.add_argument("token", nargs="?")
    parser.add_argument("--trust")
    options = parser.parse_args()
    print(json.dumps({"calls": calls, "users": users}[options.what](options)))


if __name__ == "__main__":
    main()
