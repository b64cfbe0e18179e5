/* metadata.c: messages of orc_proto, by their field numbers.
 *
 * Counts of repeated fields are bounded by the bytes they take, so that arrays never outgrow what was read by much.
 */
#include "format/orc/metadata.h"

#include "base/bytes.h"
#include "type/type.h"
#include "wire/protobuf.h"

enum { BLOCK_BYTES_MAX = 1 << 28, BLOCK_BYTES_DEFAULT = 256 << 10, WRITER_JAVA = 0, CALENDAR_PROLEPTIC = 2, STREAM_KIND_MAX = 200 };

bool orc_postscript_read(struct vonk_str bytes, struct orc_postscript *out) {
  bool malformed = false;
  if (bytes.size < 2) return false;
  uint8_t size = (uint8_t)bytes.data[bytes.size - 1];
  if (size == 0 || size > bytes.size - 1) return false;
  struct vonk_protobuf m = vonk_protobuf_open(vonk_str_slice(bytes, bytes.size - 1 - size, bytes.size - 1), &malformed);
  struct vonk_str magic = vonk_protobuf_bytes(&m, 8000);
  *out = (struct orc_postscript){.byte_size = size, .footer_size = (uint64_t)vonk_protobuf_i64(&m, 1), .metadata_size = (uint64_t)vonk_protobuf_i64(&m, 5),
                                 .compression = vonk_protobuf_i32(&m, 2), .writer_version = (uint32_t)vonk_protobuf_i64(&m, 6),
                                 .block_size = vonk_protobuf_has(&m, 3) ? (uint64_t)vonk_protobuf_i64(&m, 3) : BLOCK_BYTES_DEFAULT};
  return !malformed && vonk_str_equal(magic, STR("ORC")) && out->block_size > 0 && out->block_size <= BLOCK_BYTES_MAX;
}

static uint32_t *read_numbers(struct vonk_arena *arena, const struct vonk_protobuf *m, uint32_t number, uint32_t *count) {
  *count = 0;
  for (struct vonk_protobuf_number at = {0}; vonk_protobuf_each_number(m, number, VONK_PROTOBUF_VARINT, &at);) (*count)++;
  uint32_t *out = ARENA_ARRAY(arena, uint32_t, *count), i = 0;
  for (struct vonk_protobuf_number at = {0}; vonk_protobuf_each_number(m, number, VONK_PROTOBUF_VARINT, &at);) out[i++] = at.value > UINT32_MAX ? UINT32_MAX : (uint32_t)at.value;
  return out;
}

static void read_type(struct vonk_arena *arena, const struct vonk_protobuf *m, struct orc_type *out) {
  *out = (struct orc_type){.kind = vonk_protobuf_i32(m, 1), .length = (uint32_t)vonk_protobuf_i64(m, 4), .precision = (uint32_t)vonk_protobuf_i64(m, 5),
                           .scale = (uint32_t)vonk_protobuf_i64(m, 6), .name_count = (uint32_t)vonk_protobuf_count(m, 3)};
  out->children = read_numbers(arena, m, 2, &out->child_count);
  out->names = ARENA_ARRAY(arena, struct vonk_str, out->name_count);
  struct vonk_protobuf_field at = {0};
  for (uint32_t i = 0; i < out->name_count && vonk_protobuf_each_text(m, 3, &at, &out->names[i]); i++) continue;
  struct vonk_protobuf pair;
  for (at = (struct vonk_protobuf_field){0}; vonk_protobuf_each_message(m, 7, &at, &pair);) {
    if (vonk_str_equal(vonk_protobuf_bytes(&pair, 1), STR("spark.sql.catalyst.type"))) out->catalyst_type = vonk_protobuf_text(&pair, 2);
  }
}

/* Whether the types at and below *ID are in the order of a walk; *ID becomes the one behind them. */
static bool check_types(const struct orc_metadata *m, uint32_t *id, int depth) {
  if (*id >= m->type_count || depth > VONK_TYPE_DEPTH_MAX) return false;
  const struct orc_type *type = &m->types[(*id)++];
  bool fits = type->kind == ORC_LIST ? type->child_count == 1 : type->kind == ORC_MAP ? type->child_count == 2 : true;
  if (type->kind == ORC_STRUCT) fits = type->child_count == type->name_count;
  else if (type->kind != ORC_LIST && type->kind != ORC_MAP && type->kind != ORC_UNION) fits = type->child_count == 0;
  for (uint32_t i = 0; fits && i < type->child_count; i++) fits = type->children[i] == *id && check_types(m, id, depth + 1);
  return fits;
}

/* The statistics of each type, or NULL when there are not as many. */
static const struct vonk_str *read_statistics(struct vonk_arena *arena, const struct vonk_protobuf *m, uint32_t number, uint32_t type_count) {
  if (vonk_protobuf_count(m, number) != type_count) return NULL;
  struct vonk_str *out = ARENA_ARRAY(arena, struct vonk_str, type_count);
  uint32_t i = 0;
  for (struct vonk_protobuf_field at = {0}; vonk_protobuf_next(m, &at);) {
    if (at.number == number && at.wire == VONK_PROTOBUF_BYTES && i < type_count) out[i++] = at.bytes;
  }
  return out;
}

static bool read_stripes(struct vonk_arena *arena, const struct vonk_protobuf *m, struct orc_metadata *out) {
  out->stripe_count = (uint32_t)vonk_protobuf_count(m, 3);
  struct orc_stripe *stripes = ARENA_ARRAY(arena, struct orc_stripe, out->stripe_count);
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf s;
  for (uint32_t i = 0; i < out->stripe_count && vonk_protobuf_each_message(m, 3, &at, &s); i++) {
    stripes[i] = (struct orc_stripe){.offset = (uint64_t)vonk_protobuf_i64(&s, 1), .index_size = (uint64_t)vonk_protobuf_i64(&s, 2),
                                     .data_size = (uint64_t)vonk_protobuf_i64(&s, 3), .footer_size = (uint64_t)vonk_protobuf_i64(&s, 4),
                                     .row_count = (uint64_t)vonk_protobuf_i64(&s, 5)};
    if (stripes[i].row_count > INT64_MAX || out->row_count > INT64_MAX - stripes[i].row_count) return false;
    out->row_count += stripes[i].row_count;
  }
  out->stripes = stripes;
  return true;
}

bool orc_footer_read_message(struct vonk_arena *arena, struct vonk_str bytes, struct orc_metadata *out) {
  bool malformed = false;
  struct vonk_protobuf m = vonk_protobuf_open(bytes, &malformed), part;
  if (malformed || !read_stripes(arena, &m, out)) return false;
  out->type_count = (uint32_t)vonk_protobuf_count(&m, 4);
  struct orc_type *types = ARENA_ARRAY(arena, struct orc_type, out->type_count);
  struct vonk_protobuf_field at = {0};
  for (uint32_t i = 0; i < out->type_count && vonk_protobuf_each_message(&m, 4, &at, &part); i++) read_type(arena, &part, &types[i]);
  out->types = types;
  out->statistics = read_statistics(arena, &m, 7, out->type_count);
  out->row_stride = (uint64_t)vonk_protobuf_i64(&m, 8);
  out->is_java = vonk_protobuf_i32(&m, 9) == WRITER_JAVA;
  out->is_encrypted = vonk_protobuf_has(&m, 10);
  out->is_proleptic = vonk_protobuf_i32(&m, 11) == CALENDAR_PROLEPTIC;
  uint32_t end = 0;
  return !malformed && check_types(out, &end, 0) && end == out->type_count;
}

bool orc_stripe_statistics_read(struct vonk_arena *arena, struct vonk_str bytes, struct orc_metadata *metadata) {
  bool malformed = false;
  struct vonk_protobuf m = vonk_protobuf_open(bytes, &malformed), part;
  struct vonk_protobuf_field at = {0};
  struct orc_stripe *stripes = vonk_arena_copy(arena, metadata->stripes, metadata->stripe_count * sizeof *stripes);
  for (uint32_t i = 0; i < metadata->stripe_count && vonk_protobuf_each_message(&m, 1, &at, &part); i++)
    stripes[i].statistics = read_statistics(arena, &part, 1, metadata->type_count);
  metadata->stripes = stripes;
  return !malformed;
}

/* Streams lie one behind the other from the stripe's start on: those of indexes, then those of data. */
static bool place_streams(const struct vonk_protobuf *m, const struct orc_metadata *metadata, const struct orc_stripe *stripe, struct orc_column_place *columns) {
  struct vonk_protobuf part;
  uint64_t offset = stripe->offset, end = stripe->offset + stripe->index_size + stripe->data_size;
  for (struct vonk_protobuf_field at = {0}; vonk_protobuf_each_message(m, 1, &at, &part);) {
    uint64_t kind = (uint64_t)vonk_protobuf_i64(&part, 1), column = (uint64_t)vonk_protobuf_i64(&part, 2), size = (uint64_t)vonk_protobuf_i64(&part, 3);
    if (size > end - offset || column >= metadata->type_count || kind > STREAM_KIND_MAX) return false;
    if (kind < ORC_STREAM_COUNT) columns[column].streams[kind] = (struct orc_stream_place){offset, size};
    offset += size;
  }
  return true;
}

bool orc_stripe_footer_read(struct vonk_arena *arena, struct vonk_str bytes, const struct orc_metadata *metadata, const struct orc_stripe *stripe,
                            struct orc_stripe_footer *out) {
  bool malformed = false;
  struct vonk_protobuf m = vonk_protobuf_open(bytes, &malformed), part;
  struct orc_column_place *columns = ARENA_ARRAY(arena, struct orc_column_place, metadata->type_count);
  struct vonk_protobuf_field at = {0};
  if (vonk_protobuf_count(&m, 2) != metadata->type_count || !place_streams(&m, metadata, stripe, columns)) return false;
  for (uint32_t i = 0; i < metadata->type_count && vonk_protobuf_each_message(&m, 2, &at, &part); i++) {
    columns[i].encoding = vonk_protobuf_i32(&part, 1);
    columns[i].dictionary_size = (uint32_t)vonk_protobuf_i64(&part, 2);
  }
  *out = (struct orc_stripe_footer){.columns = columns, .writer_zone = vonk_protobuf_text(&m, 3)};
  return !malformed;
}

bool orc_row_index_read(struct vonk_arena *arena, struct vonk_str bytes, struct orc_row_index *out) {
  bool malformed = false;
  struct vonk_protobuf m = vonk_protobuf_open(bytes, &malformed), part;
  struct vonk_protobuf_field at = {0};
  out->entry_count = (uint32_t)vonk_protobuf_count(&m, 1);
  struct orc_index_entry *entries = ARENA_ARRAY(arena, struct orc_index_entry, out->entry_count);
  for (uint32_t i = 0; i < out->entry_count && vonk_protobuf_each_message(&m, 1, &at, &part); i++) {
    uint32_t count = 0, n = 0;
    for (struct vonk_protobuf_number p = {0}; vonk_protobuf_each_number(&part, 1, VONK_PROTOBUF_VARINT, &p);) count++;
    uint64_t *positions = ARENA_ARRAY(arena, uint64_t, count);
    for (struct vonk_protobuf_number p = {0}; vonk_protobuf_each_number(&part, 1, VONK_PROTOBUF_VARINT, &p);) positions[n++] = p.value;
    entries[i] = (struct orc_index_entry){positions, count, vonk_protobuf_bytes(&part, 2)};
  }
  out->entries = entries;
  return !malformed;
}
