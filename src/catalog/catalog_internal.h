/* catalog_internal.h: what the catalog's files share. */
#ifndef VONK_CATALOG_CATALOG_INTERNAL_H
#define VONK_CATALOG_CATALOG_INTERNAL_H

#include "base/map.h"
#include "base/thread.h"
#include "catalog/catalog.h"
#include "fs/fs.h"

/* Temporary views by name; safe for several threads. */
struct temporary_views {
  struct vonk_mutex mutex;
  struct vonk_map map;             /* const struct vonk_catalog_table, with memory of its own */
};

struct vonk_catalog {
  struct vonk_arena *arena;
  struct vonk_str warehouse;       /* without scheme, no slash at the end */
  struct temporary_views views;    /* global ones */
  struct vonk_footer_cache *footers; /* both borrowed */
  struct vonk_page_cache *pages;
};

struct vonk_catalog_session {
  struct vonk_arena *arena;
  struct vonk_catalog *catalog;
  struct temporary_views views;
  struct vonk_mutex mutex;         /* of what follows */
  struct vonk_str database;        /* the current one, in lower case */
  struct vonk_str database_given;  /* the same as USE named it */
};
/* The current database, in lower case. */
struct vonk_str catalog_database(struct vonk_catalog_session *session);

/* temporary.c */
void temporary_init(struct temporary_views *views, struct vonk_arena *arena);
void temporary_deinit(struct temporary_views *views);
/* The view of NAME, kept until the task's arena goes; NULL when there is none. */
const struct vonk_catalog_table *temporary_find(struct vonk_task *task, struct temporary_views *views, struct vonk_str name);
/* False when there is one and it is not to be replaced. */
bool temporary_put(struct temporary_views *views, const struct vonk_catalog_table *view, bool replace);
bool temporary_remove(struct temporary_views *views, struct vonk_str name);
/* TO, which nobody else sees yet, gets FROM's. */
void temporary_share(struct temporary_views *from, struct temporary_views *to);
/* All of them, by name, behind what OUT holds. */
void temporary_list(struct vonk_task *task, struct temporary_views *views, struct vonk_catalog_tables *out);

/* Deep copy. */
struct vonk_catalog_table *catalog_copy_table(struct vonk_arena *arena, const struct vonk_catalog_table *table);

/* metadata.c: descriptions as JSON texts. */
struct vonk_str catalog_write_table(struct vonk_arena *arena, const struct vonk_catalog_table *table);
/* False for text that is no description. */
bool catalog_read_table(struct vonk_arena *arena, struct vonk_str text, struct vonk_catalog_table *out);
struct vonk_str catalog_write_database(struct vonk_arena *arena, const struct vonk_catalog_database *database);
bool catalog_read_database(struct vonk_arena *arena, struct vonk_str text, struct vonk_catalog_database *out);
struct vonk_str catalog_write_function(struct vonk_arena *arena, const struct vonk_catalog_function *function);
bool catalog_read_function(struct vonk_arena *arena, struct vonk_str text, struct vonk_catalog_function *out);

/* warehouse.c: the files. *OUT NULL when there is none. */
STATUS catalog_load_table(struct vonk_task *task, const struct vonk_catalog *catalog, struct vonk_str database, struct vonk_str name,
                          const struct vonk_catalog_table **out);
STATUS catalog_save_table(struct vonk_task *task, const struct vonk_catalog *catalog, const struct vonk_catalog_table *table);
STATUS catalog_delete_table(struct vonk_task *task, const struct vonk_catalog *catalog, struct vonk_str database, struct vonk_str name);
STATUS catalog_list_tables(struct vonk_task *task, const struct vonk_catalog *catalog, struct vonk_str database, struct vonk_catalog_tables *out);

#endif
