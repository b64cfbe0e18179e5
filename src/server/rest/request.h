/* request.h: what a request may say, and what it said: the fields of all routes in one table, from which the description is made too. */
#ifndef VONK_SERVER_REST_REQUEST_H
#define VONK_SERVER_REST_REQUEST_H

#include "expr/node.h"
#include "type/json.h"

enum rest_kind { REST_TEXT, REST_SECRET, REST_TOKEN, REST_REGION, REST_BUCKET, REST_KEY, REST_WRITE_MODE, REST_TEXTS, REST_KEYS, REST_COUNT, REST_FILTERS };

enum rest_field {
#define REST_FIELD(name, kind, example, doc) REST_##name,
#include "server/rest/field.def"
#undef REST_FIELD
  REST_FIELD_COUNT
};
#define REST_BIT(name) (UINT32_C(1) << REST_##name)

struct rest_field_row {
  const char *name;
  enum rest_kind kind;
  const char *example;           /* JSON */
  const char *doc;
};
extern const struct rest_field_row rest_fields[REST_FIELD_COUNT];

/* What a field was given. */
struct rest_value {
  bool is_given;                 /* and not null */
  struct vonk_str text;          /* FILTERS: the JSON object */
  int64_t count;                 /* COUNT */
  struct vonk_name texts;        /* TEXTS, KEYS */
};

struct rest_request {
  struct rest_value values[REST_FIELD_COUNT];
};

/* Reads BODY; fields are bits. Raises REST_MALFORMED_BODY, and says what is wrong with a field by other REST_* conditions. Values live on the
 * task's arena or are borrowed from BODY. */
STATUS rest_request_read(struct vonk_task *task, struct vonk_str body, uint32_t required, uint32_t optional, struct rest_request *out);
/* Overwrites what was secret in it. */
void rest_request_wipe(struct rest_request *request);

#endif
