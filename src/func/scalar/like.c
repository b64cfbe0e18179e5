/* like.c: LIKE and ILIKE.
 *
 * A constant pattern is compiled once a worker to pieces between percent signs; the usual shapes (text, text%, %text, %text%)
 * are then a comparison or a search. Case-insensitive matching lowers both sides, as Spark does.
 */
#include "base/array.h"
#include "func/rows.h"
#include "func/unicode.h"

/* The pattern as runs of text; between two runs anything may stand. ANY marks '_': a parallel array of flags. */
struct piece {
  struct vonk_str text;
  const bool *any;  /* NULL: no '_' in it */
};

struct pattern {
  struct piece *pieces;
  uint32_t count;   /* pieces; a pattern without '%' is one */
};

struct like_state {
  struct vonk_arena *arena;
  struct vonk_arena *row_arena;
  struct pattern constant;
  bool is_constant, compiled;
  struct vonk_unicode unicode;
};

/* The same in all batches: a column that is constant in one may have another value in the next. */
static bool has_constant_pattern(const struct vonk_expr_call *call) {
  for (uint32_t i = 1; i < call->arguments.count; i++) {
    if (!EXPR_IS(call->arguments.items[i], literal)) return false;
  }
  return true;
}

static STATUS open_like(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct like_state *state = ARENA_NEW(arena, struct like_state);
  state->arena = arena;
  state->row_arena = vonk_arena_create(task->budget);
  state->is_constant = has_constant_pattern(EXPR_AS(expr, call));
  *out = state;
  return VONK_OK;
}

static void close_like(void *object) {
  struct like_state *state = object;
  vonk_unicode_close(&state->unicode);
  vonk_arena_destroy(state->row_arena);
  vonk_arena_destroy(state->arena);
}

static STATUS bad_escape(struct vonk_frame *frame, struct vonk_str pattern, bool at_end) {
  struct vonk_arena *arena = frame->task->arena;
  struct vonk_str quoted = vonk_str_format(arena, "'" STR_FMT "'", STR_ARG(pattern));
  if (at_end) return vonk_raise(frame->task, VONK_INVALID_FORMAT__ESC_AT_THE_END, frame->expr->node.origin, "format", quoted, NULL);
  return vonk_raise(frame->task, VONK_INVALID_FORMAT__ESC_IN_THE_MIDDLE, frame->expr->node.origin, "format", quoted, "char",
                    pattern, NULL);
}

static STATUS compile(struct vonk_frame *frame, struct vonk_arena *arena, struct vonk_str text, uint32_t escape, struct pattern *out) {
  uint32_t percents = 0;
  for (size_t i = 0; i < text.size; i++) percents += text.data[i] == '%';
  out->pieces = ARENA_ARRAY(arena, struct piece, percents + 1);
  char *bytes = vonk_arena_alloc(arena, text.size + 1);
  bool *any = vonk_arena_alloc(arena, text.size + 1);
  size_t size = 0, start = 0;
  out->count = 1;
  for (size_t i = 0; i < text.size;) {
    size_t from = i;
    uint32_t c = vonk_utf8_decode(text, &i);
    bool literal = false;
    if (c == escape) {
      if (i == text.size) return bad_escape(frame, text, true);
      from = i;
      c = vonk_utf8_decode(text, &i);
      if (c != '_' && c != '%' && c != escape) return bad_escape(frame, text, false);
      literal = true;
    }
    struct piece *piece = &out->pieces[out->count - 1];
    if (c == '%' && !literal) {
      piece->text = vonk_str_make(bytes + start, size - start);
      start = size;
      out->count++;
      continue;
    }
    if (c == '_' && !literal) {
      piece->any = any + start;
      any[size] = true;
    }
    memcpy(bytes + size, text.data + from, i - from);
    size += i - from;
  }
  out->pieces[out->count - 1].text = vonk_str_make(bytes + start, size - start);
  return VONK_OK;
}

/* Does PIECE stand in TEXT at AT? Sets END behind it. */
static bool piece_at(const struct piece *piece, struct vonk_str text, size_t at, size_t *end) {
  if (!piece->any) {
    *end = at + piece->text.size;
    return text.size - at >= piece->text.size && memcmp(text.data + at, piece->text.data, piece->text.size) == 0;
  }
  for (size_t i = 0; i < piece->text.size; i++) {
    if (at >= text.size) return false;
    if (piece->any[i]) vonk_utf8_decode(text, &at);
    else if (text.data[at++] != piece->text.data[i]) return false;
  }
  *end = at;
  return true;
}

/* The first place at or behind FROM where PIECE stands. */
static bool find_piece(const struct piece *piece, struct vonk_str text, size_t from, size_t *end) {
  if (!piece->any) {
    size_t at = vonk_str_find(text, piece->text, from);
    *end = at + piece->text.size;
    return at != SIZE_MAX;
  }
  for (size_t at = from; at <= text.size;) {
    if (piece_at(piece, text, at, end)) return true;
    if (at == text.size) break;
    vonk_utf8_decode(text, &at);
  }
  return false;
}

/* Does PIECE end TEXT, starting at or behind FROM? */
static bool piece_ends(const struct piece *piece, struct vonk_str text, size_t from) {
  size_t end;
  if (!piece->any) return text.size - from >= piece->text.size && piece_at(piece, text, text.size - piece->text.size, &end);
  for (size_t at = from; at <= text.size;) {
    if (piece_at(piece, text, at, &end) && end == text.size) return true;
    if (at == text.size) break;
    vonk_utf8_decode(text, &at);
  }
  return false;
}

static bool matches(const struct pattern *pattern, struct vonk_str text) {
  size_t at;
  if (!piece_at(&pattern->pieces[0], text, 0, &at)) return false;
  if (pattern->count == 1) return at == text.size;
  for (uint32_t i = 1; i + 1 < pattern->count; i++) {
    if (!find_piece(&pattern->pieces[i], text, at, &at)) return false;
  }
  return piece_ends(&pattern->pieces[pattern->count - 1], text, at);
}

static STATUS escape_of(struct vonk_frame *frame, uint32_t row, uint32_t *escape) {
  *escape = '\\';
  if (frame->argument_count < 3) return VONK_OK;
  struct vonk_str text = vonk_row_str(frame, 2, row);
  size_t position = 0;
  if (text.size) *escape = vonk_utf8_decode(text, &position);
  if (text.size && position == text.size) return VONK_OK;
  return vonk_raise(frame->task, VONK_INVALID_ESCAPE_CHAR, frame->expr->node.origin, "sqlExpr", text, NULL);
}

static STATUS prepare(struct vonk_frame *frame, uint32_t row, bool fold, struct pattern *out) {
  struct like_state *state = frame->state;
  if (state->compiled) {
    *out = state->constant;
    return VONK_OK;
  }
  bool constant = state->is_constant;
  struct vonk_arena *arena = constant ? state->arena : state->row_arena;
  struct vonk_str text = vonk_row_str(frame, 1, row);
  uint32_t escape;
  TRY(escape_of(frame, row, &escape));
  if (fold) TRY(vonk_unicode_lower(frame->task, &state->unicode, arena, text, &text));
  TRY(compile(frame, arena, text, escape, out));
  if (constant) state->constant = *out;
  state->compiled = constant;
  return VONK_OK;
}

__attribute__((always_inline)) static inline STATUS like_rows(struct vonk_frame *frame, bool fold) {
  struct like_state *state = frame->state;
  struct pattern pattern = {0};
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    if (!state->compiled || !pattern.pieces) TRY(prepare(frame, row, fold, &pattern));
    struct vonk_str text = vonk_row_str(frame, 0, row);
    if (fold) TRY(vonk_unicode_lower(frame->task, &state->unicode, state->row_arena, text, &text));
    vonk_row_put_bool(frame, row, matches(&pattern, text));
    if (fold || !state->compiled) vonk_arena_reset(state->row_arena);
  }
  return VONK_OK;
}

static STATUS like(struct vonk_frame *frame) { return like_rows(frame, false); }
static STATUS ilike(struct vonk_frame *frame) { return like_rows(frame, true); }

const struct vonk_function vonk_functions_like[] = {
    {"like", VONK_SCALAR, "(string, string, [string]) -> boolean", VONK_NULLS_STRICT, 0, .eval = like, .shown = "$1 LIKE $2|$1 LIKE $2 ESCAPE '$3'", .open = open_like,
     .close = close_like, .group = "predicate_funcs",
     .doc = "True when the text matches the pattern, where % is any text and _ any one character.",
     .example = "SELECT like('green apple', '%app_e')"},
    {"ilike", VONK_SCALAR, "(string, string, [string]) -> boolean", VONK_NULLS_STRICT, 0, .eval = ilike, .open = open_like,
     .close = close_like, .group = "predicate_funcs", .doc = "The same as like without regard to case.",
     .example = "SELECT ilike('Green Apple', '%APP_E')"},
    {0},
};
