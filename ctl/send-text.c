/* SPDX-License-Identifier: MIT */

/* One word may be empty: that is an empty line. */

#include "ctl/send-text.h"

#include <errno.h>

#include "common/text.h"

int send_text(char *const *words, bool newline, char **ret, size_t *ret_size)
{
        _cleanup_(text_done) Text text = TEXT_NULL;
        size_t size;
        int r;

        if (!words[0]) {
                *ret = NULL;
                *ret_size = 0;
                return 0;
        }
        for (size_t i = 0; words[i]; i++) {
                if (i > 0)
                        text_add_char(&text, ' ');
                text_add_string(&text, words[i]);
        }
        if (newline)
                text_add_char(&text, '\n');
        size = text.n;
        r = text_take(&text, ret);
        if (r < 0)
                return r;
        *ret_size = size;
        return 0;
}
