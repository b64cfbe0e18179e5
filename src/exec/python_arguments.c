/* python_arguments.c: which columns functions get. */
#include "exec/python_arguments.h"

const struct vonk_expr_python *vonk_python_innermost(const struct vonk_expr *function) {
  const struct vonk_expr_window_call *window = EXPR_AS(function, window_call);
  const struct vonk_expr_python *at = EXPR_AS(window ? window->function : function, python);
  while (at->arguments.count == 1 && EXPR_IS(at->arguments.items[0], python)) at = EXPR_AS(at->arguments.items[0], python);
  return at;
}

uint32_t vonk_python_place(struct vonk_exprs *exprs, struct vonk_expr *expr) {
  for (uint32_t i = 0; i < exprs->count; i++) {
    if (expr->deterministic && vonk_node_equal(&exprs->items[i]->node, &expr->node)) return i;
  }
  exprs->items[exprs->count] = expr;
  return exprs->count++;
}

const struct vonk_type *vonk_python_type_of(struct vonk_arena *arena, struct vonk_exprs exprs, const struct vonk_str *names) {
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, exprs.count + 1);
  for (uint32_t i = 0; i < exprs.count; i++) {
    struct vonk_str name = names ? names[i] : vonk_str_format(arena, "_%u", i);
    fields[i] = (struct vonk_type_field){.name = name, .type = exprs.items[i]->type, .nullable = exprs.items[i]->nullable};
  }
  return vonk_type_struct(arena, fields, exprs.count);
}

void vonk_python_collect(struct vonk_arena *arena, const struct vonk_exprs *functions, const struct vonk_exprs *first, struct vonk_python_columns *out) {
  uint32_t most = first ? first->count : 0;
  for (uint32_t i = 0; i < functions->count; i++) most += vonk_python_innermost(functions->items[i])->arguments.count;
  out->exprs = (struct vonk_exprs){ARENA_ARRAY(arena, struct vonk_expr *, most + 1), 0};
  for (uint32_t i = 0; first && i < first->count; i++) out->exprs.items[out->exprs.count++] = first->items[i];
  out->arguments = ARENA_ARRAY(arena, struct vonk_python_argument *, functions->count);
  out->argument_counts = ARENA_ARRAY(arena, uint32_t, functions->count);
  for (uint32_t i = 0; i < functions->count; i++) {
    const struct vonk_expr_python *python = vonk_python_innermost(functions->items[i]);
    out->arguments[i] = ARENA_ARRAY(arena, struct vonk_python_argument, python->arguments.count + 1);
    out->argument_counts[i] = python->arguments.count;
    for (uint32_t k = 0; k < python->arguments.count; k++) {
      const struct vonk_expr_named_argument *named = EXPR_AS(python->arguments.items[k], named_argument);
      struct vonk_expr *value = named ? named->value : python->arguments.items[k];
      out->arguments[i][k] = (struct vonk_python_argument){(int32_t)vonk_python_place(&out->exprs, value), named ? named->name : (struct vonk_str){0}};
    }
  }
  out->type = vonk_python_type_of(arena, out->exprs, NULL);
}
