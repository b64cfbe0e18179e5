/* scan_keep.c: a program per conjunct, opened by each worker at its first call. Workers find theirs by their task. */
#include "exec/op/scan_keep.h"

#include "base/bits.h"
#include "base/thread.h"
#include "expr/program.h"
#include "plan/relation.h"

struct keeper_worker {
  struct keeper_worker *next;
  const struct vonk_task *task;
  struct vonk_program_worker *program;
};

struct vonk_scan_keeper {
  const struct vonk_program *program;
  struct vonk_mutex lock;            /* of the list; a worker itself is used by one thread */
  struct keeper_worker *workers;
};

static struct keeper_worker *find(struct vonk_scan_keeper *keeper, const struct vonk_task *task) {
  vonk_mutex_lock(&keeper->lock);
  struct keeper_worker *w = keeper->workers;
  while (w && w->task != task) w = w->next;
  vonk_mutex_unlock(&keeper->lock);
  return w;
}

static STATUS find_or_open(struct vonk_task *task, struct vonk_scan_keeper *keeper, struct keeper_worker **out) {
  *out = find(keeper, task);
  if (*out) return VONK_OK;
  struct keeper_worker *w = ARENA_NEW(task->arena, struct keeper_worker);
  w->task = task;
  TRY(vonk_program_open_worker(task, keeper->program, &w->program));
  vonk_mutex_lock(&keeper->lock);
  w->next = keeper->workers;
  keeper->workers = w;
  vonk_mutex_unlock(&keeper->lock);
  *out = w;
  return VONK_OK;
}

static STATUS keep(struct vonk_task *task, void *object, const struct vonk_column *column, uint32_t row_count, const uint64_t *live, uint64_t *mask) {
  struct keeper_worker *w;
  uint32_t count;
  struct vonk_column input = *column;
  struct vonk_batch batch = {.columns = &input, .column_count = 1, .row_count = row_count, .live = live,
                             .live_count = (uint32_t)vonk_bits_count(live, row_count)};
  TRY(find_or_open(task, object, &w));
  return vonk_program_filter(task, w->program, &batch, mask, &count);
}

void vonk_scan_keeper_close_worker(struct vonk_scan_keeper *keeper, const struct vonk_task *task) {
  vonk_mutex_lock(&keeper->lock);
  for (struct keeper_worker **at = &keeper->workers; *at;) {
    struct keeper_worker *w = *at;
    if (w->task == task) {
      *at = w->next;
      vonk_program_close_worker(w->program);
    } else {
      at = &w->next;
    }
  }
  vonk_mutex_unlock(&keeper->lock);
}

/* What becomes of a null row. */
static STATUS ask_null(struct vonk_task *task, struct vonk_scan_keeper *keeper, const struct vonk_type *type, bool *out) {
  struct vonk_value null = vonk_value_null(type);
  struct vonk_column column = vonk_column_const(task->arena, &null);
  uint64_t mask[VONK_BATCH_WORDS];
  TRY(keep(task, keeper, &column, 1, NULL, mask));
  vonk_scan_keeper_close_worker(keeper, task);
  *out = mask[0] & 1;
  return VONK_OK;
}

STATUS vonk_scan_keeper_make(struct vonk_task *task, const struct vonk_relation_scan *plan, struct vonk_expr *conjunct, struct vonk_scan_filter *filter,
                             bool *made) {
  struct vonk_ids ids = vonk_expr_references(task->arena, conjunct);
  *made = false;
  if (ids.count != 1 || conjunct->can_raise || !conjunct->deterministic) return VONK_OK;
  uint32_t column = 0;
  while (column < plan->relation.column_count && plan->relation.columns[column].id != ids.items[0]) column++;
  if (column == plan->relation.column_count || vonk_type_child_count(plan->relation.columns[column].type)) return VONK_OK;
  struct vonk_scan_keeper *keeper = ARENA_NEW(task->arena, struct vonk_scan_keeper);
  struct vonk_exprs exprs = {ARENA_NEW(task->arena, struct vonk_expr *), 1};
  struct vonk_program *program;
  exprs.items[0] = conjunct;
  vonk_mutex_init(&keeper->lock);
  TRY(vonk_program_compile(task, &exprs, ids, &program));
  keeper->program = program;
  *filter = (struct vonk_scan_filter){.column = column, .kind = VONK_SCAN_FILTER_KEEP, .keep = keep, .object = keeper};
  TRY(ask_null(task, keeper, plan->relation.columns[column].type, &filter->keeps_null));
  *made = true;
  return VONK_OK;
}
