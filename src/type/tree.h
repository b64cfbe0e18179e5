/* tree.h: a schema drawn as a tree, as DataFrame.printSchema does. */
#ifndef VONK_TYPE_TREE_H
#define VONK_TYPE_TREE_H

#include "type/type.h"

/* "root\n |-- a: integer (nullable = true)\n", for a STRUCT. LEVELS of nesting at the most; 0: all. */
struct vonk_str vonk_type_tree(struct vonk_arena *arena, const struct vonk_type *schema, uint32_t levels);

#endif
