/* variant.h: the binary form of VARIANT (Parquet's variant encoding, version 1), read in place.
 *
 * A value is metadata (a dictionary of field names) and bytes that refer to it. Both come from outside: every read is bounded, and what lies
 * out of bounds is BROKEN.
 */
#ifndef VONK_TYPE_VARIANT_H
#define VONK_TYPE_VARIANT_H

#include "type/timezone.h"
#include "type/value.h"

enum vonk_variant_kind {
  VONK_VARIANT_NULL, VONK_VARIANT_BOOLEAN, VONK_VARIANT_LONG, VONK_VARIANT_DOUBLE, VONK_VARIANT_DECIMAL, VONK_VARIANT_DATE, VONK_VARIANT_TIMESTAMP,
  VONK_VARIANT_TIMESTAMP_NTZ, VONK_VARIANT_FLOAT, VONK_VARIANT_BINARY, VONK_VARIANT_STRING, VONK_VARIANT_UUID, VONK_VARIANT_ARRAY, VONK_VARIANT_OBJECT,
  VONK_VARIANT_BROKEN
};

struct vonk_variant {
  struct vonk_str metadata, value;
};

/* What the bytes say. */
struct vonk_variant_view {
  enum vonk_variant_kind kind;
  int64_t integer;         /* BOOLEAN, LONG, DATE, TIMESTAMPs */
  vonk_int128 decimal;     /* DECIMAL, of `scale` */
  int scale;
  double real;             /* DOUBLE, FLOAT */
  struct vonk_str text;    /* BINARY, STRING, UUID; borrowed */
  uint32_t count;          /* ARRAY, OBJECT: children */
  uint32_t id_width, offset_width;
  size_t ids, offsets, data; /* where they begin in the value */
};

struct vonk_variant_view vonk_variant_read(const struct vonk_variant *variant);
/* Child INDEX of an ARRAY or OBJECT; its name in NAME for OBJECTs. False when the bytes are not valid. */
bool vonk_variant_child(const struct vonk_variant *variant, const struct vonk_variant_view *view, uint32_t index, struct vonk_str *name,
                        struct vonk_variant *out);
/* The field of an OBJECT; false when it has none. */
bool vonk_variant_field(const struct vonk_variant *variant, const struct vonk_variant_view *view, struct vonk_str name, struct vonk_variant *out);
/* As JSON; false when the bytes are not valid or too deep. Timestamps in ZONE (NULL: UTC). */
bool vonk_variant_add_json(struct vonk_text *out, const struct vonk_variant *variant, const struct vonk_timezone *zone);
/* The value of a VARIANT (type/value.h). */
static inline struct vonk_variant vonk_variant_of(const struct vonk_value *value) {
  return (struct vonk_variant){value->nested.items[0].text, value->nested.items[1].text};
}

enum { VONK_VARIANT_DEPTH_MAX = 500 };

#endif
