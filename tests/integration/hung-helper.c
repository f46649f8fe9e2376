/* SPDX-License-Identifier: MIT */

/* Stands in for tended-helper: asked for names it hangs, as a name service may; for everything else it becomes the
 * real one, whose path is in REAL_HELPER. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        const char *real = getenv("REAL_HELPER");

        if (argc > 1 && strcmp(argv[1], "names") == 0)
                for (;;)
                        pause();
        if (!real)
                return 2;
        execv(real, argv);
        perror(real);
        return 1;
}
