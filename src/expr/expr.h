/* expr.h: expressions.
 *
 * The first group is what doors make (Spark Connect's Expression kinds), the second what the binder makes of it. After
 * binding an expression has type, nullable and flags; column references carry unique ids (ordinals exist only inside
 * compiled programs). Operators are functions by Connect's names: "+", "==", "and", "not", "when", "in", "like", ...
 */
#ifndef VONK_EXPR_EXPR_H
#define VONK_EXPR_EXPR_H

#include "expr/node.h"

/* What is proven of a numeric value (unscaled for decimals, days, microseconds): low <= value <= high when known. */
struct vonk_range {
  bool known;
  vonk_int128 low, high;
};

struct vonk_expr {
  struct vonk_node node;
  const struct vonk_type *type;  /* NULL before binding */
  bool nullable;
  bool raises;                   /* fails itself for some input (ANSI); cleared by proven ranges */
  bool can_raise;                /* it or an expression below does: what copies it with other children sets it anew */
  bool deterministic;
  uint8_t physical;              /* enum vonk_physical of its results, set with the type, narrowed by ranges */
  struct vonk_range range;
};

struct vonk_exprs {
  struct vonk_expr **items;
  uint32_t count;
};

/* Kinds: a node type object, a struct, and a checked cast for each. */
#define VONK_EXPR_KINDS(X)                                                                                              \
  X(attribute) X(star) X(regex) X(function) X(extract) X(alias) X(cast) X(sort_order) X(lambda) X(lambda_variable)      \
  X(window) X(subquery) X(literal) X(named_argument) X(expression_string) X(update_fields) X(parameter)                 \
  X(python) X(shuffle_partition)                                                                                        \
  X(column) X(call) X(aggregate) X(window_call)

#define X(kind)                                              \
  struct vonk_expr_##kind;                                   \
  extern const struct vonk_node_type vonk_expr_##kind##_type;
VONK_EXPR_KINDS(X)
#undef X
/* Is EXPR of KIND; the same as a struct (NULL when it is not). */
#define EXPR_IS(expr, kind) (((const struct vonk_node *)(expr))->type == &vonk_expr_##kind##_type)
#define EXPR_AS(expr, kind) ((struct vonk_expr_##kind *)(EXPR_IS((expr), kind) ? (void *)(expr) : NULL))
#define EXPR_NEW(arena, kind, origin) ((struct vonk_expr_##kind *)vonk_node_create((arena), &vonk_expr_##kind##_type, (origin)))

/* ---- what doors make ---- */

struct vonk_expr_attribute { struct vonk_expr expr; struct vonk_name name; bool is_metadata; };          /* a.b.c */
struct vonk_expr_star { struct vonk_expr expr; struct vonk_name target; struct vonk_exprs except; };     /* t.*, EXCEPT (...) */
struct vonk_expr_regex { struct vonk_expr expr; struct vonk_str pattern; struct vonk_name target; };     /* `(a|b)?+.+` */
struct vonk_expr_function {
  struct vonk_expr expr;
  struct vonk_name name;
  struct vonk_exprs arguments;
  bool distinct;
  struct vonk_expr *filter;          /* FILTER (WHERE ...), own */
  int32_t nulls;                     /* 0 unsaid, 1 RESPECT NULLS, 2 IGNORE NULLS, own */
  struct vonk_exprs within_group;    /* sort_order, own */
};
struct vonk_expr_extract { struct vonk_expr expr; struct vonk_expr *child, *extraction; };               /* a[0], m['k'], s.f */
struct vonk_expr_alias { struct vonk_expr expr; struct vonk_expr *child; struct vonk_name names; struct vonk_str metadata; };
enum vonk_cast_mode { VONK_CAST_DEFAULT /* by conf, stamped at binding */, VONK_CAST_LEGACY, VONK_CAST_ANSI, VONK_CAST_TRY };
struct vonk_expr_cast {              /* also after binding; expr.type is the target then */
  struct vonk_expr expr;
  struct vonk_expr *child;
  const struct vonk_type *target;
  int32_t mode;
  bool implicit;                     /* made by coercion: does not show in names */
  struct vonk_str time_zone;         /* stamped at binding */
  struct vonk_str stored_column;     /* what does not fit raises CAST_OVERFLOW_IN_TABLE_INSERT for this column */
};
struct vonk_expr_sort_order { struct vonk_expr expr; struct vonk_expr *child; bool descending; int32_t nulls; /* 0 default, 1 first, 2 last */ };
struct vonk_expr_lambda { struct vonk_expr expr; struct vonk_expr *body; struct vonk_exprs parameters; /* lambda_variable */ };
struct vonk_expr_lambda_variable { struct vonk_expr expr; struct vonk_name name; uint64_t id; /* after binding */ };
enum vonk_frame_unit { VONK_FRAME_NONE, VONK_FRAME_ROWS, VONK_FRAME_RANGE };
enum vonk_frame_bound { VONK_BOUND_UNBOUNDED, VONK_BOUND_CURRENT, VONK_BOUND_VALUE /* offset; negative = preceding */ };
struct vonk_expr_window {
  struct vonk_expr expr;
  struct vonk_expr *function;        /* unresolved function; window_call's function after binding */
  struct vonk_str reference;         /* OVER name, before the WINDOW clause is applied */
  struct vonk_exprs partition, order;/* order: sort_order */
  int32_t frame_unit, lower, upper;
  struct vonk_expr *lower_value, *upper_value;
};
enum vonk_subquery_kind { VONK_SUBQUERY_SCALAR, VONK_SUBQUERY_EXISTS, VONK_SUBQUERY_IN, VONK_SUBQUERY_TABLE_ARGUMENT };
struct vonk_expr_subquery {
  struct vonk_expr expr;
  int32_t kind;
  struct vonk_node *plan;            /* relation; after binding it may hold column references with outer = true */
  struct vonk_exprs values;          /* IN: the left side */
};
struct vonk_timezone;
struct vonk_expr_literal {           /* also after binding */
  struct vonk_expr expr;
  struct vonk_value value;
  const struct vonk_timezone *zone;  /* in which a TIMESTAMP shows in names; NULL is UTC */
};
struct vonk_expr_named_argument { struct vonk_expr expr; struct vonk_str name; struct vonk_expr *value; };
struct vonk_expr_expression_string { struct vonk_expr expr; struct vonk_str text; };
struct vonk_expr_update_fields { struct vonk_expr expr; struct vonk_expr *child; struct vonk_str field; struct vonk_expr *value; /* NULL drops */ };
struct vonk_expr_parameter { struct vonk_expr expr; struct vonk_str name; int64_t position; };           /* :name, ? */
/* A function in Python, also after binding (with bound arguments and a type). */
struct vonk_expr_python {
  struct vonk_expr expr;
  struct vonk_name name;
  struct vonk_exprs arguments;       /* named_argument among them */
  const struct vonk_type *output;    /* NULL: see output_text */
  struct vonk_str output_text;       /* DDL text, where the client sent the type so */
  struct vonk_str command, python_version; /* opaque: what the worker is given */
  int64_t eval_type;                 /* PySpark's PythonEvalType */
  bool not_deterministic, distinct;
};
/* In the `by` of a repartition: the value is the partition itself. */
struct vonk_expr_shuffle_partition { struct vonk_expr expr; struct vonk_expr *child; };

/* ---- what the binder makes ---- */

struct vonk_function; /* expr/function.h */

struct vonk_expr_column {
  struct vonk_expr expr;
  uint64_t id;
  struct vonk_str name;              /* hidden: for messages and EXPLAIN */
  bool outer;                        /* of the query around the subquery it stands in */
  uint8_t outer_levels;              /* of how many subqueries around; for names */
  struct vonk_name qualifier;        /* for names */
  uint32_t char_length;              /* of a CHAR column, else 0: what it is compared with is filled up */
};
struct vonk_expr_call {              /* a scalar function or generator over bound arguments */
  struct vonk_expr expr;
  const struct vonk_function *function; /* NULL: a row of values, one of several of a relation (rows, expand) */
  struct vonk_exprs arguments;       /* lambdas stand as expr lambda */
  int32_t ansi;                      /* 1: raise, 0: null (legacy); try_ functions are rows of their own */
  bool last_key_wins;                /* of equal keys of a map that is made; else they raise */
  struct vonk_str time_zone;
  const void *data;                  /* hidden: what the function's bind computed (struct on the plan's arena) */
  struct vonk_str shown;             /* hidden: how the call read that it stands for (BETWEEN); empty: as itself */
};
struct vonk_expr_aggregate {
  struct vonk_expr expr;
  const struct vonk_function *function;
  struct vonk_exprs arguments;
  bool distinct, ignore_nulls;
  bool respect_nulls;                /* asked for */
  struct vonk_expr *filter;
  struct vonk_exprs order;           /* WITHIN GROUP */
  int32_t ansi;
  struct vonk_str time_zone;
  const void *data;
};
struct vonk_expr_window_call {
  struct vonk_expr expr;
  struct vonk_expr *function;        /* call of a WINDOW function, or aggregate */
  struct vonk_exprs partition, order;
  int32_t frame_unit, lower, upper;
  struct vonk_expr *lower_value, *upper_value;
  struct vonk_expr *lower_key, *upper_key; /* RANGE with an offset: the order key moved by it */
  bool ignore_nulls;
};

/* Constructors that passes use often. */
struct vonk_expr *vonk_expr_literal_of(struct vonk_arena *arena, const struct vonk_value *value, const struct vonk_origin *origin);
struct vonk_expr *vonk_expr_column_of(struct vonk_arena *arena, uint64_t id, struct vonk_str name, const struct vonk_type *type, bool nullable);
/* The conjuncts of an AND tree (bound), in order. */
void vonk_expr_split_and(struct vonk_arena *arena, struct vonk_expr *condition, struct vonk_exprs *out);
/* Does EXPR raise, or one of its children? */
bool vonk_expr_may_raise(const struct vonk_expr *expr);
/* Ids of the columns that EXPR refers to (not the outer ones), each once. */
struct vonk_ids vonk_expr_references(struct vonk_arena *arena, const struct vonk_expr *expr);
/* Spark's pretty SQL of an expression: the default column name ("(a + 1)", "sum(b)", "CAST(a AS STRING)"). */
struct vonk_str vonk_expr_sql(struct vonk_arena *arena, const struct vonk_expr *expr);

#endif
