/* arena.c: a list of malloc'ed chunks, bump allocation in the newest one.
 *
 * Chunk sizes double from 4 KiB to 1 MiB; a request of more than half the next chunk gets a chunk of its own, so that a big
 * string does not waste the room that is left. Cleanups are arena objects themselves, linked latest first.
 */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/sanitizer.h"
#include "base/status.h"

enum { ALIGNMENT = 16, CHUNK_MIN = 4 << 10, CHUNK_MAX = 1 << 20 };

struct chunk {
  struct chunk *next;
  size_t byte_size; /* of the room behind this header */
  _Alignas(ALIGNMENT) char room[];
};

struct cleanup {
  struct cleanup *next;
  void (*call)(void *);
  void *object;
};

struct vonk_arena {
  struct vonk_budget *budget;
  struct chunk *current; /* head of the list; the last one is the first made */
  size_t used;           /* bytes of CURRENT's room */
  struct chunk *large;   /* chunks of one object each */
  size_t byte_size;      /* of all chunks, headers included */
  struct cleanup *cleanups;
};

static struct chunk *chunk_create(struct vonk_arena *arena, size_t room) {
  struct chunk *chunk = malloc(sizeof *chunk + room);
  ASSERT(chunk != NULL);
  chunk->next = NULL;
  chunk->byte_size = room;
  arena->byte_size += sizeof *chunk + room;
  if (arena->budget) vonk_budget_charge_force(arena->budget, sizeof *chunk + room);
  vonk_memory_hide(chunk->room, room);
  return chunk;
}

static void chunk_destroy(struct vonk_arena *arena, struct chunk *chunk) {
  size_t byte_size = sizeof *chunk + chunk->byte_size;
  vonk_memory_show(chunk->room, chunk->byte_size);
  free(chunk);
  arena->byte_size -= byte_size;
  if (arena->budget) vonk_budget_release(arena->budget, byte_size);
}

static void destroy_all_but(struct vonk_arena *arena, struct chunk *list, const struct chunk *kept) {
  while (list != kept) {
    struct chunk *next = list->next;
    chunk_destroy(arena, list);
    list = next;
  }
}

static void run_cleanups(struct vonk_arena *arena) {
  /* A cleanup may add another one: take them off one by one. */
  while (arena->cleanups) {
    struct cleanup *cleanup = arena->cleanups;
    arena->cleanups = cleanup->next;
    cleanup->call(cleanup->object);
  }
}

struct vonk_arena *vonk_arena_create(struct vonk_budget *budget) {
  struct vonk_arena *arena = calloc(1, sizeof *arena);
  ASSERT(arena != NULL);
  arena->budget = budget;
  arena->current = chunk_create(arena, CHUNK_MIN - sizeof(struct chunk));
  return arena;
}

void vonk_arena_destroy(struct vonk_arena *arena) {
  if (!arena) return;
  run_cleanups(arena);
  destroy_all_but(arena, arena->large, NULL);
  destroy_all_but(arena, arena->current, NULL);
  free(arena);
}

void vonk_arena_reset(struct vonk_arena *arena) {
  run_cleanups(arena);
  destroy_all_but(arena, arena->large, NULL);
  arena->large = NULL;
  struct chunk *first = arena->current;
  while (first->next) first = first->next;
  destroy_all_but(arena, arena->current, first);
  arena->current = first;
  arena->used = 0;
  vonk_memory_hide(arena->current->room, arena->current->byte_size);
}

void vonk_arena_on_reset(struct vonk_arena *arena, void (*cleanup)(void *), void *object) {
  struct cleanup *entry = ARENA_NEW(arena, struct cleanup);
  *entry = (struct cleanup){arena->cleanups, cleanup, object};
  arena->cleanups = entry;
}

/* BYTE_SIZE is a multiple of ALIGNMENT and does not fit the current chunk. */
static void *alloc_slow(struct vonk_arena *arena, size_t byte_size) {
  size_t size = 2 * (arena->current->byte_size + sizeof(struct chunk));
  size_t room = (size < CHUNK_MAX ? size : CHUNK_MAX) - sizeof(struct chunk);
  if (byte_size > room / 2) {
    struct chunk *own = chunk_create(arena, byte_size);
    own->next = arena->large;
    arena->large = own;
    return own->room;
  }
  struct chunk *chunk = chunk_create(arena, room);
  chunk->next = arena->current;
  arena->current = chunk;
  arena->used = byte_size;
  return chunk->room;
}

static void *alloc_undefined(struct vonk_arena *arena, size_t byte_size) {
  ASSERT(byte_size <= SIZE_MAX / 4);
  size_t rounded = (byte_size + (byte_size == 0) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  void *bytes;
  if (LIKELY(rounded <= arena->current->byte_size - arena->used)) {
    bytes = arena->current->room + arena->used;
    arena->used += rounded;
  } else {
    bytes = alloc_slow(arena, rounded);
  }
  vonk_memory_show(bytes, byte_size);
  return bytes;
}

void *vonk_arena_alloc(struct vonk_arena *arena, size_t byte_size) {
  return memset(alloc_undefined(arena, byte_size), 0, byte_size);
}

void *vonk_arena_copy(struct vonk_arena *arena, const void *bytes, size_t byte_size) {
  void *copy = alloc_undefined(arena, byte_size);
  if (byte_size) memcpy(copy, bytes, byte_size);
  return copy;
}

void *vonk_arena_calloc(struct vonk_arena *arena, size_t count, size_t element_size) {
  size_t byte_size;
  ASSERT(!__builtin_mul_overflow(count, element_size, &byte_size));
  return vonk_arena_alloc(arena, byte_size);
}

size_t vonk_arena_byte_size(const struct vonk_arena *arena) { return arena->byte_size; }
