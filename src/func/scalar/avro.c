/* avro.c: from_avro, to_avro and schema_of_avro, over the values of avro/. */
#include "avro/read.h"
#include "avro/write.h"
#include "conf/conf.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/rows.h"
#include "text/options.h"
#include "type/timezone.h"

/* --- arguments --- */

/* What a call of from_avro or schema_of_avro says. */
struct avro_call {
  const struct vonk_avro_schema *writer, *reader;
  struct vonk_avro_mapping mapping;
  enum vonk_avro_calendar calendar;
  bool permissive;
  struct vonk_str text;                /* schema_of_avro's answer */
};

static STATUS wrong_argument(struct vonk_bind_call *call, uint32_t index, const char *wanted) {
  static const char *const ordinals[] = {"first", "second", "third"};
  struct vonk_arena *arena = call->task->arena;
  struct vonk_str name = vonk_str_upper(arena, vonk_str_of(EXPR_AS(call->expr, call)->function->name));
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__TYPE_CHECK_FAILURE_WITH_HINT, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr), "msg",
                    vonk_str_format(arena, "The %s argument of " STR_FMT " must be %s", ordinals[index], STR_ARG(name), wanted), "hint", STR(""), NULL);
}

static STATUS bad_schema(struct vonk_bind_call *call, struct vonk_str reason) {
  struct vonk_arena *arena = call->task->arena;
  return wrong_argument(call, 0, vonk_str_format(arena, "by an Avro schema that can be used: " STR_FMT, STR_ARG(reason)).data);
}

/* The constant text of argument INDEX; data is NULL for NULL. */
static STATUS text_argument(struct vonk_bind_call *call, uint32_t index, struct vonk_str *out) {
  const struct vonk_type *type = call->arguments.items[index]->type;
  struct vonk_value value;
  bool found = false;
  *out = (struct vonk_str){0};
  if (vonk_type_is_string(type) || type->id == VONK_TYPE_VOID) TRY(vonk_bind_find_constant(call, index, &value, &found));
  if (!found) return wrong_argument(call, index, "a constant text with the JSON of an Avro schema");
  if (!value.is_null) *out = value.text;
  return VONK_OK;
}

static bool is_text_or_void(const struct vonk_type *type) { return vonk_type_is_string(type) || type->id == VONK_TYPE_VOID; }

static STATUS options_argument(struct vonk_bind_call *call, uint32_t index, struct vonk_text_options *out) {
  struct vonk_value map;
  bool found = false;
  *out = (struct vonk_text_options){0};
  if (index >= call->arguments.count) return VONK_OK;
  const struct vonk_type *type = call->arguments.items[index]->type;
  bool is_map = type->id == VONK_TYPE_VOID || (type->id == VONK_TYPE_MAP && is_text_or_void(type->key) && is_text_or_void(type->element));
  if (is_map) TRY(vonk_bind_find_constant(call, index, &map, &found));
  if (!found) return wrong_argument(call, index, "a constant map of texts to texts");
  if (map.is_null) return VONK_OK;
  struct vonk_text_option *items = ARENA_ARRAY(call->task->arena, struct vonk_text_option, map.nested.count);
  for (uint32_t i = 0; i < map.nested.count; i++) {
    items[i].name = map.nested.items[2 * i].text;
    if (!map.nested.items[2 * i + 1].is_null) items[i].value = map.nested.items[2 * i + 1].text;
  }
  *out = (struct vonk_text_options){items, map.nested.count};
  return VONK_OK;
}

static STATUS wrong_option(struct vonk_bind_call *call, const char *name, const char *why) {
  return vonk_raise(call->task, VONK_STDS_INVALID_OPTION_VALUE__WITH_MESSAGE, call->expr->node.origin, "optionName", vonk_str_of(name), "message", vonk_str_of(why), NULL);
}

static STATUS read_mode(struct vonk_bind_call *call, const struct vonk_text_options *options, struct avro_call *out) {
  struct vonk_str mode = vonk_text_option(options, "mode");
  out->permissive = mode.data && !vonk_str_equal_nocase(mode, STR("FAILFAST"));
  if (!mode.data || !vonk_str_equal_nocase(mode, STR("DROPMALFORMED"))) return VONK_OK;
  return vonk_raise(call->task, VONK_PARSE_MODE_UNSUPPORTED, call->expr->node.origin, "funcName",
                    vonk_str_format(call->task->arena, "`%s`", EXPR_AS(call->expr, call)->function->name), "mode", STR("DROPMALFORMED"), NULL);
}

static STATUS read_mapping(struct vonk_bind_call *call, const struct vonk_text_options *options, struct avro_call *out) {
  struct vonk_str prefix = vonk_text_option(options, "stableIdentifierPrefixForUnionType"), depth = vonk_text_option(options, "recursiveFieldMaxDepth");
  struct vonk_str calendar = vonk_text_option(options, "datetimeRebaseMode");
  int64_t most = -1;
  out->mapping.stable_prefix = prefix.data ? prefix : STR("member_");
  TRY(vonk_text_option_bool(call->task, options, "enableStableIdentifiersForUnionType", &out->mapping.stable_ids));
  if (depth.data && (!vonk_str_to_int64(depth, &most) || most < INT32_MIN)) return wrong_option(call, "recursiveFieldMaxDepth", "It is not a number.");
  if (most > VONK_AVRO_RECURSION_MAX) return wrong_option(call, "recursiveFieldMaxDepth", "Should not be greater than 15.");
  out->mapping.recursion_max = (int)most;
  if (!calendar.data) calendar = vonk_conf_text(call->conf, VONK_CONF_AVRO_REBASE_READ);
  if (vonk_str_equal_nocase(calendar, STR("LEGACY"))) out->calendar = VONK_AVRO_HYBRID;
  if (vonk_str_equal_nocase(calendar, STR("EXCEPTION"))) out->calendar = VONK_AVRO_CALENDAR_UNKNOWN;
  return VONK_OK;
}

static STATUS parse_schema(struct vonk_bind_call *call, struct vonk_str text, const struct vonk_avro_schema **out) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_str reason;
  *out = vonk_avro_schema_parse(arena, vonk_str_copy(arena, text), &reason);
  return *out ? VONK_OK : bad_schema(call, reason);
}

/* The schema in argument INDEX and the options behind it; the type that they mean. */
static STATUS read_call(struct vonk_bind_call *call, uint32_t index, struct avro_call **out, const struct vonk_type **type) {
  struct vonk_arena *arena = call->task->arena;
  struct avro_call *made = ARENA_NEW(arena, struct avro_call);
  struct vonk_text_options options;
  struct vonk_str text, reason;
  bool nullable;
  TRY(text_argument(call, index, &text));
  TRY(options_argument(call, index + 1, &options));
  TRY(read_mode(call, &options, made));
  TRY(read_mapping(call, &options, made));
  TRY(parse_schema(call, text, &made->writer));
  made->reader = made->writer;
  struct vonk_str evolved = vonk_text_option(&options, "avroSchema");
  if (evolved.data) TRY(parse_schema(call, evolved, &made->reader));
  *type = vonk_avro_sql_type(arena, made->reader, &made->mapping, &nullable, &reason);
  if (!*type) return bad_schema(call, reason);
  if (made->permissive) *type = vonk_type_as_nullable(arena, *type);
  *out = made;
  return VONK_OK;
}

/* --- from_avro --- */

struct from_state {
  struct vonk_avro_reader *reader;
  struct vonk_buffer *bytes;           /* of a value, with its padding */
  struct vonk_arena *arena;            /* holds this struct */
};

static STATUS bind_from_avro(struct vonk_bind_call *call) {
  struct avro_call *avro;
  const struct vonk_type *type;
  TRY(read_call(call, 1, &avro, &type));
  call->expr->type = type;
  EXPR_AS(call->expr, call)->data = avro;
  return VONK_OK;
}

static void close_from_avro(void *object) {
  struct from_state *state = object;
  vonk_avro_reader_close(state->reader);
  vonk_buffer_release(state->bytes);
  vonk_arena_destroy(state->arena);
}

static STATUS open_from_avro(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  const struct avro_call *avro = EXPR_AS(expr, call)->data;
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct from_state *state = ARENA_NEW(arena, struct from_state);
  struct vonk_avro_read_spec spec = {.writer = avro->writer, .reader = avro->reader, .type = expr->type, .mapping = avro->mapping, .calendar = avro->calendar,
                                     .zone = &vonk_timezone_utc};
  struct vonk_str problem;
  state->arena = arena;
  enum vonk_status status = vonk_buffer_create(task->budget, 256, &state->bytes);
  if (status == VONK_OK) status = vonk_avro_reader_open(task, &spec, &state->reader, &problem);
  if (status == VONK_OK && !state->reader) status = vonk_raise(task, VONK_INTERNAL_ERROR, NULL, "message", problem, NULL);
  *out = state;
  if (status != VONK_OK) {
    close_from_avro(state);
    *out = NULL;
  }
  return status;
}

/* Results of fixed width are stored by row, others go to the builder. */
static STATUS add_null(struct vonk_frame *frame, uint32_t row) {
  if (frame->builder) return vonk_row_add_null(frame);
  vonk_row_put_null(frame, row);
  return VONK_OK;
}

static STATUS add_value(struct vonk_frame *frame, uint32_t row, const struct vonk_column *values) {
  enum vonk_physical physical = values->physical;
  if (frame->builder) return vonk_builder_add_row(frame->task, frame->builder, values, 0);
  if (!vonk_column_row_valid(values, 0)) vonk_row_put_null(frame, row);
  else if (physical == VONK_PHYSICAL_BOOL) vonk_row_put_bool(frame, row, vonk_bits_get(values->data, 0));
  else memcpy((char *)frame->data + (size_t)row * vonk_physical_size[physical], values->data, vonk_physical_size[physical]);
  return VONK_OK;
}

static STATUS malformed(struct vonk_frame *frame, uint32_t row, enum vonk_avro_outcome outcome, struct vonk_str problem) {
  const struct avro_call *avro = EXPR_AS(frame->expr, call)->data;
  if (outcome == VONK_AVRO_REFUSED) return VONK_NO_MEMORY;
  if (!avro->permissive)
    return vonk_raise(frame->task, VONK_MALFORMED_RECORD_IN_PARSING__WITHOUT_SUGGESTION, frame->expr->node.origin, "badRecord", problem, "failFastMode", STR("FAILFAST"), NULL);
  if (frame->expr->type->id != VONK_TYPE_STRUCT) return add_null(frame, row);
  for (uint32_t i = 0; i < frame->builder->child_count; i++) TRY(vonk_builder_add_null(frame->task, &frame->builder->children[i]));
  return vonk_builder_end_struct(frame->task, frame->builder);
}

static STATUS from_avro_row(struct vonk_frame *frame, uint32_t row) {
  struct from_state *state = frame->state;
  struct vonk_str bytes = vonk_row_str(frame, 0, row);
  struct vonk_column values;
  if (state->bytes->capacity < bytes.size) TRY(vonk_buffer_grow(&state->bytes, 2 * bytes.size));
  if (bytes.size) memcpy(state->bytes->data, bytes.data, bytes.size);
  const uint8_t *at = state->bytes->data;
  vonk_avro_reader_reset(state->reader);
  enum vonk_avro_outcome outcome = vonk_avro_read_rows(frame->task, state->reader, &at, at + bytes.size, 1);
  if (outcome != VONK_AVRO_READ) return malformed(frame, row, outcome, vonk_avro_problem(state->reader));
  TRY(vonk_avro_reader_finish(frame->task, state->reader, &values));
  return add_value(frame, row, &values);
}
static STATUS from_avro(struct vonk_frame *frame) { return frame->builder ? vonk_rows_build(frame, from_avro_row) : vonk_rows_each(frame, from_avro_row); }

/* --- schema_of_avro --- */

static STATUS bind_schema_of_avro(struct vonk_bind_call *call) {
  struct avro_call *avro;
  const struct vonk_type *type;
  TRY(read_call(call, 0, &avro, &type));
  avro->text = vonk_type_sql(call->task->arena, type);
  EXPR_AS(call->expr, call)->data = avro;
  return VONK_OK;
}

static STATUS schema_of_avro_row(struct vonk_frame *frame, uint32_t row) {
  (void)row;
  return vonk_row_add_str(frame, ((const struct avro_call *)EXPR_AS(frame->expr, call)->data)->text);
}
static STATUS schema_of_avro(struct vonk_frame *frame) { return vonk_rows_build(frame, schema_of_avro_row); }

/* --- to_avro --- */

struct to_state {
  struct vonk_avro_writer writer;
  struct vonk_buffer *bytes;
  struct vonk_arena *arena;            /* holds this struct */
};

static STATUS bind_to_avro(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_expr *value = call->arguments.items[0];
  struct vonk_str text = {0}, problem;
  struct vonk_avro_write_spec spec = {.type = value->type, .zone = &vonk_timezone_utc};
  struct vonk_str calendar = vonk_conf_text(call->conf, VONK_CONF_AVRO_REBASE_WRITE);
  if (call->arguments.count > 1) TRY(text_argument(call, 1, &text));
  if (!text.data) text = vonk_avro_schema_of(arena, value->type, value->nullable, STR("topLevelRecord"), STR(""), &problem);
  if (!text.data) return bad_schema(call, problem);
  TRY(parse_schema(call, text, &spec.schema));
  if (vonk_str_equal_nocase(calendar, STR("LEGACY"))) spec.calendar = VONK_AVRO_HYBRID;
  if (vonk_str_equal_nocase(calendar, STR("EXCEPTION"))) spec.calendar = VONK_AVRO_CALENDAR_UNKNOWN;
  const struct vonk_avro_write_plan *plan = vonk_avro_write_plan_make(arena, &spec, &problem);
  if (!plan) return bad_schema(call, problem);
  EXPR_AS(call->expr, call)->data = plan;
  return VONK_OK;
}

static STATUS open_to_avro(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct to_state *state = ARENA_NEW(arena, struct to_state);
  state->arena = arena;
  state->writer.plan = EXPR_AS(expr, call)->data;
  *out = state;
  return vonk_buffer_create(task->budget, 256, &state->bytes);
}
static void close_to_avro(void *object) {
  struct to_state *state = object;
  vonk_avro_writer_deinit(&state->writer);
  vonk_buffer_release(state->bytes);
  vonk_arena_destroy(state->arena);
}

static STATUS unwritten(struct vonk_frame *frame, const struct vonk_avro_writer *writer, enum vonk_avro_written written) {
  struct vonk_arena *arena = frame->task->arena;
  if (written == VONK_AVRO_FULL) return VONK_NO_MEMORY;
  if (written == VONK_AVRO_NULL_FIELD)
    return vonk_raise(frame->task, VONK_AVRO_CANNOT_WRITE_NULL_FIELD, frame->expr->node.origin, "name", vonk_type_quote(arena, writer->problem), "dataType",
                      vonk_str_format(arena, "\"" STR_FMT "\"", STR_ARG(writer->schema->name)), NULL);
  if (written == VONK_AVRO_OLD)
    return vonk_raise(frame->task, VONK_INCONSISTENT_BEHAVIOR_CROSS_VERSION__WRITE_ANCIENT_DATETIME, frame->expr->node.origin, "format", STR("Avro"), "config",
                      STR("\"spark.sql.avro.datetimeRebaseModeInWrite\""), NULL);
  return vonk_raise(frame->task, VONK_TASK_WRITE_FAILED, frame->expr->node.origin, "path", STR("Avro"), "reason", writer->problem, NULL);
}

static STATUS to_avro_row(struct vonk_frame *frame, uint32_t row) {
  struct to_state *state = frame->state;
  state->bytes->size = 0;
  enum vonk_avro_written written = vonk_avro_write(&state->writer, &frame->arguments[0], row, &state->bytes);
  if (written != VONK_AVRO_WRITTEN) return unwritten(frame, &state->writer, written);
  return vonk_builder_add_bytes(frame->task, frame->builder, (const char *)state->bytes->data, state->bytes->size);
}
static STATUS to_avro(struct vonk_frame *frame) { return vonk_rows_build(frame, to_avro_row); }

const struct vonk_function vonk_functions_avro[] = {
    {.name = "from_avro", .signature = "(binary!, any, [any]) -> bind", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .eval = from_avro, .bind = bind_from_avro,
     .open = open_from_avro, .close = close_from_avro, .shown = "from_avro($1, $2, NULL)|from_avro($1, $2, $3)", .group = "misc_funcs",
     .doc = "A value in Avro's binary encoding, by the JSON of its schema, with options.", .example = "SELECT from_avro(X'020400', '{\"type\": \"array\", \"items\": \"int\"}')"},
    {.name = "schema_of_avro", .signature = "(any, [any]) -> string", .nulls = VONK_NULLS_NEVER, .eval = schema_of_avro, .bind = bind_schema_of_avro,
     .shown = "schema_of_avro($1, NULL)|schema_of_avro($1, $2)", .group = "misc_funcs", .doc = "The SQL type that an Avro schema is read as, as DDL.",
     .example = "SELECT schema_of_avro('{\"type\": \"record\", \"name\": \"r\", \"fields\": [{\"name\": \"u\", \"type\": [\"int\", \"string\"]}]}')"},
    {.name = "to_avro", .signature = "(any, [any]) -> binary", .nulls = VONK_NULLS_STRICT, .eval = to_avro, .bind = bind_to_avro, .open = open_to_avro, .close = close_to_avro,
     .shown = "to_avro($1, NULL)|to_avro($1, $2)", .group = "misc_funcs", .doc = "A value in Avro's binary encoding, by the JSON of a schema or that of its type.",
     .example = "SELECT hex(to_avro(named_struct('a', 1, 'b', 'x')))"},
    {0},
};
