/* adapt.c: rules of Spark's ParquetVectorUpdaterFactory: which stored type may be read as which type, and how.
 *
 * Integers and decimals that only get more digits travel as they are stored. The others are converted as a page or a
 * dictionary is decoded, after the conversion that the stored type needs itself.
 */
#include "format/parquet/adapt.h"

#include <string.h>

#include "base/int128.h"

#define MICROS_PER_DAY INT64_C(86400000000)

enum { INT_DIGITS = 10, LONG_DIGITS = 20 };

static bool set(struct parquet_node *n, enum parquet_widening widening, enum vonk_physical physical) {
  n->widening = widening;
  n->stored = n->physical;
  n->physical = physical;
  return true;
}

static bool is_plain_int(const struct parquet_node *n) {
  return n->element->physical == PARQUET_INT32 && n->conversion == PARQUET_AS_IS && vonk_type_is_integral(n->type);
}

/* Stored integers and decimals as DECIMAL: neither digits before the point nor behind it may be lost. */
static bool as_decimal(struct parquet_node *n, const struct vonk_type *wanted) {
  bool is_int = is_plain_int(n), is_long = n->element->physical == PARQUET_INT64 && n->type->id == VONK_TYPE_LONG;
  if (n->type->id != VONK_TYPE_DECIMAL && !is_int && !is_long) return false;
  int precision = is_int ? INT_DIGITS : is_long ? LONG_DIGITS : n->type->precision, scale = is_int || is_long ? 0 : n->type->scale;
  if (wanted->scale < scale || wanted->precision - precision < wanted->scale - scale) return false;
  n->scale_up = (uint8_t)(wanted->scale - scale);
  return n->scale_up == 0 || set(n, PARQUET_TO_DECIMAL, vonk_physical_of(wanted));
}

static bool adapt_leaf(struct parquet_node *n, const struct vonk_type *wanted) {
  const struct vonk_type *have = n->type;
  switch (wanted->id) {
    case VONK_TYPE_BYTE: return is_plain_int(n) && (have->id == VONK_TYPE_BYTE || set(n, PARQUET_TO_BYTE, VONK_PHYSICAL_I8));
    case VONK_TYPE_SHORT: return is_plain_int(n) && (have->id <= VONK_TYPE_SHORT || set(n, PARQUET_TO_SHORT, VONK_PHYSICAL_I16));
    case VONK_TYPE_INT: n->rebase = VONK_SCAN_REBASE_CORRECTED; return is_plain_int(n) || have->id == VONK_TYPE_DATE;
    case VONK_TYPE_LONG: return is_plain_int(n);
    case VONK_TYPE_DOUBLE: return (is_plain_int(n) || have->id == VONK_TYPE_FLOAT) && set(n, PARQUET_TO_DOUBLE, VONK_PHYSICAL_F64);
    case VONK_TYPE_DECIMAL: return as_decimal(n, wanted);
    case VONK_TYPE_TIMESTAMP_NTZ: return have->id == VONK_TYPE_DATE && set(n, PARQUET_DAYS_TO_MICROS, VONK_PHYSICAL_I64);
    case VONK_TYPE_TIMESTAMP: return have->id == VONK_TYPE_TIMESTAMP_NTZ;
    case VONK_TYPE_INTERVAL_YM: return have->id == VONK_TYPE_INT || have->id == VONK_TYPE_INTERVAL_YM;
    case VONK_TYPE_INTERVAL_DT: return have->id == VONK_TYPE_LONG || have->id == VONK_TYPE_INTERVAL_DT;
    case VONK_TYPE_TIME: return have->id == VONK_TYPE_TIME;
    case VONK_TYPE_BINARY:
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR: return n->physical == VONK_PHYSICAL_VIEW;
    default: return false;
  }
}

/* The children of N become those of WANTED; a field that the file lacks is a node that is always null. */
static bool adapt_children(struct vonk_arena *arena, struct parquet_node *n, const struct vonk_type *wanted, const struct vonk_scan_options *options) {
  uint32_t count = vonk_type_child_count(wanted);
  struct parquet_node *children = ARENA_ARRAY(arena, struct parquet_node, count);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_type *type = vonk_type_child(wanted, i);
    const struct parquet_node *child = n->kind == PARQUET_NODE_STRUCT ? parquet_node_find(n->children, n->child_count, &wanted->fields[i], options) : &n->children[i];
    if (!child) {
      children[i] = (struct parquet_node){.name = wanted->fields[i].name, .kind = PARQUET_NODE_MISSING, .type = type, .nullable = true, .leaf = n->leaf};
      continue;
    }
    if (child == &parquet_node_twice) return false;
    child = parquet_node_adapt(arena, child, type, options);
    if (!child) return false;
    children[i] = *child;
  }
  n->children = children;
  n->child_count = count;
  return true;
}

const struct parquet_node *parquet_node_adapt(struct vonk_arena *arena, const struct parquet_node *node, const struct vonk_type *wanted, const struct vonk_scan_options *options) {
  static const enum vonk_type_id ids[] = {[PARQUET_NODE_STRUCT] = VONK_TYPE_STRUCT, [PARQUET_NODE_LIST] = VONK_TYPE_ARRAY, [PARQUET_NODE_MAP] = VONK_TYPE_MAP};
  if (!options->field_ids && vonk_type_same(node->type, wanted)) return node;
  struct parquet_node *n = ARENA_NEW(arena, struct parquet_node);
  *n = *node;
  if (node->kind == PARQUET_NODE_LEAF) {
    if (!adapt_leaf(n, wanted)) return NULL;
  } else if (wanted->id != ids[node->kind] || node->type->id == VONK_TYPE_VARIANT || !adapt_children(arena, n, wanted, options)) {
    return NULL;
  }
  n->type = wanted;
  return n;
}

/* Stored values may lie unaligned in their page. */
static int32_t int_at(const uint8_t *from, uint32_t i) {
  int32_t value;
  memcpy(&value, from + (size_t)i * 4, 4);
  return value;
}

static float float_at(const uint8_t *from, uint32_t i) {
  float value;
  memcpy(&value, from + (size_t)i * 4, 4);
  return value;
}

static vonk_int128 integer_at(enum vonk_physical physical, const uint8_t *from, uint32_t i) {
  int64_t narrow;
  vonk_int128 wide;
  if (physical == VONK_PHYSICAL_I32) return int_at(from, i);
  if (physical == VONK_PHYSICAL_I64) {
    memcpy(&narrow, from + (size_t)i * 8, 8);
    return narrow;
  }
  memcpy(&wide, from + (size_t)i * 16, 16);
  return wide;
}

static bool scale_up(const struct parquet_node *node, const uint8_t *from, uint32_t count, void *to) {
  vonk_int128 factor = vonk_pow10_128[node->scale_up];
  bool fine = true;
  for (uint32_t i = 0; i < count; i++) {
    vonk_int128 value;
    fine &= !__builtin_mul_overflow(integer_at(node->stored, from, i), factor, &value);
    if (node->physical == VONK_PHYSICAL_I128) {
      ((vonk_int128 *)to)[i] = value;
    } else if (node->physical == VONK_PHYSICAL_I64) {
      ((int64_t *)to)[i] = (int64_t)value;
      fine &= value == (int64_t)value;
    } else {
      ((int32_t *)to)[i] = (int32_t)value;
      fine &= value == (int32_t)value;
    }
  }
  return fine;
}

bool parquet_widen(const struct parquet_node *node, const uint8_t *from, uint32_t count, void *to) {
  switch (node->widening) {
    case PARQUET_AS_STORED: break;
    case PARQUET_TO_BYTE: for (uint32_t i = 0; i < count; i++) ((int8_t *)to)[i] = (int8_t)int_at(from, i); break;
    case PARQUET_TO_SHORT: for (uint32_t i = 0; i < count; i++) ((int16_t *)to)[i] = (int16_t)int_at(from, i); break;
    case PARQUET_TO_DOUBLE:
      for (uint32_t i = 0; i < count; i++) ((double *)to)[i] = node->stored == VONK_PHYSICAL_F32 ? (double)float_at(from, i) : (double)int_at(from, i);
      break;
    case PARQUET_DAYS_TO_MICROS: for (uint32_t i = 0; i < count; i++) ((int64_t *)to)[i] = int_at(from, i) * MICROS_PER_DAY; break;
    case PARQUET_TO_DECIMAL: return scale_up(node, from, count, to);
  }
  return true;
}
