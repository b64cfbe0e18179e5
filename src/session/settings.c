/* settings.c: the settings of a session: snapshots, of which the latest is what the next statement sees. */
#include "session/session.h"

struct vonk_conf *vonk_session_conf(struct vonk_session *session) {
  vonk_mutex_lock(&session->lock);
  struct vonk_conf *conf = vonk_conf_retain(session->conf);
  vonk_mutex_unlock(&session->lock);
  return conf;
}

/* LOCAL is the machine's; the rest must be known. */
static STATUS check_zone(struct vonk_task *task, struct vonk_conf_setting *setting) {
  const struct vonk_timezone *zone;
  if (!vonk_str_equal(setting->key, STR("spark.sql.session.timeZone"))) return VONK_OK;
  if (vonk_str_equal(setting->value, STR("LOCAL"))) setting->value = vonk_timezone_system_id(task->arena);
  if (vonk_timezone_load(task->arena, setting->value, &zone)) return VONK_OK;
  return vonk_raise(task, VONK_INVALID_CONF_VALUE__TIME_ZONE, NULL, "confName", setting->key, "confValue", setting->value, NULL);
}

/* The lock is held. */
static void take(struct vonk_session *session, struct vonk_conf *conf) {
  vonk_conf_release(session->conf);
  session->conf = conf;
}

STATUS vonk_session_set(struct vonk_task *task, struct vonk_session *session, const struct vonk_conf_setting *settings, size_t count) {
  struct vonk_conf_setting *checked = vonk_arena_copy(task->arena, settings, count * sizeof *settings);
  struct vonk_conf *conf = NULL;
  for (size_t i = 0; i < count; i++) TRY(check_zone(task, &checked[i]));
  vonk_mutex_lock(&session->lock);
  enum vonk_status status = vonk_conf_set(task, session->conf, VONK_CONF_RUNNING, checked, count, &conf);
  if (status == VONK_OK) take(session, conf);
  vonk_mutex_unlock(&session->lock);
  return status;
}

STATUS vonk_session_reset(struct vonk_task *task, struct vonk_session *session, struct vonk_str key) {
  struct vonk_conf *conf = NULL;
  enum vonk_status status = VONK_OK;
  vonk_mutex_lock(&session->lock);
  if (key.size) status = vonk_conf_reset(task, session->conf, session->origin, key, &conf);
  else conf = vonk_conf_retain(session->origin);
  if (status == VONK_OK) take(session, conf);
  vonk_mutex_unlock(&session->lock);
  return status;
}
