/* curl.c: see curl.h. */
#include "net/curl.h"

#include <dlfcn.h>

#include "base/thread.h"

static struct vonk_curl curl;
static bool opened;

static void open_library(void) {
  struct {
    void *place;
    const char *name;
  } functions[] = {
      {&curl.global_init, "curl_global_init"},         {&curl.easy_init, "curl_easy_init"},
      {&curl.easy_setopt, "curl_easy_setopt"},         {&curl.easy_getinfo, "curl_easy_getinfo"},
      {&curl.easy_reset, "curl_easy_reset"},           {&curl.easy_cleanup, "curl_easy_cleanup"},
      {&curl.easy_strerror, "curl_easy_strerror"},     {&curl.multi_init, "curl_multi_init"},
      {&curl.multi_setopt, "curl_multi_setopt"},       {&curl.multi_add_handle, "curl_multi_add_handle"},
      {&curl.multi_perform, "curl_multi_perform"},     {&curl.multi_remove_handle, "curl_multi_remove_handle"},
      {&curl.multi_poll, "curl_multi_poll"},           {&curl.multi_wakeup, "curl_multi_wakeup"},
      {&curl.multi_info_read, "curl_multi_info_read"}, {&curl.multi_cleanup, "curl_multi_cleanup"},
  };
  curl.library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!curl.library) return;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *found = dlsym(curl.library, functions[i].name);
    if (!found) return;
    *(void **)functions[i].place = found;
  }
  opened = curl.global_init(CURL_GLOBAL_ALL) == CURLE_OK;
}

const struct vonk_curl *vonk_curl_open(void) {
  static struct vonk_once once = VONK_ONCE_INIT;
  vonk_once_call(&once, open_library);
  return opened ? &curl : NULL;
}
