/* decode_source.c: where rows come from: tables, files, data that the client sent, SQL texts; and the relations of subqueries. */
#include "server/connect/decode_internal.h"

#include "sql/parser.h"

static STATUS decode_named_table(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation_read *read) {
  enum { NAME = 1, OPTIONS = 2 };
  read->options = decode_options(d, message, OPTIONS);
  return vonk_sql_parse_name(d->task, vonk_protobuf_text(message, NAME), &read->name);
}

static STATUS decode_data_source(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation_read *read) {
  enum { FORMAT = 1, SCHEMA = 2, OPTIONS = 3, PATHS = 4, PREDICATES = 5 };
  read->format = vonk_protobuf_text(message, FORMAT);
  read->schema = vonk_protobuf_text(message, SCHEMA);
  read->options = decode_options(d, message, OPTIONS);
  read->paths = decode_names(d, message, PATHS);
  if (!vonk_protobuf_has(message, PREDICATES)) return VONK_OK;
  return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__PREDICATES_NOT_SUPPORTED_FOR_DATA_SOURCE, d->origin, "format", read->format, NULL);
}

STATUS decode_read(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { NAMED_TABLE = 1, DATA_SOURCE = 2, IS_STREAMING = 3 };
  static const uint32_t members[] = {NAMED_TABLE, DATA_SOURCE};
  struct vonk_relation_read *read = RELATION_NEW(d->arena, read, d->origin);
  uint32_t member = vonk_protobuf_which(message, members, COUNT_OF(members));
  if (!member) return decode_fail_unset(d, "Read", "READTYPE_NOT_SET");
  read->is_streaming = vonk_protobuf_bool(message, IS_STREAMING);
  struct vonk_protobuf inside = vonk_protobuf_message(message, member);
  *out = &read->relation;
  return member == NAMED_TABLE ? decode_named_table(d, &inside, read) : decode_data_source(d, &inside, read);
}

/* --- data of the client --- */

static struct vonk_relation_local_relation *local_relation(struct decoder *d, struct vonk_str arrow, struct vonk_buffer *memory, struct vonk_str schema) {
  struct vonk_relation_local_relation *local = RELATION_NEW(d->arena, local_relation, d->origin);
  local->arrow = arrow;
  local->memory = memory;
  local->schema = schema;
  return local;
}

static STATUS decode_local(struct decoder *d, const struct vonk_protobuf *message, struct vonk_buffer *memory, struct vonk_relation **out) {
  enum { DATA = 1, SCHEMA = 2 };
  struct vonk_relation_local_relation *local = local_relation(d, vonk_protobuf_bytes(message, DATA), memory, vonk_protobuf_text(message, SCHEMA));
  if (!local->arrow.data && local->schema.size == 0) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__SCHEMA_REQUIRED_FOR_LOCAL_RELATION);
  *out = &local->relation;
  return VONK_OK;
}

STATUS decode_local_relation(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  return decode_local(d, message, d->memory, out);
}

/* The artifact is a LocalRelation message. */
STATUS decode_cached_local_relation(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { HASH = 3 };
  struct vonk_str bytes;
  struct vonk_buffer *memory;
  TRY(decode_cached_bytes(d, vonk_protobuf_text(message, HASH), VONK_CONNECT_INVALID_PLAN__CANNOT_FIND_CACHED_LOCAL_RELATION, &bytes, &memory));
  struct vonk_protobuf local = vonk_protobuf_open(bytes, &d->malformed);
  return decode_local(d, &local, memory, out);
}

/* All rows of RELATIONS in their order, as a tree that is not deep. */
static struct vonk_relation *union_of(struct decoder *d, struct vonk_relation **relations, uint32_t count) {
  if (count == 1) return relations[0];
  struct vonk_relation_set_op *set = RELATION_NEW(d->arena, set_op, d->origin);
  set->op = VONK_SET_UNION;
  set->is_all = true;
  set->left = union_of(d, relations, count / 2);
  set->right = union_of(d, relations + count / 2, count - count / 2);
  return &set->relation;
}

/* The artifacts are Arrow streams, and the text of the schema of all. */
STATUS decode_chunked_cached_local_relation(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { DATA_HASHES = 1, SCHEMA_HASH = 2 };
  enum vonk_condition missing = VONK_CONNECT_INVALID_PLAN__NOT_FOUND_CHUNKED_CACHED_LOCAL_RELATION;
  struct vonk_name hashes = decode_names(d, message, DATA_HASHES);
  struct vonk_str schema = {NULL, 0};
  struct vonk_buffer *memory;
  if (hashes.count == 0) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__CHUNKED_CACHED_LOCAL_RELATION_WITHOUT_DATA);
  if (vonk_protobuf_has(message, SCHEMA_HASH)) {
    TRY(decode_cached_bytes(d, vonk_protobuf_text(message, SCHEMA_HASH), missing, &schema, &memory));
    if (!vonk_utf8_valid(schema)) d->malformed = true;
  }
  struct vonk_relation **chunks = ARENA_ARRAY(d->arena, struct vonk_relation *, hashes.count);
  for (uint32_t i = 0; i < hashes.count; i++) {
    struct vonk_str stream;
    TRY(decode_cached_bytes(d, hashes.parts[i], missing, &stream, &memory));
    chunks[i] = &local_relation(d, stream, memory, schema)->relation;
  }
  *out = union_of(d, chunks, hashes.count);
  return VONK_OK;
}

/* --- SQL --- */

/* A map from names to literals or expressions. */
static STATUS decode_named_arguments(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, bool literals, struct vonk_relation_sql *sql) {
  enum { KEY = 1, VALUE = 2 };
  size_t count = vonk_protobuf_count(message, number);
  struct vonk_str *names = ARENA_ARRAY(d->arena, struct vonk_str, count);
  sql->arguments = (struct vonk_exprs){ARENA_ARRAY(d->arena, struct vonk_expr *, count), (uint32_t)count};
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf entry;
  for (size_t i = 0; vonk_protobuf_each_message(message, number, &at, &entry); i++) {
    names[i] = vonk_protobuf_text(&entry, KEY);
    if (!literals) {
      TRY(decode_expression_at(d, &entry, VALUE, &sql->arguments.items[i]));
      continue;
    }
    struct vonk_protobuf literal = vonk_protobuf_message(&entry, VALUE);
    struct vonk_value value;
    TRY(decode_value(d, &literal, &value));
    sql->arguments.items[i] = decode_constant(d, value);
  }
  sql->argument_names = (struct vonk_name){names, (uint32_t)count};
  return VONK_OK;
}

STATUS decode_sql(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { QUERY = 1, ARGS = 2, POSITIONAL_ARGS = 3, NAMED_ARGUMENTS = 4, POSITIONAL_ARGUMENTS = 5 };
  struct vonk_relation_sql *sql = RELATION_NEW(d->arena, sql, d->origin);
  sql->text = vonk_protobuf_text(message, QUERY);
  *out = &sql->relation;
  if (vonk_protobuf_has(message, NAMED_ARGUMENTS)) return decode_named_arguments(d, message, NAMED_ARGUMENTS, false, sql);
  if (vonk_protobuf_has(message, POSITIONAL_ARGUMENTS)) return decode_expressions(d, message, POSITIONAL_ARGUMENTS, &sql->arguments);
  if (vonk_protobuf_has(message, ARGS)) return decode_named_arguments(d, message, ARGS, true, sql);
  return decode_literals(d, message, POSITIONAL_ARGS, &sql->arguments);
}

/* The text sees the references, which are aliases of relations, as tables. */
static STATUS decode_sql_over(struct decoder *d, const struct vonk_protobuf *message, uint32_t root, uint32_t references, struct vonk_relation **out) {
  struct vonk_relation_with_cte *with = RELATION_NEW(d->arena, with_cte, d->origin);
  size_t count = vonk_protobuf_count(message, references);
  with->definitions = (struct vonk_nodes){ARENA_ARRAY(d->arena, struct vonk_node *, count), (uint32_t)count};
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf reference;
  for (size_t i = 0; vonk_protobuf_each_message(message, references, &at, &reference); i++) {
    struct vonk_relation *relation;
    TRY(decode_relation(d, &reference, &relation));
    if (!RELATION_IS(relation, subquery_alias)) {
      return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__INVALID_SQL_WITH_REFERENCES, d->origin, "query", STR("A relation without an alias"), NULL);
    }
    with->definitions.items[i] = &relation->node;
  }
  *out = &with->relation;
  return decode_input(d, message, root, &with->body);
}

/* ROOT below a projection of all columns, so that there is a node for the plan id of the whole. */
static struct vonk_relation *wrap(struct decoder *d, struct vonk_relation *root) {
  struct vonk_relation_project_star *project = RELATION_NEW(d->arena, project_star, d->origin);
  struct vonk_expr **star = ARENA_NEW(d->arena, struct vonk_expr *);
  *star = &EXPR_NEW(d->arena, star, d->origin)->expr;
  project->input = root;
  project->expressions = (struct vonk_exprs){star, 1};
  return &project->relation;
}

STATUS decode_with_relations(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { ROOT = 1, REFERENCES = 2, RELATION_COMMON = 1, RELATION_SQL = 10, COMMON_PLAN_ID = 2 };
  struct vonk_protobuf root = vonk_protobuf_message(message, ROOT);
  if (vonk_protobuf_has(&root, RELATION_SQL)) return decode_sql_over(d, message, ROOT, REFERENCES, out);
  struct vonk_protobuf_field at = {0};
  for (struct vonk_protobuf relation; vonk_protobuf_each_message(message, REFERENCES, &at, &relation);) {
    struct vonk_protobuf common = vonk_protobuf_message(&relation, RELATION_COMMON);
    if (!vonk_protobuf_has(&common, COMMON_PLAN_ID)) return decode_fail(d, VONK_CONNECT_INVALID_PLAN__INVALID_WITH_RELATION_REFERENCE);
    int64_t id = vonk_protobuf_i64(&common, COMMON_PLAN_ID);
    struct vonk_str key = {(const char *)&id, sizeof id};
    if (vonk_map_has(&d->references, key)) continue; /* the same relation, named in another place too */
    struct reference *reference = ARENA_NEW(d->arena, struct reference);
    reference->message = at.bytes;
    vonk_map_put(&d->references, key, reference);
  }
  TRY(decode_relation(d, &root, out));
  *out = wrap(d, *out);
  return VONK_OK;
}

STATUS decode_table_function(struct decoder *d, const struct vonk_protobuf *message, struct vonk_relation **out) {
  enum { NAME = 1, ARGUMENTS = 2 };
  struct vonk_relation_table_function *table = RELATION_NEW(d->arena, table_function, d->origin);
  struct vonk_expr_function *call = decode_function_of(d, vonk_protobuf_text(message, NAME));
  table->call = &call->expr;
  *out = &table->relation;
  return decode_expressions(d, message, ARGUMENTS, &call->arguments);
}
