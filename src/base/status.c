/* status.c: the end of the process when one of our own assumptions is wrong. */
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void vonk_assert_failed(const char *expression, const char *file, int line) {
  fprintf(stderr, "vonk: internal error, please report it: assertion failed: %s (%s:%d)\n", expression, file, line);
  fflush(stderr);
  abort();
}
