/* SPDX-License-Identifier: MIT */
#pragma once

/* How output looks: colours where there is a terminal that wants them, and the marks that its character set has. */

#include "common/macro.h"

typedef enum StyleId {
        STYLE_PLAIN,
        STYLE_GOOD,
        STYLE_WARN,
        STYLE_BAD,
        STYLE_DIM,
        STYLE_BOLD,
        STYLE_HEADER,
        _STYLE_N,
} StyleId;

typedef struct Style {
        bool terminal; /* this stream is one */
        bool colours;
        bool utf8;
        unsigned columns; /* 0: unbounded */
} Style;

/* Of the stream `fd`, by the environment: NO_COLOR and TERM=dumb switch colours off. */
Style style_detect(int fd);
/* The escape sequence that begins a style, or ends it; "" without colours. */
const char *style_on(const Style *style, StyleId id);
const char *style_off(const Style *style, StyleId id);
const char *style_ellipsis(const Style *style);

/* The mark before a service, and its colour, by its ActiveState. */
const char *style_mark(const Style *style, const char *active_state);
StyleId style_of_state(const char *active_state);
