/* collation.c: the name of the collation that texts are compared by, which their type says. */
#include "func/bind_call.h"
#include "func/rows.h"

static STATUS collation_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str own = EXPR_AS(frame->expr, call)->arguments.items[0]->type->collation;
  (void)row;
  char name[128] = "SYSTEM.BUILTIN.UTF8_BINARY";
  size_t prefix = sizeof "SYSTEM.BUILTIN." - 1, size = own.size < sizeof name - prefix ? own.size : sizeof name - prefix;
  if (!own.size) return vonk_row_add_str(frame, vonk_str_of(name));
  memcpy(name + prefix, own.data, size);
  return vonk_row_add_str(frame, vonk_str_make(name, prefix + size));
}
static STATUS collation(struct vonk_frame *frame) { return vonk_rows_build(frame, collation_row); }

const struct vonk_function vonk_functions_collation[] = {
    {.name = "collation", .signature = "(string!) -> string", .nulls = VONK_NULLS_NEVER, .eval = collation, .group = "collation_funcs",
     .doc = "The name of a text's collation.", .example = "SELECT collation('Vonk')"},
    {0},
};
