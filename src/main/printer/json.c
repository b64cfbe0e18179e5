/* json.c: one JSON object per row and line; numbers are JSON numbers, structs objects, nulls null. */
#include "main/printer.h"

static void put_name(FILE *file, const char *name) {
  putc_unlocked('"', file);
  for (; *name; name++) {
    unsigned char c = (unsigned char)*name;
    if (c == '"' || c == '\\') {
      putc_unlocked('\\', file);
      putc_unlocked(c, file);
    } else if (c < 0x20) {
      fprintf(file, "\\u%04x", c);
    } else {
      putc_unlocked(c, file);
    }
  }
  putc_unlocked('"', file);
}

static void begin(struct vonk_printer *output) { (void)output; }

static void row(struct vonk_printer *output) {
  FILE *file = output->file;
  putc_unlocked('{', file);
  for (size_t i = 0; i < output->column_count; i++) {
    struct vonk_cell cell = vonk_statement_cell(output->statement, i, VONK_CELL_JSON);
    if (i) putc_unlocked(',', file);
    put_name(file, vonk_statement_column(output->statement, i).name);
    putc_unlocked(':', file);
    fwrite(cell.text, 1, cell.size, file);
  }
  fwrite("}\n", 1, 2, file);
}

static void end(struct vonk_printer *output) { (void)output; }

const struct vonk_printer_type vonk_printer_json = {.name = "json", .begin = begin, .row = row, .end = end};
