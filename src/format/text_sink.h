/* text_sink.h: files of lines: pieces are texts, compressed when they are sealed, one behind the other in the file.
 *
 * A format gives the suffix and a function that writes rows; all else is here. Codecs: gzip, zstd, bzip2, snappy, lz4 (each piece a stream
 * of its own, which readers take as one) and deflate (one stream, compressed as pieces are appended).
 */
#ifndef VONK_FORMAT_TEXT_SINK_H
#define VONK_FORMAT_TEXT_SINK_H

#include "format/sink.h"
#include "format/text_source.h"

struct vonk_text_sink_plan {
  struct vonk_sink_plan plan;
  enum vonk_stream_codec codec;
  enum vonk_encoding_name encoding;
  struct vonk_str line_end;
  struct vonk_str head;                /* of every file, line end included; empty: none */
  const void *format;                  /* the format's own; may be used by several threads */
  /* Adds the text of row ROW with its line end to OUT; ARENA is for small things and is reset behind it. */
  STATUS (*write_row)(struct vonk_task *task, const struct vonk_text_sink_plan *plan, void *state, const struct vonk_column *columns, uint32_t row,
                      struct vonk_arena *arena, struct vonk_text *out);
  /* Optional: the STATE of the thread that fills a piece. */
  STATUS (*open_state)(struct vonk_task *task, const struct vonk_text_sink_plan *plan, void **out);
  void (*close_state)(void *state);
};

/* The options compression, codec, lineSep and encoding (READER as for vonk_text_rules_read); EXTENSION is ".csv". The rest of OUT is the format's to fill in. On the task's arena. */
STATUS vonk_text_sink_plan_make(struct vonk_task *task, const struct vonk_sink_type *type, const struct vonk_sink_options *options, const char *reader, const char *extension,
                                struct vonk_text_sink_plan **out);
/* The head of a format's plan is a vonk_text_sink_plan. They are the functions of vonk_sink_type. */
STATUS vonk_text_piece_open(struct vonk_task *task, const struct vonk_sink_plan *plan, struct vonk_piece **out);
STATUS vonk_text_piece_write(struct vonk_task *task, struct vonk_piece *piece, const struct vonk_batch *batch);
STATUS vonk_text_piece_seal(struct vonk_task *task, struct vonk_piece *piece);
void vonk_text_piece_close(struct vonk_piece *piece);
STATUS vonk_text_file_open(struct vonk_task *task, const struct vonk_sink_plan *plan, struct vonk_output *output, struct vonk_writer **out);
STATUS vonk_text_file_append(struct vonk_task *task, struct vonk_writer *writer, const struct vonk_piece *piece);
STATUS vonk_text_file_finish(struct vonk_task *task, struct vonk_writer *writer, struct vonk_sink_result *out);
void vonk_text_file_abort(struct vonk_writer *writer);

/* What every format of text has the same in its vonk_sink_type. */
#define VONK_TEXT_SINK_FUNCTIONS                                                                                                        \
  .open_piece = vonk_text_piece_open, .write = vonk_text_piece_write, .seal = vonk_text_piece_seal, .close_piece = vonk_text_piece_close, \
  .open_file = vonk_text_file_open, .append = vonk_text_file_append, .finish = vonk_text_file_finish, .abort = vonk_text_file_abort

#endif
