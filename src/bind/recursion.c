/* recursion.c: a CTE that reads itself: UNION ALL of an anchor, which gives names and types, and a step.
 *
 * The step reads the rows of the round before through a `working` node. It may pass them on, filter and join them, but not
 * where all of them would have to be seen together: groups, windows, sorts, the side of an outer join that is filled with nulls.
 */
#include "bind/binder_internal.h"

#include "func/coercion.h"

/* --- names --- */

struct name_search {
  const struct binder *b;
  struct vonk_str name;
  bool found;
};

static STATUS search_name(void *object, struct vonk_node *node) {
  struct name_search *search = object;
  const struct vonk_relation_read *read = RELATION_AS(node, read);
  const struct vonk_relation_with_cte *with = RELATION_AS(node, with_cte);
  if (read && read->name.count == 1 && bind_same_name(search->b, read->name.parts[0], search->name)) search->found = true;
  if (!with) return vonk_node_children(node, search_name, object);
  for (uint32_t i = 0; i < with->definitions.count; i++) {
    const struct vonk_relation_subquery_alias *definition = RELATION_AS(with->definitions.items[i], subquery_alias);
    bool hides = bind_same_name(search->b, definition->alias, search->name);
    if (!hides || !with->recursive) TRY(search_name(object, &definition->input->node));
    if (hides) return VONK_OK;
  }
  return search_name(object, &with->body->node);
}

bool bind_reads_name(const struct binder *b, const struct vonk_node *relation, struct vonk_str name) {
  struct name_search search = {b, name, false};
  if (search_name(&search, (struct vonk_node *)(uintptr_t)relation) != VONK_OK) ASSERT(!"a search cannot fail");
  return search.found;
}

/* --- places --- */

static bool is_working(const void *object, const struct vonk_node *node) {
  const struct vonk_relation_working *working = RELATION_AS(node, working);
  return working && working->working_id == *(const uint64_t *)object;
}

static bool uses(const struct vonk_node *node, uint64_t working_id) { return bind_find(node, true, is_working, &working_id) != NULL; }

/* May rows of the round before come through NODE from its child CHILD? */
static bool may_pass(const struct vonk_node *node, const struct vonk_node *child) {
  const struct vonk_relation_join_on *join = RELATION_AS(node, join_on);
  if (node->type->node_class == VONK_CLASS_EXPR) return true;
  if (join) {
    bool left = child == &join->left->node, right = child == &join->right->node;
    switch ((enum vonk_join_type)join->join_type) {
      case VONK_JOIN_INNER:
      case VONK_JOIN_CROSS: return true;
      case VONK_JOIN_RIGHT: return !left;
      case VONK_JOIN_FULL: return !left && !right;
      default: return !right;
    }
  }
  return RELATION_IS(node, project) || RELATION_IS(node, select) || RELATION_IS(node, union_all) || RELATION_IS(node, generate) ||
         RELATION_IS(node, shared);
}

struct place_check {
  uint64_t working_id;
  const struct vonk_node *parent;
  bool wrong;
};

static STATUS check_place(void *object, struct vonk_node *node) {
  struct place_check *check = object;
  if (!uses(node, check->working_id)) return VONK_OK;
  if (check->parent && !may_pass(check->parent, node)) check->wrong = true;
  struct place_check below = {check->working_id, node, false};
  TRY(vonk_node_children(node, check_place, &below));
  check->wrong |= below.wrong;
  return VONK_OK;
}

/* --- types --- */

/* The step's columns at the anchor's types. */
static STATUS fit_step(struct binder *b, const struct vonk_relation *anchor, struct vonk_relation *step, const struct vonk_origin *origin,
                       struct vonk_relation **out) {
  uint32_t count = anchor->column_count;
  if (step->column_count != count) {
    return vonk_raise(b->task, VONK_NUM_COLUMNS_MISMATCH, origin, "operator", STR("UNION"), "firstNumColumns", vonk_str_format(b->arena, "%u", count),
                      "invalidOrdinalNum", STR("second"), "invalidNumColumns", vonk_str_format(b->arena, "%u", step->column_count), NULL);
  }
  const struct vonk_type **types = ARENA_ARRAY(b->arena, const struct vonk_type *, count);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_type *from = step->columns[i].type;
    types[i] = anchor->columns[i].type;
    if (vonk_type_same(from, types[i]) || vonk_coercion_implicit(from, types[i], false, b->ansi)) continue;
    return vonk_raise(b->task, VONK_CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE, origin, "left", bind_quote_type(b, types[i]), "right",
                      bind_quote_type(b, from), NULL);
  }
  return bind_cast_columns(b, step, types, out);
}

static struct vonk_relation *make_recursion(struct binder *b, const struct bind_recursion *r, struct vonk_relation *anchor, struct vonk_relation *step,
                                            uint64_t working_id) {
  struct vonk_relation_recursion *recursion = RELATION_NEW(b->arena, recursion, r->definition->relation.node.origin);
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, anchor->column_count);
  for (uint32_t i = 0; i < anchor->column_count; i++) {
    columns[i] = (struct vonk_plan_column){.id = bind_new_id(b), .name = anchor->columns[i].name, .type = anchor->columns[i].type, .nullable = true};
  }
  recursion->anchor = anchor;
  recursion->step = step;
  recursion->working_id = working_id;
  recursion->level_limit = r->with->max_depth >= 0 ? r->with->max_depth : vonk_conf_int(b->conf, VONK_CONF_CTE_RECURSION_LEVEL_LIMIT);
  recursion->row_limit = b->limit_all ? -1 : vonk_conf_int(b->conf, VONK_CONF_CTE_RECURSION_ROW_LIMIT);
  recursion->limit = -1;
  recursion->relation.columns = columns;
  recursion->relation.column_count = anchor->column_count;
  return &recursion->relation;
}

static STATUS bind_union(struct binder *b, const struct bind_recursion *r, const struct vonk_relation_set_op *set, struct vonk_relation **out) {
  const struct vonk_origin *origin = r->with->relation.node.origin;
  struct vonk_str name = r->definition->alias;
  struct vonk_relation *anchor, *step;
  uint64_t working_id = bind_new_id(b);
  if (!set || set->op != VONK_SET_UNION || bind_reads_name(b, &set->left->node, name)) {
    return vonk_raise(b->task, VONK_INVALID_RECURSIVE_CTE, origin, NULL);
  }
  if (!set->is_all) return vonk_raise(b->task, VONK_UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE, origin, NULL);
  TRY(bind_relation(b, &set->left->node, r->outer, &anchor));
  TRY(bind_alias_columns(b, anchor, (struct vonk_str){0}, r->definition->column_aliases, origin, &anchor));
  bind_push_working(b, name, anchor, working_id);
  TRY(bind_relation(b, &set->right->node, r->outer, &step));
  TRY(bind_alias_columns(b, step, (struct vonk_str){0}, (struct vonk_name){0}, NULL, &step));
  struct place_check check = {.working_id = working_id};
  TRY(check_place(&check, &step->node));
  if (check.wrong) return vonk_raise(b->task, VONK_INVALID_RECURSIVE_REFERENCE__PLACE, origin, NULL);
  TRY(fit_step(b, anchor, step, set->relation.node.origin, &step));
  *out = make_recursion(b, r, anchor, step, working_id);
  return VONK_OK;
}

STATUS bind_recursive(struct binder *b, const struct bind_recursion *r, struct vonk_relation **out) {
  const struct bind_cte *saved = b->ctes;
  const struct vonk_relation *input = r->definition->input;
  const struct vonk_relation_with_cte *inner = RELATION_AS(input, with_cte);
  enum vonk_status status = VONK_OK;
  for (uint32_t i = 0; inner && i < inner->definitions.count; i++) {
    if (!bind_reads_name(b, &RELATION_AS(inner->definitions.items[i], subquery_alias)->input->node, r->definition->alias)) continue;
    return vonk_raise(b->task, VONK_INVALID_RECURSIVE_CTE, r->with->relation.node.origin, NULL);
  }
  if (inner) status = bind_definitions(b, inner, r->outer);
  if (status == VONK_OK) status = bind_union(b, r, inner ? RELATION_AS(inner->body, set_op) : RELATION_AS(input, set_op), out);
  b->ctes = saved;
  if (status == VONK_OK) status = bind_alias_columns(b, *out, r->definition->alias, (struct vonk_name){0}, r->definition->relation.node.origin, out);
  return status;
}
