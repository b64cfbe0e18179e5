/* table_details.c: see table_details.h. */
#include "session/table_details.h"

#include <stdlib.h>

#include "fs/fs.h"
#include "type/calendar.h"

struct details {
  struct vonk_arena *arena;
  ARRAY_OF(struct vonk_option) items;
};

static void put(struct details *details, const char *key, struct vonk_str value) {
  *ARRAY_PUSH(details->arena, &details->items) = (struct vonk_option){vonk_str_of(key), value};
}

static int by_key(const void *a, const void *b) {
  return vonk_str_compare(((const struct vonk_option *)a)->key, ((const struct vonk_option *)b)->key);
}

struct vonk_options vonk_options_sorted(struct vonk_arena *arena, struct vonk_options options) {
  struct vonk_option *items = vonk_arena_copy(arena, options.items, options.count * sizeof *items);
  if (options.count) qsort(items, options.count, sizeof *items, by_key);
  return (struct vonk_options){items, options.count};
}

struct vonk_options vonk_options_change(struct vonk_arena *arena, struct vonk_options old, struct vonk_options changes, bool remove) {
  struct vonk_option *items = ARENA_ARRAY(arena, struct vonk_option, old.count + changes.count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < old.count; i++) {
    bool changed = false;
    for (uint32_t j = 0; j < changes.count; j++) changed |= vonk_str_equal(old.items[i].key, changes.items[j].key);
    if (!changed) items[count++] = old.items[i];
  }
  for (uint32_t i = 0; i < changes.count && !remove; i++) items[count++] = changes.items[i];
  return (struct vonk_options){items, count};
}

struct vonk_str vonk_options_get(struct vonk_options options, struct vonk_str key) {
  for (uint32_t i = 0; i < options.count; i++) {
    if (vonk_str_equal(options.items[i].key, key)) return options.items[i].value;
  }
  return (struct vonk_str){0};
}

struct vonk_str vonk_time_text(struct vonk_statement *statement, int64_t millis) {
  static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  int64_t seconds = millis / 1000 + vonk_timezone_offset(statement->zone, millis / 1000);
  int64_t day = seconds / 86400, second = seconds % 86400;
  struct vonk_date date = vonk_calendar_date(day);
  return vonk_str_format(statement->arena, "%s %s %02d %02d:%02d:%02d " STR_FMT " %d", days[day % 7], months[date.month - 1], (int)date.day,
                         (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60), STR_ARG(vonk_timezone_id(statement->zone)), (int)date.year);
}

/* [a=b, c=d] */
static struct vonk_str properties_text(struct vonk_arena *arena, struct vonk_options options) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  vonk_text_add_char(&text, '[');
  options = vonk_options_sorted(arena, options);
  for (uint32_t i = 0; i < options.count; i++) {
    vonk_text_addf(&text, "%s" STR_FMT "=" STR_FMT, i ? ", " : "", STR_ARG(options.items[i].key), STR_ARG(options.items[i].value));
  }
  vonk_text_add_char(&text, ']');
  return vonk_text_str(&text);
}

static void put_view(struct details *details, const struct vonk_catalog_table *view) {
  struct vonk_str names = vonk_name_list(details->arena, view->view_output);
  put(details, "View Text", view->view_text);
  put(details, "View Original Text", view->view_text);
  put(details, "View Schema Mode", STR("COMPENSATION"));
  put(details, "View Catalog and Namespace", vonk_str_format(details->arena, "spark_catalog." STR_FMT, STR_ARG(view->view_database)));
  put(details, "View Query Output Columns", vonk_str_format(details->arena, "[" STR_FMT "]", STR_ARG(names)));
}

static void put_statistics(struct details *details, struct vonk_options statistics) {
  struct vonk_str size = vonk_options_get(statistics, STR("sizeInBytes")), rows = vonk_options_get(statistics, STR("numRows"));
  if (!size.data) return;
  struct vonk_text text;
  vonk_text_init(&text, details->arena);
  vonk_text_addf(&text, STR_FMT " bytes", STR_ARG(size));
  if (rows.data) vonk_text_addf(&text, ", " STR_FMT " rows", STR_ARG(rows));
  put(details, "Statistics", vonk_text_str(&text));
}

struct vonk_options vonk_table_details(struct vonk_statement *statement, const struct vonk_catalog_table *table) {
  static const char *const kinds[] = {"MANAGED", "EXTERNAL", "VIEW", "VIEW", "VIEW"};
  struct details details = {.arena = statement->arena};
  put(&details, "Catalog", STR("spark_catalog"));
  put(&details, "Database", table->database);
  put(&details, "Table", table->name);
  put(&details, "Created Time", vonk_time_text(statement, table->created_ms));
  put(&details, "Last Access", STR("UNKNOWN"));
  put(&details, "Created By", vonk_str_format(statement->arena, "Vonk %s", vonk_version()));
  put(&details, "Type", vonk_str_of(kinds[table->kind]));
  if (table->format.size) put(&details, "Provider", vonk_str_lower(statement->arena, table->format));
  if (table->comment.size) put(&details, "Comment", table->comment);
  if (table->view_text.size) put_view(&details, table);
  if (table->properties.count) put(&details, "Table Properties", properties_text(statement->arena, table->properties));
  put_statistics(&details, table->statistics);
  if (table->location.size) put(&details, "Location", vonk_fs_uri(statement->arena, table->location));
  if (table->options.count) put(&details, "Storage Properties", properties_text(statement->arena, table->options));
  if (table->partition_columns.count) put(&details, "Partition Provider", STR("Catalog"));
  return (struct vonk_options){details.items.items, (uint32_t)details.items.count};
}
