/* uuid.c: see uuid.h. */
#include "base/uuid.h"

#include <sys/random.h>

#include "base/status.h"

void vonk_uuid_bytes(uint8_t out[16]) {
  ssize_t got = getrandom(out, 16, 0); /* so few bytes come at once or not at all */
  ASSERT(got == 16);
}

struct vonk_str vonk_uuid_random(struct vonk_arena *arena) {
  uint8_t b[16];
  vonk_uuid_bytes(b);
  b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
  b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
  return vonk_str_format(arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5], b[6],
                         b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool vonk_uuid_valid(struct vonk_str text) {
  if (text.size != 36) return false;
  for (size_t i = 0; i < text.size; i++) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text.data[i] != '-' : !is_hex(text.data[i])) return false;
  }
  return true;
}
