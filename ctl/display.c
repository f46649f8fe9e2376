/* SPDX-License-Identifier: MIT */

/* What a terminal makes of bytes. Widths come from the few ranges that matter (East Asian wide, emoji, combining
 * marks), not from wcwidth(), which knows nothing in the C locale. What a service prints is foreign: it reaches a
 * terminal only through display_safe(), so that no line can move the cursor, retitle the window or read backwards. */

#include "ctl/display.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct Range {
        uint32_t first, last;
} Range;

static const Range wide[] = {
        {0x1100, 0x115f},   {0x2329, 0x232a},   {0x2e80, 0x303e}, {0x3041, 0x33ff},   {0x3400, 0x4dbf},
        {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},
        {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
        {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static const Range without_width[] = {
        {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
        {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d},
        {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};

static bool in_ranges(uint32_t c, const Range *ranges, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (c >= ranges[i].first && c <= ranges[i].last)
                        return true;
        return false;
}

int utf8_decode(const char *s, size_t size, uint32_t *ret)
{
        static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
        const unsigned char *u = (const unsigned char *) s;
        uint32_t c;
        size_t n;

        if (size == 0)
                return -EINVAL;
        if (u[0] < 0x80) {
                *ret = u[0];
                return 1;
        }

        n = (u[0] & 0xe0) == 0xc0 ? 2 : (u[0] & 0xf0) == 0xe0 ? 3 : (u[0] & 0xf8) == 0xf0 ? 4 : 0;
        if (n == 0 || n > size)
                return -EINVAL;

        c = u[0] & (0x7fu >> n);
        for (size_t i = 1; i < n; i++) {
                if ((u[i] & 0xc0) != 0x80)
                        return -EINVAL;
                c = c << 6 | (u[i] & 0x3f);
        }
        if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return -EINVAL;

        *ret = c;
        return (int) n;
}

bool utf8_is_valid(const char *s, size_t size)
{
        uint32_t c;

        for (size_t i = 0; i < size;) {
                int n = utf8_decode(s + i, size - i, &c);

                if (n < 0)
                        return false;
                i += (size_t) n;
        }
        return true;
}

static size_t character_width(uint32_t c)
{
        if (c < 0x300)
                return 1;
        if (in_ranges(c, without_width, ELEMENTSOF(without_width)))
                return 0;
        return in_ranges(c, wide, ELEMENTSOF(wide)) ? 2 : 1;
}

/* The width of the next character and, in *ret_size, its bytes. */
static size_t next_width(const char *s, size_t size, size_t *ret_size)
{
        uint32_t c;
        int n = utf8_decode(s, size, &c);

        *ret_size = n < 0 ? 1 : (size_t) n;
        return n < 0 ? 1 : character_width(c);
}

size_t display_width_n(const char *s, size_t size)
{
        size_t width = 0, step;

        for (size_t i = 0; i < size; i += step)
                width += next_width(s + i, size - i, &step);
        return width;
}

size_t display_width(const char *s)
{
        return display_width_n(s, strlen(s));
}

size_t display_prefix(const char *s, size_t width)
{
        size_t size = strlen(s), used = 0, i = 0;

        while (i < size) {
                size_t step, w = next_width(s + i, size - i, &step);

                if (used + w > width)
                        break;
                used += w;
                i += step;
        }
        return i;
}

char *display_cut(const char *s, size_t width, const char *ellipsis)
{
        size_t mark = display_width(ellipsis), n;
        char *cut;

        if (display_width(s) <= width)
                return strdup(s);
        if (mark > width)
                return strndup(s, display_prefix(s, width));

        n = display_prefix(s, width - mark);
        if (asprintf(&cut, "%.*s%s", (int) n, s, ellipsis) < 0)
                return NULL;
        return cut;
}

/* Characters that only change how others are shown, and line ends that a terminal may believe. */
static bool is_deceptive(uint32_t c)
{
        return (c >= 0x80 && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
               (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static bool is_harmless(uint32_t c, bool newlines)
{
        if (c < 0x20)
                return c == '\t' || (c == '\n' && newlines);
        return c != 0x7f && !is_deceptive(c);
}

/* The length of a colour sequence (ESC [ digits ; m) at `s`, 0 where there is none. */
static size_t colour_length(const char *s, size_t size)
{
        size_t i = 2;

        if (size < 3 || s[0] != '\x1b' || s[1] != '[')
                return 0;
        while (i < size && i < 32 && ((s[i] >= '0' && s[i] <= '9') || s[i] == ';'))
                i++;
        return i < size && s[i] == 'm' ? i + 1 : 0;
}

bool display_is_safe(const char *s, size_t size, bool newlines)
{
        uint32_t c;

        for (size_t i = 0; i < size;) {
                int n = utf8_decode(s + i, size - i, &c);

                if (n < 0 || !is_harmless(c, newlines))
                        return false;
                i += (size_t) n;
        }
        return true;
}

char *display_safe(const char *s, size_t size, bool newlines)
{
        /* The longest replacement is `\x1b` for one byte. */
        char *safe = malloc(size * 4 + 1), *out = safe;

        if (!safe)
                return NULL;

        for (size_t i = 0; i < size;) {
                size_t colour = colour_length(s + i, size - i);
                uint32_t c = 0;
                int n;

                if (colour > 0) {
                        i += colour;
                        continue;
                }

                n = utf8_decode(s + i, size - i, &c);
                if (n > 0 && is_harmless(c, newlines)) {
                        memcpy(out, s + i, (size_t) n);
                        out += n;
                } else if (n > 1) {
                        out += sprintf(out, "\\u%04x", (unsigned) c);
                } else {
                        out += sprintf(out, "\\x%02x", (unsigned char) s[i]);
                }
                i += n < 0 ? 1 : (size_t) n;
        }
        *out = '\0';
        return safe;
}
