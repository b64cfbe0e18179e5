/* metadata_fields.c: rows are not numbered where nothing looks at _metadata.row_index.
 *
 * The column _metadata goes up through projections as it is. When all that the plan does with it is to take constants of a file out of it, the
 * scans need not count. Anything that is not understood here counts as a look.
 */
#include "catalog/source.h"
#include "opt/optimizer_internal.h"

static bool is_metadata(const struct vonk_type *type) {
  return type->id == VONK_TYPE_STRUCT && type->field_count == VONK_METADATA_COUNT && vonk_str_equal(type->fields[0].name, STR("file_path"));
}

static bool has_metadata(const struct vonk_relation *relation) {
  for (uint32_t i = 0; i < relation->column_count; i++) {
    if (is_metadata(relation->columns[i].type)) return true;
  }
  return false;
}

static STATUS look(void *object, struct vonk_node *node) {
  bool *found = object;
  if (*found) return VONK_OK;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  if (column) {
    *found = is_metadata(column->expr.type);
    return VONK_OK;
  }
  const struct vonk_expr *expr = (const struct vonk_expr *)node;
  bool takes_field = EXPR_IS(node, call) && opt_is_call(expr, "get_struct_field");
  if (takes_field && EXPR_IS(opt_argument(expr, 0), column) && is_metadata(opt_argument(expr, 0)->type)) {
    const struct vonk_expr_literal *field = EXPR_AS(opt_argument(expr, 1), literal);
    *found = !field || field->value.integer == VONK_METADATA_ROW_INDEX;
    return VONK_OK;
  }
  return vonk_node_children(node, look, object);
}

static void look_at(void *object, struct vonk_expr *expr) {
  if (look(object, &expr->node) != VONK_OK) *(bool *)object = true;
}

/* Does RELATION, or one below, look at rows' numbers? Columns that a projection passes on are looked at where they arrive. */
static STATUS find(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  bool *found = object;
  const struct vonk_relation_project *project = RELATION_AS(in, project);
  bool passes = RELATION_IS(in, select) || RELATION_IS(in, scan) || RELATION_IS(in, join_on) || RELATION_IS(in, order) || RELATION_IS(in, slice) ||
                RELATION_IS(in, group) || RELATION_IS(in, partition) || RELATION_IS(in, sample_of) || RELATION_IS(in, generate);
  (void)o;
  *out = in;
  if (project) {
    for (uint32_t i = 0; i < project->expressions.count; i++) {
      if (!EXPR_IS(project->expressions.items[i], column)) look_at(found, project->expressions.items[i]);
    }
    return VONK_OK;
  }
  opt_each_expr(in, look_at, found);
  if (!passes) *found |= has_metadata(in);
  return VONK_OK;
}

static STATUS mark(struct opt *o, void *object, struct vonk_relation *in, struct vonk_relation **out) {
  const struct vonk_relation_scan *scan = RELATION_AS(in, scan);
  (void)object;
  *out = in;
  if (!scan || !has_metadata(in)) return VONK_OK;
  struct vonk_relation_scan *copy = RELATION_AS(vonk_node_clone(o->arena, &in->node), scan);
  copy->without_row_index = true;
  *out = &copy->relation;
  return VONK_OK;
}

static STATUS apply(struct opt *o, struct vonk_relation *in, struct vonk_relation **out) {
  bool found = has_metadata(in);
  TRY(opt_rewrite(o, in, find, &found, out));
  *out = in;
  return found ? VONK_OK : opt_rewrite(o, in, mark, NULL, out);
}

const struct vonk_rule opt_rule_metadata_fields = {
    .name = "metadata_fields",
    .doc = "Rows are not numbered for _metadata where nothing looks at the numbers.",
    .apply = apply,
};
