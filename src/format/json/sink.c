/* sink.c: rows as JSON objects, a line each. */
#include "format/json/json.h"
#include "format/text_given.h"
#include "format/text_sink.h"
#include "text/json_writer.h"

struct json_plan {
  const struct vonk_type *schema;
  struct vonk_text_options given;
  struct vonk_json_options options;
};

static STATUS open_state(struct vonk_task *task, const struct vonk_text_sink_plan *plan, void **out) {
  return vonk_json_writer_create(task, &((const struct json_plan *)plan->format)->options, (struct vonk_json_writer **)out);
}

static void close_state(void *state) { vonk_json_writer_destroy(state); }

static STATUS write_row(struct vonk_task *task, const struct vonk_text_sink_plan *plan, void *state, const struct vonk_column *columns, uint32_t row,
                        struct vonk_arena *arena, struct vonk_text *out) {
  const struct json_plan *json = plan->format;
  const struct vonk_column record = {.type = json->schema, .physical = VONK_PHYSICAL_STRUCT, .children = (struct vonk_column *)(uintptr_t)columns};
  (void)task, (void)arena;
  vonk_text_add(out, vonk_json_writer_row(state, &record, row));
  vonk_text_add(out, plan->line_end);
  return VONK_OK;
}

static STATUS make_plan(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_sink_options *sink, struct vonk_sink_plan **out) {
  struct json_plan *json = ARENA_NEW(task->arena, struct json_plan);
  struct vonk_text_defaults defaults;
  struct vonk_text_sink_plan *plan;
  json->schema = schema;
  vonk_text_given(task->arena, sink->items, sink->item_count, sink->zone, &json->given, &defaults);
  TRY(vonk_json_options_read(task, task->arena, &json->given, &defaults, &json->options));
  TRY(vonk_text_sink_plan_make(task, &json_sink, sink, "JSONOptions", ".json", &plan));
  plan->format = json;
  plan->write_row = write_row;
  plan->open_state = open_state;
  plan->close_state = close_state;
  *out = &plan->plan;
  return VONK_OK;
}

const struct vonk_sink_type json_sink = {.name = "json", .plan = make_plan, VONK_TEXT_SINK_FUNCTIONS};
