/* cte.c: WITH: each definition is bound once. With one reader it stands where it is read; with several, each reads a
 * `shared` node over the one body, under new ids. */
#include "bind/binder_internal.h"

struct bind_cte {
  const struct bind_cte *outer;       /* defined before, or around */
  struct vonk_str name;
  struct vonk_relation *body;
  struct vonk_relation_subquery_alias *definition;
  const struct bind_scope *scope;     /* around the definition */
  uint32_t readers;
  uint64_t shared_id;
  bool correlated;                    /* refers to columns around: bound again for each reader */
  const struct vonk_relation_with_cte *recursive; /* reads itself: the WITH it stands in; bound again, for limits of its own */
};

struct reader_count {
  const struct binder *b;
  struct vonk_str name;
  uint32_t count;
};

static STATUS count_reader(void *object, struct vonk_node *node) {
  struct reader_count *c = object;
  struct vonk_relation_read *read = RELATION_AS(node, read);
  if (read && read->name.count == 1 && bind_same_name(c->b, read->name.parts[0], c->name)) c->count++;
  return vonk_node_children(node, count_reader, object);
}

static bool test_outer(const void *object, const struct vonk_node *node) {
  (void)object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  return column && column->outer;
}

static STATUS bind_definition(struct binder *b, const struct bind_cte *cte, struct vonk_relation **out) {
  const struct bind_cte *saved = b->ctes;
  b->ctes = cte->outer;
  struct bind_recursion recursion = {cte->recursive, cte->definition, cte->scope};
  enum vonk_status status =
      cte->recursive ? bind_recursive(b, &recursion, out) : bind_relation(b, &cte->definition->relation.node, cte->scope, out);
  b->ctes = saved;
  return status;
}

static STATUS count_readers(struct binder *b, const struct vonk_relation_with_cte *with, uint32_t from, struct bind_cte *cte) {
  struct reader_count readers = {b, cte->name, 0};
  for (uint32_t j = from; j < with->definitions.count; j++) TRY(count_reader(&readers, with->definitions.items[j]));
  TRY(count_reader(&readers, &with->body->node));
  cte->readers = readers.count;
  return VONK_OK;
}

STATUS bind_definitions(struct binder *b, const struct vonk_relation_with_cte *with, const struct bind_scope *outer) {
  for (uint32_t i = 0; i < with->definitions.count; i++) {
    struct bind_cte *cte = ARENA_NEW(b->arena, struct bind_cte);
    cte->outer = b->ctes;
    cte->definition = RELATION_AS(with->definitions.items[i], subquery_alias);
    cte->name = cte->definition->alias;
    cte->scope = outer;
    if (with->recursive && bind_reads_name(b, &cte->definition->input->node, cte->name)) cte->recursive = with;
    TRY(count_readers(b, with, i + 1, cte));
    TRY(bind_definition(b, cte, &cte->body));
    cte->correlated = outer && bind_find(&cte->body->node, true, test_outer, NULL);
    cte->shared_id = bind_new_id(b);
    b->ctes = cte;
  }
  return VONK_OK;
}

STATUS bind_with_cte(struct binder *b, const struct vonk_relation_with_cte *with, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct bind_cte *saved = b->ctes;
  enum vonk_status status = bind_definitions(b, with, outer);
  if (status == VONK_OK) status = bind_relation(b, &with->body->node, outer, out);
  b->ctes = saved;
  return status;
}

void bind_push_working(struct binder *b, struct vonk_str name, const struct vonk_relation *anchor, uint64_t working_id) {
  struct bind_cte *cte = ARENA_NEW(b->arena, struct bind_cte);
  struct vonk_relation_working *working = RELATION_NEW(b->arena, working, NULL);
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, anchor->columns, anchor->column_count * sizeof *columns);
  for (uint32_t i = 0; i < anchor->column_count; i++) columns[i].nullable = true;
  working->working_id = working_id;
  working->relation.columns = columns;
  working->relation.column_count = anchor->column_count;
  cte->outer = b->ctes;
  cte->name = name;
  cte->body = &working->relation;
  b->ctes = cte;
}

/* The rows of the round before, under new ids. */
static struct vonk_relation *read_working(struct binder *b, const struct bind_cte *cte) {
  struct vonk_relation *copy = (struct vonk_relation *)(void *)vonk_node_clone(b->arena, &cte->body->node);
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, copy->columns, copy->column_count * sizeof *columns);
  for (uint32_t i = 0; i < copy->column_count; i++) columns[i].id = bind_new_id(b);
  copy->columns = columns;
  return copy;
}

STATUS bind_cte_read(struct binder *b, struct vonk_str name, struct vonk_relation **out) {
  const struct bind_cte *cte = b->ctes;
  while (cte && !bind_same_name(b, cte->name, name)) cte = cte->outer;
  *out = NULL;
  if (!cte) return VONK_OK;
  if (RELATION_IS(cte->body, working)) {
    *out = read_working(b, cte);
    return VONK_OK;
  }
  if ((cte->correlated || cte->recursive) && cte->readers > 1) return bind_definition(b, cte, out);
  if (cte->readers <= 1) {
    *out = cte->body;
    return VONK_OK;
  }
  struct vonk_relation_shared *shared = RELATION_NEW(b->arena, shared, cte->definition->relation.node.origin);
  struct vonk_plan_column *columns = vonk_arena_copy(b->arena, cte->body->columns, cte->body->column_count * sizeof *columns);
  for (uint32_t i = 0; i < cte->body->column_count; i++) columns[i].id = bind_new_id(b);
  shared->body = cte->body;
  shared->shared_id = cte->shared_id;
  shared->relation.columns = columns;
  shared->relation.column_count = cte->body->column_count;
  *out = &shared->relation;
  return VONK_OK;
}
