/* descriptor.c: see descriptor.h. Between fork and the end only calls are made that are safe there, since other threads may hold locks. */
#include "base/descriptor.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int by_number(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

_Noreturn static void hold(const int *descriptors, size_t count, unsigned seconds) {
  const struct timespec span = {(time_t)seconds, 0};
  unsigned next = 0;
  for (size_t i = 0; i < count; i++) {
    unsigned descriptor = (unsigned)descriptors[i];
    if (descriptor > next) close_range(next, descriptor - 1, 0);
    next = descriptor + 1;
  }
  close_range(next, UINT_MAX, 0);
  nanosleep(&span, NULL);
  _exit(0);
}

/* A grandchild, so that the system takes it in. */
void vonk_descriptors_hold(int *descriptors, size_t count, unsigned seconds) {
  qsort(descriptors, count, sizeof *descriptors, by_number);
  pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) hold(descriptors, count, seconds);
    _exit(0);
  }
  if (child > 0) waitpid(child, NULL, 0);
}
