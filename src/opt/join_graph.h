/* join_graph.h: a tree of joins taken apart, and put together in the cheapest order.
 *
 * Units are the relations that are joined. Core units came from inner joins; a dependent one is the right side of a semi, anti,
 * left, single or mark join: it can be applied once all units that its predicate needs are there, because such joins commute
 * with inner joins and with each other. Up to OPT_JOIN_EXACT_MAX units every order is tried (dynamic programming over sets),
 * above that the cheapest pair is joined first. Cross products come last, save with relations of one row.
 */
#ifndef VONK_OPT_JOIN_GRAPH_H
#define VONK_OPT_JOIN_GRAPH_H

#include "opt/optimizer_internal.h"

enum { OPT_JOIN_EXACT_MAX = 12, OPT_JOIN_UNITS_MAX = 60 };

struct opt_unit {
  struct vonk_relation *relation;
  struct opt_set columns;
  const struct vonk_relation_join_on *join; /* of a dependent unit; NULL for core units */
  uint64_t needs;                           /* dependent: units that must be there */
  double rows;
};

struct opt_predicate {
  struct vonk_expr *expr;
  uint64_t units;
  uint64_t class_id;                        /* of an equality of columns: one of each class joins two sets; else 0 */
};

struct opt_join_graph {
  struct opt *o;
  struct opt_unit units[OPT_JOIN_UNITS_MAX];
  uint32_t unit_count;
  ARRAY_OF(struct opt_predicate) predicates;
};

/* The cheapest tree over all units. */
struct vonk_relation *opt_join_graph_solve(struct opt_join_graph *graph);

/* --- join_cost.c --- */
/* What joining LEFT with RIGHT (sets of units) gives. */
struct opt_join_estimate {
  double rows;
  bool connected;            /* some predicate uses both */
};
struct opt_join_estimate opt_join_estimate_rows(const struct opt_join_graph *graph, uint64_t left, uint64_t right, double left_rows, double right_rows);
/* Rows built, probed and given, and pairs looked at, when the sets LEFT and RIGHT are joined. */
double opt_join_cost(const struct opt_join_graph *graph, uint64_t left, uint64_t right, double left_rows, double right_rows, double rows);
/* Is PREDICATE tested by the join of LEFT and RIGHT? */
bool opt_predicate_is_new(const struct opt_join_graph *graph, const struct opt_predicate *predicate, uint64_t left, uint64_t right);
/* The predicates that the join of LEFT and RIGHT tests: new ones, and of each class of equal columns only one. */
struct opt_predicates {
  const struct opt_predicate **items;
  size_t count, capacity;
};
struct opt_predicates opt_join_predicates(const struct opt_join_graph *graph, uint64_t left, uint64_t right);
/* The relation for that join. */
struct vonk_relation *opt_join_build(struct opt_join_graph *graph, struct vonk_relation *left, struct vonk_relation *right, uint64_t left_set,
                                     uint64_t right_set, double left_rows, double right_rows);
/* The dependent unit when SET is just that; else NULL. */
const struct opt_unit *opt_dependent(const struct opt_join_graph *graph, uint64_t set);

#endif
