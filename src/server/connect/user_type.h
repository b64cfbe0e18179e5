/* user_type.h: user-defined types (UDT). The engine knows only the type a value is stored as; the classes that a client makes of
 * it are kept in the metadata of the struct's field, under a key of our own, and given back with the schema. */
#ifndef VONK_SERVER_CONNECT_USER_TYPE_H
#define VONK_SERVER_CONNECT_USER_TYPE_H

#include "wire/protobuf.h"

/* METADATA (JSON, may be empty) with the classes of the UDT message. */
struct vonk_str user_type_remember(struct vonk_arena *arena, const struct vonk_protobuf *message, struct vonk_str metadata);

struct user_type {
  struct vonk_str jvm_class, python_class, serialized_class; /* data NULL: none */
  struct vonk_str metadata;                                  /* without them */
};
/* False when METADATA knows of no user-defined type. */
bool user_type_recall(struct vonk_arena *arena, struct vonk_str metadata, struct user_type *out);

#endif
