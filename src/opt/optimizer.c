/* optimizer.c: the driver: which rules run, and the promise that the root keeps its columns. */
#include "opt/optimizer_internal.h"
#include "opt/statistics.h"

#define VONK_RULE(name) extern const struct vonk_rule opt_rule_##name;
#include "opt/rule/registry.def"
#undef VONK_RULE

#define VONK_RULE(name) &opt_rule_##name,
const struct vonk_rule *const vonk_rules[] = {
#include "opt/rule/registry.def"
    NULL};
#undef VONK_RULE

static STATUS find_last_id(void *object, struct vonk_node *node) {
  uint64_t *last = object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  const struct vonk_relation_join_on *join = RELATION_AS(node, join_on);
  const struct vonk_relation_shared *shared = RELATION_AS(node, shared);
  if (column && column->id > *last) *last = column->id;
  if (join && join->mark_id > *last) *last = join->mark_id;
  if (shared && shared->shared_id > *last) *last = shared->shared_id;
  if (node->type->node_class == VONK_CLASS_RELATION) {
    const struct vonk_relation *relation = (const struct vonk_relation *)(const void *)node;
    for (uint32_t i = 0; i < relation->column_count; i++) {
      if (relation->columns[i].id > *last) *last = relation->columns[i].id;
    }
  }
  return vonk_node_children(node, find_last_id, object);
}

static bool is_excluded(const struct vonk_conf *conf, const struct vonk_rule *rule) {
  struct vonk_str list = vonk_conf_text(conf, VONK_CONF_VONK_EXCLUDED_RULES);
  for (size_t from = 0; from < list.size;) {
    size_t comma = vonk_str_find(list, STR(","), from);
    if (comma > list.size) comma = list.size;
    if (vonk_str_equal_nocase(vonk_str_trim(vonk_str_slice(list, from, comma)), vonk_str_of(rule->name))) return true;
    from = comma + 1;
  }
  return false;
}

static bool runs(const struct vonk_conf *conf, const struct vonk_rule *rule) {
  if (rule->required) return true;
  return vonk_conf_bool(conf, VONK_CONF_OPTIMIZER_ENABLED) && !is_excluded(conf, rule);
}

/* OUT with the columns that IN had, under their names. */
static struct vonk_relation *with_root_columns(struct opt *o, const struct vonk_relation *in, struct vonk_relation *out) {
  out = opt_project_columns(o, out, in->columns, in->column_count);
  struct vonk_relation *copy = (struct vonk_relation *)(void *)vonk_node_clone(o->arena, &out->node);
  copy->columns = in->columns;
  copy->column_count = in->column_count;
  return copy;
}

STATUS vonk_optimize(struct vonk_task *task, const struct vonk_conf *conf, struct vonk_relation *in, struct vonk_relation **out) {
  struct opt o = {.task = task, .arena = task->arena, .conf = conf};
  struct vonk_relation *relation = in;
  TRY(find_last_id(&o.next_id, &in->node));
  for (const struct vonk_rule *const *rule = vonk_rules; *rule; rule++) {
    if (!runs(conf, *rule)) continue;
    TRY(vonk_task_check(task));
    vonk_map_init(&o.bodies, o.arena, false);
    TRY((*rule)->apply(&o, relation, &relation));
  }
  relation = with_root_columns(&o, in, relation);
  opt_estimate(&o, relation);
  *out = relation;
  return VONK_OK;
}
