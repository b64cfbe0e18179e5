/* partition_list.c: the partitions that a table of the warehouse has: its folders key=value, as deep as it has partition columns. */
#include "catalog/catalog.h"
#include "fs/fs.h"

enum { PARTITIONS_MAX = 1 << 24 };

struct listing {
  struct vonk_task *task;
  size_t base_size;   /* bytes of the table's folder and the slash behind it */
  uint32_t depth;     /* partition columns */
  struct { struct vonk_str *items; size_t count, capacity; } found;
};

static STATUS walk(struct listing *listing, struct vonk_str folder, uint32_t depth) {
  struct vonk_fs_list list;
  if (depth == listing->depth) {
    *ARRAY_PUSH(listing->task->arena, &listing->found) = vonk_str_slice(folder, listing->base_size, folder.size);
    return listing->found.count <= PARTITIONS_MAX ? VONK_OK : vonk_unsupported(listing->task, NULL, "a table of more than 16777216 partitions");
  }
  TRY(vonk_task_check(listing->task));
  TRY(vonk_fs_list_folder(listing->task, folder, &list));
  for (size_t i = 0; i < list.count; i++) {
    struct vonk_str path = list.items[i].path;
    bool partition = list.items[i].is_folder && vonk_str_find(path, STR("="), folder.size) != SIZE_MAX;
    if (partition) TRY(walk(listing, path, depth + 1));
  }
  return VONK_OK;
}

STATUS vonk_catalog_list_partitions(struct vonk_task *task, const struct vonk_catalog_table *table, struct vonk_name *out) {
  const struct vonk_fs_type *type;
  struct vonk_str folder = table->location;
  TRY(vonk_fs_resolve(task, &folder, &type));
  while (folder.size > 1 && folder.data[folder.size - 1] == '/') folder.size--;
  struct listing listing = {.task = task, .base_size = folder.size + 1, .depth = table->partition_columns.count};
  TRY(walk(&listing, folder, 0));
  *out = (struct vonk_name){listing.found.items, (uint32_t)listing.found.count};
  return VONK_OK;
}
