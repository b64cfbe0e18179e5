/* command.h: the subcommands of vonk. Each gets the arguments behind its name and answers the exit code. */
#ifndef VONK_MAIN_COMMAND_H
#define VONK_MAIN_COMMAND_H

enum vonk_exit { VONK_EXIT_FINE = 0, VONK_EXIT_FAILED = 1, VONK_EXIT_USAGE = 2, VONK_EXIT_CANCELLED = 130 };

int vonk_command_sql(int count, char **arguments);
int vonk_command_serve(int count, char **arguments);
int vonk_command_submit(int count, char **arguments);
int vonk_command_doctor(int count, char **arguments);

extern const char vonk_help[], vonk_sql_help[], vonk_serve_help[], vonk_submit_help[], vonk_doctor_help[];

#endif
