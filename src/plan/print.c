/* print.c: one line for each node; what is not written out here is told by the field tables. */
#include "plan/print.h"

#include <inttypes.h>

#include "plan/command.h"

struct printer {
  struct vonk_text text;
  bool with_rows;
  ARRAY_OF(const struct vonk_relation *) bodies; /* of shared relations, printed already */
};

/* --- expressions --- */

static STATUS with_id(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct vonk_arena *arena = object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  *out = node;
  if (!column) return VONK_OK;
  *out = vonk_node_clone(arena, node);
  struct vonk_str name = vonk_str_format(arena, STR_FMT "#%" PRIu64, STR_ARG(column->name), column->id);
  EXPR_AS(*out, column)->name = name;
  EXPR_AS(*out, column)->qualifier = (struct vonk_name){0};
  return VONK_OK;
}

static void put_expr(struct vonk_text *text, const struct vonk_expr *expr) {
  struct vonk_task task = {.arena = text->arena};
  struct vonk_node *shown;
  const struct vonk_expr_alias *alias = EXPR_AS(expr, alias);
  if (vonk_node_transform(&task, (struct vonk_node *)(uintptr_t)(alias ? &alias->child->node : &expr->node), false, with_id, text->arena, &shown) != VONK_OK) {
    ASSERT(!"naming cannot fail");
  }
  vonk_text_add(text, vonk_expr_sql(text->arena, (const struct vonk_expr *)(const void *)shown));
  if (!alias) return;
  vonk_text_add(text, STR(" AS "));
  vonk_text_add(text, vonk_expr_sql(text->arena, expr));
}

static void put_exprs(struct vonk_text *text, struct vonk_exprs exprs) {
  vonk_text_add_char(text, '[');
  for (uint32_t i = 0; i < exprs.count; i++) {
    if (i) vonk_text_add(text, STR(", "));
    put_expr(text, exprs.items[i]);
  }
  vonk_text_add_char(text, ']');
}

static void put_conjuncts(struct vonk_text *text, struct vonk_exprs exprs) {
  for (uint32_t i = 0; i < exprs.count; i++) {
    if (i) vonk_text_add(text, STR(" AND "));
    put_expr(text, exprs.items[i]);
  }
}

static void put_column(struct vonk_text *text, const struct vonk_plan_column *column) {
  vonk_text_addf(text, STR_FMT "#%" PRIu64, STR_ARG(column->name), column->id);
}

static void put_columns(struct vonk_text *text, const struct vonk_plan_column *columns, uint32_t count) {
  vonk_text_add_char(text, '[');
  for (uint32_t i = 0; i < count; i++) {
    if (i) vonk_text_add(text, STR(", "));
    put_column(text, &columns[i]);
  }
  vonk_text_add_char(text, ']');
}

/* Each expression with the column it makes, when that is another. */
static void put_named(struct vonk_text *text, struct vonk_exprs exprs, const struct vonk_plan_column *columns) {
  vonk_text_add_char(text, '[');
  for (uint32_t i = 0; i < exprs.count; i++) {
    const struct vonk_expr_column *column = EXPR_AS(exprs.items[i], column);
    if (i) vonk_text_add(text, STR(", "));
    put_expr(text, exprs.items[i]);
    if (column && column->id == columns[i].id) continue;
    vonk_text_add(text, STR(" AS "));
    put_column(text, &columns[i]);
  }
  vonk_text_add_char(text, ']');
}

/* --- resolved relations --- */

static const char *const join_names[] = {
    [VONK_JOIN_INNER] = "Inner", [VONK_JOIN_LEFT] = "LeftOuter", [VONK_JOIN_RIGHT] = "RightOuter", [VONK_JOIN_FULL] = "FullOuter",
    [VONK_JOIN_SEMI] = "LeftSemi", [VONK_JOIN_ANTI] = "LeftAnti", [VONK_JOIN_CROSS] = "Cross", [VONK_JOIN_MARK] = "Mark",
    [VONK_JOIN_SINGLE] = "Single"};

static void put_scan(struct vonk_text *text, const struct vonk_relation_scan *scan) {
  for (uint32_t i = 0; i < scan->name.count; i++) vonk_text_addf(text, "%s" STR_FMT, i ? "." : "", STR_ARG(scan->name.parts[i]));
  if (scan->name.count) vonk_text_add_char(text, ' ');
  put_columns(text, scan->relation.columns, scan->relation.column_count);
  if (scan->filters.count) {
    vonk_text_add(text, STR(", filters "));
    put_exprs(text, scan->filters);
  }
  if (scan->limit >= 0) vonk_text_addf(text, ", limit %" PRId64, scan->limit);
}

static void put_join(struct vonk_text *text, const struct vonk_relation_join_on *join) {
  vonk_text_add(text, vonk_str_of(join_names[join->join_type]));
  if (join->null_aware) vonk_text_add(text, STR(" null aware"));
  if (join->left_keys.count) vonk_text_add(text, STR(", ["));
  for (uint32_t i = 0; i < join->left_keys.count; i++) {
    if (i) vonk_text_add(text, STR(", "));
    put_expr(text, join->left_keys.items[i]);
    vonk_text_add(text, i < join->null_safe.count && join->null_safe.items[i] ? STR(" <=> ") : STR(" = "));
    put_expr(text, join->right_keys.items[i]);
  }
  if (join->left_keys.count) vonk_text_add_char(text, ']');
  if (join->residual.count) {
    vonk_text_add(text, STR(", "));
    put_conjuncts(text, join->residual);
  }
  if (join->left_keys.count) vonk_text_add(text, join->build_side ? STR(", build left") : STR(", build right"));
}

static void put_group(struct vonk_text *text, const struct vonk_relation_group *group) {
  vonk_text_add(text, STR("keys "));
  put_named(text, group->keys, group->relation.columns);
  vonk_text_add(text, STR(", aggregates "));
  put_named(text, group->aggregates, group->relation.columns + group->keys.count);
}

static void put_limits(struct vonk_text *text, int64_t limit, int64_t offset) {
  if (limit >= 0) vonk_text_addf(text, "%slimit %" PRId64, text->size ? ", " : "", limit);
  if (offset > 0) vonk_text_addf(text, "%soffset %" PRId64, text->size ? ", " : "", offset);
}

static void put_unique(struct vonk_text *text, const struct vonk_relation_unique *unique) {
  vonk_text_add_char(text, '[');
  for (uint32_t i = 0; i < unique->by.count; i++) {
    for (uint32_t c = 0; c < unique->relation.column_count; c++) {
      if (unique->relation.columns[c].id != unique->by.items[i]) continue;
      if (i) vonk_text_add(text, STR(", "));
      put_column(text, &unique->relation.columns[c]);
      break;
    }
  }
  vonk_text_add_char(text, ']');
}

static struct vonk_exprs as_exprs(struct vonk_nodes nodes) {
  return (struct vonk_exprs){(struct vonk_expr **)(void *)nodes.items, nodes.count};
}

static bool put_resolved(struct vonk_text *text, const struct vonk_relation *r) {
  const struct vonk_relation_project *project = RELATION_AS(r, project);
  const struct vonk_relation_window_of *window = RELATION_AS(r, window_of);
  const struct vonk_relation_order *order = RELATION_AS(r, order);
  const struct vonk_relation_slice *slice = RELATION_AS(r, slice);
  const struct vonk_relation_generate *generate = RELATION_AS(r, generate);
  const struct vonk_relation_range_of *range = RELATION_AS(r, range_of);
  const struct vonk_relation_rows *rows = RELATION_AS(r, rows);
  if (RELATION_IS(r, scan)) put_scan(text, RELATION_AS(r, scan));
  else if (RELATION_IS(r, join_on)) put_join(text, RELATION_AS(r, join_on));
  else if (RELATION_IS(r, group)) put_group(text, RELATION_AS(r, group));
  else if (RELATION_IS(r, select)) put_conjuncts(text, RELATION_AS(r, select)->conjuncts);
  else if (RELATION_IS(r, unique)) put_unique(text, RELATION_AS(r, unique));
  else if (project) put_named(text, project->expressions, r->columns);
  else if (window) put_named(text, window->calls, r->columns + (r->column_count - window->calls.count));
  else if (RELATION_IS(r, expand)) put_exprs(text, as_exprs(RELATION_AS(r, expand)->projections));
  else if (rows || RELATION_IS(r, union_all) || RELATION_IS(r, set_of) || RELATION_IS(r, shared) || RELATION_IS(r, recursion) ||
           RELATION_IS(r, working) || RELATION_IS(r, stream)) {
    if (RELATION_IS(r, stream)) vonk_text_addf(text, STR_FMT ", ", STR_ARG(RELATION_AS(r, stream)->name));
    if (rows && !rows->batches) vonk_text_addf(text, "%u rows ", rows->rows.count);
    put_columns(text, r->columns, r->column_count);
  } else if (order) {
    put_exprs(text, order->order);
    if (!order->is_global) vonk_text_add(text, STR(", within partitions"));
    put_limits(text, order->limit, order->offset);
  } else if (slice) {
    if (slice->limit >= 0) vonk_text_addf(text, "%" PRId64, slice->limit);
    put_limits(text, -1, slice->offset);
    if (slice->from_end) vonk_text_add(text, STR(" from the end"));
  } else if (generate) {
    put_expr(text, generate->generator);
    if (generate->is_outer) vonk_text_add(text, STR(", outer"));
  } else if (range) {
    vonk_text_addf(text, "%" PRId64 " to %" PRId64 " by %" PRId64 " ", range->start, range->end, range->step);
    put_columns(text, r->columns, r->column_count);
  } else {
    return false;
  }
  return true;
}

/* --- any node, by its fields --- */

static bool is_plan(const struct vonk_node *node) { return node && node->type->node_class != VONK_CLASS_EXPR; }

static void put_gap(struct vonk_text *text, size_t start, const char *name) {
  if (text->size > start) vonk_text_add(text, STR(", "));
  if (name) vonk_text_addf(text, "%s ", name);
}

static void put_field(struct vonk_text *text, size_t start, const struct vonk_field *field, const void *p) {
  const struct vonk_nodes *nodes = p;
  const struct vonk_node *node = field->kind == VONK_KIND_NODE ? *(struct vonk_node *const *)p : NULL;
  const struct vonk_str *str = p;
  const struct vonk_name *name = p;
  const struct vonk_options *options = p;
  if (field->kind == VONK_KIND_NODE && node && !is_plan(node)) {
    put_gap(text, start, NULL);
    put_expr(text, (const struct vonk_expr *)(const void *)node);
  } else if (field->kind == VONK_KIND_NODES && nodes->count && !is_plan(nodes->items[0])) {
    put_gap(text, start, NULL);
    put_exprs(text, as_exprs(*nodes));
  } else if (field->kind == VONK_KIND_STR && str->size) {
    put_gap(text, start, field->name);
    vonk_text_add(text, *str);
  } else if (field->kind == VONK_KIND_NAME && name->count) {
    put_gap(text, start, NULL);
    vonk_text_add_char(text, '[');
    for (uint32_t i = 0; i < name->count; i++) vonk_text_addf(text, "%s" STR_FMT, i ? ", " : "", STR_ARG(name->parts[i]));
    vonk_text_add_char(text, ']');
  } else if (field->kind == VONK_KIND_BOOL && *(const bool *)p) {
    put_gap(text, start, NULL);
    vonk_text_add(text, vonk_str_of(field->name));
  } else if (field->kind == VONK_KIND_INT && *(const int64_t *)p) {
    put_gap(text, start, field->name);
    vonk_text_addf(text, "%" PRId64, *(const int64_t *)p);
  } else if (field->kind == VONK_KIND_OPTIONS && options->count) {
    put_gap(text, start, field->name);
    vonk_text_addf(text, "(%u)", options->count); /* values may be secret */
  }
}

static void put_fields(struct vonk_text *text, const struct vonk_node *node) {
  size_t start = text->size;
  const struct vonk_relation_join *join = RELATION_AS(node, join);
  if (join && !join->natural) vonk_text_add(text, vonk_str_of(join_names[join->join_type]));
  for (uint32_t f = 0; f < node->type->field_count; f++) {
    put_field(text, start, &node->type->fields[f], (const char *)node + node->type->fields[f].offset);
  }
}

static void put_details(struct vonk_text *text, const struct vonk_node *node) {
  const struct vonk_relation *relation = (const struct vonk_relation *)(const void *)node;
  if (node->type->node_class != VONK_CLASS_RELATION || !put_resolved(text, relation)) put_fields(text, node);
}

/* --- kinds --- */

static struct vonk_str kind_name(struct vonk_arena *arena, const struct vonk_node *node) {
  static const struct { const struct vonk_node_type *type; const char *name; } names[] = {
      {&vonk_relation_scan_type, "Relation"}, {&vonk_relation_rows_type, "LocalRelation"}, {&vonk_relation_project_type, "Project"},
      {&vonk_relation_select_type, "Filter"}, {&vonk_relation_join_on_type, "Join"}, {&vonk_relation_group_type, "Aggregate"},
      {&vonk_relation_window_of_type, "Window"}, {&vonk_relation_order_type, "Sort"}, {&vonk_relation_slice_type, "Limit"},
      {&vonk_relation_union_all_type, "Union"}, {&vonk_relation_expand_type, "Expand"}, {&vonk_relation_generate_type, "Generate"},
      {&vonk_relation_sample_of_type, "Sample"}, {&vonk_relation_range_of_type, "Range"}, {&vonk_relation_partition_type, "Repartition"},
      {&vonk_relation_shared_type, "Shared"}, {&vonk_relation_unique_type, "Deduplicate"}, {&vonk_relation_recursion_type, "Recursion"},
      {&vonk_relation_working_type, "RecursionReference"}, {&vonk_relation_observe_type, "CollectMetrics"},
      {&vonk_relation_stream_type, "StreamingRelation"}};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (names[i].type == node->type) return vonk_str_of(names[i].name);
  }
  const struct vonk_relation_set_of *set = RELATION_AS(node, set_of);
  if (set) return vonk_str_format(arena, "%s%s", set->op == VONK_SET_INTERSECT ? "Intersect" : "Except", set->is_all ? " All" : "");
  struct vonk_text name;
  vonk_text_init(&name, arena);
  if (node->type->node_class == VONK_CLASS_RELATION) vonk_text_add_char(&name, '\'');
  bool upper = true;
  for (const char *c = node->type->name; *c; c++) {
    if (*c != '_') vonk_text_add_char(&name, upper && *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
    upper = *c == '_';
  }
  return vonk_text_str(&name);
}

/* --- the tree --- */

void vonk_plan_indent(struct vonk_text *text, const struct vonk_plan_place *place) {
  struct vonk_text reversed; /* from the line towards the root: each piece is turned round */
  if (!place) return;
  vonk_text_init(&reversed, text->arena);
  vonk_text_add(&reversed, place->is_last ? STR(" -+") : STR(" -:"));
  for (const struct vonk_plan_place *at = place->above; at; at = at->above) vonk_text_add(&reversed, at->is_last ? STR("   ") : STR("  :"));
  for (size_t i = reversed.size; i-- > 0;) vonk_text_add_char(text, reversed.data[i]);
}

struct child_list {
  struct vonk_arena *arena;
  ARRAY_OF(const struct vonk_node *) items;
};

/* Plans directly below a node: its inputs, and subqueries in its expressions. */
static STATUS add_children(void *object, struct vonk_node *node) {
  struct child_list *children = object;
  if (!is_plan(node)) return vonk_node_children(node, add_children, object);
  *ARRAY_PUSH(children->arena, &children->items) = node;
  return VONK_OK;
}

static bool seen(struct printer *p, const struct vonk_relation_shared *shared) {
  for (size_t i = 0; i < p->bodies.count; i++) {
    if (p->bodies.items[i] == shared->body) return true;
  }
  *ARRAY_PUSH(p->text.arena, &p->bodies) = shared->body;
  return false;
}

static void put_tree(struct printer *p, const struct vonk_node *node, const struct vonk_plan_place *place) {
  struct child_list children = {.arena = p->text.arena};
  const struct vonk_relation_shared *shared = RELATION_AS(node, shared);
  bool again = shared && seen(p, shared);
  if (!again && vonk_node_children(node, add_children, &children) != VONK_OK) ASSERT(!"a walk cannot fail");
  vonk_plan_indent(&p->text, place);
  vonk_text_addf(&p->text, STR_FMT, STR_ARG(kind_name(p->text.arena, node)));
  if (shared) vonk_text_addf(&p->text, " #%" PRIu64, shared->shared_id);
  struct vonk_text details;
  vonk_text_init(&details, p->text.arena);
  put_details(&details, node);
  if (details.size) vonk_text_addf(&p->text, " " STR_FMT, STR_ARG(vonk_text_str(&details)));
  if (again) vonk_text_add(&p->text, STR(", as above"));
  const struct vonk_relation *relation = (const struct vonk_relation *)(const void *)node;
  if (p->with_rows && node->type->node_class == VONK_CLASS_RELATION && relation->columns && relation->estimated_rows >= 0) {
    vonk_text_addf(&p->text, ", Statistics(rowCount=%.0f)", relation->estimated_rows);
  }
  vonk_text_add_char(&p->text, '\n');
  for (size_t i = 0; i < children.items.count; i++) {
    struct vonk_plan_place below = {place, i + 1 == children.items.count};
    put_tree(p, children.items.items[i], &below);
  }
}

struct vonk_str vonk_plan_tree(struct vonk_arena *arena, const struct vonk_node *plan, bool with_rows) {
  struct printer p = {.with_rows = with_rows};
  vonk_text_init(&p.text, arena);
  put_tree(&p, plan, NULL);
  return vonk_text_str(&p.text);
}

struct vonk_str vonk_plan_details(struct vonk_arena *arena, const struct vonk_relation *relation) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  put_details(&text, &relation->node);
  return vonk_text_str(&text);
}

struct vonk_str vonk_plan_columns(struct vonk_arena *arena, const struct vonk_plan_column *columns, uint32_t count) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  put_columns(&text, columns, count);
  return vonk_text_str(&text);
}
