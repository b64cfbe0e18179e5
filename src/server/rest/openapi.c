/* openapi.c: the description of the service (OpenAPI 3.1), made from the tables of routes and fields. */
#include "server/rest/call.h"
#include "vonk_version.h"

#define KEY_SCHEMA "\"type\": \"string\", \"minLength\": 1, \"maxLength\": 1024, \"pattern\": \"^[^/\\\\\\\\\\u0000-\\u001f\\u007f][^\\\\\\\\\\u0000-\\u001f\\u007f]*$\""
#define SCALAR_SCHEMA "{\"type\": [\"string\", \"number\", \"boolean\"]}"
#define NULLABLE_SCHEMA "{\"type\": [\"string\", \"number\", \"boolean\", \"null\"]}"
#define LIST_SCHEMA "{\"type\": \"array\", \"minItems\": 1, \"items\": " SCALAR_SCHEMA "}"
#define FILTER_SCHEMA                                                                                                                                       \
  "{\"anyOf\": [" NULLABLE_SCHEMA ", " LIST_SCHEMA ", {\"type\": \"object\", \"minProperties\": 1, \"additionalProperties\": false, \"properties\": {"    \
  "\"=\": " NULLABLE_SCHEMA ", \"==\": " NULLABLE_SCHEMA ", \"!=\": " NULLABLE_SCHEMA ", \"<>\": " NULLABLE_SCHEMA ", \">\": " SCALAR_SCHEMA ", "        \
  "\">=\": " SCALAR_SCHEMA ", \"<\": " SCALAR_SCHEMA ", \"<=\": " SCALAR_SCHEMA ", \"like\": " SCALAR_SCHEMA ", \"in\": " LIST_SCHEMA ", "           \
  "\"is_null\": {\"type\": \"boolean\"}, \"between\": {\"type\": \"array\", \"minItems\": 2, \"maxItems\": 2, \"items\": " SCALAR_SCHEMA "}}}]}"

static const char *const kind_schemas[] = {
    [REST_TEXT] = "\"type\": \"string\", \"minLength\": 1",
    [REST_SECRET] = "\"type\": \"string\", \"minLength\": 1, \"maxLength\": 200, \"pattern\": \"^[!-~]+$\", \"format\": \"password\"",
    [REST_TOKEN] = "\"type\": \"string\", \"minLength\": 1, \"maxLength\": 16384, \"pattern\": \"^[!-~]+$\", \"format\": \"password\"",
    [REST_REGION] = "\"type\": \"string\", \"minLength\": 1, \"maxLength\": 64, \"pattern\": \"^[a-z0-9-]+$\"",
    [REST_BUCKET] = "\"type\": \"string\", \"minLength\": 3, \"maxLength\": 63, \"pattern\": \"^[a-z0-9][a-z0-9._-]+[a-z0-9]$\"",
    [REST_KEY] = KEY_SCHEMA,
    [REST_WRITE_MODE] = "\"type\": \"string\", \"enum\": [\"overwrite\", \"append\", \"error\"]",
    [REST_TEXTS] = "\"type\": \"array\", \"minItems\": 1, \"maxItems\": 10000, \"items\": {\"type\": \"string\", \"minLength\": 1}",
    [REST_KEYS] = "\"type\": \"array\", \"minItems\": 1, \"maxItems\": 10000, \"items\": {" KEY_SCHEMA "}",
    [REST_COUNT] = "\"type\": \"integer\", \"minimum\": 0, \"maximum\": 2147483647",
    [REST_FILTERS] = "\"type\": \"object\", \"additionalProperties\": " FILTER_SCHEMA,
};

static const struct {
  int status;
  const char *meaning;
} errors[] = {
    {400, "Something in the request is not right; code and message say what."},
    {401, "The server asks for a token that was not given, or the store for credentials."},
    {403, "The Host header names another machine, or the store refuses the credentials."},
    {404, "There is no such file, bucket or path."},
    {405, "The path takes another method."},
    {408, "The request took too long to come."},
    {409, "Something is at output_key that must not be overwritten, or a folder where a file is wanted."},
    {413, "The body, or the result, is too large."},
    {415, "The body is not application/json."},
    {417, "The server has no answer to the Expect header."},
    {431, "The header is too large."},
    {500, "An error of the service itself."},
    {501, "The transfer encoding is not known."},
    {502, "The store failed."},
    {503, "There is not enough memory now, or there are too many requests."},
    {504, "The request took too long."},
    {505, "The version of HTTP is not known."},
};

static void put_text(struct vonk_text *out, const char *name, const char *text) {
  vonk_text_addf(out, "\"%s\": ", name);
  vonk_json_quote(out, vonk_str_of(text));
}

static void put_body(struct vonk_text *out, const struct rest_route *route) {
  const char *comma = "";
  vonk_text_add(out, STR(", \"requestBody\": {\"required\": true, \"content\": {\"application/json\": {\"schema\": {\"type\": \"object\", \"additionalProperties\": false, \"required\": ["));
  for (uint32_t i = 0; i < REST_FIELD_COUNT; i++) {
    if (!(route->required >> i & 1)) continue;
    vonk_text_addf(out, "%s\"%s\"", comma, rest_fields[i].name);
    comma = ", ";
  }
  vonk_text_add(out, STR("], \"properties\": {"));
  comma = "";
  for (uint32_t i = 0; i < REST_FIELD_COUNT; i++) {
    if (!((route->required | route->optional) >> i & 1)) continue;
    const char *schema = kind_schemas[rest_fields[i].kind];
    bool required = route->required >> i & 1;
    vonk_text_addf(out, required ? "%s\"%s\": {%s, " : "%s\"%s\": {\"anyOf\": [{%s}, {\"type\": \"null\"}], ", comma, rest_fields[i].name, schema);
    vonk_text_addf(out, "\"examples\": [%s], ", rest_fields[i].example);
    put_text(out, "description", rest_fields[i].doc);
    vonk_text_add_char(out, '}');
    comma = ", ";
  }
  vonk_text_add(out, STR("}}}}}"));
}

static void put_answers(struct vonk_text *out, const struct rest_route *route) {
  vonk_text_add(out, STR(", \"responses\": {\"200\": {\"description\": \"Done.\", \"content\": {\"application/json\": {\"schema\": {\"type\": \"object\", "
                         "\"required\": [\"success\", \"message\", \"execution_time_ms\"], \"properties\": {\"success\": {\"const\": true}, "
                         "\"message\": {\"type\": \"string\"}, \"execution_time_ms\": {\"type\": \"number\"}, "));
  vonk_text_addf(out, "%s}}}}}", route->answer);
  for (size_t i = 0; i < COUNT_OF(errors); i++) {
    vonk_text_addf(out, ", \"%d\": {", errors[i].status);
    put_text(out, "description", errors[i].meaning);
    vonk_text_add(out, STR(", \"content\": {\"application/json\": {\"schema\": {\"$ref\": \"#/components/schemas/Error\"}}}}"));
  }
  vonk_text_add_char(out, '}');
}

static void put_route(struct vonk_text *out, const struct rest_route *route) {
  bool get = strcmp(route->method, "GET") == 0;
  vonk_text_addf(out, "\"%s\": {\"%s\": {", route->path, get ? "get" : "post");
  put_text(out, "summary", route->summary);
  if (route->required) put_body(out, route);
  put_answers(out, route);
  vonk_text_add(out, STR("}}"));
}

struct vonk_str rest_openapi(struct vonk_arena *arena) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  vonk_text_add(&out, STR("{\"openapi\": \"3.1.0\", \"info\": {\"title\": \"Vonk: Parquet service\", \"version\": \"" VONK_VERSION "\", \"description\": "
                          "\"Decimals are numbers with all their digits, timestamps ISO 8601 (moments in UTC), binary values base64; NaN and infinities are texts.\"}, \"paths\": {"));
  for (size_t i = 0; i < rest_route_count; i++) {
    if (i) vonk_text_add(&out, STR(", "));
    put_route(&out, &rest_routes[i]);
  }
  vonk_text_add(&out, STR("}, \"components\": {\"schemas\": {\"Error\": {\"type\": \"object\", \"required\": [\"success\", \"code\", \"message\", \"sqlstate\"], "
                          "\"properties\": {\"success\": {\"const\": false}, \"code\": {\"type\": \"string\"}, \"message\": {\"type\": \"string\"}, "
                          "\"sqlstate\": {\"type\": [\"string\", \"null\"]}}}}}}\n"));
  return vonk_text_str(&out);
}
