/* server.h: the doors that a network opens to an instance: Spark Connect and the REST service.
 *
 * A host that is not loopback needs a token and TLS: without them a server does not start. */
#ifndef VONK_SERVER_SERVER_H
#define VONK_SERVER_SERVER_H

#include "base/str.h"
#include "vonk/vonk.h"

struct vonk_server;

enum { VONK_SERVER_PORT_OFF = -1, VONK_SERVER_PORT_ANY = 0 };

struct vonk_server_options {
  struct vonk_str host;
  int32_t connect_port, rest_port;
  bool rest_port_named;              /* by the user: not moved up when it is taken */
  struct vonk_str token;             /* empty: none is asked for */
  struct vonk_str certificate_file, key_file;
};

/* Listens: VONK_RUN_OK, or the instance's problem says why not: the port is taken, the host is not loopback, a file is not readable. */
int vonk_server_open(struct vonk_instance *instance, const struct vonk_server_options *options, struct vonk_server **out);
/* The ports that were found; 0 when they are off. */
uint16_t vonk_server_connect_port(const struct vonk_server *server);
uint16_t vonk_server_rest_port(const struct vonk_server *server);
/* For how long no session has been open; 0 while one is, or before the first. */
uint64_t vonk_server_idle_ns(struct vonk_server *server);
/* Takes no more calls, lets those that run end for GRACE_NS, cancels the rest, and frees. Takes NULL. */
void vonk_server_close(struct vonk_server *server, uint64_t grace_ns);

#endif
