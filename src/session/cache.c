/* cache.c: entries in a list, the latest used first; rows are counted, so that a query may go on reading what was dropped.
 *
 * The lock guards the list and who holds what; nothing is charged under it, since a charge may ask to reclaim.
 */
#include "session/cache.h"

#include <xxhash.h>

#include "base/thread.h"
#include "catalog/source.h"
#include "column/stored_batches.h"
#include "column/value_bytes.h"
#include "exec/query.h"
#include "expr/function.h"
#include "plan/canonical.h"

enum { RECLAIM_PRIORITY = 20, CACHE_PART = 2 };

const struct vonk_storage_level vonk_storage_level_default = {.use_disk = true, .use_memory = true, .deserialized = true, .replication = 1};

struct rows {
  struct vonk_arena *arena;
  struct vonk_stored_batches batches;
  struct { struct vonk_owned_batch **items; size_t count, capacity; } list;
  uint64_t row_count, byte_size;
  uint32_t user_count;           /* under the lock; the entry is one */
  struct vonk_result_cache *cache;
};

struct entry {
  struct entry *next;
  struct vonk_arena *arena;      /* of this struct */
  struct vonk_str key, name;
  struct vonk_storage_level level;
  uint64_t id;
  uint64_t files;                /* what the rows, or the attempt to keep them, were made of */
  struct rows *rows;             /* NULL: none */
  bool is_filling, is_too_large;
};

struct vonk_result_cache {
  struct vonk_arena *arena;
  struct vonk_budget *root, *budget;
  struct vonk_mutex lock;
  struct entry *first;
  uint64_t next_id;
  _Atomic uint32_t entry_count;  /* queries of an instance without entries look no further */
};

static struct vonk_result_cache *cache_of(struct vonk_statement *statement) { return statement->session->instance->cache; }

/* --- rows --- */

static void destroy_rows(struct rows *rows) {
  for (size_t i = 0; i < rows->list.count; i++) vonk_owned_batch_destroy(rows->list.items[i]);
  vonk_arena_destroy(rows->arena);
}

/* The lock is held. */
static uint64_t leave_locked(struct rows *rows) {
  uint64_t bytes = rows->byte_size;
  if (--rows->user_count) return 0;
  destroy_rows(rows);
  return bytes;
}

static void leave(void *object) {
  struct rows *rows = object;
  struct vonk_result_cache *cache = rows->cache;
  vonk_mutex_lock(&cache->lock);
  leave_locked(rows);
  vonk_mutex_unlock(&cache->lock);
}

/* The entry's rows go, when nobody reads them at once. The lock is held. */
static uint64_t drop(struct entry *entry) {
  struct rows *rows = entry->rows;
  entry->rows = NULL;
  return rows ? leave_locked(rows) : 0;
}

/* The last in the list that nobody reads. The lock is held. */
static struct entry *oldest_idle(struct vonk_result_cache *cache) {
  struct entry *found = NULL;
  for (struct entry *entry = cache->first; entry; entry = entry->next) {
    if (entry->rows && entry->rows->user_count == 1) found = entry;
  }
  return found;
}

static uint64_t reclaim(void *object, uint64_t bytes) {
  struct vonk_result_cache *cache = object;
  uint64_t freed = 0;
  vonk_mutex_lock(&cache->lock);
  for (struct entry *entry; freed < bytes && (entry = oldest_idle(cache));) freed += drop(entry);
  for (struct entry *entry = bytes ? NULL : cache->first; entry; entry = entry->next) {
    if (entry->rows && entry->rows->user_count == 1) freed += entry->rows->byte_size;
  }
  vonk_mutex_unlock(&cache->lock);
  return freed;
}

struct vonk_result_cache *vonk_result_cache_create(struct vonk_budget *root) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_result_cache *cache = ARENA_NEW(arena, struct vonk_result_cache);
  cache->arena = arena;
  cache->root = root;
  cache->budget = vonk_budget_create(root, "cache", vonk_budget_limit(root) / CACHE_PART);
  vonk_mutex_init(&cache->lock);
  vonk_budget_add_reclaimer(root, RECLAIM_PRIORITY, reclaim, cache);
  return cache;
}

static void destroy_entry(struct entry *entry) {
  drop(entry);
  vonk_arena_destroy(entry->arena);
}

void vonk_cache_clear(struct vonk_result_cache *cache) {
  vonk_mutex_lock(&cache->lock);
  for (struct entry **at = &cache->first, *entry; (entry = *at);) {
    if (entry->is_filling) { /* its filler takes it away */
      entry->key = (struct vonk_str){0};
      at = &entry->next;
      continue;
    }
    *at = entry->next;
    atomic_fetch_sub(&cache->entry_count, 1);
    destroy_entry(entry);
  }
  vonk_mutex_unlock(&cache->lock);
}

void vonk_result_cache_destroy(struct vonk_result_cache *cache) {
  if (!cache) return;
  vonk_budget_remove_reclaimer(cache->root, cache);
  vonk_cache_clear(cache);
  ASSERT(!cache->first);
  vonk_mutex_deinit(&cache->lock);
  vonk_budget_destroy(cache->budget);
  vonk_arena_destroy(cache->arena);
}

/* --- keys --- */

struct key {
  struct vonk_str text;
  uint64_t files;                /* a hash of the files that are read: path, size, time */
};

static void put_text(struct vonk_text *text, struct vonk_str part) {
  vonk_text_addf(text, "%zu:", part.size);
  vonk_text_add(text, part);
}

static void put_scan(struct key *key, struct vonk_text *text, const struct vonk_source *source) {
  for (uint32_t i = 0; i < source->table.count; i++) put_text(text, source->table.parts[i]);
  for (uint32_t i = 0; i < source->options.item_count; i++) {
    put_text(text, source->options.items[i].key);
    put_text(text, source->options.items[i].value);
  }
  put_text(text, vonk_str_of(source->format->name));
  put_text(text, vonk_type_json(text->arena, source->schema));
  for (uint32_t i = 0; i < source->file_count; i++) {
    const struct vonk_scan_file *file = &source->files[i];
    key->files = XXH64(file->path.data, file->path.size, key->files ^ file->byte_size);
    key->files = XXH64(&file->mtime_ns, sizeof file->mtime_ns, key->files);
  }
}

/* Rows that came with the plan: they are their values. */
static void put_batches(struct vonk_text *text, const struct vonk_stored_batches *batches) {
  uint64_t hash = 0;
  if (batches->table) hash = XXH64(vonk_ipc_table_data(batches->table).data, vonk_ipc_table_data(batches->table).size, 0);
  for (uint32_t b = 0; !batches->table && b < batches->count; b++) {
    const struct vonk_batch *batch = &batches->items[b]->batch;
    for (uint32_t c = 0; c < batch->column_count; c++) {
      for (uint32_t row = 0; row < batch->row_count; row++) {
        bool valid = vonk_column_row_valid(&batch->columns[c], row);
        size_t size = valid ? vonk_value_bytes_size(&batch->columns[c], row) : 0;
        char small[64], *bytes = size <= sizeof small ? small : vonk_arena_alloc(text->arena, size);
        if (valid) vonk_value_bytes_write(&batch->columns[c], row, bytes);
        hash = XXH64(bytes, size, hash * 31 + valid);
      }
    }
    hash = XXH64(&batch->row_count, sizeof batch->row_count, hash);
  }
  vonk_text_addf(text, "rows %016llx", (unsigned long long)hash);
}

static void put_source(void *object, struct vonk_text *text, const struct vonk_relation *relation) {
  const struct vonk_relation_rows *rows = RELATION_AS(relation, rows);
  const struct vonk_relation_scan *scan = RELATION_AS(relation, scan);
  if (scan) put_scan(object, text, scan->source);
  else if (rows->batches) put_batches(text, rows->batches);
}

/* Functions of chance take their seed last; without one each binding draws another. */
static bool differs(const struct vonk_node *node) {
  static const struct { const char *name; uint32_t without_seed; } functions[] = {
      {"rand", 0}, {"random", 0}, {"randn", 0}, {"uuid", 0}, {"randstr", 1}, {"shuffle", 1}, {"uniform", 2}};
  const struct vonk_expr_call *call = EXPR_AS(node, call);
  for (size_t i = 0; call && call->function && i < COUNT_OF(functions); i++) {
    if (strcmp(call->function->name, functions[i].name) == 0) return call->arguments.count <= functions[i].without_seed;
  }
  return false;
}

static bool make_key(struct vonk_arena *arena, const struct vonk_relation *plan, struct key *key) {
  struct vonk_canonical_options options = {put_source, key, differs};
  *key = (struct key){0};
  return vonk_plan_canonical(arena, plan, &options, &key->text);
}

struct vonk_str vonk_cache_key(struct vonk_arena *arena, const struct vonk_relation *plan) {
  struct key key;
  (void)make_key(arena, plan, &key);
  return key.text;
}

/* The lock is held. */
static struct entry **find(struct vonk_result_cache *cache, struct vonk_str key) {
  struct entry **at = &cache->first;
  while (*at && !vonk_str_equal((*at)->key, key)) at = &(*at)->next;
  return at;
}

/* --- entries --- */

STATUS vonk_cache_add(struct vonk_statement *statement, const struct vonk_relation *plan, const struct vonk_storage_level *level, struct vonk_str name, bool *added) {
  struct vonk_result_cache *cache = cache_of(statement);
  struct key key;
  *added = false;
  if (!make_key(statement->arena, plan, &key)) return VONK_OK;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct entry *entry = ARENA_NEW(arena, struct entry);
  *entry = (struct entry){.arena = arena, .key = vonk_str_copy(arena, key.text), .name = vonk_str_copy(arena, name), .level = *level};
  vonk_mutex_lock(&cache->lock);
  *added = *find(cache, key.text) == NULL;
  if (*added) {
    entry->id = cache->next_id++;
    entry->next = cache->first;
    cache->first = entry;
    atomic_fetch_add(&cache->entry_count, 1);
  }
  vonk_mutex_unlock(&cache->lock);
  if (!*added) vonk_arena_destroy(arena);
  return VONK_OK;
}

bool vonk_cache_remove(struct vonk_statement *statement, const struct vonk_relation *plan) {
  struct vonk_result_cache *cache = cache_of(statement);
  struct key key;
  if (!make_key(statement->arena, plan, &key)) return false;
  vonk_mutex_lock(&cache->lock);
  struct entry **at = find(cache, key.text), *entry = *at;
  if (entry && entry->is_filling) {
    entry->key = (struct vonk_str){0};
  } else if (entry) {
    *at = entry->next;
    atomic_fetch_sub(&cache->entry_count, 1);
    destroy_entry(entry);
  }
  vonk_mutex_unlock(&cache->lock);
  return entry != NULL;
}

void vonk_cache_forget(struct vonk_statement *statement, struct vonk_name name) {
  struct vonk_relation_read *read = RELATION_NEW(statement->arena, read, NULL);
  struct vonk_relation *resolved;
  if (!atomic_load(&cache_of(statement)->entry_count)) return;
  read->name = name;
  /* Whether there is such a table is not the question here. */
  if (vonk_statement_bind(statement, &read->relation, &resolved) == VONK_OK) vonk_cache_remove(statement, resolved);
  else vonk_error_clear(statement->task.error);
}

bool vonk_cache_has(struct vonk_statement *statement, const struct vonk_relation *plan, struct vonk_storage_level *level) {
  struct vonk_result_cache *cache = cache_of(statement);
  struct key key;
  if (!make_key(statement->arena, plan, &key)) return false;
  vonk_mutex_lock(&cache->lock);
  struct entry *entry = *find(cache, key.text);
  if (entry && level) *level = entry->level;
  vonk_mutex_unlock(&cache->lock);
  return entry != NULL;
}

uint32_t vonk_cache_list(struct vonk_result_cache *cache, struct vonk_arena *arena, struct vonk_cache_facts **out) {
  uint32_t count = 0;
  vonk_mutex_lock(&cache->lock);
  *out = ARENA_ARRAY(arena, struct vonk_cache_facts, atomic_load(&cache->entry_count) + 1);
  for (struct entry *entry = cache->first; entry; entry = entry->next) {
    if (!entry->key.data) continue;
    struct vonk_cache_facts *facts = &(*out)[count++];
    *facts = (struct vonk_cache_facts){.id = entry->id, .name = vonk_str_copy(arena, entry->name), .level = entry->level, .is_filled = entry->rows != NULL};
    if (!entry->rows) continue;
    facts->partition_count = entry->rows->batches.partition_count;
    facts->row_count = entry->rows->row_count;
    facts->byte_size = entry->rows->byte_size;
  }
  vonk_mutex_unlock(&cache->lock);
  return count;
}

/* --- filling --- */

static STATUS keep_batch(void *object, struct vonk_task *task, const struct vonk_batch *batch) {
  struct rows *rows = object;
  struct vonk_task own = *task;
  struct vonk_owned_batch *owned;
  own.budget = rows->cache->budget;
  TRY(vonk_batch_copy(&own, batch, &owned));
  *ARRAY_PUSH(rows->arena, &rows->list) = owned;
  rows->row_count += owned->batch.row_count;
  rows->byte_size += vonk_owned_batch_byte_size(owned);
  return VONK_OK;
}

/* The rows of PLAN; *OUT NULL when there is no room for them. */
static STATUS make_rows(struct vonk_statement *statement, struct vonk_relation *plan, struct rows **out) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct rows *rows = ARENA_NEW(arena, struct rows);
  *rows = (struct rows){.arena = arena, .user_count = 1, .cache = cache_of(statement)};
  uint32_t partitions = 0;
  *out = NULL;
  enum vonk_status status = vonk_statement_run_rows(statement, plan, rows->cache->budget, keep_batch, rows, &partitions);
  rows->batches = (struct vonk_stored_batches){.items = rows->list.items, .count = (uint32_t)rows->list.count, .partition_count = partitions ? partitions : 1};
  if (status == VONK_OK) {
    *out = rows;
    return VONK_OK;
  }
  destroy_rows(rows);
  bool no_room = status == VONK_NO_MEMORY || (status == VONK_FAILED && statement->task.error->condition == VONK_UNABLE_TO_ACQUIRE_MEMORY);
  if (!no_room) return status;
  vonk_error_clear(statement->task.error);
  return VONK_OK;
}

/* What ENTRY's filler made becomes its rows, and those that the statement reads; or it FAILED. The lock is held. */
static void end_filling(struct vonk_result_cache *cache, struct entry *entry, uint64_t files, struct rows *rows, bool failed) {
  entry->is_filling = false;
  entry->files = files;
  entry->is_too_large = !rows && !failed;
  entry->rows = rows;
  if (rows) rows->user_count++;
  if (entry->key.data) return;
  struct entry **at = &cache->first; /* given up meanwhile */
  while (*at != entry) at = &(*at)->next;
  *at = entry->next;
  atomic_fetch_sub(&cache->entry_count, 1);
  destroy_entry(entry);
}

/* --- use --- */

struct use {
  struct vonk_statement *statement;
  bool fill;
  bool shows;                    /* rows that are not there yet count, too */
};

static STATUS replace(void *object, struct vonk_node *node, struct vonk_node **out);

static STATUS fill_entry(struct use *use, struct entry *entry, const struct key *key, struct vonk_relation *plan, struct rows **out) {
  struct vonk_result_cache *cache = cache_of(use->statement);
  struct vonk_node *below = NULL;
  enum vonk_status status = vonk_node_map_children(use->statement->arena, &plan->node, replace, use, &below);
  if (status == VONK_OK) status = make_rows(use->statement, (struct vonk_relation *)(void *)below, out);
  vonk_mutex_lock(&cache->lock);
  end_filling(cache, entry, key->files, *out, status != VONK_OK);
  vonk_mutex_unlock(&cache->lock);
  return status;
}

static const struct vonk_stored_batches no_batches = {.partition_count = 1};

/* The rows of PLAN when it is cached, held for the statement; else NULL. */
static STATUS take_rows(struct use *use, struct vonk_relation *plan, struct rows **out, bool *is_cached) {
  struct vonk_result_cache *cache = cache_of(use->statement);
  struct key key;
  *out = NULL;
  if (!make_key(use->statement->arena, plan, &key)) return VONK_OK;
  vonk_mutex_lock(&cache->lock);
  struct entry **at = find(cache, key.text), *entry = *at;
  bool fills = false;
  *is_cached = entry != NULL;
  if (entry) {
    *at = entry->next; /* to the front */
    entry->next = cache->first;
    cache->first = entry;
    bool is_stale = entry->files != key.files;
    if (is_stale && !entry->is_filling) drop(entry);
    if (entry->rows) entry->rows->user_count++;
    *out = entry->rows;
    fills = use->fill && !entry->rows && !entry->is_filling && (is_stale || !entry->is_too_large);
    entry->is_filling |= fills;
  }
  vonk_mutex_unlock(&cache->lock);
  if (fills) TRY(fill_entry(use, entry, &key, plan, out));
  if (*out) vonk_arena_on_reset(use->statement->arena, leave, *out);
  return VONK_OK;
}

static STATUS replace(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct use *use = object;
  struct vonk_arena *arena = use->statement->arena;
  struct vonk_relation *relation = (struct vonk_relation *)(void *)node;
  struct rows *rows = NULL;
  bool may_be = node->type->node_class == VONK_CLASS_RELATION && relation->columns, is_cached = false;
  if (may_be) TRY(take_rows(use, relation, &rows, &is_cached));
  if (!rows && !(use->shows && is_cached)) return vonk_node_map_children(arena, node, replace, use, out);
  struct vonk_relation_rows *read = RELATION_NEW(arena, rows, node->origin);
  read->relation.columns = relation->columns;
  read->relation.column_count = relation->column_count;
  read->relation.estimated_rows = rows ? (double)rows->row_count : relation->estimated_rows;
  read->batches = rows ? &rows->batches : &no_batches;
  *out = &read->relation.node;
  return VONK_OK;
}

static STATUS put_in(struct use *use, struct vonk_relation *plan, struct vonk_relation **out) {
  struct vonk_node *changed;
  *out = plan;
  if (!atomic_load(&cache_of(use->statement)->entry_count)) return VONK_OK;
  TRY(replace(use, &plan->node, &changed));
  *out = (struct vonk_relation *)(void *)changed;
  return VONK_OK;
}

STATUS vonk_cache_use(struct vonk_statement *statement, struct vonk_relation *plan, bool fill, struct vonk_relation **out) {
  struct use use = {.statement = statement, .fill = fill};
  return put_in(&use, plan, out);
}

STATUS vonk_cache_show(struct vonk_statement *statement, struct vonk_relation *plan, struct vonk_relation **out) {
  struct use use = {.statement = statement, .shows = true};
  return put_in(&use, plan, out);
}
