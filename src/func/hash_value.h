/* hash_value.h: the hash of xxhash64() for one value; a null leaves SEED. */
#ifndef VONK_FUNC_HASH_VALUE_H
#define VONK_FUNC_HASH_VALUE_H

#include "column/column.h"

uint64_t vonk_xxhash64_value(uint64_t seed, const struct vonk_column *column, uint32_t row);

#endif
