/* writer_shred.c: nested columns to levels and values (Dremel), a whole batch at each step down the tree.
 *
 * Entries are three arrays: definition, repetition, and the row of the current column, or ENDED where a null or an empty
 * list above has ended the way down. A struct passes its entries on to each child, a list makes one for each element.
 */
#include "format/parquet/writer_internal.h"

#define ENDED UINT32_MAX

struct entries {
  uint8_t *definitions, *repetitions;
  uint32_t *rows;
  uint32_t count;
};

static STATUS take_entries(struct vonk_task *task, struct vonk_scratch *scratch, uint32_t count, struct entries *out) {
  void *definitions, *repetitions, *rows;
  TRY(vonk_scratch_take(task, scratch, count, &definitions));
  TRY(vonk_scratch_take(task, scratch, count, &repetitions));
  TRY(vonk_scratch_take(task, scratch, 4 * (size_t)count, &rows));
  *out = (struct entries){definitions, repetitions, rows, count};
  return VONK_OK;
}

/* Rows that are not null get the node's level, the others end here. */
static STATUS enter(struct vonk_task *task, const struct parquet_out_node *node, const struct vonk_column *column, struct entries *e) {
  for (uint32_t i = 0; i < e->count; i++) {
    if (e->rows[i] == ENDED) continue;
    if (vonk_column_row_valid(column, e->rows[i])) {
      e->definitions[i] = node->definition;
    } else if (node->nullable) {
      e->rows[i] = ENDED;
    } else {
      return vonk_raisef(task, VONK_INTERNAL_ERROR, NULL, "message", "a null in the column " STR_FMT ", which cannot hold one", STR_ARG(node->name));
    }
  }
  return VONK_OK;
}

static STATUS put_leaf(struct vonk_task *task, struct parquet_piece *piece, const struct parquet_out_node *node, const struct vonk_column *column,
                       const struct entries *e) {
  struct parquet_out_column *out = &piece->columns[node->leaf];
  void *rows;
  uint32_t count = 0;
  TRY(vonk_scratch_take_rows(task, &piece->scratch, e->count, 4, &rows));
  for (uint32_t i = 0; i < e->count; i++) {
    ((uint32_t *)rows)[count] = e->rows[i];
    count += e->rows[i] != ENDED;
  }
  TRY(parquet_column_add_values(task, piece, out, column, rows, count));
  return parquet_column_add_levels(task, out, e->definitions, e->repetitions, e->count);
}

static STATUS descend(struct vonk_task *task, struct parquet_piece *piece, const struct parquet_out_node *node, const struct vonk_column *column,
                      struct entries *e);

/* The children change what they are given: all but the last get copies. */
static STATUS descend_all(struct vonk_task *task, struct parquet_piece *piece, const struct parquet_out_node *node, const struct vonk_column *column,
                          struct entries *e) {
  for (uint32_t i = 0; i < node->child_count; i++) {
    struct entries own = *e;
    if (i + 1 < node->child_count) {
      TRY(take_entries(task, &piece->scratch, e->count, &own));
      memcpy(own.definitions, e->definitions, e->count);
      memcpy(own.repetitions, e->repetitions, e->count);
      memcpy(own.rows, e->rows, 4 * (size_t)e->count);
    }
    TRY(descend(task, piece, &node->children[i], &column->children[i], &own));
  }
  return VONK_OK;
}

static STATUS expand(struct vonk_task *task, struct parquet_piece *piece, const struct parquet_out_node *node, const struct vonk_column *column,
                     const struct entries *e, struct entries *out) {
  const struct vonk_list *lists = vonk_column_values(column);
  uint64_t total = 0;
  for (uint32_t i = 0; i < e->count; i++) {
    uint32_t length = e->rows[i] == ENDED ? 0 : lists[vonk_column_index(column, e->rows[i])].length;
    total += length ? length : 1;
  }
  if (total > INT32_MAX) return vonk_unsupported(task, NULL, "writing more than 2147483647 elements of a batch");
  TRY(take_entries(task, &piece->scratch, (uint32_t)total, out));
  uint32_t at = 0;
  for (uint32_t i = 0; i < e->count; i++) {
    const struct vonk_list *list = e->rows[i] == ENDED ? NULL : &lists[vonk_column_index(column, e->rows[i])];
    if (!list || !list->length) {
      out->definitions[at] = e->definitions[i], out->repetitions[at] = e->repetitions[i], out->rows[at++] = ENDED;
      continue;
    }
    for (uint32_t k = 0; k < list->length; k++, at++) {
      out->definitions[at] = (uint8_t)(node->definition + 1);
      out->repetitions[at] = k ? node->repetition : e->repetitions[i];
      out->rows[at] = list->offset + k;
    }
  }
  return vonk_task_check(task);
}

static STATUS descend(struct vonk_task *task, struct parquet_piece *piece, const struct parquet_out_node *node, const struct vonk_column *column,
                      struct entries *e) {
  struct vonk_column entries;
  TRY(enter(task, node, column, e));
  if (node->child_count == 0) return put_leaf(task, piece, node, column, e);
  if (column->encoding == VONK_CONST) {
    for (uint32_t i = 0; i < e->count; i++) e->rows[i] = e->rows[i] == ENDED ? ENDED : 0;
  } else if (column->encoding == VONK_DICT) {
    for (uint32_t i = 0; i < e->count; i++) e->rows[i] = e->rows[i] == ENDED ? ENDED : column->codes[e->rows[i]];
    entries = column->dictionary->entries;
    column = &entries;
  }
  if (column->physical == VONK_PHYSICAL_NONE) {
    /* All ended here; the children are not there to be looked at. */
    for (uint32_t i = 0; i < node->leaf_count; i++)
      TRY(parquet_column_add_levels(task, &piece->columns[node->leaf + i], e->definitions, e->repetitions, e->count));
    return VONK_OK;
  }
  if (column->physical == VONK_PHYSICAL_STRUCT) return descend_all(task, piece, node, column, e);
  struct entries expanded;
  TRY(expand(task, piece, node, column, e, &expanded));
  return descend_all(task, piece, node, column, &expanded);
}

STATUS parquet_shred(struct vonk_task *task, struct parquet_piece *piece, const struct parquet_out_node *node, const struct vonk_column *column,
                     uint32_t first, uint32_t count) {
  struct entries e;
  TRY(take_entries(task, &piece->scratch, count, &e));
  memset(e.definitions, 0, count);
  memset(e.repetitions, 0, count);
  for (uint32_t i = 0; i < count; i++) e.rows[i] = first + i;
  return descend(task, piece, node, column, &e);
}
