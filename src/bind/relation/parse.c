/* parse.c: spark.read.json and spark.read.csv of a column of texts: from_json or from_csv of each text, and the fields of what they give. */
#include "bind/rewrite.h"

static struct vonk_expr *record_of(struct binder *b, const struct vonk_relation_parse *parse, struct vonk_expr *text) {
  const char *function = parse->format == VONK_PARSE_CSV ? "from_csv" : "from_json";
  struct make_exprs arguments = {0}, options = {0};
  *ARRAY_PUSH(b->arena, &arguments) = text;
  *ARRAY_PUSH(b->arena, &arguments) = make_text(b, vonk_type_json(b->arena, parse->schema));
  for (uint32_t i = 0; i < parse->options.count; i++) {
    *ARRAY_PUSH(b->arena, &options) = make_text(b, parse->options.items[i].key);
    *ARRAY_PUSH(b->arena, &options) = make_text(b, parse->options.items[i].value);
  }
  if (options.count) *ARRAY_PUSH(b->arena, &arguments) = make_call_list(b, "map", make_list(&options));
  return make_call_list(b, function, make_list(&arguments));
}

static STATUS check(struct binder *b, const struct vonk_relation_parse *parse) {
  const struct vonk_origin *origin = parse->relation.node.origin;
  if (parse->format == VONK_PARSE_XML) return vonk_unsupported(b->task, origin, "reading XML");
  if (!parse->schema) return vonk_unsupported(b->task, origin, "reading a DataFrame of texts without a schema");
  for (uint32_t i = 0; i < parse->options.count; i++) {
    const struct vonk_option *option = &parse->options.items[i];
    bool on = vonk_str_equal_nocase(option->value, STR("true"));
    if (on && vonk_str_equal_nocase(option->key, STR("header"))) return vonk_unsupported(b->task, origin, "reading a DataFrame of texts with a header");
  }
  return VONK_OK;
}

STATUS bind_parse(struct binder *b, const struct vonk_relation_parse *parse, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_origin *origin = parse->relation.node.origin;
  struct vonk_relation *input;
  struct make_exprs fields = {0}, record = {0};
  TRY(check(b, parse));
  TRY(bind_input(b, parse->input, outer, &input));
  if (input->column_count != 1 || !vonk_type_is_string(input->columns[0].type))
    return vonk_unsupported(b->task, origin, "reading texts from a DataFrame of other than one column of strings");
  struct vonk_expr *text = bind_reference(b, &input->columns[0], origin), *blank = make_call(b, "=", make_call(b, "trim", text), make_text(b, STR("")));
  *ARRAY_PUSH(b->arena, &record) = make_alias(b, record_of(b, parse, text), STR("record"));
  struct vonk_relation *records = make_project(b, make_filter(b, input, make_call(b, "not", blank), origin), make_list(&record), origin);
  for (uint32_t i = 0; i < parse->schema->field_count; i++) {
    struct vonk_expr_extract *extract = EXPR_NEW(b->arena, extract, NULL);
    extract->child = make_name(b, STR("record"));
    extract->extraction = make_text(b, parse->schema->fields[i].name);
    *ARRAY_PUSH(b->arena, &fields) = make_alias(b, &extract->expr, parse->schema->fields[i].name);
  }
  return bind_rewritten(b, make_project(b, records, make_list(&fields), origin), outer, out);
}
