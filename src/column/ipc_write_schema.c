/* ipc_write_schema.c: Spark's types as Arrow's fields, and the schema message. */
#include "column/ipc_internal.h"

static const enum ipc_kind kinds[VONK_TYPE_COUNT] = {
    [VONK_TYPE_VOID] = KIND_NULL,          [VONK_TYPE_BOOLEAN] = KIND_BOOL,        [VONK_TYPE_BYTE] = KIND_INT,
    [VONK_TYPE_SHORT] = KIND_INT,          [VONK_TYPE_INT] = KIND_INT,             [VONK_TYPE_LONG] = KIND_INT,
    [VONK_TYPE_FLOAT] = KIND_FLOAT,        [VONK_TYPE_DOUBLE] = KIND_FLOAT,        [VONK_TYPE_DECIMAL] = KIND_DECIMAL,
    [VONK_TYPE_STRING] = KIND_UTF8,        [VONK_TYPE_CHAR] = KIND_UTF8,           [VONK_TYPE_VARCHAR] = KIND_UTF8,
    [VONK_TYPE_BINARY] = KIND_BINARY,      [VONK_TYPE_DATE] = KIND_DATE,           [VONK_TYPE_TIMESTAMP] = KIND_TIMESTAMP,
    [VONK_TYPE_TIMESTAMP_NTZ] = KIND_TIMESTAMP, [VONK_TYPE_TIME] = KIND_TIME,      [VONK_TYPE_INTERVAL_YM] = KIND_INTERVAL,
    [VONK_TYPE_INTERVAL_DT] = KIND_DURATION, [VONK_TYPE_INTERVAL] = KIND_INTERVAL, [VONK_TYPE_ARRAY] = KIND_LIST,
    [VONK_TYPE_MAP] = KIND_MAP,            [VONK_TYPE_STRUCT] = KIND_STRUCT,       [VONK_TYPE_VARIANT] = KIND_STRUCT,
};

/* --- fields --- */

static void init(struct vonk_arena *arena, struct ipc_column *column, const struct vonk_type *type, struct vonk_str name, bool nullable,
                 const struct vonk_ipc_options *options);

static void init_map(struct vonk_arena *arena, struct ipc_column *column, const struct vonk_type *type, const struct vonk_ipc_options *options) {
  struct ipc_column *entries = column->children = ARENA_NEW(arena, struct ipc_column);
  column->child_count = 1;
  *entries = (struct ipc_column){.name = STR("entries"), .kind = KIND_STRUCT, .child_count = 2};
  entries->children = ARENA_ARRAY(arena, struct ipc_column, 2);
  init(arena, &entries->children[0], type->key, STR("key"), false, options);
  init(arena, &entries->children[1], type->element, STR("value"), type->contains_null, options);
}

static void init_variant(struct vonk_arena *arena, struct ipc_column *column, const struct vonk_ipc_options *options) {
  column->child_count = 2;
  column->children = ARENA_ARRAY(arena, struct ipc_column, 2);
  init(arena, &column->children[0], &vonk_type_binary, STR("value"), false, options);
  init(arena, &column->children[1], &vonk_type_binary, STR("metadata"), false, options);
  column->children[1].metadata_key = ARROW_VARIANT_KEY;
  column->children[1].metadata = STR("true");
}

static void init(struct vonk_arena *arena, struct ipc_column *column, const struct vonk_type *type, struct vonk_str name, bool nullable,
                 const struct vonk_ipc_options *options) {
  *column = (struct ipc_column){.name = name, .type = type, .nullable = nullable, .kind = kinds[type->id]};
  if (options->large_offsets && column->kind == KIND_UTF8) column->kind = KIND_LARGE_UTF8;
  if (options->large_offsets && column->kind == KIND_BINARY) column->kind = KIND_LARGE_BINARY;
  switch (type->id) {
    case VONK_TYPE_MAP: init_map(arena, column, type, options); return;
    case VONK_TYPE_VARIANT: init_variant(arena, column, options); return;
    case VONK_TYPE_ARRAY:
      column->child_count = 1;
      column->children = ARENA_NEW(arena, struct ipc_column);
      init(arena, column->children, type->element, STR("element"), type->contains_null, options);
      return;
    case VONK_TYPE_STRUCT:
      column->child_count = type->field_count;
      column->children = ARENA_ARRAY(arena, struct ipc_column, type->field_count);
      for (uint32_t i = 0; i < type->field_count; i++) {
        const struct vonk_type_field *field = &type->fields[i];
        init(arena, &column->children[i], field->type, field->name, field->nullable, options);
        if (!field->metadata.size || vonk_str_equal(field->metadata, STR("{}"))) continue;
        column->children[i].metadata_key = ARROW_METADATA_KEY;
        column->children[i].metadata = field->metadata;
      }
      return;
    default: return;
  }
}

struct ipc_column *ipc_column_create(struct vonk_arena *arena, const struct vonk_type *type, const struct vonk_ipc_options *options) {
  ASSERT(type->id == VONK_TYPE_STRUCT);
  struct ipc_column *root = ARENA_NEW(arena, struct ipc_column);
  init(arena, root, vonk_type_copy(arena, type), STR(""), false, options);
  return root;
}

uint32_t ipc_column_value_size(const struct ipc_column *column) {
  switch (column->kind) {
    case KIND_NULL:
    case KIND_BOOL:
    case KIND_STRUCT: return 0;
    case KIND_DECIMAL: return 16;
    case KIND_UTF8:
    case KIND_BINARY:
    case KIND_LIST:
    case KIND_MAP: return 4;
    case KIND_LARGE_UTF8:
    case KIND_LARGE_BINARY: return 8;
    default: return vonk_physical_size[vonk_physical_of(column->type)];
  }
}

/* --- the message --- */

/* The table of a field's type. */
static void add_type(struct vonk_flatbuffer_writer *w, uint32_t open, const struct ipc_column *column, const struct vonk_ipc_options *options) {
  struct vonk_flatbuffer_made table;
  switch (column->kind) {
    case KIND_INT:
      table = vonk_flatbuffer_add_table(w, open, (const uint8_t[]){4, 1}, 2);
      vonk_flatbuffer_put(w, &table, 0, 4, 8 * ipc_column_value_size(column));
      vonk_flatbuffer_put(w, &table, 1, 1, true);
      return;
    case KIND_FLOAT:
      table = vonk_flatbuffer_add_table(w, open, (const uint8_t[]){2}, 1);
      vonk_flatbuffer_put(w, &table, 0, 2, column->type->id == VONK_TYPE_DOUBLE ? 2 : 1);
      return;
    case KIND_DECIMAL:
      table = vonk_flatbuffer_add_table(w, open, (const uint8_t[]){4, 4, 4}, 3);
      vonk_flatbuffer_put(w, &table, 0, 4, column->type->precision);
      vonk_flatbuffer_put(w, &table, 1, 4, column->type->scale);
      vonk_flatbuffer_put(w, &table, 2, 4, 128);
      return;
    case KIND_DATE: /* in days, which is 0 */
      vonk_flatbuffer_add_table(w, open, (const uint8_t[]){2}, 1);
      return;
    case KIND_TIME:
      table = vonk_flatbuffer_add_table(w, open, (const uint8_t[]){2, 4}, 2);
      vonk_flatbuffer_put(w, &table, 0, 2, UNIT_NANO);
      vonk_flatbuffer_put(w, &table, 1, 4, 64);
      return;
    case KIND_TIMESTAMP: {
      bool zoned = column->type->id == VONK_TYPE_TIMESTAMP;
      table = vonk_flatbuffer_add_table(w, open, (const uint8_t[]){2, zoned ? 4 : 0}, 2);
      vonk_flatbuffer_put(w, &table, 0, 2, UNIT_MICRO);
      if (zoned) vonk_flatbuffer_put_str(w, &table, 1, options->zone_id.size ? options->zone_id : STR("UTC"));
      return;
    }
    case KIND_INTERVAL:
      table = vonk_flatbuffer_add_table(w, open, (const uint8_t[]){2}, 1);
      vonk_flatbuffer_put(w, &table, 0, 2, column->type->id == VONK_TYPE_INTERVAL ? INTERVAL_MONTH_DAY_NANO : INTERVAL_MONTHS);
      return;
    case KIND_DURATION:
      table = vonk_flatbuffer_add_table(w, open, (const uint8_t[]){2}, 1);
      vonk_flatbuffer_put(w, &table, 0, 2, UNIT_MICRO);
      return;
    case KIND_MAP: /* keys are not sorted, which is 0 */
      vonk_flatbuffer_add_table(w, open, (const uint8_t[]){1}, 1);
      return;
    default: vonk_flatbuffer_add_table(w, open, NULL, 0); return;
  }
}

static void add_metadata(struct vonk_flatbuffer_writer *w, const struct vonk_flatbuffer_made *field, const struct ipc_column *column) {
  uint32_t pairs = vonk_flatbuffer_put_vector(w, field, FIELD_METADATA, 1, 4);
  struct vonk_flatbuffer_made pair = vonk_flatbuffer_add_table(w, pairs, (const uint8_t[]){[PAIR_KEY] = 4, [PAIR_VALUE] = 4}, 2);
  vonk_flatbuffer_put_str(w, &pair, PAIR_KEY, column->metadata_key);
  vonk_flatbuffer_put_str(w, &pair, PAIR_VALUE, column->metadata);
}

static void add_field(struct vonk_flatbuffer_writer *w, uint32_t open, const struct ipc_column *column, const struct vonk_ipc_options *options) {
  const uint8_t sizes[] = {[FIELD_NAME] = 4, [FIELD_NULLABLE] = 1, [FIELD_KIND] = 1, [FIELD_TYPE] = 4, [FIELD_CHILDREN] = 4,
                           [FIELD_METADATA] = column->metadata_key.size ? 4 : 0};
  struct vonk_flatbuffer_made field = vonk_flatbuffer_add_table(w, open, sizes, sizeof sizes);
  vonk_flatbuffer_put(w, &field, FIELD_NULLABLE, 1, column->nullable);
  vonk_flatbuffer_put(w, &field, FIELD_KIND, 1, column->kind);
  vonk_flatbuffer_put_str(w, &field, FIELD_NAME, column->name);
  add_type(w, vonk_flatbuffer_place(&field, FIELD_TYPE), column, options);
  uint32_t children = vonk_flatbuffer_put_vector(w, &field, FIELD_CHILDREN, column->child_count, 4);
  for (uint32_t i = 0; i < column->child_count; i++) add_field(w, children + 4 * i, &column->children[i], options);
  if (column->metadata_key.size) add_metadata(w, &field, column);
}

struct vonk_str ipc_write_schema(struct vonk_arena *arena, const struct ipc_column *root, const struct vonk_ipc_options *options) {
  struct vonk_flatbuffer_writer w;
  vonk_flatbuffer_init(&w, arena);
  const uint8_t sizes[] = {[MESSAGE_VERSION] = 2, [MESSAGE_HEADER_KIND] = 1, [MESSAGE_HEADER] = 4, [MESSAGE_BODY_SIZE] = 8};
  struct vonk_flatbuffer_made message = vonk_flatbuffer_add_table(&w, 0, sizes, sizeof sizes);
  vonk_flatbuffer_put(&w, &message, MESSAGE_VERSION, 2, IPC_VERSION_5);
  vonk_flatbuffer_put(&w, &message, MESSAGE_HEADER_KIND, 1, HEADER_SCHEMA);
  struct vonk_flatbuffer_made schema =
      vonk_flatbuffer_add_table(&w, vonk_flatbuffer_place(&message, MESSAGE_HEADER), (const uint8_t[]){[SCHEMA_ENDIANNESS] = 2, [SCHEMA_FIELDS] = 4}, 2);
  uint32_t fields = vonk_flatbuffer_put_vector(&w, &schema, SCHEMA_FIELDS, root->child_count, 4);
  for (uint32_t i = 0; i < root->child_count; i++) add_field(&w, fields + 4 * i, &root->children[i], options);
  return ipc_frame(arena, vonk_text_str(&w.text));
}
