/* SPDX-License-Identifier: MIT */
#include "core/value.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/strv.h"

Test(value, is_printed_as_systemctl_does)
{
        char *words[] = {(char *) "A=1", (char *) "B=x y", NULL};
        char *records[] = {(char *) "{ path=/x ; argv[]=/x a }", (char *) "{ path=/y }", NULL};
        const struct {
                Value value;
                const char *text, *signature;
        } cases[] = {
                {{.type = VALUE_BOOL, .boolean = true}, "yes", "b"},
                {{.type = VALUE_BOOL}, "no", "b"},
                {{.type = VALUE_INT, .integer = -5}, "-5", "x"},
                {{.type = VALUE_UINT, .number = 42}, "42", "t"},
                {{.type = VALUE_UINT, .number = UINT64_MAX}, "infinity", "t"},
                {{.type = VALUE_SPAN, .number = 90 * USEC_PER_SEC}, "1min 30s", "t"},
                {{.type = VALUE_SPAN, .number = 100 * USEC_PER_MSEC}, "100ms", "t"},
                {{.type = VALUE_SPAN, .number = 0}, "0", "t"},
                {{.type = VALUE_SPAN, .number = USEC_INFINITY}, "infinity", "t"},
                {{.type = VALUE_TIMESTAMP, .number = 1700000000000000}, "1700000000000000", "t"},
                {{.type = VALUE_MODE, .number = 022}, "0022", "t"},
                {{.type = VALUE_STRING, .string = (char *) "a b"}, "a b", "s"},
                {{.type = VALUE_STRV, .strings = words}, "A=1 'B=x y'", "as"},
                {{.type = VALUE_STRV}, "", "as"},
                {{.type = VALUE_RECORDS, .strings = records}, "{ path=/x ; argv[]=/x a } { path=/y }", "as"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char *text = NULL;

                cr_assert_eq(value_format(&cases[i].value, &text), 0);
                cr_expect_str_eq(text, cases[i].text);
                cr_expect_str_eq(value_type_signature(cases[i].value.type), cases[i].signature);
                free(text);
        }
}

Test(value, gives_back_what_it_owns)
{
        Value string = {.type = VALUE_STRING, .string = strdup("x")}, list = {.type = VALUE_STRV};

        cr_assert_eq(strv_extend(&list.strings, "x"), 0);
        value_done(&string);
        value_done(&list);
        value_done(&list);
        cr_assert_eq(string.type, VALUE_BOOL);
}
