/* SPDX-License-Identifier: MIT */
#include "ctl/json.h"

#include <criterion/criterion.h>

Test(json, text_is_a_string_and_other_bytes_are_numbers)
{
        static const struct {
                const char *bytes;
                size_t size;
                const char *json;
        } cases[] = {
                {"", 0, "\"\""},
                {"ä\"\n", 4, "\"ä\\\"\\n\""},
                {"a\0b", 3, "\"a\\u0000b\""},
                {"\x1b[m", 3, "\"\\u001b[m\""},
                {"a\xff", 2, "[97,255]"},
                {"\x80", 1, "[128]"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_json_ JsonValue *value = json_bytes(cases[i].bytes, cases[i].size);

                cr_assert_str_eq(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN), cases[i].json);
        }
}

Test(json, a_row_answers_with_the_fallback_where_there_is_nothing)
{
        _cleanup_json_ JsonValue *row =
                json_tokener_parse("{\"Id\":\"web\",\"MainPID\":4711,\"Ready\":true,\"NextRestartTimestamp\":null,"
                                   "\"Big\":18446744073709551614}");

        cr_assert_str_eq(row_string(row, "Id"), "web");
        cr_assert_str_eq(row_string(row, "Nothing"), "");
        cr_assert_str_eq(row_string(row, "MainPID"), "");
        cr_assert_eq(row_number(row, "MainPID", 1), 4711);
        cr_assert_eq(row_number(row, "Id", 1), 1);
        cr_assert_eq(row_number(row, "NextRestartTimestamp", 7), 7);
        cr_assert_eq(row_number(row, "Big", 0), UINT64_MAX - 1);
        cr_assert(row_bool(row, "Ready"));
        cr_assert(!row_bool(row, "Nothing"));
        cr_assert(row_has(row, "Id"));
        cr_assert(!row_has(row, "NextRestartTimestamp"));
}
