/* xml_fuzz.c: the reader of XML on any bytes. */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "wire/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_xml xml;
  size_t seen = 0;
  vonk_xml_init(&xml, arena, vonk_str_make((const char *)data, size));
  while (vonk_xml_next(&xml)) {
    for (size_t i = 0; i < xml.text.size; i++) seen += (unsigned char)xml.text.data[i];
    seen += vonk_xml_is(&xml, "a/b");
  }
  vonk_arena_destroy(arena);
  return seen == SIZE_MAX;
}
