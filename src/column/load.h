/* load.h: one value out of an array of fixed width, whatever the width: entry INDEX of DATA as PHYSICAL says. */
#ifndef VONK_COLUMN_LOAD_H
#define VONK_COLUMN_LOAD_H

#include "base/bits.h"
#include "column/column.h"

#define VONK_INLINE __attribute__((always_inline)) static inline

/* Arrays from outside may be aligned to 8 bytes only. */
VONK_INLINE vonk_int128 vonk_load_int128(const void *data, size_t index) {
  vonk_int128 wide;
  memcpy(&wide, (const char *)data + 16 * index, 16);
  return wide;
}
/* BOOL and integers; I128 loses its upper half. */
VONK_INLINE int64_t vonk_load_integer(const void *data, enum vonk_physical physical, size_t index) {
  switch (physical) {
    case VONK_PHYSICAL_BOOL: return vonk_bits_get(data, index);
    case VONK_PHYSICAL_I8: return ((const int8_t *)data)[index];
    case VONK_PHYSICAL_I16: return ((const int16_t *)data)[index];
    case VONK_PHYSICAL_I32: return ((const int32_t *)data)[index];
    case VONK_PHYSICAL_I64: return ((const int64_t *)data)[index];
    default: return (int64_t)vonk_load_int128(data, index);
  }
}
VONK_INLINE vonk_int128 vonk_load_wide(const void *data, enum vonk_physical physical, size_t index) {
  return physical == VONK_PHYSICAL_I128 ? vonk_load_int128(data, index) : vonk_load_integer(data, physical, index);
}
VONK_INLINE double vonk_load_real(const void *data, enum vonk_physical physical, size_t index) {
  switch (physical) {
    case VONK_PHYSICAL_F32: return ((const float *)data)[index];
    case VONK_PHYSICAL_F64: return ((const double *)data)[index];
    default: return (double)vonk_load_wide(data, physical, index);
  }
}

#endif
