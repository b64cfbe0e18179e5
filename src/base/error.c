/* error.c: the condition table, and errors turned into text as Spark lays it out. */
#include "base/error.h"

#include <stdio.h>

#include "base/thread.h"

struct row {
  const char *identifier, *sqlstate, *message;
};

static const struct row rows[] = {
#define VONK_CONDITION(name, sqlstate, message) {#name, sqlstate, message},
#include "base/condition.def"
#undef VONK_CONDITION
};

/* Names with the dot put in; filled once. */
enum { NAME_MAX_SIZE = 128 };
static char names[VONK_CONDITION_COUNT][NAME_MAX_SIZE];
static struct vonk_once names_once = VONK_ONCE_INIT;

static void fill_names(void) {
  for (int i = 0; i < VONK_CONDITION_COUNT; i++) {
    const char *from = rows[i].identifier;
    char *to = names[i];
    while (*from && to < names[i] + NAME_MAX_SIZE - 1) {
      bool dot = from[0] == '_' && from[1] == '_';
      *to++ = dot ? '.' : *from;
      from += dot ? 2 : 1;
    }
  }
}

const char *vonk_condition_name(enum vonk_condition condition) {
  ASSERT(condition < VONK_CONDITION_COUNT);
  vonk_once_call(&names_once, fill_names);
  return names[condition];
}

const char *vonk_condition_sqlstate(enum vonk_condition condition) {
  ASSERT(condition < VONK_CONDITION_COUNT);
  return rows[condition].sqlstate;
}

void vonk_error_init(struct vonk_error *error) { *error = (struct vonk_error){.arena = vonk_arena_create(NULL)}; }

void vonk_error_deinit(struct vonk_error *error) {
  vonk_arena_destroy(error->arena);
  *error = (struct vonk_error){0};
}

void vonk_error_clear(struct vonk_error *error) {
  if (error->arena) vonk_arena_reset(error->arena);
  *error = (struct vonk_error){.arena = error->arena};
}

static struct vonk_str copy_present(struct vonk_arena *arena, struct vonk_str text) {
  return text.data ? vonk_str_copy(arena, text) : text;
}

void vonk_error_copy(struct vonk_error *to, const struct vonk_error *from) {
  if (to == from) return;
  vonk_error_clear(to);
  to->set = from->set;
  to->condition = from->condition;
  to->parameter_count = from->parameter_count;
  for (size_t i = 0; i < from->parameter_count; i++) {
    to->parameters[i].name = vonk_str_copy(to->arena, from->parameters[i].name);
    to->parameters[i].value = vonk_str_copy(to->arena, from->parameters[i].value);
  }
  to->origin = from->origin;
  to->origin.text = copy_present(to->arena, from->origin.text);
  to->origin.object_type = copy_present(to->arena, from->origin.object_type);
  to->origin.object_name = copy_present(to->arena, from->origin.object_name);
  to->origin.fragment = copy_present(to->arena, from->origin.fragment);
  to->origin.call_site = copy_present(to->arena, from->origin.call_site);
}

static void add_parameter(struct vonk_text *text, const struct vonk_error *error, struct vonk_str name) {
  for (size_t i = 0; i < error->parameter_count; i++) {
    if (!vonk_str_equal(error->parameters[i].name, name)) continue;
    vonk_text_add(text, error->parameters[i].value);
    return;
  }
  /* A message may talk of <something> that is not a parameter. */
  vonk_text_addf(text, "<" STR_FMT ">", STR_ARG(name));
}

static void add_sentence(struct vonk_text *text, const struct vonk_error *error) {
  struct vonk_str template = vonk_str_of(rows[error->condition].message);
  size_t at = 0;
  while (at < template.size) {
    size_t open = vonk_str_find(template, STR("<"), at);
    size_t close = open == SIZE_MAX ? SIZE_MAX : vonk_str_find(template, STR(">"), open);
    if (close == SIZE_MAX) break;
    vonk_text_add(text, vonk_str_slice(template, at, open));
    add_parameter(text, error, vonk_str_slice(template, open + 1, close));
    at = close + 1;
  }
  vonk_text_add(text, vonk_str_slice(template, at, template.size));
}

static void add_message(struct vonk_text *text, const struct vonk_error *error) {
  const char *sqlstate = vonk_condition_sqlstate(error->condition);
  struct vonk_str name = vonk_str_of(vonk_condition_name(error->condition));
  if (!vonk_str_starts_with(name, STR("_LEGACY_ERROR_TEMP_"))) vonk_text_addf(text, "[" STR_FMT "] ", STR_ARG(name)); /* as Spark: these have no name to show */
  add_sentence(text, error);
  if (sqlstate[0]) vonk_text_addf(text, " SQLSTATE: %s", sqlstate);
}

struct vonk_str vonk_error_sentence(const struct vonk_error *error, struct vonk_arena *arena) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  if (error->set) add_sentence(&text, error);
  return vonk_text_str(&text);
}

struct vonk_str vonk_error_message(const struct vonk_error *error, struct vonk_arena *arena) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  if (error->set) add_message(&text, error);
  return vonk_text_str(&text);
}

/* One line of the statement and below it carets under the bytes START..STOP; a multi-byte character gets one caret. */
static void add_marked_line(struct vonk_text *text, struct vonk_str line, size_t start, size_t stop) {
  vonk_text_add(text, line);
  vonk_text_add_char(text, '\n');
  for (size_t at = 0; at < line.size && at < stop;) {
    vonk_text_add_char(text, at < start ? ' ' : '^');
    vonk_utf8_decode(line, &at);
  }
}

/* The lines that START..STOP touches; far ends of a long line are cut. */
static void add_fragment(struct vonk_text *text, struct vonk_str sql, size_t start, size_t stop) {
  enum { CONTEXT_MAX = 32 };
  size_t from = start, to = stop;
  while (from > 0 && start - from < CONTEXT_MAX && sql.data[from - 1] != '\n') from--;
  while (from > 0 && from < start && ((unsigned char)sql.data[from] & 0xC0) == 0x80) from++;
  while (to < sql.size && to - stop < CONTEXT_MAX && sql.data[to] != '\n') to++;
  while (to > stop && to < sql.size && ((unsigned char)sql.data[to] & 0xC0) == 0x80) to--;
  bool cut_front = from > 0 && sql.data[from - 1] != '\n';
  bool cut_back = to < sql.size && sql.data[to] != '\n';
  struct vonk_text shown;
  vonk_text_init(&shown, text->arena);
  if (cut_front) vonk_text_add(&shown, STR("..."));
  size_t shift = shown.size; /* SQL offset FROM is shown at SHIFT */
  vonk_text_add(&shown, vonk_str_slice(sql, from, to));
  if (cut_back) vonk_text_add(&shown, STR("..."));
  start = start - from + shift;
  stop = stop - from + shift;
  for (size_t at = 0; at < shown.size;) {
    size_t end = vonk_str_find(vonk_text_str(&shown), STR("\n"), at);
    if (end == SIZE_MAX) end = shown.size;
    add_marked_line(text, vonk_str_slice(vonk_text_str(&shown), at, end), start > at ? start - at : 0, stop > at ? stop - at : 0);
    vonk_text_add_char(text, '\n');
    at = end + 1;
  }
}

static void add_place(struct vonk_text *text, const struct vonk_origin *origin) {
  if (origin->fragment.size) {
    vonk_text_addf(text, "\n== DataFrame ==\n\"" STR_FMT "\" was called from\n" STR_FMT "\n", STR_ARG(origin->fragment), STR_ARG(origin->call_site));
  }
  if (!origin->text.data || origin->start > origin->text.size) return;
  vonk_text_add(text, STR("\n== SQL"));
  if (origin->object_type.size) {
    vonk_text_addf(text, " of " STR_FMT " " STR_FMT, STR_ARG(origin->object_type), STR_ARG(origin->object_name));
  }
  if (origin->line) vonk_text_addf(text, " (line %u, position %u)", origin->line, origin->column + 1);
  vonk_text_add(text, STR(" ==\n"));
  size_t stop = origin->stop < origin->start ? origin->start : origin->stop;
  add_fragment(text, origin->text, origin->start, stop < origin->text.size ? stop : origin->text.size);
}

struct vonk_str vonk_error_render(const struct vonk_error *error, struct vonk_arena *arena) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  if (!error->set) return vonk_text_str(&text);
  add_message(&text, error);
  add_place(&text, &error->origin);
  return vonk_text_str(&text);
}
