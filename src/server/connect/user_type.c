/* user_type.c: the classes of a user-defined type, kept in a field's metadata as one more member. */
#include "server/connect/user_type.h"

#include "text/json_tree.h"
#include "type/json.h"

#define MEMBER STR("__user_type")

static void add_text(struct vonk_text *out, struct vonk_str name, struct vonk_str value) {
  if (!value.data) return;
  if (out->data[out->size - 1] != '{') vonk_text_add_char(out, ',');
  vonk_json_quote(out, name);
  vonk_text_add_char(out, ':');
  vonk_json_quote(out, value);
}

struct vonk_str user_type_remember(struct vonk_arena *arena, const struct vonk_protobuf *message, struct vonk_str metadata) {
  enum { JVM_CLASS = 2, PYTHON_CLASS = 3, SERIALIZED_CLASS = 4 };
  struct vonk_text out;
  vonk_text_init(&out, arena);
  vonk_text_add_char(&out, '{');
  if (metadata.size > 2) {
    vonk_text_add(&out, vonk_str_slice(metadata, 1, metadata.size - 1));
    vonk_text_add_char(&out, ',');
  }
  vonk_json_quote(&out, MEMBER);
  vonk_text_add(&out, STR(":{"));
  add_text(&out, STR("class"), vonk_protobuf_text(message, JVM_CLASS));
  add_text(&out, STR("pyClass"), vonk_protobuf_text(message, PYTHON_CLASS));
  add_text(&out, STR("serializedClass"), vonk_protobuf_text(message, SERIALIZED_CLASS));
  vonk_text_add(&out, STR("}}"));
  return vonk_text_str(&out);
}

static void read_classes(const struct vonk_json_node *record, struct user_type *out) {
  for (const struct vonk_json_node *member = record->first; member; member = member->next) {
    if (member->kind != VONK_JSON_TEXT) continue;
    if (vonk_str_equal(member->name, STR("class"))) out->jvm_class = member->text;
    if (vonk_str_equal(member->name, STR("pyClass"))) out->python_class = member->text;
    if (vonk_str_equal(member->name, STR("serializedClass"))) out->serialized_class = member->text;
  }
}

bool user_type_recall(struct vonk_arena *arena, struct vonk_str metadata, struct user_type *out) {
  *out = (struct user_type){.metadata = metadata};
  if (vonk_str_find(metadata, MEMBER, 0) == SIZE_MAX) return false;
  struct vonk_json_node *record = vonk_json_parse(arena, &vonk_json_rules_of_functions, metadata);
  if (!record || record->kind != VONK_JSON_RECORD) return false;
  struct vonk_json_node **link = &record->first;
  while (*link && !vonk_str_equal((*link)->name, MEMBER)) link = &(*link)->next;
  if (!*link || (*link)->kind != VONK_JSON_RECORD) return false;
  read_classes(*link, out);
  *link = (*link)->next;
  struct vonk_text rest;
  vonk_text_init(&rest, arena);
  vonk_json_write(&rest, record);
  out->metadata = record->first ? vonk_text_str(&rest) : STR("");
  return true;
}
