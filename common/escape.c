/* SPDX-License-Identifier: MIT */
/* The escapes of C in values. Letters stand in a table; numbers are read by base and count of digits. An octal or \x
 * escape is a byte, \u and \U are characters, written in UTF-8. NUL can't be written, as no value can hold it. */

#include "common/escape.h"

#include <errno.h>
#include <string.h>

#include "common/text.h"

static int digit_value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

/* Exactly n digits. */
static int read_digits(const char *s, unsigned n, unsigned base, uint32_t *ret)
{
        uint32_t value = 0;

        for (unsigned i = 0; i < n; i++) {
                int digit = digit_value(s[i]);

                if (digit < 0 || (unsigned) digit >= base)
                        return -EINVAL;
                value = value * base + (uint32_t) digit;
        }
        *ret = value;
        return 0;
}

bool codepoint_is_valid(uint32_t c)
{
        bool surrogate = c >= 0xd800 && c <= 0xdfff;
        bool noncharacter = (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;

        return c <= 0x10ffff && !surrogate && !noncharacter;
}

static unsigned encode_utf8(uint32_t c, char bytes[4])
{
        unsigned n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

        for (unsigned i = n; i-- > 1; c >>= 6)
                bytes[i] = (char) (0x80 | (c & 0x3f));
        bytes[0] = (char) (lead[n] | c);
        return n;
}

static int read_number(const char *s, unsigned skip, unsigned n_digits, unsigned base, Escaped *ret)
{
        uint32_t value;
        Escaped escaped = {.length = skip + n_digits};
        int r;

        r = read_digits(s + skip, n_digits, base, &value);
        if (r < 0)
                return r;
        if (value == 0)
                return -EINVAL;

        if (n_digits > 3) {
                /* systemd lets lone surrogates pass in \u, and refuses them in \U. */
                if (n_digits == 8 && !codepoint_is_valid(value))
                        return -EINVAL;
                escaped.n = encode_utf8(value, escaped.bytes);
        } else {
                if (value > 0xff)
                        return -EINVAL;
                escaped.bytes[0] = (char) value;
                escaped.n = 1;
        }
        *ret = escaped;
        return 0;
}

int escape_read(const char *s, Escaped *ret)
{
        static const char letters[] = "abfnrtv\\\"'s", meanings[] = "\a\b\f\n\r\t\v\\\"' ";
        const char *letter;

        switch (*s) {
        case '\0':
                return -EINVAL;
        case 'x':
                return read_number(s, 1, 2, 16, ret);
        case 'u':
                return read_number(s, 1, 4, 16, ret);
        case 'U':
                return read_number(s, 1, 8, 16, ret);
        case '0' ... '7':
                return read_number(s, 0, 3, 8, ret);
        default:
                letter = strchr(letters, *s);
                if (!letter)
                        return -EINVAL;
                *ret = (Escaped){.bytes = {meanings[letter - letters]}, .n = 1, .length = 1};
                return 0;
        }
}

int c_unescape(const char *s, char **ret)
{
        _cleanup_(text_done) Text text = TEXT_NULL;
        Escaped escaped;
        int r;

        while (*s) {
                size_t plain = strcspn(s, "\\");

                text_add(&text, s, plain);
                s += plain;
                if (!*s)
                        break;

                r = escape_read(s + 1, &escaped);
                if (r < 0)
                        return r;
                text_add(&text, escaped.bytes, escaped.n);
                s += 1 + escaped.length;
        }
        return text_take(&text, ret);
}
