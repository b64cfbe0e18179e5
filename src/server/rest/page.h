/* page.h: the text of page.html, built in (cmake/embed.cmake). */
#ifndef VONK_SERVER_REST_PAGE_H
#define VONK_SERVER_REST_PAGE_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t vonk_rest_page[];
extern const size_t vonk_rest_page_size;

#endif
