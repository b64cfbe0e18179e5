/* set.c: SET key=value, SET key, SET, SET -v, SET TIME ZONE. */
#include <stdlib.h>

#include "base/secret.h"
#include "session/command/command.h"

#include "bind/binder.h"

#define OFFSET_MICROS_MAX (INT64_C(18) * 3600 * 1000000)

/* As others may see it. */
static void show(struct vonk_statement *statement, struct vonk_str key, struct vonk_str value) {
  if (vonk_secret_is_name(key)) value = STR(VONK_SECRET_SHOWN);
  vonk_answer_texts(&statement->answer, (struct vonk_str[]){key, value});
}

static STATUS change(struct vonk_statement *statement, struct vonk_str key, struct vonk_str value) {
  struct vonk_conf_setting setting = {key, value};
  TRY(vonk_session_set(&statement->task, statement->session, &setting, 1));
  struct vonk_conf *conf = vonk_session_conf(statement->session);
  if (vonk_conf_get(conf, key, &value)) value = vonk_str_copy(statement->arena, value);
  vonk_conf_release(conf);
  show(statement, key, value);
  return VONK_OK;
}

/* INTERVAL 10 HOURS is +10:00. */
static STATUS time_zone(struct vonk_statement *statement, const struct vonk_origin *origin, struct vonk_expr *zone) {
  struct vonk_bind_context context;
  struct vonk_value value;
  vonk_statement_bind_context(statement, &context);
  TRY(vonk_bind_query_constant(&statement->task, &context, zone, NULL, &value));
  char offset[VONK_TIMEZONE_OFFSET_TEXT_MAX];
  bool fits = value.type->id == VONK_TYPE_INTERVAL_DT && value.integer <= OFFSET_MICROS_MAX && value.integer >= -OFFSET_MICROS_MAX &&
              value.integer % 1000000 == 0;
  if (!fits) {
    return vonk_raise(&statement->task, VONK_INVALID_INTERVAL_FORMAT__TIMEZONE_INTERVAL_OUT_OF_RANGE, origin, "input",
                      vonk_value_sql(statement->arena, &value), NULL);
  }
  int size = vonk_timezone_format_offset((int32_t)(value.integer / 1000000), true, offset);
  return change(statement, STR("spark.sql.session.timeZone"), vonk_str_copy(statement->arena, vonk_str_make(offset, (size_t)size)));
}

static int by_key(const void *a, const void *b) {
  return vonk_str_compare(((const struct vonk_conf_setting *)a)->key, ((const struct vonk_conf_setting *)b)->key);
}

static void show_set(struct vonk_statement *statement) {
  const struct vonk_conf_setting *settings;
  size_t count = vonk_conf_settings(statement->conf, &settings);
  struct vonk_conf_setting *sorted = vonk_arena_copy(statement->arena, settings, count * sizeof *settings);
  qsort(sorted, count, sizeof *sorted, by_key);
  for (size_t i = 0; i < count; i++) show(statement, sorted[i].key, sorted[i].value);
}

static void show_known(struct vonk_statement *statement) {
  for (size_t i = 0; i < VONK_CONF_KEY_COUNT; i++) {
    const struct vonk_conf_row *row = &vonk_conf_rows[i];
    if (row->scope == VONK_CONF_SCOPE_CORE) continue;
    struct vonk_str value;
    if (!vonk_conf_get(statement->conf, row->key, &value)) value = STR("<undefined>");
    vonk_answer_texts(&statement->answer, (struct vonk_str[]){row->key, value, row->doc, STR("")});
  }
}

STATUS vonk_command_set_run(struct vonk_statement *statement, struct vonk_command_set *command) {
  struct vonk_answer *answer = &statement->answer;
  vonk_answer_column(answer, "key", &vonk_type_string, false);
  vonk_answer_column(answer, "value", &vonk_type_string, false);
  if (command->time_zone) return time_zone(statement, command->node.origin, command->time_zone);
  if (command->has_value) return change(statement, command->key, command->value);
  if (command->verbose) {
    vonk_answer_column(answer, "meaning", &vonk_type_string, false);
    vonk_answer_column(answer, "Since version", &vonk_type_string, false);
    show_known(statement);
  } else if (command->all || command->key.size == 0) {
    show_set(statement);
  } else {
    struct vonk_str value;
    if (!vonk_conf_get(statement->conf, command->key, &value)) value = STR("<undefined>");
    show(statement, command->key, value);
  }
  return VONK_OK;
}
