/* SPDX-License-Identifier: MIT */

/* Colours are for people: only on a terminal, never with NO_COLOR, never on a dumb one. What they say is also said in
 * words, so nothing is lost without them. */

#include "ctl/style.h"

#include <langinfo.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *const sequences[_STYLE_N] = {
        [STYLE_PLAIN] = "",           [STYLE_GOOD] = "\x1b[0;1;32m", [STYLE_WARN] = "\x1b[0;1;33m",
        [STYLE_BAD] = "\x1b[0;1;31m", [STYLE_DIM] = "\x1b[0;2m",     [STYLE_BOLD] = "\x1b[0;1m",
        [STYLE_HEADER] = "\x1b[0;4m",
};

static unsigned terminal_columns(int fd)
{
        const char *columns = getenv("COLUMNS");
        struct winsize size;

        if (columns && *columns) {
                unsigned long n = strtoul(columns, NULL, 10);

                if (n >= 20 && n <= 10000)
                        return (unsigned) n;
        }
        if (ioctl(fd, TIOCGWINSZ, &size) >= 0 && size.ws_col > 0)
                return MAX(size.ws_col, 20u);
        return 80;
}

Style style_detect(int fd)
{
        const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
        Style style = {.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0};

        style.terminal = isatty(fd);
        if (!style.terminal)
                return style;

        style.columns = terminal_columns(fd);
        style.colours = !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
        return style;
}

const char *style_on(const Style *style, StyleId id)
{
        return style->colours ? sequences[id] : "";
}

const char *style_off(const Style *style, StyleId id)
{
        return style->colours && id != STYLE_PLAIN ? "\x1b[0m" : "";
}

const char *style_ellipsis(const Style *style)
{
        return style->utf8 ? "…" : "...";
}

typedef struct Mark {
        const char *state, *utf8, *ascii;
        StyleId style;
} Mark;

static const Mark marks[] = {
        {"active", "●", "*", STYLE_GOOD},     {"reloading", "↻", "*", STYLE_GOOD},
        {"activating", "●", "*", STYLE_WARN}, {"deactivating", "●", "*", STYLE_WARN},
        {"failed", "×", "x", STYLE_BAD},      {"inactive", "○", "-", STYLE_DIM},
};

static const Mark *find_mark(const char *active_state)
{
        static const Mark unknown = {"", "?", "?", STYLE_WARN};

        for (size_t i = 0; i < ELEMENTSOF(marks); i++)
                if (strcmp(marks[i].state, active_state) == 0)
                        return &marks[i];
        return &unknown;
}

const char *style_mark(const Style *style, const char *active_state)
{
        const Mark *mark = find_mark(active_state);

        return style->utf8 ? mark->utf8 : mark->ascii;
}

StyleId style_of_state(const char *active_state)
{
        return find_mark(active_state)->style;
}
