/* metadata.c: thrift structs of parquet-format, one function each. Unknown fields are skipped. */
#include "format/parquet/metadata.h"

#include <string.h>

/* Bytes that an element of a list takes at the least, with all fields that a reader needs; they bound what metadata may claim in memory. */
enum { LEAST = 1, LEAST_ELEMENT = 4, LEAST_CHUNK = 16, LEAST_ROW_GROUP = 6, LEAST_PAGE_PLACE = 6 };

#define FIELDS(r, t, scope)                                                                        \
  struct vonk_thrift_scope scope = {0};                                                            \
  if (vonk_thrift_enter(r, t))                                                                     \
    while (vonk_thrift_field(r, &scope))

static int32_t read_i32(struct vonk_thrift *r, uint8_t type) {
  int64_t value = vonk_thrift_integer(r, type);
  if (value != (int32_t)value) vonk_bytes_fail(&r->bytes);
  return (int32_t)value;
}

/* TimeUnit: a union of three empty structs. */
static int32_t read_unit(struct vonk_thrift *r, uint8_t type) {
  int32_t unit = 0;
  FIELDS(r, type, scope) {
    unit = scope.id;
    vonk_thrift_skip(r, scope.type);
  }
  vonk_thrift_leave(r);
  return unit;
}

static void read_logical_parameters(struct vonk_thrift *r, uint8_t type, struct parquet_element *e) {
  FIELDS(r, type, scope) {
    bool is_time = e->logical == PARQUET_LOGICAL_TIME || e->logical == PARQUET_LOGICAL_TIMESTAMP;
    if (e->logical == PARQUET_LOGICAL_DECIMAL && scope.id == 1) {
      e->scale = read_i32(r, scope.type);
    } else if (e->logical == PARQUET_LOGICAL_DECIMAL && scope.id == 2) {
      e->precision = read_i32(r, scope.type);
    } else if (is_time && scope.id == 1) {
      e->adjusted_to_utc = vonk_thrift_bool(r, scope.type);
    } else if (is_time && scope.id == 2) {
      e->unit = read_unit(r, scope.type);
    } else if (e->logical == PARQUET_LOGICAL_INTEGER && scope.id == 1) {
      e->bit_width = read_i32(r, scope.type);
    } else if (e->logical == PARQUET_LOGICAL_INTEGER && scope.id == 2) {
      e->is_signed = vonk_thrift_bool(r, scope.type);
    } else {
      vonk_thrift_skip(r, scope.type);
    }
  }
  vonk_thrift_leave(r);
}

static void read_element(struct vonk_thrift *r, uint8_t type, struct parquet_element *e) {
  *e = (struct parquet_element){.physical = -1, .converted = -1, .field_id = -1};
  FIELDS(r, type, scope) {
    switch (scope.id) {
      case 1: e->physical = read_i32(r, scope.type); break;
      case 2: e->type_length = read_i32(r, scope.type); break;
      case 3: e->repetition = read_i32(r, scope.type); break;
      case 4: e->name = vonk_thrift_binary(r, scope.type); break;
      case 5: e->child_count = read_i32(r, scope.type); break;
      case 6: e->converted = read_i32(r, scope.type); break;
      case 7: e->scale = read_i32(r, scope.type); break;
      case 8: e->precision = read_i32(r, scope.type); break;
      case 9: e->field_id = read_i32(r, scope.type); break;
      case 10: {
        FIELDS(r, scope.type, inner) {
          e->logical = inner.id;
          read_logical_parameters(r, inner.type, e);
        }
        vonk_thrift_leave(r);
        break;
      }
      default: vonk_thrift_skip(r, scope.type);
    }
  }
  vonk_thrift_leave(r);
}

static void read_statistics(struct vonk_thrift *r, uint8_t type, struct parquet_statistics *s) {
  struct vonk_str old_min = {0}, old_max = {0};
  *s = (struct parquet_statistics){0};
  FIELDS(r, type, scope) {
    switch (scope.id) {
      case 1: old_max = vonk_thrift_binary(r, scope.type); break;
      case 2: old_min = vonk_thrift_binary(r, scope.type); break;
      case 3: s->null_count = vonk_thrift_integer(r, scope.type), s->has_null_count = s->null_count >= 0; break;
      case 4: s->distinct_count = vonk_thrift_integer(r, scope.type), s->has_distinct_count = s->distinct_count >= 0; break;
      case 5: s->max = vonk_thrift_binary(r, scope.type), s->has_max = true; break;
      case 6: s->min = vonk_thrift_binary(r, scope.type), s->has_min = true; break;
      case 7: s->max_inexact = !vonk_thrift_bool(r, scope.type); break;
      case 8: s->min_inexact = !vonk_thrift_bool(r, scope.type); break;
      default: vonk_thrift_skip(r, scope.type);
    }
  }
  vonk_thrift_leave(r);
  if (!s->has_min && !s->has_max && old_min.data && old_max.data) {
    s->min = old_min, s->max = old_max;
    s->has_min = s->has_max = s->deprecated = true;
  }
}

/* Whether all data pages are dictionary-encoded: PageEncodingStats. */
static bool read_all_dictionary(struct vonk_thrift *r, uint8_t type) {
  uint8_t element;
  size_t count = vonk_thrift_list(r, type, LEAST, &element);
  bool any = false, all = true;
  for (size_t i = 0; i < count && !r->bytes.failed; i++) {
    int32_t kind = -1, encoding = -1, pages = 0;
    FIELDS(r, element, scope) {
      if (scope.id == 1) kind = read_i32(r, scope.type);
      else if (scope.id == 2) encoding = read_i32(r, scope.type);
      else if (scope.id == 3) pages = read_i32(r, scope.type);
      else vonk_thrift_skip(r, scope.type);
    }
    vonk_thrift_leave(r);
    if ((kind != PARQUET_DATA_PAGE && kind != PARQUET_DATA_PAGE_V2) || pages <= 0) continue;
    any = true;
    all = all && (encoding == PARQUET_PLAIN_DICTIONARY || encoding == PARQUET_RLE_DICTIONARY);
  }
  return any && all;
}

static void read_chunk_metadata(struct vonk_thrift *r, uint8_t type, struct parquet_chunk *c) {
  c->has_metadata = true;
  FIELDS(r, type, scope) {
    /* Some writers used later ids for fields of their own. */
    bool foreign = scope.id >= 14 && scope.type != VONK_THRIFT_I32 && scope.type != VONK_THRIFT_I64;
    switch (foreign ? 0 : scope.id) {
      case 1: c->physical = read_i32(r, scope.type); break;
      case 2: {
        uint8_t element;
        size_t count = vonk_thrift_list(r, scope.type, LEAST, &element);
        for (size_t i = 0; i < count && !r->bytes.failed; i++) {
          int32_t encoding = read_i32(r, element);
          if (encoding >= 0 && encoding < 32) c->encodings |= 1u << encoding;
        }
        break;
      }
      case 4: c->codec = read_i32(r, scope.type); break;
      case 5: c->value_count = vonk_thrift_integer(r, scope.type); break;
      case 6: c->uncompressed_size = vonk_thrift_integer(r, scope.type); break;
      case 7: c->compressed_size = vonk_thrift_integer(r, scope.type); break;
      case 9: c->data_offset = vonk_thrift_integer(r, scope.type); break;
      case 11: c->dictionary_offset = vonk_thrift_integer(r, scope.type); break;
      case 12: read_statistics(r, scope.type, &c->statistics); break;
      case 13: c->all_dictionary = read_all_dictionary(r, scope.type); break;
      case 14: c->bloom_offset = vonk_thrift_integer(r, scope.type); break;
      case 15: c->bloom_size = vonk_thrift_integer(r, scope.type); break;
      default: vonk_thrift_skip(r, scope.type);
    }
  }
  vonk_thrift_leave(r);
}

static void read_chunk(struct vonk_thrift *r, uint8_t type, struct parquet_chunk *c) {
  *c = (struct parquet_chunk){0};
  FIELDS(r, type, scope) {
    switch (scope.id) {
      case 1: c->external_file = vonk_thrift_binary(r, scope.type); break;
      case 3: read_chunk_metadata(r, scope.type, c); break;
      case 4: c->offset_index_offset = vonk_thrift_integer(r, scope.type); break;
      case 5: c->offset_index_size = read_i32(r, scope.type); break;
      case 6: c->column_index_offset = vonk_thrift_integer(r, scope.type); break;
      case 7: c->column_index_size = read_i32(r, scope.type); break;
      case 8:
      case 9: c->is_encrypted = true, vonk_thrift_skip(r, scope.type); break;
      default: vonk_thrift_skip(r, scope.type);
    }
  }
  vonk_thrift_leave(r);
}

static void read_row_group(struct vonk_thrift *r, struct vonk_arena *arena, uint8_t type, struct parquet_row_group *g) {
  *g = (struct parquet_row_group){0};
  FIELDS(r, type, scope) {
    if (scope.id == 1) {
      uint8_t element;
      size_t count = vonk_thrift_list(r, scope.type, LEAST_CHUNK, &element);
      g->chunks = ARENA_ARRAY(arena, struct parquet_chunk, count);
      for (; g->chunk_count < count && !r->bytes.failed; g->chunk_count++) read_chunk(r, element, &g->chunks[g->chunk_count]);
    } else if (scope.id == 2) {
      g->byte_size = vonk_thrift_integer(r, scope.type);
    } else if (scope.id == 3) {
      g->row_count = vonk_thrift_integer(r, scope.type);
    } else if (scope.id == 6) {
      g->compressed_size = vonk_thrift_integer(r, scope.type);
    } else {
      vonk_thrift_skip(r, scope.type);
    }
  }
  vonk_thrift_leave(r);
}

static void read_key_value(struct vonk_thrift *r, uint8_t type, struct parquet_metadata *m) {
  struct vonk_str key = {0}, value = {0};
  FIELDS(r, type, scope) {
    if (scope.id == 1) key = vonk_thrift_binary(r, scope.type);
    else if (scope.id == 2) value = vonk_thrift_binary(r, scope.type);
    else vonk_thrift_skip(r, scope.type);
  }
  vonk_thrift_leave(r);
  if (vonk_str_equal(key, STR("org.apache.spark.sql.parquet.row.metadata"))) m->spark_schema = value;
  if (vonk_str_equal(key, STR("org.apache.spark.version"))) m->spark_version = value;
  if (vonk_str_equal(key, STR("org.apache.spark.timeZone"))) m->spark_zone = value;
  if (vonk_str_equal(key, STR("org.apache.spark.legacyDateTime"))) m->legacy_datetime = true;
  if (vonk_str_equal(key, STR("org.apache.spark.legacyINT96"))) m->legacy_int96 = true;
}

bool parquet_metadata_read(struct vonk_arena *arena, struct vonk_str bytes, struct parquet_metadata *m) {
  struct vonk_thrift reader = vonk_thrift_of(bytes.data, bytes.size), *r = &reader;
  *m = (struct parquet_metadata){.signed_order_only = true};
  FIELDS(r, VONK_THRIFT_STRUCT, scope) {
    uint8_t element = 0;
    size_t count = 0;
    if (scope.id == 2 || scope.id == 4 || scope.id == 5) count = vonk_thrift_list(r, scope.type, scope.id == 2 ? LEAST_ELEMENT : scope.id == 4 ? LEAST_ROW_GROUP : LEAST, &element);
    switch (scope.id) {
      case 1: m->version = read_i32(r, scope.type); break;
      case 2:
        m->elements = ARENA_ARRAY(arena, struct parquet_element, count);
        for (m->element_count = 0; m->element_count < count && !r->bytes.failed; m->element_count++) read_element(r, element, &m->elements[m->element_count]);
        break;
      case 3: m->row_count = vonk_thrift_integer(r, scope.type); break;
      case 4:
        m->row_groups = ARENA_ARRAY(arena, struct parquet_row_group, count);
        for (m->row_group_count = 0; m->row_group_count < count && !r->bytes.failed; m->row_group_count++)
          read_row_group(r, arena, element, &m->row_groups[m->row_group_count]);
        break;
      case 5:
        for (size_t i = 0; i < count && !r->bytes.failed; i++) read_key_value(r, element, m);
        break;
      case 6: m->created_by = vonk_thrift_binary(r, scope.type); break;
      case 7: m->signed_order_only = false, vonk_thrift_skip(r, scope.type); break;
      case 8:
      case 9: m->is_encrypted = true, vonk_thrift_skip(r, scope.type); break;
      default: vonk_thrift_skip(r, scope.type);
    }
  }
  return !r->bytes.failed && m->element_count > 0 && m->row_count >= 0;
}

static void read_data_header(struct vonk_thrift *r, uint8_t type, struct parquet_page_header *h, bool is_dictionary) {
  FIELDS(r, type, scope) {
    switch (is_dictionary && scope.id > 2 ? 0 : scope.id) {
      case 1: h->value_count = read_i32(r, scope.type); break;
      case 2: h->encoding = read_i32(r, scope.type); break;
      case 3: h->definition_encoding = read_i32(r, scope.type); break;
      case 4: h->repetition_encoding = read_i32(r, scope.type); break;
      default: vonk_thrift_skip(r, scope.type);
    }
  }
  vonk_thrift_leave(r);
}

static void read_data_header_v2(struct vonk_thrift *r, uint8_t type, struct parquet_page_header *h) {
  h->is_compressed = true;
  h->definition_encoding = h->repetition_encoding = PARQUET_RLE;
  FIELDS(r, type, scope) {
    switch (scope.id) {
      case 1: h->value_count = read_i32(r, scope.type); break;
      case 2: h->null_count = read_i32(r, scope.type); break;
      case 3: h->row_count = read_i32(r, scope.type); break;
      case 4: h->encoding = read_i32(r, scope.type); break;
      case 5: h->definition_bytes = read_i32(r, scope.type); break;
      case 6: h->repetition_bytes = read_i32(r, scope.type); break;
      case 7: h->is_compressed = vonk_thrift_bool(r, scope.type); break;
      default: vonk_thrift_skip(r, scope.type);
    }
  }
  vonk_thrift_leave(r);
}

bool parquet_page_header_read(const uint8_t *bytes, size_t size, struct parquet_page_header *h, size_t *used) {
  struct vonk_thrift reader = vonk_thrift_of(bytes, size), *r = &reader;
  *h = (struct parquet_page_header){.kind = -1, .is_compressed = true};
  FIELDS(r, VONK_THRIFT_STRUCT, scope) {
    switch (scope.id) {
      case 1: h->kind = read_i32(r, scope.type); break;
      case 2: h->uncompressed_size = read_i32(r, scope.type); break;
      case 3: h->compressed_size = read_i32(r, scope.type); break;
      case 4: h->crc = (uint32_t)read_i32(r, scope.type), h->has_crc = true; break;
      case 5: read_data_header(r, scope.type, h, false); break;
      case 7: read_data_header(r, scope.type, h, true); break;
      case 8: read_data_header_v2(r, scope.type, h); break;
      default: vonk_thrift_skip(r, scope.type);
    }
  }
  *used = r->bytes.position;
  return !r->bytes.failed && h->compressed_size >= 0 && h->uncompressed_size >= 0 && h->value_count >= 0 && h->definition_bytes >= 0 &&
         h->repetition_bytes >= 0;
}

bool parquet_offset_index_read(struct vonk_arena *arena, struct vonk_str bytes, struct parquet_offset_index *out) {
  struct vonk_thrift reader = vonk_thrift_of(bytes.data, bytes.size), *r = &reader;
  *out = (struct parquet_offset_index){0};
  FIELDS(r, VONK_THRIFT_STRUCT, scope) {
    if (scope.id != 1) {
      vonk_thrift_skip(r, scope.type);
      continue;
    }
    uint8_t element;
    size_t count = vonk_thrift_list(r, scope.type, LEAST_PAGE_PLACE, &element);
    out->pages = ARENA_ARRAY(arena, struct parquet_page_place, count);
    for (out->page_count = 0; out->page_count < count && !r->bytes.failed; out->page_count++) {
      struct parquet_page_place *page = &out->pages[out->page_count];
      FIELDS(r, element, inner) {
        if (inner.id == 1) page->offset = vonk_thrift_integer(r, inner.type);
        else if (inner.id == 2) page->byte_size = read_i32(r, inner.type);
        else if (inner.id == 3) page->first_row = vonk_thrift_integer(r, inner.type);
        else vonk_thrift_skip(r, inner.type);
      }
      vonk_thrift_leave(r);
    }
  }
  return !r->bytes.failed;
}

static struct vonk_str *read_texts(struct vonk_thrift *r, struct vonk_arena *arena, uint8_t type, size_t *count) {
  uint8_t element;
  *count = vonk_thrift_list(r, type, LEAST, &element);
  struct vonk_str *texts = ARENA_ARRAY(arena, struct vonk_str, *count);
  for (size_t i = 0; i < *count && !r->bytes.failed; i++) texts[i] = vonk_thrift_binary(r, element);
  return texts;
}

bool parquet_column_index_read(struct vonk_arena *arena, struct vonk_str bytes, struct parquet_column_index *out) {
  struct vonk_thrift reader = vonk_thrift_of(bytes.data, bytes.size), *r = &reader;
  *out = (struct parquet_column_index){0};
  size_t nulls = 0, mins = 0, maxs = 0, counts = 0;
  FIELDS(r, VONK_THRIFT_STRUCT, scope) {
    uint8_t element;
    switch (scope.id) {
      case 1:
        nulls = vonk_thrift_list(r, scope.type, LEAST, &element);
        out->null_pages = ARENA_ARRAY(arena, bool, nulls);
        for (size_t i = 0; i < nulls; i++) out->null_pages[i] = vonk_bytes_u8(&r->bytes) == 1;
        break;
      case 2: out->mins = read_texts(r, arena, scope.type, &mins); break;
      case 3: out->maxs = read_texts(r, arena, scope.type, &maxs); break;
      case 5:
        counts = vonk_thrift_list(r, scope.type, LEAST, &element);
        out->null_counts = ARENA_ARRAY(arena, int64_t, counts);
        for (size_t i = 0; i < counts && !r->bytes.failed; i++) out->null_counts[i] = vonk_thrift_integer(r, element);
        break;
      default: vonk_thrift_skip(r, scope.type);
    }
  }
  out->page_count = (uint32_t)nulls;
  if (counts != nulls) out->null_counts = NULL;
  return !r->bytes.failed && nulls == mins && nulls == maxs;
}
