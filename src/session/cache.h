/* cache.h: results kept for queries that contain their plan: CACHE TABLE, DataFrame.cache and persist.
 *
 * An entry is a plan in canonical form (plan/canonical.h), registered by whoever asks for it and shared by all sessions of an
 * instance. Its rows are computed when a query first needs them, whole, and are kept as batches in a budget of their own. They go
 * when the process is short of memory, those not used for longest first, and are computed again on demand. Files that they were
 * read from are looked at each time: when one is not as it was, the rows are not used any more. So a cache never shows in an answer.
 */
#ifndef VONK_SESSION_CACHE_H
#define VONK_SESSION_CACHE_H

#include "session/query.h"

struct vonk_result_cache;

struct vonk_result_cache *vonk_result_cache_create(struct vonk_budget *root);
/* No query may be using it. Takes NULL. */
void vonk_result_cache_destroy(struct vonk_result_cache *cache);

/* As the caller named it: kept and told back. Results lie in memory; what does not fit is computed again. */
struct vonk_storage_level {
  bool use_disk, use_memory, use_off_heap, deserialized;
  int32_t replication;
};
extern const struct vonk_storage_level vonk_storage_level_default; /* MEMORY_AND_DISK_DESER */

/* The plans are resolved and not optimised. */
/* NAME is for people. *ADDED is false when the plan was there already, whose level stays. Plans that are another each time (rand()
 * without a seed) are not registered. */
STATUS vonk_cache_add(struct vonk_statement *statement, const struct vonk_relation *plan, const struct vonk_storage_level *level, struct vonk_str name, bool *added);
/* False: it was not there. */
bool vonk_cache_remove(struct vonk_statement *statement, const struct vonk_relation *plan);
/* The plan of the table or view NAME, which is about to go, if it is there. */
void vonk_cache_forget(struct vonk_statement *statement, struct vonk_name name);
/* LEVEL may be NULL. */
bool vonk_cache_has(struct vonk_statement *statement, const struct vonk_relation *plan, struct vonk_storage_level *level);
void vonk_cache_clear(struct vonk_result_cache *cache);
/* PLAN with kept rows in place of what is cached; with FILL those that are not there yet are computed now. The rows stay as long as the
 * statement's arena. */
STATUS vonk_cache_use(struct vonk_statement *statement, struct vonk_relation *plan, bool fill, struct vonk_relation **out);
/* For people who look at a plan: what is cached stands for its plan even before it is computed; the new plan cannot be run. */
STATUS vonk_cache_show(struct vonk_statement *statement, struct vonk_relation *plan, struct vonk_relation **out);
/* Equal for plans that give the same rows whatever their columns are called: what entries are found by. */
struct vonk_str vonk_cache_key(struct vonk_arena *arena, const struct vonk_relation *plan);

/* What a storage page shows. Strings are ARENA's. */
struct vonk_cache_facts {
  uint64_t id;                    /* rises with each entry */
  struct vonk_str name;
  struct vonk_storage_level level;
  bool is_filled;
  uint32_t partition_count;       /* of the rows; 0 when they are not there, as the two below */
  uint64_t row_count, byte_size;
};
uint32_t vonk_cache_list(struct vonk_result_cache *cache, struct vonk_arena *arena, struct vonk_cache_facts **out);

#endif
