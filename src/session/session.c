/* session.c: opening and closing a session, its settings, and the cancel flag of what it runs. */
#include <stdlib.h>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "fs/files.h"
#include "session/checkpoint.h"
#include "session/python.h"
#include "session/statement.h"
#include "stream/manager.h"

static STATUS open_session(struct vonk_task *task, struct vonk_session *session, const struct vonk_session_options *options) {
  struct vonk_conf_setting *settings = ARENA_ARRAY(task->arena, struct vonk_conf_setting, options->setting_count);
  for (size_t i = 0; i < options->setting_count; i++) {
    settings[i].key = vonk_str_of(options->settings[i].key);
    settings[i].value = vonk_str_of(options->settings[i].value);
  }
  TRY(vonk_conf_set(task, session->instance->conf, VONK_CONF_RUNNING, settings, options->setting_count, &session->origin));
  session->conf = vonk_conf_retain(session->origin);
  struct vonk_files files = {.process = session->instance->stores, .conf = session->conf};
  task->files = &files;
  session->catalog = vonk_catalog_session_create(session->instance->catalog);
  const char *user = getenv("USER");
  session->user = user && *user ? vonk_str_copy(session->arena, vonk_str_of(user)) : STR("root");
  if (!options->database) return VONK_OK;
  struct vonk_str database = vonk_str_of(options->database);
  return vonk_catalog_use(task, session->catalog, (struct vonk_name){&database, 1}, NULL);
}

int vonk_session_open(struct vonk_instance *instance, const struct vonk_session_options *options, struct vonk_session **out) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_session *session = *out = ARENA_NEW(arena, struct vonk_session);
  struct vonk_session_options wanted = {0};
  if (options) memcpy(&wanted, options, options->struct_size < sizeof wanted ? options->struct_size : sizeof wanted);
  session->arena = arena;
  session->instance = instance;
  session->budget = vonk_budget_create(instance->budget, "session", 0);
  session->checkpoints = vonk_checkpoints_create(session->budget);
  session->streams = vonk_stream_manager_create();
  session->start_micros = vonk_clock_wall_micros();
  vonk_mutex_init(&session->lock);
  vonk_error_init(&session->error);
  vonk_problem_init(&session->problem);
  struct vonk_task task = {.arena = arena, .error = &session->error, .budget = session->budget, .cancel = &session->cancel};
  return vonk_problem_code(&session->problem, &task, open_session(&task, session, &wanted));
}

int vonk_session_clone(struct vonk_session *from, struct vonk_session **out) {
  int code = vonk_session_open(from->instance, NULL, out);
  if (code != VONK_RUN_OK) return code;
  struct vonk_session *session = *out;
  vonk_conf_release(session->conf);
  vonk_conf_release(session->origin);
  session->conf = vonk_session_conf(from);
  session->origin = vonk_conf_retain(from->origin);
  vonk_catalog_session_destroy(session->catalog);
  session->catalog = vonk_catalog_session_clone(from->catalog);
  vonk_session_share_functions(from, session);
  return code;
}

void vonk_session_close(struct vonk_session *session) {
  if (!session) return;
  vonk_stream_manager_destroy(session->streams);
  vonk_session_python_destroy(session);
  if (session->catalog) vonk_catalog_session_destroy(session->catalog);
  vonk_checkpoints_destroy(session->checkpoints);
  vonk_conf_release(session->conf);
  vonk_conf_release(session->origin);
  vonk_problem_deinit(&session->problem);
  vonk_error_deinit(&session->error);
  vonk_mutex_deinit(&session->lock);
  vonk_budget_destroy(session->budget);
  vonk_arena_destroy(session->arena);
}

const struct vonk_problem *vonk_session_problem(const struct vonk_session *session) { return &session->problem.problem; }

const char *vonk_session_setting(struct vonk_session *session, const char *key) {
  struct vonk_str value;
  if (!vonk_conf_get(session->conf, vonk_str_of(key), &value)) return NULL;
  /* Settings end with a NUL in their snapshot only by chance. */
  vonk_problem_clear(&session->problem);
  return vonk_str_copy(session->problem.arena, value).data;
}

const char *vonk_session_database(struct vonk_session *session) {
  if (!session->catalog) return "default";
  return vonk_str_copy(session->arena, vonk_catalog_current_database(session->catalog)).data;
}

void vonk_session_cancel(struct vonk_session *session) { atomic_store(&session->cancel.requested, true); }
