/* value_list.c: chunks grow twofold from a few values up to a limit. */
#include "func/value_list.h"

#include <stdlib.h>

#include "column/value_bytes.h"

enum { CHUNK_MIN = 32, CHUNK_MAX = 32 * 1024 };

static struct vonk_value_chunk *add_chunk(struct vonk_task *task, struct vonk_value_list *list, size_t least, uint64_t tag) {
  size_t capacity = list->last ? (size_t)list->last->capacity * 2 : CHUNK_MIN;
  if (capacity > CHUNK_MAX) capacity = CHUNK_MAX;
  if (capacity < least) capacity = least;
  struct vonk_value_chunk *chunk = vonk_arena_alloc(task->arena, sizeof *chunk + capacity);
  chunk->capacity = (uint32_t)capacity;
  chunk->tag = tag;
  if (list->last) list->last->next = chunk;
  else list->first = chunk;
  return list->last = chunk;
}

void vonk_value_list_add(struct vonk_task *task, struct vonk_value_list *list, const struct vonk_column *columns, uint32_t column_count, uint32_t row,
                         uint64_t tag) {
  size_t size = 0;
  for (uint32_t i = 0; i < column_count; i++) size += 1 + (vonk_column_row_valid(&columns[i], row) ? vonk_value_bytes_size(&columns[i], row) : 0);
  struct vonk_value_chunk *chunk = list->last;
  if (!chunk || chunk->capacity - chunk->size < size || chunk->tag >> VONK_TAG_ROW_BITS != tag >> VONK_TAG_ROW_BITS) chunk = add_chunk(task, list, size, tag);
  char *to = chunk->bytes + chunk->size;
  for (uint32_t i = 0; i < column_count; i++) {
    bool valid = vonk_column_row_valid(&columns[i], row);
    *to++ = (char)valid;
    if (valid) to = vonk_value_bytes_write(&columns[i], row, to);
  }
  chunk->size += (uint32_t)size;
  chunk->count++;
}

void vonk_value_list_merge(struct vonk_value_list *from, struct vonk_value_list *into) {
  if (!from->first) return;
  if (into->last) into->last->next = from->first;
  else into->first = from->first;
  into->last = from->last;
}

uint64_t vonk_value_list_count(const struct vonk_value_list *list) {
  uint64_t count = 0;
  for (const struct vonk_value_chunk *chunk = list->first; chunk; chunk = chunk->next) count += chunk->count;
  return count;
}

static int by_tag(const void *a, const void *b) {
  uint64_t x = (*(struct vonk_value_chunk *const *)a)->tag, y = (*(struct vonk_value_chunk *const *)b)->tag;
  return (x > y) - (x < y);
}

uint32_t vonk_value_list_sorted(struct vonk_task *task, const struct vonk_value_list *list, struct vonk_value_chunk ***out) {
  uint32_t count = 0;
  bool sorted = true;
  for (struct vonk_value_chunk *chunk = list->first; chunk; chunk = chunk->next) count++;
  *out = ARENA_ARRAY(task->arena, struct vonk_value_chunk *, count);
  count = 0;
  for (struct vonk_value_chunk *chunk = list->first; chunk; chunk = chunk->next) {
    (*out)[count++] = chunk;
    sorted &= !chunk->next || chunk->tag <= chunk->next->tag;
  }
  if (!sorted) qsort(*out, count, sizeof **out, by_tag);
  return count;
}

const char *vonk_value_list_next(const struct vonk_type *type, const char **at) {
  bool valid = *(*at)++;
  const char *value = *at;
  if (valid) *at += vonk_value_bytes_length(type, value);
  return valid ? value : NULL;
}

STATUS vonk_value_list_save(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes) {
  const struct vonk_value_list *list = state;
  size_t size = 0;
  for (const struct vonk_value_chunk *chunk = list->first; chunk; chunk = chunk->next) size += 16 + (size_t)chunk->size;
  char *to;
  TRY(vonk_builder_reserve_bytes(frame->task, bytes, size, &to));
  for (const struct vonk_value_chunk *chunk = list->first; chunk; chunk = chunk->next) {
    memcpy(to, &chunk->tag, 8);
    memcpy(to + 8, &chunk->count, 4);
    memcpy(to + 12, &chunk->size, 4);
    memcpy(to + 16, chunk->bytes, chunk->size);
    to += 16 + chunk->size;
  }
  return vonk_builder_commit_bytes(frame->task, bytes, size);
}

STATUS vonk_value_list_load(struct vonk_frame *frame, struct vonk_str bytes, void *state) {
  struct vonk_value_list *list = state;
  const char *at = bytes.data, *end = bytes.data + bytes.size;
  *list = (struct vonk_value_list){0};
  while (at < end) {
    uint64_t tag;
    uint32_t count, size;
    memcpy(&tag, at, 8);
    memcpy(&count, at + 8, 4);
    memcpy(&size, at + 12, 4);
    struct vonk_value_chunk *chunk = add_chunk(frame->task, list, size, tag);
    chunk->count = count;
    chunk->size = size;
    memcpy(chunk->bytes, at + 16, size);
    at += 16 + size;
  }
  return VONK_OK;
}
