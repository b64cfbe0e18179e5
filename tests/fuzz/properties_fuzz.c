/* properties_fuzz.c: property files of any bytes. */
#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = vonk_arena_create(NULL), .error = &error};
  struct vonk_conf_setting *settings;
  size_t count;
  if (vonk_conf_parse_properties(&task, vonk_str_make((const char *)data, size), &settings, &count) == VONK_OK && count) {
    struct vonk_conf *base = vonk_conf_create(), *conf;
    if (vonk_conf_set(&task, base, VONK_CONF_STARTING, settings, count < 100 ? count : 100, &conf) == VONK_OK) vonk_conf_release(conf);
    vonk_conf_release(base);
  }
  vonk_arena_destroy(task.arena);
  vonk_error_deinit(&error);
  return 0;
}
