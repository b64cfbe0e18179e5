/* sentences.c: sentences: a text as sentences, these as words (func/text_breaks.h). */
#include "func/bind_call.h"
#include "func/rows.h"
#include "func/text_breaks.h"

struct state {
  struct vonk_unicode unicode;
  struct vonk_arena *arena;    /* of a row */
};

static STATUS open_state(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  struct state *state = ARENA_NEW(task->arena, struct state);
  (void)expr;
  state->arena = vonk_arena_create(task->budget);
  *out = state;
  return VONK_OK;
}

static void close_state(void *object) {
  struct state *state = object;
  vonk_unicode_close(&state->unicode);
  vonk_arena_destroy(state->arena);
}

/* Java cuts Thai by a dictionary. */
static STATUS check_language(struct vonk_frame *frame, uint32_t row, struct vonk_str text) {
  bool thai = vonk_row_valid(frame, 1, row) && vonk_row_valid(frame, 2, row) && vonk_str_equal_nocase(vonk_row_str(frame, 1, row), STR("th"));
  return thai && !vonk_unicode_is_ascii(text) ? vonk_unsupported(frame->task, frame->expr->node.origin, "sentences in Thai") : VONK_OK;
}

static STATUS add_words(struct vonk_frame *frame, struct vonk_str text, const struct vonk_break_char *chars, uint32_t from, uint32_t to) {
  struct vonk_builder *sentence = &frame->builder->children[0];
  for (uint32_t end; from < to; from = end) {
    end = vonk_break_word(chars, from, to);
    struct vonk_str word = vonk_str_slice(text, chars[from].offset, chars[end].offset);
    if (chars[from].is_word) TRY(vonk_builder_add_bytes(frame->task, &sentence->children[0], word.data, word.size));
  }
  return vonk_builder_end_list(frame->task, sentence);
}

static STATUS sentences_row(struct vonk_frame *frame, uint32_t row) {
  struct state *state = frame->state;
  struct vonk_break_char *chars;
  uint32_t count;
  if (!vonk_row_valid(frame, 0, row)) return vonk_row_add_null(frame);
  struct vonk_str text = vonk_row_str(frame, 0, row);
  TRY(check_language(frame, row, text));
  TRY(vonk_break_chars(frame->task, &state->unicode, state->arena, text, &chars, &count));
  for (uint32_t from = 0, end; from < count; from = end) {
    end = vonk_break_sentence(chars, from, count);
    TRY(add_words(frame, text, chars, from, end));
  }
  vonk_arena_reset(state->arena);
  return vonk_builder_end_list(frame->task, frame->builder);
}
static STATUS sentences(struct vonk_frame *frame) { return vonk_rows_build(frame, sentences_row); }

static STATUS bind_sentences(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  call->expr->type = vonk_type_array(arena, vonk_type_array(arena, &vonk_type_string, false), false);
  return VONK_OK;
}

const struct vonk_function vonk_functions_sentences[] = {
    {.name = "sentences", .signature = "(string, [string = ''], [string = '']) -> bind", .nulls = VONK_NULLS_CUSTOM, .eval = sentences, .bind = bind_sentences,
     .open = open_state, .close = close_state, .group = "string_funcs", .doc = "The sentences of a text, each as an array of its words.",
     .example = "SELECT sentences('Hi there! It is 3.5 well-known words.')"},
    {0},
};
