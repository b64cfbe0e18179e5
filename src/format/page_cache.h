/* page_cache.h: pages of files, decompressed, kept from query to query.
 *
 * A page is known by the number of its file's state (metadata.h of a format draws one each time a footer is understood, so that pages
 * of a file that changed are never found again) and by its place in the file. It is kept from its second reading on: what is read
 * once costs nothing. When the bound is reached a page takes the place of one that no query has wanted for long, so that scans of more
 * than fits keep what is there. Pages are charged to the process and go, the one used longest ago first, when memory is wanted.
 * Thread-safe.
 */
#ifndef VONK_FORMAT_PAGE_CACHE_H
#define VONK_FORMAT_PAGE_CACHE_H

#include "base/buffer.h"

struct vonk_page_cache;

struct vonk_page_key {
  uint64_t file;                 /* vonk_page_cache_next_file */
  uint64_t offset;
};

enum { VONK_PAGE_HEAD_BYTES = 64 };

/* What stands before the body, as the format understood it. */
struct vonk_page_head {
  _Alignas(8) uint8_t bytes[VONK_PAGE_HEAD_BYTES];
};

/* ROOT is the process's budget; BYTE_LIMIT bounds all pages. */
struct vonk_page_cache *vonk_page_cache_create(struct vonk_budget *root, uint64_t byte_limit);
/* No page may be in use. Takes NULL. */
void vonk_page_cache_destroy(struct vonk_page_cache *cache);

/* A number that no other state of a file has in this process. */
uint64_t vonk_page_cache_next_file(void);

/* The page's body, one reference for the caller, and its HEAD; NULL when it is not there. */
struct vonk_buffer *vonk_page_cache_find(struct vonk_page_cache *cache, struct vonk_page_key key, struct vonk_page_head *head);
/* A buffer of CAPACITY for the body of a page that find did not have, to be kept when it is filled; NULL when it is not worth it, or there
 * is no room. */
struct vonk_buffer *vonk_page_cache_room(struct vonk_page_cache *cache, struct vonk_page_key key, size_t capacity);
/* BODY comes from room and is filled; the cache takes a reference of its own. */
void vonk_page_cache_keep(struct vonk_page_cache *cache, struct vonk_page_key key, const struct vonk_page_head *head, struct vonk_buffer *body);

/* Bytes kept now, and pages asked for and found since the beginning. */
struct vonk_page_cache_facts {
  uint64_t byte_size, asked_count, found_count;
};
struct vonk_page_cache_facts vonk_page_cache_facts(struct vonk_page_cache *cache);

#endif
