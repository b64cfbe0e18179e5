/* stream_sink.c: kinds of sinks by format. */
#include "session/stream_sink.h"

#include "base/clock.h"

#define VONK_STREAM_SINK(name) extern const struct vonk_stream_sink_type vonk_stream_sink_##name;
#include "session/stream_sink/registry.def"
#undef VONK_STREAM_SINK

static const struct vonk_stream_sink_type *const types[] = {
#define VONK_STREAM_SINK(name) &vonk_stream_sink_##name,
#include "session/stream_sink/registry.def"
#undef VONK_STREAM_SINK
};

STATUS vonk_stream_sink_find(struct vonk_statement *statement, struct vonk_str format, const struct vonk_stream_sink_type **out) {
  for (size_t i = 0; i < COUNT_OF(types); i++) {
    *out = types[i];
    if (types[i]->takes ? types[i]->takes(format) : vonk_str_equal_nocase(format, vonk_str_of(types[i]->name))) return VONK_OK;
  }
  return vonk_raise(&statement->task, VONK_DATA_SOURCE_NOT_FOUND, NULL, "provider", format, NULL);
}

STATUS vonk_stream_sink_bind(struct vonk_statement *statement, struct vonk_stream_sink_batch *batch, struct vonk_relation **out) {
  uint64_t since_ns = vonk_clock_monotonic_ns();
  enum vonk_status status = vonk_statement_bind(statement, batch->plan, out);
  batch->planning_ns += vonk_clock_monotonic_ns() - since_ns;
  return status;
}
