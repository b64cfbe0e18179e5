/* text_source.h: the bytes of files of text, as windows of whole lines.
 *
 * A unit of an uncompressed file is a range of its bytes and owns the lines that begin in it: behind its first byte, at its last or right
 * behind that (the first unit of a file: also at its first byte), as Hadoop shares lines out. Compressed files, files in another
 * encoding than UTF-8 and files that are read as a whole are one unit. Lines end with \n, \r\n or \r, or with what lineSep says.
 */
#ifndef VONK_FORMAT_TEXT_SOURCE_H
#define VONK_FORMAT_TEXT_SOURCE_H

#include "format/scan.h"
#include "fs/fs.h"
#include "wire/unpack_stream.h"

enum vonk_encoding_name { VONK_ENCODING_UTF8, VONK_ENCODING_LATIN1, VONK_ENCODING_ASCII, VONK_ENCODING_UTF16, VONK_ENCODING_UTF16BE, VONK_ENCODING_UTF16LE,
                          VONK_ENCODING_UTF32, VONK_ENCODING_UTF32BE, VONK_ENCODING_UTF32LE };

/* How the files of a scan are cut. */
struct vonk_text_rules {
  enum vonk_encoding_name encoding;
  struct vonk_str line_end;            /* empty: \n, \r\n or \r */
  bool is_whole;                       /* records may be longer than lines: the window is the whole file */
};

/* The option lineSep: data NULL when it is not given; it is never empty. */
STATUS vonk_text_line_end(struct vonk_task *task, const struct vonk_option *items, uint32_t count, struct vonk_str *out);
/* The options lineSep, encoding and charset. READER (CSVOptions) is what Spark calls them by. Raises INVALID_PARAMETER_VALUE.CHARSET for an encoding that Spark does not take. */
STATUS vonk_text_rules_read(struct vonk_task *task, const char *reader, const struct vonk_option *items, uint32_t count, struct vonk_text_rules *out);

/* The units of SPEC's files, for a scan that has them on ARENA; answers NONE to every filter. */
void vonk_text_units(struct vonk_arena *arena, const struct vonk_text_rules *rules, struct vonk_scan *scan);

struct vonk_text_source {
  const char *data;                    /* the window: whole lines, their ends included; the last of a file may lack its end */
  size_t size;
  bool at_end;                         /* nothing comes behind the window */
  /* Its own. */
  const struct vonk_text_rules *rules;
  struct vonk_budget *budget;
  struct vonk_file *file;
  struct vonk_unpack_stream *unpack;   /* NULL: plain */
  struct vonk_buffer *packed, *coded;  /* bytes of the file; bytes in its encoding */
  size_t packed_at, coded_at;
  struct vonk_buffer *buffer;          /* holds the window and what was read behind it */
  uint64_t file_at;                    /* of the next byte to read */
  uint64_t start, end;                 /* of the unit, in the file */
  uint64_t buffer_at;                  /* of the buffer's first byte, in the file (plain) */
  bool at_file_end, began, swap;       /* swap: UTF-16 or UTF-32 turned out to be little-endian */
};

/* Only the start of the file at PATH when LIMIT is not 0: for schemas. */
STATUS vonk_text_source_open(struct vonk_task *task, const struct vonk_text_rules *rules, const struct vonk_scan_file *file, uint64_t start, uint64_t end,
                             struct vonk_text_source *out);
/* The range of UNIT in its file. */
void vonk_text_unit_range(const struct vonk_scan *scan, const struct vonk_text_rules *rules, uint32_t unit, uint64_t *start, uint64_t *end);
/* Drops USED bytes at the window's start and reads more when little is left. Without a line in the window afterwards there is none: at_end. */
STATUS vonk_text_source_next(struct vonk_task *task, struct vonk_text_source *source, size_t used);
/* Also when open failed; takes zeroed ones. */
void vonk_text_source_close(struct vonk_text_source *source);

/* The lines of TEXT without their ends, at most COUNT; how many bytes they are with them in USED. */
uint32_t vonk_text_lines(const struct vonk_text_rules *rules, struct vonk_str text, struct vonk_str *lines, uint32_t count, size_t *used);

#endif
