/* known.c: what a query has learnt of objects: their state when it listed or first opened them, so that each opening does not ask again.
 *
 * A table of fixed size; a newer entry takes the place of another in its slot. Entries count for one statement (files.h), so that the next one
 * sees what others have written meanwhile. Journals change while they are looked at and are always asked for.
 */
#include "fs/journal.h"
#include "fs/s3/s3.h"

enum { SLOTS = 1 << 13, ETAG_SIZE_MAX = 72 };

struct entry {
  uint64_t key[2];
  uint64_t byte_size;
  int64_t mtime_ns;
  uint8_t etag_size;
  char etag[ETAG_SIZE_MAX];
};

struct known {
  struct vonk_fs_part part;
  struct vonk_arena *arena;
  struct vonk_mutex lock;
  struct entry *entries;
};

static void destroy(struct vonk_fs_part *part) {
  struct known *known = (struct known *)part;
  vonk_mutex_deinit(&known->lock);
  vonk_arena_destroy(known->arena);
}

static STATUS create(struct vonk_task *task, struct vonk_budget *root, struct vonk_fs_part **out) {
  (void)task, (void)root;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct known *known = ARENA_NEW(arena, struct known);
  known->part.destroy = destroy;
  known->arena = arena;
  known->entries = ARENA_ARRAY(arena, struct entry, SLOTS);
  vonk_mutex_init(&known->lock);
  *out = &known->part;
  return VONK_OK;
}

/* The table, or NULL where nothing is remembered; and the key of an object in it. */
static struct known *find(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str name, uint64_t key[2]) {
  struct vonk_fs_part *part;
  struct vonk_arena *arena = task->arena;
  if (!task->files || task->files->statement == 0 || vonk_str_starts_with(vonk_fs_base_name(name), STR(VONK_JOURNAL_PREFIX))) return NULL;
  if (vonk_fs_part(task, VONK_FS_SLOT_KNOWN, create, &part) != VONK_OK) return NULL;
  const struct s3_credentials *who = bucket->credentials;
  struct vonk_str text = vonk_str_format(arena, "%llx " STR_FMT " " STR_FMT STR_FMT "/" STR_FMT, (unsigned long long)task->files->statement, STR_ARG(who->key_id),
                                         STR_ARG(bucket->origin), STR_ARG(bucket->root), STR_ARG(name));
  key[0] = vonk_str_hash(text);
  key[1] = vonk_str_hash(vonk_str_format(arena, "2 " STR_FMT, STR_ARG(text)));
  return (struct known *)part;
}

static bool is_key(const struct entry *entry, const uint64_t key[2]) { return entry->key[0] == key[0] && entry->key[1] == key[1]; }

bool s3_known_find(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str name, struct s3_object *out) {
  uint64_t key[2];
  struct known *known = find(task, bucket, name, key);
  if (!known) return false;
  vonk_mutex_lock(&known->lock);
  const struct entry *entry = &known->entries[key[0] % SLOTS];
  bool found = is_key(entry, key);
  if (found) *out = (struct s3_object){.byte_size = entry->byte_size, .mtime_ns = entry->mtime_ns, .etag = vonk_str_copy(task->arena, vonk_str_make(entry->etag, entry->etag_size))};
  vonk_mutex_unlock(&known->lock);
  return found;
}

void s3_known_keep(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str name, const struct s3_object *object) {
  struct entry entry = {.byte_size = object->byte_size, .mtime_ns = object->mtime_ns, .etag_size = (uint8_t)object->etag.size};
  if (object->etag.size == 0 || object->etag.size > ETAG_SIZE_MAX) return;
  struct known *known = find(task, bucket, name, entry.key);
  if (!known) return;
  memcpy(entry.etag, object->etag.data, object->etag.size);
  vonk_mutex_lock(&known->lock);
  known->entries[entry.key[0] % SLOTS] = entry;
  vonk_mutex_unlock(&known->lock);
}

void s3_known_forget(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str name) {
  uint64_t key[2];
  struct known *known = find(task, bucket, name, key);
  if (!known) return;
  vonk_mutex_lock(&known->lock);
  struct entry *entry = &known->entries[key[0] % SLOTS];
  if (is_key(entry, key)) *entry = (struct entry){0};
  vonk_mutex_unlock(&known->lock);
}
