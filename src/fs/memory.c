/* memory.c: `memory:/a/b`: files that live as long as the process, in its budget. Like an object store it has no folders of their own
 * and no renames: tests of what is written to such stores need no server.
 *
 * All files stand in one array in the order of their paths, so those below a folder follow each other.
 */
#include <stdlib.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "fs/fs_internal.h"

struct item {
  struct vonk_arena *arena;     /* holds this struct */
  struct vonk_str path;
  struct vonk_buffer *bytes;
  int64_t mtime_ns;
  uint64_t inode;
};

struct store {
  struct vonk_fs_part part;
  struct vonk_arena *arena;
  struct vonk_budget *budget;
  struct vonk_mutex lock;       /* of what follows; items are replaced, never changed */
  ARRAY_OF(struct item *) items;
  uint64_t next_inode;
};

struct memory_file {
  struct vonk_file file;
  struct vonk_arena *arena;     /* holds this struct */
  struct vonk_buffer *bytes;
};

struct memory_output {
  struct vonk_output output;
  struct vonk_arena *arena;     /* holds this struct */
  struct store *store;
  struct vonk_buffer *bytes;
};

static void item_destroy(struct item *item) {
  vonk_buffer_release(item->bytes);
  vonk_arena_destroy(item->arena);
}

static void store_destroy(struct vonk_fs_part *part) {
  struct store *store = (struct store *)part;
  for (size_t i = 0; i < store->items.count; i++) item_destroy(store->items.items[i]);
  vonk_mutex_deinit(&store->lock);
  vonk_budget_destroy(store->budget);
  vonk_arena_destroy(store->arena);
}

static STATUS store_create(struct vonk_task *task, struct vonk_budget *root, struct vonk_fs_part **out) {
  (void)task;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct store *store = ARENA_NEW(arena, struct store);
  store->part.destroy = store_destroy;
  store->arena = arena;
  store->budget = vonk_budget_create(root, "memory:", 0);
  vonk_mutex_init(&store->lock);
  *out = &store->part;
  return VONK_OK;
}

static STATUS store_of(struct vonk_task *task, struct store **out) {
  struct vonk_fs_part *part;
  TRY(vonk_fs_part(task, VONK_FS_SLOT_MEMORY, store_create, &part));
  *out = (struct store *)part;
  return VONK_OK;
}

/* Where PATH is or would be. */
static size_t position_of(const struct store *store, struct vonk_str path, bool *found) {
  size_t low = 0, high = store->items.count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (vonk_str_compare(store->items.items[middle]->path, path) < 0) low = middle + 1;
    else high = middle;
  }
  *found = low < store->items.count && vonk_str_equal(store->items.items[low]->path, path);
  return low;
}

static void put(struct store *store, struct vonk_str path, struct vonk_buffer *bytes) {
  bool found;
  size_t at = position_of(store, path, &found);
  struct vonk_arena *arena = vonk_arena_create(store->budget);
  struct item *item = ARENA_NEW(arena, struct item);
  *item = (struct item){arena, vonk_str_copy(arena, path), vonk_buffer_retain(bytes), vonk_clock_wall_micros() * 1000, ++store->next_inode};
  if (found) {
    item_destroy(store->items.items[at]);
  } else {
    *ARRAY_PUSH(store->arena, &store->items) = NULL;
    memmove(store->items.items + at + 1, store->items.items + at, (store->items.count - 1 - at) * sizeof *store->items.items);
  }
  store->items.items[at] = item;
}

static void take_out(struct store *store, size_t at) {
  item_destroy(store->items.items[at]);
  store->items.count--;
  memmove(store->items.items + at, store->items.items + at + 1, (store->items.count - at) * sizeof *store->items.items);
}

static struct vonk_str folder_prefix(struct vonk_arena *arena, struct vonk_str path) {
  while (path.size && path.data[path.size - 1] == '/') path.size--;
  return vonk_str_format(arena, STR_FMT "/", STR_ARG(path));
}

static struct vonk_fs_entry entry_of(struct vonk_arena *arena, const struct item *item) {
  return (struct vonk_fs_entry){.path = vonk_str_copy(arena, item->path), .byte_size = item->bytes->size, .mtime_ns = item->mtime_ns, .inode = item->inode};
}

/* --- reading --- */

static STATUS file_read(struct vonk_task *task, struct vonk_file *base, uint64_t offset, size_t size, void *out) {
  const struct memory_file *file = (const struct memory_file *)base;
  if (offset > base->byte_size || size > base->byte_size - offset) return vonk_fs_raise_read(task, base->path, "the file is shorter than it says");
  if (size) memcpy(out, file->bytes->data + offset, size);
  return VONK_OK;
}

static void file_close(struct vonk_file *base) {
  struct memory_file *file = (struct memory_file *)base;
  vonk_buffer_release(file->bytes);
  vonk_arena_destroy(file->arena);
}

static const struct vonk_file_type memory_file_type = {.read = file_read, .close = file_close};

static STATUS memory_open(struct vonk_task *task, struct vonk_str path, struct vonk_file **out) {
  struct store *store;
  bool found;
  TRY(store_of(task, &store));
  vonk_mutex_lock(&store->lock);
  size_t at = position_of(store, path, &found);
  if (found) {
    const struct item *item = store->items.items[at];
    struct vonk_arena *arena = vonk_arena_create(task->budget);
    struct memory_file *file = ARENA_NEW(arena, struct memory_file);
    file->arena = arena;
    file->bytes = vonk_buffer_retain(item->bytes);
    file->file = (struct vonk_file){&memory_file_type, vonk_str_copy(arena, path), item->bytes->size, item->mtime_ns, item->inode};
    *out = &file->file;
  }
  vonk_mutex_unlock(&store->lock);
  return found ? VONK_OK : vonk_fs_raise_missing(task, path);
}

static STATUS memory_stat(struct vonk_task *task, struct vonk_str path, bool *found, struct vonk_fs_entry *out) {
  struct store *store;
  TRY(store_of(task, &store));
  struct vonk_str prefix = folder_prefix(task->arena, path);
  bool exact;
  vonk_mutex_lock(&store->lock);
  size_t at = position_of(store, path, found);
  if (*found) {
    *out = entry_of(task->arena, store->items.items[at]);
  } else {
    at = position_of(store, prefix, &exact);
    *found = at < store->items.count && vonk_str_starts_with(store->items.items[at]->path, prefix);
    *out = (struct vonk_fs_entry){.path = vonk_str_slice(prefix, 0, prefix.size - 1), .is_folder = true};
  }
  vonk_mutex_unlock(&store->lock);
  return VONK_OK;
}

static STATUS memory_list_below(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out) {
  struct store *store;
  bool found;
  TRY(store_of(task, &store));
  struct vonk_str prefix = folder_prefix(task->arena, path);
  vonk_mutex_lock(&store->lock);
  for (size_t i = position_of(store, prefix, &found); i < store->items.count; i++) {
    if (!vonk_str_starts_with(store->items.items[i]->path, prefix)) break;
    *ARRAY_PUSH(task->arena, out) = entry_of(task->arena, store->items.items[i]);
  }
  vonk_mutex_unlock(&store->lock);
  return VONK_OK;
}

static STATUS memory_list(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out) {
  struct vonk_fs_list all = {0};
  TRY(memory_list_below(task, path, &all));
  size_t prefix = folder_prefix(task->arena, path).size, from = out->count;
  for (size_t i = 0; i < all.count; i++) {
    struct vonk_fs_entry entry = all.items[i];
    size_t slash = vonk_str_find(entry.path, STR("/"), prefix);
    if (slash != SIZE_MAX) entry = (struct vonk_fs_entry){.path = vonk_str_slice(entry.path, 0, slash), .is_folder = true};
    bool again = out->count > from && vonk_str_equal(out->items[out->count - 1].path, entry.path);
    if (!again) *ARRAY_PUSH(task->arena, out) = entry;
  }
  vonk_fs_sort(out, from);
  return VONK_OK;
}

/* --- writing --- */

static STATUS memory_remove(struct vonk_task *task, struct vonk_str path) {
  struct store *store;
  bool found;
  TRY(store_of(task, &store));
  struct vonk_str prefix = folder_prefix(task->arena, path);
  vonk_mutex_lock(&store->lock);
  size_t at = position_of(store, path, &found);
  if (found) take_out(store, at);
  at = position_of(store, prefix, &found);
  while (at < store->items.count && vonk_str_starts_with(store->items.items[at]->path, prefix)) take_out(store, at);
  vonk_mutex_unlock(&store->lock);
  return VONK_OK;
}

static STATUS output_write(struct vonk_task *task, struct vonk_output *base, const void *bytes, size_t size) {
  (void)task;
  struct memory_output *output = (struct memory_output *)base;
  TRY(vonk_task_memory_error(task, vonk_buffer_grow(&output->bytes, output->bytes->size + size)));
  if (size) memcpy(output->bytes->data + output->bytes->size, bytes, size);
  output->bytes->size += size;
  return VONK_OK;
}

static STATUS output_seal(struct vonk_task *task, struct vonk_output *base) {
  (void)task, (void)base;
  return VONK_OK;
}

static STATUS output_publish(struct vonk_task *task, struct vonk_output *base) {
  (void)task;
  struct memory_output *output = (struct memory_output *)base;
  vonk_mutex_lock(&output->store->lock);
  put(output->store, base->path, output->bytes);
  vonk_mutex_unlock(&output->store->lock);
  return VONK_OK;
}

static void output_close(struct vonk_output *base) {
  struct memory_output *output = (struct memory_output *)base;
  vonk_buffer_release(output->bytes);
  vonk_arena_destroy(output->arena);
}

static const struct vonk_output_type memory_output_type = {.write = output_write, .seal = output_seal, .publish = output_publish, .close = output_close};

static STATUS memory_create(struct vonk_task *task, struct vonk_str path, struct vonk_output **out) {
  struct store *store;
  TRY(store_of(task, &store));
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct memory_output *output = ARENA_NEW(arena, struct memory_output);
  output->output = (struct vonk_output){.type = &memory_output_type, .path = vonk_str_copy(arena, path)};
  output->arena = arena;
  output->store = store;
  enum vonk_status status = vonk_task_memory_error(task, vonk_buffer_create(store->budget, 4096, &output->bytes));
  if (status == VONK_OK) *out = &output->output;
  else vonk_arena_destroy(arena);
  return status;
}

/* The files at and below FROM get the names at and below TO. */
static STATUS memory_move(struct vonk_task *task, struct vonk_str from, struct vonk_str to) {
  struct store *store;
  TRY(store_of(task, &store));
  struct vonk_str prefix = folder_prefix(task->arena, from);
  ARRAY_OF(struct vonk_str) moved = {0};
  bool found;
  vonk_mutex_lock(&store->lock);
  for (size_t i = 0; i < store->items.count; i++) {
    struct vonk_str path = store->items.items[i]->path;
    if (vonk_str_equal(path, from) || vonk_str_starts_with(path, prefix)) *ARRAY_PUSH(task->arena, &moved) = vonk_str_copy(task->arena, path);
  }
  for (size_t i = 0; i < moved.count; i++) {
    struct vonk_str path = moved.items[i];
    struct vonk_buffer *bytes = vonk_buffer_retain(store->items.items[position_of(store, path, &found)]->bytes);
    take_out(store, position_of(store, path, &found));
    put(store, vonk_str_format(task->arena, STR_FMT STR_FMT, STR_ARG(to), STR_ARG(vonk_str_slice(path, prefix.size - 1, path.size))), bytes);
    vonk_buffer_release(bytes);
  }
  vonk_mutex_unlock(&store->lock);
  return moved.count ? VONK_OK : vonk_fs_raise_missing(task, from);
}

static STATUS memory_create_if_absent(struct vonk_task *task, struct vonk_str path, struct vonk_str bytes, enum vonk_fs_claim *out) {
  struct vonk_output *output;
  bool found = false;
  TRY(memory_create(task, path, &output));
  enum vonk_status status = output_write(task, output, bytes.data, bytes.size);
  struct store *store = ((struct memory_output *)output)->store;
  if (status == VONK_OK) {
    vonk_mutex_lock(&store->lock);
    (void)position_of(store, path, &found);
    if (!found) put(store, path, ((struct memory_output *)output)->bytes);
    vonk_mutex_unlock(&store->lock);
    *out = found ? VONK_FS_LOST : VONK_FS_WON;
  }
  output_close(output);
  return status;
}

const struct vonk_fs_type vonk_fs_memory = {
    .schemes = {"memory"},
    .open = memory_open,
    .stat = memory_stat,
    .list = memory_list,
    .list_below = memory_list_below,
    .remove = memory_remove,
    .create = memory_create,
    .move = memory_move,
    .create_if_absent = memory_create_if_absent,
};
