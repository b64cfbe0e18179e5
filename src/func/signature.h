/* signature.h: matches the arguments of a call against a function's signature (the grammar is in expr/function.h).
 *
 * Of the overloads that fit, the one that needs the fewest casts wins, the first of several. Type variables become the common type of
 * all arguments that use them.
 */
#ifndef VONK_FUNC_SIGNATURE_H
#define VONK_FUNC_SIGNATURE_H

#include "expr/function.h"

struct vonk_signature_match {
  const struct vonk_type **types;   /* what each argument is to be cast to; NULL: as it is (lambdas) */
  struct vonk_str *defaults;        /* texts of the literals that stand behind the arguments, and their types */
  const struct vonk_type **default_types;
  uint32_t default_count;
  const struct vonk_type *result;   /* NULL: the function's bind decides */
  const char *parameter;            /* spec of the first parameter that does not fit, for messages; inside the signature */
  uint32_t parameter_size, mismatch;
};

enum vonk_signature_outcome { VONK_SIGNATURE_OK, VONK_SIGNATURE_WRONG_COUNT, VONK_SIGNATURE_WRONG_TYPE };

enum vonk_signature_outcome vonk_signature_match(struct vonk_arena *arena, const char *signature, const struct vonk_exprs *arguments,
                                                 bool ansi, struct vonk_signature_match *out);
/* "1", "[2, 3]", "> 0": the numbers of arguments it takes, as Spark's messages say it. */
struct vonk_str vonk_signature_counts(struct vonk_arena *arena, const char *signature);

#endif
