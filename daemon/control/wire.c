/* SPDX-License-Identifier: MIT */

/* From values to messages. A path or a sentence may hold any bytes; a bus string may not, and sd-bus refuses the
 * whole message for one of them. So each string is looked at, and only one that needs it is copied. */

#include "control/wire.h"

#include <errno.h>
#include <string.h>

#include "common/escape.h"
#include "common/strv.h"
#include "common/text.h"

/* Bytes of the character at `s`; 0 where there is none: not UTF-8, too long a form, or none that may stand in text.
 */
static unsigned utf8_length(const char *s)
{
        static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
        unsigned char c = (unsigned char) *s;
        uint32_t point;
        unsigned n;

        if (c < 0x80)
                return 1;
        if ((c & 0xe0) == 0xc0)
                n = 2;
        else if ((c & 0xf0) == 0xe0)
                n = 3;
        else if ((c & 0xf8) == 0xf0)
                n = 4;
        else
                return 0;

        point = c & (0xffu >> (n + 1));
        for (unsigned i = 1; i < n; i++) {
                /* The string's end is no such byte either. */
                if (((unsigned char) s[i] & 0xc0) != 0x80)
                        return 0;
                point = point << 6 | ((unsigned char) s[i] & 0x3f);
        }
        return point >= smallest[n] && codepoint_is_valid(point) ? n : 0;
}

static bool is_clean(const char *s)
{
        unsigned n;

        for (; *s; s += n) {
                n = utf8_length(s);
                if (n == 0)
                        return false;
        }
        return true;
}

int wire_clean(const char *s, char **ret)
{
        static const char digits[] = "0123456789abcdef";
        _cleanup_(text_done) Text text = TEXT_NULL;

        while (*s) {
                unsigned n = utf8_length(s);

                if (n > 0) {
                        text_add(&text, s, n);
                        s += n;
                        continue;
                }
                text_add_string(&text, "\\x");
                text_add_char(&text, digits[(unsigned char) *s >> 4]);
                text_add_char(&text, digits[(unsigned char) *s & 0xf]);
                s++;
        }
        return text_take(&text, ret);
}

int wire_append_string(sd_bus_message *m, const char *s)
{
        _cleanup_free_ char *clean = NULL;
        int r;

        if (!s)
                s = "";
        if (is_clean(s))
                return sd_bus_message_append_basic(m, 's', s);

        r = wire_clean(s, &clean);
        if (r < 0)
                return r;
        return sd_bus_message_append_basic(m, 's', clean);
}

int wire_append_strv(sd_bus_message *m, char *const *strv)
{
        int r;

        r = sd_bus_message_open_container(m, 'a', "s");
        if (r < 0)
                return r;
        STRV_FOREACH (s, strv) {
                r = wire_append_string(m, *s);
                if (r < 0)
                        return r;
        }
        return sd_bus_message_close_container(m);
}

static int append_number(sd_bus_message *m, const char *signature, uint64_t number)
{
        if (*signature == 'u') {
                uint32_t small = (uint32_t) MIN(number, (uint64_t) UINT32_MAX);

                return sd_bus_message_append_basic(m, 'u', &small);
        }
        return sd_bus_message_append_basic(m, 't', &number);
}

static int append_integer(sd_bus_message *m, const char *signature, int64_t integer)
{
        if (*signature == 'i') {
                int32_t small = (int32_t) integer;

                return sd_bus_message_append_basic(m, 'i', &small);
        }
        return sd_bus_message_append_basic(m, 'x', &integer);
}

int wire_append_value(sd_bus_message *m, const char *signature, const Value *value)
{
        int truth;

        switch (value->type) {
        case VALUE_BOOL:
                truth = value->boolean;
                return sd_bus_message_append_basic(m, 'b', &truth);
        case VALUE_INT:
                return append_integer(m, signature, value->integer);
        case VALUE_UINT:
        case VALUE_SPAN:
        case VALUE_TIMESTAMP:
        case VALUE_MODE:
                return append_number(m, signature, value->number);
        case VALUE_STRING:
                return wire_append_string(m, value->string);
        case VALUE_STRV:
        case VALUE_RECORDS:
                return wire_append_strv(m, value->strings);
        case _VALUE_TYPE_N:
                break;
        }
        assert_not_reached();
}

int wire_append_entry(sd_bus_message *m, const char *name, const char *signature, const Value *value)
{
        int r;

        r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append_basic(m, 's', name);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', signature);
        if (r >= 0)
                r = wire_append_value(m, signature, value);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r;
}
