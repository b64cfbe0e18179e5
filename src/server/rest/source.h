/* source.h: what a request reads, as unresolved relations. */
#ifndef VONK_SERVER_REST_SOURCE_H
#define VONK_SERVER_REST_SOURCE_H

#include "plan/relation.h"
#include "server/rest/call.h"
#include "session/query.h"

/* "s3a://bucket/key". */
struct vonk_str rest_source_path(struct vonk_arena *arena, const struct rest_request *request, struct vonk_str key);
/* The rows of the Parquet files at PATHS. */
struct vonk_relation *rest_source_read(struct vonk_arena *arena, struct vonk_name paths);
/* INPUT as the request's filters and columns leave it. */
STATUS rest_source_narrow(struct vonk_statement *statement, const struct rest_request *request, struct vonk_relation *input, struct vonk_relation **out);
/* The statement SQL, one of SELECT, UPDATE, DELETE. Raises REST_STATEMENT_NOT_ALLOWED for others. */
STATUS rest_source_parse(struct vonk_statement *statement, struct vonk_str sql, struct vonk_node **out);
/* QUERY, in whose text data_table means TABLE. */
struct vonk_relation *rest_source_with_table(struct vonk_arena *arena, struct vonk_relation *table, struct vonk_relation *query);
struct vonk_relation *rest_source_limit(struct vonk_arena *arena, struct vonk_relation *input, int64_t count);
/* The number of INPUT's rows. */
STATUS rest_source_count(struct rest_call *call, struct vonk_relation *input, int64_t *out);

#endif
