/* console.c: the first rows of each batch on the server's standard output, as DataFrame.show prints them. */
#include "session/stream_sink.h"

#include <inttypes.h>
#include <stdio.h>

#include "session/checkpoint.h"
#include "stream/source.h"

struct console {
  struct vonk_stream_sink sink;
  int64_t rows, truncate;
};

static STATUS console_open(struct vonk_statement *statement, const struct vonk_stream_sink_request *request, struct vonk_stream_sink **out) {
  struct console *console = ARENA_NEW(request->arena, struct console);
  struct vonk_options options = request->command->options;
  struct vonk_stream_read read = {.options = options};
  struct vonk_str truncate = vonk_stream_option(options, STR("truncate"));
  *out = &console->sink;
  console->sink.description = STR("org.apache.spark.sql.execution.streaming.ConsoleTable$");
  console->truncate = truncate.data && vonk_str_equal_nocase(truncate, STR("false")) ? 0 : 20;
  return vonk_stream_option_long(&statement->task, &read, STR("numRows"), 20, &console->rows);
}

static STATUS take_text(void *object, struct vonk_task *task, const struct vonk_batch *batch) {
  struct vonk_text *text = object;
  for (uint32_t row = 0; row < batch->row_count; row++) {
    if (!vonk_batch_row_live(batch, row)) continue;
    struct vonk_value value = vonk_column_get(&batch->columns[0], row, task->arena);
    vonk_text_add(text, value.text);
  }
  return VONK_OK;
}

/* The rows that are kept under ID. */
static STATUS show(struct vonk_statement *statement, const struct console *console, struct vonk_str id, struct vonk_text *out) {
  struct vonk_relation_cached_remote_relation *kept = RELATION_NEW(statement->arena, cached_remote_relation, NULL);
  struct vonk_relation_show_string *shown = RELATION_NEW(statement->arena, show_string, NULL);
  struct vonk_relation *resolved;
  uint32_t partitions;
  kept->id = id;
  shown->input = &kept->relation;
  shown->rows = console->rows;
  shown->truncate = console->truncate;
  TRY(vonk_statement_bind(statement, &shown->relation, &resolved));
  return vonk_statement_run_rows(statement, resolved, statement->budget, take_text, out, &partitions);
}

static STATUS console_add(struct vonk_statement *statement, struct vonk_stream_sink *sink, struct vonk_stream_sink_batch *batch) {
  static const char line[] = "-------------------------------------------";
  struct console *console = (struct console *)(void *)sink;
  struct vonk_checkpoints *own = statement->session->checkpoints;
  struct vonk_str id = STR("console");
  struct vonk_relation *resolved;
  struct vonk_text text;
  uint64_t rows = 0;
  TRY(vonk_stream_sink_bind(statement, batch, &resolved));
  TRY(vonk_checkpoint_put(statement, own, id, resolved, false, &rows));
  vonk_text_init(&text, statement->arena);
  vonk_text_addf(&text, "%s\nBatch: %" PRId64 "\n%s\n", line, batch->id, line);
  enum vonk_status status = show(statement, console, id, &text);
  vonk_checkpoint_remove(statement, id);
  TRY(status);
  vonk_text_add_char(&text, '\n');
  (void)fwrite(text.data, 1, text.size, stdout);
  (void)fflush(stdout);
  batch->row_count = (int64_t)rows;
  return VONK_OK;
}

const struct vonk_stream_sink_type vonk_stream_sink_console = {
    .name = "console",
    .modes = VONK_STREAM_APPEND | VONK_STREAM_COMPLETE | VONK_STREAM_UPDATE,
    .makes_checkpoint = true,
    .recovers = VONK_STREAM_APPEND | VONK_STREAM_COMPLETE | VONK_STREAM_UPDATE,
    .open = console_open,
    .add = console_add,
};
