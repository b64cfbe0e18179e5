/* problem.c: an error object as the public header shows it. */
#include "session/session.h"

void vonk_problem_clear(struct vonk_problem_holder *holder) {
  vonk_arena_reset(holder->arena);
  holder->problem = (struct vonk_problem){.condition = "", .sqlstate = "", .message = "", .sentence = "", .rendered = ""};
}

void vonk_problem_init(struct vonk_problem_holder *holder) {
  holder->arena = vonk_arena_create(NULL);
  vonk_problem_clear(holder);
}

void vonk_problem_deinit(struct vonk_problem_holder *holder) { vonk_arena_destroy(holder->arena); }

void vonk_problem_take(struct vonk_problem_holder *holder, const struct vonk_error *error) {
  struct vonk_arena *arena = holder->arena;
  vonk_arena_reset(arena);
  size_t count = error->parameter_count;
  const char **names = ARENA_ARRAY(arena, const char *, count), **values = ARENA_ARRAY(arena, const char *, count);
  for (size_t i = 0; i < count; i++) {
    names[i] = vonk_str_copy(arena, error->parameters[i].name).data;
    values[i] = vonk_str_copy(arena, error->parameters[i].value).data;
  }
  bool placed = error->origin.text.data && error->origin.object_type.size == 0;
  holder->problem = (struct vonk_problem){
      .condition = vonk_condition_name(error->condition),
      .sqlstate = vonk_condition_sqlstate(error->condition),
      .message = vonk_str_copy(arena, vonk_error_message(error, arena)).data,
      .sentence = vonk_str_copy(arena, vonk_error_sentence(error, arena)).data,
      .rendered = vonk_str_copy(arena, vonk_error_render(error, arena)).data,
      .parameter_names = names,
      .parameter_values = values,
      .parameter_count = count,
      .line = placed ? error->origin.line : 0,
      .column = placed ? error->origin.column + 1 : 0,
  };
}

int vonk_problem_code(struct vonk_problem_holder *holder, struct vonk_task *task, enum vonk_status status) {
  if (status == VONK_OK) return VONK_RUN_OK;
  status = vonk_task_memory_error(task, status);
  ASSERT(task->error->set);
  vonk_problem_take(holder, task->error);
  return status == VONK_CANCELLED ? VONK_RUN_CANCELLED : VONK_RUN_FAILED;
}
