/* aes.c: aes_encrypt, aes_decrypt, try_aes_decrypt: AES with GCM, CBC or ECB over OpenSSL.
 *
 * What is encrypted begins with its initial vector (12 bytes for GCM, 16 for CBC, none for ECB); GCM ends with a tag of 16 bytes.
 */
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "func/bind_call.h"
#include "func/rows.h"

enum { TAG_SIZE = 16, BLOCK_SIZE = 16, IV_MAX = 16 };

struct mode {
  const char *name, *padding;
  uint32_t iv_size;
  const EVP_CIPHER *(*ciphers[3])(void); /* keys of 16, 24, 32 bytes */
};

static const struct mode modes[] = {
    {"GCM", "NONE", 12, {EVP_aes_128_gcm, EVP_aes_192_gcm, EVP_aes_256_gcm}},
    {"CBC", "PKCS", 16, {EVP_aes_128_cbc, EVP_aes_192_cbc, EVP_aes_256_cbc}},
    {"ECB", "PKCS", 0, {EVP_aes_128_ecb, EVP_aes_192_ecb, EVP_aes_256_ecb}},
};

/* One row's call. */
struct job {
  struct vonk_frame *frame;
  const char *function;   /* for messages */
  const struct mode *mode;
  const EVP_CIPHER *cipher;
  struct vonk_str input, key, iv, aad;
};

static STATUS bad_value(const struct job *job, enum vonk_condition condition, const char *parameter, size_t size) {
  struct vonk_arena *arena = job->frame->task->arena;
  struct vonk_str count = vonk_str_format(arena, "%zu", size);
  if (condition == VONK_INVALID_PARAMETER_VALUE__AES_IV_LENGTH) {
    return vonk_raise(job->frame->task, condition, NULL, "parameter", vonk_str_of(parameter), "functionName", vonk_str_of(job->function), "mode",
                      vonk_str_of(job->mode->name), "actualLength", count, NULL);
  }
  return vonk_raise(job->frame->task, condition, NULL, "parameter", vonk_str_of(parameter), "functionName", vonk_str_of(job->function), "actualLength", count, NULL);
}

static STATUS crypto_error(const struct job *job, const char *message) {
  return vonk_raise(job->frame->task, VONK_INVALID_PARAMETER_VALUE__AES_CRYPTO_ERROR, NULL, "parameter", STR("`expr`, `key`"), "functionName",
                    vonk_str_of(job->function), "detailMessage", vonk_str_of(message), NULL);
}

static struct vonk_str argument(const struct vonk_frame *frame, uint32_t index, uint32_t row, struct vonk_str otherwise) {
  return index < frame->argument_count ? vonk_row_str(frame, index, row) : otherwise;
}

static STATUS find_mode(struct job *job, struct vonk_str name, struct vonk_str padding) {
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    bool fits = vonk_str_equal_nocase(padding, STR("DEFAULT")) || vonk_str_equal_nocase(padding, vonk_str_of(modes[i].padding));
    if (fits && vonk_str_equal_nocase(name, vonk_str_of(modes[i].name))) return job->mode = &modes[i], VONK_OK;
  }
  return vonk_raise(job->frame->task, VONK_UNSUPPORTED_FEATURE__AES_MODE, NULL, "mode", name, "padding", padding, "functionName", vonk_str_of(job->function), NULL);
}

static STATUS check(struct job *job, bool encrypt) {
  struct vonk_str mode = vonk_str_of(job->mode->name);
  if (job->key.size != 16 && job->key.size != 24 && job->key.size != 32) return bad_value(job, VONK_INVALID_PARAMETER_VALUE__AES_KEY_LENGTH, "`key`", job->key.size);
  job->cipher = job->mode->ciphers[job->key.size / 8 - 2]();
  if (encrypt && job->iv.size && !job->mode->iv_size) {
    return vonk_raise(job->frame->task, VONK_UNSUPPORTED_FEATURE__AES_MODE_IV, NULL, "mode", mode, "functionName", vonk_str_of(job->function), NULL);
  }
  if (encrypt && job->iv.size && job->iv.size != job->mode->iv_size) return bad_value(job, VONK_INVALID_PARAMETER_VALUE__AES_IV_LENGTH, "`iv`", job->iv.size);
  if (job->aad.size && job->mode != &modes[0]) {
    return vonk_raise(job->frame->task, VONK_UNSUPPORTED_FEATURE__AES_MODE_AAD, NULL, "mode", mode, "functionName", vonk_str_of(job->function), NULL);
  }
  return VONK_OK;
}

/* Runs INPUT through the cipher to OUT, which has room for a block more; the tag of GCM is written (or checked) at TAG. */
static bool run(const struct job *job, bool encrypt, const unsigned char *iv, struct vonk_str input, unsigned char *out, size_t *size, unsigned char *tag) {
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  bool gcm = job->mode == &modes[0];
  int first = 0, last = 0, skipped;
  bool good = context && EVP_CipherInit_ex(context, job->cipher, NULL, (const unsigned char *)job->key.data, iv, encrypt) == 1;
  if (good && job->aad.size) good = EVP_CipherUpdate(context, NULL, &skipped, (const unsigned char *)job->aad.data, (int)job->aad.size) == 1;
  if (good && gcm && !encrypt) good = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1;
  if (good && input.size) good = EVP_CipherUpdate(context, out, &first, (const unsigned char *)input.data, (int)input.size) == 1;
  if (good) good = EVP_CipherFinal_ex(context, out + first, &last) == 1;
  if (good && gcm && encrypt) good = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, tag) == 1;
  EVP_CIPHER_CTX_free(context);
  *size = (size_t)first + (size_t)last;
  return good;
}

static STATUS encrypt_row(struct vonk_frame *frame, uint32_t row) {
  struct job job = {.frame = frame, .function = "`aes_encrypt`", .input = vonk_row_str(frame, 0, row), .key = vonk_row_str(frame, 1, row)};
  unsigned char iv[IV_MAX], tag[TAG_SIZE];
  char *out;
  size_t size;
  TRY(find_mode(&job, argument(frame, 2, row, STR("GCM")), argument(frame, 3, row, STR("DEFAULT"))));
  job.iv = argument(frame, 4, row, STR(""));
  job.aad = argument(frame, 5, row, STR(""));
  TRY(check(&job, true));
  size_t head = job.mode->iv_size;
  if (job.iv.size) memcpy(iv, job.iv.data, head);
  else if (head && RAND_bytes(iv, (int)head) != 1) return crypto_error(&job, "no random bytes");
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, head + job.input.size + BLOCK_SIZE + TAG_SIZE, &out));
  memcpy(out, iv, head);
  if (!run(&job, true, iv, job.input, (unsigned char *)out + head, &size, tag)) return crypto_error(&job, "encryption failed");
  size += head;
  if (job.mode == &modes[0]) memcpy(out + size, tag, TAG_SIZE), size += TAG_SIZE;
  return vonk_builder_commit_bytes(frame->task, frame->builder, size);
}
static STATUS aes_encrypt(struct vonk_frame *frame) { return vonk_rows_build(frame, encrypt_row); }

static STATUS decrypt_row(struct vonk_frame *frame, uint32_t row) {
  struct job job = {.frame = frame, .function = "`aes_decrypt`", .input = vonk_row_str(frame, 0, row), .key = vonk_row_str(frame, 1, row)};
  unsigned char iv[IV_MAX], tag[TAG_SIZE];
  char *out;
  size_t size;
  TRY(find_mode(&job, argument(frame, 2, row, STR("GCM")), argument(frame, 3, row, STR("DEFAULT"))));
  job.aad = argument(frame, 4, row, STR(""));
  TRY(check(&job, false));
  size_t head = job.mode->iv_size, tail = job.mode == &modes[0] ? TAG_SIZE : 0;
  if (job.input.size < head + tail) return crypto_error(&job, "the input is too short");
  struct vonk_str inner = vonk_str_slice(job.input, head, job.input.size - tail);
  memcpy(iv, job.input.data, head);
  memcpy(tag, inner.data + inner.size, tail);
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, inner.size + BLOCK_SIZE, &out));
  if (!run(&job, false, iv, inner, (unsigned char *)out, &size, tag)) {
    return crypto_error(&job, tail ? "Tag mismatch" : "Given final block not properly padded. Such issues can arise if a bad key is used during decryption.");
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, size);
}
static STATUS aes_decrypt(struct vonk_frame *frame) { return vonk_rows_build(frame, decrypt_row); }

static STATUS try_decrypt_row(struct vonk_frame *frame, uint32_t row) {
  enum vonk_status status = decrypt_row(frame, row);
  if (status != VONK_FAILED) return status;
  vonk_error_clear(frame->task->error);
  return vonk_row_add_null(frame);
}
static STATUS try_aes_decrypt(struct vonk_frame *frame) { return vonk_rows_build(frame, try_decrypt_row); }

/* What is left out shows as the empty text it is on Spark. */
static STATUS bind_defaults(struct vonk_bind_call *call) {
  const struct vonk_value nothing = vonk_value_text(&vonk_type_string, STR(""));
  for (uint32_t i = 4; i < call->arguments.count; i++) {
    const struct vonk_expr_literal *literal = EXPR_AS(call->arguments.items[i], literal);
    if (!literal || literal->value.is_null || literal->value.text.size) continue;
    call->arguments.items[i] = vonk_expr_literal_of(call->task->arena, &nothing, call->expr->node.origin);
    TRY(vonk_bind_coerce(call, i, &vonk_type_binary));
  }
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, ...)                                                                                      \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .bind = bind_defaults,                    \
   .group = "misc_funcs", __VA_ARGS__}
#define DECRYPT "(binary, binary, [string = 'GCM'], [string = 'DEFAULT'], [binary = '']) -> binary"

const struct vonk_function vonk_functions_aes[] = {
    ROW("aes_encrypt", "(binary, binary, [string = 'GCM'], [string = 'DEFAULT'], [binary = ''], [binary = '']) -> binary", aes_encrypt,
        .flags = VONK_FN_MAY_NULL, .doc = "Bytes encrypted with a key by AES, in a mode with a padding, an initial vector and data to authenticate.",
        .example = "SELECT hex(aes_encrypt('Vonk', '0000111122223333', 'ECB'))"),
    ROW("aes_decrypt", DECRYPT, aes_decrypt, .flags = VONK_FN_MAY_NULL, .doc = "What aes_encrypt encrypted.",
        .example = "SELECT CAST(aes_decrypt(aes_encrypt('Vonk', '0000111122223333'), '0000111122223333') AS STRING)"),
    ROW("try_aes_decrypt", DECRYPT, try_aes_decrypt, .flags = VONK_FN_MAY_NULL, .doc = "What aes_encrypt encrypted, or null.",
        .example = "SELECT try_aes_decrypt(X'00', '0000111122223333')"),
    {0},
};
