/* aggregate.c: GROUP BY by hash.
 *
 * Each worker groups what it sees in a table of its own; tables are brought together partition by partition when the result is
 * read, each partition by one worker, in place (a table that finds few of its groups again is emptied when it outgrows the caches;
 * the groups of its rows are found then): a row of the first table that has the group stays the group. Keys that all
 * come as small dictionaries are not hashed by row: a table from codes to groups is kept while the dictionaries last.
 * Where the order of the groups can be told from the answer few come out as Spark gives them (group_order.h), many by hash.
 * DISTINCT arguments go to tables of (keys, arguments), partitioned as the groups are, and are applied at the end.
 */
#include "base/bits.h"
#include "exec/aggregate_spill.h"
#include "exec/execution_internal.h"
#include "exec/group_order.h"
#include "exec/group_table.h"
#include "exec/hash_order.h"
#include "exec/memory.h"
#include "kernel/compare.h"
#include "kernel/select.h"

enum {
  SPLIT_GROUPS = 32 * 1024, /* above, rows go to partitions */
  CACHED_GROUPS = 64 * 1024,/* above, a table is emptied unless it pays to grow */
  MERGE_AHEAD = 8,
  CODES_MAX = 16 * 1024,    /* combinations of dictionary codes that are mapped */
  KEYS_BY_CODE_MAX = 4,
  CODES_BY_MASK_MAX = 16,   /* combinations that get a mask of their rows */
  ARRIVAL_AT = 16,          /* in the extra bytes: the hash, a flag, where groups are ordered the number of their first row, then states */
};

struct distinct_set {
  struct vonk_row_layout layout; /* keys, then arguments */
  uint32_t call;
};

struct aggregate {
  struct vonk_operator op;
  struct vonk_aggregate_calls calls;
  struct vonk_row_layout layout;
  struct vonk_group_order order;
  struct distinct_set *sets;
  uint32_t set_count;
  struct vonk_aggregate_saved saved; /* when states hold memory outside their rows */
  struct vonk_mutex lock;
  struct worker *workers;        /* combined */
  struct worker *all;            /* to free */
};

struct worker {
  struct worker *next, *next_all;
  struct vonk_arena *arena, *states;
  struct vonk_aggregate_worker aggregates;
  struct vonk_group_table table;
  struct vonk_rows *saved;           /* of each partition, on disk */
  struct vonk_buffer *staging;       /* a block to write them through, held from the start, */
  uint8_t *saved_row;                /* and a row */
  struct vonk_memory memory;
  struct vonk_group_table *distinct; /* one a set */
  bool spilled, emptied;         /* a group may have several rows */
  /* By code. */
  uint64_t dictionary_ids[KEYS_BY_CODE_MAX];
  struct vonk_buffer *by_code;       /* uint8_t *[], NULL: not met yet */
  uint32_t code_count;
  uint64_t tag;                      /* of the first row of the batch, */
  uint32_t partition;                /* which is of this visible one */
};

static void init_row(void *object, uint8_t *row) { vonk_aggregate_init_states(object, row); }

static bool aggregate_accepts(const struct vonk_relation *relation) {
  const struct vonk_relation_group *plan = (const struct vonk_relation_group *)relation;
  if (plan->keys.count) return true;
  for (uint32_t i = 0; i < plan->aggregates.count; i++) {
    const struct vonk_expr_aggregate *call = EXPR_AS(plan->aggregates.items[i], aggregate);
    if (call && call->distinct) return true;
  }
  return false;
}

static STATUS aggregate_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                             struct vonk_operator **out) {
  const struct vonk_relation_group *plan = (const struct vonk_relation_group *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_aggregate, relation, VONK_SHAPE_BREAKER, sizeof(struct aggregate));
  struct aggregate *agg = (struct aggregate *)op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  vonk_mutex_init(&agg->lock);
  struct vonk_arena *arena = task->arena;
  uint32_t keys = plan->keys.count;
  const struct vonk_type **types = ARENA_ARRAY(arena, const struct vonk_type *, keys + 1);
  for (uint32_t i = 0; i < keys; i++) types[i] = plan->keys.items[i]->type;
  vonk_row_layout_init(arena, &agg->layout, types, keys, 16);
  TRY(vonk_group_order_init(task, execution, plan, &agg->order));
  agg->order.layout = &agg->layout;
  agg->order.arrival_offset = agg->layout.extra_offset + ARRIVAL_AT;
  uint32_t states_at = agg->order.has_arrivals ? ARRIVAL_AT + 16 : ARRIVAL_AT;
  TRY(vonk_aggregate_calls_init(task, &agg->calls, &plan->keys, &plan->aggregates, plan->input, agg->layout.extra_offset + states_at));
  op->order_use[0] = agg->order.has_arrivals ? VONK_ORDER_USED : agg->calls.order_use;
  op->uses_partitions = agg->order.has_partitions;
  vonk_row_layout_init(arena, &agg->layout, types, keys, states_at + agg->calls.state_size);
  agg->sets = ARENA_ARRAY(arena, struct distinct_set, agg->calls.count + 1);
  vonk_aggregate_saved_init(arena, &agg->saved, &agg->layout, states_at, &agg->calls);
  for (uint32_t i = 0; i < agg->calls.count; i++) {
    struct vonk_aggregate_call *call = &agg->calls.items[i];
    if (!call->expr->distinct) continue;
    const struct vonk_type **all = ARENA_ARRAY(arena, const struct vonk_type *, keys + call->argument_count + 1);
    memcpy(all, types, keys * sizeof *all);
    for (uint32_t k = 0; k < call->argument_count; k++) all[keys + k] = vonk_aggregate_argument_type(call, k);
    call->distinct_set = agg->set_count;
    agg->sets[agg->set_count].call = i;
    vonk_row_layout_init(arena, &agg->sets[agg->set_count++].layout, all, keys + call->argument_count, 16);
  }
  *out = op;
  return VONK_OK;
}

static STATUS open_sink(struct vonk_context *context, struct aggregate *agg, struct worker **out) {
  struct vonk_arena *arena = vonk_arena_create(context->task.budget);
  struct worker *w = ARENA_NEW(arena, struct worker);
  w->arena = arena;
  w->states = vonk_arena_create(context->task.budget);
  vonk_group_table_init(&w->table, &agg->layout);
  w->table.init = init_row;
  w->table.object = &agg->calls;
  w->distinct = ARENA_ARRAY(arena, struct vonk_group_table, agg->set_count + 1);
  for (uint32_t i = 0; i < agg->set_count; i++) vonk_group_table_init(&w->distinct[i], &agg->sets[i].layout);
  w->saved = ARENA_ARRAY(arena, struct vonk_rows, VONK_GROUP_PARTITIONS);
  for (uint32_t p = 0; p < VONK_GROUP_PARTITIONS; p++) vonk_rows_init(&w->saved[p], &agg->saved.layout);
  w->saved_row = vonk_arena_alloc(arena, agg->saved.layout.stride);
  vonk_mutex_lock(&agg->lock);
  w->next_all = agg->all;
  agg->all = w;
  vonk_mutex_unlock(&agg->lock);
  *out = w;
  if (agg->calls.has_outside_memory) TRY(vonk_buffer_create(context->task.budget, VONK_BLOCK_SIZE, &w->staging));
  return vonk_aggregate_worker_open(&context->task, &agg->calls, arena, w->states, &w->aggregates);
}

/* ---- finding the groups of a batch ---- */

struct keys {
  const uint32_t *rows;  /* batch rows, NULL: all in order */
  uint32_t count;
  uint8_t **groups;      /* by batch row */
  struct vonk_aggregate_masks *masks; /* filled instead when there are few groups */
};

static STATUS spill(struct vonk_context *context, struct aggregate *agg, struct worker *w);

static STATUS find_in(struct vonk_context *context, struct aggregate *agg, struct worker *w, struct vonk_group_table *table,
                      const uint8_t *keys, const uint64_t *hashes, uint32_t count, uint8_t **groups) {
  enum vonk_status status = vonk_group_table_find(&context->task, table, keys, hashes, count, groups);
  if (status == VONK_NO_MEMORY) {
    TRY(spill(context, agg, w));
    status = vonk_group_table_find(&context->task, table, keys, hashes, count, groups);
  }
  return status;
}

/* The first row of each group; split tables are too large for anybody to look. */
static void note_arrivals(const struct aggregate *agg, const struct worker *w, const struct keys *keys) {
  if (w->table.split) return;
  for (uint32_t i = 0; i < keys->count; i++) {
    uint32_t row = keys->rows ? keys->rows[i] : i;
    struct vonk_group_arrival *arrival = vonk_group_arrival(&agg->order, keys->groups[row]);
    if (!arrival->number) *arrival = (struct vonk_group_arrival){w->tag + row + 1, agg->order.has_partitions ? w->partition : 0};
  }
}

static STATUS find_by_hash(struct vonk_context *context, struct aggregate *agg, struct worker *w, uint32_t row_count, struct keys *keys) {
  const struct vonk_row_layout *layout = &agg->layout;
  struct vonk_scratch *scratch = &w->aggregates.scratch;
  void *memory;
  TRY(vonk_scratch_take(&context->task, scratch, (size_t)keys->count * layout->stride + 16, &memory));
  uint8_t *rows = memory;
  TRY(vonk_row_scatter_all(&context->task, layout, scratch, w->aggregates.results, keys->rows, keys->count, row_count, rows));
  uint64_t hashes[VONK_BATCH_ROWS];
  uint8_t *found[VONK_BATCH_ROWS];
  for (uint32_t i = 0; i < keys->count; i++) hashes[i] = vonk_row_hash(layout, rows + (size_t)i * layout->stride);
  uint64_t known = w->table.partitions[0].row_count;
  TRY(find_in(context, agg, w, &w->table, rows, hashes, keys->count, found));
  for (uint32_t i = 0; i < keys->count; i++) keys->groups[keys->rows ? keys->rows[i] : i] = found[i];
  if (agg->order.has_arrivals && w->table.partitions[0].row_count != known) note_arrivals(agg, w, keys);
  return VONK_OK;
}

/* True when the keys come as dictionaries with few combinations; the map from codes is then ready. */
static STATUS prepare_codes(struct vonk_context *context, struct aggregate *agg, struct worker *w, bool *usable) {
  *usable = false;
  uint32_t key_count = agg->calls.key_count, product = 1;
  if (!key_count || key_count > KEYS_BY_CODE_MAX) return VONK_OK;
  bool same = w->by_code != NULL;
  for (uint32_t k = 0; k < key_count; k++) {
    const struct vonk_column *key = &w->aggregates.results[k];
    if (key->encoding != VONK_DICT || key->dictionary->entry_count >= CODES_MAX) return VONK_OK;
    product *= key->dictionary->entry_count + 1;
    if (product > CODES_MAX) return VONK_OK;
    same &= key->dictionary->id == w->dictionary_ids[k];
    w->dictionary_ids[k] = key->dictionary->id;
  }
  *usable = true;
  if (same) return VONK_OK;
  if (!w->by_code) TRY(vonk_buffer_create(context->task.budget, CODES_MAX * sizeof(uint8_t *), &w->by_code));
  memset(w->by_code->data, 0, product * sizeof(uint8_t *));
  w->code_count = product;
  return VONK_OK;
}

static void combine_codes(const struct vonk_column *keys, uint32_t key_count, uint32_t row_count, uint32_t *codes) {
  for (uint32_t k = 0; k < key_count; k++) {
    uint32_t entries = keys[k].dictionary->entry_count;
    const uint32_t *from = keys[k].codes;
    const uint64_t *valid = keys[k].valid;
    if (k == 0) memset(codes, 0, row_count * sizeof *codes);
    if (valid) {
      for (uint32_t i = 0; i < row_count; i++) codes[i] = codes[i] * (entries + 1) + (vonk_bits_get(valid, i) ? from[i] : entries);
    } else {
      for (uint32_t i = 0; i < row_count; i++) codes[i] = codes[i] * (entries + 1) + from[i];
    }
  }
}

/* The rows of each combination of codes. ALL_KNOWN is false when some have no group yet. */
static STATUS make_masks(struct vonk_context *context, struct worker *w, const uint32_t *codes, const struct vonk_batch *in,
                         struct vonk_aggregate_masks *masks, bool *all_known) {
  uint8_t **by_code = (uint8_t **)w->by_code->data;
  void *memory;
  TRY(vonk_scratch_take(&context->task, &w->aggregates.scratch, (size_t)w->code_count * VONK_BATCH_WORDS * 8, &memory));
  uint64_t *mask = memory;
  uint8_t narrow[VONK_BATCH_ROWS];
  for (uint32_t i = 0; i < in->row_count; i++) narrow[i] = (uint8_t)codes[i];
  *all_known = true;
  for (uint32_t code = 0; code < w->code_count; code++) {
    uint8_t wanted = (uint8_t)code;
    struct vonk_arith_inputs inputs = {.a = narrow, .b = &wanted, .a_step = 1, .b_step = 0};
    vonk_compare(VONK_COMPARE_EQ, VONK_PHYSICAL_I8, &inputs, in->row_count, mask);
    if (in->live) vonk_bits_and(mask, in->live, in->row_count, mask);
    if (vonk_bits_none(mask, in->row_count)) continue;
    *all_known &= by_code[code] != NULL;
    masks->masks[masks->count] = mask;
    masks->groups[masks->count++] = by_code[code];
    mask += VONK_BATCH_WORDS;
  }
  return VONK_OK;
}

static STATUS find_by_code(struct vonk_context *context, struct aggregate *agg, struct worker *w, const struct vonk_batch *in, struct keys *keys) {
  uint32_t row_count = in->row_count;
  uint32_t codes[VONK_BATCH_ROWS], missing[VONK_BATCH_ROWS], missing_count = 0;
  combine_codes(w->aggregates.results, agg->calls.key_count, row_count, codes);
  uint8_t **by_code = (uint8_t **)w->by_code->data;
  if (w->code_count <= CODES_BY_MASK_MAX) {
    bool all_known;
    TRY(make_masks(context, w, codes, in, keys->masks, &all_known));
    if (all_known) return VONK_OK;
    keys->masks->count = 0;
  }
  for (uint32_t i = 0; i < keys->count; i++) {
    uint32_t row = keys->rows ? keys->rows[i] : i;
    uint8_t *group = by_code[codes[row]];
    keys->groups[row] = group;
    missing[missing_count] = row;
    missing_count += group == NULL;
  }
  if (!missing_count) return VONK_OK;
  struct keys rest = {.rows = missing, .count = missing_count, .groups = keys->groups};
  TRY(find_by_hash(context, agg, w, row_count, &rest));
  /* Memory was short: the groups that had been found are on disk. */
  if (!w->by_code) return find_by_hash(context, agg, w, row_count, keys);
  for (uint32_t i = 0; i < missing_count; i++) by_code[codes[missing[i]]] = keys->groups[missing[i]];
  return VONK_OK;
}

static STATUS spill_partition(struct vonk_context *context, struct aggregate *agg, struct worker *w, struct vonk_group_table *table, uint32_t p) {
  struct vonk_spill_folder *folder = vonk_engine_spill(context->execution->engine);
  struct vonk_rows *rows = &table->partitions[p];
  if (table != &w->table || !agg->calls.has_outside_memory) return vonk_rows_spill(&context->task, rows, folder);
  struct vonk_rows_writer writer = {.rows = &w->saved[p], .staging = &w->staging, .folder = folder};
  if (rows->row_count) TRY(vonk_aggregate_save_rows(&w->aggregates, &agg->saved, rows, w->saved_row, &writer));
  vonk_rows_deinit(rows);
  vonk_rows_init(rows, &agg->layout);
  return VONK_OK;
}

/* Tables to disk, partition by partition. */
static STATUS spill(struct vonk_context *context, struct aggregate *agg, struct worker *w) {
  uint64_t bytes = 0;
  for (uint32_t s = 0; s <= agg->set_count; s++) {
    struct vonk_group_table *table = s ? &w->distinct[s - 1] : &w->table;
    TRY(vonk_group_table_split(&context->task, table));
    vonk_group_table_clear(table);
    for (uint32_t p = 0; p < VONK_GROUP_PARTITIONS; p++) {
      bytes += table->partitions[p].byte_size;
      TRY(spill_partition(context, agg, w, table, p));
    }
    vonk_buffer_release(table->slot_memory);
    table->slot_memory = NULL;
    table->slots = NULL;
  }
  atomic_fetch_add(&agg->op.metrics.spill_bytes, bytes);
  vonk_buffer_release(w->by_code);
  w->by_code = NULL;
  vonk_arena_reset(w->states);
  w->spilled = true;
  return VONK_OK;
}

static STATUS add_distinct(struct vonk_context *context, struct aggregate *agg, struct worker *w, uint32_t s, const struct vonk_batch *in) {
  const struct distinct_set *set = &agg->sets[s];
  const struct vonk_aggregate_call *call = &agg->calls.items[set->call];
  struct vonk_column *results = w->aggregates.results;
  const struct vonk_column *filter = call->filter == UINT32_MAX ? NULL : &results[call->filter];
  const uint64_t *live;
  if (!vonk_aggregate_live(&w->aggregates, call, in, results + call->first_argument, filter, &live)) return VONK_OK;
  uint32_t rows[VONK_BATCH_ROWS], keys = agg->calls.key_count;
  uint32_t count = (uint32_t)vonk_bits_indexes(live, in->row_count, rows);
  struct vonk_scratch *scratch = &w->aggregates.scratch;
  void *memory, *columns_memory, *group_memory;
  TRY(vonk_scratch_take(&context->task, scratch, (size_t)count * set->layout.stride + 16, &memory));
  TRY(vonk_scratch_take(&context->task, scratch, (size_t)count * agg->layout.stride + 16, &group_memory));
  TRY(vonk_scratch_take(&context->task, scratch, (keys + call->argument_count) * sizeof(struct vonk_column), &columns_memory));
  struct vonk_column *columns = columns_memory;
  memcpy(columns, results, keys * sizeof *columns);
  memcpy(columns + keys, results + call->first_argument, call->argument_count * sizeof *columns);
  TRY(vonk_row_scatter_all(&context->task, &set->layout, scratch, columns, rows, count, in->row_count, memory));
  TRY(vonk_row_scatter_all(&context->task, &agg->layout, scratch, columns, rows, count, in->row_count, group_memory));
  uint64_t hashes[VONK_BATCH_ROWS], upper = ~(uint64_t)0 << (64 - VONK_GROUP_PARTITION_BITS);
  uint8_t *found[VONK_BATCH_ROWS];
  for (uint32_t i = 0; i < count; i++) {
    uint64_t group = vonk_row_hash(&agg->layout, (uint8_t *)group_memory + (size_t)i * agg->layout.stride);
    uint64_t hash = vonk_row_hash(&set->layout, (uint8_t *)memory + (size_t)i * set->layout.stride);
    hashes[i] = (group & upper) | (hash & ~upper);
  }
  return find_in(context, agg, w, &w->distinct[s], memory, hashes, count, found);
}

static STATUS split_if_large(struct vonk_context *context, struct worker *w, struct vonk_group_table *table) {
  if (table->split || table->count < SPLIT_GROUPS) return VONK_OK;
  TRY(vonk_group_table_split(&context->task, table));
  /* Rows have moved. */
  vonk_buffer_release(w->by_code);
  w->by_code = NULL;
  return VONK_OK;
}

static uint64_t held_bytes(const struct aggregate *agg, const struct worker *w) {
  uint64_t bytes = vonk_arena_byte_size(w->states);
  for (uint32_t s = 0; s <= agg->set_count; s++) {
    const struct vonk_group_table *table = s ? &w->distinct[s - 1] : &w->table;
    bytes += table->slot_memory ? table->slot_memory->capacity : 0;
    for (uint32_t p = 0; p < (table->split ? VONK_GROUP_PARTITIONS : 1); p++) bytes += table->partitions[p].byte_size;
  }
  return bytes;
}

/* A table that mostly adds groups is only slower for being large; but when the groups come back after a while, as the rows
 * that are stored for nothing tell, it had better grow. */
static void empty_if_useless(struct worker *w) {
  struct vonk_group_table *table = &w->table;
  if (!table->split || table->count < CACHED_GROUPS || table->looked_up > table->count + table->count / 2) return;
  if (w->emptied && table->row_count > vonk_group_table_distinct(table) / 2 * 3) return;
  vonk_group_table_clear(table);
  w->emptied = true;
  vonk_buffer_release(w->by_code);
  w->by_code = NULL;
}

static STATUS aggregate_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                               enum vonk_step *step) {
  struct aggregate *agg = (struct aggregate *)op;
  struct worker *w = state;
  uint64_t tag;
  *step = VONK_STEP_NEED_INPUT;
  TRY(vonk_aggregate_eval(&w->aggregates, in, &tag));
  w->tag = tag;
  w->partition = in->partition;
  uint32_t rows[VONK_BATCH_ROWS + 64];
  uint8_t *groups[VONK_BATCH_ROWS];
  const uint64_t *masks[CODES_BY_MASK_MAX];
  uint8_t *mask_groups[CODES_BY_MASK_MAX];
  struct vonk_aggregate_masks few = {masks, mask_groups, 0};
  struct keys keys = {.count = in->row_count, .groups = groups, .masks = &few};
  if (in->live) {
    keys.count = vonk_select_rows(in->live, in->row_count, rows);
    keys.rows = rows;
    /* Rows that are not live need an address too, though nobody looks there. */
    for (uint32_t i = 0; i < in->row_count; i++) groups[i] = (uint8_t *)w;
  }
  bool by_code;
  TRY(prepare_codes(context, agg, w, &by_code));
  if (by_code) TRY(find_by_code(context, agg, w, in, &keys));
  else TRY(find_by_hash(context, agg, w, in->row_count, &keys));
  for (uint32_t i = 0; i < agg->calls.count; i++) {
    const struct vonk_aggregate_call *call = &agg->calls.items[i];
    if (call->distinct_set != UINT32_MAX) continue;
    const struct vonk_column *results = w->aggregates.results;
    const struct vonk_column *filter = call->filter == UINT32_MAX ? NULL : &results[call->filter];
    const struct vonk_column *arguments = results + call->first_argument;
    if (few.count) TRY(vonk_aggregate_update_masked(&w->aggregates, i, in, arguments, filter, &few, tag));
    else TRY(vonk_aggregate_update(&w->aggregates, i, in, arguments, filter, groups, NULL, tag));
  }
  for (uint32_t s = 0; s < agg->set_count; s++) {
    TRY(add_distinct(context, agg, w, s, in));
    TRY(split_if_large(context, w, &w->distinct[s]));
  }
  TRY(split_if_large(context, w, &w->table));
  empty_if_useless(w);
  if (vonk_memory_must_spill(op->execution, &w->memory, held_bytes(agg, w))) TRY(spill(context, agg, w));
  return VONK_OK;
}

static STATUS aggregate_combine(struct vonk_context *context, struct vonk_operator *op, void *state) {
  (void)context;
  struct aggregate *agg = (struct aggregate *)op;
  struct worker *w = state;
  vonk_aggregate_worker_close(&w->aggregates);
  vonk_mutex_lock(&agg->lock);
  w->next = agg->workers;
  agg->workers = w;
  vonk_mutex_unlock(&agg->lock);
  return VONK_OK;
}

static STATUS aggregate_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part) {
  struct aggregate *agg = (struct aggregate *)op;
  if (part != VONK_FINISH_END) return VONK_OK;
  bool split = false;
  for (struct worker *w = agg->workers; w; w = w->next) {
    split |= w->table.split;
    for (uint32_t s = 0; s < agg->set_count; s++) split |= w->distinct[s].split;
  }
  for (struct worker *w = agg->workers; w && split; w = w->next) {
    TRY(vonk_group_table_split(&context->task, &w->table));
    for (uint32_t s = 0; s < agg->set_count; s++) TRY(vonk_group_table_split(&context->task, &w->distinct[s]));
  }
  bool one_row = agg->calls.key_count == 0;
  atomic_store(&op->unit_count, split && !one_row ? VONK_GROUP_PARTITIONS : agg->workers || one_row ? 1 : 0);
  return VONK_OK;
}

/* ---- reading the result ---- */

struct reader {
  struct vonk_arena *arena, *states;
  struct vonk_aggregate_worker aggregates;
  struct vonk_column *columns;
  bool merged;
  struct worker *at;             /* of the rows being read */
  uint32_t partition, last_partition, block, row;
  struct vonk_buffer *order;     /* struct vonk_hash_entry[]: the unit's groups, when they are ordered */
  uint64_t order_count, order_at;
  struct vonk_rows empty_group;  /* the one row of a global aggregate over nothing */
  uint64_t emitted;
};

static STATUS open_reader(struct vonk_context *context, struct aggregate *agg, struct reader **out) {
  struct vonk_arena *arena = vonk_arena_create(context->task.budget);
  struct reader *r = ARENA_NEW(arena, struct reader);
  *out = r;
  r->arena = arena;
  r->states = vonk_arena_create(context->task.budget);
  r->columns = ARENA_ARRAY(arena, struct vonk_column, agg->op.relation->column_count + agg->calls.count + agg->calls.key_count + 1);
  vonk_rows_init(&r->empty_group, &agg->layout);
  return vonk_aggregate_worker_open(&context->task, &agg->calls, arena, r->states, &r->aggregates);
}

static STATUS aggregate_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  struct aggregate *agg = (struct aggregate *)op;
  if (role == VONK_ROLE_SINK) return open_sink(context, agg, (struct worker **)state);
  return open_reader(context, agg, (struct reader **)state);
}

static void aggregate_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op;
  if (!state) return;
  if (role == VONK_ROLE_SINK) {
    vonk_aggregate_worker_close(&((struct worker *)state)->aggregates);
    return;
  }
  struct reader *r = state;
  vonk_aggregate_worker_close(&r->aggregates);
  vonk_rows_deinit(&r->empty_group);
  vonk_buffer_release(r->order);
  vonk_arena_destroy(r->states);
  vonk_arena_destroy(r->arena);
}

static uint8_t *dead_flag(const struct vonk_row_layout *layout, uint8_t *row) { return row + layout->extra_offset + 8; }

struct pairs {
  uint8_t *from[VONK_BATCH_ROWS], *into[VONK_BATCH_ROWS];
  uint32_t count;
};

static void keep_earlier(const struct vonk_group_order *order, uint8_t *row, uint8_t *group) {
  struct vonk_group_arrival *arrival = vonk_group_arrival(order, group), other = *vonk_group_arrival(order, row);
  if (other.number && other.number < arrival->number) *arrival = other;
}

/* Adopts all rows of partition P of TABLE (a worker's) into MERGED; what is there already is marked dead and, for groups, its states merged. */
static STATUS merge_table(struct vonk_context *context, const struct aggregate *agg, struct reader *r, struct vonk_group_table *table, uint32_t p,
                          struct vonk_group_table *merged, struct pairs *pairs, bool with_states) {
  struct vonk_rows *rows = &table->partitions[p];
  const struct vonk_row_layout *layout = table->layout;
  TRY(vonk_group_table_reserve(&context->task, merged, merged->count + rows->row_count));
  for (uint32_t b = 0; b < rows->block_count; b++) {
    TRY(vonk_rows_pin(&context->task, rows, b));
    TRY(vonk_task_check(&context->task));
    uint32_t count = rows->blocks[b].row_count;
    for (uint32_t i = 0; i < count; i++) {
      uint8_t *row = vonk_block_row(rows, &rows->blocks[b], i), *group;
      if (i + 2 * MERGE_AHEAD < count) vonk_group_table_prefetch_slot(merged, *vonk_group_row_hash(layout, row + (size_t)layout->stride * 2 * MERGE_AHEAD));
      if (i + MERGE_AHEAD < count) vonk_group_table_prefetch_row(merged, *vonk_group_row_hash(layout, row + (size_t)layout->stride * MERGE_AHEAD));
      *dead_flag(layout, row) = 0;
      TRY(vonk_group_table_adopt(&context->task, merged, row, &group));
      if (group == row) continue;
      *dead_flag(layout, row) = 1;
      if (!with_states) continue;
      if (agg->order.has_arrivals) keep_earlier(&agg->order, row, group);
      pairs->from[pairs->count] = row;
      pairs->into[pairs->count++] = group;
      if (pairs->count < VONK_BATCH_ROWS) continue;
      TRY(vonk_aggregate_merge(&r->aggregates, pairs->from, pairs->into, pairs->count));
      pairs->count = 0;
    }
  }
  if (pairs->count) TRY(vonk_aggregate_merge(&r->aggregates, pairs->from, pairs->into, pairs->count));
  pairs->count = 0;
  return VONK_OK;
}

static STATUS apply_distinct_rows(struct vonk_context *context, struct aggregate *agg, struct reader *r, const struct distinct_set *set,
                                  struct vonk_group_table *groups, const uint8_t *const *rows, uint32_t count) {
  const struct vonk_aggregate_call *call = &agg->calls.items[set->call];
  uint8_t *targets[VONK_BATCH_ROWS];
  void *memory;
  vonk_scratch_reset(&r->aggregates.scratch);
  TRY(vonk_scratch_take(&context->task, &r->aggregates.scratch, agg->layout.stride + 16, &memory));
  for (uint32_t i = 0; i < count; i++) {
    memset(memory, 0, agg->layout.stride);
    vonk_row_copy_columns(&set->layout, rows[i], &agg->layout, agg->calls.key_count, memory);
    targets[i] = vonk_group_table_lookup(groups, memory, vonk_row_hash(&agg->layout, memory));
    ASSERT(targets[i]);
  }
  struct vonk_column *arguments = ARENA_ARRAY(r->arena, struct vonk_column, call->argument_count + 1);
  for (uint32_t k = 0; k < call->argument_count; k++) {
    TRY(vonk_row_gather(&r->aggregates.task, &set->layout, agg->calls.key_count + k, &r->aggregates.scratch, rows, count, &arguments[k]));
  }
  struct vonk_batch batch = {.row_count = count, .live_count = count};
  return vonk_aggregate_update(&r->aggregates, set->call, &batch, arguments, NULL, targets, NULL, 0);
}

static STATUS apply_distinct(struct vonk_context *context, struct aggregate *agg, struct reader *r, uint32_t s, uint32_t p,
                             struct vonk_group_table *groups, struct pairs *pairs) {
  const struct distinct_set *set = &agg->sets[s];
  struct vonk_group_table merged;
  vonk_group_table_init(&merged, &set->layout);
  enum vonk_status status = VONK_OK;
  for (struct worker *w = agg->workers; w && status == VONK_OK; w = w->next) {
    status = merge_table(context, agg, r, &w->distinct[s], p, &merged, pairs, false);
  }
  const uint8_t *rows[VONK_BATCH_ROWS];
  uint32_t count = 0;
  for (uint64_t i = 0; merged.slots && i <= merged.mask && status == VONK_OK; i++) {
    if (merged.slots[i]) rows[count++] = vonk_group_row_of(merged.slots[i]);
    if (count < VONK_BATCH_ROWS && (i < merged.mask || !count)) continue;
    status = apply_distinct_rows(context, agg, r, set, groups, rows, count);
    count = 0;
  }
  vonk_group_table_deinit(&merged);
  return status;
}

/* Brings the tables' rows of partition P together. */
static STATUS merge_partition(struct vonk_context *context, struct aggregate *agg, struct reader *r, uint32_t p) {
  uint32_t tables = 0;
  bool repeated = false;
  for (struct worker *w = agg->workers; w; w = w->next) {
    TRY(vonk_aggregate_load_rows(&r->aggregates, &agg->saved, &w->saved[p], &w->table.partitions[p]));
    tables += w->table.partitions[p].row_count > 0;
    repeated |= w->spilled || w->emptied;
  }
  bool needed = tables > 1 || repeated || agg->set_count;
  if (!needed) return VONK_OK;
  struct vonk_group_table merged;
  vonk_group_table_init(&merged, &agg->layout);
  struct pairs *pairs = ARENA_NEW(r->arena, struct pairs);
  enum vonk_status status = VONK_OK;
  for (struct worker *w = agg->workers; w && status == VONK_OK; w = w->next) {
    status = merge_table(context, agg, r, &w->table, p, &merged, pairs, true);
  }
  for (uint32_t s = 0; s < agg->set_count && status == VONK_OK; s++) status = apply_distinct(context, agg, r, s, p, &merged, pairs);
  vonk_group_table_deinit(&merged);
  return status;
}

/* The next rows that are groups, as they lie; 0 at the end of the unit. */
static uint32_t collect(struct aggregate *agg, struct reader *r, uint8_t **rows) {
  uint32_t count = 0;
  while (r->partition <= r->last_partition && count < VONK_BATCH_ROWS) {
    struct vonk_rows *from = r->at ? &r->at->table.partitions[r->partition] : NULL;
    if (!from) {
      r->partition++;
      r->at = agg->workers;
      r->block = r->row = 0;
    } else if (r->block == from->block_count) {
      r->at = r->at->next;
      r->block = r->row = 0;
    } else if (r->row == from->blocks[r->block].row_count) {
      r->block++;
      r->row = 0;
    } else {
      uint8_t *row = vonk_block_row(from, &from->blocks[r->block], r->row++);
      if (!*dead_flag(&agg->layout, row)) rows[count++] = row;
    }
  }
  return count;
}

static STATUS order_few(struct vonk_context *context, const struct aggregate *agg, const struct reader *r, struct vonk_hash_entry *entries) {
  uint8_t *rows[VONK_GROUPS_ORDERED_MAX];
  for (uint64_t i = 0; i < r->order_count; i++) rows[i] = entries[i].row;
  TRY(vonk_group_order_apply(&context->task, &agg->order, rows, (uint32_t)r->order_count));
  for (uint64_t i = 0; i < r->order_count; i++) entries[i].row = rows[i];
  return VONK_OK;
}

/* The groups of the unit, many by hash: the same order whatever the workers and whether tables were split. */
static STATUS order_groups(struct vonk_context *context, struct aggregate *agg, struct reader *r) {
  uint64_t capacity = 0;
  for (struct worker *w = agg->workers; w; w = w->next) capacity += w->table.partitions[r->partition].row_count;
  vonk_buffer_release(r->order);
  TRY(vonk_buffer_create(context->task.budget, capacity * sizeof(struct vonk_hash_entry) + 1, &r->order));
  struct vonk_hash_entry *entries = (struct vonk_hash_entry *)r->order->data;
  uint8_t *rows[VONK_BATCH_ROWS];
  r->order_at = r->order_count = 0;
  for (uint32_t count; (count = collect(agg, r, rows)) > 0;) {
    for (uint32_t i = 0; i < count; i++) {
      entries[r->order_count++] = (struct vonk_hash_entry){*vonk_group_row_hash(&agg->layout, rows[i]), rows[i]};
    }
  }
  bool is_whole = !agg->workers->table.split;
  if (agg->order.is_wanted && is_whole && r->order_count <= VONK_GROUPS_ORDERED_MAX) return order_few(context, agg, r, entries);
  return vonk_hash_order(&context->task, entries, r->order_count, agg->workers->table.split ? VONK_GROUP_PARTITION_BITS : 0);
}

static uint32_t next_groups(struct aggregate *agg, struct reader *r, uint8_t **rows) {
  if (!r->order) return collect(agg, r, rows);
  const struct vonk_hash_entry *entries = (const struct vonk_hash_entry *)r->order->data;
  uint32_t count = 0;
  while (r->order_at < r->order_count && count < VONK_BATCH_ROWS) rows[count++] = entries[r->order_at++].row;
  return count;
}

static STATUS start_unit(struct vonk_context *context, struct aggregate *agg, struct reader *r) {
  bool one_row = agg->calls.key_count == 0, split = agg->workers && agg->workers->table.split;
  r->partition = context->unit;
  r->last_partition = one_row && split ? VONK_GROUP_PARTITIONS - 1 : context->unit;
  r->at = agg->workers;
  r->block = r->row = 0;
  r->merged = true;
  r->emitted = 0;
  for (uint32_t p = r->partition; p <= r->last_partition; p++) TRY(merge_partition(context, agg, r, p));
  return agg->op.ordered && !one_row && agg->workers ? order_groups(context, agg, r) : VONK_OK;
}

/* The unit's groups have been handed out. */
static void release_unit(struct aggregate *agg, struct reader *r, uint64_t unit) {
  for (struct worker *w = agg->workers; w; w = w->next) {
    for (uint64_t p = unit; p <= r->last_partition; p++) {
      vonk_rows_deinit(&w->table.partitions[p]);
      vonk_rows_init(&w->table.partitions[p], &agg->layout);
      for (uint32_t s = 0; s < agg->set_count; s++) {
        vonk_rows_deinit(&w->distinct[s].partitions[p]);
        vonk_rows_init(&w->distinct[s].partitions[p], &agg->sets[s].layout);
      }
    }
  }
  vonk_arena_reset(r->states);
}

/* A global aggregate over no rows is one row. */
static STATUS empty_row(struct vonk_context *context, struct aggregate *agg, struct reader *r, uint8_t **row) {
  void *key;
  TRY(vonk_scratch_take(&context->task, &r->aggregates.scratch, agg->layout.stride, &key));
  memset(key, 0, agg->layout.stride);
  TRY(vonk_rows_add(&context->task, &r->empty_group, key, row));
  vonk_aggregate_init_states(&agg->calls, *row);
  return VONK_OK;
}

static STATUS aggregate_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct aggregate *agg = (struct aggregate *)op;
  struct reader *r = state;
  if (!r->merged) TRY(start_unit(context, agg, r));
  vonk_scratch_reset(&r->aggregates.scratch);
  uint8_t *rows[VONK_BATCH_ROWS];
  uint32_t count = next_groups(agg, r, rows);
  if (!count && !r->emitted && agg->calls.key_count == 0) {
    TRY(empty_row(context, agg, r, &rows[0]));
    count = 1;
  }
  if (!count) {
    r->merged = false;
    release_unit(agg, r, context->unit);
    *step = VONK_STEP_NEED_INPUT;
    return VONK_OK;
  }
  for (uint32_t k = 0; k < agg->calls.key_count; k++) {
    TRY(vonk_row_gather(&r->aggregates.task, &agg->layout, k, &r->aggregates.scratch, (const uint8_t *const *)rows, count, &r->columns[k]));
  }
  TRY(vonk_aggregate_finalize(&r->aggregates, rows, count, r->columns + agg->calls.key_count));
  out->columns = r->columns;
  out->column_count = agg->calls.key_count + agg->calls.count;
  out->row_count = out->live_count = count;
  out->first_row = r->emitted;
  r->emitted += count;
  *step = VONK_STEP_HAVE_OUTPUT;
  return VONK_OK;
}

static void aggregate_close(struct vonk_operator *op) {
  struct aggregate *agg = (struct aggregate *)op;
  for (struct worker *w = agg->all, *next; w; w = next) {
    next = w->next_all;
    vonk_aggregate_worker_close(&w->aggregates);
    vonk_group_table_deinit(&w->table);
    for (uint32_t s = 0; s < agg->set_count; s++) vonk_group_table_deinit(&w->distinct[s]);
    vonk_buffer_release(w->by_code);
    vonk_buffer_release(w->staging);
    for (uint32_t p = 0; p < VONK_GROUP_PARTITIONS; p++) vonk_rows_deinit(&w->saved[p]);
    vonk_arena_destroy(w->states);
    vonk_arena_destroy(w->arena);
  }
  vonk_mutex_deinit(&agg->lock);
}

const struct vonk_operator_type vonk_operator_aggregate = {
    .name = "HashAggregate",
    .relation = &vonk_relation_group_type,
    .accepts = aggregate_accepts,
    .open = aggregate_open,
    .open_worker = aggregate_open_worker,
    .close_worker = aggregate_close_worker,
    .pull = aggregate_pull,
    .absorb = aggregate_absorb,
    .combine = aggregate_combine,
    .finish = aggregate_finish,
    .close = aggregate_close,
};
