/* script.c: where the statements of a text begin and end: at semicolons outside of strings, names and comments. */
#include "base/str.h"
#include "vonk/vonk.h"

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* The end of the string or name that begins at AT; SIZE when it is not closed. */
static size_t skip_quoted(const char *text, size_t size, size_t at) {
  char quote = text[at++];
  for (; at < size && text[at] != quote; at++) {
    if (text[at] == '\\' && quote != '`' && at + 1 < size) at++;
  }
  return at < size ? at + 1 : size + 1;
}

/* Bracketed comments nest. */
static size_t skip_comment(const char *text, size_t size, size_t at) {
  if (text[at] == '-') {
    while (at < size && text[at] != '\n') at++;
    return at;
  }
  int depth = 0;
  while (at + 1 < size) {
    if (text[at] == '/' && text[at + 1] == '*') {
      depth++;
      at += 2;
    } else if (text[at] == '*' && text[at + 1] == '/') {
      at += 2;
      if (--depth == 0) return at;
    } else {
      at++;
    }
  }
  return size + 1;
}

static bool is_comment(const char *text, size_t size, size_t at) {
  return at + 1 < size && ((text[at] == '-' && text[at + 1] == '-') || (text[at] == '/' && text[at + 1] == '*'));
}

bool vonk_script_next(const char *text, size_t size, size_t from, struct vonk_script_piece *out) {
  while (from < size && is_space(text[from])) from++;
  if (from >= size) return false;
  *out = (struct vonk_script_piece){.start = from, .empty = true};
  size_t at = from;
  while (at < size && text[at] != ';') {
    if (is_comment(text, size, at)) {
      at = skip_comment(text, size, at);
    } else if (text[at] == '\'' || text[at] == '"' || text[at] == '`') {
      at = skip_quoted(text, size, at);
      out->empty = false;
    } else {
      if (!is_space(text[at])) out->empty = false;
      at++;
    }
  }
  out->complete = at < size;
  /* An unclosed string or comment is the parser's to complain about. */
  if (at > size) out->empty = false;
  size_t stop = at < size ? at : size;
  out->next = at < size ? at + 1 : size;
  while (stop > from && is_space(text[stop - 1])) stop--;
  out->stop = stop;
  return true;
}
