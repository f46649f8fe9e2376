/* SPDX-License-Identifier: MIT */

/* The smallest service: it says its argument, where there is one, as a line, and waits for its end. */

#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        if (argc > 1 &&
            writev(STDOUT_FILENO, (struct iovec[]){{argv[1], strlen(argv[1])}, {(char *) "\n", 1}}, 2) < 0)
                return 1;
        for (;;)
                pause();
}
