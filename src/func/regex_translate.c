/* regex_translate.c: from Java's pattern language to PCRE2's, in one pass.
 *
 * Most of the two is the same and is copied. A class with nested classes becomes one class (union), an intersection becomes
 * lookaheads before the last part: [a-z&&[^b]] is (?:(?=[a-z])[^b]).
 */
#include "func/regex.h"

struct reader {
  struct vonk_str text;
  size_t at;
};

static bool ended(const struct reader *r) { return r->at >= r->text.size; }
static bool looking_at(const struct reader *r, const char *word) {
  return vonk_str_starts_with(vonk_str_slice(r->text, r->at, r->text.size), vonk_str_of(word));
}

/* Java's names of classes that PCRE2 has not, as the inside of a class. */
static const char *class_of(struct vonk_str name) {
  static const struct {
    const char *name, *text;
  } classes[] = {
      {"Lower", "a-z"}, {"Upper", "A-Z"}, {"ASCII", "\\x00-\\x7F"}, {"Alpha", "a-zA-Z"}, {"Digit", "0-9"}, {"Alnum", "a-zA-Z0-9"},
      {"Punct", "!-/:-@\\[-`{-~"}, {"Graph", "!-~"}, {"Print", "\\x20-~"}, {"Blank", "\\x20\\t"}, {"Cntrl", "\\x00-\\x1F\\x7F"},
      {"XDigit", "0-9a-fA-F"}, {"Space", "\\x20\\t\\n\\x0B\\f\\r"}, {"javaLowerCase", "\\p{Ll}"}, {"javaUpperCase", "\\p{Lu}"},
      {"javaWhitespace", "\\s\\p{Zs}"}, {"IsAlphabetic", "\\p{L}\\p{Nl}"}, {"IsLetter", "\\p{L}"}, {"IsDigit", "\\p{Nd}"},
      {"IsUppercase", "\\p{Lu}"}, {"IsLowercase", "\\p{Ll}"}, {"IsPunctuation", "\\p{P}"}, {"IsWhite_Space", "\\s\\p{Z}"},
  };
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    if (vonk_str_equal(name, vonk_str_of(classes[i].name))) return classes[i].text;
  }
  return NULL;
}

/* \p{...} and \P{...}, AT behind the letter. */
static void property(struct reader *r, bool negated, bool in_class, struct vonk_text *out) {
  size_t close = ended(r) || r->text.data[r->at] != '{' ? SIZE_MAX : vonk_str_find(r->text, STR("}"), r->at);
  struct vonk_str name = close == SIZE_MAX ? (struct vonk_str){NULL, 0} : vonk_str_slice(r->text, r->at + 1, close);
  const char *text = class_of(name);
  if (close == SIZE_MAX) {
    vonk_text_addf(out, "\\%c", negated ? 'P' : 'p');
    return;
  }
  r->at = close + 1;
  if (text && !(negated && in_class)) {
    vonk_text_addf(out, in_class ? "%s%s" : negated ? "[^%s%s]" : "[%s%s]", text, "");
    return;
  }
  /* IsLatin, script=Latin, general_category=Lu: the part that PCRE2 knows. */
  size_t equals = vonk_str_find(name, STR("="), 0);
  if (equals != SIZE_MAX) name = vonk_str_slice(name, equals + 1, name.size);
  else if (vonk_str_starts_with(name, STR("Is"))) name = vonk_str_slice(name, 2, name.size);
  vonk_text_addf(out, "\\%c{" STR_FMT "}", negated ? 'P' : 'p', STR_ARG(name));
}

/* An escape; AT is at the backslash. */
static void escape(struct reader *r, bool in_class, struct vonk_text *out) {
  char c = r->at + 1 < r->text.size ? r->text.data[r->at + 1] : 0;
  r->at += 2;
  if (c == 'u' && r->at + 4 <= r->text.size) {
    vonk_text_addf(out, "\\x{" STR_FMT "}", STR_ARG(vonk_str_slice(r->text, r->at, r->at + 4)));
    r->at += 4;
  } else if (c == '0') {
    size_t from = r->at;
    while (!ended(r) && r->at - from < 3 && r->text.data[r->at] >= '0' && r->text.data[r->at] <= '7') r->at++;
    vonk_text_addf(out, "\\o{" STR_FMT "}", STR_ARG(vonk_str_slice(r->text, from, r->at)));
  } else if (c == 'p' || c == 'P') {
    property(r, c == 'P', in_class, out);
  } else if (c == 'Q') {
    size_t stop = vonk_str_find(r->text, STR("\\E"), r->at);
    size_t end = stop == SIZE_MAX ? r->text.size : stop;
    for (; r->at < end; r->at++) {
      unsigned char quoted = (unsigned char)r->text.data[r->at];
      bool plain = quoted >= 0x80 || quoted == '_' || (quoted >= '0' && quoted <= '9') || ((quoted | 32) >= 'a' && (quoted | 32) <= 'z');
      if (!plain) vonk_text_add_char(out, '\\');
      vonk_text_add_char(out, (char)quoted);
    }
    if (stop != SIZE_MAX) r->at = stop + 2;
  } else {
    vonk_text_add_char(out, '\\');
    if (c) vonk_text_add_char(out, c);
  }
}

enum { CLASS_DEPTH_MAX = 32 };

static bool class_part(struct reader *r, int depth, struct vonk_text *out, bool *negated);

/* One class with its brackets; AT is behind the '['. */
static bool class(struct reader *r, int depth, struct vonk_text *out) {
  struct vonk_text body;
  bool negated = !ended(r) && r->text.data[r->at] == '^', inner = false;
  struct vonk_str parts[CLASS_DEPTH_MAX];
  bool part_negated[CLASS_DEPTH_MAX];
  int count = 0;
  if (depth == 0) return false;
  if (negated) r->at++;
  for (;;) {
    vonk_text_init(&body, out->arena);
    if (!class_part(r, depth, &body, &inner)) return false;
    if (count == CLASS_DEPTH_MAX) return false;
    part_negated[count] = inner;
    parts[count++] = vonk_text_str(&body);
    if (!looking_at(r, "&&")) break;
    r->at += 2;
  }
  if (ended(r)) return false;
  r->at++;
  if (count == 1) {
    vonk_text_addf(out, "[%s" STR_FMT "]", negated != part_negated[0] ? "^" : "", STR_ARG(parts[0]));
    return true;
  }
  vonk_text_addf(out, "(?:");
  if (negated) vonk_text_addf(out, "(?!");
  for (int i = 0; i < count; i++) {
    vonk_text_addf(out, i + 1 < count ? "(?=[%s" STR_FMT "])" : "[%s" STR_FMT "]", part_negated[i] ? "^" : "", STR_ARG(parts[i]));
  }
  if (negated) vonk_text_addf(out, ")(?s:.)");
  vonk_text_addf(out, ")");
  return true;
}

/* Up to ']' or '&&'. A part that is one nested negated class is given as its inside, NEGATED. */
static bool class_part(struct reader *r, int depth, struct vonk_text *out, bool *negated) {
  bool first = true;
  *negated = false;
  while (!ended(r) && !looking_at(r, "&&")) {
    char c = r->text.data[r->at];
    if (c == ']' && !first) return true;
    if (c == ']' && vonk_str_find(r->text, STR("]"), r->at + 1) == SIZE_MAX) return true;
    if (c == '[') {
      struct vonk_text nested;
      vonk_text_init(&nested, out->arena);
      r->at++;
      if (!class(r, depth - 1, &nested)) return false;
      struct vonk_str text = vonk_text_str(&nested);
      if (text.data[0] != '[') return false;
      bool inverse = text.data[1] == '^';
      bool alone = first && !ended(r) && (r->text.data[r->at] == ']' || looking_at(r, "&&"));
      if (inverse && !alone) return false;
      *negated = inverse;
      vonk_text_add(out, vonk_str_slice(text, inverse ? 2 : 1, text.size - 1));
    } else if (c == '\\') {
      escape(r, true, out);
    } else {
      if (c == ']') vonk_text_add_char(out, '\\');
      vonk_text_add_char(out, c);
      r->at++;
    }
    first = false;
  }
  return true;
}

struct vonk_str vonk_regex_translate(struct vonk_arena *arena, struct vonk_str pattern) {
  struct reader r = {pattern, 0};
  struct vonk_text out;
  vonk_text_init(&out, arena);
  while (!ended(&r)) {
    char c = r.text.data[r.at];
    if (c == '\\') {
      escape(&r, false, &out);
    } else if (c == '[') {
      size_t start = r.at++;
      if (class(&r, CLASS_DEPTH_MAX, &out)) continue;
      /* What cannot be translated is left to PCRE2 to judge. */
      vonk_text_add(&out, vonk_str_slice(pattern, start, pattern.size));
      break;
    } else {
      vonk_text_add_char(&out, c);
      r.at++;
    }
  }
  return vonk_text_str(&out);
}
