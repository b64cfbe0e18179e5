/* xml_test.c: elements, texts, references; what is malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/arena.h"
#include "wire/xml.h"

static void reads_a_listing(void **state) {
  (void)state;
  static const char input[] = "<?xml version=\"1.0\"?>\n<!-- x --><L xmlns=\"u\"><a:C><Key>a&amp;b &#228;&#x20AC;</Key><Size/></a:C>"
                              "<C><Key> x </Key></C><Prefix>p</Prefix></L>\n";
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_xml xml;
  struct vonk_text seen;
  vonk_text_init(&seen, arena);
  vonk_xml_init(&xml, arena, vonk_str_of(input));
  while (vonk_xml_next(&xml)) {
    if (vonk_xml_is(&xml, "C/Key")) vonk_text_addf(&seen, "[" STR_FMT "]", STR_ARG(xml.text));
    if (vonk_xml_is(&xml, "C/Size")) vonk_text_addf(&seen, "(" STR_FMT ")", STR_ARG(xml.text));
    if (vonk_xml_is(&xml, "L/Prefix")) vonk_text_addf(&seen, "{" STR_FMT "}", STR_ARG(xml.text));
    if (vonk_xml_is(&xml, "L/Key") || vonk_xml_is(&xml, "X/C/Key")) fail_msg("not there");
  }
  assert_false(xml.malformed);
  vonk_text_add_char(&seen, 0);
  assert_string_equal(seen.data, "[a&b \xc3\xa4\xe2\x82\xac]()[ x ]{p}");
  vonk_arena_destroy(arena);
}

static void refuses(void **state) {
  (void)state;
  static const char *const inputs[] = {
      "<a>", "<a></b>", "</a>", "<a", "<", "<>", "x<a/>", "<a/>x", "<a>&nbsp;</a>", "<a>&</a>", "<a>&#x110000;</a>", "<a>&#;</a>", "<!DOCTYPE a><a/>",
      "<!-- <a/>", "<?xml <a/>", "<a><b></a></b>",
  };
  struct vonk_arena *arena = vonk_arena_create(NULL);
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
    struct vonk_xml xml;
    vonk_xml_init(&xml, arena, vonk_str_of(inputs[i]));
    while (vonk_xml_next(&xml)) continue;
    if (!xml.malformed) fail_msg("%s", inputs[i]);
  }
  struct vonk_text deep;
  struct vonk_xml xml;
  vonk_text_init(&deep, arena);
  for (int i = 0; i < VONK_XML_DEPTH_MAX + 1; i++) vonk_text_add(&deep, STR("<a>"));
  vonk_xml_init(&xml, arena, vonk_text_str(&deep));
  assert_false(vonk_xml_next(&xml));
  assert_true(xml.malformed);
  vonk_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(reads_a_listing), cmocka_unit_test(refuses)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
