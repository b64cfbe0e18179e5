/* extract_python.c: functions in Python leave the expressions they stand in: a relation below computes them as columns.
 *
 * What stands innermost goes first, all functions of one evaluation type together; functions applied to nothing but the value of
 * another one of their type go with it. There is no short cut: a function is called for each row of the relation's input, whatever
 * stands around it. One in a join's condition belongs to the side that has its columns; one over both sides becomes a filter.
 */
#include "func/python.h"
#include "opt/optimizer_internal.h"

enum { EVAL_BATCHED = 100, EVAL_ARROW_BATCHED = 101, EVAL_PANDAS = 200, EVAL_PANDAS_ITER = 204, EVAL_ARROW = 250, EVAL_ARROW_ITER = 251 };

struct search {
  struct opt *o;
  const struct opt_set *within;        /* only functions over these columns; NULL: any */
  int64_t eval_type;                   /* of those found; 0: none yet */
  ARRAY_OF(struct vonk_expr *) found;
  struct vonk_expr **columns;          /* what stands for each of them */
};

static bool is_scalar(const struct vonk_expr_python *python) {
  int64_t type = python->eval_type;
  return type == EVAL_BATCHED || type == EVAL_ARROW_BATCHED || type == EVAL_PANDAS || type == EVAL_PANDAS_ITER || type == EVAL_ARROW || type == EVAL_ARROW_ITER;
}

static const struct vonk_expr_python *scalar_of(const struct vonk_node *node) {
  const struct vonk_expr_python *python = EXPR_AS(node, python);
  return python && is_scalar(python) ? python : NULL;
}

static STATUS find_any(void *object, struct vonk_node *node) {
  bool *found = object;
  if (scalar_of(node)) *found = true;
  if (*found || node->type->node_class != VONK_CLASS_EXPR) return VONK_OK;
  return vonk_node_children(node, find_any, object);
}

static bool has_scalar(const struct vonk_expr *expr) {
  bool found = false;
  if (find_any(&found, (struct vonk_node *)(uintptr_t)expr) != VONK_OK) ASSERT(!"a walk cannot fail");
  return found;
}

static bool iterates(const struct vonk_expr_python *python) { return python->eval_type == EVAL_PANDAS_ITER || python->eval_type == EVAL_ARROW_ITER; }

/* All that it needs are columns, but for functions that go with it. */
static bool can_evaluate(const struct vonk_expr_python *python) {
  const struct vonk_expr_python *inner = python->arguments.count == 1 ? scalar_of(&python->arguments.items[0]->node) : NULL;
  if (inner && inner->eval_type == python->eval_type && !iterates(python)) return can_evaluate(inner);
  for (uint32_t i = 0; i < python->arguments.count; i++) {
    if (has_scalar(python->arguments.items[i])) return false;
  }
  return true;
}

static size_t place_of(const struct search *search, const struct vonk_node *node) {
  const struct vonk_expr *expr = (const struct vonk_expr *)(const void *)node;
  size_t i = 0;
  while (i < search->found.count && &search->found.items[i]->node != node &&
         !(expr->deterministic && vonk_node_equal(&search->found.items[i]->node, node))) i++;
  return i;
}

static STATUS collect(void *object, struct vonk_node *node) {
  struct search *search = object;
  const struct vonk_expr_python *python = scalar_of(node);
  if (node->type->node_class != VONK_CLASS_EXPR) return VONK_OK;
  if (!python || !can_evaluate(python)) return vonk_node_children(node, collect, object);
  struct vonk_expr *expr = (struct vonk_expr *)(void *)node;
  if (search->within && !opt_set_includes(*search->within, opt_set_of_expr(search->o, expr))) return VONK_OK;
  if (search->eval_type && search->eval_type != python->eval_type) return VONK_OK;
  if (search->found.count && (iterates(python) || place_of(search, node) < search->found.count)) return VONK_OK;
  search->eval_type = python->eval_type;
  *ARRAY_PUSH(search->o->arena, &search->found) = expr;
  return VONK_OK;
}

static void collect_expr(void *object, struct vonk_expr *expr) {
  if (collect(object, &expr->node) != VONK_OK) ASSERT(!"a walk cannot fail");
}

static STATUS replace(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct search *search = object;
  *out = node;
  if (node->type->node_class != VONK_CLASS_EXPR) return VONK_OK;
  size_t place = scalar_of(node) ? place_of(search, node) : search->found.count;
  if (place == search->found.count) return vonk_node_map_children(search->o->arena, node, replace, object, out);
  *out = &search->columns[place]->node;
  return VONK_OK;
}

static STATUS replace_expr(struct opt *o, void *object, struct vonk_expr *in, struct vonk_expr **out) {
  struct vonk_node *node;
  (void)o;
  TRY(replace(object, &in->node, &node));
  *out = (struct vonk_expr *)(void *)node;
  return VONK_OK;
}

/* The functions found as columns behind those of INPUT. */
static struct vonk_relation *evaluate(struct opt *o, struct search *search, struct vonk_relation *input) {
  struct vonk_relation_python *python = RELATION_NEW(o->arena, python, search->found.items[0]->node.origin);
  uint32_t count = input->column_count, own = (uint32_t)search->found.count;
  struct vonk_plan_column *columns = ARENA_ARRAY(o->arena, struct vonk_plan_column, (size_t)count + own);
  search->columns = ARENA_ARRAY(o->arena, struct vonk_expr *, own);
  if (count) memcpy(columns, input->columns, count * sizeof *columns);
  for (uint32_t i = 0; i < own; i++) {
    columns[count + i] = opt_new_column(o, vonk_str_format(o->arena, "pythonUDF%u", i), search->found.items[i]);
    search->columns[i] = opt_reference(o, &columns[count + i]);
  }
  python->input = input;
  python->mode = VONK_PYTHON_EVAL;
  python->functions = (struct vonk_exprs){search->found.items, own};
  python->settings = vonk_python_settings(o->arena, o->conf);
  python->relation.columns = columns;
  python->relation.column_count = count + own;
  return &python->relation;
}

/* One round for the functions over the columns of input SLOT; *DONE when there are none. */
static STATUS extract_below(struct opt *o, struct vonk_relation *in, uint32_t slot, bool one_side, struct vonk_relation **out, bool *done) {
  uint32_t count;
  struct vonk_relation **olds = opt_inputs(in, &count), *inputs[2];
  struct opt_set within = opt_set_of_columns(o, olds[slot]);
  struct search search = {.o = o, .within = one_side ? &within : NULL};
  *out = in;
  opt_each_expr(in, collect_expr, &search);
  *done = !search.found.count;
  if (*done) return VONK_OK;
  for (uint32_t i = 0; i < count; i++) inputs[i] = olds[i];
  inputs[slot] = evaluate(o, &search, olds[slot]);
  TRY(opt_map_exprs(o, in, replace_expr, &search, out));
  *out = opt_with_inputs(o, *out, inputs);
  return VONK_OK;
}

static const char *const join_names[] = {[VONK_JOIN_INNER] = "INNER",       [VONK_JOIN_LEFT] = "LEFT OUTER", [VONK_JOIN_RIGHT] = "RIGHT OUTER",
                                         [VONK_JOIN_FULL] = "FULL OUTER",   [VONK_JOIN_SEMI] = "LEFT SEMI",  [VONK_JOIN_ANTI] = "LEFT ANTI",
                                         [VONK_JOIN_CROSS] = "CROSS",       [VONK_JOIN_MARK] = "EXISTENCE",  [VONK_JOIN_SINGLE] = "LEFT SINGLE"};

/* Conjuncts over both sides become a filter above. */
static STATUS lift_residual(struct opt *o, struct vonk_relation_join_on *join, struct vonk_relation **out, struct vonk_exprs *lifted) {
  opt_expr_list stay = {0}, lift = {0};
  for (uint32_t i = 0; i < join->residual.count; i++) {
    *ARRAY_PUSH(o->arena, has_scalar(join->residual.items[i]) ? &lift : &stay) = join->residual.items[i];
  }
  *out = &join->relation;
  *lifted = opt_exprs_of(&lift);
  if (!lift.count) return VONK_OK;
  if (join->join_type != VONK_JOIN_INNER && join->join_type != VONK_JOIN_CROSS) {
    return vonk_raise(o->task, VONK_UNSUPPORTED_FEATURE__PYTHON_UDF_IN_ON_CLAUSE, join->relation.node.origin, "joinType", vonk_str_of(join_names[join->join_type]), NULL);
  }
  struct vonk_relation_join_on *copy = RELATION_AS(vonk_node_clone(o->arena, &join->relation.node), join_on);
  copy->residual = opt_exprs_of(&stay);
  *out = &copy->relation;
  return VONK_OK;
}

static STATUS extract(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out);

static STATUS extract_join(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) {
  struct vonk_exprs lifted;
  for (uint32_t slot = 0; slot < 2; slot++) {
    for (bool done = false; !done;) TRY(extract_below(o, in, slot, true, &in, &done));
  }
  TRY(lift_residual(o, RELATION_AS(in, join_on), &in, &lifted));
  *out = in;
  return lifted.count ? extract(o, NULL, opt_select(o, in, lifted), out) : VONK_OK;
}

static STATUS extract(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  uint32_t count;
  struct vonk_relation *was = in;
  (void)object;
  (void)opt_inputs(in, &count);
  if (RELATION_IS(in, join_on)) TRY(extract_join(o, in, &in));
  for (bool done = count != 1; !done;) TRY(extract_below(o, in, 0, false, &in, &done));
  *out = in == was ? in : opt_project_columns(o, in, was->columns, was->column_count);
  return VONK_OK;
}

static STATUS apply(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) { return opt_rewrite(o, in, extract, NULL, out); }

const struct vonk_rule opt_rule_extract_python = {
    .name = "extract_python",
    .doc = "Functions in Python are computed as columns by a relation of their own, below what uses them.",
    .required = true,
    .apply = apply,
};
