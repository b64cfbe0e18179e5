/* hash_value.h: the hashes of the functions xxhash64 and hash for one value. */
#ifndef VONK_FUNC_HASH_VALUE_H
#define VONK_FUNC_HASH_VALUE_H

#include "column/column.h"

/* A null leaves SEED. */
uint64_t vonk_xxhash64_value(uint64_t seed, const struct vonk_column *column, uint32_t row);
/* Spark's Murmur3 of bytes. */
uint32_t vonk_murmur3_bytes(uint32_t seed, struct vonk_str bytes);

#endif
