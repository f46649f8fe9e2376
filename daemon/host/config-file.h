/* SPDX-License-Identifier: MIT */
#pragma once

/* One definition file off the disk: what it may be, and what is in it. */

#include "common/macro.h"

/* Larger files are refused. */
#define CONFIG_FILE_MAX ((size_t) 4 * 1024 * 1024)

typedef struct ConfigFile {
        char *contents; /* not terminated; the caller's to free */
        size_t size;
        bool masks; /* a link to /dev/null: stands for nothing, and hides its namesakes */
} ConfigFile;

/* Never waits for a FIFO or a device. Negative errno; -EBADMSG and others come with a sentence's end in *ret_problem
 * (the caller's to free; NULL only where memory is out). */
int config_file_read(const char *path, ConfigFile *ret, char **ret_problem);
