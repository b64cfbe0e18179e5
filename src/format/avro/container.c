/* container.c: reading heads, finding marks, walking over blocks. */
#include "format/avro/container.h"

#include <string.h>

#include "base/bytes.h"
#include "format/footer_cache.h"

/* A schema takes up to MEMORY_FACTOR times its bytes in memory, of which not all may be wanted. */
enum { HEAD_FIRST = 64 << 10, HEAD_MAX = 16 << 20, HEAD_KEYS_MAX = 10000, MEMORY_FACTOR = 64, WINDOW_BYTES = 1 << 20, PEEK_BYTES = 4 << 10, BLOCK_HEAD_MAX = 20 };
static const char magic[4] = {'O', 'b', 'j', 1};

STATUS avro_bad_file(struct vonk_task *task, struct vonk_str path, struct vonk_str reason) {
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", path, "reason", reason, NULL);
}

/* --- heads --- */

struct pairs {
  struct vonk_str schema, codec, version, zone, legacy;
};

static bool take_pair(struct vonk_bytes *bytes, struct pairs *out) {
  size_t key_size = vonk_bytes_length(bytes, (uint64_t)vonk_bytes_zigzag(bytes), HEAD_MAX);
  struct vonk_str key = vonk_bytes_str(bytes, key_size);
  size_t size = vonk_bytes_length(bytes, (uint64_t)vonk_bytes_zigzag(bytes), HEAD_MAX);
  struct vonk_str value = vonk_bytes_str(bytes, size);
  if (bytes->failed) return false;
  if (vonk_str_equal(key, STR("avro.schema"))) out->schema = value;
  if (vonk_str_equal(key, STR("avro.codec"))) out->codec = value;
  if (vonk_str_equal(key, STR("org.apache.spark.version"))) out->version = value;
  if (vonk_str_equal(key, STR("org.apache.spark.timeZone"))) out->zone = value;
  if (vonk_str_equal(key, STR("org.apache.spark.legacyDateTime"))) out->legacy = vonk_str_make("", 0);
  return true;
}

static bool take_pairs(struct vonk_bytes *bytes, struct pairs *out) {
  *out = (struct pairs){.codec = STR("null")};
  for (uint32_t keys = 0; keys < HEAD_KEYS_MAX;) {
    int64_t count = vonk_bytes_zigzag(bytes);
    if (bytes->failed || count == INT64_MIN) return false;
    if (count == 0) return true;
    if (count < 0) {
      count = -count;
      vonk_bytes_zigzag(bytes);
    }
    for (; count > 0 && keys < HEAD_KEYS_MAX; count--, keys++) {
      if (!take_pair(bytes, out)) return false;
    }
  }
  return false;
}

/* *WHOLE is false when the head goes on behind BYTES. */
static STATUS parse_head(struct vonk_task *task, struct vonk_arena *memory, struct vonk_str path, struct vonk_str text, struct avro_head *out, bool *whole) {
  struct vonk_bytes bytes = vonk_bytes_of(text.data, text.size);
  struct pairs pairs;
  struct vonk_str reason;
  *whole = true;
  if (text.size < sizeof magic || memcmp(text.data, magic, sizeof magic) != 0) return avro_bad_file(task, path, STR("it is not an Avro file"));
  vonk_bytes_skip(&bytes, sizeof magic);
  *whole = take_pairs(&bytes, &pairs);
  const uint8_t *mark = vonk_bytes_take(&bytes, AVRO_MARK_BYTES);
  *whole = *whole && mark;
  if (!*whole) return VONK_OK;
  memcpy(out->mark, mark, AVRO_MARK_BYTES);
  out->byte_size = bytes.position;
  if (!pairs.schema.data) return avro_bad_file(task, path, STR("its head has no schema"));
  if (!vonk_avro_codec_find(pairs.codec, &out->codec))
    return avro_bad_file(task, path, vonk_str_format(task->arena, "there is no codec " STR_FMT, STR_ARG(pairs.codec)));
  TRY(vonk_task_check_room_reading(task, (uint64_t)pairs.schema.size * MEMORY_FACTOR, path));
  if (pairs.version.data) out->spark_version = vonk_str_copy(memory, pairs.version);
  if (pairs.zone.data) out->spark_zone = vonk_str_copy(memory, pairs.zone);
  out->spark_legacy = pairs.legacy.data != NULL;
  out->schema = vonk_avro_schema_parse(memory, vonk_str_copy(memory, pairs.schema), &reason);
  return out->schema ? VONK_OK : avro_bad_file(task, path, vonk_str_format(task->arena, "its schema cannot be read: " STR_FMT, STR_ARG(reason)));
}

static STATUS load_head(struct vonk_task *task, struct vonk_arena *memory, struct vonk_file *file, struct avro_head *out) {
  struct vonk_buffer *buffer;
  enum vonk_status status = VONK_OK;
  bool whole = false;
  for (size_t wanted = HEAD_FIRST; !whole && status == VONK_OK; wanted *= 4) {
    size_t size = file->byte_size < wanted ? (size_t)file->byte_size : wanted;
    TRY(vonk_task_memory_error_reading(task, vonk_buffer_create(task->budget, size ? size : 1, &buffer), file->path));
    if (size) status = vonk_file_read(task, file, 0, size, buffer->data);
    if (status == VONK_OK) status = parse_head(task, memory, file->path, vonk_str_make((const char *)buffer->data, size), out, &whole);
    vonk_buffer_release(buffer);
    bool is_all = size == file->byte_size || wanted > HEAD_MAX;
    if (status == VONK_OK && !whole && is_all) return avro_bad_file(task, file->path, STR("its head is malformed"));
  }
  return status;
}

STATUS avro_head_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_file *scan_file, const struct vonk_scan_options *options,
                      const struct avro_head **out) {
  struct vonk_footer_cache *cache = options->footers;
  struct vonk_file *file;
  /* Another format may have kept something of the file. */
  struct vonk_str name = vonk_str_format(arena, "avro:" STR_FMT, STR_ARG(scan_file->path));
  struct vonk_footer_key key = {name, scan_file->byte_size, scan_file->mtime_ns, scan_file->inode};
  *out = cache ? vonk_footer_cache_find(cache, &key, arena) : NULL;
  if (*out) return VONK_OK;
  TRY(vonk_file_open(task, scan_file->path, &file));
  struct vonk_arena *memory = cache ? vonk_footer_cache_arena(cache) : arena;
  struct avro_head *head = ARENA_NEW(memory, struct avro_head);
  enum vonk_status status = load_head(task, memory, file, head);
  key = (struct vonk_footer_key){name, file->byte_size, file->mtime_ns, file->inode};
  vonk_file_close(file);
  if (status == VONK_OK && cache) vonk_footer_cache_keep(cache, &key, memory, head, arena);
  if (status != VONK_OK && cache) vonk_arena_destroy(memory);
  *out = head;
  return status;
}

/* --- blocks --- */

void avro_blocks_open(const struct avro_head *head, struct vonk_file *file, uint64_t start, uint64_t end, bool only_counts, struct avro_blocks *out) {
  *out = (struct avro_blocks){.head = head, .file = file, .start = start, .end = end, .only_counts = only_counts};
}

void avro_blocks_close(struct avro_blocks *b) {
  vonk_buffer_release(b->window);
  b->window = NULL;
}

/* SIZE bytes of the file at AT, or what there is of them; the window may move. */
static STATUS look(struct vonk_task *task, struct avro_blocks *b, uint64_t at, size_t size, struct vonk_str *out) {
  size_t have = b->window ? b->window->size : 0, least = b->only_counts ? PEEK_BYTES : WINDOW_BYTES;
  if (at > b->file->byte_size) at = b->file->byte_size;
  if (size > b->file->byte_size - at) size = (size_t)(b->file->byte_size - at);
  if (at < b->window_at || at - b->window_at > have || size > have - (size_t)(at - b->window_at)) {
    size_t wanted = size > least ? size : least;
    if (wanted > b->file->byte_size - at) wanted = (size_t)(b->file->byte_size - at);
    if (!b->window) TRY(vonk_task_memory_error_reading(task, vonk_buffer_create(task->budget, wanted > least ? wanted : least, &b->window), b->file->path));
    b->window->size = 0;
    if (b->window->capacity < wanted) TRY(vonk_task_memory_error_reading(task, vonk_buffer_grow(&b->window, wanted), b->file->path));
    if (wanted) TRY(vonk_file_read(task, b->file, at, wanted, b->window->data));
    b->window->size = wanted;
    b->window_at = at;
    if (!b->only_counts) vonk_file_prefetch(b->file, at + wanted, WINDOW_BYTES);
  }
  *out = vonk_str_make((const char *)b->window->data + (at - b->window_at), size);
  return VONK_OK;
}

/* Where the first mark at or behind the range's start ends; UINT64_MAX when there is none. */
static STATUS find_mark(struct vonk_task *task, struct avro_blocks *b, uint64_t *out) {
  uint64_t first = b->head->byte_size - AVRO_MARK_BYTES, at = b->start > first ? b->start : first;
  *out = UINT64_MAX;
  if (at == first) *out = b->head->byte_size;
  while (*out == UINT64_MAX && at < b->end) {
    struct vonk_str text;
    TRY(vonk_task_check(task));
    TRY(look(task, b, at, WINDOW_BYTES, &text));
    const char *found = text.size < AVRO_MARK_BYTES ? NULL : memmem(text.data, text.size, b->head->mark, AVRO_MARK_BYTES);
    if (found) *out = at + (uint64_t)(found - text.data) + AVRO_MARK_BYTES;
    else if (text.size < WINDOW_BYTES) return VONK_OK;
    at += text.size - (AVRO_MARK_BYTES - 1);
  }
  return VONK_OK;
}

static STATUS malformed(struct vonk_task *task, const struct avro_blocks *b, const char *what) {
  return avro_bad_file(task, b->file->path, vonk_str_format(task->arena, "the block at byte %llu %s", (unsigned long long)b->next, what));
}

static STATUS check_mark(struct vonk_task *task, struct avro_blocks *b, uint64_t at) {
  struct vonk_str mark;
  TRY(look(task, b, at, AVRO_MARK_BYTES, &mark));
  if (mark.size != AVRO_MARK_BYTES || memcmp(mark.data, b->head->mark, AVRO_MARK_BYTES) != 0) return malformed(task, b, "is not followed by the file's mark");
  return VONK_OK;
}

static STATUS take_block(struct vonk_task *task, struct avro_blocks *b) {
  struct vonk_str text;
  TRY(look(task, b, b->next, BLOCK_HEAD_MAX, &text));
  struct vonk_bytes bytes = vonk_bytes_of(text.data, text.size);
  int64_t rows = vonk_bytes_zigzag(&bytes), size = vonk_bytes_zigzag(&bytes);
  uint64_t data = b->next + bytes.position;
  if (bytes.failed || rows < 0 || size < 0 || size > INT32_MAX) return malformed(task, b, "has no valid head");
  if ((uint64_t)size > b->file->byte_size - data || b->file->byte_size - data - (uint64_t)size < AVRO_MARK_BYTES) return malformed(task, b, "is cut off");
  b->row_count = (uint64_t)rows;
  b->packed_size = (size_t)size;
  if (b->only_counts) {
    TRY(check_mark(task, b, data + (uint64_t)size));
  } else {
    TRY(look(task, b, data, (size_t)size + AVRO_MARK_BYTES, &text));
    b->packed = (const uint8_t *)text.data;
    if (memcmp(text.data + size, b->head->mark, AVRO_MARK_BYTES) != 0) return malformed(task, b, "is not followed by the file's mark");
  }
  b->next = data + (uint64_t)size + AVRO_MARK_BYTES;
  return VONK_OK;
}

STATUS avro_blocks_next(struct vonk_task *task, struct avro_blocks *b, bool *any) {
  *any = false;
  if (!b->found) TRY(find_mark(task, b, &b->next));
  b->found = true;
  if (b->next == UINT64_MAX || b->next - AVRO_MARK_BYTES >= b->end || b->next >= b->file->byte_size) return VONK_OK;
  *any = true;
  return take_block(task, b);
}
