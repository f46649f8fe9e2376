/* SPDX-License-Identifier: MIT */

/* tended-helper: what may hang (a name service, a terminal, a disk, a journal), done in a process of its own, so that
 * the daemon never waits for it. The daemon gives each subcommand its descriptors 0 to 2 and nothing else; a helper
 * ends when it is done, or when nobody listens any more. */

#include <stdio.h>
#include <string.h>

#include "helper/helper.h"

typedef struct Subcommand {
        const char *name;
        int (*run)(int argc, char **argv);
} Subcommand;

static const Subcommand subcommands[] = {
        {"await", helper_await},       {"names", helper_names},
        {"pid-file", helper_pid_file}, {"pid-file-remove", helper_pid_file_remove},
        {"probe", helper_probe},       {"remove", helper_remove},
        {"resolve", helper_resolve},   {"writer", helper_writer},
};

int main(int argc, char **argv)
{
        for (size_t i = 0; argc > 1 && i < ELEMENTSOF(subcommands); i++)
                if (strcmp(argv[1], subcommands[i].name) == 0)
                        return subcommands[i].run(argc - 1, argv + 1);

        fprintf(stderr, "tended-helper is started by tended, not by hand. Its subcommands:");
        for (size_t i = 0; i < ELEMENTSOF(subcommands); i++)
                fprintf(stderr, " %s", subcommands[i].name);
        fprintf(stderr, "\n");
        return 2;
}
