/* csv_fuzz.c: any bytes as CSV records: two bytes choose the options, the rest is lines; reading, reading records that hold line ends, and inference. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "text/csv_infer.h"
#include "text/csv_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vonk_type *make_schema(struct vonk_arena *arena) {
  const struct { const char *name; const struct vonk_type *type; } all[] = {{"a", &vonk_type_int},  {"b", &vonk_type_string},    {"c", &vonk_type_double},
                                                                            {"d", &vonk_type_date}, {"e", &vonk_type_timestamp}, {"_corrupt_record", &vonk_type_string}};
  struct vonk_type_field made[6];
  for (int i = 0; i < 6; i++) made[i] = (struct vonk_type_field){.name = vonk_str_of(all[i].name), .type = all[i].type, .nullable = true};
  return vonk_type_struct(arena, made, 6);
}

static void set_options(uint8_t a, uint8_t b, struct vonk_csv_options *o) {
  o->quote = a & 1 ? '"' : '\'';
  o->escape = a & 2 ? '"' : '\\';
  o->escape_escape = a & 4 ? o->escape : 0;
  o->trim_leading = a & 8, o->trim_trailing = a & 16;
  o->prune_columns = a & 32;
  if (a & 64) o->separator = STR("||");
  o->unescaped = (enum vonk_csv_unescaped)(b & 3);
  o->line_end = (enum vonk_csv_line_end)((b >> 2) % 3);
  o->mode = b & 64 ? VONK_TEXT_DROP_MALFORMED : VONK_TEXT_PERMISSIVE;
  if (b & 128) o->chars_max = 10;
}

static void read_all(struct vonk_task *task, const struct vonk_csv_options *o, const struct vonk_type *schema, struct vonk_str text) {
  const uint32_t wanted[] = {5, 1, 0, 2, 3, 4};
  struct vonk_csv_reader *reader;
  struct vonk_csv_inference *inference;
  struct vonk_str lines[64];
  struct vonk_batch batch;
  uint32_t count = 0;
  size_t used = 0;
  ASSERT(vonk_csv_reader_open(task, o, schema, wanted, 6, &reader) == VONK_OK);
  ASSERT(vonk_csv_inference_create(task, o, 4, &inference) == VONK_OK);
  for (size_t at = 0; at < text.size && count < 64;) {
    const char *end = memchr(text.data + at, '\n', text.size - at);
    size_t to = end ? (size_t)(end - text.data) : text.size;
    lines[count++] = vonk_str_slice(text, at, to);
    vonk_csv_inference_add(inference, lines[count - 1], NULL);
    at = to + 1;
  }
  if (vonk_csv_reader_read(task, reader, lines, count, false, &batch) == VONK_OK) ASSERT(batch.row_count == count);
  if (text.size && vonk_csv_reader_read_text(task, reader, text, &used, &batch) == VONK_OK) ASSERT(used <= text.size && used > 0);
  vonk_csv_inference_destroy(inference);
  vonk_csv_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vonk_error error;
  if (size < 2) return 0;
  vonk_error_init(&error);
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_budget *budget = vonk_budget_create(NULL, "fuzz", (uint64_t)1 << 30);
  struct vonk_task task = {.arena = arena, .error = &error, .budget = budget};
  struct vonk_text_options none = {0};
  struct vonk_text_defaults defaults = {.zone = &vonk_timezone_utc, .corrupt_name = STR("_corrupt_record")};
  struct vonk_csv_options options;
  ASSERT(vonk_csv_options_read(&task, arena, &none, &defaults, &options) == VONK_OK);
  set_options(data[0], data[1], &options);
  read_all(&task, &options, make_schema(arena), vonk_str_make((const char *)data + 2, size - 2));
  vonk_arena_destroy(arena);
  vonk_error_deinit(&error);
  vonk_budget_destroy(budget);
  return 0;
}
