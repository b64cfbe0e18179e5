/* decode_relation.c: Relation messages: which kind goes where, and the kinds over one input that say little more. */
#include "server/connect/decode_internal.h"

static STATUS decode_project(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, EXPRESSIONS = 3 };
  struct vonk_relation_project_star *project = RELATION_NEW(d->arena, project_star, d->origin);
  if (vonk_protobuf_has(message, INPUT)) TRY(decode_input(d, message, INPUT, &project->input));
  *out = &project->relation;
  return decode_expressions(d, message, EXPRESSIONS, &project->expressions);
}

static STATUS decode_filter(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, CONDITION = 2 };
  struct vonk_relation_filter *filter = RELATION_NEW(d->arena, filter, d->origin);
  if (!vonk_protobuf_has(message, INPUT)) return decode_fail_assertion(d, "A Filter has an input.");
  TRY(decode_input(d, message, INPUT, &filter->input));
  *out = &filter->relation;
  return decode_expression_at(d, message, CONDITION, &filter->condition);
}

static STATUS decode_sort(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, ORDER = 2, IS_GLOBAL = 3 };
  struct vonk_relation_sort *sort = RELATION_NEW(d->arena, sort, d->origin);
  if (!vonk_protobuf_has(message, ORDER)) return decode_fail_assertion(d, "'order' must be present and contain elements.");
  TRY(decode_input(d, message, INPUT, &sort->input));
  sort->is_global = vonk_protobuf_bool(message, IS_GLOBAL);
  *out = &sort->relation;
  return decode_sort_orders(d, message, ORDER, &sort->order);
}

static struct vonk_expr *count_at(struct decoder *d, const struct vonk_protobuf *message, uint32_t number) {
  return decode_constant(d, vonk_value_integer(&vonk_type_int, vonk_protobuf_i32(message, number)));
}

static STATUS decode_limit(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, LIMIT = 2 };
  struct vonk_relation_limit *limit = RELATION_NEW(d->arena, limit, d->origin);
  limit->count = count_at(d, message, LIMIT);
  *out = &limit->relation;
  return decode_input(d, message, INPUT, &limit->input);
}

static STATUS decode_offset(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, OFFSET = 2 };
  struct vonk_relation_offset *offset = RELATION_NEW(d->arena, offset, d->origin);
  offset->count = count_at(d, message, OFFSET);
  *out = &offset->relation;
  return decode_input(d, message, INPUT, &offset->input);
}

static STATUS decode_tail(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, LIMIT = 2 };
  struct vonk_relation_tail *tail = RELATION_NEW(d->arena, tail, d->origin);
  tail->count = vonk_protobuf_i32(message, LIMIT);
  *out = &tail->relation;
  return decode_input(d, message, INPUT, &tail->input);
}

static STATUS decode_sample(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, LOWER = 2, UPPER = 3, WITH_REPLACEMENT = 4, SEED = 5, DETERMINISTIC_ORDER = 6 };
  struct vonk_relation_sample *sample = RELATION_NEW(d->arena, sample, d->origin);
  sample->lower_bound = vonk_protobuf_double(message, LOWER);
  sample->upper_bound = vonk_protobuf_double(message, UPPER);
  sample->with_replacement = vonk_protobuf_bool(message, WITH_REPLACEMENT);
  sample->has_seed = vonk_protobuf_has(message, SEED);
  sample->seed = vonk_protobuf_i64(message, SEED);
  sample->deterministic_order = vonk_protobuf_bool(message, DETERMINISTIC_ORDER);
  sample->rows = -1;
  *out = &sample->relation;
  return decode_input(d, message, INPUT, &sample->input);
}

static STATUS decode_deduplicate(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, COLUMNS = 2, ALL_COLUMNS = 3, WITHIN_WATERMARK = 4 };
  struct vonk_relation_deduplicate *deduplicate = RELATION_NEW(d->arena, deduplicate, d->origin);
  if (!vonk_protobuf_has(message, INPUT)) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__DEDUPLICATE_NEEDS_INPUT);
  deduplicate->all_columns = vonk_protobuf_bool(message, ALL_COLUMNS);
  deduplicate->column_names = decode_names(d, message, COLUMNS);
  bool named = deduplicate->column_names.count > 0;
  if (deduplicate->all_columns && named) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__DEDUPLICATE_ALL_COLUMNS_AND_SUBSET);
  if (!deduplicate->all_columns && !named) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__DEDUPLICATE_REQUIRES_COLUMNS_OR_ALL);
  if (vonk_protobuf_bool(message, WITHIN_WATERMARK)) return vonk_unsupported(d->task, d->origin, "dropDuplicatesWithinWatermark");
  *out = &deduplicate->relation;
  return decode_input(d, message, INPUT, &deduplicate->input);
}

static STATUS decode_range(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { START = 1, END = 2, STEP = 3, PARTITIONS = 4 };
  struct vonk_relation_range *range = RELATION_NEW(d->arena, range, d->origin);
  range->start = vonk_protobuf_i64(message, START);
  range->end = vonk_protobuf_i64(message, END);
  range->step = vonk_protobuf_i64(message, STEP);
  range->partitions = vonk_protobuf_i32(message, PARTITIONS);
  if (range->partitions < 0 || (range->partitions == 0 && vonk_protobuf_has(message, PARTITIONS))) {
    return decode_fail_assertion(d, "A range has at least one partition.");
  }
  *out = &range->relation;
  return VONK_OK;
}

static STATUS decode_subquery_alias(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, ALIAS = 2 };
  struct vonk_relation_subquery_alias *alias = RELATION_NEW(d->arena, subquery_alias, d->origin);
  alias->alias = vonk_protobuf_text(message, ALIAS);
  *out = &alias->relation;
  return decode_input(d, message, INPUT, &alias->input);
}

static STATUS check_partition_count(struct decoder *d, int64_t count) {
  if (count > 0) return VONK_OK;
  return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__ASSERTION_FAILURE, d->origin, "message",
                    vonk_str_format(d->arena, "Number of partitions (%lld) must be positive.", (long long)count), NULL);
}

static STATUS decode_repartition(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, COUNT = 2, SHUFFLE = 3 };
  struct vonk_relation_repartition *repartition = RELATION_NEW(d->arena, repartition, d->origin);
  repartition->count = vonk_protobuf_i32(message, COUNT);
  repartition->shuffle = vonk_protobuf_bool(message, SHUFFLE);
  TRY(check_partition_count(d, repartition->count));
  *out = &repartition->relation;
  return decode_input(d, message, INPUT, &repartition->input);
}

/* By hash; by range when the expressions are sort orders. */
static STATUS decode_repartition_by(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, BY = 2, COUNT = 3 };
  struct vonk_relation_repartition *repartition = RELATION_NEW(d->arena, repartition, d->origin);
  repartition->shuffle = true;
  repartition->count = vonk_protobuf_i32(message, COUNT);
  if (vonk_protobuf_has(message, COUNT)) TRY(check_partition_count(d, repartition->count));
  TRY(decode_input(d, message, INPUT, &repartition->input));
  TRY(decode_expressions(d, message, BY, &repartition->by));
  repartition->by_range = repartition->by.count && EXPR_IS(repartition->by.items[0], sort_order);
  *out = &repartition->relation;
  return VONK_OK;
}

static STATUS decode_to_df(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, COLUMNS = 2 };
  struct vonk_relation_to_df *to_df = RELATION_NEW(d->arena, to_df, d->origin);
  to_df->column_names = decode_names(d, message, COLUMNS);
  *out = &to_df->relation;
  return decode_input(d, message, INPUT, &to_df->input);
}

static STATUS decode_with_columns_renamed(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, OLD_MAP = 2, RENAMES = 3 };
  struct vonk_relation_with_columns_renamed *renamed = RELATION_NEW(d->arena, with_columns_renamed, d->origin);
  size_t count = vonk_protobuf_count(message, RENAMES);
  struct vonk_option *renames = ARENA_ARRAY(d->arena, struct vonk_option, count);
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf rename;
  for (size_t i = 0; vonk_protobuf_each_message(message, RENAMES, &at, &rename); i++) {
    renames[i] = (struct vonk_option){vonk_protobuf_text(&rename, 1), vonk_protobuf_text(&rename, 2)};
  }
  renamed->renames = count ? (struct vonk_options){renames, (uint32_t)count} : decode_options(d, message, OLD_MAP);
  *out = &renamed->relation;
  return decode_input(d, message, INPUT, &renamed->input);
}

/* [a, b] */
static struct vonk_str shown_names(struct decoder *d, struct vonk_name names) {
  struct vonk_text text;
  vonk_text_init(&text, d->arena);
  for (uint32_t i = 0; i < names.count; i++) vonk_text_addf(&text, "%s" STR_FMT, i ? ", " : "[", STR_ARG(names.parts[i]));
  vonk_text_add_char(&text, ']');
  return vonk_text_str(&text);
}

static STATUS decode_with_columns(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, ALIASES = 2 };
  struct vonk_relation_with_columns *with = RELATION_NEW(d->arena, with_columns, d->origin);
  size_t count = vonk_protobuf_count(message, ALIASES);
  with->aliases = (struct vonk_exprs){ARENA_ARRAY(d->arena, struct vonk_expr *, count), (uint32_t)count};
  TRY(decode_input(d, message, INPUT, &with->input));
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf message_of_alias;
  for (size_t i = 0; vonk_protobuf_each_message(message, ALIASES, &at, &message_of_alias); i++) {
    TRY(decode_alias(d, &message_of_alias, &with->aliases.items[i]));
    struct vonk_name names = EXPR_AS(with->aliases.items[i], alias)->names;
    if (names.count == 1) continue;
    return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__WITH_COLUMNS_REQUIRE_SINGLE_NAME_PART, d->origin, "got", shown_names(d, names), NULL);
  }
  *out = &with->relation;
  return VONK_OK;
}

static STATUS decode_drop(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, COLUMNS = 2, COLUMN_NAMES = 3 };
  struct vonk_relation_drop *drop = RELATION_NEW(d->arena, drop, d->origin);
  TRY(decode_input(d, message, INPUT, &drop->input));
  drop->column_names = decode_names(d, message, COLUMN_NAMES);
  *out = &drop->relation;
  return decode_expressions(d, message, COLUMNS, &drop->columns);
}

static STATUS decode_hint(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, NAME = 2, PARAMETERS = 3 };
  struct vonk_relation_hint *hint = RELATION_NEW(d->arena, hint, d->origin);
  TRY(decode_input(d, message, INPUT, &hint->input));
  hint->name = vonk_protobuf_text(message, NAME);
  *out = &hint->relation;
  return decode_expressions(d, message, PARAMETERS, &hint->parameters);
}

static STATUS decode_unpivot(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, IDS = 2, VALUES = 3, VARIABLE = 4, VALUE = 5, VALUES_VALUES = 1 };
  struct vonk_relation_unpivot *unpivot = RELATION_NEW(d->arena, unpivot, d->origin);
  TRY(decode_input(d, message, INPUT, &unpivot->input));
  TRY(decode_expressions(d, message, IDS, &unpivot->ids));
  unpivot->ids_given = unpivot->include_nulls = true;
  unpivot->values_given = vonk_protobuf_has(message, VALUES);
  unpivot->variable = vonk_protobuf_text(message, VARIABLE);
  unpivot->value = vonk_protobuf_text(message, VALUE);
  struct vonk_protobuf values = vonk_protobuf_message(message, VALUES);
  *out = &unpivot->relation;
  return decode_expressions(d, &values, VALUES_VALUES, &unpivot->values);
}

static STATUS decode_transpose(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, INDEX_COLUMNS = 2 };
  struct vonk_relation_transpose *transpose = RELATION_NEW(d->arena, transpose, d->origin);
  TRY(decode_input(d, message, INPUT, &transpose->input));
  *out = &transpose->relation;
  return decode_expressions(d, message, INDEX_COLUMNS, &transpose->index_columns);
}

static STATUS decode_to_schema(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, SCHEMA = 2 };
  struct vonk_relation_to_schema *to_schema = RELATION_NEW(d->arena, to_schema, d->origin);
  TRY(decode_type_at(d, message, SCHEMA, &to_schema->schema));
  if (to_schema->schema->id != VONK_TYPE_STRUCT) return decode_fail_assertion(d, "The schema of a DataFrame is a STRUCT.");
  *out = &to_schema->relation;
  return decode_input(d, message, INPUT, &to_schema->input);
}

static STATUS decode_show_string(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, ROWS = 2, TRUNCATE = 3, VERTICAL = 4 };
  struct vonk_relation_show_string *show = RELATION_NEW(d->arena, show_string, d->origin);
  show->rows = vonk_protobuf_i32(message, ROWS);
  show->truncate = vonk_protobuf_i32(message, TRUNCATE);
  show->vertical = vonk_protobuf_bool(message, VERTICAL);
  *out = &show->relation;
  return decode_input(d, message, INPUT, &show->input);
}

static STATUS decode_html_string(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, ROWS = 2, TRUNCATE = 3 };
  struct vonk_relation_html_string *html = RELATION_NEW(d->arena, html_string, d->origin);
  html->rows = vonk_protobuf_i32(message, ROWS);
  html->truncate = vonk_protobuf_i32(message, TRUNCATE);
  *out = &html->relation;
  return decode_input(d, message, INPUT, &html->input);
}

static STATUS decode_collect_metrics(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, NAME = 2, METRICS = 3 };
  struct vonk_relation_collect_metrics *collect = RELATION_NEW(d->arena, collect_metrics, d->origin);
  TRY(decode_input(d, message, INPUT, &collect->input));
  collect->name = vonk_protobuf_text(message, NAME);
  *out = &collect->relation;
  return decode_expressions(d, message, METRICS, &collect->metrics);
}

static STATUS decode_parse(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { INPUT = 1, FORMAT = 2, SCHEMA = 3, OPTIONS = 4 };
  struct vonk_relation_parse *parse = RELATION_NEW(d->arena, parse, d->origin);
  parse->format = vonk_protobuf_i32(message, FORMAT);
  if (parse->format < VONK_PARSE_CSV || parse->format > VONK_PARSE_XML) return decode_fail_enum(d, "Parse.ParseFormat", "PARSE_FORMAT_UNSPECIFIED", parse->format);
  TRY(decode_input(d, message, INPUT, &parse->input));
  if (vonk_protobuf_has(message, SCHEMA)) {
    TRY(decode_type_at(d, message, SCHEMA, &parse->schema));
    TRY(decode_check_struct(d, parse->schema));
  }
  parse->options = decode_options(d, message, OPTIONS);
  *out = &parse->relation;
  return VONK_OK;
}

static STATUS decode_cached_remote_relation(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { ID = 1 };
  struct vonk_relation_cached_remote_relation *cached = RELATION_NEW(d->arena, cached_remote_relation, d->origin);
  cached->id = vonk_protobuf_text(message, ID);
  *out = &cached->relation;
  return VONK_OK;
}

static STATUS refuse_extension(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  (void)out;
  return decode_fail_extension(d, message);
}

/* Members of Relation's oneof; without a decoder: refused. */
static const struct kind {
  struct member member;
  decode_relation_kind *decode;
} kinds[] = {
    {{2, "READ"}, decode_read},
    {{3, "PROJECT"}, decode_project},
    {{4, "FILTER"}, decode_filter},
    {{5, "JOIN"}, decode_join},
    {{6, "SET_OP"}, decode_set_operation},
    {{7, "SORT"}, decode_sort},
    {{8, "LIMIT"}, decode_limit},
    {{9, "AGGREGATE"}, decode_aggregate},
    {{10, "SQL"}, decode_sql},
    {{11, "LOCAL_RELATION"}, decode_local_relation},
    {{12, "SAMPLE"}, decode_sample},
    {{13, "OFFSET"}, decode_offset},
    {{14, "DEDUPLICATE"}, decode_deduplicate},
    {{15, "RANGE"}, decode_range},
    {{16, "SUBQUERY_ALIAS"}, decode_subquery_alias},
    {{17, "REPARTITION"}, decode_repartition},
    {{18, "TO_DF"}, decode_to_df},
    {{19, "WITH_COLUMNS_RENAMED"}, decode_with_columns_renamed},
    {{20, "SHOW_STRING"}, decode_show_string},
    {{21, "DROP"}, decode_drop},
    {{22, "TAIL"}, decode_tail},
    {{23, "WITH_COLUMNS"}, decode_with_columns},
    {{24, "HINT"}, decode_hint},
    {{25, "UNPIVOT"}, decode_unpivot},
    {{26, "TO_SCHEMA"}, decode_to_schema},
    {{27, "REPARTITION_BY_EXPRESSION"}, decode_repartition_by},
    {{28, "MAP_PARTITIONS"}, decode_map_partitions},
    {{29, "COLLECT_METRICS"}, decode_collect_metrics},
    {{30, "PARSE"}, decode_parse},
    {{31, "GROUP_MAP"}, decode_group_map},
    {{32, "CO_GROUP_MAP"}, decode_co_group_map},
    {{33, "WITH_WATERMARK"}, NULL},
    {{34, "APPLY_IN_PANDAS_WITH_STATE"}, NULL},
    {{35, "HTML_STRING"}, decode_html_string},
    {{36, "CACHED_LOCAL_RELATION"}, decode_cached_local_relation},
    {{37, "CACHED_REMOTE_RELATION"}, decode_cached_remote_relation},
    {{38, "COMMON_INLINE_USER_DEFINED_TABLE_FUNCTION"}, NULL},
    {{39, "AS_OF_JOIN"}, decode_as_of_join},
    {{40, "COMMON_INLINE_USER_DEFINED_DATA_SOURCE"}, NULL},
    {{41, "WITH_RELATIONS"}, decode_with_relations},
    {{42, "TRANSPOSE"}, decode_transpose},
    {{43, "UNRESOLVED_TABLE_VALUED_FUNCTION"}, decode_table_function},
    {{44, "LATERAL_JOIN"}, decode_lateral_join},
    {{45, "CHUNKED_CACHED_LOCAL_RELATION"}, decode_chunked_cached_local_relation},
    {{46, "RELATION_CHANGES"}, NULL},
    {{47, "NEAREST_BY_JOIN"}, decode_nearest_by_join},
    {{90, "FILL_NA"}, decode_fill_na},
    {{91, "DROP_NA"}, decode_drop_na},
    {{92, "REPLACE"}, decode_replace},
    {{100, "SUMMARY"}, decode_summary},
    {{101, "CROSSTAB"}, decode_crosstab},
    {{102, "DESCRIBE"}, decode_describe},
    {{103, "COV"}, decode_covariance},
    {{104, "CORR"}, decode_correlation},
    {{105, "APPROX_QUANTILE"}, decode_approx_quantile},
    {{106, "FREQ_ITEMS"}, decode_freq_items},
    {{107, "SAMPLE_BY"}, decode_sample_by},
    {{200, "CATALOG"}, decode_catalog},
    {{300, "ML_RELATION"}, NULL},
    {{998, "EXTENSION"}, refuse_extension},
    {{999, "UNKNOWN"}, NULL},
};

const char *decode_relation_name(const struct vonk_protobuf *message) {
  const struct kind *kind = DECODE_MEMBER(message, kinds);
  return kind ? kind->member.name : "RELTYPE_NOT_SET";
}

STATUS decode_relation(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { COMMON = 1, PLAN_ID = 2, ORIGIN = 3 };
  const struct kind *kind = DECODE_MEMBER(message, kinds);
  if (!kind) return decode_fail_unset(d, "Relation", "RELTYPE_NOT_SET");
  const struct vonk_origin *old;
  struct vonk_protobuf common = vonk_protobuf_message(message, COMMON), inside = vonk_protobuf_message(message, kind->member.number);
  TRY(decode_enter(d));
  decode_origin_at(d, &common, ORIGIN, &old);
  if (!kind->decode) return decode_fail_member(d, "Relation", kind->member.name, kind->member.number);
  TRY(kind->decode(d, &inside, out));
  if (vonk_protobuf_has(&common, PLAN_ID)) (*out)->node.plan_id = vonk_protobuf_i64(&common, PLAN_ID);
  d->origin = old;
  decode_leave(d);
  return VONK_OK;
}

STATUS decode_input(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, struct vonk_relation **out) {
  struct vonk_protobuf input = vonk_protobuf_message(message, number);
  return decode_relation(d, &input, out);
}
