/* text_breaks.h: where sentences and words end, as Java's BreakIterator has it for all languages but Thai.
 *
 * Its rules are older than Unicode's (UAX 29): hyphens, underscores and points inside of words do not part them, and a sentence ends behind a
 * period only where blanks and a capital letter, or signs and a letter, follow. They were found by asking it about some million texts.
 */
#ifndef VONK_FUNC_TEXT_BREAKS_H
#define VONK_FUNC_TEXT_BREAKS_H

#include "func/unicode.h"

/* A code point: where it begins, and what the rules take it for. */
struct vonk_break_char {
  uint32_t offset;
  uint8_t of_sentences, of_words;
  bool is_word;            /* a word may begin with it: a letter or a decimal digit, of 16 bits */
};

/* The code points of TEXT on ARENA, and one for its end. Opens ICU for letters beyond ASCII. */
STATUS vonk_break_chars(struct vonk_task *task, struct vonk_unicode *unicode, struct vonk_arena *arena, struct vonk_str text, struct vonk_break_char **out,
                        uint32_t *count);
/* The index behind the sentence, or the word, that begins at FROM < COUNT. */
uint32_t vonk_break_sentence(const struct vonk_break_char *chars, uint32_t from, uint32_t count);
uint32_t vonk_break_word(const struct vonk_break_char *chars, uint32_t from, uint32_t count);

#endif
