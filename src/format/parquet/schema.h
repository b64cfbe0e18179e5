/* schema.h: a file's schema as a tree of nodes with Spark's types and Dremel's levels.
 *
 * Lists follow parquet-format's LogicalTypes.md with all its older shapes; a repeated field without annotation is a list too.
 */
#ifndef VONK_FORMAT_PARQUET_SCHEMA_H
#define VONK_FORMAT_PARQUET_SCHEMA_H

#include "column/column.h"
#include "format/parquet/metadata.h"
#include "format/scan.h"

enum parquet_node_kind { PARQUET_NODE_LEAF, PARQUET_NODE_STRUCT, PARQUET_NODE_LIST, PARQUET_NODE_MAP, PARQUET_NODE_MISSING /* all null */ };

/* From what is stored to what columns hold. */
enum parquet_conversion {
  PARQUET_AS_IS,
  PARQUET_UINT32_TO_I64,
  PARQUET_UINT64_TO_I128,
  PARQUET_MILLIS_TO_MICROS,
  PARQUET_NANOS_TO_MICROS,
  PARQUET_MILLIS_TO_NANOS,       /* TIME */
  PARQUET_MICROS_TO_NANOS,       /* TIME */
  PARQUET_INT96_TO_MICROS,
  PARQUET_FIXED_TO_DECIMAL,
  PARQUET_BYTES_TO_DECIMAL,
  PARQUET_HALF_TO_FLOAT,
};

/* From that to what another type than the stored one wants (adapt.h). */
enum parquet_widening { PARQUET_AS_STORED, PARQUET_TO_BYTE, PARQUET_TO_SHORT, PARQUET_TO_DOUBLE, PARQUET_TO_DECIMAL, PARQUET_DAYS_TO_MICROS };

struct parquet_node {
  struct vonk_str name;
  enum parquet_node_kind kind;
  const struct vonk_type *type;
  bool nullable;
  uint8_t definition;            /* level at which the node itself is not null */
  uint8_t repetition;            /* LIST, MAP: level of its entries; else that of the nearest list above */
  uint8_t entry_definition;      /* LIST, MAP: level at which an entry exists */
  uint8_t slot_definition;       /* level at which the node has a row at all: entry_definition of the nearest list above, or 0 */
  uint32_t leaf, leaf_count;     /* the leaves below, in the file's order */
  struct parquet_node *children;
  uint32_t child_count;
  int32_t field_id;              /* of a field of a struct; -1: none */
  const struct parquet_element *element; /* LEAF */
  enum parquet_conversion conversion;
  enum vonk_physical physical;   /* LEAF: what columns hold */
  enum parquet_widening widening;
  enum vonk_physical stored;     /* with a widening: what CONVERSION gives */
  enum vonk_scan_rebase rebase;  /* DATE, TIMESTAMP (rebase.h) */
  const struct vonk_timezone *zone; /* of the rebase */
  const struct vonk_timezone *local_zone; /* TIMESTAMP: what is stored are local times there; NULL: it is UTC */
  uint8_t scale_up;              /* TO_DECIMAL: digits more behind the point */
};

struct parquet_schema {
  const struct vonk_type *type;  /* STRUCT */
  struct parquet_node *fields;
  uint32_t field_count, leaf_count;
  bool has_field_ids;
  bool is_unsupported;           /* it failed, but nothing is wrong with it */
};

/* REASON is set where this fails: what in the schema is wrong, or not supported. */
bool parquet_schema_build(struct vonk_arena *arena, const struct parquet_metadata *metadata, const struct vonk_scan_options *options,
                          struct parquet_schema *out, const char **reason);
/* The one of NODES that FIELD means, by its id where OPTIONS say so and it has one, else by name. NULL: none; &parquet_node_twice: its
 * id stands at several. */
const struct parquet_node *parquet_node_find(const struct parquet_node *nodes, uint32_t count, const struct vonk_type_field *field,
                                             const struct vonk_scan_options *options);
extern const struct parquet_node parquet_node_twice;
/* parquet.field.id in the METADATA of a field, which is a small JSON object; -1: none. */
int32_t parquet_field_id(struct vonk_str metadata);

#endif
