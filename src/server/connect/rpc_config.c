/* rpc_config.c: Config: settings of the session, by seven operations. */
#include "base/array.h"
#include "server/connect/rpc.h"
#include "session/session.h"

/* ConfigRequest, its Operation, ConfigResponse */
enum { CONFIG_OPERATION = 3, CONFIG_SERVER_ID = 8 };
enum { OP_SET = 1, OP_GET, OP_GET_WITH_DEFAULT, OP_GET_OPTION, OP_GET_ALL, OP_UNSET, OP_IS_MODIFIABLE };
enum { SET_PAIRS = 1, SET_SILENT = 2, KEYS = 1, GET_ALL_PREFIX = 1, PAIR_KEY = 1, PAIR_VALUE = 2 };
enum { ANSWER_SESSION_ID = 1, ANSWER_PAIRS = 2, ANSWER_WARNINGS = 3, ANSWER_SERVER_ID = 4 };

struct config {
  struct connect_rpc *rpc;
  struct vonk_conf *conf;          /* snapshot */
  struct vonk_protobuf operation;
  struct vonk_text answer;
};

/* VALUE's data NULL: none. */
static void put_pair(struct config *config, struct vonk_str key, struct vonk_str value) {
  size_t pair = vonk_protobuf_begin(&config->answer, ANSWER_PAIRS);
  vonk_protobuf_put_bytes(&config->answer, PAIR_KEY, key);
  if (value.data) vonk_protobuf_put_bytes(&config->answer, PAIR_VALUE, value);
  vonk_protobuf_end(&config->answer, pair);
}

/* What is refused is left out and told in a warning when the client wants silence. */
static STATUS set(struct config *config) {
  struct connect_rpc *rpc = config->rpc;
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf pair;
  bool silent = vonk_protobuf_bool(&config->operation, SET_SILENT);
  ARRAY_OF(struct vonk_conf_setting) settings = {0};
  while (vonk_protobuf_each_message(&config->operation, SET_PAIRS, &at, &pair)) {
    struct vonk_conf_setting setting = {vonk_protobuf_text(&pair, PAIR_KEY), vonk_protobuf_text(&pair, PAIR_VALUE)};
    TRY(connect_rpc_check(rpc));
    if (!setting.value.data) return vonk_raise(&rpc->task, VONK_CONNECT_INVALID_PLAN__ASSERTION_FAILURE, NULL, "message", STR("a setting needs a value"), NULL);
    if (!silent) {
      *ARRAY_PUSH(rpc->task.arena, &settings) = setting;
    } else if (vonk_session_set(&rpc->task, rpc->session->session, &setting, 1) != VONK_OK) {
      vonk_protobuf_put_bytes(&config->answer, ANSWER_WARNINGS, vonk_error_message(&rpc->error, rpc->task.arena));
      vonk_error_clear(&rpc->error);
    }
  }
  return vonk_session_set(&rpc->task, rpc->session->session, settings.items, settings.count);
}

static STATUS get(struct config *config, bool optional) {
  struct vonk_protobuf_field at = {0};
  struct vonk_str key, value;
  while (vonk_protobuf_each_text(&config->operation, KEYS, &at, &key)) {
    bool found = vonk_conf_get(config->conf, key, &value);
    if (!found && !optional) {
      return vonk_raise(&config->rpc->task, VONK_SQL_CONF_NOT_FOUND, NULL, "sqlConf",
                        vonk_str_format(config->rpc->task.arena, "\"" STR_FMT "\"", STR_ARG(key)), NULL);
    }
    put_pair(config, key, found ? value : (struct vonk_str){0});
  }
  return VONK_OK;
}

static void get_with_default(struct config *config) {
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf pair;
  while (vonk_protobuf_each_message(&config->operation, SET_PAIRS, &at, &pair)) {
    struct vonk_str key = vonk_protobuf_text(&pair, PAIR_KEY), value = vonk_protobuf_text(&pair, PAIR_VALUE);
    (void)vonk_conf_get(config->conf, key, &value);
    put_pair(config, key, value);
  }
}

/* Keys lose the prefix that was asked for. */
static void get_all(struct config *config) {
  const struct vonk_conf_setting *settings;
  struct vonk_str prefix = vonk_protobuf_text(&config->operation, GET_ALL_PREFIX);
  size_t count = vonk_conf_settings(config->conf, &settings);
  for (size_t i = 0; i < count; i++) {
    if (vonk_str_starts_with(settings[i].key, prefix)) put_pair(config, vonk_str_slice(settings[i].key, prefix.size, settings[i].key.size), settings[i].value);
  }
}

static STATUS unset(struct config *config) {
  struct vonk_protobuf_field at = {0};
  struct vonk_str key;
  while (vonk_protobuf_each_text(&config->operation, KEYS, &at, &key)) {
    if (key.size) TRY(vonk_session_reset(&config->rpc->task, config->rpc->session->session, key));
  }
  return VONK_OK;
}

static void is_modifiable(struct config *config) {
  struct vonk_protobuf_field at = {0};
  struct vonk_str key;
  while (vonk_protobuf_each_text(&config->operation, KEYS, &at, &key)) {
    enum vonk_conf_key known = vonk_conf_find(key);
    bool modifiable = known != VONK_CONF_KEY_COUNT && vonk_conf_rows[known].scope == VONK_CONF_SCOPE_RUNTIME;
    put_pair(config, key, modifiable ? STR("true") : STR("false"));
  }
}

static STATUS carry_out(struct config *config, uint32_t which) {
  switch (which) {
    case OP_SET: return set(config);
    case OP_GET: return get(config, false);
    case OP_GET_WITH_DEFAULT: get_with_default(config); return VONK_OK;
    case OP_GET_OPTION: return get(config, true);
    case OP_GET_ALL: get_all(config); return VONK_OK;
    case OP_UNSET: return unset(config);
    case OP_IS_MODIFIABLE: is_modifiable(config); return VONK_OK;
    default:
      return vonk_raise(&config->rpc->task, VONK_CONNECT_INVALID_PLAN__INVALID_ONE_OF_FIELD_NOT_SET, NULL, "fullName",
                        STR("spark.connect.ConfigRequest.Operation"), "name", STR("op_type"), NULL);
  }
}

STATUS connect_rpc_config(struct connect_rpc *rpc) {
  static const uint32_t kinds[] = {OP_SET, OP_GET, OP_GET_WITH_DEFAULT, OP_GET_OPTION, OP_GET_ALL, OP_UNSET, OP_IS_MODIFIABLE};
  struct config config = {.rpc = rpc};
  TRY(connect_rpc_session(rpc, CONFIG_SERVER_ID, true));
  struct vonk_protobuf operation = vonk_protobuf_message(&rpc->message, CONFIG_OPERATION);
  uint32_t which = vonk_protobuf_which(&operation, kinds, COUNT_OF(kinds));
  config.operation = vonk_protobuf_message(&operation, which);
  config.conf = vonk_session_conf(rpc->session->session);
  connect_rpc_begin_answer(rpc, &config.answer, ANSWER_SESSION_ID, ANSWER_SERVER_ID);
  enum vonk_status status = carry_out(&config, which);
  vonk_conf_release(config.conf);
  TRY(status);
  TRY(connect_rpc_check(rpc));
  connect_rpc_answer(rpc, &config.answer);
  return VONK_OK;
}
