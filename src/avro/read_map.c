/* read_map.c: maps with their entries in the order in which Java's HashMap gives them, since that is how Spark shows them.
 *
 * The entries' places are taken down first and their values read in order then. A key that comes again keeps its place and gets
 * the later value. The table of Java begins with 16 buckets and doubles when it is three quarters full.
 */
#include <string.h>

#include "avro/hash_order.h"
#include "avro/read_internal.h"

enum { FIRST_ENTRIES = 64, FIRST_BUCKETS = 16 };

static struct avro_entry *entries_of(const struct vonk_avro_reader *r) { return (struct avro_entry *)(void *)r->entries->data; }

static bool reserve(struct vonk_avro_reader *r, struct vonk_buffer **buffer, size_t size) {
  enum vonk_status status = VONK_OK;
  if (!*buffer) status = vonk_buffer_create(r->task->budget, size, buffer);
  else if ((*buffer)->capacity < size) status = vonk_buffer_grow(buffer, size < 2 * (*buffer)->capacity ? 2 * (*buffer)->capacity : size);
  return status == VONK_OK || avro_fail(r, VONK_AVRO_REFUSED, "memory is short");
}

static bool push_entry(struct vonk_avro_reader *r, const struct avro_entry *entry) {
  size_t count = r->entry_count < FIRST_ENTRIES ? FIRST_ENTRIES : (size_t)r->entry_count + 1;
  if (!reserve(r, &r->entries, count * sizeof *entry)) return false;
  entries_of(r)[r->entry_count++] = *entry;
  r->entries->size = r->entry_count * sizeof *entry;
  return true;
}

/* The key at AT, and where its value stands. */
static const uint8_t *get_entry(struct vonk_avro_reader *r, const uint8_t *at, struct avro_entry *out) {
  int64_t size;
  at = avro_get_long(at, &size);
  if (!at || at > r->end || size < 0 || size > r->end - at || size > INT32_MAX) return avro_fail(r, VONK_AVRO_MALFORMED, "its data is malformed");
  *out = (struct avro_entry){.key = vonk_str_make((const char *)at, (size_t)size), .value = at + size};
  return at + size;
}

static const uint8_t *take_entries(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at) {
  for (;;) {
    uint32_t count;
    int64_t byte_size;
    at = avro_get_count(r, at, s->item_schema->least_size + 1, &count, &byte_size);
    if (!at || !count) return at;
    for (uint32_t i = 0; i < count; i++) {
      struct avro_entry entry;
      at = get_entry(r, at, &entry);
      if (!at || !push_entry(r, &entry)) return NULL;
      at = avro_skip(r, s->item_schema, at, 0);
      if (!at) return NULL;
    }
  }
}

static bool read_entry(struct vonk_avro_reader *r, const struct avro_step *s, const struct avro_entry *entry) {
  struct vonk_builder *keys = &s->to->children[0];
  *(struct vonk_view *)vonk_builder_slot(keys) = vonk_view_make(entry->key.data, (uint32_t)entry->key.size);
  vonk_builder_end_slot(keys);
  return avro_read(r, s->item, entry->value) != NULL;
}

/* The later of two entries with one key goes to the earlier's place. */
static uint32_t drop_doubles(struct vonk_avro_reader *r, uint32_t from, uint32_t count) {
  struct avro_entry *entries = entries_of(r) + from;
  uint32_t slot_count = 4, kept = 0;
  while (slot_count < 2 * (uint64_t)count) slot_count *= 2;
  if (!reserve(r, &r->slots, slot_count * sizeof(uint32_t))) return 0;
  uint32_t *slots = (uint32_t *)(void *)r->slots->data;
  memset(slots, 0, slot_count * sizeof *slots);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t slot = (uint32_t)vonk_str_hash(entries[i].key) & (slot_count - 1);
    while (slots[slot] && !vonk_str_equal(entries[slots[slot] - 1].key, entries[i].key)) slot = (slot + 1) & (slot_count - 1);
    if (slots[slot]) {
      entries[slots[slot] - 1].value = entries[i].value;
    } else {
      entries[kept++] = entries[i];
      slots[slot] = kept;
    }
  }
  return kept;
}

static bool read_entries(struct vonk_avro_reader *r, const struct avro_step *s, uint32_t from, uint32_t count) {
  struct avro_entry entry;
  if (count > 1) count = drop_doubles(r, from, count);
  if (r->outcome != VONK_AVRO_READ) return false;
  uint32_t buckets = vonk_hash_order_buckets(FIRST_BUCKETS, count);
  size_t order_bytes = vonk_hash_order_bytes(count, buckets);
  if (count > 1 && !reserve(r, &r->order, order_bytes)) return false;
  for (uint32_t i = 0; i < 2; i++) {
    if (vonk_builder_reserve(r->task, &s->to->children[i], count) != VONK_OK) return avro_fail(r, VONK_AVRO_REFUSED, "memory is short");
  }
  if (count == 1) {
    entry = entries_of(r)[from];
    return read_entry(r, s, &entry);
  }
  struct vonk_hash_order order;
  vonk_hash_order_begin(&order, r->order ? r->order->data : NULL, count, buckets);
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_str key = entries_of(r)[from + i].key;
    vonk_hash_order_add(&order, i, s->is_java_string ? vonk_hash_order_string(key) : vonk_hash_order_utf8(key));
  }
  vonk_hash_order_end(&order);
  /* Maps below use the same memory: what is in order is kept among the entries. */
  for (uint32_t i = 0; i < count; i++) {
    entry = entries_of(r)[from + order.items[i]];
    if (!push_entry(r, &entry)) return false;
  }
  for (uint32_t i = 0; i < count; i++) {
    entry = entries_of(r)[r->entry_count - count + i];
    uint32_t top = r->entry_count;
    if (!read_entry(r, s, &entry)) return false;
    r->entry_count = top;
  }
  return true;
}

const uint8_t *avro_read_map(struct vonk_avro_reader *r, const struct avro_step *s, const uint8_t *at) {
  uint32_t from = r->entry_count;
  at = take_entries(r, s, at);
  if (!at || (r->entry_count > from && !read_entries(r, s, from, r->entry_count - from))) return NULL;
  r->entry_count = from;
  return vonk_builder_end_list(r->task, s->to) == VONK_OK ? at : avro_fail(r, VONK_AVRO_REFUSED, "memory is short");
}
