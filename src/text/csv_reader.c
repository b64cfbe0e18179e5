/* csv_reader.c: strips of records to tokens, then column by column to values.
 *
 * Records without blanks to trim and with a separator of one byte are cut by masks of 64 bytes; quoted values, which are rarer, one by one
 * (csv_tokens.h). Tokens that no wanted column needs are only counted, and where nobody counts them not even that.
 */
#include "text/csv_reader.h"

#include "base/bits.h"
#include "base/byte_mask.h"
#include "kernel/scratch.h"
#include "text/csv_convert.h"

enum { STRIP = 128, SHOWN_BYTES = 1000 };

struct column {
  struct vonk_csv_converter converter;
  uint32_t token;                      /* its place among a record's values */
  struct vonk_csv_token *tokens;       /* STRIP of them */
  void *data;
  uint64_t *valid;
};

struct vonk_csv_reader {
  struct vonk_arena *arena;            /* holds all of it */
  struct vonk_arena *texts;            /* of a batch: values that records spell differently */
  const struct vonk_csv_options *options;
  struct vonk_text_times times;
  struct column *columns;              /* with values in records */
  uint32_t column_count;
  int32_t *column_of;                  /* by token; -1: not wanted */
  uint32_t token_count;                /* that a record should have */
  uint32_t needed;                     /* tokens up to the last wanted one */
  bool counts;                         /* a wrong number of tokens is told */
  bool is_simple;                      /* masks may cut records */
  uint32_t *place_of;                  /* by wanted field: its column, or UINT32_MAX for the one of corrupt records */
  uint32_t wanted_count;
  const struct vonk_type **types;      /* by wanted field */
  struct vonk_csv_tokens slow;
  struct vonk_scratch scratch;
  struct vonk_column *out;
  struct vonk_str *records;            /* of vonk_csv_reader_read_text */
  uint64_t bad[VONK_BATCH_WORDS], live[VONK_BATCH_WORDS];
};

/* --- opening --- */

static uint32_t find_corrupt(const struct vonk_csv_options *o, const struct vonk_type *schema) {
  for (uint32_t i = 0; i < schema->field_count; i++) {
    if (vonk_str_equal(schema->fields[i].name, o->corrupt_name)) return i;
  }
  return UINT32_MAX;
}

static void set_columns(struct vonk_csv_reader *r, const struct vonk_type *schema, const uint32_t *wanted, uint32_t wanted_count) {
  uint32_t corrupt = find_corrupt(r->options, schema);
  r->token_count = schema->field_count - (corrupt != UINT32_MAX);
  r->columns = ARENA_ARRAY(r->arena, struct column, wanted_count);
  r->column_of = ARENA_ARRAY(r->arena, int32_t, r->token_count);
  r->place_of = ARENA_ARRAY(r->arena, uint32_t, wanted_count);
  r->types = (const struct vonk_type **)vonk_arena_calloc(r->arena, wanted_count, sizeof *r->types);
  r->out = ARENA_ARRAY(r->arena, struct vonk_column, wanted_count);
  r->wanted_count = wanted_count;
  for (uint32_t i = 0; i < r->token_count; i++) r->column_of[i] = -1;
  for (uint32_t i = 0; i < wanted_count; i++) {
    const struct vonk_type *type = schema->fields[wanted[i]].type;
    r->types[i] = type->id == VONK_TYPE_CHAR || type->id == VONK_TYPE_VARCHAR ? &vonk_type_string : type;
    r->place_of[i] = UINT32_MAX;
    if (wanted[i] == corrupt) continue;
    struct column *c = &r->columns[r->column_count];
    r->place_of[i] = r->column_count;
    c->converter = (struct vonk_csv_converter){.options = r->options, .type = r->types[i], .physical = vonk_physical_of(r->types[i]), .times = &r->times};
    c->token = wanted[i] - (corrupt < wanted[i]);
    c->tokens = ARENA_ARRAY(r->arena, struct vonk_csv_token, STRIP);
    r->column_of[c->token] = (int32_t)r->column_count++;
    if (c->token + 1 > r->needed) r->needed = c->token + 1;
  }
}

STATUS vonk_csv_reader_open(struct vonk_task *task, const struct vonk_csv_options *options, const struct vonk_type *schema, const uint32_t *wanted,
                            uint32_t wanted_count, struct vonk_csv_reader **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_csv_reader *r = ARENA_NEW(arena, struct vonk_csv_reader);
  r->arena = arena;
  r->texts = vonk_arena_create(task->budget);
  r->options = options;
  set_columns(r, schema, wanted, wanted_count);
  r->counts = !options->prune_columns || r->column_count == r->token_count;
  r->is_simple = options->separator.size == 1 && !options->trim_leading && !options->trim_trailing && !options->multi_line && options->chars_max < 0 &&
                 options->separator.data[0] && options->columns_max >= r->token_count;
  r->slow.arena = r->texts;
  enum vonk_status status = vonk_text_times_open(task, arena, options->given, options->zone, true, &r->times);
  if (status != VONK_OK) {
    vonk_csv_reader_close(r);
    return status;
  }
  *out = r;
  return VONK_OK;
}

void vonk_csv_reader_close(struct vonk_csv_reader *r) {
  if (!r) return;
  vonk_scratch_deinit(&r->scratch);
  vonk_arena_destroy(r->texts);
  vonk_arena_destroy(r->arena);
}

/* --- tokens --- */

static inline void keep(struct vonk_csv_reader *r, uint32_t token, uint32_t row, struct vonk_csv_token value) {
  int32_t column = token < r->token_count ? r->column_of[token] : -1;
  if (column >= 0) r->columns[column].tokens[row] = value;
}

/* Tokens from TOKEN on are not there. */
static void keep_none(struct vonk_csv_reader *r, uint32_t token, uint32_t row) {
  for (; token < r->needed; token++) keep(r, token, row, (struct vonk_csv_token){0});
}

static enum vonk_csv_fault cut_slow(struct vonk_csv_reader *r, struct vonk_str record, uint32_t row, bool *is_bad, size_t *used) {
  enum vonk_csv_fault fault = vonk_csv_tokenize(r->options, record, &r->slow, used);
  uint32_t count = fault ? 0 : (uint32_t)r->slow.count;
  for (uint32_t i = 0; i < count && i < r->needed; i++) keep(r, i, row, r->slow.items[i]);
  keep_none(r, count, row);
  *is_bad = fault || (r->counts && count != r->token_count);
  return fault;
}

/* 64 bytes at P as a mask of separators and line ends; only LEFT are the record's. */
static inline uint64_t separators(const char *p, size_t left, bool padded, char separator) {
  if (LIKELY(left >= 64)) return vonk_bytes_mask64_of(p, separator, '\n');
  uint64_t inside = ((uint64_t)1 << left) - 1;
  if (padded) return vonk_bytes_mask64_of(p, separator, '\n') & inside;
  char copy[64] = {0};
  memcpy(copy, p, left);
  return vonk_bytes_mask64_of(copy, separator, '\n') & inside;
}

/* False: the record is not as simple as that. */
static inline bool cut_simple(struct vonk_csv_reader *r, struct vonk_str record, bool padded, uint32_t row, bool *is_bad) {
  const struct vonk_csv_options *o = r->options;
  const char *end = record.data + record.size, *from = record.data, *block = from;
  const char separator = o->separator.data[0], quote = o->quote;
  uint32_t token = 0, stop = r->counts ? UINT32_MAX : r->needed;
  uint64_t mask = separators(block, record.size, padded, separator);
  for (;;) {
    if (UNLIKELY(quote && from < end && *from == quote)) {
      struct vonk_csv_quoted quoted;
      vonk_csv_take_quoted(o, record, (size_t)(from - record.data), r->texts, &quoted);
      if (quoted.fault) return false;
      keep(r, token++, row, quoted.token);
      block = from = record.data + quoted.end;
      if (from == end || *from == '\n' || token == stop) break;
      block = ++from;
      mask = separators(block, (size_t)(end - block), padded, separator);
      continue;
    }
    while (!mask && end - block > 64) {
      block += 64;
      mask = separators(block, (size_t)(end - block), padded, separator);
    }
    const char *at = mask ? block + __builtin_ctzll(mask) : end;
    keep(r, token++, row, at > from ? (struct vonk_csv_token){from, (size_t)(at - from)} : (struct vonk_csv_token){o->null_value.data, o->null_value.size});
    if (at == end || *at == '\n' || token == stop) break;
    mask &= mask - 1;
    from = at + 1;
  }
  if (token < r->needed) keep_none(r, token, row);
  *is_bad = r->counts && token != r->token_count;
  return (int64_t)token <= o->columns_max;
}

/* --- malformed records --- */

static STATUS refuse(struct vonk_task *task, struct vonk_str record) {
  if (record.size > SHOWN_BYTES) record.size = SHOWN_BYTES;
  return vonk_raise(task, VONK_MALFORMED_RECORD_IN_PARSING__WITHOUT_SUGGESTION, NULL, "badRecord", record, "failFastMode", STR("FAILFAST"), NULL);
}

/* What Spark's parser refuses in any mode. */
static STATUS check_fault(struct vonk_task *task, struct vonk_str record, enum vonk_csv_fault fault) {
  if (LIKELY(fault == VONK_CSV_SOUND || fault == VONK_CSV_NONE)) return VONK_OK;
  if (record.size > SHOWN_BYTES) record.size = SHOWN_BYTES;
  return vonk_raise(task, VONK_MALFORMED_CSV_RECORD, NULL, "badRecord", record, NULL);
}

/* Bytes of the longest start of a character at AT, which is none: at least 1. */
static size_t malformed_size(struct vonk_str text, size_t at) {
  unsigned char lead = (unsigned char)text.data[at];
  size_t whole = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : 1, size = 1;
  for (; size < whole && at + size < text.size; size++) {
    unsigned char c = (unsigned char)text.data[at + size], low = 0x80, high = 0xBF;
    if (size == 1 && lead == 0xE0) low = 0xA0;
    if (size == 1 && lead == 0xED) high = 0x9F;
    if (size == 1 && lead == 0xF0) low = 0x90;
    if (size == 1 && lead == 0xF4) high = 0x8F;
    if (c < low || c > high) break;
  }
  return size;
}

/* Bytes that are no UTF-8 become U+FFFD, as Java decodes them. */
static struct vonk_str mend(struct vonk_arena *arena, struct vonk_str text) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  for (size_t at = 0; at < text.size;) {
    char bytes[4];
    size_t from = at;
    uint32_t point = vonk_utf8_decode(text, &at);
    if (point == 0xFFFD && at == from + 1) at = from + malformed_size(text, from);
    vonk_text_add(&out, vonk_str_make(bytes, vonk_utf8_encode(point, bytes)));
  }
  return vonk_text_str(&out);
}

static struct vonk_str decoded(struct vonk_csv_reader *r, struct vonk_str record) {
  return vonk_bytes_are_ascii(record.data, record.size) || vonk_utf8_valid(record) ? record : mend(r->texts, record);
}

/* --- batches --- */

static STATUS cut_strip(struct vonk_task *task, struct vonk_csv_reader *r, struct vonk_str *records, uint32_t first, uint32_t count, bool padded) {
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_str record = decoded(r, records[first + i]);
    bool is_bad = false, still = padded && record.data == records[first + i].data;
    if (!r->is_simple || !record.size || !cut_simple(r, record, still, i, &is_bad)) {
      size_t used;
      TRY(check_fault(task, record, cut_slow(r, record, i, &is_bad, &used)));
    }
    if (is_bad) vonk_bits_set(r->bad, first + i);
    records[first + i] = record;
  }
  return VONK_OK;
}

static STATUS take_memory(struct vonk_task *task, struct vonk_csv_reader *r, uint32_t count) {
  vonk_scratch_reset(&r->scratch);
  for (uint32_t i = 0; i < r->column_count; i++) {
    struct column *c = &r->columns[i];
    TRY(vonk_scratch_take_rows(task, &r->scratch, count, vonk_physical_size[c->converter.physical], &c->data));
    TRY(vonk_scratch_take_rows(task, &r->scratch, count, 0, (void **)&c->valid));
  }
  return VONK_OK;
}

static void convert_strip(struct vonk_csv_reader *r, uint32_t first, uint32_t count) {
  for (uint32_t i = 0; i < r->column_count; i++) {
    struct column *c = &r->columns[i];
    vonk_csv_convert(&c->converter, c->tokens, first, count, c->data, c->valid, r->bad, r->texts);
  }
}

static STATUS make_corrupt(struct vonk_task *task, struct vonk_csv_reader *r, const struct vonk_str *records, uint32_t count, struct vonk_column *out) {
  struct vonk_view *views;
  uint64_t *valid;
  TRY(vonk_scratch_take_rows(task, &r->scratch, count, sizeof *views, (void **)&views));
  TRY(vonk_scratch_take_rows(task, &r->scratch, count, 0, (void **)&valid));
  vonk_bits_copy(r->bad, count, valid);
  for (uint32_t i = 0; i < count; i++) {
    bool bad = vonk_bits_get(r->bad, i);
    views[i] = bad && records[i].size <= INT32_MAX ? vonk_view_make(records[i].data, (uint32_t)records[i].size) : (struct vonk_view){0};
  }
  *out = (struct vonk_column){.type = &vonk_type_string, .physical = VONK_PHYSICAL_VIEW, .data = views, .valid = valid};
  return VONK_OK;
}

static STATUS finish(struct vonk_task *task, struct vonk_csv_reader *r, const struct vonk_str *records, uint32_t count, struct vonk_batch *out) {
  bool any_bad = !vonk_bits_none(r->bad, count);
  if (any_bad && r->options->mode == VONK_TEXT_FAIL_FAST) return refuse(task, records[vonk_bits_next(r->bad, count, 0)]);
  *out = (struct vonk_batch){.columns = r->out, .column_count = r->wanted_count, .row_count = count, .live_count = count};
  if (any_bad && r->options->mode == VONK_TEXT_DROP_MALFORMED) {
    vonk_bits_not(r->bad, count, r->live);
    out->live = r->live;
    out->live_count = (uint32_t)vonk_bits_count(r->live, count);
  }
  for (uint32_t i = 0; i < r->wanted_count; i++) {
    if (r->place_of[i] == UINT32_MAX) {
      TRY(make_corrupt(task, r, records, count, &r->out[i]));
      continue;
    }
    const struct column *c = &r->columns[r->place_of[i]];
    r->out[i] = (struct vonk_column){.type = c->converter.type, .physical = (uint8_t)c->converter.physical, .data = c->data,
                                     .valid = vonk_bits_all(c->valid, count) ? NULL : c->valid};
  }
  return VONK_OK;
}

static STATUS begin(struct vonk_task *task, struct vonk_csv_reader *r, uint32_t count) {
  vonk_arena_reset(r->texts);
  r->slow = (struct vonk_csv_tokens){.arena = r->texts};
  if (!r->records) r->records = ARENA_ARRAY(r->arena, struct vonk_str, VONK_BATCH_ROWS);
  memset(r->bad, 0, sizeof r->bad);
  return take_memory(task, r, count);
}

STATUS vonk_csv_reader_read(struct vonk_task *task, struct vonk_csv_reader *r, const struct vonk_str *records, uint32_t count, bool padded,
                            struct vonk_batch *out) {
  TRY(begin(task, r, count));
  memcpy(r->records, records, count * sizeof *records);
  /* Without a column to fill, records are rows, whatever is in them. */
  for (uint32_t first = 0; first < count && (r->column_count || !r->options->prune_columns); first += STRIP) {
    uint32_t step = count - first < STRIP ? count - first : STRIP;
    TRY(cut_strip(task, r, r->records, first, step, padded));
    convert_strip(r, first, step);
  }
  return finish(task, r, r->records, count, out);
}

STATUS vonk_csv_reader_read_text(struct vonk_task *task, struct vonk_csv_reader *r, struct vonk_str text, size_t *used, struct vonk_batch *out) {
  uint32_t count = 0;
  size_t at = 0;
  TRY(begin(task, r, VONK_BATCH_ROWS));
  while (count < VONK_BATCH_ROWS && at < text.size) {
    uint32_t first = count;
    while (count - first < STRIP && at < text.size) {
      struct vonk_str rest = vonk_str_slice(text, at, text.size);
      bool is_bad;
      size_t size, end;
      if (r->options->comment.size && vonk_str_starts_with(rest, r->options->comment)) {
        const char *stop = memchr(rest.data, r->options->line_end == VONK_CSV_CR ? '\r' : '\n', rest.size);
        at = stop ? (size_t)(stop - text.data) + 1 : text.size;
        continue;
      }
      end = r->options->line_end == VONK_CSV_CRLF ? 2 : 1;
      if (rest.size >= end && memcmp(rest.data, r->options->line_end == VONK_CSV_LF ? "\n" : "\r\n", end) == 0) {
        at += end;
        continue;
      }
      TRY(check_fault(task, rest, cut_slow(r, rest, count - first, &is_bad, &size)));
      if (is_bad) vonk_bits_set(r->bad, count);
      struct vonk_str record = vonk_str_slice(rest, 0, size);
      while (record.size && (record.data[record.size - 1] == '\n' || record.data[record.size - 1] == '\r')) record.size--;
      r->records[count++] = record;
      at += size;
    }
    convert_strip(r, first, count - first);
    TRY(vonk_task_check(task));
  }
  *used = at;
  return finish(task, r, r->records, count, out);
}
