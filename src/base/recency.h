/* recency.h: a list of things by their last use, for caches that let the oldest go. The links are in the things; nothing is
 * allocated and nothing locked here.
 */
#ifndef VONK_BASE_RECENCY_H
#define VONK_BASE_RECENCY_H

#include <stddef.h>

struct vonk_recency_link {
  struct vonk_recency_link *newer, *older;
};

struct vonk_recency {
  struct vonk_recency_link *newest, *oldest;
};

/* The thing of TYPE whose member is LINK, which is its first. */
#define RECENCY_OF(type, link) ((type *)(void *)(link))

static inline void vonk_recency_leave(struct vonk_recency *list, struct vonk_recency_link *link) {
  *(link->newer ? &link->newer->older : &list->newest) = link->older;
  *(link->older ? &link->older->newer : &list->oldest) = link->newer;
}

/* LINK is in no list; it is the newest now. */
static inline void vonk_recency_enter(struct vonk_recency *list, struct vonk_recency_link *link) {
  link->newer = NULL;
  link->older = list->newest;
  *(link->older ? &link->older->newer : &list->oldest) = link;
  list->newest = link;
}

/* LINK, which is in LIST, has been used. */
static inline void vonk_recency_touch(struct vonk_recency *list, struct vonk_recency_link *link) {
  if (list->newest == link) return;
  vonk_recency_leave(list, link);
  vonk_recency_enter(list, link);
}

#endif
