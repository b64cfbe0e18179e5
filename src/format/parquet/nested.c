/* nested.c: lists, maps and structs put together from the levels of their leaves.
 *
 * Every leaf is read for the same rows. A node's own shape (which rows are null, how long lists are) is told by the levels of the
 * first leaf below it; a leaf has a slot for each row of the innermost list around it. Leaves that disagree are an error.
 */
#include "format/parquet/nested.h"

#include "base/bits.h"

struct parquet_nested {
  const struct parquet_node *stored, *node;
  struct parquet_source source;
  struct vonk_arena *arena;            /* of the batch */
  struct parquet_leaf *leaves;
  struct parquet_levels *levels;
  struct vonk_column *columns;         /* of the leaves */
  uint32_t leaf_count;
};

static const struct parquet_node *leaf_node(const struct parquet_node *node, uint32_t leaf) {
  while (node->kind != PARQUET_NODE_LEAF) {
    uint32_t i = 0;
    while (i + 1 < node->child_count && node->children[i + 1].leaf <= leaf) i++;
    node = &node->children[i];
  }
  return node;
}

/* Which node each leaf below NODE is read as; the levels of lists and structs come from the first leaf below them. */
static void note_leaves(const struct parquet_nested *nested, const struct parquet_node *node, const struct parquet_node **nodes) {
  uint32_t leaf = node->leaf - nested->node->leaf;
  if (node->kind == PARQUET_NODE_MISSING) return;
  if (node->kind == PARQUET_NODE_LEAF) {
    nodes[leaf] = node;
    return;
  }
  if (!nodes[leaf]) nodes[leaf] = leaf_node(nested->stored, node->leaf);
  for (uint32_t i = 0; i < node->child_count; i++) note_leaves(nested, &node->children[i], nodes);
}

STATUS parquet_nested_open(struct vonk_task *task, struct vonk_arena *arena, const struct parquet_pages *pages, const struct parquet_row_group *group,
                           const struct parquet_node *stored, const struct parquet_node *node, struct parquet_nested **out) {
  struct parquet_nested *nested = ARENA_NEW(arena, struct parquet_nested);
  *nested = (struct parquet_nested){.stored = stored, .node = node, .source = {.path = pages->file->path, .node = stored}, .leaf_count = stored->leaf_count};
  nested->arena = vonk_arena_create(task->budget);
  nested->leaves = ARENA_ARRAY(arena, struct parquet_leaf, nested->leaf_count);
  nested->levels = ARENA_ARRAY(arena, struct parquet_levels, nested->leaf_count);
  nested->columns = ARENA_ARRAY(arena, struct vonk_column, nested->leaf_count);
  *out = nested;
  const struct parquet_node **nodes = (const struct parquet_node **)vonk_arena_calloc(arena, nested->leaf_count, sizeof *nodes);
  note_leaves(nested, node, nodes);
  for (uint32_t i = 0; i < nested->leaf_count; i++) {
    if (nodes[i]) TRY(parquet_leaf_open(task, pages, &group->chunks[stored->leaf + i], nodes[i], &nested->leaves[i]));
  }
  return VONK_OK;
}

void parquet_nested_close(struct parquet_nested *nested) {
  if (!nested) return;
  for (uint32_t i = 0; i < nested->leaf_count; i++) {
    parquet_leaf_close(&nested->leaves[i]);
    vonk_buffer_release(nested->levels[i].definitions);
    vonk_buffer_release(nested->levels[i].repetitions);
  }
  vonk_arena_destroy(nested->arena);
}

static STATUS assemble(struct vonk_task *task, struct parquet_nested *nested, const struct parquet_node *node, uint32_t rows, struct vonk_column *out);

static STATUS disagree(struct vonk_task *task, const struct parquet_nested *nested) {
  return parquet_malformed(task, &nested->source, "its fields have different numbers of rows");
}

static uint64_t *words(struct vonk_arena *arena, uint32_t rows) { return ARENA_ARRAY(arena, uint64_t, vonk_bits_words(rows) + 1); }

static STATUS assemble_struct(struct vonk_task *task, struct parquet_nested *nested, const struct parquet_node *node, uint32_t rows, struct vonk_column *out) {
  const struct parquet_levels *levels = &nested->levels[node->leaf - nested->node->leaf];
  uint64_t *valid = words(nested->arena, rows);
  uint32_t n = 0;
  for (uint32_t i = 0; i < levels->count; i++) {
    uint8_t definition = levels->definitions->data[i];
    if (levels->repetitions->data[i] > node->repetition || definition < node->slot_definition) continue;
    if (n == rows) return disagree(task, nested);
    if (definition >= node->definition) vonk_bits_set(valid, n);
    n++;
  }
  if (n != rows) return disagree(task, nested);
  out->physical = VONK_PHYSICAL_STRUCT;
  out->valid = node->nullable ? valid : NULL;
  out->children = ARENA_ARRAY(nested->arena, struct vonk_column, node->child_count);
  for (uint32_t i = 0; i < node->child_count; i++) TRY(assemble(task, nested, &node->children[i], rows, &out->children[i]));
  return VONK_OK;
}

static STATUS assemble_list(struct vonk_task *task, struct parquet_nested *nested, const struct parquet_node *node, uint32_t rows, struct vonk_column *out) {
  const struct parquet_levels *levels = &nested->levels[node->leaf - nested->node->leaf];
  uint64_t *valid = words(nested->arena, rows);
  struct vonk_list *lists = ARENA_ARRAY(nested->arena, struct vonk_list, (vonk_bits_words(rows) + 1) * 64);
  uint32_t n = 0, entries = 0;
  for (uint32_t i = 0; i < levels->count; i++) {
    uint8_t definition = levels->definitions->data[i], repetition = levels->repetitions->data[i];
    if (repetition > node->repetition || definition < node->slot_definition) continue;
    if (repetition < node->repetition) {
      if (n == rows) return disagree(task, nested);
      lists[n].offset = entries;
      if (definition >= node->definition) vonk_bits_set(valid, n);
      n++;
    }
    if (definition < node->entry_definition) continue;
    if (n == 0) return disagree(task, nested);
    lists[n - 1].length++;
    entries++;
  }
  if (n != rows) return disagree(task, nested);
  out->physical = VONK_PHYSICAL_LIST;
  out->valid = node->nullable ? valid : NULL;
  out->data = lists;
  out->child_count = entries;
  out->children = ARENA_ARRAY(nested->arena, struct vonk_column, node->child_count);
  for (uint32_t i = 0; i < node->child_count; i++) TRY(assemble(task, nested, &node->children[i], entries, &out->children[i]));
  return VONK_OK;
}

static STATUS assemble(struct vonk_task *task, struct parquet_nested *nested, const struct parquet_node *node, uint32_t rows, struct vonk_column *out) {
  *out = (struct vonk_column){.type = node->type, .encoding = VONK_FLAT};
  if (node->kind == PARQUET_NODE_MISSING) {
    struct vonk_value null = vonk_value_null(node->type);
    *out = vonk_column_const(nested->arena, &null);
    return VONK_OK;
  }
  if (node->kind == PARQUET_NODE_STRUCT) return assemble_struct(task, nested, node, rows, out);
  if (node->kind != PARQUET_NODE_LEAF) return assemble_list(task, nested, node, rows, out);
  uint32_t leaf = node->leaf - nested->node->leaf;
  if (nested->leaves[leaf].out_count != rows) return disagree(task, nested);
  *out = nested->columns[leaf];
  return VONK_OK;
}

static STATUS read_leaves(struct vonk_task *task, struct parquet_nested *nested, uint32_t row_count) {
  for (uint32_t i = 0; i < nested->leaf_count; i++) {
    if (nested->leaves[i].node) TRY(parquet_leaf_read_nested(task, &nested->leaves[i], row_count, &nested->levels[i], &nested->columns[i]));
  }
  return VONK_OK;
}

STATUS parquet_nested_read(struct vonk_task *task, struct parquet_nested *nested, uint32_t row_count, struct vonk_column *out) {
  vonk_arena_reset(nested->arena);
  TRY(read_leaves(task, nested, row_count));
  return assemble(task, nested, nested->node, row_count, out);
}

STATUS parquet_nested_skip(struct vonk_task *task, struct parquet_nested *nested, uint64_t row_count) {
  while (row_count > 0) {
    uint32_t step = row_count < VONK_BATCH_ROWS ? (uint32_t)row_count : VONK_BATCH_ROWS;
    TRY(read_leaves(task, nested, step));
    row_count -= step;
  }
  return VONK_OK;
}
