/* column.h: the values of one column of a batch.
 *
 * Encodings: FLAT (one entry a row), CONST (one entry for all rows), DICT (a code a row into a shared dictionary).
 * Physical layout of FLAT data by logical type:
 *   BOOL    bit i of little-endian 64-bit words          BOOLEAN
 *   I8 I16 I32 I64 I128                                  integers, DATE (I32), TIMESTAMPs, TIME, DT interval (I64), YM (I32),
 *                                                        DECIMAL at the narrowest of I32/I64/I128 that is proven enough
 *   F32 F64                                              FLOAT, DOUBLE
 *   VIEW    struct vonk_view, 16 bytes                   STRING, BINARY
 *   INTERVAL struct vonk_interval, 16 bytes              CalendarInterval
 *   LIST    struct vonk_list {offset, length} into children[0] (ARRAY), or children[0] keys and children[1] values (MAP)
 *   STRUCT  children[field], same row count; VARIANT is a STRUCT of two BINARY children (metadata, value)
 *   NONE    VOID: all null
 * A column may travel narrower or wider than its type's default (integers and decimals only): `physical` rules, and readers
 * widen on demand with vonk_column_widen.
 *
 * Validity: bit i set = row i not null; `valid` NULL = no nulls. For CONST it is bit 0. For DICT it is by row: dictionary
 * entries are never null. Bits and data behind row_count, and data of null rows, are undefined but readable and initialised.
 * Below a null STRUCT row each child's row is null or a proper value.
 * Every data and validity pointer may be read up to the next multiple of 64 rows (buffers are padded).
 *
 * Ownership: a column borrows; what keeps its memory alive is in `owners` of the batch or the evaluator's registers, and is
 * valid until the producer's next call unless retained (batch.h).
 */
#ifndef VONK_COLUMN_COLUMN_H
#define VONK_COLUMN_COLUMN_H

#include "base/buffer.h"
#include "base/task.h"
#include "type/type.h"
#include "type/value.h"

/* Rows of a batch at the most; a multiple of 64. Tests build with tiny ones. */
#ifndef VONK_BATCH_ROWS
#define VONK_BATCH_ROWS 2048
#endif
_Static_assert(VONK_BATCH_ROWS % 64 == 0 && VONK_BATCH_ROWS <= 65536, "batch rows are whole mask words, indexes fit 16 bits");
enum { VONK_BATCH_WORDS = VONK_BATCH_ROWS / 64 };

enum vonk_encoding { VONK_FLAT, VONK_CONST, VONK_DICT };

enum vonk_physical {
  VONK_PHYSICAL_NONE,
  VONK_PHYSICAL_BOOL,
  VONK_PHYSICAL_I8,
  VONK_PHYSICAL_I16,
  VONK_PHYSICAL_I32,
  VONK_PHYSICAL_I64,
  VONK_PHYSICAL_I128,
  VONK_PHYSICAL_F32,
  VONK_PHYSICAL_F64,
  VONK_PHYSICAL_VIEW,
  VONK_PHYSICAL_INTERVAL,
  VONK_PHYSICAL_LIST,
  VONK_PHYSICAL_STRUCT,
  VONK_PHYSICAL_COUNT
};

/* A string view: up to 12 bytes inline (rest zero), else the first 4 bytes and a pointer. Two views of equal length <= 12
 * are equal when their 16 bytes are; the first 8 bytes (length and prefix) decide most other comparisons. */
struct vonk_view {
  uint32_t size;
  union {
    char inlined[12];
    struct {
      char prefix[4];
      const char *pointer;
    } __attribute__((packed));
  };
};
_Static_assert(sizeof(struct vonk_view) == 16, "a view is 16 bytes");
enum { VONK_VIEW_INLINE = 12 };

static inline const char *vonk_view_data(const struct vonk_view *view) {
  return view->size <= VONK_VIEW_INLINE ? view->inlined : view->pointer;
}
static inline struct vonk_str vonk_view_str(const struct vonk_view *view) {
  return (struct vonk_str){vonk_view_data(view), view->size};
}
/* Makes the view in place; DATA must outlive it when longer than 12 bytes. The whole is put together in registers and stored as two words:
 * bytes written one by one and read back as words stall the processor. */
static inline void vonk_view_put(struct vonk_view *out, const char *data, uint32_t size) {
  uint64_t words[2] = {0, 0};
  if (size > VONK_VIEW_INLINE) {
    uint32_t prefix;
    memcpy(&prefix, data, 4);
    words[0] = (uint64_t)prefix << 32;
    words[1] = (uint64_t)(uintptr_t)data;
  } else if (size >= 4) {
    uint32_t first, last;
    uint32_t middle = 0;
    memcpy(&first, data, 4);
    memcpy(&last, data + size - 4, 4);
    if (size >= 8) memcpy(&middle, data + 4, 4);
    words[0] = (uint64_t)first << 32;
    words[1] = size > 8 ? middle | (uint64_t)last << 8 * (size - 8) : (uint64_t)last >> 8 * (8 - size);
  } else if (size) {
    uint64_t first = (unsigned char)data[0], middle = (unsigned char)data[size / 2], last = (unsigned char)data[size - 1];
    words[0] = (first | middle << 8 * (size / 2) | last << 8 * (size - 1)) << 32;
  }
  words[0] |= size;
  memcpy((char *)out, &words[0], 8);
  memcpy((char *)out + 8, &words[1], 8);
}
static inline struct vonk_view vonk_view_make(const char *data, uint32_t size) {
  struct vonk_view view;
  vonk_view_put(&view, data, size);
  return view;
}

struct vonk_list {
  uint32_t offset, length;
};

/* Distinct entries shared by many batches (a Parquet dictionary page, a computed function of one). Counted. Entries are a
 * FLAT column without nulls. */
struct vonk_dictionary;

struct vonk_column {
  const struct vonk_type *type;
  uint8_t encoding;              /* enum vonk_encoding */
  uint8_t physical;              /* enum vonk_physical, of data (FLAT, CONST) or of the dictionary's entries (DICT) */
  const uint64_t *valid;         /* NULL = no nulls */
  const void *data;              /* FLAT: by row; CONST: entry 0; unused for DICT and STRUCT */
  const uint32_t *codes;         /* DICT: by row, each < entry count; rows that are null hold any valid code */
  struct vonk_dictionary *dictionary; /* DICT; borrowed like data */
  struct vonk_column *children;  /* LIST, STRUCT; LIST children have child_count rows and may exceed VONK_BATCH_ROWS */
  uint32_t child_count;          /* rows of a LIST's children */
};

struct vonk_dictionary {
  atomic_uint references;
  uint64_t id;                   /* unique in the process: key of caches by (expression, dictionary) */
  uint32_t entry_count;
  bool unique, sorted;           /* what is known of the entries; false = not known */
  struct vonk_column entries;    /* FLAT, no nulls, entry_count rows */
  struct vonk_buffer *buffers[4];/* retained; data of entries, string bytes */
  struct vonk_buffer *memory;    /* this struct lies in it */
};

/* Takes over one reference of each buffer (NULL allowed). */
STATUS vonk_dictionary_create(struct vonk_task *task, const struct vonk_column *entries, uint32_t entry_count,
                              struct vonk_buffer *const buffers[], int buffer_count, struct vonk_dictionary **out);
static inline struct vonk_dictionary *vonk_dictionary_retain(struct vonk_dictionary *d) {
  if (d) atomic_fetch_add_explicit(&d->references, 1, memory_order_relaxed);
  return d;
}
void vonk_dictionary_release(struct vonk_dictionary *dictionary);

/* The default physical type of a logical type (DECIMAL: I32 to 9 digits, I64 to 18, else I128); bytes a value; 0 for BOOL, NONE, STRUCT. */
enum vonk_physical vonk_physical_of(const struct vonk_type *type);
extern const uint8_t vonk_physical_size[VONK_PHYSICAL_COUNT];

/* The columns below a nested one: ARRAY 1, MAP 2 (key, value), STRUCT its fields, VARIANT 2 (metadata, value), else 0. */
uint32_t vonk_type_child_count(const struct vonk_type *type);
const struct vonk_type *vonk_type_child(const struct vonk_type *type, uint32_t child);

static inline bool vonk_column_row_valid(const struct vonk_column *c, uint32_t row) {
  uint32_t i = c->encoding == VONK_CONST ? 0 : row;
  return c->physical != VONK_PHYSICAL_NONE && (!c->valid || (c->valid[i >> 6] >> (i & 63) & 1));
}
/* The index of ROW in data: 0 for CONST, the code for DICT. For DICT the data is dictionary->entries.data. */
static inline uint32_t vonk_column_index(const struct vonk_column *c, uint32_t row) {
  return c->encoding == VONK_FLAT ? row : c->encoding == VONK_CONST ? 0 : c->codes[row];
}
static inline const void *vonk_column_values(const struct vonk_column *c) {
  return c->encoding == VONK_DICT ? c->dictionary->entries.data : c->data;
}
/* One row as a scalar, for printing, constants and tests; text and items are copied to ARENA. */
struct vonk_value vonk_column_get(const struct vonk_column *column, uint32_t row, struct vonk_arena *arena);
/* A CONST column of VALUE, memory on ARENA. */
struct vonk_column vonk_column_const(struct vonk_arena *arena, const struct vonk_value *value);

#endif
