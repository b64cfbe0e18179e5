/* xml.h: a small reader of the XML that services answer with: elements, texts, references to characters.
 *
 * Bounded and strict about structure: names of end tags must fit, depth is limited; declarations, comments and attributes are passed
 * over; a document type is malformed, so there are no entities but the five of XML itself.
 *
 *   struct vonk_xml xml;
 *   vonk_xml_init(&xml, arena, text);
 *   while (vonk_xml_next(&xml)) {
 *     if (vonk_xml_is(&xml, "Contents/Key")) use(xml.text);     // when the element <Key> inside <Contents> ended
 *   }
 *   if (xml.malformed) ...
 */
#ifndef VONK_WIRE_XML_H
#define VONK_WIRE_XML_H

#include "base/str.h"

enum { VONK_XML_DEPTH_MAX = 32 };

struct vonk_xml {
  /* After vonk_xml_next answered true: an element has ended. */
  struct vonk_str text;          /* its text, unescaped, of its last run between tags */
  bool malformed;

  struct vonk_arena *arena;
  struct vonk_str input;
  size_t at;
  struct vonk_str names[VONK_XML_DEPTH_MAX];
  uint32_t depth;                /* of open elements, the one that ended included until the next call */
  bool ended;
};

/* INPUT is borrowed; texts with references lie on ARENA. */
void vonk_xml_init(struct vonk_xml *xml, struct vonk_arena *arena, struct vonk_str input);
/* True when another element has ended; false at the end or when the input is malformed. */
bool vonk_xml_next(struct vonk_xml *xml);
/* The element that ended and those around it end with PATH ("Contents/Key"); prefixes of name spaces do not count. */
bool vonk_xml_is(const struct vonk_xml *xml, const char *path);

#endif
