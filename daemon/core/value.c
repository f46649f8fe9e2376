/* SPDX-License-Identifier: MIT */

/* Values as text: the one place that knows how `show` prints a span, a list, a mode. What a value means, and where it
 * comes from, is known by those who make it. */

#include "core/value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/quote.h"
#include "common/strv.h"
#include "common/timespan.h"

void value_done(Value *value)
{
        switch (value->type) {
        case VALUE_STRING:
                free(value->string);
                break;
        case VALUE_STRV:
        case VALUE_RECORDS:
                strv_free(value->strings);
                break;
        case VALUE_BOOL:
        case VALUE_INT:
        case VALUE_UINT:
        case VALUE_SPAN:
        case VALUE_TIMESTAMP:
        case VALUE_MODE:
        case _VALUE_TYPE_N:
                break;
        }
        *value = VALUE_NULL;
}

const char *value_type_signature(ValueType type)
{
        switch (type) {
        case VALUE_BOOL:
                return "b";
        case VALUE_INT:
                return "x";
        case VALUE_UINT:
        case VALUE_SPAN:
        case VALUE_TIMESTAMP:
        case VALUE_MODE:
                return "t";
        case VALUE_STRING:
                return "s";
        case VALUE_STRV:
        case VALUE_RECORDS:
                return "as";
        case _VALUE_TYPE_N:
                break;
        }
        assert_not_reached();
}

static char *format_number(const Value *value)
{
        char buf[MAX((size_t) TIMESPAN_MAX, (size_t) 32)];

        if (value->type == VALUE_INT)
                snprintf(buf, sizeof(buf), "%" PRId64, value->integer);
        else if (value->type == VALUE_MODE)
                snprintf(buf, sizeof(buf), "%04" PRIo64, value->number);
        else if (value->type == VALUE_SPAN)
                timespan_format(buf, sizeof(buf), value->number, 1);
        else if (value->type == VALUE_UINT && value->number == UINT64_MAX)
                return strdup("infinity");
        else
                snprintf(buf, sizeof(buf), "%" PRIu64, value->number);
        return strdup(buf);
}

int value_format(const Value *value, char **ret)
{
        char *text = NULL;

        switch (value->type) {
        case VALUE_BOOL:
                text = strdup(value->boolean ? "yes" : "no");
                break;
        case VALUE_INT:
        case VALUE_UINT:
        case VALUE_SPAN:
        case VALUE_TIMESTAMP:
        case VALUE_MODE:
                text = format_number(value);
                break;
        case VALUE_STRING:
                text = strdup(value->string);
                break;
        case VALUE_STRV:
                text = quote_words(value->strings);
                break;
        case VALUE_RECORDS:
                text = strv_join(value->strings, " ");
                break;
        case _VALUE_TYPE_N:
                assert_not_reached();
        }
        if (!text)
                return -ENOMEM;

        *ret = text;
        return 0;
}
