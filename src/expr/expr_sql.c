/* expr_sql.c: an expression as Spark writes it in column names and messages. Works before and after binding. */
#include "expr/function.h"
#include "type/text.h"

static void write_expr(struct vonk_text *out, const struct vonk_expr *expr);

static void write_list(struct vonk_text *out, const struct vonk_exprs *list, uint32_t from) {
  for (uint32_t i = from; i < list->count; i++) {
    if (i > from) vonk_text_add(out, STR(", "));
    write_expr(out, list->items[i]);
  }
}

static void write_name(struct vonk_text *out, const struct vonk_name *name) {
  for (uint32_t i = 0; i < name->count; i++) {
    if (i) vonk_text_add_char(out, '.');
    vonk_text_add(out, name->parts[i]);
  }
}

static void write_literal(struct vonk_text *out, const struct vonk_expr_literal *literal) {
  const struct vonk_value *value = &literal->value;
  struct vonk_format_options options = {.form = VONK_TEXT_CAST};
  if (value->is_null || !value->type) {
    vonk_text_add(out, STR("NULL"));
    return;
  }
  switch (value->type->id) {
    case VONK_TYPE_DATE:
    case VONK_TYPE_TIMESTAMP:
    case VONK_TYPE_TIMESTAMP_NTZ:
    case VONK_TYPE_TIME:
    case VONK_TYPE_INTERVAL_YM:
    case VONK_TYPE_INTERVAL_DT:
    case VONK_TYPE_BINARY: vonk_text_add(out, vonk_value_sql_in(out->arena, value, literal->zone ? literal->zone : &vonk_timezone_utc)); return;
    default: vonk_format_value(out, value, &options);
  }
}

/* Operators written between their arguments; the sign is Spark's. */
static const char *const infix_signs[][2] = {
    {"+", "+"},   {"-", "-"},     {"*", "*"},   {"/", "/"},   {"%", "%"},   {"div", "div"}, {"==", "="},
    {"=", "="},   {"<", "<"},     {"<=", "<="}, {">", ">"},   {">=", ">="}, {"<=>", "<=>"}, {"and", "AND"}, {"or", "OR"},
    {"&", "&"},   {"|", "|"},     {"^", "^"},   {"<<", "<<"}, {">>", ">>"}, {">>>", ">>>"},
};

static const char *infix_sign(struct vonk_str name) {
  for (size_t i = 0; i < COUNT_OF(infix_signs); i++) {
    if (vonk_str_equal_nocase(name, vonk_str_of(infix_signs[i][0]))) return infix_signs[i][1];
  }
  return NULL;
}

static void write_case(struct vonk_text *out, const struct vonk_exprs *arguments) {
  vonk_text_add(out, STR("CASE"));
  uint32_t i = 0;
  for (; i + 1 < arguments->count; i += 2) {
    vonk_text_add(out, STR(" WHEN "));
    write_expr(out, arguments->items[i]);
    vonk_text_add(out, STR(" THEN "));
    write_expr(out, arguments->items[i + 1]);
  }
  if (i < arguments->count) {
    vonk_text_add(out, STR(" ELSE "));
    write_expr(out, arguments->items[i]);
  }
  vonk_text_add(out, STR(" END"));
}

/* The forms that are not NAME(ARGUMENTS); false when it is not one of them. */
static bool write_special(struct vonk_text *out, struct vonk_str name, const struct vonk_exprs *a) {
  const char *sign = infix_sign(name);
  struct vonk_expr **x = a->items;
  const char *before = NULL, *between = NULL, *after = NULL;
  if (a->count == 2 && sign) {
    vonk_text_add_char(out, '(');
    write_expr(out, x[0]);
    vonk_text_addf(out, " %s ", sign);
    write_expr(out, x[1]);
    vonk_text_add_char(out, ')');
    return true;
  }
  if (vonk_str_equal(name, STR("when"))) {
    write_case(out, a);
    return true;
  }
  if (a->count > 1 && vonk_str_equal(name, STR("in"))) {
    vonk_text_add_char(out, '(');
    write_expr(out, x[0]);
    vonk_text_add(out, STR(" IN ("));
    write_list(out, a, 1);
    vonk_text_add(out, STR("))"));
    return true;
  }
  if (a->count == 1 && vonk_str_equal(name, STR("not"))) before = "(NOT ", after = ")";
  else if (a->count == 1 && vonk_str_equal(name, STR("-"))) before = "(- ", after = ")";
  else if (a->count == 1 && (vonk_str_equal(name, STR("positive")) || vonk_str_equal(name, STR("+")))) before = "(+ ", after = ")";
  else if (a->count == 1 && vonk_str_equal(name, STR("~"))) before = "~", after = "";
  else if (a->count == 1 && vonk_str_equal(name, STR("isnull"))) before = "(", after = " IS NULL)";
  else if (a->count == 1 && vonk_str_equal(name, STR("isnotnull"))) before = "(", after = " IS NOT NULL)";
  else if (a->count == 2 && (vonk_str_equal(name, STR("!=")) || vonk_str_equal(name, STR("<>")))) before = "(NOT (", between = " = ", after = "))";
  else if (a->count == 2 && vonk_str_equal(name, STR("like"))) before = "", between = " LIKE ", after = "";
  else if (a->count == 2 && vonk_str_equal(name, STR("ilike"))) before = "ilike(", between = ", ", after = ")";
  else if (a->count == 3 && vonk_str_equal(name, STR("if"))) before = "(IF(", between = ", ", after = "))";
  else return false;
  vonk_text_add(out, vonk_str_of(before));
  for (uint32_t i = 0; i < a->count; i++) {
    if (i) vonk_text_add(out, vonk_str_of(between));
    write_expr(out, x[i]);
  }
  vonk_text_add(out, vonk_str_of(after));
  return true;
}

static void write_call(struct vonk_text *out, struct vonk_str name, const struct vonk_exprs *arguments, bool distinct) {
  if (!distinct && write_special(out, name, arguments)) return;
  vonk_text_add(out, name);
  vonk_text_add(out, distinct ? STR("(DISTINCT ") : STR("("));
  /* count(*) is count(1). */
  if (arguments->count == 1 && EXPR_IS(arguments->items[0], star) && vonk_str_equal_nocase(name, STR("count"))) vonk_text_add(out, STR("1"));
  else write_list(out, arguments, 0);
  vonk_text_add_char(out, ')');
}

/* $1 ... $9 of a form are the arguments, $_ is one that does not show. */
static void write_form(struct vonk_text *out, struct vonk_str form, const struct vonk_exprs *arguments) {
  for (size_t i = 0; i < form.size; i++) {
    if (form.data[i] != '$') vonk_text_add_char(out, form.data[i]);
    else if (form.data[++i] != '_') write_expr(out, arguments->items[form.data[i] - '1']);
  }
}

/* SHOWN is another name, or has a form for each number of arguments that looks special: "TRIM(BOTH $1 FROM $2)". */
static void write_shown(struct vonk_text *out, const struct vonk_function *function, const struct vonk_exprs *arguments) {
  struct vonk_str shown = vonk_str_of(function->shown);
  bool has_forms = vonk_str_find(shown, STR("$"), 0) != SIZE_MAX;
  for (size_t from = 0; has_forms && from < shown.size;) {
    size_t to = vonk_str_find(shown, STR("|"), from);
    struct vonk_str form = vonk_str_slice(shown, from, to == SIZE_MAX ? shown.size : to);
    uint32_t count = 0;
    for (size_t i = 0; i < form.size; i++) count += form.data[i] == '$';
    if (count == arguments->count) {
      write_form(out, form, arguments);
      return;
    }
    from += form.size + 1;
  }
  write_call(out, has_forms ? vonk_str_of(function->name) : shown, arguments, false);
}

/* struct(...) after binding: names and values in turn, of which the values show, with those names that an AS gave. */
static void write_struct(struct vonk_text *out, const struct vonk_exprs *pairs) {
  vonk_text_add(out, STR("struct("));
  for (uint32_t i = 1; i < pairs->count; i += 2) {
    const struct vonk_expr_literal *name = EXPR_AS(pairs->items[i - 1], literal);
    if (i > 1) vonk_text_add(out, STR(", "));
    write_expr(out, pairs->items[i]);
    struct vonk_str own = vonk_expr_sql(out->arena, pairs->items[i]), numbered = vonk_str_format(out->arena, "col%u", i / 2 + 1);
    bool given = name && (EXPR_IS(pairs->items[i], literal) || !vonk_str_ends_with(own, name->value.text)) && !vonk_str_equal(name->value.text, numbered) && !EXPR_IS(pairs->items[i], lambda_variable);
    if (given) vonk_text_addf(out, " AS " STR_FMT, STR_ARG(name->value.text));
  }
  vonk_text_add_char(out, ')');
}

/* One of an operator's several projections. */
static void write_row(struct vonk_text *out, const struct vonk_exprs *values) {
  vonk_text_add_char(out, '[');
  write_list(out, values, 0);
  vonk_text_add_char(out, ']');
}

/* s.f, a.f of an array of structs, a[i], m[k]; false when the call is none of those. */
static bool write_extraction(struct vonk_text *out, const struct vonk_expr_call *call) {
  const char *name = call->function->name;
  bool field = strcmp(name, "get_struct_field") == 0 || strcmp(name, "get_array_struct_fields") == 0;
  if (!field && strcmp(name, "get_array_item") != 0 && strcmp(name, "get_map_value") != 0) return false;
  const struct vonk_expr *base = call->arguments.items[0], *key = call->arguments.items[1];
  const struct vonk_expr_literal *index = EXPR_AS(key, literal);
  write_expr(out, base);
  if (field) {
    const struct vonk_type *type = base->type->id == VONK_TYPE_ARRAY ? base->type->element : base->type;
    vonk_text_add_char(out, '.');
    vonk_text_add(out, type->fields[index->value.integer].name);
  } else {
    vonk_text_add_char(out, '[');
    write_expr(out, key);
    vonk_text_add_char(out, ']');
  }
  return true;
}

static void write_filter(struct vonk_text *out, const struct vonk_expr *filter) {
  if (!filter) return;
  vonk_text_add(out, STR(" FILTER (WHERE "));
  write_expr(out, filter);
  vonk_text_add_char(out, ')');
}

static void write_order(struct vonk_text *out, const struct vonk_expr_sort_order *order) {
  bool first = order->nulls ? order->nulls == 1 : !order->descending;
  write_expr(out, order->child);
  vonk_text_add(out, order->descending ? STR(" DESC") : STR(" ASC"));
  vonk_text_add(out, first ? STR(" NULLS FIRST") : STR(" NULLS LAST"));
}

/* What a minus is applied to, else NULL. */
static const struct vonk_expr *negated(const struct vonk_expr *expr) {
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  const struct vonk_expr_function *function = EXPR_AS(expr, function);
  if (call && call->arguments.count == 1 && strcmp(call->function->name, "-") == 0) return call->arguments.items[0];
  if (!function || function->arguments.count != 1 || !vonk_str_equal(function->name.parts[0], STR("-"))) return NULL;
  return function->arguments.items[0];
}

static void write_bound(struct vonk_text *out, int32_t bound, const struct vonk_expr *value, bool is_lower) {
  if (bound == VONK_BOUND_CURRENT) {
    vonk_text_add(out, STR("CURRENT ROW"));
  } else if (bound == VONK_BOUND_UNBOUNDED) {
    vonk_text_add(out, is_lower ? STR("UNBOUNDED PRECEDING") : STR("UNBOUNDED FOLLOWING"));
  } else {
    const struct vonk_expr *before = negated(value);
    write_expr(out, before ? before : value);
    vonk_text_add(out, before ? STR(" PRECEDING") : STR(" FOLLOWING"));
  }
}

static void write_over(struct vonk_text *out, const struct vonk_exprs *partition, const struct vonk_exprs *order, int32_t unit,
                       int32_t lower, int32_t upper, const struct vonk_expr *lower_value, const struct vonk_expr *upper_value) {
  const char *gap = "";
  vonk_text_add(out, STR(" OVER ("));
  if (partition->count) {
    vonk_text_add(out, STR("PARTITION BY "));
    write_list(out, partition, 0);
    gap = " ";
  }
  if (order->count) {
    vonk_text_addf(out, "%sORDER BY ", gap);
    write_list(out, order, 0);
    gap = " ";
  }
  if (unit == VONK_FRAME_NONE) {
    unit = order->count ? VONK_FRAME_RANGE : VONK_FRAME_ROWS;
    lower = VONK_BOUND_UNBOUNDED;
    upper = order->count ? VONK_BOUND_CURRENT : VONK_BOUND_UNBOUNDED;
  }
  vonk_text_addf(out, "%s%s BETWEEN ", gap, unit == VONK_FRAME_ROWS ? "ROWS" : "RANGE");
  write_bound(out, lower, lower_value, true);
  vonk_text_add(out, STR(" AND "));
  write_bound(out, upper, upper_value, false);
  vonk_text_add_char(out, ')');
}

static void write_cast(struct vonk_text *out, const struct vonk_expr_cast *cast) {
  if (cast->implicit) {
    write_expr(out, cast->child);
    return;
  }
  vonk_text_add(out, cast->mode == VONK_CAST_TRY ? STR("TRY_CAST(") : STR("CAST("));
  write_expr(out, cast->child);
  vonk_text_add(out, STR(" AS "));
  vonk_text_add(out, vonk_type_sql(out->arena, cast->target));
  vonk_text_add_char(out, ')');
}

static void write_lambda(struct vonk_text *out, const struct vonk_expr_lambda *lambda) {
  vonk_text_add(out, STR("lambdafunction("));
  write_expr(out, lambda->body);
  for (uint32_t i = 0; i < lambda->parameters.count; i++) {
    vonk_text_add(out, STR(", "));
    write_expr(out, lambda->parameters.items[i]);
  }
  vonk_text_add_char(out, ')');
}

static void write_extract(struct vonk_text *out, const struct vonk_expr_extract *extract) {
  const struct vonk_expr_literal *key = EXPR_AS(extract->extraction, literal);
  write_expr(out, extract->child);
  if (key && key->value.type && vonk_type_is_string(key->value.type) && !key->value.is_null) {
    vonk_text_add_char(out, '.');
    vonk_text_add(out, key->value.text);
    return;
  }
  vonk_text_add_char(out, '[');
  write_expr(out, extract->extraction);
  vonk_text_add_char(out, ']');
}

/* The columns of outer queries in a plan: a node's own expressions first, then its inputs. */
struct outer_walk {
  struct vonk_text *out;
  uint8_t depth;          /* of subqueries */
  uint32_t count;
  struct vonk_node *inputs[64];
  uint32_t input_count;
};

static void write_outer_plan(struct outer_walk *walk, const struct vonk_node *plan);

static STATUS write_outer(void *object, struct vonk_node *node) {
  struct outer_walk *walk = object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  const struct vonk_expr_subquery *subquery = EXPR_AS(node, subquery);
  if (column && column->outer && (column->outer_levels ? column->outer_levels : 1) >= walk->depth) {
    if (walk->count++) vonk_text_add(walk->out, STR(", "));
    vonk_text_add(walk->out, column->name);
  }
  if (node->type->node_class != VONK_CLASS_EXPR) {
    if (walk->input_count < COUNT_OF(walk->inputs)) walk->inputs[walk->input_count++] = node;
    return VONK_OK;
  }
  if (!subquery || !subquery->plan) return vonk_node_children(node, write_outer, walk);
  for (uint32_t i = 0; i < subquery->values.count; i++) TRY(write_outer(walk, &subquery->values.items[i]->node));
  walk->depth++;
  write_outer_plan(walk, subquery->plan);
  walk->depth--;
  return VONK_OK;
}

static void write_outer_plan(struct outer_walk *walk, const struct vonk_node *plan) {
  struct outer_walk own = {.out = walk->out, .depth = walk->depth, .count = walk->count};
  if (vonk_node_children(plan, write_outer, &own) != VONK_OK) return;
  for (uint32_t i = 0; i < own.input_count; i++) write_outer_plan(&own, own.inputs[i]);
  walk->count = own.count;
}

static void write_outer_columns(struct vonk_text *out, const struct vonk_node *plan) {
  struct outer_walk walk = {.out = out, .depth = 1};
  if (plan) write_outer_plan(&walk, plan);
}

static void write_column(struct vonk_text *out, const struct vonk_expr_column *column) {
  if (!column->outer) {
    vonk_text_add(out, column->name);
    return;
  }
  vonk_text_add(out, STR("outer("));
  write_name(out, &column->qualifier);
  if (column->qualifier.count) vonk_text_add_char(out, '.');
  vonk_text_add(out, column->name);
  vonk_text_add_char(out, ')');
}

static void write_subquery(struct vonk_text *out, const struct vonk_expr_subquery *subquery) {
  bool in = subquery->kind == VONK_SUBQUERY_IN;
  if (in) {
    vonk_text_add_char(out, '(');
    write_list(out, &subquery->values, 0);
    vonk_text_add(out, STR(" IN ("));
  }
  vonk_text_add(out, in ? STR("listquery(") : subquery->kind == VONK_SUBQUERY_EXISTS ? STR("exists(") : STR("scalarsubquery("));
  write_outer_columns(out, subquery->plan);
  vonk_text_add(out, in ? STR(")))") : STR(")"));
}

/* Functions as doors make them. */
static void write_unbound(struct vonk_text *out, const struct vonk_expr_function *function) {
  struct vonk_str name = function->name.count ? function->name.parts[function->name.count - 1] : STR("");
  write_call(out, vonk_str_lower(out->arena, name), &function->arguments, function->distinct);
  write_filter(out, function->filter);
}

/* listagg shows its orders in full, the others only DESC. */
static void write_within_group(struct vonk_text *out, const struct vonk_expr_aggregate *call) {
  if (call->function->flags & VONK_FN_ORDERED) {
    write_list(out, &call->order, 0);
    return;
  }
  for (uint32_t i = 0; i < call->order.count; i++) {
    const struct vonk_expr_sort_order *order = (const struct vonk_expr_sort_order *)call->order.items[i];
    if (i) vonk_text_add(out, STR(", "));
    write_expr(out, order->child);
    if (order->descending) vonk_text_add(out, STR(" DESC"));
  }
}

/* With OVER a function shows under its own name. */
static void write_aggregate(struct vonk_text *out, const struct vonk_expr_aggregate *call, bool over) {
  const struct vonk_expr *python = call->arguments.count == 1 ? call->arguments.items[0] : NULL;
  if (python && EXPR_IS(python, python)) {
    write_expr(out, python);
    return;
  }
  const char *shown = over ? NULL : call->function->shown;
  if (shown && strchr(shown, '$')) write_shown(out, call->function, &call->arguments);
  else write_call(out, vonk_str_of(shown ? shown : call->function->name), &call->arguments, call->distinct);
  if (call->respect_nulls && call->expr.type && call->expr.type->id == VONK_TYPE_ARRAY) vonk_text_add(out, STR(" RESPECT NULLS"));
  if (call->order.count) {
    vonk_text_add(out, STR(" WITHIN GROUP (ORDER BY "));
    write_within_group(out, call);
    vonk_text_add_char(out, ')');
  }
  write_filter(out, call->filter);
}

static void write_python(struct vonk_text *out, const struct vonk_expr_python *call) {
  vonk_text_add(out, call->name.count ? call->name.parts[call->name.count - 1] : STR("function"));
  vonk_text_add_char(out, '(');
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    const struct vonk_expr_named_argument *named = EXPR_AS(call->arguments.items[i], named_argument);
    if (i) vonk_text_add(out, STR(", "));
    if (named) vonk_text_addf(out, STR_FMT " => ", STR_ARG(named->name));
    write_expr(out, call->arguments.items[i]);
  }
  vonk_text_add_char(out, ')');
}

static void write_expr(struct vonk_text *out, const struct vonk_expr *expr) {
  const void *e = expr;
  const struct vonk_node_type *type = expr->node.type;
  if (type == &vonk_expr_column_type) write_column(out, e);
  else if (type == &vonk_expr_literal_type) write_literal(out, e);
  else if (type == &vonk_expr_call_type) {
    const struct vonk_expr_call *call = e;
    if (!call->function) write_row(out, &call->arguments);
    else if (!call->shown.size && write_extraction(out, call)) return;
    else if (call->shown.size) vonk_text_add(out, call->shown);
    else if (call->function->shown) write_shown(out, call->function, &call->arguments);
    else if (strcmp(call->function->name, "struct") == 0) write_struct(out, &call->arguments);
    else write_call(out, vonk_str_of(call->function->name), &call->arguments, false);
  } else if (type == &vonk_expr_cast_type) write_cast(out, e);
  else if (type == &vonk_expr_aggregate_type) {
    const struct vonk_expr_aggregate *call = e;
    write_aggregate(out, call, false);
  } else if (type == &vonk_expr_attribute_type) write_name(out, &((const struct vonk_expr_attribute *)e)->name);
  else if (type == &vonk_expr_alias_type) write_name(out, &((const struct vonk_expr_alias *)e)->names);
  else if (type == &vonk_expr_function_type) write_unbound(out, e);
  else if (type == &vonk_expr_sort_order_type) write_order(out, e);
  else if (type == &vonk_expr_extract_type) write_extract(out, e);
  else if (type == &vonk_expr_python_type) write_python(out, e);
  else if (type == &vonk_expr_subquery_type) write_subquery(out, e);
  else if (type == &vonk_expr_lambda_type) write_lambda(out, e);
  else if (type == &vonk_expr_lambda_variable_type) {
    vonk_text_add(out, STR("namedlambdavariable()"));
  } else if (type == &vonk_expr_window_type) {
    const struct vonk_expr_window *w = e;
    write_expr(out, w->function);
    write_over(out, &w->partition, &w->order, w->frame_unit, w->lower, w->upper, w->lower_value, w->upper_value);
  } else if (type == &vonk_expr_window_call_type) {
    const struct vonk_expr_window_call *w = e;
    const struct vonk_expr_call *function = EXPR_AS(w->function, call);
    if (function) write_expr(out, w->function);
    else write_aggregate(out, EXPR_AS(w->function, aggregate), true);
    if (w->ignore_nulls && function && strcmp(function->function->name, "nth_value") == 0) vonk_text_add(out, STR(" ignore nulls"));
    write_over(out, &w->partition, &w->order, w->frame_unit, w->lower, w->upper, w->lower_value, w->upper_value);
  } else if (type == &vonk_expr_star_type) {
    write_name(out, &((const struct vonk_expr_star *)e)->target);
    vonk_text_add(out, ((const struct vonk_expr_star *)e)->target.count ? STR(".*") : STR("*"));
  } else if (type == &vonk_expr_named_argument_type) write_expr(out, ((const struct vonk_expr_named_argument *)e)->value);
  else if (type == &vonk_expr_expression_string_type) vonk_text_add(out, ((const struct vonk_expr_expression_string *)e)->text);
  else if (type == &vonk_expr_parameter_type) vonk_text_addf(out, ":" STR_FMT, STR_ARG(((const struct vonk_expr_parameter *)e)->name));
  else vonk_text_add(out, vonk_node_print(out->arena, &expr->node));
}

struct vonk_str vonk_expr_sql(struct vonk_arena *arena, const struct vonk_expr *expr) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  write_expr(&out, expr);
  return vonk_text_str(&out);
}
