/* join.c: the join operator: which rows come out of which kind, keys, layouts, runtime filters.
 *
 * The build side (join_build.c) goes into a table, the probe side (join_probe.c) streams past it. Joins without equal keys
 * have one chain of all rows and leave the rest to the residual.
 */
#include "exec/op/join.h"

static void set_kind(struct vonk_join *join) {
  bool left_built = join->build_left;
  switch (join->plan->join_type) {
    case VONK_JOIN_SEMI: *(left_built ? &join->build_semi : &join->probe_semi) = true; break;
    case VONK_JOIN_ANTI: *(left_built ? &join->build_anti : &join->probe_anti) = true; break;
    case VONK_JOIN_MARK: join->probe_mark = true; break;
    case VONK_JOIN_LEFT: join->pairs = *(left_built ? &join->build_outer : &join->probe_outer) = true; break;
    case VONK_JOIN_RIGHT: join->pairs = *(left_built ? &join->probe_outer : &join->build_outer) = true; break;
    case VONK_JOIN_FULL: join->pairs = join->probe_outer = join->build_outer = true; break;
    case VONK_JOIN_SINGLE: join->pairs = join->probe_outer = join->single = true; break;
    default: join->pairs = true; break;
  }
  join->marks_build = join->build_outer || join->build_semi || join->build_anti;
  join->null_aware = join->plan->null_aware;
}

static uint32_t position_of(const struct vonk_relation *relation, uint64_t id) {
  for (uint32_t i = 0; i < relation->column_count; i++) {
    if (relation->columns[i].id == id) return i;
  }
  return UINT32_MAX;
}

/* Does dropping rows by column *ID above RELATION mean the same as dropping them at the scan that yields it? */
static bool reaches_scan(const struct vonk_relation *relation, uint64_t *id) {
  if (position_of(relation, *id) == UINT32_MAX) return false;
  if (RELATION_IS(relation, scan)) return true;
  if (RELATION_IS(relation, select)) return reaches_scan(RELATION_AS(relation, select)->input, id);
  const struct vonk_relation_project *project = RELATION_AS(relation, project);
  const struct vonk_relation_group *group = RELATION_AS(relation, group);
  const struct vonk_relation_join_on *join = RELATION_AS(relation, join_on);
  if (project || group) {
    uint32_t at = position_of(relation, *id);
    if (group && at >= group->keys.count) return false;
    const struct vonk_expr *expr = project ? project->expressions.items[at] : group->keys.items[at];
    const struct vonk_expr_column *column = EXPR_AS(expr, column);
    if (!column) return false;
    *id = column->id;
    return reaches_scan(project ? project->input : group->input, id);
  }
  if (join && join->join_type != VONK_JOIN_SINGLE) {
    return reaches_scan(position_of(join->left, *id) != UINT32_MAX ? join->left : join->right, id);
  }
  return false;
}

static void announce_filters(struct vonk_join *join, const struct vonk_exprs *probe_keys) {
  bool drops_probe_rows = !join->probe_outer && !join->probe_anti && !join->probe_mark && !join->build_anti;
  for (uint32_t k = 0; k < join->key_count && drops_probe_rows; k++) {
    const struct vonk_expr_column *column = EXPR_AS(probe_keys->items[k], column);
    if (!column || !join->table.keys[k].integer) continue;
    uint64_t id = column->id;
    if (reaches_scan(join->probe, &id)) join->slots[k] = vonk_runtime_slot_announce(&join->op, id);
  }
}

/* Keys first, then the build columns that are no keys themselves. */
static void make_layouts(struct vonk_arena *arena, struct vonk_join *join, const struct vonk_exprs *probe_keys, const struct vonk_exprs *build_keys) {
  uint32_t keys = join->key_count, columns = join->build->column_count;
  const struct vonk_type **types = ARENA_ARRAY(arena, const struct vonk_type *, keys + columns + 1);
  for (uint32_t k = 0; k < keys; k++) types[k] = probe_keys->items[k]->type;
  join->build_slots = ARENA_ARRAY(arena, uint32_t, columns + 1);
  join->payload = ARENA_ARRAY(arena, uint32_t, columns + 1);
  bool needed = join->pairs || join->build_semi || join->build_anti || join->plan->residual.count;
  for (uint32_t c = 0; c < columns && needed; c++) {
    uint32_t slot = UINT32_MAX;
    for (uint32_t k = 0; k < keys; k++) {
      const struct vonk_expr_column *column = EXPR_AS(build_keys->items[k], column);
      if (column && column->id == join->build->columns[c].id && vonk_type_equal(types[k], join->build->columns[c].type)) slot = k;
    }
    if (slot == UINT32_MAX) {
      slot = keys + join->payload_count;
      types[slot] = join->build->columns[c].type;
      join->payload[join->payload_count++] = c;
    }
    join->build_slots[c] = slot;
  }
  vonk_row_layout_init(arena, &join->key_layout, types, keys, 0);
  vonk_row_layout_init(arena, &join->table.layout, types, keys + join->payload_count, join->marks_build || join->table.ordered ? 32 : 16);
  vonk_rows_init(&join->table.rows, &join->table.layout);
  for (uint32_t k = 0; k < keys; k++) {
    uint8_t physical = join->key_layout.physicals[k];
    join->table.keys[k].integer = !join->table.keys[k].null_safe && physical >= VONK_PHYSICAL_I8 && physical <= VONK_PHYSICAL_I64;
  }
}

static STATUS compile_residual(struct vonk_task *task, struct vonk_join *join) {
  const struct vonk_relation *left = join->plan->left, *right = join->plan->right;
  uint64_t *ids = ARENA_ARRAY(task->arena, uint64_t, left->column_count + right->column_count + 1);
  for (uint32_t i = 0; i < left->column_count; i++) ids[i] = left->columns[i].id;
  for (uint32_t i = 0; i < right->column_count; i++) ids[left->column_count + i] = right->columns[i].id;
  struct vonk_ids both = {ids, left->column_count + right->column_count};
  return vonk_program_compile(task, &join->plan->residual, both, &join->residual);
}

static STATUS join_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                        struct vonk_operator **out) {
  const struct vonk_relation_join_on *plan = (const struct vonk_relation_join_on *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_join, relation, VONK_SHAPE_JOIN, sizeof(struct vonk_join));
  struct vonk_join *join = (struct vonk_join *)op;
  vonk_operator_set_inputs(op, (struct vonk_relation *[]){plan->left, plan->right}, 2);
  vonk_mutex_init(&join->lock);
  join->plan = plan;
  bool swappable = plan->join_type != VONK_JOIN_MARK && plan->join_type != VONK_JOIN_SINGLE && !plan->null_aware;
  join->build_left = plan->build_side == 1 && swappable;
  op->probe_child = join->build_left ? 1 : 0;
  join->build = join->build_left ? plan->left : plan->right;
  join->probe = join->build_left ? plan->right : plan->left;
  set_kind(join);
  /* Which row of the build side matched, and when it came, shows only in pairs and in its own rows. */
  join->table.ordered = op->ordered && (join->pairs || join->marks_build);
  op->order_use[1 - op->probe_child] = join->table.ordered ? VONK_ORDER_USED : VONK_ORDER_UNUSED;
  op->emits_unmatched = join->marks_build;
  op->emits_spilled = plan->left_keys.count > 0;
  join->key_count = join->table.key_count = plan->left_keys.count;
  join->table.keys = ARENA_ARRAY(task->arena, struct vonk_join_key, join->key_count + 1);
  join->slots = ARENA_ARRAY(task->arena, struct vonk_runtime_slot *, join->key_count + 1);
  for (uint32_t k = 0; k < join->key_count && k < plan->null_safe.count; k++) join->table.keys[k].null_safe = plan->null_safe.items[k] != 0;
  const struct vonk_exprs *probe_keys = join->build_left ? &plan->right_keys : &plan->left_keys;
  const struct vonk_exprs *build_keys = join->build_left ? &plan->left_keys : &plan->right_keys;
  make_layouts(task->arena, join, probe_keys, build_keys);
  const struct vonk_type **types = ARENA_ARRAY(task->arena, const struct vonk_type *, join->probe->column_count + 1);
  for (uint32_t c = 0; c < join->probe->column_count; c++) types[c] = join->probe->columns[c].type;
  vonk_row_layout_init(task->arena, &join->probe_layout, types, join->probe->column_count, 0);
  if (join->key_count) {
    TRY(vonk_program_compile(task, probe_keys, vonk_relation_ids(task->arena, join->probe), &join->probe_keys));
    TRY(vonk_program_compile(task, build_keys, vonk_relation_ids(task->arena, join->build), &join->build_keys));
    announce_filters(join, probe_keys);
  }
  if (plan->residual.count) TRY(compile_residual(task, join));
  *out = op;
  return VONK_OK;
}

static STATUS join_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  struct vonk_join *join = (struct vonk_join *)op;
  if (role == VONK_ROLE_SINK) return vonk_join_open_build(context, join, state);
  if (role == VONK_ROLE_TRANSFORM) return vonk_join_open_probe(context, join, state);
  return atomic_load(&join->spills) ? vonk_join_open_spilled(context, join, state) : vonk_join_open_unmatched(context, join, state);
}

static void join_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  struct vonk_join *join = (struct vonk_join *)op;
  if (!state) return;
  if (role == VONK_ROLE_SINK) vonk_join_close_build(state);
  else if (role == VONK_ROLE_TRANSFORM) vonk_join_close_probe(state);
  else if (atomic_load(&join->spills)) vonk_join_close_spilled(state);
  else vonk_join_close_unmatched(state);
}

static STATUS join_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  bool spills = atomic_load_explicit(&((struct vonk_join *)op)->spills, memory_order_relaxed);
  return spills ? vonk_join_pull_spilled(context, op, state, out, step) : vonk_join_pull(context, op, state, out, step);
}

static void join_close(struct vonk_operator *op) {
  struct vonk_join *join = (struct vonk_join *)op;
  vonk_join_table_deinit(&join->table);
  vonk_join_spill_close(join);
  vonk_mutex_deinit(&join->lock);
}

const struct vonk_operator_type vonk_operator_join = {
    .name = "HashJoin",
    .relation = &vonk_relation_join_on_type,
    .open = join_open,
    .open_worker = join_open_worker,
    .close_worker = join_close_worker,
    .pull = join_pull,
    .push = vonk_join_push,
    .absorb = vonk_join_absorb,
    .combine = vonk_join_combine,
    .finish = vonk_join_finish,
    .close = join_close,
};
