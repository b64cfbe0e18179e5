/* rest.h: the Parquet service over HTTP and JSON: /api/spark, its description at /openapi.json, and a page at /docs.
 *
 * Each request has a session of its own, which knows the credentials of the request and no others. SQL sees `data_table`, the file that
 * the request names, and nothing else. Who may call at all is decided by the address the server listens on: browsers are kept out by the
 * Host header and the content type.
 */
#ifndef VONK_SERVER_REST_REST_H
#define VONK_SERVER_REST_REST_H

#include "net/httpd.h"
#include "vonk/vonk.h"

struct vonk_rest_service;

/* HOST: where it listens. TOKEN not empty: requests need "Authorization: Bearer TOKEN". */
struct vonk_rest_service *vonk_rest_service_create(struct vonk_instance *instance, struct vonk_str host, struct vonk_str token);
struct vonk_httpd_service vonk_rest_service_calls(struct vonk_rest_service *service);
/* No call may be running. Takes NULL. */
void vonk_rest_service_destroy(struct vonk_rest_service *service);

#endif
