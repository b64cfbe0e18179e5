/* read_internal.h: the steps of a reader: match.c finds out what fits, compile.c makes them, read.c runs them. */
#ifndef VONK_AVRO_READ_INTERNAL_H
#define VONK_AVRO_READ_INTERNAL_H

#include "avro/read.h"

/* By what is in the bytes. */
enum avro_step_kind {
  AVRO_STEP_NULL,
  AVRO_STEP_BOOLEAN,
  AVRO_STEP_INT,
  AVRO_STEP_LONG,
  AVRO_STEP_FLOAT,
  AVRO_STEP_DOUBLE,
  AVRO_STEP_BYTES,
  AVRO_STEP_FIXED,
  AVRO_STEP_DECIMAL,                   /* bytes, or fixed when IS_FIXED */
  AVRO_STEP_ENUM,
  AVRO_STEP_RECORD,
  AVRO_STEP_ARRAY,
  AVRO_STEP_MAP,
  AVRO_STEP_UNION,
  AVRO_STEP_MEMBER,                    /* one branch of a union that is a STRUCT of its branches */
  AVRO_STEP_FAIL,
};

/* What numbers become. */
enum avro_target {
  AVRO_TO_I32,
  AVRO_TO_I64,
  AVRO_TO_FLOAT,
  AVRO_TO_DOUBLE,
  AVRO_TO_FLOAT_DOUBLE,                /* by way of a float */
  AVRO_TO_DATE,
  AVRO_TO_MICROS,                      /* of a TIMESTAMP */
  AVRO_TO_MICROS_OF_MILLIS,
  AVRO_TO_LOCAL_OF_MILLIS,
  AVRO_TO_DAYS_OF_MILLIS,
  AVRO_TO_NANOS_OF_MICROS,
  AVRO_TO_DECIMAL,
};

enum { AVRO_NOT_NULLABLE = 0xFF };

struct avro_step;

/* What is done for a field, in the order of the bytes; behind them, what the bytes do not have. */
struct avro_action {
  enum { AVRO_READ_FIELD, AVRO_SKIP_FIELD, AVRO_DEFAULT_FIELD, AVRO_NULL_FIELD } kind;
  const struct avro_step *step;        /* READ, DEFAULT */
  const struct vonk_avro_schema *schema; /* SKIP */
  struct vonk_str bytes;               /* DEFAULT; followed by VONK_AVRO_PADDING */
  struct vonk_builder *to;             /* NULL_FIELD */
};

struct avro_step {
  uint8_t kind, target;
  uint8_t null_byte, value_byte;       /* of a union with null: its index as it is written; AVRO_NOT_NULLABLE */
  bool is_fixed, is_java_string;
  uint32_t size;                       /* FIXED; MEMBER: the field; UNION: of branches */
  struct vonk_builder *to;
  union {
    struct {
      const struct avro_action *actions; /* RECORD */
      uint32_t action_count;
    };
    struct {
      const struct avro_step *item;    /* ARRAY, MAP, MEMBER */
      const struct vonk_avro_schema *item_schema;
    };
    const struct avro_step *const *branches; /* UNION */
    struct {
      const struct vonk_view *symbols; /* ENUM: by the writer's index; size UINT32_MAX: the reader has no such */
      uint32_t symbol_count;
    };
    struct {
      int32_t precision, scale;        /* DECIMAL: of the bytes */
    };
    struct vonk_str problem;           /* FAIL */
  };
};

/* An entry of a map that is being put in order. */
struct avro_entry {
  struct vonk_str key;
  const uint8_t *value;
};

struct vonk_avro_reader {
  struct vonk_arena *arena;            /* holds this struct and its steps */
  struct vonk_task *task;              /* of the call under way */
  const struct vonk_avro_read_spec *spec;
  struct vonk_builder builder;
  struct vonk_builder *places;         /* the wanted columns' builders when the root is a STRUCT */
  const struct avro_step *root;
  const uint8_t *end;
  struct vonk_buffer *entries;         /* of maps: a stack of struct avro_entry */
  struct vonk_buffer *slots, *order;
  uint32_t entry_count;
  int64_t zero_items;                  /* items without bytes, in this call: their number bounds the work */
  uint32_t step_count;
  enum vonk_avro_outcome outcome;
  struct vonk_str problem;
};

/* Why TYPE (of which only SPEC's columns count) cannot be read from SCHEMA (the reader's); data is NULL when it can. */
struct vonk_str avro_match_type(struct vonk_arena *arena, const struct vonk_avro_read_spec *spec, const struct vonk_avro_schema *schema, const struct vonk_type *type);
/* The field of RECORD that field INDEX of TYPE is read from; NULL when there is none. Several: PROBLEM is set. */
const struct vonk_avro_field *avro_match_field(struct vonk_arena *arena, const struct vonk_avro_read_spec *spec, const struct vonk_avro_schema *record,
                                               const struct vonk_type *type, uint32_t index, struct vonk_str *problem);
/* The branch of the reader's union that values of WRITER go to; -1: none. */
int avro_match_branch(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader);
/* May values of WRITER (no union) become those of READER (no union)? Only these themselves are looked at, not what is in them. */
bool avro_match_kinds(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader);
/* The reader's field that a field of the writer's becomes, by name or alias; NULL: none. */
const struct vonk_avro_field *avro_match_writer_field(const struct vonk_avro_schema *reader, const struct vonk_avro_field *field);
/* Can no value of WRITER be read by READER? */
bool avro_match_never(const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader);

/* The step that reads WRITER's values by READER into TO, whose type has been matched with READER. */
const struct avro_step *avro_compile(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader, struct vonk_builder *to);
/* The root of a STRUCT of which only some fields are wanted: PLACES[i] is the builder of field i of TYPE, or NULL. */
const struct avro_step *avro_compile_record(struct vonk_avro_reader *r, const struct vonk_avro_schema *writer, const struct vonk_avro_schema *reader,
                                            const struct vonk_type *type, struct vonk_builder *const *places, struct vonk_builder *to);

/* Behind the value at AT; NULL when it is malformed, and the reader says how. */
const uint8_t *avro_skip(struct vonk_avro_reader *r, const struct vonk_avro_schema *schema, const uint8_t *at, int depth);
const uint8_t *avro_read(struct vonk_avro_reader *r, const struct avro_step *step, const uint8_t *at);
const uint8_t *avro_read_map(struct vonk_avro_reader *r, const struct avro_step *step, const uint8_t *at);
/* Sets the problem, unless there is one; NULL. */
const uint8_t *avro_fail(struct vonk_avro_reader *r, enum vonk_avro_outcome outcome, const char *problem);

/* Zigzag of at most 64 bits; NULL when it is longer. Reads beyond the end, into the padding. */
static inline const uint8_t *avro_get_long(const uint8_t *at, int64_t *out) {
  uint64_t byte = *at++, value = byte & 0x7F;
  for (int shift = 7; byte & 0x80; shift += 7) {
    if (shift > 63) return NULL;
    byte = *at++;
    value |= (byte & 0x7F) << shift;
  }
  *out = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
  return at;
}

/* The count of the next block of an array or a map, 0 at its end; each item takes at least LEAST bytes. */
const uint8_t *avro_get_count(struct vonk_avro_reader *r, const uint8_t *at, uint32_t least, uint32_t *out, int64_t *byte_size);

#endif
