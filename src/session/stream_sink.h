/* stream_sink.h: where the rows of streaming queries go. A kind of sink is a file in stream_sink/ and a row of its registry.def. */
#ifndef VONK_SESSION_STREAM_SINK_H
#define VONK_SESSION_STREAM_SINK_H

#include "plan/command.h"
#include "session/query.h"

enum vonk_stream_mode { VONK_STREAM_APPEND = 1, VONK_STREAM_COMPLETE = 2, VONK_STREAM_UPDATE = 4 };

/* What a sink is made for. */
struct vonk_stream_sink_request {
  const struct vonk_command_write_stream *command;
  const struct vonk_format_type *format;     /* of files */
  struct vonk_str format_name;
  const struct vonk_type *schema;            /* STRUCT, of the query */
  enum vonk_stream_mode mode;
  struct vonk_arena *arena;                  /* the sink's, as long as it lives */
};

/* The head of every sink. */
struct vonk_stream_sink {
  const struct vonk_stream_sink_type *type;
  struct vonk_str description;               /* as progress shows it */
};

/* A batch on its way into a sink. */
struct vonk_stream_sink_batch {
  int64_t id;                                /* the same when it is run again */
  struct vonk_relation *plan;                /* unresolved */
  uint64_t planning_ns;                      /* out, by vonk_stream_sink_bind */
  int64_t row_count;                         /* out; -1: nobody counts */
};

struct vonk_stream_sink_type {
  const char *name;                          /* of the format; */
  bool (*takes)(struct vonk_str format);     /* or this, which may say yes to several */
  uint32_t modes;                            /* enum vonk_stream_mode, put together */
  bool makes_checkpoint;                     /* a temporary one, when none is given */
  uint32_t recovers;                         /* modes in which it goes on from a checkpoint */
  STATUS (*open)(struct vonk_statement *statement, const struct vonk_stream_sink_request *request, struct vonk_stream_sink **out);
  /* STATEMENT is the batch's, in the query's own session. */
  STATUS (*add)(struct vonk_statement *statement, struct vonk_stream_sink *sink, struct vonk_stream_sink_batch *batch);
};

/* Raises DATA_SOURCE_NOT_FOUND. */
STATUS vonk_stream_sink_find(struct vonk_statement *statement, struct vonk_str format, const struct vonk_stream_sink_type **out);
/* The batch's plan, bound; the time that takes is noted. */
STATUS vonk_stream_sink_bind(struct vonk_statement *statement, struct vonk_stream_sink_batch *batch, struct vonk_relation **out);

#endif
