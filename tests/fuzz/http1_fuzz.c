/* http1_fuzz.c: requests of HTTP/1.1 from any bytes, in pieces whose size is the first byte. */
#include <stddef.h>
#include <stdint.h>

#include "wire/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct vonk_http1_limits limits = {.head_bytes = 4096, .body_bytes = 65536};
  struct vonk_http1 *http1 = vonk_http1_create(NULL, &limits);
  enum vonk_http1_state state = VONK_HTTP1_MORE;
  size_t step = size ? data[0] % 64u + 1 : 1, at = size ? 1 : 0, seen = 0;
  while (at < size && (state == VONK_HTTP1_MORE || state == VONK_HTTP1_CONTINUE)) {
    size_t used;
    state = vonk_http1_receive(http1, data + at, size - at < step ? size - at : step, &used);
    at += used;
  }
  if (state == VONK_HTTP1_WHOLE) {
    const struct vonk_http1_request *request = vonk_http1_request(http1);
    for (size_t i = 0; i < request->body.size; i++) seen += (unsigned char)request->body.data[i];
    for (uint32_t i = 0; i < request->field_count; i++) seen += request->fields[i].value.size;
    seen += vonk_http1_field(request, STR("host")).size;
  }
  vonk_http1_destroy(http1);
  return seen == SIZE_MAX;
}
