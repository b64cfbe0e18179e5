/* id_set.c: sets of column ids as bitmaps; ids of one plan are dense. */
#include "opt/optimizer_internal.h"

void opt_set_add(struct opt *o, struct opt_set *set, uint64_t id) {
  size_t word = id >> 6;
  ASSERT(id < OPT_IDS_MAX);
  if (word >= set->word_count) {
    size_t count = (o->next_id >> 6) + 1 > word + 1 ? (o->next_id >> 6) + 1 : word + 1;
    uint64_t *words = ARENA_ARRAY(o->arena, uint64_t, count);
    if (set->word_count) memcpy(words, set->words, set->word_count * sizeof *words);
    set->words = words;
    set->word_count = count;
  }
  set->words[word] |= 1ull << (id & 63);
}

void opt_set_add_set(struct opt *o, struct opt_set *set, struct opt_set other) {
  for (size_t w = 0; w < other.word_count; w++) {
    for (uint64_t rest = other.words[w]; rest; rest &= rest - 1) opt_set_add(o, set, (w << 6) + (uint64_t)__builtin_ctzll(rest));
  }
}

void opt_set_add_columns(struct opt *o, struct opt_set *set, const struct vonk_relation *relation) {
  for (uint32_t i = 0; i < relation->column_count; i++) opt_set_add(o, set, relation->columns[i].id);
}

struct reference_walk {
  struct opt *o;
  struct opt_set *set;
};

static STATUS collect(void *object, struct vonk_node *node) {
  struct reference_walk *walk = object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  if (column) opt_set_add(walk->o, walk->set, column->id);
  return vonk_node_children(node, collect, object);
}

void opt_set_add_expr(struct opt *o, struct opt_set *set, const struct vonk_expr *expr) {
  struct reference_walk walk = {o, set};
  if (collect(&walk, (struct vonk_node *)(uintptr_t)expr) != VONK_OK) ASSERT(!"a walk cannot fail");
}

bool opt_set_has(struct opt_set set, uint64_t id) {
  return (id >> 6) < set.word_count && (set.words[id >> 6] >> (id & 63) & 1);
}

bool opt_set_is_empty(struct opt_set set) {
  for (size_t w = 0; w < set.word_count; w++) {
    if (set.words[w]) return false;
  }
  return true;
}

bool opt_set_intersects(struct opt_set a, struct opt_set b) {
  for (size_t w = 0; w < a.word_count && w < b.word_count; w++) {
    if (a.words[w] & b.words[w]) return true;
  }
  return false;
}

bool opt_set_includes(struct opt_set a, struct opt_set b) {
  for (size_t w = 0; w < b.word_count; w++) {
    if (b.words[w] & ~(w < a.word_count ? a.words[w] : 0)) return false;
  }
  return true;
}

struct opt_set opt_set_of_columns(struct opt *o, const struct vonk_relation *relation) {
  struct opt_set set = {0};
  opt_set_add_columns(o, &set, relation);
  return set;
}

struct opt_set opt_set_of_expr(struct opt *o, const struct vonk_expr *expr) {
  struct opt_set set = {0};
  opt_set_add_expr(o, &set, expr);
  return set;
}
