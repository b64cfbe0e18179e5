/* sample.h: a task for tests, and random values of every type. */
#ifndef VONK_TESTS_COLUMN_SAMPLE_H
#define VONK_TESTS_COLUMN_SAMPLE_H

#include "column/builder.h"

struct sample {
  struct vonk_error error;
  struct vonk_budget *budget;
  struct vonk_task task;
  uint64_t random;
};

static inline void sample_init(struct sample *s) {
  vonk_error_init(&s->error);
  s->budget = vonk_budget_create(NULL, "test", 0);
  s->task = (struct vonk_task){.arena = vonk_arena_create(s->budget), .error = &s->error, .budget = s->budget};
  s->random = 1;
}

static inline void sample_deinit(struct sample *s) {
  vonk_arena_destroy(s->task.arena);
  vonk_budget_destroy(s->budget); /* asserts that all was released */
  vonk_error_deinit(&s->error);
}

static inline uint32_t sample_random(struct sample *s, uint32_t below) {
  s->random = s->random * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)((s->random >> 33) % below);
}

static inline const struct vonk_type *sample_struct(struct vonk_arena *arena) {
  struct vonk_type_field inner[] = {{STR("i"), &vonk_type_int, true, {0}}, {STR("s"), &vonk_type_string, true, {0}}};
  const struct vonk_type *pair = vonk_type_struct(arena, inner, 2);
  struct vonk_type_field fields[] = {
      {STR("void"), &vonk_type_void, true, {0}},
      {STR("boolean"), &vonk_type_boolean, true, {0}},
      {STR("byte"), &vonk_type_byte, true, {0}},
      {STR("short"), &vonk_type_short, true, {0}},
      {STR("int"), &vonk_type_int, false, {0}},
      {STR("long"), &vonk_type_long, true, {0}},
      {STR("float"), &vonk_type_float, true, {0}},
      {STR("double"), &vonk_type_double, true, {0}},
      {STR("d9"), vonk_type_decimal(arena, 9, 2), true, {0}},
      {STR("d18"), vonk_type_decimal(arena, 18, 2), true, {0}},
      {STR("d38"), vonk_type_decimal(arena, 38, 10), true, {0}},
      {STR("string"), &vonk_type_string, true, {0}},
      {STR("binary"), &vonk_type_binary, true, {0}},
      {STR("date"), &vonk_type_date, true, {0}},
      {STR("timestamp"), &vonk_type_timestamp, true, {0}},
      {STR("ntz"), &vonk_type_timestamp_ntz, true, {0}},
      {STR("time"), vonk_type_time(arena, 6), true, {0}},
      {STR("ym"), &vonk_type_interval_ym, true, {0}},
      {STR("dt"), &vonk_type_interval_dt, true, {0}},
      {STR("interval"), &vonk_type_interval, true, {0}},
      {STR("array"), vonk_type_array(arena, &vonk_type_string, true), true, {0}},
      {STR("map"), vonk_type_map(arena, &vonk_type_int, pair, true), true, {0}},
      {STR("pair"), pair, true, {0}},
      {STR("lists"), vonk_type_array(arena, vonk_type_array(arena, &vonk_type_long, true), true), true, {0}},
      {STR("variant"), &vonk_type_variant, true, {0}},
  };
  return vonk_type_struct(arena, fields, sizeof fields / sizeof *fields);
}

static struct vonk_value sample_value(struct sample *s, const struct vonk_type *type, bool nullable);

static inline struct vonk_value sample_items(struct sample *s, const struct vonk_type *type) {
  struct vonk_value value = {.type = type};
  uint32_t width = vonk_type_child_count(type), count = width;
  bool list = type->id == VONK_TYPE_ARRAY || type->id == VONK_TYPE_MAP;
  value.nested.count = list ? sample_random(s, 5) : width;
  if (list) count = value.nested.count * width;
  struct vonk_value *items = ARENA_ARRAY(s->task.arena, struct vonk_value, count);
  for (uint32_t i = 0; i < count; i++) {
    bool key = (type->id == VONK_TYPE_MAP && i % 2 == 0) || type->id == VONK_TYPE_VARIANT;
    items[i] = sample_value(s, vonk_type_child(type, i % width), !key);
  }
  value.nested.items = items;
  return value;
}

static struct vonk_value sample_value(struct sample *s, const struct vonk_type *type, bool nullable) {
  struct vonk_value value = {.type = type};
  if (type->id == VONK_TYPE_VOID || (nullable && sample_random(s, 5) == 0)) return vonk_value_null(type);
  int64_t number = (int64_t)sample_random(s, 100) - 50;
  switch (type->id) {
    case VONK_TYPE_BOOLEAN: value.integer = number & 1; return value;
    case VONK_TYPE_FLOAT:
    case VONK_TYPE_DOUBLE: value.real = (double)number / 4; return value;
    case VONK_TYPE_DECIMAL: value.decimal = number * (type->precision > 30 ? vonk_pow10_128[30] : 1); return value;
    case VONK_TYPE_INTERVAL: value.interval = (struct vonk_interval){(int32_t)number, 2, number * 1000}; return value;
    case VONK_TYPE_TIME: value.integer = (number + 50) * 1000; return value;
    case VONK_TYPE_STRING:
    case VONK_TYPE_BINARY: {
      uint32_t size = sample_random(s, 40);
      value.text = vonk_str_format(s->task.arena, "%0*d", (int)size, (int)number);
      return value;
    }
    case VONK_TYPE_ARRAY:
    case VONK_TYPE_MAP:
    case VONK_TYPE_STRUCT:
    case VONK_TYPE_VARIANT: return sample_items(s, type);
    default: value.integer = number; return value;
  }
}

/* ROW_COUNT random rows of each field of TYPE; VALUES gets them, one field behind the other. */
static inline void sample_columns(struct sample *s, const struct vonk_type *type, uint32_t row_count, struct vonk_builder *builders,
                                  struct vonk_column *columns, struct vonk_value *values) {
  for (uint32_t c = 0; c < type->field_count; c++) {
    assert_int_equal(vonk_builder_init(&s->task, &builders[c], type->fields[c].type), VONK_OK);
    for (uint32_t r = 0; r < row_count; r++) {
      struct vonk_value value = sample_value(s, type->fields[c].type, type->fields[c].nullable);
      values[c * row_count + r] = value;
      assert_int_equal(vonk_builder_add_value(&s->task, &builders[c], &value), VONK_OK);
    }
    assert_int_equal(vonk_builder_finish(&s->task, &builders[c], &columns[c]), VONK_OK);
  }
}

#endif
