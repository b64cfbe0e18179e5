/* map_entries.c: few keys are compared with each other, many through a table of their hashes. */
#include "func/map_entries.h"

#include "func/lists.h"
#include "type/text.h"

enum { FEW = 16 };

static STATUS duplicate(struct vonk_frame *frame, const struct vonk_map_entry *entry) {
  struct vonk_value value = vonk_column_get(entry->keys, entry->key_row, frame->task->arena);
  struct vonk_format_options options = {.form = VONK_TEXT_CAST};
  struct vonk_text text;
  vonk_text_init(&text, frame->task->arena);
  vonk_format_value(&text, &value, &options);
  return vonk_raise(frame->task, VONK_DUPLICATED_MAP_KEY, frame->expr->node.origin, "key", vonk_text_str(&text), "mapKeyDedupPolicy",
                    STR("\"spark.sql.mapKeyDedupPolicy\""), NULL);
}

static bool same_key(const struct vonk_map_entry *a, const struct vonk_map_entry *b) {
  return vonk_compare_rows(a->keys, a->key_row, b->keys, b->key_row) == 0;
}

/* Entry I has the key of entry EARLIER: it fails, or its value goes there and it has no key any more. */
static STATUS meet(struct vonk_frame *frame, struct vonk_map_entry *entries, uint32_t earlier, uint32_t i) {
  if (!EXPR_AS(frame->expr, call)->last_key_wins) return duplicate(frame, &entries[i]);
  entries[earlier].values = entries[i].values;
  entries[earlier].value_row = entries[i].value_row;
  entries[i].keys = NULL;
  return VONK_OK;
}

static STATUS check_few(struct vonk_frame *frame, struct vonk_map_entry *entries, uint32_t count) {
  for (uint32_t i = 1; i < count; i++) {
    for (uint32_t k = 0; k < i; k++) {
      if (!entries[k].keys || !same_key(&entries[i], &entries[k])) continue;
      TRY(meet(frame, entries, k, i));
      break;
    }
  }
  return VONK_OK;
}

static STATUS check_many(struct vonk_frame *frame, struct vonk_arena *scratch, struct vonk_map_entry *entries, uint32_t count) {
  size_t size = 64;
  while (size < (size_t)count * 2) size *= 2;
  uint32_t *table = ARENA_ARRAY(scratch, uint32_t, size); /* index + 1 */
  for (uint32_t i = 0; i < count; i++) {
    size_t at = vonk_list_hash(entries[i].keys, entries[i].key_row) & (size - 1);
    while (table[at] && !same_key(&entries[i], &entries[table[at] - 1])) at = (at + 1) & (size - 1);
    if (table[at]) TRY(meet(frame, entries, table[at] - 1, i));
    else table[at] = i + 1;
  }
  return VONK_OK;
}

STATUS vonk_map_add_entries(struct vonk_frame *frame, struct vonk_arena *scratch, struct vonk_map_entry *entries, uint32_t count) {
  struct vonk_builder *children = frame->builder->children;
  for (uint32_t i = 0; i < count; i++) {
    if (!vonk_column_row_valid(entries[i].keys, entries[i].key_row)) return vonk_raise(frame->task, VONK_NULL_MAP_KEY, frame->expr->node.origin, NULL);
  }
  TRY(count <= FEW ? check_few(frame, entries, count) : check_many(frame, scratch, entries, count));
  for (uint32_t i = 0; i < count; i++) {
    if (!entries[i].keys) continue;
    TRY(vonk_builder_add_row(frame->task, &children[0], entries[i].keys, entries[i].key_row));
    TRY(vonk_builder_add_row(frame->task, &children[1], entries[i].values, entries[i].value_row));
  }
  return vonk_builder_end_list(frame->task, frame->builder);
}
