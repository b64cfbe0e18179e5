/* describe_columns.h: the answer that all forms of DESCRIBE share: col_name, data_type, comment, padded by spark-sql. */
#ifndef VONK_SESSION_DESCRIBE_COLUMNS_H
#define VONK_SESSION_DESCRIBE_COLUMNS_H

#include "session/statement.h"

void vonk_describe_head(struct vonk_statement *statement);
/* A row each for the fields of SCHEMA. */
void vonk_describe_fields(struct vonk_statement *statement, const struct vonk_type *schema);

#endif
