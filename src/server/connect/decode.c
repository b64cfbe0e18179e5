/* decode.c: the doors, and what all decoders share: bounds, places, errors, names. */
#include "server/connect/decode_internal.h"

#include "wire/compress.h"

STATUS decode_enter(struct decoder *d) {
  TRY(vonk_task_check(d->task));
  if (++d->depth > VONK_NODE_DEPTH_MAX) return vonk_raise(d->task, VONK_FAILED_TO_PARSE_TOO_COMPLEX, d->origin, NULL);
  return VONK_OK;
}

/* An Origin: what a Python client or a JVM client says of the call that made an expression. */
static const struct vonk_origin *decode_origin(struct decoder *d, const struct vonk_protobuf *message) {
  enum { PYTHON = 1, JVM = 2, FRAGMENT = 1, CALL_SITE = 2 };
  enum { LINE = 1, START_POSITION = 2, START_INDEX = 3, STOP_INDEX = 4, SQL_TEXT = 5, OBJECT_TYPE = 6, OBJECT_NAME = 7 };
  struct vonk_origin *origin = ARENA_NEW(d->arena, struct vonk_origin);
  struct vonk_protobuf python = vonk_protobuf_message(message, PYTHON), jvm = vonk_protobuf_message(message, JVM);
  origin->fragment = vonk_protobuf_text(&python, FRAGMENT);
  origin->call_site = vonk_protobuf_text(&python, CALL_SITE);
  struct vonk_str text = vonk_protobuf_text(&jvm, SQL_TEXT);
  int64_t start = vonk_protobuf_i32(&jvm, START_INDEX), stop = vonk_protobuf_i32(&jvm, STOP_INDEX);
  if (!text.data || start < 0 || stop < start || (size_t)stop >= text.size) return origin;
  *origin = (struct vonk_origin){.text = text,
                                 .start = (uint32_t)start,
                                 .stop = (uint32_t)stop + 1,
                                 .line = (uint32_t)vonk_protobuf_i32(&jvm, LINE),
                                 .column = (uint32_t)vonk_protobuf_i32(&jvm, START_POSITION),
                                 .object_type = vonk_protobuf_text(&jvm, OBJECT_TYPE),
                                 .object_name = vonk_protobuf_text(&jvm, OBJECT_NAME)};
  return origin;
}

void decode_origin_at(struct decoder *d, const struct vonk_protobuf *message, uint32_t number, const struct vonk_origin **old) {
  *old = d->origin;
  if (!vonk_protobuf_has(message, number)) return;
  struct vonk_protobuf origin = vonk_protobuf_message(message, number);
  d->origin = decode_origin(d, &origin);
}

/* --- errors --- */

static struct vonk_str full_name(struct decoder *d, const char *message) { return vonk_str_format(d->arena, "spark.connect.%s", message); }

STATUS decode_fail(struct decoder *d, enum vonk_condition condition) { return vonk_raise(d->task, condition, d->origin, NULL); }

STATUS decode_fail_unset(struct decoder *d, const char *message, const char *name) {
  return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__INVALID_ONE_OF_FIELD_NOT_SET, d->origin, "fullName", full_name(d, message), "name", vonk_str_of(name), NULL);
}

STATUS decode_fail_member(struct decoder *d, const char *message, const char *name, uint32_t field) {
  return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__INVALID_ONE_OF_FIELD_NOT_SUPPORTED, d->origin, "fullName", full_name(d, message), "name",
                    vonk_str_of(name), "number", vonk_str_format(d->arena, "%u", field), NULL);
}

STATUS decode_fail_enum(struct decoder *d, const char *type, const char *name, int32_t number) {
  return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__INVALID_ENUM, d->origin, "fullName", full_name(d, type), "name",
                    vonk_str_of(number ? "UNRECOGNIZED" : name), "number", vonk_str_format(d->arena, "%d", number), NULL);
}

STATUS decode_fail_assertion(struct decoder *d, const char *message) {
  return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__ASSERTION_FAILURE, d->origin, "message", vonk_str_of(message), NULL);
}

STATUS decode_fail_extension(struct decoder *d, const struct vonk_protobuf *message) {
  enum { TYPE_URL = 1 };
  return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__NO_HANDLER_FOR_EXTENSION, d->origin, "extensionTypeUrl", vonk_protobuf_text(message, TYPE_URL), NULL);
}

const void *decode_member(const struct vonk_protobuf *message, const void *rows, size_t size, size_t count) {
  const void *found = NULL;
  for (struct vonk_protobuf_field field = {0}; vonk_protobuf_next(message, &field);) {
    for (size_t i = 0; i < count; i++) {
      const struct member *member = (const void *)((const char *)rows + i * size);
      if (member->number == field.number) found = member;
    }
  }
  return found;
}

/* --- names --- */

struct vonk_name decode_names(struct decoder *d, const struct vonk_protobuf *message, uint32_t number) {
  size_t count = vonk_protobuf_count(message, number);
  struct vonk_str *names = ARENA_ARRAY(d->arena, struct vonk_str, count);
  struct vonk_protobuf_field at = {0};
  for (size_t i = 0; i < count; i++) vonk_protobuf_each_text(message, number, &at, &names[i]);
  return (struct vonk_name){names, (uint32_t)count};
}

struct vonk_options decode_options(struct decoder *d, const struct vonk_protobuf *message, uint32_t number) {
  enum { KEY = 1, VALUE = 2 };
  size_t count = vonk_protobuf_count(message, number), kept = 0;
  struct vonk_option *options = ARENA_ARRAY(d->arena, struct vonk_option, count);
  struct vonk_map places;
  vonk_map_init(&places, d->arena, false);
  struct vonk_protobuf_field at = {0};
  for (struct vonk_protobuf entry; vonk_protobuf_each_message(message, number, &at, &entry);) {
    struct vonk_str key = vonk_protobuf_text(&entry, KEY), value = vonk_protobuf_text(&entry, VALUE);
    struct vonk_option *option = vonk_map_get(&places, key);
    if (!option) option = &options[kept++];
    *option = (struct vonk_option){key, value.data ? value : STR("")};
    vonk_map_put(&places, key, option);
  }
  return (struct vonk_options){options, (uint32_t)kept};
}

/* The part of a name at *POSITION, up to a dot or the end; false when backquotes stand where they may not. */
static bool parse_name_part(struct vonk_str text, size_t *position, struct vonk_text *part) {
  size_t at = *position;
  bool quoted = at < text.size && text.data[at] == '`';
  for (at += quoted; at < text.size; at++) {
    char c = text.data[at];
    if (quoted && c == '`') {
      if (at + 1 == text.size || text.data[at + 1] != '`') break;
      at++;
    } else if (!quoted && (c == '`' || c == '.')) {
      break;
    }
    vonk_text_add_char(part, c);
  }
  if (quoted && at++ == text.size) return false;
  *position = at;
  return at == text.size || text.data[at] == '.';
}

STATUS decode_attribute_name(struct decoder *d, struct vonk_str text, struct vonk_name *out) {
  ARRAY_OF(struct vonk_str) parts = {0};
  bool good = true;
  size_t at = 0;
  do {
    struct vonk_text part;
    vonk_text_init(&part, d->arena);
    if (parts.count) at++; /* the dot */
    size_t first = at;
    good = parse_name_part(text, &at, &part) && (at > first || text.size == 0);
    *ARRAY_PUSH(d->arena, &parts) = vonk_str_make(part.data ? part.data : "", part.size);
  } while (good && at < text.size);
  *out = (struct vonk_name){parts.items, (uint32_t)parts.count};
  if (good) return VONK_OK;
  return vonk_raise(d->task, VONK_INVALID_ATTRIBUTE_NAME_SYNTAX, d->origin, "name", text, NULL);
}

STATUS decode_cached_bytes(struct decoder *d, struct vonk_str hash, enum vonk_condition missing, struct vonk_str *out, struct vonk_buffer **memory) {
  const struct vonk_connect_decoder *options = d->options;
  *out = (struct vonk_str){NULL, 0};
  *memory = NULL;
  struct vonk_str name = vonk_str_format(d->arena, "cache/" STR_FMT, STR_ARG(hash));
  if (options->artifact) TRY(options->artifact(options->artifact_object, d->task, name, out, memory));
  if (out->data) return VONK_OK;
  if (missing == VONK_CONNECT_INVALID_PLAN__CANNOT_FIND_CACHED_LOCAL_RELATION) return vonk_raise(d->task, missing, d->origin, "hash", hash, NULL);
  return vonk_raise(d->task, missing, d->origin, "hash", hash, "sessionUUID", options->session_id, NULL);
}

/* --- doors --- */

static struct vonk_protobuf open_decoder(struct decoder *d, const struct vonk_connect_decoder *options, struct vonk_str message) {
  *d = (struct decoder){.options = options, .task = options->task, .arena = options->task->arena, .memory = options->memory};
  vonk_map_init(&d->references, d->arena, false);
  return vonk_protobuf_open(message, &d->malformed);
}

static STATUS cannot_parse(struct vonk_task *task, const char *reason) {
  return vonk_raise(task, VONK_CONNECT_INVALID_PLAN__CANNOT_PARSE, NULL, "errorMsg", vonk_str_of(reason), NULL);
}

/* What malformed bytes led to is no error of its own. */
static STATUS close_decoder(struct decoder *d, enum vonk_status status) {
  if (!d->malformed || status == VONK_CANCELLED) return status;
  vonk_error_clear(d->task->error);
  return cannot_parse(d->task, "the message is malformed");
}

static void release(void *buffer) { vonk_buffer_release(buffer); }

/* A CompressedOperation to the message inside, a Relation or a Command, which is the memory of the plan then. */
static STATUS unpack(struct decoder *d, const struct vonk_protobuf *message, struct vonk_str *out) {
  enum { DATA = 1, COMPRESSION_CODEC = 3, CODEC_ZSTD = 1 };
  struct vonk_str data = vonk_protobuf_bytes(message, DATA);
  int32_t codec = vonk_protobuf_i32(message, COMPRESSION_CODEC);
  size_t limit = d->options->byte_limit;
  if (codec != CODEC_ZSTD) return decode_fail_enum(d, "CompressionCodec", "COMPRESSION_CODEC_UNSPECIFIED", codec);
  switch (vonk_zstd_unpack(d->task->budget, data, limit, &d->memory)) {
    case VONK_UNPACK_OK: break;
    case VONK_UNPACK_MALFORMED: return cannot_parse(d->task, "zstd does not understand it");
    case VONK_UNPACK_NO_MEMORY: return vonk_task_memory_error(d->task, VONK_NO_MEMORY);
    case VONK_UNPACK_TOO_LARGE:
      return vonk_raise(d->task, VONK_CONNECT_INVALID_PLAN__PLAN_SIZE_LARGER_THAN_MAX, NULL, "planSize", vonk_str_format(d->arena, "over %zu", limit),
                        "maxPlanSize", vonk_str_format(d->arena, "%zu", limit), NULL);
  }
  vonk_arena_on_reset(d->arena, release, d->memory);
  *out = vonk_str_make((const char *)d->memory->data, d->memory->size);
  return VONK_OK;
}

static STATUS decode_plan(struct decoder *d, const struct vonk_protobuf *message, struct vonk_connect_plan *out) {
  enum { ROOT = 1, COMMAND = 2, COMPRESSED = 3, OP_TYPE = 2, OP_RELATION = 1, OP_COMMAND = 2 };
  static const uint32_t members[] = {ROOT, COMMAND, COMPRESSED};
  uint32_t member = vonk_protobuf_which(message, members, COUNT_OF(members));
  if (!member) return decode_fail_unset(d, "Plan", "OPTYPE_NOT_SET");
  struct vonk_protobuf inside = vonk_protobuf_message(message, member);
  if (member == COMPRESSED) {
    struct vonk_str bytes;
    int32_t type = vonk_protobuf_i32(&inside, OP_TYPE);
    TRY(unpack(d, &inside, &bytes));
    if (type != OP_RELATION && type != OP_COMMAND) return decode_fail_enum(d, "Plan.CompressedOperation.OpType", "OP_TYPE_UNSPECIFIED", type);
    inside = vonk_protobuf_open(bytes, &d->malformed);
    member = type == OP_RELATION ? ROOT : COMMAND;
  }
  if (member == COMMAND) return decode_command(d, &inside, out);
  struct vonk_relation *relation;
  TRY(decode_relation(d, &inside, &relation));
  out->node = &relation->node;
  return VONK_OK;
}

STATUS vonk_connect_decode_plan(const struct vonk_connect_decoder *decoder, struct vonk_str message, struct vonk_connect_plan *out) {
  struct decoder d;
  *out = (struct vonk_connect_plan){0};
  struct vonk_protobuf plan = open_decoder(&d, decoder, message);
  return close_decoder(&d, decode_plan(&d, &plan, out));
}

STATUS vonk_connect_decode_relation(const struct vonk_connect_decoder *decoder, struct vonk_str message, struct vonk_relation **out) {
  struct decoder d;
  struct vonk_protobuf relation = open_decoder(&d, decoder, message);
  return close_decoder(&d, decode_relation(&d, &relation, out));
}

STATUS vonk_connect_decode_type(const struct vonk_connect_decoder *decoder, struct vonk_str message, const struct vonk_type **out) {
  struct decoder d;
  struct vonk_protobuf type = open_decoder(&d, decoder, message);
  return close_decoder(&d, decode_type(&d, &type, out));
}

STATUS vonk_connect_decode_literal(const struct vonk_connect_decoder *decoder, struct vonk_str message, struct vonk_value *out) {
  struct decoder d;
  struct vonk_protobuf literal = open_decoder(&d, decoder, message);
  return close_decoder(&d, decode_value(&d, &literal, out));
}
