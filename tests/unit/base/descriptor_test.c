/* descriptor_test.c: files that a process holds open for a moment after they have been closed here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "base/descriptor.h"

/* The reader sees the end of a pipe only when nobody holds its writing end any more. */
static void test_descriptors_hold__keeps_those_alone(void **state) {
  int held[2], free_end[2];
  char byte;
  (void)state;
  assert_int_equal(pipe(held), 0);
  assert_int_equal(pipe(free_end), 0);
  vonk_descriptors_hold(&held[1], 1, 1);
  close(held[1]);
  close(free_end[1]);
  assert_int_equal(read(free_end[0], &byte, 1), 0); /* nobody else has it */
  assert_int_equal(fcntl(held[0], F_SETFL, O_NONBLOCK), 0);
  assert_int_equal(read(held[0], &byte, 1), -1);    /* somebody has it */
  assert_int_equal(fcntl(held[0], F_SETFL, 0), 0);
  assert_int_equal(read(held[0], &byte, 1), 0);     /* and lets it go */
  close(held[0]);
  close(free_end[0]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_descriptors_hold__keeps_those_alone)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
