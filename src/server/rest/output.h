/* output.h: the rows of a request as an object, or as folders below a prefix. */
#ifndef VONK_SERVER_REST_OUTPUT_H
#define VONK_SERVER_REST_OUTPUT_H

#include "server/rest/source.h"

struct rest_output {
  struct vonk_str path;                /* "s3a://bucket/key" */
  struct vonk_relation *query;         /* whose rows are written */
  const struct vonk_type *schema;      /* that rows are cast to as an UPDATE does; NULL: as they are */
};

/* By the request's write_mode and partition_by. *ROW_COUNT: rows of the query. Raises PATH_ALREADY_EXISTS. */
STATUS rest_output_write(struct rest_call *call, struct vonk_statement *statement, const struct rest_output *output, uint64_t *row_count);

#endif
