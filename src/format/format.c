/* format.c: the table of formats. */
#include "base/array.h"
#include "format/scan.h"

#define VONK_FORMAT(name) extern const struct vonk_format_type vonk_format_##name;
#include "format/registry.def"
#undef VONK_FORMAT

static const struct vonk_format_type *const formats[] = {
#define VONK_FORMAT(name) &vonk_format_##name,
#include "format/registry.def"
#undef VONK_FORMAT
};

struct vonk_str vonk_scan_option(const struct vonk_option *items, uint32_t item_count, struct vonk_str key) {
  for (uint32_t i = 0; i < item_count; i++) {
    if (vonk_str_equal_nocase(items[i].key, key)) return items[i].value;
  }
  return (struct vonk_str){0};
}

bool vonk_scan_may_ignore(struct vonk_task *task, const struct vonk_scan_options *options, enum vonk_status status) {
  if (status != VONK_FAILED) return false;
  enum vonk_condition condition = task->error->condition;
  bool is_corrupt = condition == VONK_FAILED_READ_FILE__NO_HINT || condition == VONK_FAILED_READ_FILE__CANNOT_READ_FILE_FOOTER;
  bool may = (options->ignore_corrupt_files && is_corrupt) || (options->ignore_missing_files && condition == VONK_FAILED_READ_FILE__FILE_NOT_EXIST);
  if (may) vonk_error_clear(task->error);
  return may;
}

const struct vonk_format_type *vonk_format_find(struct vonk_str name) {
  for (size_t i = 0; i < COUNT_OF(formats); i++) {
    if (vonk_str_equal_nocase(name, vonk_str_of(formats[i]->name))) return formats[i];
  }
  return NULL;
}
