/* buffer_test.c: sizes, growth, sharing, and resident memory close to what is charged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/budget_internal.h"
#include "base/sanitizer.h"
#include "base/thread.h"

/* The sanitizers keep memory of their own. */
#if !defined(VONK_ASAN) && !defined(__SANITIZE_THREAD__)
#define RESIDENT_IS_OURS
#endif

static void test_buffer__every_size_is_aligned_padded_and_charged(void **state) {
  (void)state;
  struct vonk_budget *root = vonk_budget_create(NULL, "process", 0);
  for (size_t size = 0; size < 5000000; size += 1 + size / 3) {
    struct vonk_buffer *buffer;
    assert_int_equal(vonk_buffer_create(root, size, &buffer), VONK_OK);
    assert_true(buffer->capacity >= size);
    assert_int_equal((uintptr_t)buffer->data % VONK_BUFFER_ALIGNMENT, 0);
    assert_true(vonk_budget_used(root) >= buffer->capacity);
    assert_true(size < 4096 || buffer->capacity <= size + size / 3 + 4096);
    memset(buffer->data, 0xA5, buffer->capacity + VONK_BUFFER_PADDING);
    vonk_buffer_release(buffer);
    assert_int_equal(vonk_budget_used(root), 0);
  }
  vonk_budget_destroy(root);
}

static void test_buffer__growth_keeps_bytes(void **state) {
  (void)state;
  struct vonk_budget *root = vonk_budget_create(NULL, "process", 12 << 20);
  struct vonk_buffer *buffer;
  assert_int_equal(vonk_buffer_create(root, 10, &buffer), VONK_OK);
  size_t capacity = 10;
  while (capacity < 4 << 20) {
    for (; buffer->size < capacity; buffer->size++) buffer->data[buffer->size] = (uint8_t)(buffer->size * 31);
    capacity *= 2;
    assert_int_equal(vonk_buffer_grow(&buffer, capacity), VONK_OK);
    for (size_t i = 0; i < buffer->size; i += 97) assert_int_equal(buffer->data[i], (uint8_t)(i * 31));
  }
  size_t before = buffer->capacity;
  assert_int_equal(vonk_buffer_grow(&buffer, 16 << 20), VONK_NO_MEMORY);
  assert_int_equal(buffer->capacity, before);
  assert_int_equal(vonk_buffer_create(root, SIZE_MAX - 5, &(struct vonk_buffer *){0}), VONK_NO_MEMORY);
  vonk_buffer_release(buffer);
  assert_int_equal(vonk_budget_used(root), 0);
  vonk_budget_destroy(root);
}

/* What grew is kept for others to grow into, else there would be more of it each time. */
static void test_buffer__growth_again_and_again_holds_no_more(void **state) {
  (void)state;
  vonk_buffer_trim(0);
  uint64_t before = vonk_buffer_held_bytes();
  for (int i = 0; i < 100; i++) {
    struct vonk_buffer *buffer;
    assert_int_equal(vonk_buffer_create(NULL, 10000, &buffer), VONK_OK);
    for (size_t size = 20000; size < 1 << 20; size *= 2) assert_int_equal(vonk_buffer_grow(&buffer, size), VONK_OK);
    vonk_buffer_release(buffer);
  }
#ifdef RESIDENT_IS_OURS
  assert_true(vonk_buffer_held_bytes() < before + (4 << 20));
#endif
  (void)before;
  vonk_memory_trim();
}

static void note(struct vonk_buffer *buffer) { ++*(int *)buffer->release_object; }

static void test_buffer__foreign_memory_is_released_once(void **state) {
  (void)state;
  int released = 0;
  char bytes[4] = "abc";
  struct vonk_buffer *buffer = vonk_buffer_wrap(bytes, 4, note, &released);
  assert_ptr_equal(vonk_buffer_retain(buffer), buffer);
  vonk_buffer_release(buffer);
  assert_int_equal(released, 0);
  vonk_buffer_release(buffer);
  assert_int_equal(released, 1);
  vonk_buffer_release(NULL);
}

static size_t resident_bytes(void) {
  size_t pages = 0, total = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  assert_int_equal(fscanf(file, "%zu %zu", &total, &pages), 2);
  fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Sizes from a few bytes to a few MiB come and go at random near the limit. */
static void test_buffer__resident_memory_follows_the_limit(void **state) {
  (void)state;
  enum { LIMIT = 64 << 20, SLOTS = 4000 };
  static struct vonk_buffer *slots[SLOTS];
  struct vonk_budget *root = vonk_budget_create(NULL, "process", LIMIT);
  size_t start = resident_bytes(), worst = 0;
  uint64_t random = 42;
  for (int i = 0; i < 60000; i++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    struct vonk_buffer **slot = &slots[(random >> 33) % SLOTS];
    vonk_buffer_release(*slot);
    *slot = NULL;
    /* The sizes change from phase to phase, so that blocks of the old ones are left over. */
    size_t size = (size_t)1 << ((random >> 50) % 6 + (unsigned)(i / 10000) * 3);
    if (vonk_buffer_create(root, size, slot) == VONK_OK) memset((*slot)->data, 1, (*slot)->capacity);
    assert_true(vonk_budget_used(root) <= LIMIT);
    if (i % 100 == 0 && resident_bytes() > start + worst) worst = resident_bytes() - start;
  }
#ifdef RESIDENT_IS_OURS
  assert_true(worst <= LIMIT + LIMIT / 10);
#endif
  for (int i = 0; i < SLOTS; i++) vonk_buffer_release(slots[i]);
  assert_int_equal(vonk_budget_used(root), 0);
  vonk_buffer_trim(0);
#ifdef RESIDENT_IS_OURS
  assert_int_equal(vonk_buffer_held_bytes(), 0);
  assert_true(resident_bytes() < start + (1 << 20));
#endif
  vonk_budget_destroy(root);
}

static void churn(void *object) {
  struct vonk_buffer *kept[16] = {0};
  for (int i = 0; i < 20000; i++) {
    vonk_buffer_release(kept[i % 16]);
    size_t size = (size_t)(i * 7919 % 60000);
    if (vonk_buffer_create(object, size, &kept[i % 16]) != VONK_OK) continue;
    kept[i % 16]->data[size / 2] = 1;
  }
  for (int i = 0; i < 16; i++) vonk_buffer_release(kept[i]);
}

static void test_buffer__threads_share_the_allocator(void **state) {
  (void)state;
  struct vonk_budget *root = vonk_budget_create(NULL, "process", 1 << 20);
  struct vonk_thread *threads[4];
  for (int i = 0; i < 4; i++) threads[i] = vonk_thread_create("churn", churn, root);
  for (int i = 0; i < 4; i++) vonk_thread_join(threads[i]);
  assert_int_equal(vonk_budget_used(root), 0);
  vonk_budget_destroy(root);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_buffer__every_size_is_aligned_padded_and_charged),
      cmocka_unit_test(test_buffer__growth_keeps_bytes),
      cmocka_unit_test(test_buffer__growth_again_and_again_holds_no_more),
      cmocka_unit_test(test_buffer__foreign_memory_is_released_once),
      cmocka_unit_test(test_buffer__resident_memory_follows_the_limit),
      cmocka_unit_test(test_buffer__threads_share_the_allocator),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
