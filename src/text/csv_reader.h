/* csv_reader.h: CSV records to columns of a schema, as Spark's CSV source and from_csv read them.
 *
 * A value that its column's type does not take is null and makes the record malformed, as a wrong number of values does; what else there is of
 * the record is kept.
 */
#ifndef VONK_TEXT_CSV_READER_H
#define VONK_TEXT_CSV_READER_H

#include "column/batch.h"
#include "text/csv_options.h"

struct vonk_csv_reader;

/* Reads the fields WANTED of the struct SCHEMA; the one with the name of options->corrupt_name (a string) has no value in records, but takes
 * the text of malformed ones. OPTIONS and SCHEMA are borrowed. Raises for patterns that are none. */
STATUS vonk_csv_reader_open(struct vonk_task *task, const struct vonk_csv_options *options, const struct vonk_type *schema, const uint32_t *wanted,
                            uint32_t wanted_count, struct vonk_csv_reader **out);
/* Takes NULL. */
void vonk_csv_reader_close(struct vonk_csv_reader *reader);

/* COUNT records, at most VONK_BATCH_ROWS, as OUT's columns in the order of WANTED; a record that the mode drops is a row that is not live.
 * 64 bytes behind the last record must be readable when they are PADDED. Columns point into the records and the reader. Raises
 * MALFORMED_RECORD_IN_PARSING where the mode is FAILFAST. */
STATUS vonk_csv_reader_read(struct vonk_task *task, struct vonk_csv_reader *reader, const struct vonk_str *records, uint32_t count, bool padded,
                            struct vonk_batch *out);
/* Records that may hold line ends: those at the start of TEXT, at most VONK_BATCH_ROWS; how many bytes they are in USED. */
STATUS vonk_csv_reader_read_text(struct vonk_task *task, struct vonk_csv_reader *reader, struct vonk_str text, size_t *used, struct vonk_batch *out);

#endif
