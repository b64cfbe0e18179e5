/* top_by.c: the best entries of a group, sorted: a new one moves those behind it. Of equal keys the earlier row's stands first. */
#include "func/top_by.h"

#include "base/bits.h"
#include "column/value_bytes.h"
#include "func/kept_value.h"

struct entry {
  struct vonk_kept key, value;
  uint64_t tag;
};

struct top_state {
  struct entry *entries;
  uint32_t count, capacity;
};

static uint32_t top_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct top_state);
}

static const struct vonk_expr_aggregate *call_of(const struct vonk_frame *frame) { return EXPR_AS(frame->expr, aggregate); }
static uint32_t wanted(const struct vonk_frame *frame) { return ((const struct vonk_top_by *)call_of(frame)->data)->count; }
static bool largest_first(const struct vonk_frame *frame) { return call_of(frame)->function->name[1] == 'a'; }

/* Where an entry goes: behind those that are not worse. ORDERS(entry) is the order of the new key and the entry's. */
static bool is_before(int order, bool largest, uint64_t tag, uint64_t other) {
  if (order == 0) return tag < other;
  return largest ? order > 0 : order < 0;
}

/* Makes room at PLACE; the last entry goes when there are enough. */
static struct entry *insert(struct vonk_frame *frame, struct top_state *s, uint32_t place) {
  uint32_t limit = wanted(frame);
  if (s->count == s->capacity && s->count < limit) {
    uint32_t capacity = s->capacity ? s->capacity * 2 : 4;
    struct entry *entries = ARENA_ARRAY(frame->task->arena, struct entry, capacity);
    if (s->count) memcpy(entries, s->entries, s->count * sizeof *entries);
    s->entries = entries;
    s->capacity = capacity;
  }
  struct entry last = {0};
  if (s->count == limit) last = s->entries[--s->count]; /* its memory is used again */
  memmove(s->entries + place + 1, s->entries + place, (s->count - place) * sizeof *s->entries);
  s->count++;
  s->entries[place] = last;
  return &s->entries[place];
}

static STATUS offer_row(struct vonk_frame *frame, struct top_state *s, uint32_t row, uint64_t tag) {
  const struct vonk_column *value = &frame->arguments[0], *key = &frame->arguments[1];
  uint32_t low = 0, high = s->count;
  bool largest = largest_first(frame);
  int order;
  if (s->count == wanted(frame)) {
    TRY(vonk_kept_compare_row(frame, &s->entries[s->count - 1].key, key, row, &order));
    if (!is_before(order, largest, tag, s->entries[s->count - 1].tag)) return VONK_OK;
  }
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    TRY(vonk_kept_compare_row(frame, &s->entries[middle].key, key, row, &order));
    if (is_before(order, largest, tag, s->entries[middle].tag)) high = middle;
    else low = middle + 1;
  }
  struct entry *entry = insert(frame, s, low);
  vonk_kept_put(frame->task, &entry->key, key, row);
  vonk_kept_put(frame->task, &entry->value, value, row);
  entry->tag = tag;
  return VONK_OK;
}

static STATUS offer_rows(struct vonk_frame *frame, void *const *states, void *one, uint64_t tag) {
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row) || !vonk_column_row_valid(&frame->arguments[1], row)) continue;
    TRY(offer_row(frame, states ? states[row] : one, row, tag + row));
  }
  return VONK_OK;
}
static STATUS top_update(struct vonk_frame *frame, void *const *states, uint64_t tag) { return offer_rows(frame, states, NULL, tag); }
static STATUS top_update_one(struct vonk_frame *frame, void *state, uint64_t tag) { return offer_rows(frame, NULL, state, tag); }

static void offer_entry(struct vonk_frame *frame, struct top_state *s, const struct entry *entry) {
  const struct vonk_type *type = call_of(frame)->arguments.items[1]->type;
  bool largest = largest_first(frame);
  uint32_t low = 0, high = s->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (is_before(vonk_kept_compare(type, &entry->key, &s->entries[middle].key), largest, entry->tag, s->entries[middle].tag)) high = middle;
    else low = middle + 1;
  }
  if (low < wanted(frame)) *insert(frame, s, low) = *entry;
}

static STATUS top_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const struct top_state *a = from[i];
    for (uint32_t k = 0; k < a->count; k++) offer_entry(frame, into[i], &a->entries[k]);
  }
  return VONK_OK;
}

static STATUS top_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  struct vonk_builder *items = &frame->builder->children[0];
  for (uint32_t i = 0; i < count; i++) {
    const struct top_state *s = states[i];
    if (s->count == 0) {
      TRY(vonk_builder_add_null(frame->task, frame->builder));
      continue;
    }
    for (uint32_t k = 0; k < s->count; k++) {
      const struct vonk_kept *value = &s->entries[k].value;
      const char *at = vonk_kept_bytes(value);
      TRY(value->null ? vonk_builder_add_null(frame->task, items) : vonk_value_bytes_read(frame->task, items, &at));
    }
    TRY(vonk_builder_end_list(frame->task, frame->builder));
  }
  return VONK_OK;
}

static STATUS top_save(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes) {
  const struct top_state *s = state;
  size_t size = sizeof s->count;
  char *to;
  for (uint32_t i = 0; i < s->count; i++) size += 8 + vonk_kept_saved_size(&s->entries[i].key) + vonk_kept_saved_size(&s->entries[i].value);
  TRY(vonk_builder_reserve_bytes(frame->task, bytes, size, &to));
  memcpy(to, &s->count, sizeof s->count);
  to += sizeof s->count;
  for (uint32_t i = 0; i < s->count; i++) {
    memcpy(to, &s->entries[i].tag, 8);
    to = vonk_kept_save(&s->entries[i].value, vonk_kept_save(&s->entries[i].key, to + 8));
  }
  return vonk_builder_commit_bytes(frame->task, bytes, size);
}

static STATUS top_load(struct vonk_frame *frame, struct vonk_str bytes, void *state) {
  struct top_state *s = state;
  const char *at = bytes.data + sizeof s->count;
  memcpy(&s->count, bytes.data, sizeof s->count);
  s->capacity = s->count;
  s->entries = ARENA_ARRAY(frame->task->arena, struct entry, s->count);
  for (uint32_t i = 0; i < s->count; i++) {
    memcpy(&s->entries[i].tag, at, 8);
    at = vonk_kept_load(frame->task, vonk_kept_load(frame->task, at + 8, &s->entries[i].key), &s->entries[i].value);
  }
  return VONK_OK;
}

const struct vonk_aggregate_type vonk_top_by_type = {
    .state_size = top_size, .update = top_update, .update_one = top_update_one, .merge = top_merge, .finalize = top_finalize,
    .save = top_save, .load = top_load,
};
