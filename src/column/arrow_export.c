/* arrow_export.c: schemas and batches as Arrow C structs.
 *
 * One counted holder (an arena and the data buffers) belongs to all nodes of a tree: a consumer may move a child out and
 * release the rest, so the memory goes with the last node.
 */
#include "base/bits.h"
#include "column/arrow_internal.h"
#include "column/load.h"

struct holder {
  atomic_uint references; /* nodes not yet released */
  struct vonk_arena *arena;
  struct vonk_buffer **buffers;
  uint32_t buffer_count, buffer_capacity;
};

static struct holder *holder_create(struct vonk_task *task) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct holder *holder = ARENA_NEW(arena, struct holder);
  holder->arena = arena;
  return holder;
}

static void holder_release(struct holder *holder) {
  if (atomic_fetch_sub_explicit(&holder->references, 1, memory_order_acq_rel) != 1) return;
  for (uint32_t i = 0; i < holder->buffer_count; i++) vonk_buffer_release(holder->buffers[i]);
  vonk_arena_destroy(holder->arena);
}

/* --- schemas --- */

static void release_schema(struct ArrowSchema *schema) {
  for (int64_t i = 0; i < schema->n_children; i++) {
    if (schema->children[i]->release) schema->children[i]->release(schema->children[i]);
  }
  struct holder *holder = schema->private_data;
  schema->release = NULL;
  holder_release(holder);
}

static void init_schema(struct holder *holder, struct ArrowSchema *schema, struct vonk_str name, bool nullable, int64_t child_count) {
  atomic_fetch_add(&holder->references, 1);
  *schema = (struct ArrowSchema){
      .name = vonk_str_copy(holder->arena, name).data,
      .flags = nullable ? ARROW_FLAG_NULLABLE : 0,
      .n_children = child_count,
      .release = release_schema,
      .private_data = holder,
  };
  if (!child_count) return;
  struct ArrowSchema *children = ARENA_ARRAY(holder->arena, struct ArrowSchema, (size_t)child_count);
  schema->children = ARENA_ARRAY(holder->arena, struct ArrowSchema *, (size_t)child_count);
  for (int64_t i = 0; i < child_count; i++) schema->children[i] = &children[i];
}

static const char *format_of(struct vonk_arena *arena, const struct vonk_type *type, const struct vonk_arrow_options *options) {
  switch (type->id) {
    case VONK_TYPE_VOID: return "n";
    case VONK_TYPE_BOOLEAN: return "b";
    case VONK_TYPE_BYTE: return "c";
    case VONK_TYPE_SHORT: return "s";
    case VONK_TYPE_INT: return "i";
    case VONK_TYPE_LONG: return "l";
    case VONK_TYPE_FLOAT: return "f";
    case VONK_TYPE_DOUBLE: return "g";
    case VONK_TYPE_DECIMAL: return vonk_str_format(arena, "d:%d,%d", type->precision, type->scale).data;
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR: return options->large_offsets ? "U" : "u";
    case VONK_TYPE_BINARY: return options->large_offsets ? "Z" : "z";
    case VONK_TYPE_DATE: return "tdD";
    case VONK_TYPE_TIMESTAMP:
      return options->zone_id.size ? vonk_str_format(arena, "tsu:" STR_FMT, STR_ARG(options->zone_id)).data : "tsu:UTC";
    case VONK_TYPE_TIMESTAMP_NTZ: return "tsu:";
    case VONK_TYPE_TIME: return "ttn";
    case VONK_TYPE_INTERVAL_YM: return "tiM";
    case VONK_TYPE_INTERVAL_DT: return "tDu";
    case VONK_TYPE_INTERVAL: return "tin";
    case VONK_TYPE_ARRAY: return "+l";
    case VONK_TYPE_MAP: return "+m";
    case VONK_TYPE_STRUCT:
    case VONK_TYPE_VARIANT: return "+s";
    case VONK_TYPE_COUNT: break;
  }
  ASSERT(!"known type");
  return NULL;
}

static void export_type(struct holder *holder, const struct vonk_type *type, const struct vonk_arrow_options *options,
                        struct vonk_str name, bool nullable, struct ArrowSchema *out);

/* One pair of metadata in the interface's encoding: counts and lengths in the machine's byte order. */
static const char *metadata_pair(struct vonk_arena *arena, struct vonk_str key, struct vonk_str value) {
  int32_t counts[] = {1, (int32_t)key.size, (int32_t)value.size};
  struct vonk_text text;
  vonk_text_init(&text, arena);
  vonk_text_add(&text, vonk_str_make((const char *)&counts[0], 4));
  vonk_text_add(&text, vonk_str_make((const char *)&counts[1], 4));
  vonk_text_add(&text, key);
  vonk_text_add(&text, vonk_str_make((const char *)&counts[2], 4));
  vonk_text_add(&text, value);
  return text.data;
}

static void export_map_type(struct holder *holder, const struct vonk_type *type, const struct vonk_arrow_options *options, struct ArrowSchema *out) {
  struct ArrowSchema *entries = out->children[0];
  init_schema(holder, entries, STR("entries"), false, 2);
  entries->format = "+s";
  export_type(holder, type->key, options, STR("key"), false, entries->children[0]);
  export_type(holder, type->element, options, STR("value"), type->contains_null, entries->children[1]);
}

static void export_variant_type(struct holder *holder, const struct vonk_arrow_options *options, struct ArrowSchema *out) {
  export_type(holder, &vonk_type_binary, options, STR("value"), false, out->children[0]);
  export_type(holder, &vonk_type_binary, options, STR("metadata"), false, out->children[1]);
  out->children[1]->metadata = metadata_pair(holder->arena, ARROW_VARIANT_KEY, STR("true"));
}

static void export_type(struct holder *holder, const struct vonk_type *type, const struct vonk_arrow_options *options,
                        struct vonk_str name, bool nullable, struct ArrowSchema *out) {
  init_schema(holder, out, name, nullable, type->id == VONK_TYPE_MAP ? 1 : vonk_type_child_count(type));
  out->format = format_of(holder->arena, type, options);
  switch (type->id) {
    case VONK_TYPE_ARRAY: export_type(holder, type->element, options, STR("element"), type->contains_null, out->children[0]); return;
    case VONK_TYPE_MAP: export_map_type(holder, type, options, out); return;
    case VONK_TYPE_VARIANT: export_variant_type(holder, options, out); return;
    case VONK_TYPE_STRUCT:
      for (uint32_t i = 0; i < type->field_count; i++) {
        const struct vonk_type_field *field = &type->fields[i];
        export_type(holder, field->type, options, field->name, field->nullable, out->children[i]);
      }
      return;
    default: return;
  }
}

STATUS vonk_arrow_export_schema(struct vonk_task *task, const struct vonk_type *type, const struct vonk_arrow_options *options,
                                struct ArrowSchema *out) {
  ASSERT(type->id == VONK_TYPE_STRUCT);
  export_type(holder_create(task), type, options, STR(""), false, out);
  return VONK_OK;
}

/* --- arrays --- */

struct exporter {
  struct vonk_task *task;
  struct holder *holder;
  const struct vonk_arrow_options *options;
};

static void release_array(struct ArrowArray *array) {
  for (int64_t i = 0; i < array->n_children; i++) {
    if (array->children[i]->release) array->children[i]->release(array->children[i]);
  }
  struct holder *holder = array->private_data;
  array->release = NULL;
  holder_release(holder);
}

static void init_array(struct holder *holder, struct ArrowArray *array, int64_t length, int64_t buffer_count, int64_t child_count) {
  atomic_fetch_add(&holder->references, 1);
  *array = (struct ArrowArray){
      .length = length,
      .n_buffers = buffer_count,
      .n_children = child_count,
      .buffers = ARENA_ARRAY(holder->arena, const void *, (size_t)buffer_count),
      .release = release_array,
      .private_data = holder,
  };
  if (!child_count) return;
  struct ArrowArray *children = ARENA_ARRAY(holder->arena, struct ArrowArray, (size_t)child_count);
  array->children = ARENA_ARRAY(holder->arena, struct ArrowArray *, (size_t)child_count);
  for (int64_t i = 0; i < child_count; i++) array->children[i] = &children[i];
}

static STATUS new_buffer(struct exporter *e, size_t size, void **data) {
  struct holder *holder = e->holder;
  if (holder->buffer_count == holder->buffer_capacity) {
    uint32_t capacity = holder->buffer_capacity ? 2 * holder->buffer_capacity : 16;
    struct vonk_buffer **buffers = ARENA_ARRAY(holder->arena, struct vonk_buffer *, capacity);
    if (holder->buffer_count) memcpy(buffers, holder->buffers, holder->buffer_count * sizeof *buffers);
    holder->buffers = buffers;
    holder->buffer_capacity = capacity;
  }
  struct vonk_buffer *buffer;
  TRY(vonk_buffer_create(e->task->budget, size, &buffer));
  buffer->size = size;
  holder->buffers[holder->buffer_count++] = buffer;
  *data = buffer->data;
  return VONK_OK;
}

/* The rows of a column that are wanted; NULL rows: all, in order. */
struct rows {
  const uint32_t *rows;
  uint32_t count;
};

static inline uint32_t row_at(struct rows rows, uint32_t i) { return rows.rows ? rows.rows[i] : i; }

/* Bitmap of the rows that are not null, left out when all are valid. */
static STATUS export_validity(struct exporter *e, const struct vonk_column *column, struct rows rows, struct ArrowArray *out) {
  if (!column->valid || column->physical == VONK_PHYSICAL_NONE) return VONK_OK;
  void *data;
  size_t size = vonk_bits_words(rows.count) * 8;
  TRY(new_buffer(e, size, &data));
  memset(data, 0, size);
  for (uint32_t i = 0; i < rows.count; i++) {
    if (vonk_column_row_valid(column, row_at(rows, i))) vonk_bits_set(data, i);
  }
  out->null_count = rows.count - (int64_t)vonk_bits_count(data, rows.count);
  if (out->null_count) out->buffers[0] = data;
  return VONK_OK;
}

/* Bytes of a value in Arrow's layout. */
static size_t arrow_size(const struct vonk_type *type) {
  return type->id == VONK_TYPE_DECIMAL ? 16 : vonk_physical_size[vonk_physical_of(type)];
}

static STATUS export_fixed(struct exporter *e, const struct vonk_column *column, struct rows rows, struct ArrowArray *out) {
  size_t size = arrow_size(column->type);
  const char *from = vonk_column_values(column);
  void *data;
  TRY(new_buffer(e, size * rows.count, &data));
  out->buffers[1] = data;
  bool same_width = vonk_physical_size[column->physical] == size;
  if (same_width && !rows.rows && column->encoding == VONK_FLAT) {
    if (rows.count) memcpy(data, from, size * rows.count);
    return VONK_OK;
  }
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t index = vonk_column_index(column, row_at(rows, i));
    if (same_width) {
      memcpy((char *)data + i * size, from + index * size, size);
    } else {
      /* Little-endian two's complement: the low bytes of the wide value. */
      vonk_int128 wide = vonk_load_wide(from, column->physical, index);
      memcpy((char *)data + i * size, &wide, size);
    }
  }
  return VONK_OK;
}

static STATUS export_bool(struct exporter *e, const struct vonk_column *column, struct rows rows, struct ArrowArray *out) {
  void *data;
  size_t size = vonk_bits_words(rows.count) * 8;
  TRY(new_buffer(e, size, &data));
  memset(data, 0, size);
  for (uint32_t i = 0; i < rows.count; i++) {
    if (vonk_bits_get(vonk_column_values(column), vonk_column_index(column, row_at(rows, i)))) vonk_bits_set(data, i);
  }
  out->buffers[1] = data;
  return VONK_OK;
}

static STATUS export_intervals(struct exporter *e, const struct vonk_column *column, struct rows rows, struct ArrowArray *out) {
  const struct vonk_interval *from = vonk_column_values(column);
  void *data;
  TRY(new_buffer(e, sizeof *from * rows.count, &data));
  struct vonk_interval *to = data;
  for (uint32_t i = 0; i < rows.count; i++) {
    to[i] = from[vonk_column_index(column, row_at(rows, i))];
    /* Nanoseconds reach less far than microseconds: what does not fit stops at the end. */
    if (__builtin_mul_overflow(to[i].micros, 1000, &to[i].micros)) to[i].micros = to[i].micros < 0 ? INT64_MIN : INT64_MAX;
  }
  out->buffers[1] = data;
  return VONK_OK;
}

static void put_offset(void *offsets, bool large, uint32_t i, uint64_t value) {
  if (large) ((int64_t *)offsets)[i] = (int64_t)value;
  else ((int32_t *)offsets)[i] = (int32_t)value;
}

static STATUS export_strings(struct exporter *e, const struct vonk_column *column, struct rows rows, struct ArrowArray *out) {
  const struct vonk_view *views = vonk_column_values(column);
  bool large = e->options->large_offsets;
  uint64_t total = 0;
  void *offsets, *bytes;
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t row = row_at(rows, i);
    if (vonk_column_row_valid(column, row)) total += views[vonk_column_index(column, row)].size;
  }
  if (!large && total > INT32_MAX) return vonk_unsupported(e->task, NULL, "an Arrow batch with more than 2 GiB of strings in a column");
  TRY(new_buffer(e, ((size_t)rows.count + 1) * (large ? 8 : 4), &offsets));
  TRY(new_buffer(e, total, &bytes));
  uint64_t at = 0;
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t row = row_at(rows, i);
    put_offset(offsets, large, i, at);
    if (!vonk_column_row_valid(column, row)) continue;
    const struct vonk_view *view = &views[vonk_column_index(column, row)];
    if (view->size) memcpy((char *)bytes + at, vonk_view_data(view), view->size);
    at += view->size;
  }
  put_offset(offsets, large, rows.count, at);
  out->buffers[1] = offsets;
  out->buffers[2] = bytes;
  return VONK_OK;
}

static STATUS export_column(struct exporter *e, const struct vonk_column *column, struct rows rows, struct ArrowArray *out);

/* Offsets, and the numbers of the elements wanted from the children. */
static STATUS export_lists(struct exporter *e, const struct vonk_column *column, struct rows rows, struct ArrowArray *out) {
  const struct vonk_list *lists = vonk_column_values(column);
  const struct vonk_column *from = column->encoding == VONK_DICT ? &column->dictionary->entries : column;
  uint64_t total = 0;
  void *offsets, *elements;
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t row = row_at(rows, i);
    if (vonk_column_row_valid(column, row)) total += lists[vonk_column_index(column, row)].length;
  }
  if (total > INT32_MAX) return vonk_unsupported(e->task, NULL, "an Arrow batch with more than 2^31 elements in a column");
  TRY(new_buffer(e, ((size_t)rows.count + 1) * 4, &offsets));
  TRY(new_buffer(e, total * 4, &elements));
  uint32_t at = 0;
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t row = row_at(rows, i);
    put_offset(offsets, false, i, at);
    if (!vonk_column_row_valid(column, row)) continue;
    struct vonk_list list = lists[vonk_column_index(column, row)];
    for (uint32_t k = 0; k < list.length; k++) ((uint32_t *)elements)[at++] = list.offset + k;
  }
  put_offset(offsets, false, rows.count, at);
  out->buffers[1] = offsets;
  struct rows children = {elements, at};
  if (column->type->id == VONK_TYPE_ARRAY) return export_column(e, &from->children[0], children, out->children[0]);
  struct ArrowArray *entries = out->children[0];
  init_array(e->holder, entries, at, 1, 2);
  TRY(export_column(e, &from->children[0], children, entries->children[0]));
  return export_column(e, &from->children[1], children, entries->children[1]);
}

/* Arrow's order of a variant's parts is the other way round. */
static uint32_t child_position(const struct vonk_type *type, uint32_t child) {
  return type->id == VONK_TYPE_VARIANT ? 1 - child : child;
}

static STATUS export_structs(struct exporter *e, const struct vonk_column *column, struct rows rows, struct ArrowArray *out) {
  const struct vonk_column *from = column->encoding == VONK_DICT ? &column->dictionary->entries : column;
  uint32_t *indexes = NULL;
  if (column->encoding != VONK_FLAT) {
    indexes = ARENA_ARRAY(e->holder->arena, uint32_t, rows.count);
    for (uint32_t i = 0; i < rows.count; i++) indexes[i] = vonk_column_index(column, row_at(rows, i));
    rows.rows = indexes;
  }
  for (uint32_t k = 0, count = vonk_type_child_count(column->type); k < count; k++) {
    TRY(export_column(e, &from->children[k], rows, out->children[child_position(column->type, k)]));
  }
  return VONK_OK;
}

static STATUS export_column(struct exporter *e, const struct vonk_column *column, struct rows rows, struct ArrowArray *out) {
  static const uint8_t buffer_counts[VONK_PHYSICAL_COUNT] = {
      [VONK_PHYSICAL_NONE] = 0, [VONK_PHYSICAL_VIEW] = 3, [VONK_PHYSICAL_STRUCT] = 1};
  enum vonk_physical physical = column->physical;
  bool special = physical == VONK_PHYSICAL_NONE || buffer_counts[physical];
  uint32_t child_count = column->type->id == VONK_TYPE_MAP ? 1 : vonk_type_child_count(column->type);
  init_array(e->holder, out, rows.count, special ? buffer_counts[physical] : 2, child_count);
  TRY(export_validity(e, column, rows, out));
  switch (physical) {
    case VONK_PHYSICAL_NONE: out->null_count = rows.count; return VONK_OK;
    case VONK_PHYSICAL_BOOL: return export_bool(e, column, rows, out);
    case VONK_PHYSICAL_VIEW: return export_strings(e, column, rows, out);
    case VONK_PHYSICAL_INTERVAL: return export_intervals(e, column, rows, out);
    case VONK_PHYSICAL_LIST: return export_lists(e, column, rows, out);
    case VONK_PHYSICAL_STRUCT: return export_structs(e, column, rows, out);
    default: return export_fixed(e, column, rows, out);
  }
}

STATUS vonk_arrow_export_batch(struct vonk_task *task, const struct vonk_batch *batch, const struct vonk_arrow_options *options,
                               struct ArrowArray *out) {
  struct exporter e = {.task = task, .holder = holder_create(task), .options = options};
  struct rows rows = {NULL, batch->row_count};
  if (batch->live) {
    uint32_t *indexes = ARENA_ARRAY(e.holder->arena, uint32_t, batch->row_count);
    rows = (struct rows){indexes, (uint32_t)vonk_bits_indexes(batch->live, batch->row_count, indexes)};
  }
  init_array(e.holder, out, rows.count, 1, batch->column_count);
  enum vonk_status status = VONK_OK;
  for (uint32_t i = 0; i < batch->column_count && status == VONK_OK; i++) {
    status = export_column(&e, &batch->columns[i], rows, out->children[i]);
  }
  if (status != VONK_OK) out->release(out);
  return status;
}
