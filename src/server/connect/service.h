/* service.h: Spark Connect's service: the remote calls of protocol 4.2 over sessions of an instance.
 *
 * Each call runs on the thread that net/grpc.h gives it. A query runs on a thread of its own, as an operation of its session,
 * and fills a bounded buffer of responses, which the calls that execute and reattach drain.
 */
#ifndef VONK_SERVER_CONNECT_SERVICE_H
#define VONK_SERVER_CONNECT_SERVICE_H

#include "net/grpc.h"
#include "vonk/vonk.h"

struct vonk_connect_service;

/* INSTANCE is borrowed. NULL when the system refuses a thread. */
struct vonk_connect_service *vonk_connect_service_create(struct vonk_instance *instance);
/* Cancels what runs. No call may run any more: the server has stopped. Takes NULL. */
void vonk_connect_service_destroy(struct vonk_connect_service *service);
struct vonk_grpc_service vonk_connect_service_calls(struct vonk_connect_service *service);
/* Sessions that are open, and when the last one was closed (vonk_clock_monotonic_ns, 0 when none was). */
uint32_t vonk_connect_service_session_count(struct vonk_connect_service *service, uint64_t *last_closed_ns);

#endif
