/* program_internal.h: steps of a program and the registers of a worker. */
#ifndef VONK_EXPR_PROGRAM_INTERNAL_H
#define VONK_EXPR_PROGRAM_INTERNAL_H

#include "expr/program.h"
#include "kernel/gather.h"

enum vonk_step_kind {
  VONK_STEP_COLUMN,
  VONK_STEP_LITERAL,
  VONK_STEP_CALL,
  VONK_STEP_CAST,
  VONK_STEP_AND,
  VONK_STEP_OR,
  VONK_STEP_WHEN,
  VONK_STEP_COALESCE,
  VONK_STEP_NULLIF,
  VONK_STEP_NVL2,
  VONK_STEP_LAMBDA, /* the function's business */
};

struct vonk_step {
  uint8_t kind;                 /* enum vonk_step_kind */
  bool constant;                /* deterministic and without columns */
  const struct vonk_expr *expr;
  const struct vonk_function *function; /* CALL */
  uint32_t ordinal;             /* COLUMN */
  uint32_t *arguments;          /* steps */
  uint32_t argument_count;
};

struct vonk_program {
  struct vonk_arena *arena;
  struct vonk_step *steps;      /* arguments before their users */
  uint32_t step_count;
  uint32_t *results;            /* step of each expression */
  uint32_t result_count;
};

/* The rows for which a branch is evaluated. Sets are nested: what was computed for a parent holds for its children. */
struct vonk_live {
  const uint64_t *bits;         /* NULL: all */
  uint32_t id;                  /* unique in a batch */
  const struct vonk_live *parent;
};

struct vonk_step_builder {
  struct vonk_builder builder;
  struct vonk_step_builder *next;
};

/* Results for the entries of one dictionary. */
struct vonk_step_cache {
  uint64_t dictionary_id;       /* 0: none */
  struct vonk_column column;    /* FLAT over the entries */
  uint64_t *bad;
  struct vonk_scratch scratch;
  struct vonk_builder builder;
  bool has_builder;
};

struct vonk_register {
  uint32_t live_id;             /* of the rows it was computed for; 0: not computed */
  bool kept;                    /* constant: computed for good */
  struct vonk_column column;
  void *state;                  /* of the function's open */
  struct vonk_step_builder *builders, *next_builder;
  struct vonk_step_cache cache;
};

struct vonk_program_worker {
  const struct vonk_program *program;
  struct vonk_arena *arena;
  struct vonk_scratch scratch;
  struct vonk_register *registers;
  const struct vonk_batch *batch;
  uint32_t row_count;
  uint32_t last_live_id;
};

/* The value of STEP for the rows of LIVE; other rows hold anything. */
STATUS vonk_step_eval(struct vonk_task *task, struct vonk_program_worker *worker, uint32_t step, const struct vonk_live *live,
                      struct vonk_column *out);
/* AND ... NVL2. */
STATUS vonk_step_eval_lazy(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_step *step,
                           const struct vonk_live *live, struct vonk_column *out);
/* A BOOL column of any encoding as words: TRUTH (true and not null) and, unless NULL, FALSITY. */
STATUS vonk_step_truth(struct vonk_task *task, struct vonk_program_worker *worker, const struct vonk_column *column,
                       uint64_t **truth, uint64_t **falsity);

#endif
