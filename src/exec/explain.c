/* explain.c: walks the operators from the root; a store that several readers share is shown below the first. */
#include "exec/explain.h"

#include <inttypes.h>

#include "exec/execution_internal.h"
#include "plan/print.h"

struct explain {
  struct vonk_text text;
  enum vonk_operators_form form;
  ARRAY_OF(const struct vonk_operator *) shown; /* stores; with NUMBERED: all, by number */
};

static void put_bytes(struct vonk_text *text, uint64_t bytes) {
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = (double)bytes;
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < COUNT_OF(units); unit++) value /= 1024;
  vonk_text_addf(text, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

static void put_measures(struct vonk_text *text, const struct vonk_operator *op) {
  const struct vonk_operator_metrics *m = &op->metrics;
  vonk_text_addf(text, " (rows %" PRIu64, m->rows);
  if (op->relation && op->relation->estimated_rows >= 0) vonk_text_addf(text, " of about %.0f", op->relation->estimated_rows);
  vonk_text_addf(text, ", time %.1f ms, memory ", (double)m->time_ns / 1e6);
  put_bytes(text, op->budget ? vonk_budget_peak(op->budget) : 0);
  vonk_text_add(text, STR(", spilled "));
  put_bytes(text, m->spill_bytes);
  vonk_text_add_char(text, ')');
}

static bool is_shown(const struct explain *e, const struct vonk_operator *op) {
  for (size_t i = 0; i < e->shown.count; i++) {
    if (e->shown.items[i] == op) return true;
  }
  return false;
}

/* Its inputs; of a reader the store, once. */
static uint32_t children_of(struct explain *e, const struct vonk_operator *op, struct vonk_operator *const **children) {
  *children = op->children;
  if (op->shape != VONK_SHAPE_READER) return op->child_count;
  *children = &op->store;
  if (is_shown(e, op->store)) return 0;
  if (e->form != VONK_OPERATORS_NUMBERED) *ARRAY_PUSH(e->text.arena, &e->shown) = op->store;
  return 1;
}

static struct vonk_str details_of(struct vonk_arena *arena, const struct vonk_operator *op) {
  return op->relation ? vonk_plan_details(arena, op->relation) : STR("");
}

static void put_tree(struct explain *e, const struct vonk_operator *op, const struct vonk_plan_place *place) {
  struct vonk_operator *const *children;
  uint32_t count = children_of(e, op, &children);
  struct vonk_str details = details_of(e->text.arena, op);
  vonk_plan_indent(&e->text, place);
  vonk_text_addf(&e->text, "%s%s" STR_FMT, op->type->name, details.size ? " " : "", STR_ARG(details));
  if (e->form == VONK_OPERATORS_MEASURED) put_measures(&e->text, op);
  else if (op->relation && op->relation->estimated_rows >= 0) vonk_text_addf(&e->text, " (about %.0f rows)", op->relation->estimated_rows);
  vonk_text_add_char(&e->text, '\n');
  for (uint32_t i = 0; i < count; i++) put_tree(e, children[i], &(struct vonk_plan_place){place, i + 1 == count});
}

/* --- numbered --- */

/* Inputs before what reads them. */
static void number(struct explain *e, const struct vonk_operator *op) {
  struct vonk_operator *const *children;
  if (is_shown(e, op)) return;
  uint32_t count = children_of(e, op, &children);
  for (uint32_t i = 0; i < count; i++) number(e, children[i]);
  *ARRAY_PUSH(e->text.arena, &e->shown) = op;
}

static size_t number_of(const struct explain *e, const struct vonk_operator *op) {
  size_t i = 0;
  while (e->shown.items[i] != op) i++;
  return i + 1;
}

static void put_numbers(struct explain *e, const struct vonk_operator *op, const struct vonk_plan_place *place) {
  struct vonk_operator *const *children = op->shape == VONK_SHAPE_READER ? &op->store : op->children;
  uint32_t count = op->shape == VONK_SHAPE_READER ? 1 : op->child_count;
  vonk_plan_indent(&e->text, place);
  vonk_text_addf(&e->text, "%s (%zu)\n", op->type->name, number_of(e, op));
  for (uint32_t i = 0; i < count; i++) put_numbers(e, children[i], &(struct vonk_plan_place){place, i + 1 == count});
}

static void put_paragraphs(struct explain *e) {
  struct vonk_arena *arena = e->text.arena;
  for (size_t i = 0; i < e->shown.count; i++) {
    const struct vonk_operator *op = e->shown.items[i];
    struct vonk_str details = details_of(arena, op);
    vonk_text_addf(&e->text, "\n(%zu) %s\n", i + 1, op->type->name);
    if (!op->relation) continue;
    vonk_text_addf(&e->text, "Output [%u]: " STR_FMT "\n", op->relation->column_count,
                   STR_ARG(vonk_plan_columns(arena, op->relation->columns, op->relation->column_count)));
    if (details.size) vonk_text_addf(&e->text, "Arguments: " STR_FMT "\n", STR_ARG(details));
    if (op->relation->estimated_rows >= 0) vonk_text_addf(&e->text, "Rows: about %.0f\n", op->relation->estimated_rows);
  }
}

struct vonk_str vonk_execution_explain(struct vonk_arena *arena, const struct vonk_execution *execution, enum vonk_operators_form form) {
  struct explain e = {.form = form};
  vonk_text_init(&e.text, arena);
  if (form == VONK_OPERATORS_NUMBERED) {
    number(&e, execution->root);
    put_numbers(&e, execution->root, NULL);
    put_paragraphs(&e);
  } else {
    put_tree(&e, execution->root, NULL);
  }
  return vonk_text_str(&e.text);
}
