/* health.c: GET /api/spark/health: that the service answers, and what it is. */
#include "server/rest/call.h"
#include "vonk_version.h"

static void put_setting(struct vonk_text *out, const char *name, struct vonk_str value) {
  vonk_text_addf(out, ",\"%s\":", name);
  vonk_json_quote(out, value);
}

STATUS rest_health(struct rest_call *call) {
  struct vonk_instance *instance = call->service->instance;
  struct vonk_instance_facts facts;
  struct vonk_text *out = &call->out;
  vonk_instance_describe(instance, &facts, sizeof facts);
  int64_t parallelism = vonk_conf_is_set(instance->conf, VONK_CONF_DEFAULT_PARALLELISM) ? vonk_conf_int(instance->conf, VONK_CONF_DEFAULT_PARALLELISM) : facts.worker_count;
  vonk_text_add(out, STR("\"status\":\"healthy\",\"message\":\"The engine is running\",\"session\":{\"active\":true"));
  put_setting(out, "app_name", vonk_conf_text(instance->conf, VONK_CONF_APP_NAME));
  put_setting(out, "spark_version", STR(VONK_SPARK_VERSION));
  put_setting(out, "vonk_version", vonk_str_of(vonk_version()));
  put_setting(out, "master", vonk_conf_text(instance->conf, VONK_CONF_MASTER));
  vonk_text_addf(out, ",\"ui_web_url\":null,\"default_parallelism\":%lld}", (long long)parallelism);
  return VONK_OK;
}
