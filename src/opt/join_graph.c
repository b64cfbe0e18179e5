/* join_graph.c: the search for the cheapest order: exact over sets of units, greedy where there are too many. */
#include "opt/join_graph.h"

/* The best plan for a set of units. */
struct choice {
  double cost, rows;
  uint64_t left, right;      /* 0 for one unit */
  bool valid;
};

static bool may_join(const struct opt_join_graph *graph, uint64_t left, uint64_t right) {
  const struct opt_unit *dependent = opt_dependent(graph, right);
  if (opt_dependent(graph, left)) return false;
  return !dependent || !(dependent->needs & ~left);
}

static bool is_connected(const struct opt_join_graph *graph, uint64_t left, uint64_t right) {
  if (opt_dependent(graph, right)) return true;
  for (size_t i = 0; i < graph->predicates.count; i++) {
    if (opt_predicate_is_new(graph, &graph->predicates.items[i], left, right)) return true;
  }
  return false;
}

static struct vonk_relation *build(struct opt_join_graph *graph, const struct choice *table, uint64_t set) {
  const struct choice *c = &table[set];
  if (!c->left) return graph->units[__builtin_ctzll(set)].relation;
  return opt_join_build(graph, build(graph, table, c->left), build(graph, table, c->right), c->left, c->right, table[c->left].rows,
                        table[c->right].rows);
}

static void consider(const struct opt_join_graph *graph, struct choice *table, uint64_t set, uint64_t left, uint64_t right) {
  struct choice *c = &table[set];
  if (!table[left].valid || !table[right].valid || !may_join(graph, left, right)) return;
  double below = table[left].cost + table[right].cost;
  if (c->valid && below >= c->cost) return;
  if (!is_connected(graph, left, right) && table[left].rows > 1 && table[right].rows > 1) return;
  double rows = c->valid ? c->rows : opt_join_estimate_rows(graph, left, right, table[left].rows, table[right].rows).rows;
  double cost = below + opt_join_cost(graph, left, right, table[left].rows, table[right].rows, rows);
  if (c->valid && cost >= c->cost) return;
  *c = (struct choice){cost, rows, left, right, true};
}

static struct vonk_relation *solve_exactly(struct opt_join_graph *graph) {
  uint64_t all = (1ull << graph->unit_count) - 1;
  struct vonk_arena *kept = graph->o->arena, *scratch = vonk_arena_create(graph->o->task->budget);
  struct choice *table = ARENA_ARRAY(scratch, struct choice, all + 1);
  graph->o->arena = scratch;
  for (uint32_t u = 0; u < graph->unit_count; u++) table[1ull << u] = (struct choice){0, graph->units[u].rows, 0, 0, true};
  for (uint64_t set = 1; set <= all; set++) {
    if (!(set & (set - 1))) continue;
    for (uint64_t left = (set - 1) & set; left; left = (left - 1) & set) consider(graph, table, set, left, set & ~left);
  }
  graph->o->arena = kept;
  struct vonk_relation *out = table[all].valid ? build(graph, table, all) : NULL;
  vonk_arena_destroy(scratch);
  return out;
}

/* --- greedy --- */

struct part {
  uint64_t set;
  struct vonk_relation *relation;
  double rows;
};

struct pair {
  uint32_t left, right;
  double rows, cost;
  bool connected;
};

static void consider_pair(const struct opt_join_graph *graph, const struct part *parts, uint32_t left, uint32_t right, struct pair *best) {
  const struct part *l = &parts[left], *r = &parts[right];
  if (left == right || !may_join(graph, l->set, r->set)) return;
  struct opt_join_estimate estimate = opt_join_estimate_rows(graph, l->set, r->set, l->rows, r->rows);
  struct pair pair = {left, right, estimate.rows, opt_join_cost(graph, l->set, r->set, l->rows, r->rows, 4 * estimate.rows), estimate.connected};
  bool better = best->cost < 0 || (pair.connected && !best->connected) || (pair.connected == best->connected && pair.cost < best->cost);
  if (better) *best = pair;
}

static struct vonk_relation *solve_greedily(struct opt_join_graph *graph) {
  struct part parts[OPT_JOIN_UNITS_MAX];
  uint32_t count = graph->unit_count;
  for (uint32_t u = 0; u < count; u++) parts[u] = (struct part){1ull << u, graph->units[u].relation, graph->units[u].rows};
  while (count > 1) {
    struct pair best = {.cost = -1};
    for (uint32_t l = 0; l < count; l++) {
      for (uint32_t r = 0; r < count; r++) consider_pair(graph, parts, l, r, &best);
    }
    ASSERT(best.cost >= 0);
    struct part *l = &parts[best.left], *r = &parts[best.right];
    l->relation = opt_join_build(graph, l->relation, r->relation, l->set, r->set, l->rows, r->rows);
    l->set |= r->set;
    l->rows = best.rows;
    *r = parts[--count];
  }
  return parts[0].relation;
}

struct vonk_relation *opt_join_graph_solve(struct opt_join_graph *graph) {
  struct vonk_relation *out = NULL;
  if (graph->unit_count <= OPT_JOIN_EXACT_MAX) out = solve_exactly(graph);
  return out ? out : solve_greedily(graph);
}
