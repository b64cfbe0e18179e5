/* arena.h: small bounded things that vanish together.
 *
 * Arenas nest by life (process, session, query, operator, batch); allocation never fails (exhaustion of the process is
 * fatal), nothing is freed singly. Chunks start at 4 KiB and double to 1 MiB; an arena made with a budget charges its
 * chunks there (by force: arenas are small by contract, buffers are what may be refused). Not thread-safe.
 */
#ifndef VONK_BASE_ARENA_H
#define VONK_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct vonk_arena;
struct vonk_budget;

/* BUDGET may be NULL (process-wide constants, tests). */
struct vonk_arena *vonk_arena_create(struct vonk_budget *budget);
/* Runs the cleanups, latest first, and frees everything. Takes NULL. */
void vonk_arena_destroy(struct vonk_arena *arena);
/* The same, but keeps the arena and its first chunk for more. */
void vonk_arena_reset(struct vonk_arena *arena);
/* Called at reset or destroy; for what an arena object holds outside (buffers, files). */
void vonk_arena_on_reset(struct vonk_arena *arena, void (*cleanup)(void *), void *object);

/* Bytes are zeroed; alignment is 16. A size of 0 gives a valid pointer. */
void *vonk_arena_alloc(struct vonk_arena *arena, size_t byte_size);
void *vonk_arena_copy(struct vonk_arena *arena, const void *bytes, size_t byte_size);
/* COUNT elements of SIZE with a checked product. */
void *vonk_arena_calloc(struct vonk_arena *arena, size_t count, size_t element_size);
/* Bytes held by the arena, chunks included. */
size_t vonk_arena_byte_size(const struct vonk_arena *arena);

#define ARENA_NEW(arena, type) ((type *)vonk_arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)vonk_arena_calloc((arena), (count), sizeof(type)))

#endif
