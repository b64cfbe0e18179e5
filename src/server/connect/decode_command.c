/* decode_command.c: Command messages. A SQL text may turn out to be a query or a command; the server parses it. */
#include "server/connect/decode_internal.h"

#include "sql/parser.h"

static STATUS decode_register_function(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  struct vonk_command_register_function *command = COMMAND_NEW(d->arena, register_function, NULL);
  out->node = &command->node;
  return decode_user_function(d, message, &command->function);
}

/* --- DataFrame.write --- */

static STATUS decode_save_mode(struct decoder *d, int32_t mode, struct vonk_command_write *write) {
  static const int32_t modes[] = {VONK_SAVE_ERROR_IF_EXISTS, VONK_SAVE_APPEND, VONK_SAVE_OVERWRITE, VONK_SAVE_ERROR_IF_EXISTS, VONK_SAVE_IGNORE};
  if (mode < 0 || (size_t)mode >= COUNT_OF(modes)) return decode_fail_enum(d, "WriteOperation.SaveMode", "SAVE_MODE_UNSPECIFIED", mode);
  write->mode_given = mode != 0;
  write->mode = modes[mode];
  return VONK_OK;
}

static STATUS decode_save_table(struct decoder *d, const struct vonk_protobuf *message, struct vonk_command_write *write) {
  enum { NAME = 1, METHOD = 2, METHOD_SAVE_AS_TABLE = 1, METHOD_INSERT_INTO = 2 };
  int32_t method = vonk_protobuf_i32(message, METHOD);
  if (method != METHOD_SAVE_AS_TABLE && method != METHOD_INSERT_INTO) {
    return decode_fail_enum(d, "WriteOperation.SaveTable.TableSaveMethod", "TABLE_SAVE_METHOD_UNSPECIFIED", method);
  }
  write->insert_into = method == METHOD_INSERT_INTO;
  return vonk_sql_parse_name(d->task, vonk_protobuf_text(message, NAME), &write->table);
}

static STATUS decode_write(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  enum { INPUT = 1, SOURCE = 2, PATH = 3, TABLE = 4, MODE = 5, SORT = 6, PARTITION = 7, BUCKET = 8, OPTIONS = 9, CLUSTER = 10, EVOLUTION = 11 };
  enum { BUCKET_COLUMNS = 1, BUCKET_COUNT = 2 };
  static const uint32_t targets[] = {PATH, TABLE};
  struct vonk_command_write *write = COMMAND_NEW(d->arena, write, NULL);
  write->format = vonk_protobuf_text(message, SOURCE);
  if (vonk_protobuf_which(message, targets, COUNT_OF(targets)) == TABLE) {
    struct vonk_protobuf table = vonk_protobuf_message(message, TABLE);
    TRY(decode_save_table(d, &table, write));
  } else {
    write->path = vonk_protobuf_text(message, PATH);
  }
  if (vonk_protobuf_bool(message, EVOLUTION)) return vonk_unsupported(d->task, NULL, "writing with schema evolution");
  TRY(decode_save_mode(d, vonk_protobuf_i32(message, MODE), write));
  struct vonk_protobuf bucket = vonk_protobuf_message(message, BUCKET);
  write->sort_by = decode_names(d, message, SORT);
  write->partition_by = decode_names(d, message, PARTITION);
  write->cluster_by = decode_names(d, message, CLUSTER);
  write->bucket_by = decode_names(d, &bucket, BUCKET_COLUMNS);
  write->bucket_count = vonk_protobuf_i32(&bucket, BUCKET_COUNT);
  write->options = decode_options(d, message, OPTIONS);
  out->node = &write->node;
  return decode_input(d, message, INPUT, &write->query);
}

static STATUS decode_write_table(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  enum { INPUT = 1, TABLE = 2, PROVIDER = 3, PARTITION = 4, OPTIONS = 5, PROPERTIES = 6, MODE = 7, CONDITION = 8, CLUSTER = 9, EVOLUTION = 10 };
  struct vonk_command_write_table *write = COMMAND_NEW(d->arena, write_table, NULL);
  write->mode = vonk_protobuf_i32(message, MODE); /* numbered as ours */
  if (write->mode < VONK_TABLE_CREATE || write->mode > VONK_TABLE_CREATE_OR_REPLACE) return decode_fail_enum(d, "WriteOperationV2.Mode", "MODE_UNSPECIFIED", write->mode);
  if (vonk_protobuf_bool(message, EVOLUTION)) return vonk_unsupported(d->task, NULL, "writing with schema evolution");
  TRY(vonk_sql_parse_name(d->task, vonk_protobuf_text(message, TABLE), &write->table));
  write->format = vonk_protobuf_text(message, PROVIDER);
  write->cluster_by = decode_names(d, message, CLUSTER);
  write->options = decode_options(d, message, OPTIONS);
  write->properties = decode_options(d, message, PROPERTIES);
  TRY(decode_expressions(d, message, PARTITION, &write->partition_by));
  if (write->mode == VONK_TABLE_OVERWRITE) TRY(decode_expression_at(d, message, CONDITION, &write->condition));
  out->node = &write->node;
  return decode_input(d, message, INPUT, &write->query);
}

/* --- views, SQL, checkpoints --- */

static STATUS decode_create_view(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  enum { INPUT = 1, NAME = 2, IS_GLOBAL = 3, REPLACE = 4 };
  struct vonk_command_create_view *view = COMMAND_NEW(d->arena, create_view, NULL);
  struct vonk_str name = vonk_protobuf_text(message, NAME);
  if (vonk_sql_parse_name(d->task, name, &view->name) != VONK_OK) {
    vonk_error_clear(d->task->error);
    return vonk_raise(d->task, VONK__LEGACY_ERROR_TEMP_1321, d->origin, "viewName", name, NULL);
  }
  view->life = vonk_protobuf_bool(message, IS_GLOBAL) ? VONK_VIEW_GLOBAL_TEMP : VONK_VIEW_TEMP;
  view->replace = vonk_protobuf_bool(message, REPLACE);
  out->node = &view->node;
  return decode_input(d, message, INPUT, &view->query);
}

/* The relation that old clients' fields mean: a SQL message has the same numbers. */
static struct vonk_str sql_relation_of(struct decoder *d, const struct vonk_protobuf *message) {
  enum { RELATION_SQL = 10, FIELDS_LAST = 5 };
  struct vonk_text text;
  vonk_text_init(&text, d->arena);
  size_t sql = vonk_protobuf_begin(&text, RELATION_SQL);
  for (struct vonk_protobuf_field field = {0}; vonk_protobuf_next(message, &field);) {
    if (field.number <= FIELDS_LAST && field.wire == VONK_PROTOBUF_BYTES) vonk_protobuf_put_bytes(&text, field.number, field.bytes);
  }
  vonk_protobuf_end(&text, sql);
  return vonk_text_str(&text);
}

static STATUS decode_sql_command(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  enum { INPUT = 6, RELATION_SQL = 10, RELATION_WITH_RELATIONS = 41 };
  static const uint32_t texts[] = {RELATION_SQL, RELATION_WITH_RELATIONS};
  out->sql_relation = vonk_protobuf_bytes(message, INPUT);
  if (!out->sql_relation.data) out->sql_relation = sql_relation_of(d, message);
  struct vonk_protobuf relation = vonk_protobuf_open(out->sql_relation, &d->malformed);
  if (!vonk_protobuf_which(&relation, texts, COUNT_OF(texts))) {
    return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__SQL_COMMAND_EXPECTS_SQL_OR_WITH_RELATIONS, NULL, "other", vonk_str_of(decode_relation_name(&relation)), NULL);
  }
  struct vonk_relation *node;
  TRY(decode_relation(d, &relation, &node));
  out->node = &node->node;
  if (RELATION_IS(node, sql)) return VONK_OK;
  const struct vonk_relation_with_cte *with = RELATION_AS(node, with_cte);
  if (with && with->definitions.count && RELATION_IS(with->body, sql)) return VONK_OK;
  return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__INVALID_SQL_WITH_REFERENCES, NULL, "query", STR("What the command holds"), NULL);
}

static STATUS decode_checkpoint(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  enum { RELATION = 1, LOCAL = 2, EAGER = 3 };
  struct vonk_command_checkpoint *checkpoint = COMMAND_NEW(d->arena, checkpoint, NULL);
  checkpoint->local = vonk_protobuf_bool(message, LOCAL);
  checkpoint->eager = vonk_protobuf_bool(message, EAGER);
  out->node = &checkpoint->node;
  return decode_input(d, message, RELATION, &checkpoint->query);
}

static STATUS decode_remove_checkpoint(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  enum { RELATION = 1, ID = 1 };
  struct vonk_command_remove_checkpoint *remove = COMMAND_NEW(d->arena, remove_checkpoint, NULL);
  struct vonk_protobuf relation = vonk_protobuf_message(message, RELATION);
  remove->id = vonk_protobuf_text(&relation, ID);
  out->node = &remove->node;
  return VONK_OK;
}

static STATUS decode_write_stream(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  enum {
    INPUT = 1, FORMAT = 2, OPTIONS = 3, PARTITION = 4, INTERVAL = 5, AVAILABLE_NOW = 6, ONCE = 7, CONTINUOUS = 8, REAL_TIME = 100, MODE = 9, NAME = 10,
    PATH = 11, TABLE = 12, FOREACH = 13, FOREACH_BATCH = 14, CLUSTER = 15
  };
  static const uint32_t triggers[] = {INTERVAL, AVAILABLE_NOW, ONCE, CONTINUOUS, REAL_TIME};
  static const int32_t asked[] = {[INTERVAL] = VONK_STREAM_ASK_INTERVAL, [AVAILABLE_NOW] = VONK_STREAM_ASK_AVAILABLE_NOW, [ONCE] = VONK_STREAM_ASK_ONCE,
                                  [CONTINUOUS] = VONK_STREAM_ASK_CONTINUOUS, [REAL_TIME] = VONK_STREAM_ASK_REAL_TIME};
  struct vonk_command_write_stream *write = COMMAND_NEW(d->arena, write_stream, NULL);
  uint32_t trigger = vonk_protobuf_which(message, triggers, COUNT_OF(triggers));
  struct vonk_str table = vonk_protobuf_text(message, TABLE);
  write->format = vonk_protobuf_text(message, FORMAT);
  write->options = decode_options(d, message, OPTIONS);
  write->partition_by = decode_names(d, message, PARTITION);
  write->cluster_by = decode_names(d, message, CLUSTER);
  write->trigger = asked[trigger];
  if (trigger == INTERVAL) write->interval = vonk_protobuf_text(message, INTERVAL);
  write->output_mode = vonk_protobuf_text(message, MODE);
  write->name = vonk_protobuf_text(message, NAME);
  write->path = vonk_protobuf_text(message, PATH);
  if (table.size) TRY(vonk_sql_parse_name(d->task, table, &write->table));
  write->foreach = vonk_protobuf_has(message, FOREACH);
  write->foreach_batch = vonk_protobuf_has(message, FOREACH_BATCH);
  out->node = &write->node;
  return decode_input(d, message, INPUT, &write->query);
}

/* The server reads it when it answers. */
static STATUS decode_stream_question(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  (void)d;
  out->message = message->bytes;
  return VONK_OK;
}

static STATUS decode_get_resources(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  (void)d, (void)message, (void)out;
  return VONK_OK;
}

static STATUS refuse_merge(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  enum { TARGET = 1 };
  struct vonk_name table;
  (void)out;
  TRY(vonk_sql_parse_name(d->task, vonk_protobuf_text(message, TARGET), &table));
  return vonk_raise(d->task, VONK_UNSUPPORTED_FEATURE__TABLE_OPERATION, NULL, "operation", STR("MERGE INTO TABLE"), "tableName", vonk_name_quote(d->arena, table), NULL);
}

static STATUS refuse_extension(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  (void)out;
  return decode_fail_extension(d, message);
}

/* Members of Command's oneof; without a decoder: refused. */
static const struct kind {
  struct member member;
  STATUS (*decode)(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out);
} kinds[] = {
    {{VONK_CONNECT_REGISTER_FUNCTION, "REGISTER_FUNCTION"}, decode_register_function},
    {{VONK_CONNECT_WRITE, "WRITE_OPERATION"}, decode_write},
    {{VONK_CONNECT_CREATE_VIEW, "CREATE_DATAFRAME_VIEW"}, decode_create_view},
    {{VONK_CONNECT_WRITE_TABLE, "WRITE_OPERATION_V2"}, decode_write_table},
    {{VONK_CONNECT_SQL, "SQL_COMMAND"}, decode_sql_command},
    {{VONK_CONNECT_WRITE_STREAM, "WRITE_STREAM_OPERATION_START"}, decode_write_stream},
    {{VONK_CONNECT_STREAM_QUERY, "STREAMING_QUERY_COMMAND"}, decode_stream_question},
    {{VONK_CONNECT_GET_RESOURCES, "GET_RESOURCES_COMMAND"}, decode_get_resources},
    {{VONK_CONNECT_STREAM_MANAGER, "STREAMING_QUERY_MANAGER_COMMAND"}, decode_stream_question},
    {{10, "REGISTER_TABLE_FUNCTION"}, NULL},
    {{VONK_CONNECT_STREAM_LISTENER, "STREAMING_QUERY_LISTENER_BUS_COMMAND"}, decode_stream_question},
    {{12, "REGISTER_DATA_SOURCE"}, NULL},
    {{13, "CREATE_RESOURCE_PROFILE_COMMAND"}, NULL},
    {{VONK_CONNECT_CHECKPOINT, "CHECKPOINT_COMMAND"}, decode_checkpoint},
    {{VONK_CONNECT_REMOVE_CHECKPOINT, "REMOVE_CACHED_REMOTE_RELATION_COMMAND"}, decode_remove_checkpoint},
    {{16, "MERGE_INTO_TABLE_COMMAND"}, refuse_merge},
    {{17, "ML_COMMAND"}, NULL},
    {{18, "EXECUTE_EXTERNAL_COMMAND"}, NULL},
    {{19, "PIPELINE_COMMAND"}, NULL},
    {{999, "EXTENSION"}, refuse_extension},
};

STATUS decode_command(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  const struct kind *kind = DECODE_MEMBER(message, kinds);
  if (!kind) return decode_fail_unset(d, "Command", "COMMANDTYPE_NOT_SET");
  if (!kind->decode) return decode_fail_member(d, "Command", kind->member.name, kind->member.number);
  struct vonk_protobuf inside = vonk_protobuf_message(message, kind->member.number);
  out->command = kind->member.number;
  return kind->decode(d, &inside, out);
}
