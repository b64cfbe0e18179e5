/* metadata.c: the hidden column _metadata of files: where it comes from, and through what it goes up.
 *
 * Only queries whose text may mean it have it at all. Scans give it; relations that pass rows on pass it, too: below those a projection
 * that left it out is given it again. Groups, set operations, views, WITH and the like end it, and so does a join USING columns.
 */
#include "bind/binder_internal.h"
#include "catalog/source.h"

/* "..._metadata", any case */
static bool may_name(struct vonk_str name) {
  struct vonk_str word = BIND_METADATA;
  return name.size >= word.size && vonk_str_equal_nocase(vonk_str_slice(name, name.size - word.size, name.size), word);
}

static bool any_names(struct vonk_name name) {
  for (uint32_t i = 0; i < name.count; i++) {
    if (may_name(name.parts[i])) return true;
  }
  return false;
}

static bool text_names(struct vonk_str text) {
  for (size_t i = 0; i + BIND_METADATA.size <= text.size; i++) {
    if (vonk_str_starts_with_nocase(vonk_str_slice(text, i, text.size), BIND_METADATA)) return true;
  }
  return false;
}

/* Text that is parsed later counts as well. */
static bool mentions(const void *object, const struct vonk_node *node) {
  const struct vonk_expr_attribute *attribute = EXPR_AS(node, attribute);
  const struct vonk_expr_star *star = EXPR_AS(node, star);
  const struct vonk_expr_expression_string *string = EXPR_AS(node, expression_string);
  const struct vonk_expr_literal *literal = EXPR_AS(node, literal);
  const struct vonk_relation_sql *sql = RELATION_AS(node, sql);
  (void)object;
  if (attribute) return attribute->is_metadata || any_names(attribute->name);
  if (star) return any_names(star->target);
  if (string) return text_names(string->text);
  if (sql) return text_names(sql->text);
  return literal && !literal->value.is_null && literal->value.type && literal->value.type->id == VONK_TYPE_STRING && text_names(literal->value.text);
}

bool bind_mentions_metadata(const struct vonk_node *unresolved) { return bind_find(unresolved, true, mentions, NULL) != NULL; }

struct vonk_plan_column bind_metadata_column(struct binder *b, const struct vonk_source *source, struct bind_columns columns, struct vonk_name qualifier) {
  struct vonk_plan_column column = {.id = bind_new_id(b), .name = BIND_METADATA, .type = vonk_source_metadata_type(b->arena, source), .hidden = true,
                                    .is_metadata = true, .qualifier = qualifier, .metadata = BIND_METADATA_ORIGIN};
  for (uint32_t i = 0; i < columns.count; i++) {
    if (!bind_same_name(b, columns.items[i].name, column.name)) continue;
    column.name = vonk_str_format(b->arena, "_" STR_FMT, STR_ARG(column.name));
    i = UINT32_MAX; /* from the first again */
  }
  return column;
}

/* Relations that have what their inputs have. */
static bool passes(const struct vonk_node *node) {
  static const struct vonk_node_type *const kinds[] = {
      &vonk_relation_project_star_type, &vonk_relation_filter_type,       &vonk_relation_sort_type,          &vonk_relation_limit_type,
      &vonk_relation_offset_type,       &vonk_relation_tail_type,         &vonk_relation_sample_type,        &vonk_relation_deduplicate_type,
      &vonk_relation_hint_type,         &vonk_relation_repartition_type,  &vonk_relation_subquery_alias_type, &vonk_relation_lateral_view_type,
      &vonk_relation_lateral_join_type, &vonk_relation_with_columns_type, &vonk_relation_drop_type,          &vonk_relation_with_columns_renamed_type,
      &vonk_relation_to_df_type,        &vonk_relation_fill_na_type,      &vonk_relation_drop_na_type,       &vonk_relation_replace_type,
      &vonk_relation_window_clause_type, &vonk_relation_collect_metrics_type, &vonk_relation_sql_type,
  };
  const struct vonk_relation_join *join = RELATION_AS(node, join);
  if (join) return !join->natural && !join->using_columns.count;
  for (size_t i = 0; i < COUNT_OF(kinds); i++) {
    if (node->type == kinds[i]) return true;
  }
  return false;
}

/* What uses its input's columns by name but passes none on. */
static bool uses(const struct vonk_node *node) { return RELATION_IS(node, aggregate) || RELATION_IS(node, having) || RELATION_IS(node, join); }

static struct vonk_relation *without(struct binder *b, struct vonk_relation *relation) {
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, relation->column_count);
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, relation->column_count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < relation->column_count; i++) {
    if (relation->columns[i].is_metadata) continue;
    columns[count] = relation->columns[i];
    exprs[count++] = bind_reference(b, &relation->columns[i], NULL);
  }
  return count == relation->column_count ? relation : bind_project(b, relation, columns, exprs, count, NULL);
}

static struct vonk_relation *with_those_of(struct binder *b, const struct bind_traces *inputs, struct vonk_relation *relation) {
  for (size_t i = 0; i < inputs->count; i++) {
    const struct bind_trace *trace = inputs->items[i];
    bool any = false;
    for (uint32_t c = 0; c < trace->relation->column_count; c++) {
      if (!trace->relation->columns[c].is_metadata) continue;
      struct vonk_relation *with = bind_with_column(b, relation, bind_renewed_id(trace, trace->relation->columns[c].id));
      if (with) relation = with;
      any = true;
    }
    if (!any && passes(trace->unresolved)) relation = with_those_of(b, &trace->inputs, relation);
  }
  return relation;
}

static struct vonk_relation *renamed(struct binder *b, struct vonk_relation *relation, struct vonk_str alias) {
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, relation->columns, relation->column_count * sizeof *columns);
  struct vonk_str *part = ARENA_NEW(b->arena, struct vonk_str);
  *part = alias;
  for (uint32_t i = 0; i < relation->column_count; i++) {
    if (columns[i].is_metadata) columns[i].qualifier = (struct vonk_name){part, 1};
  }
  return bind_over_columns(b, relation, columns);
}

STATUS bind_carry_metadata(struct binder *b, const struct vonk_node *unresolved, struct vonk_relation *relation, struct vonk_relation **out) {
  const struct bind_trace *above = b->trace->above;
  const struct vonk_relation_subquery_alias *alias = RELATION_AS(unresolved, subquery_alias);
  bool ends = RELATION_IS(unresolved, join) && !passes(unresolved);
  *out = relation;
  if (ends || !above || !(passes(above->unresolved) || uses(above->unresolved))) {
    *out = without(b, relation);
    return VONK_OK;
  }
  if (passes(unresolved)) *out = with_those_of(b, &b->trace->inputs, relation);
  if (alias && alias->alias.size && (*out)->column_count) *out = renamed(b, *out, alias->alias);
  return VONK_OK;
}
