/* partition_path.c: the folder of a partition: name=value, one level a column, as Hive and Spark write it. */
#include "session/write.h"

static bool is_plain(unsigned char c) {
  return c >= 0x20 && c != 0x7f && !strchr("\"#%'*/:=?\\{[]^", c);
}

static void put_escaped(struct vonk_text *out, struct vonk_str text) {
  for (size_t i = 0; i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (is_plain(c)) {
      vonk_text_add_char(out, (char)c);
    } else {
      vonk_text_addf(out, "%%%02X", c);
    }
  }
}

struct vonk_str vonk_partition_path(struct vonk_arena *arena, const struct vonk_type_field *fields, const struct vonk_value *values,
                                    uint32_t count, const struct vonk_timezone *zone) {
  struct vonk_text path, value;
  vonk_text_init(&path, arena);
  for (uint32_t i = 0; i < count; i++) {
    if (i) vonk_text_add_char(&path, '/');
    put_escaped(&path, fields[i].name);
    vonk_text_add_char(&path, '=');
    vonk_text_init(&value, arena);
    struct vonk_format_options options = {.form = VONK_TEXT_CAST, .zone = zone};
    if (!values[i].is_null) vonk_format_value(&value, &values[i], &options);
    if (value.size) {
      put_escaped(&path, vonk_text_str(&value));
    } else {
      vonk_text_add(&path, STR("__HIVE_DEFAULT_PARTITION__"));
    }
  }
  return vonk_text_str(&path);
}
