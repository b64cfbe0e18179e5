/* sink.c: rows as CSV records, with a header in each file when it is asked for. */
#include "format/csv/csv.h"
#include "format/text_given.h"
#include "format/text_sink.h"
#include "text/csv_writer.h"

static STATUS write_row(struct vonk_task *task, const struct vonk_text_sink_plan *plan, void *state, const struct vonk_column *columns, uint32_t row,
                        struct vonk_arena *arena, struct vonk_text *out) {
  (void)task, (void)state;
  size_t before = out->size;
  vonk_csv_writer_row(plan->format, columns, row, arena, out);
  /* A record without a character is left out. */
  if (out->size > before) vonk_text_add(out, plan->line_end);
  return VONK_OK;
}

static STATUS make_plan(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_sink_options *sink, struct vonk_sink_plan **out) {
  struct vonk_text_options *given = ARENA_NEW(task->arena, struct vonk_text_options);
  struct vonk_csv_options *options = ARENA_NEW(task->arena, struct vonk_csv_options);
  struct vonk_text_defaults defaults;
  struct vonk_text_sink_plan *plan;
  const struct vonk_csv_writer *writer;
  TRY(vonk_csv_check_schema(task, schema));
  vonk_text_given(task->arena, sink->items, sink->item_count, sink->zone, given, &defaults);
  TRY(vonk_csv_options_read(task, task->arena, given, &defaults, options));
  TRY(vonk_text_sink_plan_make(task, &csv_sink, sink, "CSVOptions", ".csv", &plan));
  TRY(vonk_csv_writer_create(task, task->arena, options, schema, &writer));
  if (options->header) {
    struct vonk_text head;
    vonk_text_init(&head, task->arena);
    vonk_csv_writer_header(writer, &head);
    vonk_text_add(&head, plan->line_end);
    plan->head = vonk_text_str(&head);
  }
  plan->format = writer;
  plan->write_row = write_row;
  *out = &plan->plan;
  return VONK_OK;
}

const struct vonk_sink_type csv_sink = {.name = "csv", .plan = make_plan, VONK_TEXT_SINK_FUNCTIONS};
