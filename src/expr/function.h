/* function.h: what a SQL function is: one const row.
 *
 * A family file (func/scalar/math.c) holds rows; func/registry.def names the family. A row says name, kind, signature, null
 * rule, doc and example; the binder does arity, coercion and types from the signature, or asks `bind` where the signature
 * cannot say it.
 *
 * SIGNATURE: overloads separated by " | ", each "(ARG, ARG, ...) -> RESULT". An ARG is a type as Spark writes it (string, int, bigint, double, decimal(10,2),
 * binary, date, timestamp, ...), or a class: any, numeric, integral, fractional, decimal (any precision), string (any collation), orderable,
 * atomic, intervalym, intervaldt, array<T>, map<K,V>, struct, lambda1/lambda2/lambda3 (by parameter count), or a type
 * variable T, K, V (all uses are brought to their common type; T:numeric restricts it). "[ARG]" may be left out, "[ARG = 1]" too, but
 * then the literal (a number, 'text', true, false, null) stands there; "ARG..." stands for one or more, "ARG*" for none or more; "string!" takes strings and nulls but casts nothing. RESULT may use the variables, name an argument's type as "#1", or be "bind": then
 * `bind` sets expr.type. Arguments are implicitly cast by Spark's rules of the session's mode (ANSI or not).
 */
#ifndef VONK_EXPR_FUNCTION_H
#define VONK_EXPR_FUNCTION_H

#include "column/builder.h"
#include "column/load.h"
#include "expr/expr.h"
#include "kernel/scratch.h"

enum vonk_function_kind { VONK_SCALAR, VONK_AGGREGATE, VONK_WINDOW, VONK_GENERATOR };

enum vonk_null_rule {
  VONK_NULLS_STRICT,  /* null when any argument is null: the evaluator does it, eval sees only valid rows as live */
  VONK_NULLS_CUSTOM,  /* eval decides; result nullable unless `bind` says otherwise */
  VONK_NULLS_NEVER,   /* eval sees nulls; the result never is */
};

enum vonk_function_flag {
  VONK_FN_NONDETERMINISTIC = 1 << 0,
  VONK_FN_RAISES = 1 << 1,    /* eval may set bad bits (under ANSI or always) */
  VONK_FN_MAY_NULL = 1 << 2,  /* STRICT, but may also give null for valid input */
  VONK_FN_LAZY = 1 << 3,      /* AND, OR, CASE, IF, COALESCE: the evaluator narrows the live mask; no eval */
  VONK_FN_DICT = 1 << 4,      /* eval takes DICT arguments itself; else the evaluator flattens or works per entry */
  VONK_FN_ONE_TASK = 1 << 5,  /* counts within a visible partition: rand, monotonically_increasing_id, ... */
  VONK_FN_PARTITION = 1 << 12, /* tells the number of the visible partition */
  VONK_FN_FOLD_ONCE = 1 << 6, /* now(), current_user: a constant of the query, folded at binding */
  VONK_FN_ORDERED = 1 << 7,   /* aggregate whose answer depends on row order: first, collect_list */
  VONK_FN_INTERNAL = 1 << 8,  /* not reachable by name from SQL */
  VONK_FN_IGNORES_NULLS = 1 << 10, /* aggregate that takes IGNORE NULLS and RESPECT NULLS */
  VONK_FN_WITHIN_GROUP = 1 << 11,  /* aggregate that takes WITHIN GROUP (ORDER BY ...) */
  VONK_FN_OVERFLOWS = 1 << 9, /* RAISES by overflow only: a proven range (function row `range`) clears `raises` */
};

/* One call of a function over a batch. */
struct vonk_frame {
  struct vonk_task *task;
  const struct vonk_expr *expr;        /* call, aggregate or window_call: types, ansi, time zone, data */
  const struct vonk_batch *batch;      /* the rows' partition and order; NULL where there is none */
  uint32_t row_count;
  const uint64_t *live;                /* rows to compute, NULL = all; for STRICT rows with a null argument are not live */
  const struct vonk_column *arguments; /* FLAT or CONST at their types' physical, or any proven narrower one for I8..I128 (see vonk_reader) */
  uint32_t argument_count;
  uint64_t *bad;                       /* RAISES: set the bit of a row that fails; zeroed before; NULL for OVERFLOWS with a proven range */
  void *state;                         /* what `open` made, one a worker and expression */
  struct vonk_scratch *scratch;        /* memory for the batch: intermediate columns, *result columns */
  /* Result. Fixed width, at expr->physical (BOOL, I8..I128, F32, F64, INTERVAL): write data[row] into `data`, and clear bits of `valid` for nulls
   * (prefilled for STRICT, all ones otherwise). Others: add exactly row_count rows to `builder` (anything for rows not live). */
  void *data;
  uint64_t *valid;
  struct vonk_builder *builder;
  /* Or point to an existing column instead (an argument passed through): set *result and leave the rest. */
  struct vonk_column *result;
};

/* What binding a call may look at and decide. Arguments are bound and coerced. */
struct vonk_bind_call {
  struct vonk_task *task;
  struct vonk_expr *expr;              /* call or aggregate: set type, nullable, data, raises; or another bound expression that stands for it */
  struct vonk_exprs arguments;         /* `bind` may replace items by casts (vonk_bind_cast in func/bind_call.h) */
  bool ansi;
  bool case_sensitive;
  struct vonk_str time_zone;
  const void *conf;                    /* struct vonk_conf snapshot */
  /* A type, or a list of columns as a STRUCT, from DDL or JSON. NULL where the call was not written by anyone. */
  STATUS (*parse_type)(struct vonk_task *task, struct vonk_str text, const struct vonk_type **out);
};

/* An order tag is (unit, row in the unit): so many bits are the row's. */
enum { VONK_TAG_ROW_BITS = 36 };

/* State of an aggregate: SIZE bytes a group, 16-byte aligned inside a row block. Variable memory comes from the heap of
 * the frame's task arena (charged, dropped with the partition); such states need save and load to spill. */
struct vonk_aggregate_type {
  uint32_t (*state_size)(const struct vonk_expr_aggregate *call);
  /* NULL: zero bytes. */
  void (*init)(const struct vonk_expr_aggregate *call, void *state);
  /* STATES[i] for each row i that is live. ORDER of row i is (unit, first_row + i) in `tag` for ORDERED ones. */
  STATUS (*update)(struct vonk_frame *frame, void *const *states, uint64_t tag);
  /* All live rows into one state; NULL: through update. */
  STATUS (*update_one)(struct vonk_frame *frame, void *state, uint64_t tag);
  STATUS (*merge)(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count);
  /* COUNT states into the frame's result (row i from states[i]). */
  STATUS (*finalize)(struct vonk_frame *frame, void *const *states, uint32_t count);
  /* Variable states to bytes and back; NULL: the SIZE bytes are all there is. */
  STATUS (*save)(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes);
  STATUS (*load)(struct vonk_frame *frame, struct vonk_str bytes, void *state);
  /* For moving windows: takes a row out again; NULL: windows recompute. */
  STATUS (*remove)(struct vonk_frame *frame, void *state);
};

struct vonk_function {
  const char *name;                    /* lower case */
  enum vonk_function_kind kind;
  const char *signature;
  enum vonk_null_rule nulls;
  uint32_t flags;
  STATUS (*eval)(struct vonk_frame *frame);          /* SCALAR; GENERATOR: one LIST row of STRUCT rows a input row */
  const struct vonk_aggregate_type *aggregate;       /* AGGREGATE */
  STATUS (*bind)(struct vonk_bind_call *call);       /* NULL: the signature says it all */
  STATUS (*open)(struct vonk_task *task, const struct vonk_expr *expr, void **state); /* per worker scratch (compiled regex, ...) */
  void (*close)(void *state);
  /* RAISES: sets the error for bad row ROW of the frame (indexes its arguments) and fails. NULL: ARITHMETIC_OVERFLOW. */
  STATUS (*raise)(struct vonk_frame *frame, uint32_t row);
  void (*range)(const struct vonk_expr_call *call, struct vonk_range *out);           /* what follows from the arguments' ranges */
  const char *shown;                   /* in column names: another name ("LOG10"), or forms by argument count ("a($1)|b($1, $2)", $_ does not show) */
  const char *group;                   /* Spark's: "math_funcs", "string_funcs", ... */
  const char *doc;                     /* one sentence, our own */
  const char *example;                 /* "SELECT abs(-1)"; answer recorded from Spark in tests/sql/functions */
};

/* Reads an I8..I128 or F32/F64 argument of any physical width: row ROW of a FLAT or CONST column. */
static inline int64_t vonk_read_int(const struct vonk_column *c, uint32_t row) {
  return vonk_load_integer(c->data, c->physical, c->encoding == VONK_CONST ? 0 : row);
}
static inline vonk_int128 vonk_read_int128(const struct vonk_column *c, uint32_t row) {
  return vonk_load_wide(c->data, c->physical, c->encoding == VONK_CONST ? 0 : row);
}
static inline double vonk_read_real(const struct vonk_column *c, uint32_t row) {
  uint32_t i = c->encoding == VONK_CONST ? 0 : row;
  return c->physical == VONK_PHYSICAL_F32 ? ((const float *)c->data)[i] : ((const double *)c->data)[i];
}
static inline bool vonk_read_bool(const struct vonk_column *c, uint32_t row) {
  uint32_t i = c->encoding == VONK_CONST ? 0 : row;
  return ((const uint64_t *)c->data)[i >> 6] >> (i & 63) & 1;
}
static inline struct vonk_str vonk_read_str(const struct vonk_column *c, uint32_t row) {
  uint32_t i = c->encoding == VONK_CONST ? 0 : row;
  return vonk_view_str(&((const struct vonk_view *)c->data)[i]);
}

#endif
