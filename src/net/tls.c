/* tls.c: OpenSSL behind our names. */
#include "net/tls.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>

static SSL_CTX *context_of(struct vonk_tls_context *context) { return (SSL_CTX *)context; }
static SSL *ssl_of(struct vonk_tls *tls) { return (SSL *)tls; }

/* As ALPN writes them. */
static const char *const protocols[] = {[VONK_TLS_HTTP1] = "\x08http/1.1", [VONK_TLS_HTTP2] = "\x02h2"};

/* The client offers protocols; one that offers none speaks ours by prior knowledge. OBJECT is one of those above. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size, const unsigned char *in,
                           unsigned int in_size, void *object) {
  const unsigned char *ours = object;
  (void)ssl;
  unsigned char *chosen;
  if (SSL_select_next_proto(&chosen, out_size, ours, ours[0] + 1u, in, in_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

static enum vonk_status raise_file(struct vonk_task *task, const char *what, struct vonk_str file) {
  unsigned long error = ERR_peek_last_error();
  const char *reason = error ? ERR_reason_error_string(error) : NULL;
  struct vonk_str message = vonk_str_format(task->arena, "The %s " STR_FMT " cannot be used: %s.", what, STR_ARG(file),
                                            reason ? reason : "unknown reason");
  ERR_clear_error();
  return vonk_raise(task, VONK_INTERNAL_ERROR_NETWORK, NULL, "message", message, NULL);
}

STATUS vonk_tls_context_create(struct vonk_task *task, struct vonk_str certificate_file, struct vonk_str key_file, enum vonk_tls_protocol protocol,
                               struct vonk_tls_context **out) {
  struct vonk_str certificate = vonk_str_copy(task->arena, certificate_file), key = vonk_str_copy(task->arena, key_file);
  SSL_CTX *context = SSL_CTX_new(TLS_server_method());
  if (!context) return raise_file(task, "TLS library with", certificate);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, (void *)(uintptr_t)protocols[protocol]);
  enum vonk_status status = VONK_OK;
  if (SSL_CTX_use_certificate_chain_file(context, certificate.data) != 1) status = raise_file(task, "certificate", certificate);
  else if (SSL_CTX_use_PrivateKey_file(context, key.data, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context) != 1) {
    status = raise_file(task, "private key", key);
  }
  if (status != VONK_OK) SSL_CTX_free(context);
  else *out = (struct vonk_tls_context *)context;
  return status;
}

void vonk_tls_context_destroy(struct vonk_tls_context *context) { SSL_CTX_free(context_of(context)); }

struct vonk_tls *vonk_tls_create(struct vonk_tls_context *context, int descriptor) {
  SSL *ssl = SSL_new(context_of(context));
  if (ssl && SSL_set_fd(ssl, descriptor) != 1) {
    SSL_free(ssl);
    return NULL;
  }
  if (ssl) SSL_set_accept_state(ssl);
  return (struct vonk_tls *)ssl;
}

void vonk_tls_destroy(struct vonk_tls *tls) { SSL_free(ssl_of(tls)); }

static enum vonk_net_state state_of(SSL *ssl, int answer) {
  if (answer > 0) return VONK_NET_DONE;
  int error = SSL_get_error(ssl, answer);
  ERR_clear_error();
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? VONK_NET_BLOCKED : VONK_NET_GONE;
}

enum vonk_net_state vonk_tls_handshake(struct vonk_tls *tls) { return state_of(ssl_of(tls), SSL_do_handshake(ssl_of(tls))); }

enum vonk_net_state vonk_tls_read(struct vonk_tls *tls, void *bytes, size_t *size) {
  return state_of(ssl_of(tls), SSL_read_ex(ssl_of(tls), bytes, *size, size));
}

enum vonk_net_state vonk_tls_write(struct vonk_tls *tls, const void *bytes, size_t *size) {
  return state_of(ssl_of(tls), SSL_write_ex(ssl_of(tls), bytes, *size, size));
}

bool vonk_tls_secret_equal(struct vonk_str a, struct vonk_str b) {
  return a.size == b.size && CRYPTO_memcmp(a.data, b.data, a.size) == 0;
}
