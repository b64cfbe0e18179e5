/* json_batch.c: a walk over each text, its members in the order that the text before had them.
 *
 * A walk stops at the first thing that is not plain; then the whole text is read again the long way, over what the walk has written.
 */
#include "text/json_batch.h"

#include "base/bits.h"
#include "base/byte_mask.h"
#include "kernel/scratch.h"
#include "text/digits.h"
#include "text/json_reader.h"
#include "text/times.h"
#include "type/decimal.h"

enum { ORDER_MAX = 256, SKIP_DEPTH_MAX = 64 };

struct column {
  const struct vonk_type *type;
  enum vonk_physical physical;
  bool is_nested;                      /* kept by BUILDER, row by row */
  struct vonk_builder builder;
  void *data;
  uint64_t *valid;
  uint64_t seen;                       /* the walk that wrote it last */
};

/* A member of the text before: its name with quotes, and the column that it is; -1: none. */
struct member {
  struct vonk_str name;
  int32_t column;
};

struct vonk_json_batches {
  struct vonk_arena *arena, *texts;    /* life of the batches; of one */
  const struct vonk_json_options *options;
  const struct vonk_type *schema;      /* the wanted fields */
  struct vonk_json_reader *reader;
  struct vonk_text_times times;
  struct column *columns;
  uint32_t column_count;
  uint32_t corrupt;                    /* its place, or UINT32_MAX */
  bool is_plain;                       /* no column needs the long way */
  struct member order[ORDER_MAX];
  uint32_t order_count;
  uint64_t walk;
  struct vonk_json_record pending;     /* rows of a text that did not fit */
  uint32_t pending_at;
  struct vonk_scratch scratch;
  struct vonk_column *out;
};

/* --- opening --- */

static bool is_scalar(const struct vonk_type *type) {
  return !vonk_type_is_nested(type) && type->id != VONK_TYPE_VARIANT && type->id != VONK_TYPE_VOID;
}

static STATUS open_columns(struct vonk_task *task, struct vonk_json_batches *b) {
  b->columns = ARENA_ARRAY(b->arena, struct column, b->schema->field_count);
  b->out = ARENA_ARRAY(b->arena, struct vonk_column, b->schema->field_count);
  b->corrupt = UINT32_MAX;
  b->is_plain = true;
  for (uint32_t i = 0; i < b->schema->field_count; i++) {
    struct column *c = &b->columns[i];
    c->type = b->schema->fields[i].type;
    c->physical = vonk_physical_of(c->type);
    c->is_nested = !is_scalar(c->type);
    b->is_plain = b->is_plain && !c->is_nested;
    if (vonk_str_equal(b->schema->fields[i].name, b->options->corrupt_name)) b->corrupt = i;
    b->column_count++;
    if (c->is_nested) TRY(vonk_builder_init(task, &c->builder, c->type));
  }
  return VONK_OK;
}

static STATUS open_times(struct vonk_task *task, struct vonk_json_batches *b) {
  const struct vonk_text_options none = {0};
  TRY(vonk_text_times_open(task, b->arena, &none, b->options->zone, true, &b->times));
  return vonk_json_reader_create(task, b->options, b->schema, true, &b->reader);
}

STATUS vonk_json_batches_open(struct vonk_task *task, const struct vonk_json_options *options, const struct vonk_type *schema, const uint32_t *wanted,
                              uint32_t wanted_count, struct vonk_json_batches **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_json_batches *b = ARENA_NEW(arena, struct vonk_json_batches);
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, wanted_count);
  b->arena = arena;
  b->texts = vonk_arena_create(task->budget);
  b->options = options;
  for (uint32_t i = 0; i < wanted_count; i++) {
    fields[i] = schema->fields[wanted[i]];
    if (vonk_type_is_string(fields[i].type)) fields[i].type = &vonk_type_string;
  }
  b->schema = vonk_type_struct(arena, fields, wanted_count);
  enum vonk_status status = open_columns(task, b);
  if (status == VONK_OK) status = open_times(task, b);
  if (status != VONK_OK) {
    vonk_json_batches_close(b);
    return status;
  }
  *out = b;
  return VONK_OK;
}

void vonk_json_batches_close(struct vonk_json_batches *b) {
  if (!b) return;
  for (uint32_t i = 0; i < b->column_count; i++) {
    if (b->columns[i].is_nested) vonk_builder_deinit(&b->columns[i].builder);
  }
  vonk_json_reader_destroy(b->reader);
  vonk_scratch_deinit(&b->scratch);
  vonk_arena_destroy(b->texts);
  vonk_arena_destroy(b->arena);
}

/* --- the short way --- */

struct walk {
  struct vonk_json_batches *b;
  const char *p, *end;                 /* 64 bytes behind the end are readable */
  uint32_t row;
};

static inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static inline void skip_blanks(struct walk *w) {
  while (w->p < w->end && is_blank(*w->p)) w->p++;
}

static inline bool accept(struct walk *w, char c) {
  if (LIKELY(w->p < w->end && *w->p == c)) return w->p++, true;
  skip_blanks(w);
  if (w->p >= w->end || *w->p != c) return false;
  w->p++;
  return true;
}

/* Behind the opening quote: a text without escapes and control characters. */
static inline bool take_text(struct walk *w, struct vonk_str *out) {
  const char *from = w->p;
  for (const char *p = from; p < w->end; p += 16) {
    uint32_t found = vonk_bytes_special16(p, '"', '\\');
    if (!found) continue;
    p += __builtin_ctz(found);
    if (p >= w->end || *p != '"') return false;
    *out = vonk_str_make(from, (size_t)(p - from));
    w->p = p + 1;
    return true;
  }
  return false;
}

static inline const char *skip_digits(const char *p, const char *end) {
  while (p < end && (unsigned)(*p - '0') <= 9) p++;
  return p;
}

/* A number as JSON spells it. */
static inline bool take_number(struct walk *w, struct vonk_str *out, bool *is_integer) {
  const char *p = w->p, *from;
  p += p < w->end && *p == '-';
  from = p;
  p = skip_digits(p, w->end);
  if (p == from || (*from == '0' && p - from > 1)) return false;
  *is_integer = true;
  if (p < w->end && *p == '.') {
    from = ++p;
    p = skip_digits(p, w->end);
    if (p == from) return false;
    *is_integer = false;
  }
  if (p < w->end && (*p == 'e' || *p == 'E')) {
    p++;
    p += p < w->end && (*p == '-' || *p == '+');
    from = p;
    p = skip_digits(p, w->end);
    if (p == from) return false;
    *is_integer = false;
  }
  *out = vonk_str_make(w->p, (size_t)(p - w->p));
  w->p = p;
  return true;
}

static inline bool take_word(struct walk *w, const char *word, size_t size) {
  if ((size_t)(w->end - w->p) < size || memcmp(w->p, word, size) != 0) return false;
  w->p += size;
  return true;
}

/* A value that nobody wants. */
static bool skip_value(struct walk *w, int depth) {
  struct vonk_str text;
  bool is_integer;
  skip_blanks(w);
  if (w->p >= w->end || depth > SKIP_DEPTH_MAX) return false;
  switch (*w->p) {
    case '"': w->p++; return take_text(w, &text);
    case 't': return take_word(w, "true", 4);
    case 'f': return take_word(w, "false", 5);
    case 'n': return take_word(w, "null", 4);
    case '[':
      w->p++;
      if (accept(w, ']')) return true;
      do {
        if (!skip_value(w, depth + 1)) return false;
      } while (accept(w, ','));
      return accept(w, ']');
    case '{':
      w->p++;
      if (accept(w, '}')) return true;
      do {
        if (!accept(w, '"') || !take_text(w, &text) || !accept(w, ':') || !skip_value(w, depth + 1)) return false;
      } while (accept(w, ','));
      return accept(w, '}');
    default: return take_number(w, &text, &is_integer);
  }
}

static inline void put_integer(struct column *c, uint32_t row, int64_t value) {
  switch (c->physical) {
    case VONK_PHYSICAL_I8: ((int8_t *)c->data)[row] = (int8_t)value; break;
    case VONK_PHYSICAL_I16: ((int16_t *)c->data)[row] = (int16_t)value; break;
    case VONK_PHYSICAL_I32: ((int32_t *)c->data)[row] = (int32_t)value; break;
    default: ((int64_t *)c->data)[row] = value; break;
  }
}

static inline void put_decimal(struct column *c, uint32_t row, vonk_int128 value) {
  if (c->physical == VONK_PHYSICAL_I128) ((vonk_int128 *)c->data)[row] = value;
  else put_integer(c, row, (int64_t)value);
}

static inline bool put_number(struct column *c, uint32_t row, struct vonk_str text, bool is_integer) {
  int64_t value;
  uint64_t digits;
  int scale;
  bool minus;
  switch (c->type->id) {
    case VONK_TYPE_BYTE:
    case VONK_TYPE_SHORT:
    case VONK_TYPE_INT:
    case VONK_TYPE_LONG: {
      if (!is_integer || !vonk_text_integer(text, &value)) return false;
      static const uint8_t unused[] = {[VONK_TYPE_BYTE] = 56, [VONK_TYPE_SHORT] = 48, [VONK_TYPE_INT] = 32, [VONK_TYPE_LONG] = 0};
      if ((int64_t)((uint64_t)value << unused[c->type->id]) >> unused[c->type->id] != value) return false;
      put_integer(c, row, value);
      return true;
    }
    case VONK_TYPE_DOUBLE: return vonk_text_real(text, &((double *)c->data)[row]);
    case VONK_TYPE_DECIMAL: {
      if (!vonk_text_digits(text, &digits, &scale, &minus) || scale > c->type->scale) return false;
      vonk_int128 wide = (vonk_int128)digits * vonk_pow10_128[c->type->scale - scale];
      if (!vonk_decimal_fits(wide, c->type->precision)) return false;
      put_decimal(c, row, minus ? -wide : wide);
      return true;
    }
    default: return false;
  }
}

static inline bool put_text(struct vonk_json_batches *b, struct column *c, uint32_t row, struct vonk_str text) {
  const struct vonk_json_options *o = b->options;
  switch (c->type->id) {
    case VONK_TYPE_STRING:
      vonk_view_put(&((struct vonk_view *)c->data)[row], text.data, (uint32_t)text.size);
      return true;
    case VONK_TYPE_DATE: return !o->date_pattern.data && text.size && vonk_text_parse_date(&b->times, text, &((int32_t *)c->data)[row]);
    case VONK_TYPE_TIMESTAMP:
      return !o->timestamp_pattern.data && text.size && vonk_text_parse_timestamp(&b->times, text, &((int64_t *)c->data)[row]);
    case VONK_TYPE_TIMESTAMP_NTZ: return !o->ntz_pattern.data && text.size && vonk_text_parse_ntz(&b->times, text, &((int64_t *)c->data)[row]);
    default: return false;
  }
}

static inline void put_null(struct column *c, uint32_t row) {
  vonk_bits_clear(c->valid, row);
  if (c->physical == VONK_PHYSICAL_BOOL) vonk_bits_clear(c->data, row);
  else memset((char *)c->data + (size_t)row * vonk_physical_size[c->physical], 0, vonk_physical_size[c->physical]);
}

/* A value of column C. False: the long way must be gone. */
static inline bool take_value(struct walk *w, struct column *c) {
  struct vonk_str text;
  bool is_integer, value;
  while (w->p < w->end && is_blank(*w->p)) w->p++;
  if (w->p >= w->end || c->seen == w->b->walk) return false;
  c->seen = w->b->walk;
  switch (*w->p) {
    case '"': w->p++; return take_text(w, &text) && put_text(w->b, c, w->row, text);
    case 'n':
      put_null(c, w->row);
      return take_word(w, "null", 4);
    case 't':
    case 'f':
      value = *w->p == 't';
      if (c->type->id != VONK_TYPE_BOOLEAN) return false;
      vonk_bits_put(c->data, w->row, value);
      return value ? take_word(w, "true", 4) : take_word(w, "false", 5);
    default: return take_number(w, &text, &is_integer) && put_number(c, w->row, text, is_integer);
  }
}

static int32_t find_column(const struct vonk_json_batches *b, struct vonk_str name) {
  for (uint32_t i = 0; i < b->column_count; i++) {
    if (i != b->corrupt && vonk_str_equal(b->schema->fields[i].name, name)) return (int32_t)i;
  }
  return -1;
}

/* The member number PLACE of a record: its column. W stands behind the colon. */
static inline bool take_name(struct walk *w, uint32_t place, int32_t *column) {
  struct vonk_json_batches *b = w->b;
  struct vonk_str name;
  while (w->p < w->end && is_blank(*w->p)) w->p++;
  if (LIKELY(place < b->order_count)) {
    const struct member *m = &b->order[place];
    if (LIKELY((size_t)(w->end - w->p) > m->name.size && memcmp(w->p, m->name.data, m->name.size) == 0)) {
      w->p += m->name.size;
      *column = m->column;
      return accept(w, ':');
    }
  }
  const char *from = w->p;
  if (!accept(w, '"') || !take_text(w, &name)) return false;
  *column = find_column(b, name);
  if (place < ORDER_MAX && place <= b->order_count) {
    /* The texts of names live as long as the batches: a few are kept, and where records change them all the time no more. */
    struct vonk_str quoted = vonk_str_make(from, (size_t)(w->p - from));
    if (place == b->order_count) b->order[b->order_count++] = (struct member){vonk_str_copy(b->arena, quoted), *column};
  }
  return accept(w, ':');
}

static bool walk_record(struct vonk_json_batches *b, struct vonk_str text, uint32_t row) {
  struct walk w = {.b = b, .p = text.data, .end = text.data + text.size, .row = row};
  int32_t column;
  b->walk++;
  if (!accept(&w, '{')) return false;
  if (!accept(&w, '}')) {
    uint32_t place = 0;
    do {
      if (!take_name(&w, place++, &column)) return false;
      if (column < 0 ? !skip_value(&w, 0) : !take_value(&w, &b->columns[column])) return false;
    } while (accept(&w, ','));
    if (!accept(&w, '}')) return false;
  }
  for (uint32_t i = 0; i < b->column_count; i++) {
    struct column *c = &b->columns[i];
    if (UNLIKELY(c->seen != b->walk)) put_null(c, row);
  }
  return vonk_bytes_are_ascii(text.data, text.size) || vonk_utf8_valid(text);
}

/* --- the long way --- */

static STATUS put_scalar(struct vonk_json_batches *b, struct column *c, uint32_t row, const struct vonk_value *value) {
  if (value->is_null) {
    put_null(c, row);
    return VONK_OK;
  }
  vonk_bits_set(c->valid, row);
  switch (c->physical) {
    case VONK_PHYSICAL_BOOL: vonk_bits_put(c->data, row, value->integer != 0); break;
    case VONK_PHYSICAL_F32: ((float *)c->data)[row] = (float)value->real; break;
    case VONK_PHYSICAL_F64: ((double *)c->data)[row] = value->real; break;
    case VONK_PHYSICAL_INTERVAL: ((struct vonk_interval *)c->data)[row] = value->interval; break;
    case VONK_PHYSICAL_VIEW: {
      struct vonk_str text = value->text.size > VONK_VIEW_INLINE ? vonk_str_copy(b->texts, value->text) : value->text;
      if (text.size > INT32_MAX) return VONK_NO_MEMORY;
      vonk_view_put(&((struct vonk_view *)c->data)[row], text.data, (uint32_t)text.size);
      break;
    }
    default:
      if (c->type->id == VONK_TYPE_DECIMAL) put_decimal(c, row, value->decimal);
      else put_integer(c, row, value->integer);
      break;
  }
  return VONK_OK;
}

static STATUS put_row(struct vonk_task *task, struct vonk_json_batches *b, const struct vonk_value *value, uint32_t row) {
  for (uint32_t i = 0; i < b->column_count; i++) {
    struct column *c = &b->columns[i];
    const struct vonk_value *item = &value->nested.items[i];
    if (c->is_nested) TRY(vonk_builder_add_value(task, &c->builder, item));
    else TRY(put_scalar(b, c, row, item));
  }
  return VONK_OK;
}

/* Rows that are still to come of the text read last. */
static STATUS take_pending(struct vonk_task *task, struct vonk_json_batches *b, uint32_t *row) {
  while (*row < VONK_BATCH_ROWS && b->pending_at < b->pending.row_count) TRY(put_row(task, b, &b->pending.rows[b->pending_at++], (*row)++));
  return VONK_OK;
}

static STATUS read_long(struct vonk_task *task, struct vonk_json_batches *b, struct vonk_str text, uint32_t *row) {
  enum { SHOWN_BYTES = 1000 };
  b->pending_at = 0;
  vonk_json_reader_read(b->reader, text, &b->pending);
  if (b->pending.fault && b->options->mode == VONK_TEXT_DROP_MALFORMED) b->pending.row_count = 0;
  if (b->pending.fault && b->options->mode == VONK_TEXT_FAIL_FAST) {
    if (text.size > SHOWN_BYTES) text.size = SHOWN_BYTES;
    return vonk_raise(task, VONK_MALFORMED_RECORD_IN_PARSING__WITHOUT_SUGGESTION, NULL, "badRecord", text, "failFastMode", STR("FAILFAST"), NULL);
  }
  return take_pending(task, b, row);
}

/* --- batches --- */

static STATUS begin(struct vonk_task *task, struct vonk_json_batches *b) {
  vonk_arena_reset(b->texts);
  vonk_scratch_reset(&b->scratch);
  for (uint32_t i = 0; i < b->column_count; i++) {
    struct column *c = &b->columns[i];
    if (c->is_nested) {
      vonk_builder_reset(&c->builder);
      continue;
    }
    TRY(vonk_scratch_take_rows(task, &b->scratch, VONK_BATCH_ROWS, vonk_physical_size[c->physical], &c->data));
    TRY(vonk_scratch_take_rows(task, &b->scratch, VONK_BATCH_ROWS, 0, (void **)&c->valid));
    vonk_bits_fill(c->valid, VONK_BATCH_ROWS, true);
  }
  return VONK_OK;
}

static STATUS finish(struct vonk_task *task, struct vonk_json_batches *b, uint32_t count, struct vonk_batch *out) {
  for (uint32_t i = 0; i < b->column_count; i++) {
    struct column *c = &b->columns[i];
    if (c->is_nested) {
      TRY(vonk_builder_finish(task, &c->builder, &b->out[i]));
      continue;
    }
    b->out[i] = (struct vonk_column){.type = c->type, .physical = (uint8_t)c->physical, .data = c->data, .valid = vonk_bits_all(c->valid, count) ? NULL : c->valid};
  }
  *out = (struct vonk_batch){.columns = b->out, .column_count = b->column_count, .row_count = count, .live_count = count};
  return VONK_OK;
}

static bool has_nothing(const struct vonk_json_rules *rules, struct vonk_str text) {
  bool may_have = !text.size || (unsigned char)text.data[0] <= ' ' || text.data[0] == '/';
  return may_have && vonk_json_is_nothing(rules, text);
}

STATUS vonk_json_batches_read(struct vonk_task *task, struct vonk_json_batches *b, const struct vonk_str *texts, uint32_t count, uint32_t *used,
                              struct vonk_batch *out) {
  uint32_t row = 0;
  *used = 0;
  TRY(begin(task, b));
  TRY(take_pending(task, b, &row));
  while (row < VONK_BATCH_ROWS && *used < count) {
    struct vonk_str text = texts[(*used)++];
    if (has_nothing(&b->options->rules, text)) continue;
    if (LIKELY(b->is_plain && text.size <= INT32_MAX && walk_record(b, text, row))) {
      row++;
      continue;
    }
    TRY(read_long(task, b, text, &row));
  }
  return finish(task, b, row, out);
}
