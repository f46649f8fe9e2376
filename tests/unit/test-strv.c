/* SPDX-License-Identifier: MIT */
#include "common/strv.h"

#include <criterion/criterion.h>
#include <string.h>

Test(strv, a_vector_grows_by_either_way_of_counting)
{
        _cleanup_(strv_freep) char **a = NULL, **b = NULL, **copy = NULL;
        size_t n = 0;

        for (unsigned i = 0; i < 300; i++) {
                cr_assert_eq(strv_extendf(&a, "%u", i), 0);
                cr_assert_eq(strv_consume_n(&b, &n, strdup(a[i])), 0);
                cr_assert_eq(strv_length(a), i + 1);
                cr_assert_eq(n, i + 1);
        }
        cr_assert(strv_equal(a, b));
        cr_assert_eq(strv_copy(a, &copy), 0);
        cr_assert(strv_equal(a, copy));
        cr_assert(strv_contains(a, "299"));
        cr_assert(!strv_contains(a, "300"));
        cr_assert_eq(strv_extend(&copy, "x"), 0);
        cr_assert(!strv_equal(a, copy));
}

Test(strv, no_vector_is_the_empty_one)
{
        char *joined = strv_join(NULL, "|");

        cr_assert_str_eq(joined, "");
        free(joined);
        cr_assert_eq(strv_length(NULL), 0);
        cr_assert(strv_equal(NULL, NULL));
        cr_assert(!strv_contains(NULL, "x"));
        cr_assert_null(strv_free(NULL));
}

Test(strv, a_lack_of_memory_passes_through)
{
        char **strv = NULL;

        cr_assert_lt(strv_consume(&strv, NULL), 0);
        cr_assert_null(strv);
}

Test(strv, strings_are_joined_by_any_separator)
{
        const char *strv[] = {"a", "", "b", NULL};
        char *joined = strv_join((char **) strv, ", ");

        cr_assert_str_eq(joined, "a, , b");
        free(joined);
}
