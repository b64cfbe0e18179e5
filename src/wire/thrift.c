/* thrift.c: Thrift's compact protocol.
 *
 * A field header is one byte (difference of ids, type) or two parts when the difference passes 15. Integers are zigzag
 * varints, lists have their count in the header when it is below 15. Booleans live in the field's type; inside lists they are bytes.
 */
#include "wire/thrift.h"

bool vonk_thrift_field(struct vonk_thrift *r, struct vonk_thrift_scope *scope) {
  uint8_t head = vonk_bytes_u8(&r->bytes);
  if (r->bytes.failed || (head & 15) == VONK_THRIFT_STOP) return false;
  scope->type = head & 15;
  if (head >> 4) {
    scope->id = (int16_t)(scope->id + (head >> 4));
  } else {
    scope->id = (int16_t)vonk_bytes_zigzag(&r->bytes);
  }
  return !r->bytes.failed;
}

bool vonk_thrift_bool(struct vonk_thrift *r, uint8_t type) {
  if (type != VONK_THRIFT_TRUE && type != VONK_THRIFT_FALSE) vonk_bytes_fail(&r->bytes);
  return type == VONK_THRIFT_TRUE;
}

int64_t vonk_thrift_integer(struct vonk_thrift *r, uint8_t type) {
  if (type == VONK_THRIFT_BYTE) return (int8_t)vonk_bytes_u8(&r->bytes);
  if (type < VONK_THRIFT_I16 || type > VONK_THRIFT_I64) {
    vonk_bytes_fail(&r->bytes);
    return 0;
  }
  int64_t value = vonk_bytes_zigzag(&r->bytes);
  if (type == VONK_THRIFT_I32 && value != (int32_t)value) vonk_bytes_fail(&r->bytes);
  if (type == VONK_THRIFT_I16 && value != (int16_t)value) vonk_bytes_fail(&r->bytes);
  return r->bytes.failed ? 0 : value;
}

struct vonk_str vonk_thrift_binary(struct vonk_thrift *r, uint8_t type) {
  if (type != VONK_THRIFT_BINARY) vonk_bytes_fail(&r->bytes);
  size_t size = vonk_bytes_length(&r->bytes, vonk_bytes_varint(&r->bytes), vonk_bytes_left(&r->bytes));
  return vonk_bytes_str(&r->bytes, size);
}

bool vonk_thrift_enter(struct vonk_thrift *r, uint8_t type) {
  if (type != VONK_THRIFT_STRUCT || r->depth >= VONK_THRIFT_DEPTH_MAX) vonk_bytes_fail(&r->bytes);
  r->depth++;
  return !r->bytes.failed;
}

size_t vonk_thrift_list(struct vonk_thrift *r, uint8_t type, size_t least, uint8_t *element_type) {
  if (type != VONK_THRIFT_LIST && type != VONK_THRIFT_SET) vonk_bytes_fail(&r->bytes);
  uint8_t head = vonk_bytes_u8(&r->bytes);
  *element_type = head & 15;
  uint64_t count = head >> 4;
  if (count == 15) count = vonk_bytes_varint(&r->bytes);
  return vonk_bytes_length(&r->bytes, count, vonk_bytes_left(&r->bytes) / least);
}

static void skip_element(struct vonk_thrift *r, uint8_t type) {
  if (type == VONK_THRIFT_TRUE || type == VONK_THRIFT_FALSE) {
    vonk_bytes_skip(&r->bytes, 1);
  } else {
    vonk_thrift_skip(r, type);
  }
}

static void skip_nested(struct vonk_thrift *r, uint8_t type) {
  if (type == VONK_THRIFT_STRUCT) {
    struct vonk_thrift_scope scope = {0};
    while (vonk_thrift_field(r, &scope)) vonk_thrift_skip(r, scope.type);
  } else if (type == VONK_THRIFT_MAP) {
    size_t count = vonk_bytes_length(&r->bytes, vonk_bytes_varint(&r->bytes), vonk_bytes_left(&r->bytes));
    uint8_t types = count ? vonk_bytes_u8(&r->bytes) : 0;
    for (size_t i = 0; i < count && !r->bytes.failed; i++) {
      skip_element(r, types >> 4);
      skip_element(r, types & 15);
    }
  } else {
    uint8_t element_type;
    size_t count = vonk_thrift_list(r, type, 1, &element_type);
    for (size_t i = 0; i < count && !r->bytes.failed; i++) skip_element(r, element_type);
  }
}

void vonk_thrift_skip(struct vonk_thrift *r, uint8_t type) {
  switch (type) {
    case VONK_THRIFT_TRUE:
    case VONK_THRIFT_FALSE: return;
    case VONK_THRIFT_BYTE: vonk_bytes_skip(&r->bytes, 1); return;
    case VONK_THRIFT_I16:
    case VONK_THRIFT_I32:
    case VONK_THRIFT_I64: vonk_bytes_varint(&r->bytes); return;
    case VONK_THRIFT_DOUBLE: vonk_bytes_skip(&r->bytes, 8); return;
    case VONK_THRIFT_BINARY: vonk_thrift_binary(r, type); return;
    case VONK_THRIFT_LIST:
    case VONK_THRIFT_SET:
    case VONK_THRIFT_MAP:
    case VONK_THRIFT_STRUCT:
      if (r->depth >= VONK_THRIFT_DEPTH_MAX) {
        vonk_bytes_fail(&r->bytes);
        return;
      }
      r->depth++;
      skip_nested(r, type);
      r->depth--;
      return;
    default: vonk_bytes_fail(&r->bytes);
  }
}

void vonk_thrift_put_varint(struct vonk_text *text, uint64_t value) {
  for (; value >= 0x80; value >>= 7) vonk_text_add_char(text, (char)(value | 0x80));
  vonk_text_add_char(text, (char)value);
}

void vonk_thrift_put_integer(struct vonk_text *text, int64_t value) {
  vonk_thrift_put_varint(text, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

void vonk_thrift_put_field(struct vonk_text *text, int16_t *last, int16_t id, enum vonk_thrift_type type) {
  int difference = id - *last;
  *last = id;
  if (difference > 0 && difference <= 15) {
    vonk_text_add_char(text, (char)(difference << 4 | (int)type));
  } else {
    vonk_text_add_char(text, (char)type);
    vonk_thrift_put_integer(text, id);
  }
}

void vonk_thrift_put_binary(struct vonk_text *text, struct vonk_str value) {
  vonk_thrift_put_varint(text, value.size);
  vonk_text_add(text, value);
}

void vonk_thrift_put_list(struct vonk_text *text, enum vonk_thrift_type element_type, size_t count) {
  if (count < 15) {
    vonk_text_add_char(text, (char)(count << 4 | element_type));
  } else {
    vonk_text_add_char(text, (char)(0xF0 | element_type));
    vonk_thrift_put_varint(text, count);
  }
}

void vonk_thrift_put_bool_field(struct vonk_text *text, int16_t *last, int16_t id, bool value) {
  vonk_thrift_put_field(text, last, id, value ? VONK_THRIFT_TRUE : VONK_THRIFT_FALSE);
}

void vonk_thrift_put_i32_field(struct vonk_text *text, int16_t *last, int16_t id, int32_t value) {
  vonk_thrift_put_field(text, last, id, VONK_THRIFT_I32);
  vonk_thrift_put_integer(text, value);
}

void vonk_thrift_put_i64_field(struct vonk_text *text, int16_t *last, int16_t id, int64_t value) {
  vonk_thrift_put_field(text, last, id, VONK_THRIFT_I64);
  vonk_thrift_put_integer(text, value);
}

void vonk_thrift_put_binary_field(struct vonk_text *text, int16_t *last, int16_t id, struct vonk_str value) {
  vonk_thrift_put_field(text, last, id, VONK_THRIFT_BINARY);
  vonk_thrift_put_binary(text, value);
}
