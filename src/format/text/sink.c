/* sink.c: one string column as lines. */
#include "format/text/text.h"
#include "format/text_sink.h"

STATUS text_check_schema(struct vonk_task *task, const struct vonk_type *schema) {
  for (uint32_t i = 0; i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    if (vonk_type_is_string(field->type)) continue;
    return vonk_raise(task, VONK_UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE, NULL, "columnName", vonk_type_quote(task->arena, field->name), "columnType",
                      vonk_str_format(task->arena, "\"" STR_FMT "\"", STR_ARG(vonk_type_sql(task->arena, field->type))), "format", STR("Text"), NULL);
  }
  return VONK_OK;
}

static STATUS write_row(struct vonk_task *task, const struct vonk_text_sink_plan *plan, void *state, const struct vonk_column *columns, uint32_t row,
                        struct vonk_arena *arena, struct vonk_text *out) {
  (void)task, (void)state, (void)arena;
  if (vonk_column_row_valid(columns, row)) {
    const struct vonk_view *views = vonk_column_values(columns);
    vonk_text_add(out, vonk_view_str(&views[vonk_column_index(columns, row)]));
  }
  vonk_text_add(out, plan->line_end);
  return VONK_OK;
}

static STATUS make_plan(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_sink_options *options, struct vonk_sink_plan **out) {
  struct vonk_text_sink_plan *plan;
  TRY(text_check_schema(task, schema));
  if (schema->field_count != 1) {
    return vonk_raisef(task, VONK__LEGACY_ERROR_TEMP_1290, NULL, "schemaSize", "%u", schema->field_count);
  }
  TRY(vonk_text_sink_plan_make(task, &text_sink, options, "TextOptions", ".txt", &plan));
  plan->write_row = write_row;
  *out = &plan->plan;
  return VONK_OK;
}

const struct vonk_sink_type text_sink = {.name = "text", .plan = make_plan, VONK_TEXT_SINK_FUNCTIONS};
