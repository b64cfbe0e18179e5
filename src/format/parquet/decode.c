/* decode.c: encodings of parquet-format's Encodings.md, a whole page at once.
 *
 * Two steps: from the encoding to plain values (fixed width, or views), then the node's conversion. PLAIN numbers that
 * need no conversion are not touched at all.
 */
#include "format/parquet/decode.h"

#include <string.h>

#include "format/parquet/adapt.h"
#include "format/parquet/rebase.h"
#include "kernel/unpack.h"

enum { DELTA_BLOCK_MAX = 1 << 20 };

STATUS parquet_malformed(struct vonk_task *task, const struct parquet_source *source, const char *reason) {
  if (!source->node) return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", source->path, "reason", vonk_str_of(reason), NULL);
  struct vonk_str whole = vonk_str_format(task->arena, "column " STR_FMT ": %s", STR_ARG(source->node->name), reason);
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", source->path, "reason", whole, NULL);
}

struct parquet_hybrid parquet_hybrid_of(const uint8_t *bytes, size_t size, uint32_t width) {
  return (struct parquet_hybrid){.at = bytes, .end = size ? bytes + size : bytes, .width = width};
}

static bool next_run(struct parquet_hybrid *h) {
  uint32_t value_size = (h->width + 7) / 8;
  if (h->end - h->at > 4 && (h->at[0] & 0x81) == 0 && h->at[0] > 0) { /* short and run-length: a byte and the value */
    uint32_t value;
    memcpy(&value, h->at + 1, 4);
    h->is_packed = false;
    h->left = h->at[0] >> 1;
    h->value = value & (uint32_t)(((uint64_t)1 << (8 * value_size)) - 1);
    h->at += 1 + value_size;
    return true;
  }
  struct vonk_bytes r = vonk_bytes_of(h->at, (size_t)(h->end - h->at));
  uint64_t head = vonk_bytes_varint(&r);
  if (r.failed || head >> 1 > INT32_MAX || head >> 1 == 0) return false;
  h->is_packed = head & 1;
  if (h->is_packed) {
    uint64_t count = (head >> 1) * 8, left = vonk_bytes_left(&r);
    uint64_t wanted = (head >> 1) * h->width;
    if (wanted > left) { /* the last run of some writers is cut */
      count = h->width ? left * 8 / h->width : count;
      wanted = left;
    }
    if (count == 0 || count > INT32_MAX) return false;
    h->left = (uint32_t)count;
    h->packed = vonk_bytes_take(&r, wanted);
    h->packed_bit = 0;
  } else {
    h->left = (uint32_t)(head >> 1);
    h->value = 0;
    const uint8_t *bytes = vonk_bytes_take(&r, value_size);
    if (!bytes) return false;
    memcpy(&h->value, bytes, value_size);
  }
  h->at += r.position;
  return !r.failed;
}

static void fill(uint32_t *out, uint32_t count, uint32_t value) {
  const uint32_t four[4] = {value, value, value, value};
  uint32_t i = 0;
  for (; i + 4 <= count; i += 4) memcpy(out + i, four, 16);
  for (; i < count; i++) out[i] = value;
}

bool parquet_hybrid_read(struct parquet_hybrid *h, uint32_t *out, uint32_t count, uint32_t *largest) {
  *largest = 0;
  while (count > 0) {
    if (h->left == 0 && !next_run(h)) return false;
    uint32_t take = h->left < count ? h->left : count, most = h->value;
    if (h->is_packed) {
      most = vonk_unpack_bits(h->packed, h->packed_bit, h->width, take, out);
      h->packed_bit += (uint64_t)take * h->width;
    } else {
      fill(out, take, h->value);
    }
    *largest = most > *largest ? most : *largest;
    out += take, count -= take, h->left -= take;
  }
  return true;
}

bool parquet_hybrid_skip(struct parquet_hybrid *h, uint32_t count) {
  while (count > 0) {
    if (h->left == 0 && !next_run(h)) return false;
    uint32_t take = h->left < count ? h->left : count;
    if (h->is_packed) h->packed_bit += (uint64_t)take * h->width;
    count -= take, h->left -= take;
  }
  return true;
}

bool parquet_hybrid_constant(struct parquet_hybrid *h, uint32_t value, uint32_t count) {
  if (h->left == 0 && !next_run(h)) return false;
  return !h->is_packed && h->value == value && h->left >= count;
}

static uint32_t plain_width(const struct parquet_element *e) {
  static const uint8_t widths[] = {1, 4, 8, 12, 4, 8, 0, 0};
  return e->physical == PARQUET_FIXED ? (uint32_t)e->type_length : widths[e->physical];
}

uint32_t parquet_value_width(const struct parquet_node *node) {
  return node->physical == VONK_PHYSICAL_BOOL ? 1 : vonk_physical_size[node->physical];
}

/* DELTA_BINARY_PACKED from R, COUNT values of them wanted at the most; the number there is in *FOUND. */
static bool delta_read(struct vonk_bytes *r, int64_t *out, uint32_t count, uint32_t *found) {
  uint64_t block = vonk_bytes_varint(r), minis = vonk_bytes_varint(r), total = vonk_bytes_varint(r);
  uint64_t value = (uint64_t)vonk_bytes_zigzag(r);
  if (r->failed || block == 0 || block > DELTA_BLOCK_MAX || minis == 0 || minis > block || block % minis || (block / minis) % 8 || total > count) return false;
  uint32_t per_mini = (uint32_t)(block / minis), n = 0;
  *found = (uint32_t)total;
  if (total) out[n++] = (int64_t)value;
  while (n < total) {
    uint64_t least = (uint64_t)vonk_bytes_zigzag(r);
    const uint8_t *widths = vonk_bytes_take(r, minis);
    if (!widths) return false;
    for (uint64_t m = 0; m < minis && n < total; m++) {
      uint32_t width = widths[m];
      if (width > 64) return false;
      const uint8_t *packed = vonk_bytes_take(r, (size_t)per_mini / 8 * width);
      if (!packed) return false;
      uint64_t bit = 0, mask = width == 64 ? ~0ull : (1ull << width) - 1;
      for (uint32_t i = 0; i < per_mini && n < total; i++, bit += width) {
        uint64_t delta = 0;
        if (width) {
          memcpy(&delta, packed + (bit >> 3), 8);
          delta >>= bit & 7;
          if ((bit & 7) + width > 64) delta |= (uint64_t)packed[(bit >> 3) + 8] << (64 - (bit & 7));
        }
        value += least + (delta & mask);
        out[n++] = (int64_t)value;
      }
    }
  }
  return true;
}

static STATUS make(struct vonk_task *task, size_t count, size_t width, struct vonk_buffer **out) {
  size_t size;
  if (__builtin_mul_overflow(count, width, &size)) return VONK_NO_MEMORY;
  TRY(vonk_buffer_create(task->budget, size + 64, out));
  (*out)->size = size;
  return VONK_OK;
}

/* A length and the bytes behind it are what a view of a short string begins with. BYTES are readable 16 beyond the length. */
static inline struct vonk_view view_of_plain(const uint8_t *bytes, uint32_t length) {
  static const uint8_t ones[24] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
  struct vonk_view view;
  memcpy(&view, bytes, sizeof view);
  if (length > VONK_VIEW_INLINE) {
    view.pointer = (const char *)bytes + 4;
  } else {
    uint8_t kept[12];
    memcpy(kept, ones + VONK_VIEW_INLINE - length, 12);
    for (int i = 0; i < 12; i++) view.inlined[i] = (char)(view.inlined[i] & kept[i]);
  }
  return view;
}

static bool views_of_plain(const uint8_t *bytes, size_t size, uint32_t count, struct vonk_view *out) {
  const uint8_t *end = bytes + size;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t length;
    if (end - bytes < 4) return false;
    memcpy(&length, bytes, 4);
    if (length > (size_t)(end - bytes) - 4) return false;
    out[i] = view_of_plain(bytes, length);
    bytes += 4 + (size_t)length;
  }
  return true;
}

static bool views_of_lengths(struct vonk_bytes *r, const int64_t *lengths, uint32_t count, struct vonk_view *out) {
  for (uint32_t i = 0; i < count; i++) {
    if (lengths[i] < 0 || lengths[i] > UINT32_MAX) return false;
    const uint8_t *bytes = vonk_bytes_take(r, (size_t)lengths[i]);
    if (!bytes) return false;
    vonk_view_put(&out[i], (const char *)bytes, (uint32_t)lengths[i]);
  }
  return true;
}

/* Each value is a prefix of the one before and a suffix. The text of all goes behind the views in one buffer. */
static STATUS delta_strings(struct vonk_task *task, const struct parquet_source *source, const uint8_t *bytes, size_t size, uint32_t count,
                            struct vonk_buffer **views) {
  struct vonk_buffer *prefixes = NULL, *suffixes = NULL;
  TRY(make(task, count, 8, &prefixes));
  enum vonk_status status = make(task, count, 8, &suffixes);
  struct vonk_bytes r = vonk_bytes_of(bytes, size);
  uint32_t found = 0, found_too = 0;
  size_t total = 0;
  bool fine = status == VONK_OK && delta_read(&r, (int64_t *)prefixes->data, count, &found) && found == count &&
              delta_read(&r, (int64_t *)suffixes->data, count, &found_too) && found_too == count;
  const int64_t *prefix = (const int64_t *)prefixes->data, *suffix = fine ? (const int64_t *)suffixes->data : NULL;
  int64_t before = 0;
  for (uint32_t i = 0; fine && i < count; i++) {
    fine = prefix[i] >= 0 && prefix[i] <= before && suffix[i] >= 0 && (uint64_t)suffix[i] <= size && prefix[i] + suffix[i] <= UINT32_MAX;
    before = prefix[i] + (fine ? suffix[i] : 0);
    fine = fine && !__builtin_add_overflow(total, (size_t)before, &total);
  }
  if (fine) status = make(task, (size_t)count * sizeof(struct vonk_view) + total, 1, views);
  if (fine && status == VONK_OK) {
    struct vonk_view *out = (struct vonk_view *)(*views)->data;
    char *text = (char *)(out + count), *last = text;
    for (uint32_t i = 0; fine && i < count; i++) {
      const uint8_t *tail = vonk_bytes_take(&r, (size_t)suffix[i]);
      fine = tail != NULL;
      if (!fine) break;
      memmove(text, last, (size_t)prefix[i]);
      memcpy(text + prefix[i], tail, (size_t)suffix[i]);
      vonk_view_put(&out[i], text, (uint32_t)(prefix[i] + suffix[i]));
      last = text, text += prefix[i] + suffix[i];
    }
  }
  vonk_buffer_release(prefixes), vonk_buffer_release(suffixes);
  if (status == VONK_OK && !fine) return parquet_malformed(task, source, "a page's delta-encoded strings are malformed");
  return status;
}

static void unsplit(const uint8_t *bytes, uint32_t count, uint32_t width, uint8_t *out) {
  for (uint32_t k = 0; k < width; k++) {
    const uint8_t *stream = bytes + (size_t)k * count;
    for (uint32_t i = 0; i < count; i++) out[(size_t)i * width + k] = stream[i];
  }
}

/* Step one for strings: a buffer of views. */
static STATUS decode_strings(struct vonk_task *task, const struct parquet_source *source, int32_t encoding, const uint8_t *bytes, size_t size,
                             uint32_t count, struct vonk_buffer **out) {
  if (encoding == PARQUET_DELTA_BYTE_ARRAY) return delta_strings(task, source, bytes, size, count, out);
  if (encoding == PARQUET_PLAIN && count > size / 4) return parquet_malformed(task, source, "a page ends early");
  TRY(make(task, count, sizeof(struct vonk_view), out));
  struct vonk_view *views = (struct vonk_view *)(*out)->data;
  bool fine = false;
  if (encoding == PARQUET_PLAIN) {
    fine = views_of_plain(bytes, size, count, views);
  } else if (encoding == PARQUET_DELTA_LENGTH_BYTE_ARRAY) {
    struct vonk_buffer *lengths;
    TRY(make(task, count, 8, &lengths));
    struct vonk_bytes r = vonk_bytes_of(bytes, size);
    uint32_t found;
    fine = delta_read(&r, (int64_t *)lengths->data, count, &found) && found == count && views_of_lengths(&r, (const int64_t *)lengths->data, count, views);
    vonk_buffer_release(lengths);
  } else {
    return parquet_malformed(task, source, "a page has an encoding that does not fit its column");
  }
  return fine ? VONK_OK : parquet_malformed(task, source, "a page's strings are malformed");
}

static STATUS decode_booleans(struct vonk_task *task, const struct parquet_source *source, int32_t encoding, const uint8_t *bytes, size_t size,
                              uint32_t count, struct vonk_buffer **out) {
  bool fine = false;
  TRY(make(task, count, encoding == PARQUET_RLE ? 5 : 1, out));
  if (encoding == PARQUET_PLAIN) {
    fine = ((size_t)count + 7) / 8 <= size;
    for (uint32_t i = 0; fine && i < count; i++) (*out)->data[i] = bytes[i >> 3] >> (i & 7) & 1;
  } else if (encoding == PARQUET_RLE) {
    struct vonk_bytes r = vonk_bytes_of(bytes, size);
    uint32_t length = vonk_bytes_u32(&r);
    struct vonk_bytes runs = vonk_bytes_sub(&r, length);
    struct parquet_hybrid h = parquet_hybrid_of(runs.data, runs.size, 1);
    uint32_t *wide = (uint32_t *)(*out)->data;
    uint32_t largest;
    fine = !runs.failed && parquet_hybrid_read(&h, wide, count, &largest) && largest <= 1;
    for (uint32_t i = 0; fine && i < count; i++) (*out)->data[i] = (uint8_t)wide[i];
  }
  return fine ? VONK_OK : parquet_malformed(task, source, "a page's booleans are malformed");
}

/* Step one for fixed widths: *RAW points to plain values. */
static STATUS decode_fixed(struct vonk_task *task, const struct parquet_source *source, int32_t encoding, const uint8_t *bytes, size_t size,
                           uint32_t count, struct vonk_buffer **decoded, const uint8_t **raw) {
  uint32_t width = plain_width(source->node->element);
  int32_t physical = source->node->element->physical;
  if (encoding == PARQUET_PLAIN || encoding == PARQUET_BYTE_STREAM_SPLIT) {
    if ((uint64_t)count * width > size) return parquet_malformed(task, source, "a page ends early");
    *raw = bytes;
    if (encoding == PARQUET_PLAIN) return VONK_OK;
    TRY(make(task, count, width, decoded));
    unsplit(bytes, count, width, (*decoded)->data);
  } else if (encoding == PARQUET_DELTA_BINARY_PACKED && (physical == PARQUET_INT32 || physical == PARQUET_INT64)) {
    TRY(make(task, count, 8, decoded));
    int64_t *values = (int64_t *)(*decoded)->data;
    struct vonk_bytes r = vonk_bytes_of(bytes, size);
    uint32_t found;
    if (!delta_read(&r, values, count, &found) || found != count) return parquet_malformed(task, source, "a page's deltas are malformed");
    for (uint32_t i = 0; physical == PARQUET_INT32 && i < count; i++) ((int32_t *)values)[i] = (int32_t)values[i];
  } else if (encoding == PARQUET_DELTA_BYTE_ARRAY && physical == PARQUET_FIXED) {
    TRY(delta_strings(task, source, bytes, size, count, decoded));
    struct vonk_buffer *flat;
    TRY(make(task, count, width, &flat));
    const struct vonk_view *views = (const struct vonk_view *)(*decoded)->data;
    bool fine = true;
    for (uint32_t i = 0; fine && i < count; i++) {
      fine = views[i].size == width;
      if (fine) memcpy(flat->data + (size_t)i * width, vonk_view_data(&views[i]), width);
    }
    vonk_buffer_release(*decoded);
    *decoded = flat;
    if (!fine) return parquet_malformed(task, source, "a page's fixed-length values have a wrong length");
  } else {
    return parquet_malformed(task, source, "a page has an encoding that does not fit its column");
  }
  *raw = (*decoded)->data;
  return VONK_OK;
}

static vonk_int128 big_endian(const uint8_t *bytes, uint32_t size) {
  vonk_uint128 value = size && (bytes[0] & 0x80) ? ~(vonk_uint128)0 : 0;
  for (uint32_t i = 0; i < size; i++) value = value << 8 | bytes[i];
  return (vonk_int128)value;
}

static float half_to_float(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 1023, bits;
  float value;
  if (exponent == 0) {
    value = (float)fraction * 0x1p-24f;
    return sign ? -value : value;
  }
  bits = sign | (exponent == 31 ? 0xFFu << 23 : (exponent + 112) << 23) | fraction << 13;
  memcpy(&value, &bits, 4);
  return value;
}

static int64_t int96_to_micros(const uint8_t *bytes) {
  uint64_t nanos;
  int32_t julian;
  memcpy(&nanos, bytes, 8);
  memcpy(&julian, bytes + 8, 4);
  return (int64_t)(((uint64_t)((int64_t)julian - 2440588)) * 86400000000ull + (uint64_t)((int64_t)nanos / 1000));
}

static int64_t floor_thousandth(int64_t value) { return value / 1000 - (value % 1000 < 0); }

#define LOOP(target, expression)                          \
  for (uint32_t i = 0; i < count; i++) {                  \
    const uint8_t *from = raw + (size_t)i * width;        \
    ((target *)out)[i] = (expression);                    \
  }                                                       \
  break

static int32_t load32(const uint8_t *p) {
  int32_t v;
  memcpy(&v, p, 4);
  return v;
}
static int64_t load64(const uint8_t *p) {
  int64_t v;
  memcpy(&v, p, 8);
  return v;
}

/* False when a value cannot be held. */
static bool convert(const struct parquet_node *node, const uint8_t *raw, uint32_t count, uint8_t *out) {
  uint32_t width = node->element->physical == PARQUET_BYTE_ARRAY ? sizeof(struct vonk_view) : plain_width(node->element);
  uint32_t overflows = 0;
  switch (node->conversion) {
    case PARQUET_AS_IS: return false;
    case PARQUET_UINT32_TO_I64: LOOP(int64_t, (uint32_t)load32(from));
    case PARQUET_UINT64_TO_I128: LOOP(vonk_int128, (uint64_t)load64(from));
    case PARQUET_MILLIS_TO_MICROS:
      for (uint32_t i = 0; i < count; i++) overflows |= __builtin_mul_overflow(load64(raw + (size_t)i * 8), 1000, &((int64_t *)out)[i]);
      break;
    case PARQUET_NANOS_TO_MICROS: LOOP(int64_t, floor_thousandth(load64(from)));
    case PARQUET_MILLIS_TO_NANOS: LOOP(int64_t, (int64_t)load32(from) * 1000000);
    case PARQUET_MICROS_TO_NANOS: LOOP(int64_t, (int64_t)((uint64_t)load64(from) * 1000));
    case PARQUET_INT96_TO_MICROS: LOOP(int64_t, int96_to_micros(from));
    case PARQUET_HALF_TO_FLOAT: LOOP(float, half_to_float((uint16_t)(from[0] | from[1] << 8)));
    case PARQUET_FIXED_TO_DECIMAL:
    case PARQUET_BYTES_TO_DECIMAL:
      for (uint32_t i = 0; i < count; i++) {
        const uint8_t *bytes = raw + (size_t)i * width;
        uint32_t size = width;
        if (node->conversion == PARQUET_BYTES_TO_DECIMAL) {
          const struct vonk_view *view = (const struct vonk_view *)(const void *)bytes;
          bytes = (const uint8_t *)vonk_view_data(view), size = view->size;
        }
        for (; size > 16; bytes++, size--) overflows |= bytes[0] != 0 && bytes[0] != 0xFF;
        vonk_int128 value = big_endian(bytes, size);
        if (node->physical == VONK_PHYSICAL_I128) {
          ((vonk_int128 *)out)[i] = value;
        } else {
          ((int64_t *)out)[i] = (int64_t)value;
          overflows |= value != (int64_t)value;
        }
      }
      break;
  }
  return !overflows;
}

static void views_of_fixed(const uint8_t *raw, uint32_t width, uint32_t count, struct vonk_view *out) {
  for (uint32_t i = 0; i < count; i++) vonk_view_put(&out[i], (const char *)raw + (size_t)i * width, width);
}

/* Step two for what is not as it should be yet. FIRST, the buffer of step one, stays alive only if views point into it. */
static STATUS finish(struct vonk_task *task, const struct parquet_source *source, const uint8_t *raw, uint32_t count, struct vonk_buffer *first,
                     struct vonk_buffer **decoded, const uint8_t **values) {
  const struct parquet_node *node = source->node;
  uint32_t width = plain_width(node->element);
  bool fixed_views = node->physical == VONK_PHYSICAL_VIEW;
  size_t kept = fixed_views && first ? first->size : 0;
  enum vonk_status status = make(task, (size_t)count * parquet_value_width(node) + kept, 1, decoded);
  bool fine = true;
  if (status == VONK_OK && fixed_views) {
    uint8_t *text = (*decoded)->data + (size_t)count * sizeof(struct vonk_view);
    if (kept) memcpy(text, raw, kept), raw = text;
    views_of_fixed(raw, width, count, (struct vonk_view *)(*decoded)->data);
  } else if (status == VONK_OK) {
    fine = convert(node, raw, count, (*decoded)->data);
  }
  vonk_buffer_release(first);
  if (status != VONK_OK) return status;
  *values = (*decoded)->data;
  return fine ? VONK_OK : parquet_malformed(task, source, "a value is too large for its type");
}

/* Step two for dates and timestamps of another calendar or clock. */
static STATUS finish_rebased(struct vonk_task *task, const struct parquet_source *source, const uint8_t *raw, uint32_t count, struct vonk_buffer *first,
                             struct vonk_buffer **decoded, const uint8_t **values) {
  if (source->node->conversion != PARQUET_AS_IS) {
    TRY(finish(task, source, raw, count, first, decoded, values));
    if (parquet_rebase_needed(source->node, *values, count)) TRY(parquet_rebase(task, source, (*decoded)->data, count));
    if (source->node->local_zone) parquet_rebase_local(source->node->local_zone, (*decoded)->data, count);
    return VONK_OK;
  }
  *decoded = first;
  *values = raw;
  if (!parquet_rebase_needed(source->node, raw, count)) return VONK_OK;
  enum vonk_status status = first ? VONK_OK : make(task, count, parquet_value_width(source->node), decoded);
  if (status != VONK_OK) return status;
  if (!first && count) memcpy((*decoded)->data, raw, (size_t)count * parquet_value_width(source->node));
  *values = (*decoded)->data;
  return parquet_rebase(task, source, (*decoded)->data, count);
}

/* Decodes as stored, then widens into a buffer of its own. */
static STATUS decode_widened(struct vonk_task *task, const struct parquet_source *source, int32_t encoding, const uint8_t *bytes, size_t size,
                             uint32_t count, struct vonk_buffer **decoded, const uint8_t **values) {
  struct parquet_node stored = *source->node;
  stored.widening = PARQUET_AS_STORED, stored.physical = source->node->stored;
  struct parquet_source as_stored = {source->path, &stored};
  struct vonk_buffer *first = NULL;
  const uint8_t *raw;
  enum vonk_status status = parquet_decode(task, &as_stored, encoding, bytes, size, count, &first, &raw);
  if (status == VONK_OK) status = make(task, count, parquet_value_width(source->node), decoded);
  bool fine = status != VONK_OK || parquet_widen(source->node, raw, count, (*decoded)->data);
  vonk_buffer_release(first);
  TRY(status);
  *values = (*decoded)->data;
  return fine ? VONK_OK : parquet_malformed(task, source, "a value is too large for its type");
}

STATUS parquet_decode(struct vonk_task *task, const struct parquet_source *source, int32_t encoding, const uint8_t *bytes, size_t size,
                      uint32_t count, struct vonk_buffer **decoded, const uint8_t **values) {
  const struct parquet_node *node = source->node;
  if (node->widening != PARQUET_AS_STORED) return decode_widened(task, source, encoding, bytes, size, count, decoded, values);
  struct vonk_buffer *first = NULL;
  const uint8_t *raw = NULL;
  enum vonk_status status;
  *decoded = NULL;
  if (node->element->physical == PARQUET_BOOLEAN) {
    status = decode_booleans(task, source, encoding, bytes, size, count, &first);
  } else if (node->element->physical == PARQUET_BYTE_ARRAY) {
    status = decode_strings(task, source, encoding, bytes, size, count, &first);
  } else {
    status = decode_fixed(task, source, encoding, bytes, size, count, &first, &raw);
  }
  if (status != VONK_OK) {
    vonk_buffer_release(first);
    return status;
  }
  if (!raw) raw = first->data;
  if (node->rebase != VONK_SCAN_REBASE_CORRECTED || node->local_zone) return finish_rebased(task, source, raw, count, first, decoded, values);
  bool views_wanted = node->element->physical == PARQUET_FIXED && node->physical == VONK_PHYSICAL_VIEW;
  if (node->conversion != PARQUET_AS_IS || views_wanted) return finish(task, source, raw, count, first, decoded, values);
  *decoded = first;
  *values = raw;
  return VONK_OK;
}
