/* snappy.h: Snappy's raw block format (google/snappy, format_description.txt), decompression. */
#ifndef VONK_WIRE_SNAPPY_H
#define VONK_WIRE_SNAPPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False when the input is malformed or does not give exactly OUT_SIZE bytes. Nothing outside of the given bytes is touched. */
bool vonk_snappy_decompress(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size);

#endif
