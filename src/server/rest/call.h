/* call.h: one request being answered. */
#ifndef VONK_SERVER_REST_CALL_H
#define VONK_SERVER_REST_CALL_H

#include "server/rest/request.h"
#include "server/rest/rest.h"
#include "session/session.h"
#include "type/text.h"

struct vonk_statement;

struct vonk_rest_service {
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_instance *instance;
  struct vonk_str host;                /* what the server listens at: a Host header may name it */
  struct vonk_str token;               /* empty: none is asked for */
  struct vonk_str hosts;               /* names besides those of loopback that a Host header may have, separated by commas */
  int64_t row_limit;                   /* of an answer */
  uint64_t time_limit_ns;              /* of a request */
};

struct rest_call {
  struct vonk_rest_service *service;
  struct vonk_httpd_call *http;
  struct vonk_task task;               /* of reading the request; its arena is the call's */
  struct vonk_error error;             /* why the request fails */
  struct vonk_cancel cancel;           /* raised when the client goes or time is over */
  bool late;                           /* the latter */
  uint64_t start_ns;
  struct rest_request request;
  struct vonk_session *session;        /* the request's own; NULL until opened */
  struct vonk_text out;                /* the answer's body */
};

/* A route's members of the answer, behind those that all have; a failure leaves the reason in the call's error. */
typedef STATUS rest_handler(struct rest_call *call);
rest_handler rest_health, rest_query, rest_modify, rest_merge, rest_metadata;

struct rest_route {
  const char *method, *path, *summary;
  rest_handler *handler;
  uint32_t required, optional;         /* bits of enum rest_field; both 0: there is no body */
  const char *answer;                  /* the members of the answer, as JSON schemas: "\"data\": {...}, ..." */
};
extern const struct rest_route rest_routes[];
extern const size_t rest_route_count;

/* --- parquet.c: what handlers share --- */

/* A statement over the call's session, which is opened first. End it by vonk_statement_close. */
STATUS rest_open_statement(struct rest_call *call, struct vonk_statement **out);
/* Moves the statement's error to the call, when STATUS is a failure; returns STATUS. */
STATUS rest_take_error(struct rest_call *call, struct vonk_statement *statement, enum vonk_status status);
/* SCHEMA's fields as the items of an array of JSON. */
void rest_put_fields(struct vonk_text *out, const struct vonk_type *schema, bool with_nullable);

/* --- openapi.c --- */

struct vonk_str rest_openapi(struct vonk_arena *arena);

#endif
