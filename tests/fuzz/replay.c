/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over the files of a corpus: every case that was ever found stays a test, without libFuzzer. */

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static int replay(const char *folder, const char *name)
{
        char path[4096];
        FILE *file;
        uint8_t *data = NULL;
        size_t n = 0;

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        file = fopen(path, "re");
        if (!file) {
                perror(path);
                return -errno;
        }
        /* In a block of exactly its size, so that a sanitizer sees what is read behind it. */
        for (int c; (c = getc(file)) != EOF;) {
                data = realloc(data, n + 1);
                data[n++] = (uint8_t) c;
        }
        fclose(file);
        LLVMFuzzerTestOneInput(data, n);
        free(data);
        return 0;
}

int main(int argc, char **argv)
{
        struct dirent *entry;
        unsigned n = 0;
        DIR *folder;

        if (argc != 2)
                return EXIT_FAILURE;
        folder = opendir(argv[1]);
        if (!folder) {
                perror(argv[1]);
                return EXIT_FAILURE;
        }
        while ((entry = readdir(folder))) {
                if (entry->d_name[0] == '.')
                        continue;
                if (replay(argv[1], entry->d_name) < 0)
                        return EXIT_FAILURE;
                n++;
        }
        closedir(folder);
        printf("%u cases\n", n);
        return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
