/* fs_test.c: what all file systems promise, of those that need no server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/thread.h"
#include "fs/files.h"
#include "fs/fs.h"

struct place {
  struct vonk_budget *budget;
  struct vonk_arena *arena;
  struct vonk_error error;
  struct vonk_fs_process *process;
  struct vonk_conf *conf;
  struct vonk_files files;
  struct vonk_task task;
};

static void open_place(struct place *place) {
  *place = (struct place){.budget = vonk_budget_create(NULL, "test", 64 << 20)};
  place->arena = vonk_arena_create(place->budget);
  vonk_error_init(&place->error);
  place->process = vonk_fs_process_create(place->budget);
  place->conf = vonk_conf_create();
  place->files = (struct vonk_files){.process = place->process, .conf = place->conf};
  place->task = (struct vonk_task){.arena = place->arena, .error = &place->error, .budget = place->budget, .files = &place->files};
}

static void close_place(struct place *place) {
  vonk_fs_process_destroy(place->process);
  vonk_conf_release(place->conf);
  vonk_error_deinit(&place->error);
  vonk_arena_destroy(place->arena);
  vonk_budget_destroy(place->budget);
}

static void put(struct place *place, struct vonk_str path, struct vonk_str text) {
  struct vonk_output *output;
  assert_int_equal(vonk_output_create(&place->task, path, &output), VONK_OK);
  assert_int_equal(vonk_output_write(&place->task, output, text.data, text.size), VONK_OK);
  assert_int_equal(vonk_output_seal(&place->task, output), VONK_OK);
  bool found;
  struct vonk_fs_entry entry;
  assert_int_equal(vonk_fs_stat(&place->task, path, &found, &entry), VONK_OK);
  assert_false(found);
  assert_int_equal(vonk_output_commit(&place->task, output), VONK_OK);
}

static void expect_list(struct place *place, struct vonk_str path, const char *wanted) {
  struct vonk_fs_list list = {0};
  struct vonk_text text;
  vonk_text_init(&text, place->arena);
  assert_int_equal(vonk_fs_find(&place->task, path, &list), VONK_OK);
  for (size_t i = 0; i < list.count; i++) vonk_text_addf(&text, STR_FMT " ", STR_ARG(vonk_str_slice(list.items[i].path, list.items[i].path.size - 3, list.items[i].path.size)));
  vonk_text_add_char(&text, 0);
  assert_string_equal(text.data, wanted);
}

/* The same on any file system. ROOT has no files yet. */
static void behaves(struct place *place, const char *root) {
  struct vonk_task *task = &place->task;
#define AT(name) vonk_str_format(place->arena, "%s/" name, root)
  put(place, AT("b/y=1/2.p"), STR("two"));
  put(place, AT("b/1.p"), STR("one"));
  put(place, AT("b/_x/3.p"), STR("hidden"));
  put(place, AT("c/4.p"), STR("four"));
  expect_list(place, AT("b"), "1.p 2.p ");
  expect_list(place, AT("*/*.p"), "1.p 4.p ");
  expect_list(place, AT("{b,c}"), "1.p 2.p 4.p ");
  struct vonk_str text;
  assert_int_equal(vonk_fs_read_small(task, AT("b/y=1/2.p"), 100, &text), VONK_OK);
  assert_true(vonk_str_equal(text, STR("two")));
  assert_int_equal(vonk_fs_read_small(task, AT("b/y=1/2.p"), 2, &text), VONK_FAILED);
  vonk_error_clear(&place->error);
  assert_int_equal(vonk_fs_move(task, AT("b"), AT("d")), VONK_OK);
  expect_list(place, AT("d"), "1.p 2.p ");
  enum vonk_fs_claim claim;
  assert_int_equal(vonk_fs_create_if_absent(task, AT("n/5.p"), STR("five"), &claim), VONK_OK);
  assert_int_equal(claim, VONK_FS_WON);
  assert_int_equal(vonk_fs_create_if_absent(task, AT("n/5.p"), STR("six"), &claim), VONK_OK);
  assert_int_equal(claim, VONK_FS_LOST);
  assert_int_equal(vonk_fs_read_small(task, AT("n/5.p"), 100, &text), VONK_OK);
  assert_true(vonk_str_equal(text, STR("five")));
  struct vonk_output *output;
  assert_int_equal(vonk_output_create(task, AT("n/6.p"), &output), VONK_OK);
  assert_int_equal(vonk_output_write(task, output, "x", 1), VONK_OK);
  vonk_output_abort(output);
  expect_list(place, AT("n"), "5.p ");
  assert_int_equal(vonk_fs_remove(task, vonk_str_of(root)), VONK_OK);
  bool found;
  struct vonk_fs_entry entry;
  assert_int_equal(vonk_fs_stat(task, AT("d"), &found, &entry), VONK_OK);
  assert_false(found);
}

static void memory(void **state) {
  (void)state;
  struct place place;
  open_place(&place);
  behaves(&place, "memory:/root");
  close_place(&place);
}

static void local(void **state) {
  (void)state;
  char root[] = "/tmp/vonk-fs-XXXXXX";
  struct place place;
  assert_non_null(mkdtemp(root));
  open_place(&place);
  behaves(&place, root);
  close_place(&place);
}

/* --- many want to make the same file --- */

enum { WRITERS = 16, ROUNDS = 100 };

struct race {
  struct place *place;
  const char *root;
  int rounds;
  pthread_barrier_t barrier;
  atomic_uint winners[ROUNDS];
};

static void run(void *object) {
  struct race *race = object;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = arena, .error = &error, .budget = race->place->budget, .files = &race->place->files};
  for (int i = 0; i < race->rounds; i++) {
    enum vonk_fs_claim claim = VONK_FS_ASK_AGAIN;
    struct vonk_str path = vonk_str_format(arena, "%s/%d", race->root, i);
    pthread_barrier_wait(&race->barrier);
    enum vonk_status status = vonk_fs_create_if_absent(&task, path, STR("mine"), &claim);
    if (status == VONK_OK && claim == VONK_FS_WON) atomic_fetch_add(&race->winners[i], 1);
    if (status != VONK_OK) print_error(STR_FMT "\n", STR_ARG(vonk_error_sentence(&error, arena)));
  }
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
}

static void one_wins(struct place *place, const char *root, int rounds) {
  struct race race = {.place = place, .root = root, .rounds = rounds};
  struct vonk_thread *threads[WRITERS];
  pthread_barrier_init(&race.barrier, NULL, WRITERS);
  for (int i = 0; i < WRITERS; i++) assert_non_null(threads[i] = vonk_thread_create("writer", run, &race));
  for (int i = 0; i < WRITERS; i++) vonk_thread_join(threads[i]);
  pthread_barrier_destroy(&race.barrier);
  for (int i = 0; i < rounds; i++) assert_int_equal(race.winners[i], 1);
}

static void races(void **state) {
  (void)state;
  char root[] = "/tmp/vonk-fs-XXXXXX";
  const char *store = getenv("VONK_RACE_FOLDER"), *rounds = getenv("VONK_RACE_ROUNDS"); /* another file system, and how often there */
  struct place place;
  assert_non_null(mkdtemp(root));
  open_place(&place);
  one_wins(&place, root, ROUNDS);
  one_wins(&place, "memory:/race", ROUNDS);
  int wanted = rounds ? atoi(rounds) : ROUNDS;
  if (store) one_wins(&place, store, wanted > 0 && wanted < ROUNDS ? wanted : ROUNDS);
  assert_int_equal(vonk_fs_remove(&place.task, vonk_str_of(root)), VONK_OK);
  close_place(&place);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(memory), cmocka_unit_test(local), cmocka_unit_test(races)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
