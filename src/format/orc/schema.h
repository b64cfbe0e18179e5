/* schema.h: a file's types as a tree of nodes with Spark's types, and as the types that somebody wants.
 *
 * Spark notes its own type beside one that ORC does not know (spark.sql.catalyst.type); CHAR and VARCHAR are read as STRING.
 */
#ifndef VONK_FORMAT_ORC_SCHEMA_H
#define VONK_FORMAT_ORC_SCHEMA_H

#include "format/orc/metadata.h"
#include "format/scan.h"

/* Beside enum orc_kind: a field that the file has not, null in all rows. */
enum { ORC_MISSING = -1 };

struct orc_node {
  struct vonk_str name;
  uint32_t column;               /* id of its type in the file */
  int32_t kind;                  /* enum orc_kind, or ORC_MISSING */
  const struct orc_type *stored;
  const struct vonk_type *type;  /* what columns hold; NULL: it cannot be read (union) */
  const struct vonk_type *own;   /* what is stored, when TYPE is another that it is converted to (convert.h); else as TYPE */
  struct orc_node *children;
  uint32_t child_count;
};

struct orc_schema {
  const struct vonk_type *type;  /* STRUCT of the fields that can be read */
  struct orc_node *fields;
  uint32_t field_count;
  const struct orc_node *unreadable; /* the first node at any depth without a type; NULL: none */
  bool is_positional;            /* its fields have no names of their own (_col0, ...) */
};

/* False when the root is no struct. Memory on ARENA. */
bool orc_schema_build(struct vonk_arena *arena, const struct orc_metadata *metadata, struct orc_schema *out);
/* The one of NODES called NAME; NULL: none; &orc_node_twice: several, letters without case. */
const struct orc_node *orc_node_find(const struct orc_node *nodes, uint32_t count, struct vonk_str name, bool case_sensitive);
extern const struct orc_node orc_node_twice;
/* NODE read as WANTED, on ARENA: fields matched by name, values converted. NULL when that is not possible. */
const struct orc_node *orc_node_adapt(struct vonk_arena *arena, const struct orc_node *node, const struct vonk_type *wanted, bool case_sensitive);

#endif
