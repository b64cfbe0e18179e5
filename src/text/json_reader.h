/* json_reader.h: JSON texts to values of a schema, as from_json and the JSON source read them.
 *
 * A field that does not convert is null and makes the record malformed; what else there is of it is kept. In lists and maps one
 * bad element makes the whole null, but structs inside keep what they can. Names of fields are matched exactly; the last of
 * equal names counts. A text that is not JSON gives no values at all.
 */
#ifndef VONK_TEXT_JSON_READER_H
#define VONK_TEXT_JSON_READER_H

#include "column/builder.h"
#include "text/json_options.h"

struct vonk_json_reader;

/* Why a record is malformed, for messages; NONE: it is not. */
enum vonk_json_fault { VONK_JSON_SOUND, VONK_JSON_SYNTAX, VONK_JSON_VALUE };

/* What one text holds: rows of the schema (one, or by a list at the top several; none for blanks). Values live until the next text. */
struct vonk_json_record {
  const struct vonk_value *rows;
  uint32_t row_count;
  enum vonk_json_fault fault;
};

/* SCHEMA is a STRUCT, ARRAY, MAP or VARIANT and is borrowed, as OPTIONS are. LISTS_AS_ROWS: a list of objects stands for several rows of
 * a STRUCT; otherwise it is malformed. A top-level field with the name of options->corrupt_name is not read, but takes the text of
 * malformed records. Raises for patterns that are none. */
STATUS vonk_json_reader_create(struct vonk_task *task, const struct vonk_json_options *options, const struct vonk_type *schema, bool lists_as_rows,
                               struct vonk_json_reader **out);
/* Takes NULL. */
void vonk_json_reader_destroy(struct vonk_json_reader *reader);
/* Whatever the mode: malformed records have at least one row, perhaps of nulls alone. */
void vonk_json_reader_read(struct vonk_json_reader *reader, struct vonk_str text, struct vonk_json_record *out);
/* The same by the mode, into BUILDER (of SCHEMA): DROPMALFORMED adds no row for a malformed record, FAILFAST raises
 * MALFORMED_RECORD_IN_PARSING. */
STATUS vonk_json_reader_add(struct vonk_task *task, struct vonk_json_reader *reader, struct vonk_str text, struct vonk_builder *builder,
                            uint32_t *row_count);

#endif
