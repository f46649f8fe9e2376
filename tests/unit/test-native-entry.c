/* SPDX-License-Identifier: MIT */

/* Foreign bytes: every truncation and every wrong size is refused, never read beyond. */

#include "common/native-entry.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static const char two[] = "A=1\nMESSAGE=x=y\n\nB\n\3\0\0\0\0\0\0\0\n\0z\nC=\n";

Test(native_entry, entries_and_fields_come_in_order)
{
        NativeReader reader = NATIVE_READER(two, sizeof(two) - 1);
        NativeField field;

        cr_assert_eq(native_reader_next(&reader, &field), 1);
        cr_assert(native_field_is(&field, "A"));
        cr_assert_eq(native_reader_next(&reader, &field), 1);
        cr_assert(native_field_is(&field, "MESSAGE"));
        cr_assert(field.value_size == 3 && memcmp(field.value, "x=y", 3) == 0);
        cr_assert_eq(native_reader_next(&reader, &field), 0);
        cr_assert(native_reader_has_more(&reader));
        cr_assert_eq(native_reader_next(&reader, &field), 1);
        cr_assert(native_field_is(&field, "B"));
        cr_assert_not(native_field_is(&field, "BB"));
        cr_assert(field.value_size == 3 && memcmp(field.value, "\n\0z", 3) == 0);
        cr_assert_eq(native_reader_next(&reader, &field), 1);
        cr_assert_eq(field.value_size, 0);
        cr_assert_eq(native_reader_next(&reader, &field), 0);
        cr_assert_not(native_reader_has_more(&reader));
}

Test(native_entry, what_is_cut_off_is_refused_or_shorter)
{
        for (size_t size = 0; size < sizeof(two) - 1; size++) {
                /* On the heap, so that a sanitizer sees every step beyond. */
                char *copy = memcpy(malloc(MAX(size, (size_t) 1)), two, size);
                NativeReader reader = NATIVE_READER(copy, size);
                NativeField field;
                int r = 0;

                while (native_reader_has_more(&reader) && r >= 0)
                        while ((r = native_reader_next(&reader, &field)) > 0)
                                cr_assert_leq(field.value + field.value_size, copy + size);
                cr_assert(r == 0 || r == -EBADMSG);
                free(copy);
        }
}

Test(native_entry, nonsense_is_refused)
{
        static const struct {
                const char *data;
                size_t size;
        } bad[] = {
                {"=x\n", 3},
                {"A", 1},
                {"A=1", 3},
                {"A\n\xff\xff\xff\xff\xff\xff\xff\xff"
                 "x\n",
                 12},
                {"A\n\xf7\xff\xff\xff\xff\xff\xff\xff"
                 "x\n",
                 12},
                {"A\n\2\0\0\0\0\0\0\0x\n", 12},
                {"A\n\1\0\0\0\0\0\0\0xy", 12},
        };
        NativeField field;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                NativeReader reader = NATIVE_READER(bad[i].data, bad[i].size);

                cr_assert_eq(native_reader_next(&reader, &field), -EBADMSG, "case %zu", i);
        }
}

Test(native_entry, numbers_are_decimal_and_bounded)
{
        static const struct {
                const char *text;
                int r;
                uint64_t value;
        } cases[] = {
                {"0", 0, 0},
                {"18446744073709551615", 0, UINT64_MAX},
                {"18446744073709551616", -EINVAL, 0},
                {"", -EINVAL, 0},
                {"-1", -EINVAL, 0},
                {"1x", -EINVAL, 0},
                {" 1", -EINVAL, 0},
                {"99999999999999999999", -EINVAL, 0},
                {"007", 0, 7},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                NativeField field = {"N", 1, cases[i].text, strlen(cases[i].text)};
                uint64_t value = 0;

                cr_assert_eq(native_field_uint64(&field, &value), cases[i].r, "'%s'", cases[i].text);
                cr_assert_eq(value, cases[i].value);
        }
}
