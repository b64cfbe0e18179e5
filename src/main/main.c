/* main.c: the vonk command; the subcommands live beside it. */
int main(void) { return 0; }
