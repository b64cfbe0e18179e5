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
  enum vonk_status status = bind_relation(b, &cte->definition->relation.node, cte->scope, out);
  b->ctes = saved;
  return status;
}

STATUS bind_with(struct binder *b, const struct vonk_relation_with_cte *with, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct bind_cte *saved = b->ctes;
  if (with->recursive) {
    for (uint32_t i = 0; i < with->definitions.count; i++) {
      struct vonk_relation_subquery_alias *definition = RELATION_AS(with->definitions.items[i], subquery_alias);
      struct reader_count self = {b, definition->alias, 0};
      TRY(count_reader(&self, &definition->input->node));
      if (self.count) return vonk_unsupported(b->task, definition->relation.node.origin, "a recursive common table expression");
    }
  }
  for (uint32_t i = 0; i < with->definitions.count; i++) {
    struct bind_cte *cte = ARENA_NEW(b->arena, struct bind_cte);
    cte->outer = b->ctes;
    cte->definition = RELATION_AS(with->definitions.items[i], subquery_alias);
    cte->name = cte->definition->alias;
    cte->scope = outer;
    struct reader_count readers = {b, cte->name, 0};
    for (uint32_t j = i + 1; j < with->definitions.count; j++) TRY(count_reader(&readers, with->definitions.items[j]));
    TRY(count_reader(&readers, &with->body->node));
    cte->readers = readers.count;
    TRY(bind_definition(b, cte, &cte->body));
    cte->correlated = outer && bind_find(&cte->body->node, true, test_outer, NULL);
    cte->shared_id = bind_new_id(b);
    b->ctes = cte;
  }
  enum vonk_status status = bind_relation(b, &with->body->node, outer, out);
  b->ctes = saved;
  return status;
}

STATUS bind_cte_read(struct binder *b, struct vonk_str name, struct vonk_relation **out) {
  const struct bind_cte *cte = b->ctes;
  while (cte && !bind_same_name(b, cte->name, name)) cte = cte->outer;
  *out = NULL;
  if (!cte) return VONK_OK;
  if (cte->correlated && cte->readers > 1) return bind_definition(b, cte, out);
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
  shared->relation.estimated_rows = -1;
  *out = &shared->relation;
  return VONK_OK;
}
