/* decode.h: Spark Connect's messages (protocol 4.2) to unresolved plans.
 *
 * Nodes go to the task's arena and borrow names, texts and Arrow data from the message, which must live as long as the plan.
 * Messages are untrusted: what is malformed raises CONNECT_INVALID_PLAN.CANNOT_PARSE, nesting is bounded by
 * VONK_NODE_DEPTH_MAX (FAILED_TO_PARSE_TOO_COMPLEX), and unset, missing or unknown parts raise Spark's CONNECT_INVALID_PLAN.*
 * conditions. What Spark can do and this engine cannot (README.md lists it) raises
 * CONNECT_INVALID_PLAN.INVALID_ONE_OF_FIELD_NOT_SUPPORTED or UNSUPPORTED_FEATURE.
 */
#ifndef VONK_SERVER_CONNECT_DECODE_H
#define VONK_SERVER_CONNECT_DECODE_H

#include "base/buffer.h"
#include "plan/command.h"
#include "plan/relation.h"

struct vonk_timezone;

struct vonk_connect_decoder {
  struct vonk_task *task;
  struct vonk_buffer *memory;        /* on which the messages stand, where that is counted; for plans that outlive their statement. May be NULL */
  size_t byte_limit;                 /* of a plan when it is unpacked (spark.connect.maxPlanSize) */
  const struct vonk_timezone *zone;  /* in which literals of TIMESTAMP show in names; NULL is UTC */
  struct vonk_str session_id;        /* for messages */
  /* The bytes of the session's artifact NAME ("cache/<hash>"), to live as long as the plan, and the MEMORY they stand on, as
   * above; OUT's data NULL when there is none. NULL: there are no artifacts. */
  STATUS (*artifact)(const void *object, struct vonk_task *task, struct vonk_str name, struct vonk_str *out, struct vonk_buffer **memory);
  const void *artifact_object;
};

/* What a client asks to execute. */
struct vonk_connect_plan {
  struct vonk_node *node;            /* relation or command; NULL where the server alone answers (GET_RESOURCES) */
  uint32_t command;                  /* enum vonk_connect_command; 0: a relation */
  struct vonk_str message;           /* what stands in the command, for those without a node */
  struct vonk_str sql_relation;      /* SQL: the Relation message it holds, made from old fields if need be: the answer when it is a query */
};
/* Commands by their field numbers. */
enum vonk_connect_command {
  VONK_CONNECT_REGISTER_FUNCTION = 1,
  VONK_CONNECT_WRITE = 2,
  VONK_CONNECT_CREATE_VIEW = 3,
  VONK_CONNECT_WRITE_TABLE = 4,
  VONK_CONNECT_SQL = 5,              /* node: relation sql, or with_cte of views over one */
  VONK_CONNECT_WRITE_STREAM = 6,
  VONK_CONNECT_STREAM_QUERY = 7,      /* no node */
  VONK_CONNECT_GET_RESOURCES = 8,
  VONK_CONNECT_STREAM_MANAGER = 9,    /* no node */
  VONK_CONNECT_STREAM_LISTENER = 11,  /* no node */
  VONK_CONNECT_CHECKPOINT = 14,
  VONK_CONNECT_REMOVE_CHECKPOINT = 15,
};

/* A Plan message. */
STATUS vonk_connect_decode_plan(const struct vonk_connect_decoder *decoder, struct vonk_str message, struct vonk_connect_plan *out);
/* A Relation, a DataType, an Expression.Literal. */
STATUS vonk_connect_decode_relation(const struct vonk_connect_decoder *decoder, struct vonk_str message, struct vonk_relation **out);
STATUS vonk_connect_decode_type(const struct vonk_connect_decoder *decoder, struct vonk_str message, const struct vonk_type **out);
STATUS vonk_connect_decode_literal(const struct vonk_connect_decoder *decoder, struct vonk_str message, struct vonk_value *out);

#endif
