/* csv_tokens.c: a walk from character to character, with the one before in mind, as the parser that Spark uses does it. */
#include "text/csv_tokens.h"

#include "base/array.h"
#include "base/byte_mask.h"

struct walk {
  const struct vonk_csv_options *o;
  struct vonk_str text;
  size_t at;                           /* of C */
  int c;                               /* the character at AT, END behind the last; 0 when an escape took it */
  int last;                            /* the one before, 0 for none */
  bool unescaped;                      /* a quote that nothing escapes was met */
  struct vonk_text out;
};

enum { END = -1 };

static inline bool is_separator_at(const struct vonk_csv_options *o, struct vonk_str text, size_t at) {
  if (at >= text.size || text.data[at] != o->separator.data[0]) return false;
  return o->separator.size == 1 || (text.size - at >= o->separator.size && memcmp(text.data + at, o->separator.data, o->separator.size) == 0);
}

/* Bytes of the line end at AT; 0 for none. */
static inline size_t line_end_at(const struct vonk_csv_options *o, struct vonk_str text, size_t at) {
  if (at >= text.size) return 0;
  if (o->line_end == VONK_CSV_LF) return text.data[at] == '\n';
  if (text.data[at] != '\r') return 0;
  if (o->line_end == VONK_CSV_CR) return 1;
  return at + 1 < text.size && text.data[at + 1] == '\n' ? 2 : 0;
}

static bool ends_value(const struct walk *w) { return w->c == END || is_separator_at(w->o, w->text, w->at) || line_end_at(w->o, w->text, w->at); }

static int char_at(const struct walk *w, size_t at) { return at < w->text.size ? (unsigned char)w->text.data[at] : END; }

static void step(struct walk *w) {
  if (w->at < w->text.size) w->at++;
  w->c = char_at(w, w->at);
}

static void put(struct walk *w, int c) { vonk_text_add_char(&w->out, (char)c); }
static bool is_blank(int c) { return c != END && c <= ' '; }
static bool is(int c, char given) { return given && c == (unsigned char)given; }

/* All up to the value's end. */
static void put_rest(struct walk *w) {
  size_t from = w->at;
  while (!ends_value(w)) step(w);
  vonk_text_add(&w->out, vonk_str_slice(w->text, from, w->at));
}

/* The value so far had a quote too much: the quotes are kept, and the value goes on to its separator. */
static void keep_raw(struct walk *w) {
  struct vonk_str so_far = vonk_text_str(&w->out);
  struct vonk_text made;
  vonk_text_init(&made, w->out.arena);
  vonk_text_add_char(&made, w->o->quote);
  vonk_text_add(&made, so_far);
  w->out = made;
  step(w);
  put_rest(w);
  while (w->o->trim_trailing && w->out.size && is_blank((unsigned char)w->out.data[w->out.size - 1])) w->out.size--;
}

/* An escape or a quote behind LAST. */
static void take_escape(struct walk *w) {
  const struct vonk_csv_options *o = w->o;
  if (is(w->c, o->escape) && is(w->last, o->escape_escape)) {
    put(w, o->escape);
    w->c = 0;
  } else if (is(w->last, o->escape)) {
    if (is(w->c, o->quote)) {
      put(w, o->quote);
      w->c = 0;
    } else {
      put(w, w->last);
    }
  } else if (is(w->c, o->quote) && is(w->last, o->quote)) {
    put(w, o->quote);
  }
}

/* The characters up to the next quote or escape; that one is LAST then. A line end is \n, however it is spelt. */
static void take_plain(struct walk *w) {
  const struct vonk_csv_options *o = w->o;
  size_t from = w->at;
  while (w->c != END && !is(w->c, o->quote) && !is(w->c, o->escape) && !is(w->c, o->escape_escape)) {
    size_t end = o->line_end == VONK_CSV_LF ? 0 : line_end_at(o, w->text, w->at);
    if (end) {
      vonk_text_add(&w->out, vonk_str_slice(w->text, from, w->at));
      put(w, '\n');
      w->at += end - 1;
      from = w->at + 1;
    }
    step(w);
  }
  vonk_text_add(&w->out, vonk_str_slice(w->text, from, w->at));
  w->last = w->c == END ? 0 : w->c;
  if (w->c != END) step(w);
}

/* False: the value ended here. */
static bool take_unescaped(struct walk *w, enum vonk_csv_fault *fault) {
  w->unescaped = true;
  switch (w->o->unescaped) {
    case VONK_CSV_RAISE_ERROR: *fault = VONK_CSV_BAD_QUOTE; return false;
    case VONK_CSV_SKIP_VALUE:
      while (!ends_value(w)) step(w);
      w->out.data = NULL;
      w->out.size = 0;
      return false;
    default: break;
  }
  put(w, w->o->quote);
  put(w, w->c);
  w->last = w->c;
  if (w->o->unescaped == VONK_CSV_STOP_AT_DELIMITER) {
    keep_raw(w);
    return false;
  }
  step(w);
  return true;
}

/* Blanks behind the closing quote go; anything else there makes it an unescaped quote. True: the value goes on. */
static bool take_blanks(struct walk *w, enum vonk_csv_fault *fault) {
  size_t from = w->at;
  while (is_blank(w->c) && !ends_value(w)) step(w);
  if (ends_value(w)) return false;
  if (w->o->unescaped == VONK_CSV_RAISE_ERROR) {
    *fault = VONK_CSV_BAD_QUOTE;
    return false;
  }
  struct vonk_str blanks = vonk_str_slice(w->text, from, w->at);
  put(w, w->o->quote);
  vonk_text_add(&w->out, blanks);
  if (w->o->unescaped == VONK_CSV_SKIP_VALUE) {
    while (!ends_value(w)) step(w);
    w->out = (struct vonk_text){.arena = w->out.arena};
    w->unescaped = true;
    return false;
  }
  bool until_separator = w->o->unescaped == VONK_CSV_STOP_AT_DELIMITER;
  if (until_separator || (!is(w->c, w->o->quote) && !is(w->c, w->o->escape))) put(w, w->c);
  if (until_separator) {
    keep_raw(w);
    return false;
  }
  w->last = w->c;
  step(w);
  return true;
}

/* A value whose bytes are those between the quotes: most are. */
static bool take_simple(const struct vonk_csv_options *o, struct vonk_str text, size_t at, struct vonk_csv_quoted *out) {
  const char *from = text.data + at + 1;
  size_t left = text.size - at - 1, size = vonk_bytes_find(from, left, o->quote, o->escape ? o->escape : o->quote);
  size_t end = at + 1 + size + 1;
  if (size == left || from[size] != o->quote || o->line_end != VONK_CSV_LF) return false;
  if (end < text.size && !is_separator_at(o, text, end) && !line_end_at(o, text, end)) return false;
  *out = (struct vonk_csv_quoted){.token = size ? (struct vonk_csv_token){from, size} : (struct vonk_csv_token){o->empty_value.data, o->empty_value.size}, .end = end};
  return true;
}

void vonk_csv_take_quoted(const struct vonk_csv_options *o, struct vonk_str text, size_t at, struct vonk_arena *arena, struct vonk_csv_quoted *out) {
  if (take_simple(o, text, at, out)) return;
  struct walk w = {.o = o, .text = text, .at = at};
  enum vonk_csv_fault fault = VONK_CSV_SOUND;
  vonk_text_init(&w.out, arena);
  w.c = (unsigned char)text.data[at];
  step(&w);
  if (w.c == END) put(&w, o->quote); /* a quote alone is itself */
  for (bool goes_on = w.c != END; goes_on;) {
    if (is(w.last, o->quote) && (w.c == END || is_blank(w.c) || ends_value(&w))) {
      if (!take_blanks(&w, &fault)) break;
      continue;
    }
    if (w.c == END) break;
    if (!is(w.c, o->quote) && !is(w.c, o->escape)) {
      if (is(w.last, o->quote)) {
        goes_on = take_unescaped(&w, &fault);
        continue;
      }
      if (is(w.last, o->escape)) put(&w, o->escape);
      take_plain(&w);
      continue;
    }
    take_escape(&w);
    w.last = w.c;
    step(&w);
    if (w.unescaped && ends_value(&w)) break;
  }
  *out = (struct vonk_csv_quoted){.token = {w.out.data, w.out.size}, .end = w.at, .fault = fault};
  if (!w.out.size && (w.out.data || !w.unescaped)) out->token = (struct vonk_csv_token){o->empty_value.data, o->empty_value.size};
}

static size_t plain_end(const struct vonk_csv_options *o, struct vonk_str text, size_t at) {
  char end = o->line_end == VONK_CSV_LF ? '\n' : '\r';
  for (;; at++) {
    at += vonk_bytes_find(text.data + at, text.size - at, o->separator.data[0], end);
    if (at >= text.size || is_separator_at(o, text, at) || line_end_at(o, text, at)) return at;
  }
}

static struct vonk_csv_token take_plain_value(const struct vonk_csv_options *o, struct vonk_str text, size_t at, size_t end) {
  size_t size = end - at;
  while (o->trim_trailing && size && is_blank((unsigned char)text.data[at + size - 1])) size--;
  if (size) return (struct vonk_csv_token){text.data + at, size};
  return (struct vonk_csv_token){o->null_value.data, o->null_value.size};
}

enum vonk_csv_fault vonk_csv_tokenize(const struct vonk_csv_options *o, struct vonk_str text, struct vonk_csv_tokens *out, size_t *used) {
  size_t at = 0;
  out->count = 0;
  *used = text.size;
  if (!text.size) return VONK_CSV_NONE;
  for (;;) {
    struct vonk_csv_token token;
    while (o->trim_leading && at < text.size && is_blank((unsigned char)text.data[at]) && !is_separator_at(o, text, at) && !line_end_at(o, text, at)) at++;
    if (at < text.size && is((unsigned char)text.data[at], o->quote)) {
      struct vonk_csv_quoted quoted;
      vonk_csv_take_quoted(o, text, at, out->arena, &quoted);
      if (quoted.fault) return quoted.fault;
      token = quoted.token;
      at = quoted.end;
    } else {
      size_t end = plain_end(o, text, at);
      token = take_plain_value(o, text, at, end);
      at = end;
    }
    if (o->chars_max >= 0 && token.size > (size_t)o->chars_max) return VONK_CSV_TOO_LONG;
    if (out->count == (size_t)o->columns_max) return VONK_CSV_TOO_MANY;
    *ARRAY_PUSH(out->arena, out) = token;
    size_t end = line_end_at(o, text, at);
    if (at >= text.size || end) {
      *used = at + end;
      return VONK_CSV_SOUND;
    }
    at += o->separator.size;
  }
}

bool vonk_csv_is_no_record(const struct vonk_csv_options *o, struct vonk_str line) {
  size_t at = 0;
  if (o->comment.size && vonk_str_starts_with(line, o->comment)) return true;
  while (at < line.size && (unsigned char)line.data[at] <= ' ') at++;
  return at == line.size;
}
