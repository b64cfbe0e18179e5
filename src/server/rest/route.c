/* route.c: what the service answers to. */
#include "server/rest/call.h"

#define CREDENTIALS (REST_BIT(aws_access_key_id) | REST_BIT(aws_secret_access_key))
#define STORE (REST_BIT(aws_session_token) | REST_BIT(aws_region))
#define INTEGER "{\"type\": \"integer\"}"
#define TEXT "{\"type\": \"string\"}"

const struct rest_route rest_routes[] = {
    {"GET", "/api/spark/health", "State of the service and of the engine behind it.", rest_health, 0, 0,
     "\"status\": " TEXT ", \"session\": {\"type\": \"object\"}"},
    {"POST", "/api/spark/parquet/query", "Rows of a Parquet file. total_rows counts them after the filters and before the limit.", rest_query,
     CREDENTIALS | REST_BIT(bucket) | REST_BIT(key), STORE | REST_BIT(sql_query) | REST_BIT(columns) | REST_BIT(filters) | REST_BIT(limit),
     "\"data\": {\"type\": \"array\", \"items\": {\"type\": \"object\"}}, \"schema\": {\"type\": \"array\", \"items\": {\"type\": \"object\"}}, "
     "\"stats\": {\"type\": \"object\", \"properties\": {\"total_rows\": " INTEGER ", \"rows_returned\": " INTEGER ", \"num_columns\": " INTEGER
     ", \"file_path\": " TEXT "}}"},
    {"POST", "/api/spark/parquet/modify",
     "Writes what SELECT, UPDATE or DELETE make of a Parquet file. rows_affected counts the rows that an UPDATE changed, a DELETE removed, a SELECT wrote.", rest_modify,
     CREDENTIALS | REST_BIT(bucket) | REST_BIT(key) | REST_BIT(sql_modification), STORE | REST_BIT(output_key) | REST_BIT(write_mode) | REST_BIT(partition_by),
     "\"initial_rows\": " INTEGER ", \"final_rows\": " INTEGER ", \"rows_affected\": " INTEGER ", \"output_path\": " TEXT ", \"write_mode\": " TEXT},
    {"POST", "/api/spark/parquet/merge", "Writes the rows of several Parquet files as one. Schemas are united as by mergeSchema.", rest_merge,
     CREDENTIALS | REST_BIT(bucket) | REST_BIT(keys) | REST_BIT(output_key), STORE | REST_BIT(deduplicate_on),
     "\"files_merged\": " INTEGER ", \"total_rows\": " INTEGER ", \"output_path\": " TEXT},
    {"POST", "/api/spark/parquet/metadata", "Schema and number of rows of a Parquet file, from its footer.", rest_metadata,
     CREDENTIALS | REST_BIT(bucket) | REST_BIT(key), STORE,
     "\"schema\": {\"type\": \"array\", \"items\": {\"type\": \"object\"}}, \"num_columns\": " INTEGER ", \"total_rows\": " INTEGER ", \"file_path\": " TEXT},
};
const size_t rest_route_count = COUNT_OF(rest_routes);
