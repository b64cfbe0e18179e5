/* suggest.c: names as messages show them, and which names a wrong one may have meant. */
#include <stdlib.h>

#include "bind/binder_internal.h"

struct vonk_str bind_join_name(struct vonk_arena *arena, struct vonk_name name) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  for (uint32_t i = 0; i < name.count; i++) {
    if (i) vonk_text_add_char(&text, '.');
    vonk_text_add(&text, vonk_type_quote_name(arena, name.parts[i]));
  }
  return vonk_text_str(&text);
}

struct vonk_str bind_quote_expr(struct binder *b, const struct vonk_expr *expr) {
  return vonk_bind_quote_expr(b->arena, expr);
}

struct vonk_str bind_quote_type(struct binder *b, const struct vonk_type *type) {
  return vonk_bind_quote_type(b->arena, type);
}

/* Levenshtein's distance of bytes. */
static uint32_t distance(struct vonk_arena *arena, struct vonk_str a, struct vonk_str c) {
  uint32_t *row = ARENA_ARRAY(arena, uint32_t, c.size + 1);
  for (size_t j = 0; j <= c.size; j++) row[j] = (uint32_t)j;
  for (size_t i = 1; i <= a.size; i++) {
    uint32_t diagonal = row[0];
    row[0] = (uint32_t)i;
    for (size_t j = 1; j <= c.size; j++) {
      uint32_t above = row[j], best = diagonal + (a.data[i - 1] != c.data[j - 1]);
      if (above + 1 < best) best = above + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      diagonal = above;
      row[j] = best;
    }
  }
  return row[c.size];
}

struct candidate {
  struct vonk_str name, shown; /* of the column; quoted, with what tells it apart */
  uint64_t id;
  uint32_t distance;
};

static int by_name(const void *a, const void *c) {
  const struct candidate *x = a, *y = c;
  int order = vonk_str_compare(x->name, y->name);
  return order ? order : (x->id > y->id) - (x->id < y->id);
}

static int by_distance(const void *a, const void *c) {
  const struct candidate *x = a, *y = c;
  if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
  return by_name(a, c);
}

static bool same_but_last(struct vonk_name a, struct vonk_name c, uint32_t drop) {
  uint32_t a_count = a.count > drop ? a.count - drop : 0, c_count = c.count > drop ? c.count - drop : 0;
  if (a_count != c_count) return false;
  for (uint32_t i = 0; i < a_count; i++) {
    if (!vonk_str_equal(a.parts[i], c.parts[i])) return false;
  }
  return true;
}

/* How many last parts of the qualifiers are shown: none when all columns have one qualifier, one when they differ only in
 * the table, else all. */
static uint32_t shown_parts(struct bind_columns columns, uint32_t name_parts) {
  bool all_equal = true, all_but_table_equal = true;
  for (uint32_t i = 1; i < columns.count; i++) {
    all_equal &= same_but_last(columns.items[0].qualifier, columns.items[i].qualifier, 0);
    all_but_table_equal &= same_but_last(columns.items[0].qualifier, columns.items[i].qualifier, 1);
  }
  if (name_parts == 1 && all_equal) return 0;
  return name_parts <= 2 && all_but_table_equal ? 1 : 3;
}

struct vonk_str bind_suggestions(struct binder *b, struct vonk_name name, struct bind_columns columns) {
  struct candidate *list = ARENA_ARRAY(b->arena, struct candidate, columns.count);
  struct vonk_str wanted = bind_join_name(b->arena, name);
  uint32_t shown = shown_parts(columns, name.count), count = 0;
  for (uint32_t i = 0; i < columns.count; i++) {
    const struct vonk_plan_column *column = &columns.items[i];
    if (column->hidden) continue;
    uint32_t parts = column->qualifier.count < shown ? column->qualifier.count : shown;
    struct vonk_str *full = ARENA_ARRAY(b->arena, struct vonk_str, parts + 1);
    for (uint32_t p = 0; p < parts; p++) full[p] = column->qualifier.parts[column->qualifier.count - parts + p];
    full[parts] = column->name;
    struct vonk_name full_name = {full, parts + 1};
    struct vonk_str quoted = vonk_name_quote(b->arena, full_name);
    /* Spark measures from the quoted name to the one that is not. */
    list[count++] = (struct candidate){column->name, quoted, column->id, distance(b->arena, quoted, wanted)};
  }
  if (count) qsort(list, count, sizeof *list, by_distance);
  struct vonk_text text;
  vonk_text_init(&text, b->arena);
  for (uint32_t i = 0; i < count && i < 5; i++) {
    if (i) vonk_text_add(&text, STR(", "));
    vonk_text_add(&text, list[i].shown);
  }
  return vonk_text_str(&text);
}

struct vonk_str bind_sorted_names(struct binder *b, struct bind_columns columns) {
  struct candidate *list = ARENA_ARRAY(b->arena, struct candidate, columns.count);
  struct vonk_text text;
  uint32_t count = 0;
  vonk_text_init(&text, b->arena);
  for (uint32_t i = 0; i < columns.count; i++) {
    if (!columns.items[i].hidden) list[count++] = (struct candidate){.name = columns.items[i].name, .id = columns.items[i].id};
  }
  if (count) qsort(list, count, sizeof *list, by_name);
  for (uint32_t i = 0; i < count; i++) {
    if (i) vonk_text_add(&text, STR(", "));
    vonk_text_add(&text, vonk_type_quote(b->arena, list[i].name));
  }
  return vonk_text_str(&text);
}

STATUS bind_unresolved_column(struct binder *b, struct vonk_name name, struct bind_columns columns, const struct vonk_origin *origin) {
  struct vonk_str proposal = bind_suggestions(b, name, columns);
  struct vonk_str quoted = vonk_name_quote(b->arena, name);
  if (proposal.size == 0) return vonk_raise(b->task, VONK_UNRESOLVED_COLUMN__WITHOUT_SUGGESTION, origin, "objectName", quoted, NULL);
  return vonk_raise(b->task, VONK_UNRESOLVED_COLUMN__WITH_SUGGESTION, origin, "objectName", quoted, "proposal", proposal, NULL);
}
