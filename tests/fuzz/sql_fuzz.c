/* sql_fuzz.c: any bytes as a script: it splits, its pieces parse or fail with an error, as statements, expressions and types. */
#include <stdlib.h>

#include "sql/parser.h"
#include "vonk/vonk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = arena, .error = &error};
  struct vonk_sql_options options = {.ansi = data[0] & 1, .reserved_keywords = data[0] & 2, .double_quoted_names = data[0] & 4,
                                     .escaped_strings = data[0] & 8};
  struct vonk_str text = vonk_str_make((const char *)data + 1, size - 1);
  struct vonk_script_piece piece;
  struct vonk_node *node;
  struct vonk_expr *expr;
  const struct vonk_type *type;
  for (size_t at = 0; vonk_script_next(text.data, text.size, at, &piece); at = piece.next) {
    if (piece.next <= at || piece.start > piece.stop || piece.stop > text.size) abort();
    if (vonk_sql_parse_statement(&task, vonk_str_slice(text, piece.start, piece.stop), &options, &node) != VONK_OK) {
      if (!error.set) abort();
      vonk_error_clear(&error);
    } else if (!node || !node->origin) {
      abort();
    }
  }
  if (vonk_sql_parse_expression(&task, text, &options, &expr) != VONK_OK) vonk_error_clear(&error);
  if (vonk_sql_parse_type(&task, text, &type) != VONK_OK) vonk_error_clear(&error);
  if (vonk_sql_parse_schema(&task, text, &type) != VONK_OK) vonk_error_clear(&error);
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  return 0;
}
