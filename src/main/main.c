/* main.c: the vonk command: finds the subcommand. */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "main/command.h"
#include "vonk/vonk.h"

static int version(int count, char **arguments) {
  (void)count, (void)arguments;
  printf("vonk %s\n", vonk_version());
  return VONK_EXIT_FINE;
}

static int help(int count, char **arguments) {
  (void)arguments;
  fputs(count > 0 && strcmp(arguments[0], "sql") == 0 ? vonk_sql_help : vonk_help, stdout);
  return VONK_EXIT_FINE;
}

static const struct {
  const char *name;
  int (*run)(int count, char **arguments);
} commands[] = {
    {"sql", vonk_command_sql}, {"serve", vonk_command_serve}, {"submit", vonk_command_submit}, {"doctor", vonk_command_doctor}, {"help", help},   {"--help", help},
    {"-h", help},              {"version", version},            {"--version", version}, {"-V", version},
};

int main(int count, char **arguments) {
  if (count < 2) {
    fputs(vonk_help, stderr);
    return VONK_EXIT_USAGE;
  }
  for (size_t i = 0; i < COUNT_OF(commands); i++) {
    if (strcmp(arguments[1], commands[i].name) == 0) return commands[i].run(count - 2, arguments + 2);
  }
  fprintf(stderr, "vonk: no such command: %s\nTry vonk --help.\n", arguments[1]);
  return VONK_EXIT_USAGE;
}
