/* encoding.c: bytes as text and back (base64, hex, character sets), digests, checksums. */
#include <openssl/evp.h>
#include <zlib.h>

#include "base/base64.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/rows.h"

/* --- hexadecimal --- */

static const char upper_digits[] = "0123456789ABCDEF";
static const char lower_digits[] = "0123456789abcdef";

static STATUS add_hex(struct vonk_frame *frame, struct vonk_str bytes, const char *digits) {
  char *out;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, bytes.size * 2, &out));
  for (size_t i = 0; i < bytes.size; i++) {
    out[2 * i] = digits[(unsigned char)bytes.data[i] >> 4];
    out[2 * i + 1] = digits[bytes.data[i] & 15];
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, bytes.size * 2);
}

static STATUS hex_row(struct vonk_frame *frame, uint32_t row) {
  if (frame->arguments[0].physical == VONK_PHYSICAL_VIEW) return add_hex(frame, vonk_row_str(frame, 0, row), upper_digits);
  uint64_t value = (uint64_t)vonk_row_int(frame, 0, row);
  char text[16];
  size_t at = sizeof text;
  do {
    text[--at] = upper_digits[value & 15];
    value >>= 4;
  } while (value);
  return vonk_row_add_str(frame, vonk_str_make(text + at, sizeof text - at));
}
static STATUS hex(struct vonk_frame *frame) { return vonk_rows_build(frame, hex_row); }

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static STATUS unhex_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row);
  size_t size = (text.size + 1) / 2, at = 0;
  char *out;
  for (size_t i = 0; i < text.size; i++) {
    if (hex_digit(text.data[i]) < 0) return vonk_row_add_null(frame);
  }
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, size, &out));
  size_t i = 0;
  if (text.size % 2) out[at++] = (char)hex_digit(text.data[i++]);
  for (; i < text.size; i += 2) out[at++] = (char)(hex_digit(text.data[i]) << 4 | hex_digit(text.data[i + 1]));
  return vonk_builder_commit_bytes(frame->task, frame->builder, size);
}
static STATUS unhex(struct vonk_frame *frame) { return vonk_rows_build(frame, unhex_row); }

/* --- base64 --- */

/* In lines. */
static STATUS base64_row(struct vonk_frame *frame, uint32_t row) {
  enum { LINE = 76, LINE_BYTES = LINE / 4 * 3 };
  struct vonk_str bytes = vonk_row_str(frame, 0, row);
  char *out;
  size_t room = vonk_base64_size(bytes.size, true), at = 0;
  room += room / LINE * 2;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, room, &out));
  for (size_t i = 0; i < bytes.size; i += LINE_BYTES) {
    if (i) {
      out[at++] = '\r';
      out[at++] = '\n';
    }
    size_t stop = bytes.size - i < LINE_BYTES ? bytes.size : i + LINE_BYTES;
    at += vonk_base64_encode(vonk_str_slice(bytes, i, stop), true, out + at);
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, at);
}
static STATUS base64(struct vonk_frame *frame) { return vonk_rows_build(frame, base64_row); }

/* Characters that are no digits are passed over; what stands behind the padding too. */
static STATUS unbase64_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row);
  char *out;
  size_t at = 0;
  uint32_t word = 0, bits = 0;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, text.size, &out));
  for (size_t i = 0; i < text.size && text.data[i] != '='; i++) {
    int digit = vonk_base64_digit(text.data[i]);
    if (digit < 0) continue;
    word = word << 6 | (uint32_t)digit;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out[at++] = (char)(word >> bits);
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, at);
}
static STATUS unbase64(struct vonk_frame *frame) { return vonk_rows_build(frame, unbase64_row); }

/* Digits, blanks between them, and a right end: no single digit, padding to a multiple of four or none. */
static bool is_base64(struct vonk_str text) {
  size_t digits = 0, padding = 0;
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (c == '=') padding++;
    else if (padding || vonk_base64_digit(c) < 0) return false;
    else digits++;
  }
  return padding ? padding <= 2 && digits % 4 >= 2 && (digits + padding) % 4 == 0 : digits % 4 != 1;
}

static bool is_hex(struct vonk_str text) {
  for (size_t i = 0; i < text.size; i++) {
    if (hex_digit(text.data[i]) < 0) return false;
  }
  return true;
}

static STATUS bad_input(struct vonk_frame *frame, struct vonk_str text, const char *format) {
  struct vonk_arena *arena = frame->task->arena;
  return vonk_raise(frame->task, VONK_CONVERSION_INVALID_INPUT, frame->expr->node.origin, "str", vonk_str_format(arena, "'" STR_FMT "'", STR_ARG(text)),
                    "fmt", vonk_str_of(format), "targetType", STR("\"BINARY\""), "suggestion", STR("`try_to_binary`"), NULL);
}

static STATUS to_binary_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row), format = frame->argument_count > 1 ? vonk_row_str(frame, 1, row) : STR("hex");
  if (vonk_str_equal_nocase(format, STR("hex"))) return is_hex(text) ? unhex_row(frame, row) : bad_input(frame, text, "'HEX'");
  if (vonk_str_equal_nocase(format, STR("base64"))) return is_base64(text) ? unbase64_row(frame, row) : bad_input(frame, text, "'BASE64'");
  if (vonk_str_equal_nocase(format, STR("utf-8")) || vonk_str_equal_nocase(format, STR("utf8"))) return vonk_row_add_str(frame, text);
  return bad_input(frame, text, "no format");
}
static STATUS to_binary(struct vonk_frame *frame) { return vonk_rows_build(frame, to_binary_row); }

static STATUS bind_to_binary(struct vonk_bind_call *call) {
  static const char *const formats[] = {"hex", "base64", "utf-8", "utf8"};
  struct vonk_value format;
  bool quiet = EXPR_AS(call->expr, call)->function->name[0] == 't' && EXPR_AS(call->expr, call)->function->name[1] == 'r';
  call->expr->raises = !quiet;
  call->expr->nullable |= quiet;
  if (call->arguments.count == 1) return VONK_OK;
  TRY(vonk_bind_constant(call, 1, &format));
  if (format.is_null || quiet) return VONK_OK;
  for (size_t i = 0; i < COUNT_OF(formats); i++) {
    if (vonk_str_equal_nocase(format.text, vonk_str_of(formats[i]))) return VONK_OK;
  }
  struct vonk_arena *arena = call->task->arena;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__INVALID_ARG_VALUE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                    "inputName", STR("fmt"), "requireType", STR("case-insensitive \"STRING\""), "validValues",
                    STR("'hex', 'utf-8', 'utf8', or 'base64'"), "inputValue", vonk_str_format(arena, "'" STR_FMT "'", STR_ARG(format.text)), NULL);
}

/* --- digests --- */

static STATUS add_digest(struct vonk_frame *frame, struct vonk_str bytes, const EVP_MD *kind) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!EVP_Digest(bytes.data, bytes.size, digest, &size, kind, NULL)) return vonk_unsupported(frame->task, frame->expr->node.origin, "this digest");
  return add_hex(frame, vonk_str_make((const char *)digest, size), lower_digits);
}

static STATUS md5_row(struct vonk_frame *frame, uint32_t row) { return add_digest(frame, vonk_row_str(frame, 0, row), EVP_md5()); }
static STATUS md5(struct vonk_frame *frame) { return vonk_rows_build(frame, md5_row); }
static STATUS sha1_row(struct vonk_frame *frame, uint32_t row) { return add_digest(frame, vonk_row_str(frame, 0, row), EVP_sha1()); }
static STATUS sha1(struct vonk_frame *frame) { return vonk_rows_build(frame, sha1_row); }

static STATUS sha2_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str bytes = vonk_row_str(frame, 0, row);
  switch (vonk_row_int(frame, 1, row)) {
    case 224: return add_digest(frame, bytes, EVP_sha224());
    case 0:
    case 256: return add_digest(frame, bytes, EVP_sha256());
    case 384: return add_digest(frame, bytes, EVP_sha384());
    case 512: return add_digest(frame, bytes, EVP_sha512());
    default: return vonk_row_add_null(frame);
  }
}
static STATUS sha2(struct vonk_frame *frame) { return vonk_rows_build(frame, sha2_row); }

static STATUS crc32_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str bytes = vonk_row_str(frame, 0, row);
  vonk_row_put_long(frame, row, (int64_t)crc32_z(0, (const unsigned char *)bytes.data, bytes.size));
  return VONK_OK;
}
static STATUS crc32_eval(struct vonk_frame *frame) { return vonk_rows_each(frame, crc32_row); }

/* --- character sets --- */

enum charset { ASCII, LATIN1, UTF8, UTF16, UTF16BE, UTF16LE, UTF32, CHARSETS };
static const char *const charset_names[CHARSETS] = {"US-ASCII", "ISO-8859-1", "UTF-8", "UTF-16", "UTF-16BE", "UTF-16LE", "UTF-32"};

static STATUS find_charset(struct vonk_frame *frame, uint32_t row, enum charset *out) {
  struct vonk_str name = vonk_row_str(frame, 1, row);
  for (int i = 0; i < CHARSETS; i++) {
    *out = (enum charset)i;
    if (vonk_str_equal_nocase(name, vonk_str_of(charset_names[i]))) return VONK_OK;
  }
  return vonk_raise(frame->task, VONK_INVALID_PARAMETER_VALUE__CHARSET, frame->expr->node.origin, "functionName",
                    vonk_str_format(frame->task->arena, "`%s`", EXPR_AS(frame->expr, call)->function->name), "parameter", STR("`charset`"),
                    "charset", name, "charsets", STR("iso-8859-1, us-ascii, utf-16, utf-16be, utf-16le, utf-32, utf-8"), NULL);
}

static size_t put_unit(char *out, uint32_t unit, bool little) {
  out[little ? 0 : 1] = (char)unit;
  out[little ? 1 : 0] = (char)(unit >> 8);
  return 2;
}

static STATUS encode_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row);
  enum charset charset;
  TRY(find_charset(frame, row, &charset));
  if (charset == UTF8) return vonk_row_add_str(frame, text);
  char *out;
  size_t at = 0;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, text.size * 4 + 2, &out));
  if (charset == UTF16 && text.size) at += put_unit(out, 0xFEFF, false);
  for (size_t i = 0; i < text.size;) {
    uint32_t c = vonk_utf8_decode(text, &i);
    if (charset <= LATIN1) {
      if (c > (charset == ASCII ? 0x7Fu : 0xFFu)) {
        return vonk_raise(frame->task, VONK_MALFORMED_CHARACTER_CODING, frame->expr->node.origin, "function", STR("`encode`"), "charset",
                          vonk_str_of(charset_names[charset]), NULL);
      }
      out[at++] = (char)c;
    } else if (charset == UTF32) {
      for (int shift = 24; shift >= 0; shift -= 8) out[at++] = (char)(c >> shift);
    } else if (c >= 0x10000) {
      at += put_unit(out + at, 0xD800 + ((c - 0x10000) >> 10), charset == UTF16LE);
      at += put_unit(out + at, 0xDC00 + (c & 0x3FF), charset == UTF16LE);
    } else {
      at += put_unit(out + at, c, charset == UTF16LE);
    }
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, at);
}
static STATUS encode(struct vonk_frame *frame) { return vonk_rows_build(frame, encode_row); }

/* The next code point of BYTES at *I; UINT32_MAX for malformed ones. */
static uint32_t decode_point(struct vonk_str bytes, enum charset charset, bool little, size_t *i) {
  const unsigned char *p = (const unsigned char *)bytes.data + *i;
  size_t left = bytes.size - *i;
  if (charset <= LATIN1) {
    *i += 1;
    return charset == ASCII && p[0] > 0x7F ? UINT32_MAX : p[0];
  }
  if (charset == UTF32) {
    *i += left < 4 ? left : 4;
    uint32_t c = left < 4 ? UINT32_MAX : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) ? UINT32_MAX : c;
  }
  *i += left < 2 ? left : 2;
  if (left < 2) return UINT32_MAX;
  uint32_t unit = little ? (uint32_t)(p[0] | p[1] << 8) : (uint32_t)(p[0] << 8 | p[1]);
  if (unit < 0xD800 || unit >= 0xE000) return unit;
  if (left < 4 || unit >= 0xDC00) return UINT32_MAX;
  uint32_t second = little ? (uint32_t)(p[2] | p[3] << 8) : (uint32_t)(p[2] << 8 | p[3]);
  if (second < 0xDC00 || second >= 0xE000) return UINT32_MAX;
  *i += 2;
  return 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00);
}

static STATUS decode_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str bytes = vonk_row_str(frame, 0, row);
  enum charset charset;
  TRY(find_charset(frame, row, &charset));
  bool bad = charset == UTF8 && !vonk_utf8_valid(bytes);
  if (charset == UTF8 && !bad) return vonk_row_add_str(frame, bytes);
  bool little = charset == UTF16LE;
  size_t at = 0, i = 0;
  if (charset == UTF16 && bytes.size >= 2) {
    little = memcmp(bytes.data, "\xFF\xFE", 2) == 0;
    if (little || memcmp(bytes.data, "\xFE\xFF", 2) == 0) i = 2;
  }
  char *out;
  if (!bad) TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, bytes.size * 2 + 4, &out));
  while (i < bytes.size && !bad) {
    uint32_t c = decode_point(bytes, charset, little, &i);
    bad = c == UINT32_MAX;
    if (!bad) at += vonk_utf8_encode(c, out + at);
  }
  if (!bad) return vonk_builder_commit_bytes(frame->task, frame->builder, at);
  return vonk_raise(frame->task, VONK_MALFORMED_CHARACTER_CODING, frame->expr->node.origin, "function", STR("`decode`"), "charset",
                    vonk_str_of(charset_names[charset]), NULL);
}
static STATUS decode(struct vonk_frame *frame) { return vonk_rows_build(frame, decode_row); }

static STATUS bind_can_raise(struct vonk_bind_call *call) {
  call->expr->raises = true;
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, ...)                                                                     \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, __VA_ARGS__}

const struct vonk_function vonk_functions_encoding[] = {
    ROW("hex", "(bigint) -> string | (binary) -> string | (string) -> string", hex, .group = "math_funcs",
        .doc = "A whole number or bytes as hexadecimal digits.", .example = "SELECT hex(255)"),
    ROW("unhex", "(string) -> binary", unhex, .flags = VONK_FN_MAY_NULL, .group = "math_funcs", .doc = "The bytes of hexadecimal digits.",
        .example = "SELECT decode(unhex('566F6E6B'), 'UTF-8')"),
    ROW("base64", "(binary) -> string", base64, .group = "string_funcs", .doc = "Bytes as base64 text.", .example = "SELECT base64('Vonk')"),
    ROW("unbase64", "(string) -> binary", unbase64, .group = "string_funcs", .doc = "The bytes of a base64 text.",
        .example = "SELECT decode(unbase64('Vm9uaw=='), 'UTF-8')"),
    ROW("to_binary", "(string, [string]) -> binary", to_binary, .bind = bind_to_binary, .group = "string_funcs",
        .doc = "The bytes of a text in a format: hex, base64 or utf-8.", .example = "SELECT to_binary('Vm9uaw==', 'base64')"),
    ROW("try_to_binary", "(string, [string]) -> binary", to_binary, .bind = bind_to_binary, .flags = VONK_FN_RAISES | VONK_FN_MAY_NULL,
        .raise = to_binary_row, .group = "string_funcs", .doc = "The same as to_binary, null where the text does not have the format.",
        .example = "SELECT try_to_binary('xyz', 'hex')"),
    ROW("md5", "(binary) -> string", md5, .group = "hash_funcs", .doc = "The MD5 digest as hexadecimal digits.", .example = "SELECT md5('Vonk')"),
    ROW("sha", "(binary) -> string", sha1, .group = "hash_funcs", .doc = "The SHA-1 digest as hexadecimal digits.", .example = "SELECT sha('Vonk')"),
    ROW("sha1", "(binary) -> string", sha1, .group = "hash_funcs", .doc = "The SHA-1 digest as hexadecimal digits.", .example = "SELECT sha1('Vonk')"),
    ROW("sha2", "(binary, int) -> string", sha2, .flags = VONK_FN_MAY_NULL, .group = "hash_funcs",
        .doc = "The SHA-2 digest of 224, 256, 384 or 512 bits as hexadecimal digits.", .example = "SELECT sha2('Vonk', 256)"),
    ROW("crc32", "(binary) -> bigint", crc32_eval, .group = "hash_funcs", .doc = "The CRC-32 checksum.", .example = "SELECT crc32('Vonk')"),
    ROW("encode", "(string, string) -> binary", encode, .flags = VONK_FN_MAY_NULL, .bind = bind_can_raise, .group = "string_funcs",
        .doc = "A text as bytes of a character set.", .example = "SELECT hex(encode('Vonk', 'UTF-16BE'))"),
    ROW("decode", "(binary, string) -> string", decode, .flags = VONK_FN_MAY_NULL, .bind = bind_can_raise, .group = "string_funcs",
        .doc = "The text that bytes of a character set mean.", .example = "SELECT decode(X'566F6E6B', 'UTF-8')"),
    {0},
};
