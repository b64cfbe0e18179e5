/* protobuf_fuzz.c: any bytes as nested Protocol Buffers messages. */
#include "wire/protobuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH_MAX = 8 };

static void descend(const struct vonk_protobuf *message, int depth) {
  for (struct vonk_protobuf_field field = {0}; vonk_protobuf_next(message, &field);) {
    for (int wire = 0; wire <= VONK_PROTOBUF_FIXED32; wire++) {
      struct vonk_protobuf_number number = {0};
      while (vonk_protobuf_each_number(message, field.number, (enum vonk_protobuf_wire)wire, &number)) continue;
    }
    (void)vonk_protobuf_text(message, field.number);
    struct vonk_protobuf below = vonk_protobuf_message(message, field.number);
    if (depth < DEPTH_MAX) descend(&below, depth + 1);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  bool malformed = false;
  if (size > 4096) return 0;
  struct vonk_protobuf message = vonk_protobuf_open(vonk_str_make((const char *)data, size), &malformed);
  descend(&message, 0);
  return 0;
}
