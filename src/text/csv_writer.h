/* csv_writer.h: rows of columns as CSV records, as to_csv and the CSV source write them. */
#ifndef VONK_TEXT_CSV_WRITER_H
#define VONK_TEXT_CSV_WRITER_H

#include "column/column.h"
#include "text/csv_options.h"

struct vonk_csv_writer;

/* Writes the fields of the struct SCHEMA, which is borrowed as OPTIONS are. On ARENA; may be used by several threads. Raises for patterns that
 * are none. */
STATUS vonk_csv_writer_create(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_csv_options *options, const struct vonk_type *schema,
                              const struct vonk_csv_writer **out);
/* Adds row ROW of COLUMNS, one for each field, to OUT, without a line end. ARENA is for small things. */
void vonk_csv_writer_row(const struct vonk_csv_writer *writer, const struct vonk_column *columns, uint32_t row, struct vonk_arena *arena, struct vonk_text *out);
/* The names of the fields as a record. */
void vonk_csv_writer_header(const struct vonk_csv_writer *writer, struct vonk_text *out);

#endif
