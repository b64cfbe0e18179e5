/* aggregate_spill.c: one row after the other. */
#include "exec/aggregate_spill.h"

#include "exec/group_table.h"

void vonk_aggregate_saved_init(struct vonk_arena *arena, struct vonk_aggregate_saved *saved, const struct vonk_row_layout *groups,
                               uint32_t states_at, const struct vonk_aggregate_calls *calls) {
  uint32_t count = groups->column_count;
  const struct vonk_type **types = ARENA_ARRAY(arena, const struct vonk_type *, count + calls->count + 1);
  *saved = (struct vonk_aggregate_saved){.groups = groups, .key_count = count, .states_at = states_at};
  if (count) memcpy(types, groups->types, count * sizeof *types);
  types[count++] = &vonk_type_binary;
  for (uint32_t i = 0; i < calls->count; i++) {
    if (calls->items[i].type->save) types[count++] = &vonk_type_binary;
  }
  vonk_row_layout_init(arena, &saved->layout, types, count, 16);
}

static struct vonk_view *bytes_slot(const struct vonk_aggregate_saved *saved, uint8_t *row, uint32_t column) {
  return (struct vonk_view *)(row + saved->layout.offsets[saved->key_count + column]);
}

static uint8_t *states_of(const struct vonk_aggregate_saved *saved, uint8_t *group) {
  return group + saved->groups->extra_offset + saved->states_at;
}

static STATUS save_row(struct vonk_aggregate_worker *w, const struct vonk_aggregate_saved *saved, uint8_t *group, uint8_t *row) {
  struct vonk_column variable;
  uint32_t column = 0;
  memset(row, 0, saved->layout.stride);
  vonk_row_copy_columns(saved->groups, group, &saved->layout, saved->key_count, row);
  *vonk_group_row_hash(&saved->layout, row) = *vonk_group_row_hash(saved->groups, group);
  *bytes_slot(saved, row, column++) = vonk_view_make((const char *)states_of(saved, group), w->calls->state_size);
  vonk_builder_reset(&w->saved);
  TRY(vonk_aggregate_save_states(w, group, &w->saved));
  TRY(vonk_builder_finish(&w->task, &w->saved, &variable));
  for (uint32_t i = 0; i < w->saved.row_count; i++) *bytes_slot(saved, row, column++) = ((const struct vonk_view *)variable.data)[i];
  return VONK_OK;
}

STATUS vonk_aggregate_save_rows(struct vonk_aggregate_worker *w, const struct vonk_aggregate_saved *saved, struct vonk_rows *groups,
                                uint8_t *row, struct vonk_rows_writer *writer) {
  for (uint32_t b = 0; b < groups->block_count; b++) {
    TRY(vonk_task_check(&w->task));
    for (uint32_t i = 0; i < groups->blocks[b].row_count; i++) {
      TRY(save_row(w, saved, vonk_block_row(groups, &groups->blocks[b], i), row));
      TRY(vonk_rows_writer_add(&w->task, writer, row));
    }
  }
  return vonk_rows_writer_flush(&w->task, writer);
}

static STATUS load_row(struct vonk_aggregate_worker *w, const struct vonk_aggregate_saved *saved, uint8_t *row, uint8_t *group) {
  memset(group, 0, saved->groups->stride);
  vonk_row_copy_columns(&saved->layout, row, saved->groups, saved->key_count, group);
  *vonk_group_row_hash(saved->groups, group) = *vonk_group_row_hash(&saved->layout, row);
  memcpy(states_of(saved, group), vonk_view_data(bytes_slot(saved, row, 0)), w->calls->state_size);
  uint32_t column = 1;
  for (uint32_t i = 0; i < w->calls->count; i++) {
    if (!w->calls->items[i].type->save) continue;
    TRY(vonk_aggregate_load_state(w, i, vonk_view_str(bytes_slot(saved, row, column++)), group));
  }
  return VONK_OK;
}

STATUS vonk_aggregate_load_rows(struct vonk_aggregate_worker *w, const struct vonk_aggregate_saved *saved, struct vonk_rows *from,
                                struct vonk_rows *groups) {
  void *group;
  uint8_t *kept;
  vonk_scratch_reset(&w->scratch);
  TRY(vonk_scratch_take(&w->task, &w->scratch, saved->groups->stride, &group));
  for (uint32_t b = 0; b < from->block_count; b++) {
    TRY(vonk_rows_pin(&w->task, from, b));
    TRY(vonk_task_check(&w->task));
    for (uint32_t i = 0; i < from->blocks[b].row_count; i++) {
      TRY(load_row(w, saved, vonk_block_row(from, &from->blocks[b], i), group));
      TRY(vonk_rows_add(&w->task, groups, group, &kept));
    }
    vonk_rows_unpin(from, b);
  }
  return VONK_OK;
}
