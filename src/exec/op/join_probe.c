/* join_probe.c: the probe side, a batch at a time.
 *
 * First every row finds its first match. When that is all there is to know (semi, anti, mark, or no row has a second match)
 * the batch goes on as it is: its own columns under a mask, the build columns gathered beside them. Otherwise pairs are
 * written out, up to a batch of them at a time, and a residual decides over each.
 */
#include "exec/op/join.h"

struct probe {
  const struct vonk_join_table *table;
  struct vonk_join_parts *parts;     /* the join spills: rows for later */
  struct vonk_memory memory;
  struct vonk_program_worker *keys, *residual;
  struct vonk_column *key_columns;
  struct vonk_column *columns;       /* left's, right's, and the mark */
  struct vonk_scratch scratch;       /* of a batch of the probe side */
  struct vonk_scratch output;        /* of a batch that goes out */
  struct vonk_batch in;
  uint8_t *key_rows;                 /* by batch row, hash joins only */
  uint8_t *match[VONK_BATCH_ROWS];   /* by batch row: the row of the build side tried next */
  uint64_t hashes[VONK_BATCH_ROWS];
  uint32_t rows[VONK_BATCH_ROWS + 64];
  uint32_t row_count, at;            /* of `rows`; the one whose chain is being followed */
  bool expanding;
  uint64_t matched[VONK_BATCH_WORDS];/* probe rows with a match */
  uint64_t live[VONK_BATCH_WORDS];
  uint64_t flags[VONK_BATCH_WORDS], valid[VONK_BATCH_WORDS]; /* the mark column */
};

STATUS vonk_join_open_probe(struct vonk_context *context, struct vonk_join *join, void **state) {
  struct probe *w = ARENA_NEW(context->task.arena, struct probe);
  *state = w;
  w->table = &join->table;
  w->key_columns = ARENA_ARRAY(context->task.arena, struct vonk_column, join->key_count + 1);
  w->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, join->probe->column_count + join->build->column_count + 1);
  if (join->residual) TRY(vonk_program_open_worker(&context->task, join->residual, &w->residual));
  return join->probe_keys ? vonk_program_open_worker(&context->task, join->probe_keys, &w->keys) : VONK_OK;
}

void vonk_join_probe_in(void *state, const struct vonk_join_table *table) { ((struct probe *)state)->table = table; }

void vonk_join_close_probe(void *state) {
  struct probe *w = state;
  if (w->keys) vonk_program_close_worker(w->keys);
  if (w->residual) vonk_program_close_worker(w->residual);
  vonk_scratch_deinit(&w->scratch);
  vonk_scratch_deinit(&w->output);
}

/* ---- first matches ---- */

#define FIND_DIRECT(T)                                                                                                   \
  do {                                                                                                                   \
    const T *values = key->data;                                                                                         \
    for (uint32_t i = 0; i < w->row_count; i++) {                                                                        \
      uint32_t row = w->rows[i];                                                                                         \
      w->match[row] = vonk_join_direct(table, values[row]);                                                              \
    }                                                                                                                    \
  } while (0)

static STATUS find_direct(struct vonk_context *context, struct vonk_join *join, struct probe *w) {
  const struct vonk_join_table *table = w->table;
  if (!join->key_count) {
    for (uint32_t i = 0; i < w->row_count; i++) w->match[w->rows[i]] = vonk_join_direct(table, 0);
    return VONK_OK;
  }
  struct vonk_column flat, *key = &w->key_columns[0];
  if (key->encoding != VONK_FLAT) {
    TRY(vonk_column_flatten(&context->task, &w->scratch, key, w->in.row_count, &flat));
    key = &flat;
  }
  switch (key->physical) {
    case VONK_PHYSICAL_I8: FIND_DIRECT(int8_t); break;
    case VONK_PHYSICAL_I16: FIND_DIRECT(int16_t); break;
    case VONK_PHYSICAL_I32: FIND_DIRECT(int32_t); break;
    case VONK_PHYSICAL_I64: FIND_DIRECT(int64_t); break;
    case VONK_PHYSICAL_I128: {
      const vonk_int128 *values = key->data;
      for (uint32_t i = 0; i < w->row_count; i++) {
        vonk_int128 value = values[w->rows[i]];
        bool fits = value >= INT64_MIN && value <= INT64_MAX;
        w->match[w->rows[i]] = fits ? vonk_join_direct(table, (int64_t)value) : NULL;
      }
      break;
    }
    default: memset(w->match, 0, sizeof w->match); return VONK_OK;
  }
  for (uint32_t i = 0; key->valid && i < w->row_count; i++) {
    if (!vonk_bits_get(key->valid, w->rows[i])) w->match[w->rows[i]] = NULL;
  }
  return VONK_OK;
}

static inline const uint8_t *key_row(const struct vonk_join *join, const struct probe *w, uint32_t row) {
  return w->key_rows + (size_t)row * join->key_layout.stride;
}

/* ROW of the chain, or the first behind it, whose keys equal those of the probe row. */
static uint8_t *equal_from(const struct vonk_join *join, const struct probe *w, uint32_t probe_row, uint8_t *row) {
  const struct vonk_join_table *table = w->table;
  if (table->direct) return row;
  for (; row; row = *vonk_join_next(table, row)) {
    if (*vonk_join_hash(table, row) != w->hashes[probe_row]) continue;
    if (vonk_row_equal_columns(&join->key_layout, key_row(join, w, probe_row), &table->layout, row, join->key_count)) return row;
  }
  return NULL;
}

static STATUS make_key_rows(struct vonk_context *context, struct vonk_join *join, struct probe *w) {
  const struct vonk_row_layout *layout = &join->key_layout;
  void *memory;
  TRY(vonk_scratch_take(&context->task, &w->scratch, (size_t)w->in.row_count * layout->stride + 16, &memory));
  w->key_rows = memory;
  return vonk_row_scatter_all(&context->task, layout, &w->scratch, w->key_columns, NULL, w->in.row_count, w->in.row_count, memory);
}

static STATUS find_hashed(struct vonk_context *context, struct vonk_join *join, struct probe *w) {
  const struct vonk_row_layout *layout = &join->key_layout;
  const struct vonk_join_table *table = w->table;
  TRY(make_key_rows(context, join, w));
  /* Two passes: the loads of the first overlap, those of the second find their rows in the cache. */
  for (uint32_t i = 0; i < w->row_count; i++) {
    uint32_t row = w->rows[i];
    const uint8_t *key = key_row(join, w, row);
    w->hashes[row] = vonk_row_hash_columns(layout, join->key_count, key);
    w->match[row] = vonk_join_never_matches(table, key) ? NULL : vonk_join_bucket(table, w->hashes[row]);
  }
  for (uint32_t i = 0; i < w->row_count; i++) {
    if (w->match[w->rows[i]]) __builtin_prefetch(vonk_join_hash(table, w->match[w->rows[i]]));
  }
  for (uint32_t i = 0; i < w->row_count; i++) {
    uint32_t row = w->rows[i];
    if (w->match[row]) w->match[row] = equal_from(join, w, row, w->match[row]);
  }
  return VONK_OK;
}

static bool any_second_match(const struct vonk_join *join, const struct probe *w) {
  const struct vonk_join_table *table = w->table;
  if (table->direct && join->key_count && !atomic_load_explicit(&((struct vonk_join_table *)table)->has_duplicates, memory_order_relaxed)) return false;
  for (uint32_t i = 0; i < w->row_count; i++) {
    uint32_t row = w->rows[i];
    if (w->match[row] && equal_from(join, w, row, *vonk_join_next(table, w->match[row]))) return true;
  }
  return false;
}

/* ---- output ---- */

static uint32_t probe_at(const struct vonk_join *join) { return join->build_left ? join->plan->left->column_count : 0; }
static uint32_t build_at(const struct vonk_join *join) { return join->build_left ? 0 : join->plan->left->column_count; }

static STATUS gather_build(struct vonk_context *context, struct vonk_join *join, struct probe *w, const uint8_t *const *pointers, uint32_t count) {
  for (uint32_t c = 0; c < join->build->column_count; c++) {
    TRY(vonk_row_gather(&context->task, &join->table.layout, join->build_slots[c], &w->output, pointers, count, &w->columns[build_at(join) + c]));
  }
  return VONK_OK;
}

static void mark_build(struct vonk_join *join, struct probe *w) {
  for (uint32_t i = 0; i < w->row_count; i++) {
    uint8_t *row = w->match[w->rows[i]];
    if (row) atomic_store_explicit(vonk_join_matched(&join->table, row), 1, memory_order_relaxed);
  }
}

/* The probe's columns under MASK (NULL: as they came), made dense when few are left. */
static STATUS emit_probe(struct vonk_context *context, struct vonk_join *join, struct probe *w, const uint64_t *mask, struct vonk_batch *out) {
  struct vonk_batch kept = w->in;
  if (mask) {
    kept.live = mask;
    kept.live_count = (uint32_t)vonk_bits_count(mask, w->in.row_count);
    if (!kept.live_count) return VONK_OK;
    if (kept.live_count == kept.row_count) kept.live = NULL;
  }
  (void)join;
  if (kept.live && kept.live_count * 2 < kept.row_count) return vonk_batch_compact(&context->task, &w->output, &kept, out);
  *out = kept;
  return VONK_OK;
}

/* NOT IN: a null on either side leaves it open whether there is a match. */
static bool row_unknown(const struct vonk_join *join, const struct probe *w, uint32_t row) {
  if (!join->null_aware) return false;
  if (join->table.has_null_key) return true;
  for (uint32_t k = 0; k < join->key_count; k++) {
    if (!join->table.keys[k].null_safe && !vonk_column_row_valid(&w->key_columns[k], row)) return true;
  }
  return false;
}

static STATUS emit_mask(struct vonk_context *context, struct vonk_join *join, struct probe *w, struct vonk_batch *out) {
  uint32_t rows = w->in.row_count;
  if (join->probe_semi) {
    vonk_bits_and(w->matched, w->in.live, rows, w->live);
    return emit_probe(context, join, w, w->live, out);
  }
  bool empty = !join->build_row_count && !join->table.has_null_key;
  if (join->probe_anti) {
    vonk_bits_not(w->matched, rows, w->live);
    vonk_bits_and(w->live, w->in.live, rows, w->live);
    for (uint32_t i = 0; join->null_aware && !empty && i < w->row_count; i++) {
      if (join->table.has_null_key || row_unknown(join, w, w->rows[i])) vonk_bits_clear(w->live, w->rows[i]);
    }
    return emit_probe(context, join, w, w->live, out);
  }
  memcpy(w->flags, w->matched, sizeof w->flags);
  vonk_bits_fill(w->valid, rows, true);
  bool nulls = false;
  for (uint32_t i = 0; join->null_aware && !empty && i < w->row_count; i++) {
    uint32_t row = w->rows[i];
    if (vonk_bits_get(w->matched, row)) continue;
    if (!join->table.has_null_key && !row_unknown(join, w, row)) continue;
    vonk_bits_clear(w->valid, row);
    nulls = true;
  }
  uint32_t columns = w->in.column_count;
  memcpy(w->columns, w->in.columns, columns * sizeof *w->columns);
  w->columns[columns] = (struct vonk_column){.type = &vonk_type_boolean, .encoding = VONK_FLAT, .physical = VONK_PHYSICAL_BOOL,
                                             .data = w->flags, .valid = nulls ? w->valid : NULL};
  *out = w->in;
  out->columns = w->columns;
  out->column_count = columns + 1;
  return VONK_OK;
}

/* Each row has one match at the most, and no residual speaks: probe columns stay where they are. */
static STATUS emit_single(struct vonk_context *context, struct vonk_join *join, struct probe *w, struct vonk_batch *out) {
  uint32_t rows = w->in.row_count, matches = (uint32_t)vonk_bits_count(w->matched, rows);
  const uint8_t *pointers[VONK_BATCH_ROWS];
  if (!join->probe_outer && !matches) return VONK_OK;
  if (!join->probe_outer && matches * 2 < rows) {
    /* Sparse: both sides are gathered. */
    uint32_t kept[VONK_BATCH_ROWS + 64], count = vonk_select_rows(w->matched, rows, kept);
    for (uint32_t i = 0; i < count; i++) pointers[i] = w->match[kept[i]];
    for (uint32_t c = 0; c < w->in.column_count; c++) {
      TRY(vonk_column_gather(&context->task, &w->output, &w->in.columns[c], kept, count, &w->columns[probe_at(join) + c]));
    }
    TRY(gather_build(context, join, w, pointers, count));
    out->row_count = out->live_count = count;
  } else {
    const uint8_t *any = NULL;
    for (uint32_t i = 0; i < w->row_count && !any; i++) any = w->match[w->rows[i]];
    /* Rows that do not count get some row's values, outer ones null. */
    for (uint32_t row = 0; row < rows; row++) {
      bool matched = vonk_bits_get(w->matched, row);
      pointers[row] = matched ? w->match[row] : join->probe_outer ? NULL : any;
    }
    memcpy(w->columns + probe_at(join), w->in.columns, w->in.column_count * sizeof *w->columns);
    TRY(gather_build(context, join, w, pointers, rows));
    out->row_count = rows;
    out->live = join->probe_outer ? w->in.live : matches == rows ? NULL : w->matched;
    out->live_count = join->probe_outer ? w->in.live_count : matches;
  }
  out->columns = w->columns;
  out->column_count = w->in.column_count + join->build->column_count;
  return VONK_OK;
}

/* ---- pairs ---- */

static STATUS raise_single(struct vonk_context *context, const struct vonk_join *join) {
  return vonk_raise(&context->task, VONK_SCALAR_SUBQUERY_TOO_MANY_ROWS, join->plan->relation.node.origin, NULL);
}

/* Up to a batch of (probe row, build row) from the chains. */
static uint32_t collect_pairs(struct vonk_join *join, struct probe *w, uint32_t *rows, const uint8_t **pointers) {
  uint32_t count = 0;
  while (w->at < w->row_count && count < VONK_BATCH_ROWS) {
    uint32_t row = w->rows[w->at];
    uint8_t *build = w->match[row];
    if (!build) {
      w->at++;
      continue;
    }
    rows[count] = row;
    pointers[count++] = build;
    w->match[row] = equal_from(join, w, row, *vonk_join_next(&join->table, build));
  }
  return count;
}

static STATUS emit_pairs(struct vonk_context *context, struct vonk_join *join, struct probe *w, const uint32_t *rows,
                         const uint8_t *const *pointers, uint32_t count, struct vonk_batch *out) {
  struct vonk_batch pairs = *out;
  for (uint32_t c = 0; c < w->in.column_count; c++) {
    TRY(vonk_column_gather(&context->task, &w->output, &w->in.columns[c], rows, count, &w->columns[probe_at(join) + c]));
  }
  TRY(gather_build(context, join, w, pointers, count));
  pairs.columns = w->columns;
  pairs.column_count = w->in.column_count + join->build->column_count;
  pairs.row_count = pairs.live_count = count;
  if (w->residual) {
    uint32_t kept;
    TRY(vonk_program_filter(&context->task, w->residual, &pairs, w->live, &kept));
    pairs.live = kept == count ? NULL : w->live;
    pairs.live_count = kept;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (pairs.live && !vonk_bits_get(pairs.live, i)) continue;
    if (join->single && vonk_bits_get(w->matched, rows[i])) return raise_single(context, join);
    vonk_bits_set(w->matched, rows[i]);
    if (join->marks_build) atomic_store_explicit(vonk_join_matched(&join->table, pointers[i]), 1, memory_order_relaxed);
  }
  if (!join->pairs || !pairs.live_count) return VONK_OK;
  if (pairs.live && pairs.live_count * 2 < count) return vonk_batch_compact(&context->task, &w->output, &pairs, out);
  *out = pairs;
  return VONK_OK;
}

/* All pairs are out: the rows that asked for one in vain, or the mask that the pairs made. */
static STATUS emit_rest(struct vonk_context *context, struct vonk_join *join, struct probe *w, struct vonk_batch *out) {
  if (join->probe_semi || join->probe_anti || join->probe_mark) return emit_mask(context, join, w, out);
  if (!join->probe_outer) return VONK_OK;
  uint32_t rows[VONK_BATCH_ROWS], count = 0;
  const uint8_t *pointers[VONK_BATCH_ROWS];
  for (uint32_t i = 0; i < w->row_count; i++) {
    if (vonk_bits_get(w->matched, w->rows[i])) continue;
    pointers[count] = NULL;
    rows[count++] = w->rows[i];
  }
  if (!count) return VONK_OK;
  for (uint32_t c = 0; c < w->in.column_count; c++) {
    TRY(vonk_column_gather(&context->task, &w->output, &w->in.columns[c], rows, count, &w->columns[probe_at(join) + c]));
  }
  TRY(gather_build(context, join, w, pointers, count));
  out->columns = w->columns;
  out->column_count = w->in.column_count + join->build->column_count;
  out->row_count = out->live_count = count;
  return VONK_OK;
}

static STATUS expand(struct vonk_context *context, struct vonk_join *join, struct probe *w, struct vonk_batch *out, enum vonk_step *step) {
  uint32_t rows[VONK_BATCH_ROWS];
  const uint8_t *pointers[VONK_BATCH_ROWS];
  *step = VONK_STEP_HAVE_OUTPUT;
  for (;;) {
    vonk_scratch_reset(&w->output);
    TRY(vonk_task_check(&context->task));
    uint32_t count = collect_pairs(join, w, rows, pointers);
    if (!count) break;
    TRY(emit_pairs(context, join, w, rows, pointers, count, out));
    if (out->row_count) return VONK_OK;
  }
  w->expanding = false;
  *step = VONK_STEP_NEED_INPUT;
  return emit_rest(context, join, w, out);
}

/* The rows wait on disk until their partition's turn. */
static STATUS store(struct vonk_context *context, struct vonk_join *join, struct probe *w) {
  TRY(make_key_rows(context, join, w));
  for (uint32_t i = 0; i < w->row_count; i++) {
    w->hashes[w->rows[i]] = vonk_row_hash_columns(&join->key_layout, join->key_count, key_row(join, w, w->rows[i]));
  }
  return vonk_join_spill_probe(context, join, &w->parts, &w->memory, &w->scratch, &w->in, w->rows, w->row_count, w->hashes);
}

STATUS vonk_join_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                      struct vonk_batch *out, enum vonk_step *step) {
  struct vonk_join *join = (struct vonk_join *)op;
  struct probe *w = state;
  *step = VONK_STEP_NEED_INPUT;
  if (!in) return expand(context, join, w, out, step);
  w->in = *in;
  vonk_scratch_reset(&w->scratch);
  vonk_scratch_reset(&w->output);
  w->row_count = vonk_select_rows(in->live, in->row_count, w->rows);
  if (w->keys) TRY(vonk_program_eval(&context->task, w->keys, in, w->key_columns));
  if (w->table == &join->table && atomic_load_explicit(&join->spills, memory_order_relaxed)) return store(context, join, w);
  if (in->live) memset(w->match, 0, in->row_count * sizeof *w->match);
  if (w->table->direct) TRY(find_direct(context, join, w));
  else TRY(find_hashed(context, join, w));
  bool needs_pairs = join->residual || join->build_semi || join->build_anti;
  if (!needs_pairs && join->pairs) needs_pairs = any_second_match(join, w);
  memset(w->matched, 0, sizeof w->matched);
  if (needs_pairs) {
    w->expanding = true;
    w->at = 0;
    return expand(context, join, w, out, step);
  }
  for (uint32_t row = 0; row < in->row_count; row++) w->matched[row >> 6] |= (uint64_t)(w->match[row] != NULL) << (row & 63);
  if (join->marks_build) mark_build(join, w);
  return join->pairs ? emit_single(context, join, w, out) : emit_mask(context, join, w, out);
}
