/* SPDX-License-Identifier: MIT */

/* Reads what there is on stdin, at most 64 KiB, and writes it backwards. */

#include <unistd.h>

int main(void)
{
        static char in[65536], out[65536];
        size_t size = 0;
        ssize_t n;

        while (size < sizeof(in) && (n = read(STDIN_FILENO, in + size, sizeof(in) - size)) > 0)
                size += (size_t) n;
        for (size_t i = 0; i < size; i++)
                out[i] = in[size - 1 - i];
        return write(STDOUT_FILENO, out, size) == (ssize_t) size ? 0 : 1;
}
