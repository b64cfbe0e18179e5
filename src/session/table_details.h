/* table_details.h: what DESCRIBE EXTENDED says of a table, as names and values. */
#ifndef VONK_SESSION_TABLE_DETAILS_H
#define VONK_SESSION_TABLE_DETAILS_H

#include "catalog/catalog.h"
#include "session/statement.h"

/* In Spark's order; on the statement's arena. */
struct vonk_options vonk_table_details(struct vonk_statement *statement, const struct vonk_catalog_table *table);
/* OPTIONS by key. */
struct vonk_options vonk_options_sorted(struct vonk_arena *arena, struct vonk_options options);
/* OLD with CHANGES put over it or, with REMOVE, without their keys. */
struct vonk_options vonk_options_change(struct vonk_arena *arena, struct vonk_options old, struct vonk_options changes, bool remove);
/* The value of KEY; data NULL when there is none. */
struct vonk_str vonk_options_get(struct vonk_options options, struct vonk_str key);
/* "Mon Nov 23 13:00:00 UTC 2026" */
struct vonk_str vonk_time_text(struct vonk_statement *statement, int64_t millis);

#endif
