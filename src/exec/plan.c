/* plan.c: from resolved relations to operators, and from operators to pipelines.
 *
 * Each relation asks the registry for its operator. Pipelines are built from the root down: a branch collects the
 * transforms it passes on its way to a source; a breaker ends it and starts the pipeline that feeds the breaker.
 */
#include "column/stored_batches.h"
#include "exec/execution_internal.h"
#include "exec/runtime_filter.h"
#include "exec/visible.h"
#include "exec/write.h"
#include "expr/function.h"

static const struct vonk_operator_type *const registry[] = {
#define VONK_OPERATOR(name) &vonk_operator_##name,
#include "exec/registry.def"
#undef VONK_OPERATOR
};

/* Flags of the functions that stand in a relation's expressions. */
static STATUS add_flags(void *object, struct vonk_node *node) {
  const struct vonk_expr_call *call = EXPR_AS(node, call);
  const struct vonk_expr_aggregate *aggregate = EXPR_AS(node, aggregate);
  if (call && call->function) *(uint32_t *)object |= call->function->flags;
  if (aggregate) *(uint32_t *)object |= aggregate->function->flags & VONK_FN_PARTITION;
  return node->type->node_class == VONK_CLASS_EXPR ? vonk_node_children(node, add_flags, object) : VONK_OK;
}

/* Projections and filters over local rows only. */
static bool is_over_rows(const struct vonk_relation *relation) {
  const struct vonk_stored_batches *batches;
  for (;;) {
    if (RELATION_IS(relation, project)) relation = ((const struct vonk_relation_project *)relation)->input;
    else if (RELATION_IS(relation, select)) relation = ((const struct vonk_relation_select *)relation)->input;
    else break;
  }
  if (!RELATION_IS(relation, rows)) return false;
  batches = ((const struct vonk_relation_rows *)relation)->batches;
  return !batches || !batches->partition_count; /* a cached result has partitions of its own */
}

enum { FEW_ROWS = 100000 };

/* Aggregates that sum up each partition by itself do few rows in their order: the last digits do not depend on threads. */
static bool keeps_partitions_in_order(const struct vonk_relation *relation, uint32_t flags) {
  const struct vonk_relation_group *group = RELATION_AS(relation, group);
  return group && (flags & VONK_FN_PARTITION) && group->input->estimated_rows <= FEW_ROWS;
}

/* Functions that count within a visible partition (rand, monotonically_increasing_id) need its rows in order, by one worker. */
static STATUS look_for_partitions(struct vonk_operator *op, const struct vonk_relation *relation) {
  uint32_t flags = 0;
  TRY(vonk_node_children((struct vonk_node *)(uintptr_t)&relation->node, add_flags, &flags));
  bool tells = (flags & (VONK_FN_ONE_TASK | VONK_FN_PARTITION)) != 0;
  op->is_local = tells && !RELATION_IS(relation, group) && is_over_rows(relation);
  op->uses_partitions |= tells;
  op->one_worker |= keeps_partitions_in_order(relation, flags);
  if (!(flags & VONK_FN_ONE_TASK)) return VONK_OK;
  op->one_worker = true;
  op->order_use[0] = op->order_use[1] = VONK_ORDER_USED;
  return VONK_OK;
}

/* Do visible partitions of OP's input CHILD show in its rows? */
static bool passes_partitions(const struct vonk_operator *op, uint32_t child) {
  if (op->shape == VONK_SHAPE_JOIN) return child == op->probe_child;
  return op->shape == VONK_SHAPE_TRANSFORM || op->shape == VONK_SHAPE_UNION;
}

STATUS vonk_operator_make(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                          struct vonk_operator **out) {
  const struct vonk_operator_type *type = NULL;
  if (execution->partitioned && relation != execution->visible) {
    TRY(vonk_visible_plan(task, &execution->partitioning, relation, &relation, &execution->visible));
  }
  for (size_t i = 0; i < COUNT_OF(registry) && !type; i++) {
    if (registry[i]->relation == relation->node.type && (!registry[i]->accepts || registry[i]->accepts(relation))) type = registry[i];
  }
  if (!type) return vonk_unsupported(task, relation->node.origin, relation->node.type->name);
  struct vonk_operator *op;
  TRY(type->open(task, execution, relation, &op));
  *out = op;
  if (op->children) return VONK_OK; /* made by another call (operator.h) */
  if (op->shape != VONK_SHAPE_SOURCE) TRY(look_for_partitions(op, relation));
  op->children = ARENA_ARRAY(execution->arena, struct vonk_operator *, op->child_count + 1);
  for (uint32_t i = 0; i < op->child_count; i++) {
    enum vonk_order_use use = op->order_use[i > 0];
    execution->ordered = use == VONK_ORDER_USED || (use == VONK_ORDER_PASSED_ON && op->ordered);
    execution->partitioned = !op->is_local && (op->uses_partitions || (op->partitioned && passes_partitions(op, i)));
    TRY(vonk_operator_make(task, execution, op->inputs[i], &op->children[i]));
  }
  return VONK_OK;
}

/* The transforms above the operator being planned, nearest first. */
struct above {
  struct vonk_operator *op;
  const struct above *next;
};

static struct vonk_pipeline *make_pipeline(struct vonk_execution *execution, struct vonk_operator *sink) {
  struct vonk_pipeline *p = ARENA_NEW(execution->arena, struct vonk_pipeline);
  p->execution = execution;
  p->sink = sink;
  p->next = execution->pipelines;
  execution->pipelines = p;
  return p;
}

static STATUS depend(struct vonk_task *task, struct vonk_pipeline *waiting, struct vonk_pipeline *first) {
  if (first->dependent_count == VONK_PIPELINE_DEPENDENTS_MAX) return vonk_unsupported(task, NULL, "a result with more than 64 readers");
  first->dependents[first->dependent_count++] = waiting;
  waiting->waiting_for++;
  return VONK_OK;
}

static void add_branch(struct vonk_pipeline *p, struct vonk_operator *source, const struct above *above) {
  struct vonk_arena *arena = p->execution->arena;
  if (p->branch_count == p->branch_capacity) {
    size_t capacity = p->branch_capacity;
    p->branches = vonk_array_grow(arena, p->branches, p->branch_count, &capacity, sizeof *p->branches);
    p->branch_capacity = (uint32_t)capacity;
  }
  struct vonk_branch *branch = &p->branches[p->branch_count++];
  *branch = (struct vonk_branch){.source = source};
  for (const struct above *a = above; a; a = a->next) branch->transform_count++;
  branch->transforms = ARENA_ARRAY(arena, struct vonk_operator *, branch->transform_count + 1);
  uint32_t i = 0;
  for (const struct above *a = above; a; a = a->next) branch->transforms[i++] = a->op;
}

static STATUS add_input(struct vonk_task *task, struct vonk_pipeline *p, struct vonk_operator *op, const struct above *above);

/* A pipeline of its own that ends in SINK. */
static STATUS feed(struct vonk_task *task, struct vonk_pipeline *reader, struct vonk_operator *sink, struct vonk_operator *input) {
  struct vonk_pipeline *p = make_pipeline(reader->execution, sink);
  TRY(depend(task, reader, p));
  sink->feeding = p;
  p->input = input;
  return add_input(task, p, input, NULL);
}

static STATUS add_input(struct vonk_task *task, struct vonk_pipeline *p, struct vonk_operator *op, const struct above *above) {
  struct above with = {op, above};
  switch (op->shape) {
    case VONK_SHAPE_SOURCE: add_branch(p, op, above); return VONK_OK;
    case VONK_SHAPE_TRANSFORM: return add_input(task, p, op->children[0], &with);
    case VONK_SHAPE_BREAKER:
      TRY(feed(task, p, op, op->children[0]));
      add_branch(p, op, above);
      return VONK_OK;
    case VONK_SHAPE_UNION:
      for (uint32_t i = 0; i < op->child_count; i++) TRY(add_input(task, p, op->children[i], above));
      return VONK_OK;
    case VONK_SHAPE_READER:
      if (op->store->feeding) TRY(depend(task, p, op->store->feeding));
      else TRY(feed(task, p, op->store, op->store->children[0]));
      add_branch(p, op, above);
      return VONK_OK;
    default:
      TRY(feed(task, p, op, op->children[1 - op->probe_child]));
      TRY(add_input(task, p, op->children[op->probe_child], &with));
      if (op->emits_unmatched || op->emits_spilled) add_branch(p, op, above);
      return VONK_OK;
  }
}

static bool reads(const struct vonk_pipeline *p, const struct vonk_relation *scan) {
  for (uint32_t i = 0; i < p->branch_count; i++) {
    if (p->branches[i].source->relation == scan) return true;
  }
  return false;
}

/* A scan in another pipeline than the join's probe (below a group) waits for the filter too. The join's build side was
 * planned before all that probes it, so nobody waits for himself. */
static STATUS wait_for_filters(struct vonk_task *task, struct vonk_execution *execution) {
  for (const struct vonk_runtime_slot *slot = execution->slots; slot; slot = slot->next) {
    for (struct vonk_pipeline *p = slot->scan ? execution->pipelines : NULL; p; p = p->next) {
      if (reads(p, slot->scan)) TRY(depend(task, p, slot->join->feeding));
    }
  }
  return VONK_OK;
}

STATUS vonk_execution_plan(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation) {
  execution->ordered = true;
  execution->partitioned = execution->options.write || execution->options.partitions;
  TRY(vonk_operator_make(task, execution, relation, &execution->root));
  struct vonk_pipeline *last = make_pipeline(execution, NULL);
  const struct vonk_write_spec *write = execution->options.write;
  execution->result = write ? vonk_write_create(execution, last, write) : vonk_result_create(execution, last);
  last->sink = execution->result;
  last->input = execution->root;
  execution->last = last;
  TRY(add_input(task, last, execution->root, NULL));
  return wait_for_filters(task, execution);
}
