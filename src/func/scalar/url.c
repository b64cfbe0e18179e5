/* url.c: parts of URLs (RFC 2396 as java.net.URI reads it), and percent encoding of forms. */
#include "func/rows.h"

/* --- encoding --- */

static bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }

static STATUS encode_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row);
  char *out;
  size_t used = 0;
  if (text.size > VONK_STRING_SIZE_MAX / 3) return vonk_unsupported(frame->task, frame->expr->node.origin, "strings of 2 GiB");
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, text.size * 3, &out));
  for (size_t i = 0; i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (is_alphanumeric((char)c) || (c && strchr("*-._", c))) {
      out[used++] = (char)c;
    } else if (c == ' ') {
      out[used++] = '+';
    } else {
      out[used++] = '%';
      out[used++] = "0123456789ABCDEF"[c >> 4];
      out[used++] = "0123456789ABCDEF"[c & 15];
    }
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, used);
}
static STATUS url_encode(struct vonk_frame *frame) { return vonk_rows_build(frame, encode_row); }

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* OUT has text.size bytes; false when a percent sign is not followed by two digits. */
static bool decode(struct vonk_str text, char *out, size_t *size) {
  size_t used = 0;
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] != '%') {
      out[used++] = text.data[i] == '+' ? ' ' : text.data[i];
      continue;
    }
    int high = i + 2 < text.size ? hex_digit(text.data[i + 1]) : -1, low = i + 2 < text.size ? hex_digit(text.data[i + 2]) : -1;
    if (high < 0 || low < 0) return false;
    out[used++] = (char)(high << 4 | low);
    i += 2;
  }
  *size = used;
  return true;
}

static STATUS decode_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row);
  char *out = vonk_arena_alloc(frame->state, text.size);
  struct vonk_str decoded = {out, 0};
  if (!decode(text, out, &decoded.size)) {
    bool quiet = vonk_str_starts_with(vonk_str_of(EXPR_AS(frame->expr, call)->function->name), STR("try_"));
    if (quiet) return vonk_row_add_null(frame);
    return vonk_raise(frame->task, VONK_CANNOT_DECODE_URL, frame->expr->node.origin, "url", text, NULL);
  }
  struct vonk_text valid;
  vonk_text_init(&valid, frame->state);
  for (size_t i = 0; i < decoded.size;) {
    char bytes[4];
    vonk_text_add(&valid, vonk_str_make(bytes, vonk_utf8_encode(vonk_utf8_decode(decoded, &i), bytes)));
  }
  TRY(vonk_row_add_str(frame, vonk_text_str(&valid)));
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS url_decode(struct vonk_frame *frame) { return vonk_rows_build(frame, decode_row); }

/* --- parts --- */

/* Absent parts have no data. */
struct url {
  struct vonk_str scheme, authority, user, host, path, query, fragment;
};

/* Letters, digits, what is beyond ASCII, %XX, and EXTRA. */
static bool all_legal(struct vonk_str part, const char *extra) {
  for (size_t i = 0; i < part.size; i++) {
    unsigned char c = (unsigned char)part.data[i];
    if (c >= 0x80 || is_alphanumeric((char)c) || (c > ' ' && c != '%' && strchr(extra, c))) continue;
    if (c != '%' || i + 2 >= part.size || hex_digit(part.data[i + 1]) < 0 || hex_digit(part.data[i + 2]) < 0) return false;
    i += 2;
  }
  return true;
}

/* A name of letters, digits, hyphens and dots whose last label begins with a letter, four numbers, or [IPv6]. */
static bool is_host(struct vonk_str host) {
  if (host.size == 0) return false;
  if (host.data[0] == '[') return host.data[host.size - 1] == ']' && host.size > 3;
  bool digits = true;
  size_t label = 0;
  if (host.data[host.size - 1] == '.') host.size--;
  for (size_t i = 0; i <= host.size; i++) {
    if (i < host.size && host.data[i] != '.') {
      if (!is_alphanumeric(host.data[i]) && host.data[i] != '-') return false;
      digits &= (host.data[i] >= '0' && host.data[i] <= '9');
      continue;
    }
    if (i == label || host.data[label] == '-' || host.data[i - 1] == '-') return false;
    if (i < host.size) label = i + 1;
  }
  return digits || (host.data[label] | 0x20) >= 'a';
}

/* [user@]host[:port]; one that is not like this is a name of another registry, which has no host. */
static void split_authority(struct url *url) {
  struct vonk_str rest = url->authority;
  size_t at = vonk_str_find(rest, STR("@"), 0);
  struct vonk_str user = {0};
  if (at != SIZE_MAX) {
    user = vonk_str_slice(rest, 0, at);
    rest = vonk_str_slice(rest, at + 1, rest.size);
  }
  size_t end = rest.size;
  while (end > 0 && rest.data[end - 1] >= '0' && rest.data[end - 1] <= '9') end--;
  if (end > 0 && rest.data[end - 1] == ':') rest.size = end - 1;
  if (!is_host(rest)) return;
  url->user = user;
  url->host = rest;
}

static size_t first_of(struct vonk_str text, const char *set) {
  size_t i = 0;
  while (i < text.size && (!text.data[i] || !strchr(set, text.data[i]))) i++;
  return i;
}

static bool is_scheme(struct vonk_str text) {
  if (text.size == 0 || (text.data[0] | 0x20) < 'a' || (text.data[0] | 0x20) > 'z') return false;
  for (size_t i = 0; i < text.size; i++) {
    if (!is_alphanumeric(text.data[i]) && !strchr("+-.", text.data[i])) return false;
  }
  return true;
}

static bool parse(struct vonk_str text, struct url *out) {
  static const char unreserved[] = "-_.!~*'();:@&=+$,/?[]";
  size_t colon = first_of(text, ":/?#"), at;
  *out = (struct url){0};
  if (colon < text.size && text.data[colon] == ':') {
    out->scheme = vonk_str_slice(text, 0, colon);
    if (!is_scheme(out->scheme)) return false;
    text = vonk_str_slice(text, colon + 1, text.size);
    if (text.size == 0) return false;
  }
  at = first_of(text, "#");
  if (at < text.size) out->fragment = vonk_str_slice(text, at + 1, text.size);
  text.size = at;
  if (!all_legal(out->fragment, unreserved)) return false;
  /* scheme:anything has no path. */
  if (out->scheme.data && text.size && text.data[0] != '/') return all_legal(text, unreserved);
  at = first_of(text, "?");
  if (at < text.size) out->query = vonk_str_slice(text, at + 1, text.size);
  text.size = at;
  if (vonk_str_starts_with(text, STR("//"))) {
    at = first_of(vonk_str_slice(text, 2, text.size), "/") + 2;
    out->authority = vonk_str_slice(text, 2, at);
    text = vonk_str_slice(text, at, text.size);
    if (out->authority.size == 0 && text.size == 0) return false;
    split_authority(out);
  }
  out->path = text;
  return all_legal(out->query, unreserved) && all_legal(out->path, "-_.!~*'();:@&=+$,/") && all_legal(out->authority, "-_.!~*'();:@&=+$,[]");
}

/* The value of KEY in QUERY. */
static struct vonk_str query_value(struct vonk_str query, struct vonk_str key) {
  for (size_t i = 0; i < query.size;) {
    size_t end = vonk_str_find(query, STR("&"), i);
    if (end == SIZE_MAX) end = query.size;
    struct vonk_str pair = vonk_str_slice(query, i, end);
    if (pair.size > key.size && vonk_str_starts_with(pair, key) && pair.data[key.size] == '=') return vonk_str_slice(pair, key.size + 1, pair.size);
    i = end + 1;
  }
  return (struct vonk_str){0};
}

static struct vonk_str part_of(const struct url *url, struct vonk_str name) {
  if (vonk_str_equal(name, STR("HOST"))) return url->host;
  if (vonk_str_equal(name, STR("PATH"))) return url->path;
  if (vonk_str_equal(name, STR("QUERY"))) return url->query;
  if (vonk_str_equal(name, STR("REF"))) return url->fragment;
  if (vonk_str_equal(name, STR("PROTOCOL"))) return url->scheme;
  if (vonk_str_equal(name, STR("AUTHORITY"))) return url->authority;
  if (vonk_str_equal(name, STR("USERINFO"))) return url->user;
  /* The path with the query behind it: they stand side by side. */
  if (vonk_str_equal(name, STR("FILE"))) {
    return vonk_str_make(url->path.data, url->query.data ? (size_t)(url->query.data + url->query.size - url->path.data) : url->path.size);
  }
  return (struct vonk_str){0};
}

static STATUS parse_url_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row), name = vonk_row_str(frame, 1, row);
  struct url url;
  if (!parse(text, &url)) return vonk_raise(frame->task, VONK_INVALID_URL, frame->expr->node.origin, "url", text, NULL);
  struct vonk_str part = part_of(&url, name);
  if (frame->argument_count > 2) part = vonk_str_equal(name, STR("QUERY")) ? query_value(url.query, vonk_row_str(frame, 2, row)) : (struct vonk_str){0};
  return part.data ? vonk_row_add_str(frame, part) : vonk_row_add_null(frame);
}
static STATUS parse_url(struct vonk_frame *frame) { return vonk_rows_build(frame, parse_url_row); }

static STATUS bind_raises(struct vonk_bind_call *call) {
  call->expr->raises = true;
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, row_flags, ...)                                                           \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .flags = row_flags,       \
   .group = "url_funcs", __VA_ARGS__}
#define WITH_ARENA .open = vonk_rows_open_arena, .close = vonk_rows_close_arena

const struct vonk_function vonk_functions_url[] = {
    ROW("url_encode", "(string) -> string", url_encode, VONK_FN_MAY_NULL, .doc = "The text as it may stand in a form: blanks as +, special bytes as %XX.",
        .example = "SELECT url_encode('fish & chips')"),
    ROW("url_decode", "(string) -> string", url_decode, VONK_FN_MAY_NULL, WITH_ARENA, .bind = bind_raises, .doc = "What url_encode made of a text, undone.",
        .example = "SELECT url_decode('fish+%26+chips')"),
    ROW("try_url_decode", "(string) -> string", url_decode, VONK_FN_MAY_NULL, WITH_ARENA, .doc = "The same as url_decode, null where it cannot.",
        .example = "SELECT try_url_decode('fish+%2')"),
    ROW("parse_url", "(string, string, [string]) -> string", parse_url, VONK_FN_RAISES | VONK_FN_MAY_NULL, .raise = parse_url_row,
        .doc = "A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY or USERINFO; of a query also the value of a key.",
        .example = "SELECT parse_url('https://vonk.example/docs?page=2', 'QUERY', 'page')"),
    ROW("try_parse_url", "(string, string, [string]) -> string", parse_url, VONK_FN_RAISES | VONK_FN_MAY_NULL, .raise = parse_url_row,
        .doc = "The same as parse_url, null where the URL is not valid.", .example = "SELECT try_parse_url('https://not valid', 'HOST')"),
    {0},
};
