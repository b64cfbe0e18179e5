/* uuid.h: random identifiers (RFC 9562, version 4) as text. */
#ifndef VONK_BASE_UUID_H
#define VONK_BASE_UUID_H

#include "base/str.h"

/* "0b66fd0a-4f7a-4f0e-8f3e-5b1d5c6f7a80", on ARENA. The system's random numbers; the process ends when it has none. */
struct vonk_str vonk_uuid_random(struct vonk_arena *arena);
/* 16 random bytes. */
void vonk_uuid_bytes(uint8_t out[16]);
/* Is TEXT of that form, of any version? */
bool vonk_uuid_valid(struct vonk_str text);

#endif
