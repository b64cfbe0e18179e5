/* text_source.c: reading, unpacking and decoding of files of text, cut at line ends. */
#include "format/text_source.h"

#include <string.h>

#include "base/array.h"
#include "format/text_decode.h"

enum { WINDOW_BYTES = 1 << 20, PACKED_BYTES = 128 << 10, UNIT_BYTES = 4 << 20, ROOM_BYTES = 64 };
#define LINE_BYTES_MAX ((size_t)1 << 30)

/* --- units --- */

static bool is_split(const struct vonk_text_rules *rules, struct vonk_str path) {
  return !rules->is_whole && rules->encoding == VONK_ENCODING_UTF8 && vonk_stream_codec_of_path(path) == VONK_STREAM_PLAIN;
}

void vonk_text_units(struct vonk_arena *arena, const struct vonk_text_rules *rules, struct vonk_scan *scan) {
  const struct vonk_scan_spec *spec = scan->spec;
  ARRAY_OF(struct vonk_scan_unit) units = {0};
  for (uint32_t f = 0; f < spec->file_count; f++) {
    uint64_t size = spec->files[f].byte_size, step = is_split(rules, spec->files[f].path) ? UNIT_BYTES : size;
    uint64_t count = step ? (size + step - 1) / step : 0;
    for (uint64_t i = 0; i < count; i++) {
      uint64_t bytes = size - i * step < step ? size - i * step : step;
      *ARRAY_PUSH(arena, &units) = (struct vonk_scan_unit){.file = f, .part = (uint32_t)i, .row_count = VONK_SCAN_ROWS_UNKNOWN, .byte_size = bytes,
                                                          .file_middle = i * step + bytes / 2};
    }
  }
  scan->units = units.items;
  scan->unit_count = (uint32_t)units.count;
  scan->row_count = VONK_SCAN_ROWS_UNKNOWN;
  scan->answers = ARENA_ARRAY(arena, enum vonk_scan_answer, spec->filter_count);
}

void vonk_text_unit_range(const struct vonk_scan *scan, const struct vonk_text_rules *rules, uint32_t unit, uint64_t *start, uint64_t *end) {
  const struct vonk_scan_unit *u = &scan->units[unit];
  const struct vonk_scan_file *file = &scan->spec->files[u->file];
  uint64_t step = is_split(rules, file->path) ? UNIT_BYTES : file->byte_size;
  *start = u->part * step;
  *end = file->byte_size - *start <= step ? UINT64_MAX : *start + step;
}

/* --- lines --- */

/* The first line end in TEXT at or behind FROM: where it begins in AT and its bytes; 0 when there is none. A \r as the last byte may
 * be half an end: only with IS_ALL it is one. */
static size_t find_end(const struct vonk_text_rules *rules, struct vonk_str text, size_t from, bool is_all, size_t *at) {
  if (rules->line_end.size) {
    *at = vonk_str_find(text, rules->line_end, from);
    return *at == SIZE_MAX ? 0 : rules->line_end.size;
  }
  *at = vonk_text_find_line_end(text, from);
  if (*at == text.size) return 0;
  if (text.data[*at] == '\n') return 1;
  if (*at + 1 < text.size) return text.data[*at + 1] == '\n' ? 2 : 1;
  return is_all ? 1 : 0;
}

/* Bytes up to the end of the last whole line. */
static size_t whole_lines(const struct vonk_text_rules *rules, struct vonk_str text) {
  if (rules->line_end.size) {
    size_t size = rules->line_end.size;
    for (size_t i = text.size; i >= size; i--) {
      if (memcmp(text.data + i - size, rules->line_end.data, size) == 0) return i;
    }
    return 0;
  }
  const char *feed = memrchr(text.data, '\n', text.size);
  size_t end = feed ? (size_t)(feed - text.data) + 1 : 0;
  /* A \r behind the last \n, but not one that is the last byte: a \n may follow. */
  const char *back = text.size > end + 1 ? memrchr(text.data + end, '\r', text.size - end - 1) : NULL;
  return back ? (size_t)(back - text.data) + 1 : end;
}

uint32_t vonk_text_lines(const struct vonk_text_rules *rules, struct vonk_str text, struct vonk_str *lines, uint32_t count, size_t *used) {
  if (!rules->line_end.size) return vonk_text_split_lines(text, lines, count, used);
  size_t from = 0, at;
  uint32_t n = 0;
  while (n < count && from < text.size) {
    size_t size = find_end(rules, text, from, true, &at);
    if (!size) at = text.size;
    lines[n++] = vonk_str_slice(text, from, at);
    from = at + size;
  }
  *used = from;
  return n;
}

/* --- bytes --- */

static STATUS broken(struct vonk_task *task, const struct vonk_text_source *s, const char *reason) {
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", s->file->path, "reason", vonk_str_of(reason), NULL);
}

static STATUS read_file(struct vonk_task *task, struct vonk_text_source *s, char *to, size_t room, size_t *got) {
  uint64_t left = s->file->byte_size > s->file_at ? s->file->byte_size - s->file_at : 0;
  *got = left < room ? (size_t)left : room;
  if (*got) TRY(vonk_file_read(task, s->file, s->file_at, *got, to));
  s->file_at += *got;
  return VONK_OK;
}

/* GOT 0: the end. */
static STATUS read_unpacked(struct vonk_task *task, struct vonk_text_source *s, char *to, size_t room, size_t *got) {
  if (!s->unpack) return read_file(task, s, to, room, got);
  for (*got = 0; *got == 0;) {
    size_t have = s->packed->size - s->packed_at, used;
    if (!have) {
      TRY(read_file(task, s, (char *)s->packed->data, PACKED_BYTES, &have));
      s->packed->size = have;
      s->packed_at = 0;
    }
    bool ended = !have;
    enum vonk_unpack_step step =
        vonk_unpack_stream_step(s->unpack, s->packed->data + s->packed_at, have, &used, (uint8_t *)to, room, got);
    s->packed_at += used;
    if (step == VONK_UNPACK_REFUSED) return VONK_NO_MEMORY;
    if (step == VONK_UNPACK_BROKEN) return broken(task, s, "its compressed bytes are malformed");
    if (!*got && ended) return vonk_unpack_stream_is_whole(s->unpack) ? VONK_OK : broken(task, s, "its compressed bytes end too early");
    if (!*got && !used) return broken(task, s, "its compressed bytes are malformed");
    TRY(vonk_task_check(task));
  }
  return VONK_OK;
}

/* UTF-8 to TO; GOT 0: the end. */
static STATUS read_text(struct vonk_task *task, struct vonk_text_source *s, char *to, size_t room, size_t *got) {
  if (s->rules->encoding == VONK_ENCODING_UTF8) return read_unpacked(task, s, to, room, got);
  for (;;) {
    size_t kept = s->coded->size - s->coded_at, more, used;
    memmove(s->coded->data, s->coded->data + s->coded_at, kept);
    TRY(read_unpacked(task, s, (char *)s->coded->data + kept, PACKED_BYTES - kept, &more));
    s->coded->size = kept + more;
    if (!s->began) s->swap = vonk_text_skip_mark(s->rules->encoding, s->coded, &s->coded_at);
    else s->coded_at = 0;
    s->began = true;
    struct vonk_str coded = vonk_str_make((const char *)s->coded->data + s->coded_at, s->coded->size - s->coded_at);
    *got = vonk_text_decode(s->rules->encoding, s->swap, coded, more == 0, to, room, &used);
    s->coded_at += used;
    if (*got || !more) return VONK_OK;
  }
}

/* --- the window --- */

/* More bytes behind what the buffer holds. */
static STATUS read_more(struct vonk_task *task, struct vonk_text_source *s) {
  size_t got;
  if (s->buffer->capacity - s->buffer->size < ROOM_BYTES) {
    if (s->buffer->capacity > LINE_BYTES_MAX)
      return s->rules->is_whole ? broken(task, s, "it is longer than 1 GiB, and must be read as a whole") : broken(task, s, "a line is longer than 1 GiB");
    TRY(vonk_buffer_grow(&s->buffer, 2 * s->buffer->capacity));
  }
  size_t room = s->buffer->capacity - s->buffer->size;
  TRY(vonk_task_check(task));
  TRY(read_text(task, s, (char *)s->buffer->data + s->buffer->size, room, &got));
  s->buffer->size += got;
  s->at_file_end = got == 0;
  return VONK_OK;
}

static struct vonk_str held(const struct vonk_text_source *s) { return vonk_str_make((const char *)s->buffer->data, s->buffer->size); }

/* Drops the first SIZE bytes of the buffer. */
static void drop(struct vonk_text_source *s, size_t size) {
  memmove(s->buffer->data, s->buffer->data + size, s->buffer->size - size);
  s->buffer->size -= size;
  s->buffer_at += size;
}

/* Where the first line behind file offset AT begins, as an offset of the buffer; SIZE_MAX: not known yet. */
static size_t line_behind(const struct vonk_text_source *s, uint64_t at) {
  size_t overlap = s->rules->line_end.size ? s->rules->line_end.size - 1 : 0, end;
  if (s->buffer_at + s->buffer->size <= at && !s->at_file_end) return SIZE_MAX;
  uint64_t from = at > s->buffer_at + overlap ? at - s->buffer_at - overlap : 0;
  if (from > s->buffer->size) from = s->buffer->size;
  size_t size = find_end(s->rules, held(s), (size_t)from, s->at_file_end, &end);
  if (size) return end + size;
  return s->at_file_end ? s->buffer->size : SIZE_MAX;
}

/* The line that the unit before owns goes. */
static STATUS skip_first(struct vonk_task *task, struct vonk_text_source *s) {
  for (;;) {
    size_t line = line_behind(s, s->start);
    if (line != SIZE_MAX) {
      drop(s, line);
      return VONK_OK;
    }
    if (s->buffer_at > s->end) return VONK_OK;
    /* Bytes of a long line need not be kept, but those that an end may have begun in. */
    size_t keep = s->rules->line_end.size ? s->rules->line_end.size : 1;
    if (s->buffer_at + s->buffer->size > s->start + keep && s->buffer->size > keep) drop(s, s->buffer->size - keep);
    TRY(read_more(task, s));
  }
}

static void skip_mark(struct vonk_text_source *s) {
  if (s->buffer->size >= 3 && memcmp(s->buffer->data, "\xEF\xBB\xBF", 3) == 0) drop(s, 3);
}

/* How far the window may reach; false: not known before more is read. */
static bool cut(struct vonk_text_source *s, size_t *size) {
  *size = s->buffer->size;
  if (s->end != UINT64_MAX && s->buffer_at > s->end) {
    *size = 0;
    s->at_end = true;
    return true;
  }
  if (s->end != UINT64_MAX && s->buffer_at + s->buffer->size > s->end) {
    size_t line = line_behind(s, s->end);
    if (line != SIZE_MAX) {
      *size = line;
      s->at_end = true;
      return true;
    }
  }
  if (s->at_file_end) {
    s->at_end = true;
    return true;
  }
  if (s->rules->is_whole) return false;
  *size = whole_lines(s->rules, held(s));
  return *size > 0;
}

static STATUS refill(struct vonk_task *task, struct vonk_text_source *s) {
  size_t size;
  drop(s, (size_t)(s->data - (const char *)s->buffer->data));
  do {
    TRY(read_more(task, s));
  } while (!cut(s, &size));
  s->data = (const char *)s->buffer->data;
  s->size = size;
  return VONK_OK;
}

static STATUS begin(struct vonk_task *task, struct vonk_text_source *s) {
  TRY(read_more(task, s));
  if (s->start) TRY(skip_first(task, s));
  else if (s->rules->encoding == VONK_ENCODING_UTF8 && !s->rules->is_whole) skip_mark(s);
  size_t size;
  while (!cut(s, &size)) TRY(read_more(task, s));
  s->data = (const char *)s->buffer->data;
  s->size = size;
  return VONK_OK;
}

STATUS vonk_text_source_next(struct vonk_task *task, struct vonk_text_source *s, size_t used) {
  s->data += used;
  s->size -= used;
  if (s->at_end || s->size >= s->buffer->capacity / 4) return VONK_OK;
  return refill(task, s);
}

STATUS vonk_text_source_open(struct vonk_task *task, const struct vonk_text_rules *rules, const struct vonk_scan_file *file, uint64_t start, uint64_t end,
                             struct vonk_text_source *out) {
  uint64_t overlap = rules->line_end.size ? rules->line_end.size - 1 : 0, from = start > overlap ? start - overlap : 0;
  enum vonk_stream_codec codec = vonk_stream_codec_of_path(file->path);
  *out = (struct vonk_text_source){.rules = rules, .budget = task->budget, .start = start, .end = end, .file_at = from, .buffer_at = from};
  TRY(vonk_file_open(task, file->path, &out->file));
  uint64_t wanted = (end == UINT64_MAX ? out->file->byte_size : end) - start + 1;
  if (codec != VONK_STREAM_PLAIN) {
    TRY(vonk_buffer_create(task->budget, PACKED_BYTES, &out->packed));
    out->unpack = vonk_unpack_stream_open(task->budget, codec);
    if (!out->unpack) return VONK_NO_MEMORY;
    wanted = WINDOW_BYTES;
  }
  if (rules->encoding != VONK_ENCODING_UTF8) {
    TRY(vonk_buffer_create(task->budget, PACKED_BYTES, &out->coded));
    wanted = WINDOW_BYTES;
  }
  TRY(vonk_buffer_create(task->budget, wanted < WINDOW_BYTES ? (size_t)wanted + 2 * ROOM_BYTES : WINDOW_BYTES, &out->buffer));
  return begin(task, out);
}

void vonk_text_source_close(struct vonk_text_source *s) {
  vonk_file_close(s->file);
  vonk_unpack_stream_close(s->unpack);
  vonk_buffer_release(s->packed);
  vonk_buffer_release(s->coded);
  vonk_buffer_release(s->buffer);
  *s = (struct vonk_text_source){0};
}
