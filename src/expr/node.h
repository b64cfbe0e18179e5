/* node.h: the one shape of all tree nodes: expressions, relations, commands, unresolved and resolved.
 *
 * A node starts with struct vonk_node, whose type names its fields (offset, kind). Walk, copy, equality, hash and print are
 * written once over those tables (node.c). Nodes live on an arena and are read-only after the pass that made them; a pass
 * copies what it changes. Trees may share nodes (plans are DAGs); a shared node is copied once per copy call.
 */
#ifndef VONK_EXPR_NODE_H
#define VONK_EXPR_NODE_H

#include "base/array.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/task.h"
#include "type/type.h"
#include "type/value.h"

enum vonk_node_class { VONK_CLASS_EXPR, VONK_CLASS_RELATION, VONK_CLASS_COMMAND };

enum vonk_field_kind {
  VONK_KIND_NODE,    /* struct vonk_node *, may be NULL */
  VONK_KIND_NODES,   /* struct vonk_nodes */
  VONK_KIND_STR,     /* struct vonk_str */
  VONK_KIND_BYTES,   /* struct vonk_str of data: deep copies share it */
  VONK_KIND_BUFFER,  /* struct vonk_buffer *, may be NULL, of which a deep copy holds a reference until its arena goes */
  VONK_KIND_NAME,    /* struct vonk_name: parts of a name, or a list of names */
  VONK_KIND_BOOL,    /* bool */
  VONK_KIND_ENUM,    /* int32_t */
  VONK_KIND_INT,     /* int64_t */
  VONK_KIND_REAL,    /* double */
  VONK_KIND_TYPE,    /* const struct vonk_type *, may be NULL */
  VONK_KIND_VALUE,   /* struct vonk_value */
  VONK_KIND_OPTIONS, /* struct vonk_options */
  VONK_KIND_ID,      /* uint64_t column id */
  VONK_KIND_IDS,     /* struct vonk_ids */
  VONK_KIND_POINTER, /* const void *, borrowed; equal when identical */
};

struct vonk_name {
  const struct vonk_str *parts;
  uint32_t count;
};
/* `a`.`b`; and `a`, `b`: as messages show a name, and a list of names. */
struct vonk_str vonk_name_quote(struct vonk_arena *arena, struct vonk_name name);
struct vonk_str vonk_name_list(struct vonk_arena *arena, struct vonk_name names);
struct vonk_option {
  struct vonk_str key, value;
};
struct vonk_options {
  const struct vonk_option *items;
  uint32_t count;
};
struct vonk_ids {
  const uint64_t *items;
  uint32_t count;
};
struct vonk_node;
struct vonk_nodes {
  struct vonk_node **items;
  uint32_t count;
};

struct vonk_field {
  const char *name;
  uint16_t offset;
  uint8_t kind;
  bool hidden;       /* left out of equality and hash (plan ids, id values) */
};

struct vonk_node_type {
  const char *name;  /* as in Spark Connect where it exists: "unresolved_attribute", "filter" */
  enum vonk_node_class node_class;
  bool own;          /* not in Spark Connect's vocabulary */
  uint32_t size;
  const struct vonk_field *fields;
  uint32_t field_count;
};

struct vonk_node {
  const struct vonk_node_type *type;
  const struct vonk_origin *origin; /* may be NULL */
  int64_t plan_id;                  /* of the protocol; -1 = none */
};

#define VONK_FIELD(struct_name, member, field_kind) {#member, offsetof(struct struct_name, member), field_kind, false}
#define VONK_FIELD_HIDDEN(struct_name, member, field_kind) {#member, offsetof(struct struct_name, member), field_kind, true}

/* A zeroed node of TYPE on ARENA. */
struct vonk_node *vonk_node_create(struct vonk_arena *arena, const struct vonk_node_type *type, const struct vonk_origin *origin);

/* Calls VISIT for each direct child of NODE, in field order. */
typedef STATUS vonk_node_visit(void *object, struct vonk_node *child);
STATUS vonk_node_children(const struct vonk_node *node, vonk_node_visit *visit, void *object);

/* Bottom-up rewrite: children first, then REWRITE(object, node) gives the node to stand there (the same to keep). NODE and
 * below are not changed; what changes is copied. INTO_SUBPLANS: relations inside expressions too. */
typedef STATUS vonk_node_rewrite(void *object, struct vonk_node *node, struct vonk_node **out);
STATUS vonk_node_transform(struct vonk_task *task, struct vonk_node *node, bool into_subplans, vonk_node_rewrite *rewrite,
                           void *object, struct vonk_node **out);
/* NODE with MAP applied to each direct child, also relations inside expressions: a copy when a child changed. From the top
 * down: MAP calls this again for what is below. */
STATUS vonk_node_map_children(struct vonk_arena *arena, struct vonk_node *node, vonk_node_rewrite *map, void *object, struct vonk_node **out);
/* Deep copy on ARENA, which keeps nothing of the memory that NODE stands on, but for what its BYTES and POINTER fields point at. */
struct vonk_node *vonk_node_copy(struct vonk_arena *arena, const struct vonk_node *node);
/* One node, same children. */
struct vonk_node *vonk_node_clone(struct vonk_arena *arena, const struct vonk_node *node);
struct vonk_name vonk_name_copy(struct vonk_arena *arena, struct vonk_name name);
struct vonk_options vonk_options_copy(struct vonk_arena *arena, struct vonk_options options);
/* Canonical: origins, plan ids and hidden fields do not count; column ids count by value. */
bool vonk_node_equal(const struct vonk_node *a, const struct vonk_node *b);
uint64_t vonk_node_hash(const struct vonk_node *node);
/* Debug text, one line for expressions, an indented tree for relations. */
struct vonk_str vonk_node_print(struct vonk_arena *arena, const struct vonk_node *node);

enum { VONK_NODE_DEPTH_MAX = 2000 }; /* checked at the doors (parser, decoder) */

#endif
