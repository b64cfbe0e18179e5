/* properties.c: reads property files, the format of java.util.Properties, as far as spark-defaults.conf uses it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "conf/conf.h"

enum { FILE_MAX = 16 << 20 };

struct reader {
  struct vonk_arena *arena;
  struct vonk_str text;
  size_t position;
};

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

/* One logical line without its leading blanks, continuations joined, escapes still in. False at the end. */
static bool next_line(struct reader *reader, struct vonk_str *out) {
  struct vonk_text line;
  vonk_text_init(&line, reader->arena);
  bool any = false;
  while (reader->position < reader->text.size) {
    any = true;
    while (reader->position < reader->text.size && is_blank(reader->text.data[reader->position])) reader->position++;
    size_t start = reader->position;
    while (reader->position < reader->text.size && reader->text.data[reader->position] != '\n' && reader->text.data[reader->position] != '\r') {
      reader->position++;
    }
    struct vonk_str piece = vonk_str_slice(reader->text, start, reader->position);
    if (reader->position < reader->text.size) {
      bool pair = reader->text.data[reader->position] == '\r' && reader->position + 1 < reader->text.size &&
                  reader->text.data[reader->position + 1] == '\n';
      reader->position += pair ? 2 : 1;
    }
    bool comment = line.size == 0 && piece.size && (piece.data[0] == '#' || piece.data[0] == '!');
    size_t slashes = 0;
    while (slashes < piece.size && piece.data[piece.size - 1 - slashes] == '\\') slashes++;
    if (comment || slashes % 2 == 0) {
      if (!comment) vonk_text_add(&line, piece);
      break;
    }
    vonk_text_add(&line, vonk_str_slice(piece, 0, piece.size - 1));
  }
  *out = vonk_text_str(&line);
  return any;
}

static uint32_t hex4(struct vonk_str text, size_t at) {
  uint32_t code = 0;
  for (size_t i = at; i < at + 4; i++) {
    char c = i < text.size ? text.data[i] : 'x';
    int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
    if (digit < 0) return UINT32_MAX;
    code = code << 4 | (uint32_t)digit;
  }
  return code;
}

static struct vonk_str unescape(struct vonk_arena *arena, struct vonk_str text) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    if (c != '\\' || i + 1 == text.size) {
      vonk_text_add_char(&out, c);
      continue;
    }
    c = text.data[++i];
    uint32_t code = c == 'u' ? hex4(text, i + 1) : UINT32_MAX;
    if (code != UINT32_MAX) {
      char bytes[4];
      vonk_text_add(&out, vonk_str_make(bytes, vonk_utf8_encode(code, bytes)));
      i += 4;
    } else {
      vonk_text_add_char(&out, c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'f' ? '\f' : c);
    }
  }
  return out.size ? vonk_text_str(&out) : STR("");
}

/* The key ends at the first blank, '=' or ':' that is not escaped; one '=' or ':' among blanks follows it. */
static struct vonk_conf_setting split_line(struct vonk_arena *arena, struct vonk_str line) {
  size_t end = 0;
  while (end < line.size && !is_blank(line.data[end]) && line.data[end] != '=' && line.data[end] != ':') {
    end += line.data[end] == '\\' && end + 1 < line.size ? 2 : 1;
  }
  size_t value = end;
  while (value < line.size && is_blank(line.data[value])) value++;
  if (value < line.size && (line.data[value] == '=' || line.data[value] == ':')) value++;
  while (value < line.size && is_blank(line.data[value])) value++;
  return (struct vonk_conf_setting){unescape(arena, vonk_str_slice(line, 0, end)),
                                    vonk_str_trim(unescape(arena, vonk_str_slice(line, value, line.size)))};
}

STATUS vonk_conf_parse_properties(struct vonk_task *task, struct vonk_str text, struct vonk_conf_setting **out, size_t *count) {
  struct reader reader = {.arena = task->arena, .text = text};
  ARRAY_OF(struct vonk_conf_setting) settings = {0};
  struct vonk_str line;
  while (next_line(&reader, &line)) {
    if (line.size == 0) continue;
    struct vonk_conf_setting setting = split_line(task->arena, line);
    *ARRAY_PUSH(task->arena, &settings) = setting;
  }
  *out = settings.items;
  *count = settings.count;
  return VONK_OK;
}

static STATUS raise_unreadable(struct vonk_task *task, struct vonk_str path, const char *reason) {
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", path, "reason", vonk_str_of(reason), NULL);
}

static STATUS read_text(struct vonk_task *task, int fd, struct vonk_str path, struct vonk_str *out) {
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return raise_unreadable(task, path, "it is not a file");
  if (info.st_size > FILE_MAX) return raise_unreadable(task, path, "it is longer than 16 MiB");
  char *bytes = vonk_arena_alloc(task->arena, (size_t)info.st_size);
  size_t size = 0;
  while (size < (size_t)info.st_size) {
    ssize_t got = read(fd, bytes + size, (size_t)info.st_size - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return raise_unreadable(task, path, strerror(errno));
    if (got == 0) break;
    size += (size_t)got;
  }
  *out = vonk_str_make(bytes, size);
  return VONK_OK;
}

STATUS vonk_conf_read_file(struct vonk_task *task, struct vonk_str path, struct vonk_conf_setting **out, size_t *count) {
  *out = NULL;
  *count = 0;
  int fd = open(vonk_str_copy(task->arena, path).data, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return raise_unreadable(task, path, strerror(errno));
  struct vonk_str text;
  enum vonk_status status = read_text(task, fd, path, &text);
  close(fd);
  TRY(status);
  struct vonk_conf_setting *all;
  size_t all_count;
  TRY(vonk_conf_parse_properties(task, text, &all, &all_count));
  for (size_t i = 0; i < all_count; i++) {
    if (vonk_str_starts_with(all[i].key, STR("spark.")) || vonk_str_starts_with(all[i].key, STR("vonk."))) all[(*count)++] = all[i];
  }
  *out = all;
  return VONK_OK;
}
