/* rpc.h: what the remote calls share: the request at hand, its session, the answer. */
#ifndef VONK_SERVER_CONNECT_RPC_H
#define VONK_SERVER_CONNECT_RPC_H

#include "net/grpc.h"
#include "server/connect/session_table.h"
#include "wire/protobuf.h"

struct vonk_statement;

struct vonk_connect_service {
  struct vonk_instance *instance;
  struct vonk_arena *arena;
  struct connect_sessions sessions;
  struct vonk_thread *keeper;      /* closes what nobody uses */
  uint64_t trimmed;                /* operations that had been started when memory was last given back; the keeper's */
  struct vonk_mutex lock;
  struct vonk_condition_variable stop;
  bool stopping;
};

/* One call. */
struct connect_rpc {
  struct vonk_connect_service *service;
  struct vonk_grpc_call *call;
  struct vonk_task task;           /* over the call's own arena and error */
  struct vonk_error error;
  struct vonk_cancel cancel;       /* raised when the client goes */
  struct vonk_protobuf message;    /* the request, its first message */
  bool malformed;
  struct connect_session *session; /* held; NULL before connect_rpc_session */
  bool finished;                   /* the call has been answered, or its client is gone */
};

#define CONNECT_RPC(name, identifier) STATUS connect_rpc_##identifier(struct connect_rpc *rpc);
#include "server/connect/rpc.def"
#undef CONNECT_RPC

/* The session that the request names; requests differ in where they say which server the client has seen. The number of
 * that field is SERVER_ID_FIELD, 0 for none. */
STATUS connect_rpc_session(struct connect_rpc *rpc, uint32_t server_id_field, bool create);
/* Session id and server's id, which begin most answers, at these field numbers. */
void connect_rpc_begin_answer(struct connect_rpc *rpc, struct vonk_text *out, uint32_t session_id_field, uint32_t server_id_field);
/* The only message of an answer. */
void connect_rpc_answer(struct connect_rpc *rpc, const struct vonk_text *answer);
/* Ends the call with ERROR. CLASS_NAME NULL: by its condition. */
void connect_rpc_fail(struct connect_rpc *rpc, const struct vonk_error *error, const char *class_name);
/* Raises CONNECT_INVALID_PLAN.CANNOT_PARSE when something of the request was malformed. */
STATUS connect_rpc_check(struct connect_rpc *rpc);

#endif
