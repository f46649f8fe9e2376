/* SPDX-License-Identifier: MIT */

/* The level that a program puts before its line. What isn't exactly such a prefix belongs to the line. */

#include "core/priority.h"

#define PREFIX_MAX 5 /* "<007>" */

size_t priority_parse(const char *head, size_t head_size, const char *tail, size_t tail_size, uint8_t *ret_level)
{
        unsigned level = 0;

        for (size_t i = 0; i < PREFIX_MAX && i < head_size + tail_size; i++) {
                char c = i < head_size ? head[i] : tail[i - head_size];

                if (i == 0) {
                        if (c != '<')
                                return 0;
                } else if (c == '>') {
                        if (i == 1 || level > 7)
                                return 0;
                        *ret_level = (uint8_t) level;
                        return i + 1;
                } else if (c >= '0' && c <= '9') {
                        level = level * 10 + (unsigned) (c - '0');
                } else {
                        return 0;
                }
        }
        return 0;
}
