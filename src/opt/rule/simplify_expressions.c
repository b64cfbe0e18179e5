/* simplify_expressions.c: constants are folded, boolean expressions shortened, literals brought to the columns' types.
 *
 * Bottom up over all expressions. A constant that fails to fold stays where it is and fails when it is needed. Comparisons have
 * their literal on the right, at the type of the column if the cast between them changes no order: what scans can use.
 */
#include "expr/function.h"
#include "expr/program.h"
#include "opt/simplify.h"

/* --- constants --- */

static bool all_literals(struct vonk_exprs exprs) {
  for (uint32_t i = 0; i < exprs.count; i++) {
    if (!EXPR_IS(exprs.items[i], literal)) return false;
  }
  return true;
}

static bool is_foldable(const struct vonk_expr *expr) {
  const struct vonk_expr_cast *cast = EXPR_AS(expr, cast);
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  if (cast) return EXPR_IS(cast->child, literal);
  return call && call->function && call->function->kind == VONK_SCALAR && call->expr.deterministic && all_literals(call->arguments);
}

static struct vonk_expr *fold(struct opt *o, struct vonk_expr *expr) {
  struct vonk_error error;
  struct vonk_task task = *o->task;
  struct vonk_value value;
  if (!is_foldable(expr)) return expr;
  vonk_error_init(&error);
  task.error = &error;
  if (vonk_expr_fold(&task, expr, &value) == VONK_OK) {
    value = vonk_value_copy(o->arena, &value);
    value.type = expr->type;
    expr = vonk_expr_literal_of(o->arena, &value, expr->node.origin);
  }
  vonk_error_deinit(&error);
  return expr;
}

/* A strict function of NULL is NULL. */
static bool has_null_argument(const struct vonk_expr_call *call) {
  if (call->function->nulls != VONK_NULLS_STRICT || (call->function->flags & VONK_FN_LAZY) || call->function->kind != VONK_SCALAR) return false;
  bool found = false;
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    const struct vonk_expr_literal *literal = EXPR_AS(call->arguments.items[i], literal);
    found |= literal && literal->value.is_null;
    if (call->arguments.items[i]->can_raise || !call->arguments.items[i]->deterministic) return false;
  }
  return found;
}

/* --- boolean --- */

static struct vonk_expr *simplify_and(struct vonk_expr *expr) {
  struct vonk_expr *a = opt_argument(expr, 0), *b = opt_argument(expr, 1);
  if (opt_is_true(a)) return b;
  if (opt_is_true(b)) return a;
  if (opt_is_false(a)) return a;
  if (opt_is_false(b) && opt_is_movable(a)) return b;
  if (a->deterministic && vonk_node_equal(&a->node, &b->node)) return a;
  return expr;
}

static struct vonk_expr *simplify_or(struct opt *o, struct vonk_expr *expr) {
  struct vonk_expr *a = opt_argument(expr, 0), *b = opt_argument(expr, 1);
  if (opt_is_false(a)) return b;
  if (opt_is_false(b)) return a;
  if (opt_is_true(a)) return a;
  if (opt_is_true(b) && opt_is_movable(a)) return b;
  if (a->deterministic && vonk_node_equal(&a->node, &b->node)) return a;
  return opt_factor_or(o, expr);
}

static const char *const comparisons[][3] = {
    /* name, sides swapped, negated */
    {"<", ">", ">="}, {"<=", ">=", ">"}, {">", "<", "<="}, {">=", "<=", "<"}, {"==", "==", NULL}, {"<=>", "<=>", NULL},
};

static const char *const *comparison(const struct vonk_expr *expr) {
  for (size_t i = 0; i < COUNT_OF(comparisons); i++) {
    if (opt_is_call(expr, comparisons[i][0])) return comparisons[i];
  }
  return NULL;
}

static struct vonk_expr *simplify_not(struct opt *o, struct vonk_expr *expr) {
  struct vonk_expr *child = opt_argument(expr, 0);
  const char *const *names = comparison(child);
  if (opt_is_call(child, "not")) return opt_argument(child, 0);
  if (opt_is_call(child, "isnull")) return opt_call(o, "isnotnull", &vonk_type_boolean, false, 1, opt_argument(child, 0));
  if (opt_is_call(child, "isnotnull")) return opt_call(o, "isnull", &vonk_type_boolean, false, 1, opt_argument(child, 0));
  if (names && names[2]) return opt_call(o, names[2], &vonk_type_boolean, child->nullable, 2, opt_argument(child, 0), opt_argument(child, 1));
  return expr;
}

/* --- branches --- */

/* CASE: branches that are never taken go, one that always is ends it. */
static struct vonk_expr *simplify_when(struct opt *o, struct vonk_expr *expr) {
  struct vonk_exprs in = EXPR_AS(expr, call)->arguments, kept = {ARENA_ARRAY(o->arena, struct vonk_expr *, in.count), 0};
  uint32_t i = 0;
  bool ended = false;
  for (; i + 1 < in.count && !ended; i += 2) {
    if (opt_is_false_or_null(in.items[i])) continue;
    ended = opt_is_true(in.items[i]);
    if (!ended) kept.items[kept.count++] = in.items[i];
    kept.items[kept.count++] = in.items[i + 1];
  }
  if (!ended && i < in.count) kept.items[kept.count++] = in.items[i];
  if (kept.count == in.count) return expr;
  if (!kept.count) return opt_null(o, expr->type);
  if (kept.count == 1) return vonk_type_equal(kept.items[0]->type, expr->type) ? kept.items[0] : expr;
  return opt_with_arguments(o, expr, kept);
}

static struct vonk_expr *simplify_coalesce(struct opt *o, struct vonk_expr *expr) {
  struct vonk_exprs in = EXPR_AS(expr, call)->arguments, kept = {ARENA_ARRAY(o->arena, struct vonk_expr *, in.count), 0};
  for (uint32_t i = 0; i < in.count; i++) {
    const struct vonk_expr_literal *literal = EXPR_AS(in.items[i], literal);
    if (literal && literal->value.is_null) continue;
    kept.items[kept.count++] = in.items[i];
    if (!in.items[i]->nullable) break;
  }
  if (kept.count == in.count) return expr;
  if (!kept.count) return opt_null(o, expr->type);
  if (kept.count == 1) return vonk_type_equal(kept.items[0]->type, expr->type) ? kept.items[0] : expr;
  return opt_with_arguments(o, expr, kept);
}

/* --- comparisons --- */

static struct vonk_expr *simplify_comparison(struct opt *o, struct vonk_expr *expr, const char *const *names) {
  struct vonk_expr *a = opt_argument(expr, 0), *b = opt_argument(expr, 1);
  if (EXPR_IS(a, literal) && !EXPR_IS(b, literal)) {
    expr = opt_call(o, names[1], &vonk_type_boolean, expr->nullable, 2, b, a);
  }
  return opt_unwrap_cast(o, expr);
}

/* LIKE without wildcards, or with a % at the ends only. */
static struct vonk_expr *simplify_like(struct opt *o, struct vonk_expr *expr) {
  struct vonk_expr *text = opt_argument(expr, 0);
  const struct vonk_expr_literal *pattern = EXPR_AS(opt_argument(expr, 1), literal);
  if (!pattern || pattern->value.is_null || text->type->id != VONK_TYPE_STRING || text->type->collation.size) return expr;
  struct vonk_str p = pattern->value.text;
  if (memchr(p.data, '_', p.size) || memchr(p.data, '\\', p.size) || EXPR_AS(expr, call)->arguments.count > 2) return expr;
  bool first = p.size && p.data[0] == '%', last = p.size && p.data[p.size - 1] == '%';
  struct vonk_str body = p.size == 1 && first ? vonk_str_slice(p, 0, 0) : vonk_str_slice(p, first, p.size - last);
  if (!body.size || memchr(body.data, '%', body.size)) return expr;
  struct vonk_value value = vonk_value_text(pattern->value.type, body);
  struct vonk_expr *literal = vonk_expr_literal_of(o->arena, &value, pattern->expr.node.origin);
  const char *name = first && last ? "contains" : first ? "endswith" : last ? "startswith" : "==";
  return opt_call(o, name, &vonk_type_boolean, expr->nullable, 2, text, literal);
}

static struct vonk_expr *simplify_call(struct opt *o, struct vonk_expr *expr) {
  const char *const *names = comparison(expr);
  if (names) return simplify_comparison(o, expr, names);
  if (opt_is_call(expr, "and")) return simplify_and(expr);
  if (opt_is_call(expr, "or")) return simplify_or(o, expr);
  if (opt_is_call(expr, "not") || opt_is_call(expr, "!")) return simplify_not(o, expr);
  if (opt_is_call(expr, "when") || opt_is_call(expr, "if")) return simplify_when(o, expr);
  if (opt_is_call(expr, "coalesce")) return simplify_coalesce(o, expr);
  if (opt_is_call(expr, "in")) return opt_unwrap_in(o, expr);
  if (opt_is_call(expr, "like")) return simplify_like(o, expr);
  if (opt_is_call(expr, "isnotnull") && !opt_argument(expr, 0)->nullable && opt_is_movable(opt_argument(expr, 0))) return opt_bool(o, true);
  if (opt_is_call(expr, "isnull") && !opt_argument(expr, 0)->nullable && opt_is_movable(opt_argument(expr, 0))) return opt_bool(o, false);
  return expr;
}

static STATUS simplify(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct opt *o = object;
  struct vonk_expr *expr = (struct vonk_expr *)(void *)node;
  const struct vonk_expr_call *call = EXPR_AS(node, call);
  struct vonk_expr *folded = fold(o, expr);
  if (folded == expr && call && call->function) {
    if (has_null_argument(call)) folded = opt_null(o, expr->type);
    else folded = simplify_call(o, expr);
    if (folded != expr) folded = fold(o, folded);
  }
  *out = &folded->node;
  return VONK_OK;
}

static STATUS simplify_expr(struct opt *o, void *object, struct vonk_expr *in, struct vonk_expr **out) {
  struct vonk_node *node;
  (void)object;
  TRY(vonk_node_transform(o->task, &in->node, false, simplify, o, &node));
  *out = (struct vonk_expr *)(void *)node;
  return VONK_OK;
}

/* Conjuncts: each its own, without TRUE; *never when one is FALSE or NULL. */
static struct vonk_exprs conjuncts_of(struct opt *o, struct vonk_exprs in, bool *never) {
  opt_expr_list out = {0};
  for (uint32_t i = 0; i < in.count; i++) {
    struct vonk_exprs parts;
    vonk_expr_split_and(o->arena, in.items[i], &parts);
    for (uint32_t k = 0; k < parts.count; k++) {
      *never |= opt_is_false_or_null(parts.items[k]);
      if (!opt_is_true(parts.items[k])) *ARRAY_PUSH(o->arena, &out) = parts.items[k];
    }
  }
  return opt_exprs_of(&out);
}

static STATUS simplify_relation(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  bool never = false;
  TRY(opt_map_exprs(o, in, simplify_expr, object, out));
  struct vonk_relation_select *select = RELATION_AS(*out, select);
  struct vonk_relation_join_on *join = RELATION_AS(*out, join_on);
  if (select) {
    struct vonk_exprs conjuncts = conjuncts_of(o, select->conjuncts, &never);
    *out = never && conjuncts.count == 1 ? opt_no_rows(o, *out) : opt_select(o, select->input, conjuncts);
  } else if (join && !join->null_aware && join->residual.count) {
    struct vonk_relation_join_on *copy = RELATION_AS(vonk_node_clone(o->arena, &join->relation.node), join_on);
    copy->residual = conjuncts_of(o, join->residual, &never);
    *out = &copy->relation;
  }
  return VONK_OK;
}

static STATUS apply(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) {
  return opt_rewrite(o, in, simplify_relation, NULL, out);
}

const struct vonk_rule opt_rule_simplify_expressions = {
    .name = "simplify_expressions",
    .doc = "Constants are folded, boolean expressions shortened, literals compared at the columns' types.",
    .apply = apply,
};
