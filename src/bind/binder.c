/* binder.c: the entry points: a binder from a context, and what comes after a query is bound. */
#include "bind/binder_internal.h"

#include "type/timezone.h"

void bind_use_conf(struct binder *b, const struct vonk_conf *conf) {
  b->conf = conf;
  b->ansi = vonk_conf_bool(conf, VONK_CONF_ANSI_ENABLED);
  b->case_sensitive = vonk_conf_bool(conf, VONK_CONF_CASE_SENSITIVE);
  b->time_zone = vonk_conf_text(conf, VONK_CONF_TIME_ZONE);
}

static bool test_not_constant(const void *object, const struct vonk_node *node) {
  (void)object;
  return EXPR_IS(node, attribute) || EXPR_IS(node, star) || EXPR_IS(node, subquery) || EXPR_IS(node, window);
}

/* The name that IDENTIFIER computes: a constant text. */
static STATUS identifier_text(const void *object, struct vonk_task *task, struct vonk_expr *expr, struct vonk_str *out) {
  const struct vonk_bind_context *context = object;
  struct vonk_value value;
  struct vonk_str shown = vonk_str_format(task->arena, "\"" STR_FMT "\"", STR_ARG(vonk_expr_sql(task->arena, expr)));
  enum vonk_condition condition = VONK_NOT_A_CONSTANT_STRING__NOT_CONSTANT;
  if (!bind_find(&expr->node, true, test_not_constant, NULL)) {
    TRY(vonk_bind_query_constant(task, context, expr, NULL, &value));
    *out = value.text;
    if (!value.is_null && value.type->id == VONK_TYPE_STRING) return VONK_OK;
    condition = value.is_null ? VONK_NOT_A_CONSTANT_STRING__NULL : VONK_NOT_A_CONSTANT_STRING__WRONG_TYPE;
  }
  return vonk_raise(task, condition, expr->node.origin, "name", STR("IDENTIFIER"), "expr", shown, NULL);
}

struct vonk_sql_options vonk_bind_sql_options(const struct vonk_bind_context *context, const struct vonk_conf *conf, const struct vonk_timezone *zone) {
  bool ansi = vonk_conf_bool(conf, VONK_CONF_ANSI_ENABLED);
  return (struct vonk_sql_options){
      .ansi = ansi,
      .reserved_keywords = ansi && vonk_conf_bool(conf, VONK_CONF_ANSI_ENFORCE_RESERVED_KEYWORDS),
      .double_quoted_names = ansi && vonk_conf_bool(conf, VONK_CONF_ANSI_DOUBLE_QUOTED_IDENTIFIERS),
      .relation_precedence = ansi && vonk_conf_bool(conf, VONK_CONF_ANSI_RELATION_PRECEDENCE),
      .regex_names = vonk_conf_bool(conf, VONK_CONF_QUOTED_REGEX_COLUMNS),
      .exponent_decimal = vonk_conf_bool(conf, VONK_CONF_LEGACY_EXPONENT_AS_DECIMAL),
      .legacy_interval = vonk_conf_bool(conf, VONK_CONF_LEGACY_INTERVAL_ENABLED),
      .timestamp_ntz = vonk_str_equal(vonk_conf_text(conf, VONK_CONF_TIMESTAMP_TYPE), STR("TIMESTAMP_NTZ")),
      .set_ops_left_to_right = vonk_conf_bool(conf, VONK_CONF_LEGACY_SETOPS_PRECEDENCE),
      .legacy_identifier = vonk_conf_bool(conf, VONK_CONF_LEGACY_IDENTIFIER_CLAUSE),
      .having_as_where = vonk_conf_bool(conf, VONK_CONF_LEGACY_HAVING_AS_WHERE),
      .zone = zone,
      .now_micros = context->now_micros,
      .constant_text = identifier_text,
      .constant_object = context,
  };
}

struct vonk_sql_options bind_sql_options(struct binder *b, const struct vonk_conf *conf) {
  const struct vonk_timezone *zone = NULL;
  struct vonk_str id = vonk_conf_text(conf, VONK_CONF_TIME_ZONE);
  if (!id.size || !vonk_timezone_load(b->arena, id, &zone)) zone = NULL;
  return vonk_bind_sql_options(b->context, conf, zone);
}

static void start(struct binder *b, struct vonk_task *task, const struct vonk_bind_context *context, uint64_t *next_id, bool *folds) {
  *b = (struct binder){.task = task, .arena = task->arena, .context = context, .next_id = next_id, .folds = folds};
  b->observations = ARENA_NEW(task->arena, struct bind_observations);
  bind_use_conf(b, context->conf);
}

STATUS vonk_bind_query(struct vonk_task *task, const struct vonk_bind_context *context, struct vonk_relation *unresolved, struct vonk_relation **out) {
  struct binder b;
  uint64_t next_id = 0;
  bool folds = false;
  start(&b, task, context, &next_id, &folds);
  b.sees_metadata = bind_mentions_metadata(&unresolved->node);
  TRY(bind_relation(&b, &unresolved->node, NULL, out));
  TRY(bind_alias_columns(&b, *out, (struct vonk_str){0}, (struct vonk_name){0}, NULL, out));
  return folds ? bind_fold_once(&b, *out, out) : VONK_OK;
}

const struct vonk_type *vonk_bind_schema(struct vonk_arena *arena, const struct vonk_relation *relation) {
  const struct vonk_type *answer = vonk_bind_answer_schema(arena, relation);
  struct vonk_type_field *fields = vonk_arena_copy(arena, answer->fields, sizeof *fields * answer->field_count);
  for (uint32_t i = 0; i < answer->field_count; i++) {
    if (vonk_str_equal(fields[i].metadata, BIND_AUTOMATIC_NAME) || vonk_str_equal(fields[i].metadata, BIND_METADATA_ORIGIN)) fields[i].metadata = STR("");
  }
  return vonk_type_struct(arena, fields, answer->field_count);
}

const struct vonk_type *vonk_bind_answer_schema(struct vonk_arena *arena, const struct vonk_relation *relation) {
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, relation->column_count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < relation->column_count; i++) {
    const struct vonk_plan_column *column = &relation->columns[i];
    if (!column->hidden) fields[count++] = (struct vonk_type_field){column->name, column->type, column->nullable, column->metadata};
  }
  return vonk_type_struct(arena, fields, count);
}

STATUS vonk_bind_query_constant(struct vonk_task *task, const struct vonk_bind_context *context, struct vonk_expr *unresolved, const struct vonk_type *target,
                          struct vonk_value *out) {
  struct binder b;
  struct vonk_expr *expr;
  uint64_t next_id = 0;
  bool folds = false;
  start(&b, task, context, &next_id, &folds);
  TRY(bind_expr(&b, NULL, unresolved, &expr));
  if (target) TRY(bind_cast(&b, expr, target, true, &expr));
  if (folds) TRY(bind_fold_once_expr(&b, expr, &expr));
  return bind_fold(&b, expr, out);
}

/* OBJECT is the next id to give: above those of all columns and lambda variables met. Never stops the walk. */
static bool note_ids(const void *object, const struct vonk_node *node) {
  uint64_t *next_id = (uint64_t *)(uintptr_t)object;
  if (node->type->node_class == VONK_CLASS_RELATION) {
    struct bind_columns columns = bind_columns_of((const struct vonk_relation *)node);
    for (uint32_t i = 0; i < columns.count; i++) {
      if (columns.items[i].id >= *next_id) *next_id = columns.items[i].id + 1;
    }
  } else if (EXPR_IS(node, lambda_variable)) {
    uint64_t id = ((const struct vonk_expr_lambda_variable *)node)->id;
    if (id >= *next_id) *next_id = id + 1;
  }
  return false;
}

STATUS vonk_bind_insert_defaults(struct vonk_task *task, const struct vonk_bind_context *context, struct vonk_relation *query,
                                 const struct vonk_bind_insert *insert) {
  struct binder b;
  uint64_t next_id = 0;
  bool folds = false;
  start(&b, task, context, &next_id, &folds);
  return bind_insert_defaults(&b, query, insert);
}

STATUS vonk_bind_insert(struct vonk_task *task, const struct vonk_bind_context *context, struct vonk_relation *query, const struct vonk_bind_insert *insert,
                        struct vonk_relation **out) {
  struct binder b;
  uint64_t next_id = 1;
  bool folds = false;
  /* Ids of a plan are dense: the optimiser keeps sets of them as bitmaps. */
  (void)bind_find(&query->node, true, note_ids, &next_id);
  start(&b, task, context, &next_id, &folds);
  TRY(bind_insert(&b, query, insert, out));
  return folds ? bind_fold_once(&b, *out, out) : VONK_OK;
}
