/* task.c: setting the error of a task. The first error wins: what follows from it would only hide it. */
#include "base/task.h"

#include <inttypes.h>

#include "base/secret.h"

/* What is said may come to eyes that must not see passwords in addresses. */
static struct vonk_str copy_to_say(struct vonk_arena *arena, struct vonk_str text) {
  struct vonk_str copy = vonk_str_copy(arena, text);
  vonk_secret_hide_users((char *)(uintptr_t)copy.data, copy.size);
  return copy;
}

static bool begin_error(struct vonk_task *task, enum vonk_condition condition, const struct vonk_origin *origin) {
  struct vonk_error *error = task->error;
  ASSERT(condition < VONK_CONDITION_COUNT);
  if (error->set) return false;
  vonk_error_clear(error);
  error->set = true;
  error->condition = condition;
  if (origin) {
    error->origin = *origin;
    struct vonk_str *texts[] = {&error->origin.text, &error->origin.object_type, &error->origin.object_name,
                                &error->origin.fragment, &error->origin.call_site};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
      if (texts[i]->data) *texts[i] = copy_to_say(error->arena, *texts[i]);
    }
  }
  return true;
}

static void add_parameter(struct vonk_error *error, const char *name, struct vonk_str value) {
  ASSERT(error->parameter_count < VONK_ERROR_PARAMETERS_MAX);
  error->parameters[error->parameter_count++] =
      (struct vonk_error_parameter){vonk_str_copy(error->arena, vonk_str_of(name)), copy_to_say(error->arena, value)};
}

STATUS vonk_raise(struct vonk_task *task, enum vonk_condition condition, const struct vonk_origin *origin, ...) {
  if (!begin_error(task, condition, origin)) return VONK_FAILED;
  va_list arguments;
  va_start(arguments, origin);
  for (const char *name; (name = va_arg(arguments, const char *)) != NULL;) {
    add_parameter(task->error, name, va_arg(arguments, struct vonk_str));
  }
  va_end(arguments);
  return VONK_FAILED;
}

STATUS vonk_raisef(struct vonk_task *task, enum vonk_condition condition, const struct vonk_origin *origin,
                   const char *parameter, const char *format, ...) {
  if (!begin_error(task, condition, origin)) return VONK_FAILED;
  va_list arguments;
  va_start(arguments, format);
  add_parameter(task->error, parameter, vonk_str_vformat(task->error->arena, format, arguments));
  va_end(arguments);
  return VONK_FAILED;
}

STATUS vonk_unsupported(struct vonk_task *task, const struct vonk_origin *origin, const char *feature) {
  return vonk_raise(task, VONK_UNSUPPORTED_FEATURE, origin, "feature", vonk_str_of(feature), NULL);
}

/* PLACE goes into the sentence behind its first words. */
static STATUS memory_error(struct vonk_task *task, enum vonk_status status, struct vonk_str place) {
  if (status != VONK_NO_MEMORY) return status;
  if (!begin_error(task, VONK_UNABLE_TO_ACQUIRE_MEMORY, NULL)) return VONK_FAILED;
  struct vonk_error *error = task->error;
  const char *format = "%" PRIu64;
  uint64_t requested = task->budget ? vonk_budget_refused(task->budget) : 0;
  uint64_t available = task->budget ? vonk_budget_available(task->budget) : 0;
  add_parameter(error, "requestedBytes", vonk_str_format(error->arena, format, requested));
  add_parameter(error, "receivedBytes", vonk_str_format(error->arena, format, available));
  add_parameter(error, "place", place);
  return VONK_FAILED;
}

STATUS vonk_task_memory_error(struct vonk_task *task, enum vonk_status status) { return memory_error(task, status, STR("")); }

STATUS vonk_task_memory_error_reading(struct vonk_task *task, enum vonk_status status, struct vonk_str path) {
  if (status != VONK_NO_MEMORY) return status;
  return memory_error(task, status, vonk_str_format(task->arena, " while " STR_FMT " was read", STR_ARG(path)));
}

STATUS vonk_task_check_room_reading(struct vonk_task *task, uint64_t most, struct vonk_str path) {
  TRY(vonk_task_memory_error_reading(task, vonk_budget_charge(task->budget, most), path));
  vonk_budget_release(task->budget, most);
  return VONK_OK;
}

STATUS vonk_task_check(struct vonk_task *task) {
  if (LIKELY(!vonk_task_cancelled(task))) return VONK_OK;
  begin_error(task, VONK_OPERATION_CANCELED, NULL);
  return VONK_CANCELLED;
}
