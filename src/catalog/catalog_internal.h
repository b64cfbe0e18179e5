/* catalog_internal.h: what the catalog's files share. */
#ifndef VONK_CATALOG_CATALOG_INTERNAL_H
#define VONK_CATALOG_CATALOG_INTERNAL_H

#include "base/map.h"
#include "base/thread.h"
#include "catalog/catalog.h"
#include "fs/fs.h"

struct vonk_catalog {
  struct vonk_arena *arena;
  struct vonk_str warehouse;       /* without scheme, no slash at the end */
  struct vonk_mutex mutex;         /* of global_views and its arena */
  struct vonk_map global_views;    /* struct vonk_catalog_table by lower-case name */
};

struct vonk_catalog_session {
  struct vonk_arena *arena;
  struct vonk_catalog *catalog;
  struct vonk_map views;           /* temporary ones */
  struct vonk_str database;        /* the current one, in lower case */
  struct vonk_str database_given;  /* the same as USE named it */
};

/* Deep copy. */
struct vonk_catalog_table *catalog_copy_table(struct vonk_arena *arena, const struct vonk_catalog_table *table);

/* metadata.c: descriptions as JSON texts. */
struct vonk_str catalog_write_table(struct vonk_arena *arena, const struct vonk_catalog_table *table);
/* False for text that is no description. */
bool catalog_read_table(struct vonk_arena *arena, struct vonk_str text, struct vonk_catalog_table *out);
struct vonk_str catalog_write_database(struct vonk_arena *arena, const struct vonk_catalog_database *database);
bool catalog_read_database(struct vonk_arena *arena, struct vonk_str text, struct vonk_catalog_database *out);

/* warehouse.c: the files. *OUT NULL when there is none. */
STATUS catalog_load_table(struct vonk_task *task, const struct vonk_catalog *catalog, struct vonk_str database, struct vonk_str name,
                          const struct vonk_catalog_table **out);
STATUS catalog_save_table(struct vonk_task *task, const struct vonk_catalog *catalog, const struct vonk_catalog_table *table);
STATUS catalog_delete_table(struct vonk_task *task, const struct vonk_catalog *catalog, struct vonk_str database, struct vonk_str name);
STATUS catalog_list_tables(struct vonk_task *task, const struct vonk_catalog *catalog, struct vonk_str database, struct vonk_catalog_tables *out);

#endif
