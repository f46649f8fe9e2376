/* SPDX-License-Identifier: MIT */

#include "control/wire.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/protocol.h"
#include "common/strv.h"

Test(wire, what_is_no_utf8_is_spelled_out)
{
        static const char *const cases[][2] = {
                {"", ""},
                {"plain", "plain"},
                {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
                {"\xe2\x82\xac \xf0\x9f\x90\xa7", "\xe2\x82\xac \xf0\x9f\x90\xa7"},
                {"\xff", "\\xff"},
                {"a\xe9z", "a\\xe9z"},
                {"\xc3", "\\xc3"},
                {"\xe2\x82", "\\xe2\\x82"},
                {"\xf0\x9f\x90", "\\xf0\\x9f\\x90"},
                {"\xc0\x80", "\\xc0\\x80"},                            /* NUL in too long a form */
                {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},                   /* "/", likewise */
                {"\xed\xa0\x80", "\\xed\\xa0\\x80"},                   /* a surrogate */
                {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},          /* above the last character */
                {"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"}, /* five bytes */
                {"\x80\xc3\xbc", "\\x80\xc3\xbc"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *clean = NULL;

                cr_assert_eq(wire_clean(cases[i][0], &clean), 0);
                cr_assert_str_eq(clean, cases[i][1], "case %zu: %s", i, clean);
        }
}

/* A message that belongs to a connection that nobody reads. */
static sd_bus_message *new_message(sd_bus **ret_bus)
{
        sd_bus_message *m = NULL;
        sd_bus *bus = NULL;
        int fds[2];

        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        cr_assert_geq(sd_bus_new(&bus), 0);
        cr_assert_geq(sd_bus_set_fd(bus, fds[0], fds[0]), 0);
        cr_assert_geq(sd_bus_start(bus), 0);
        cr_assert_geq(sd_bus_message_new_signal(bus, &m, "/x", "x.y", "z"), 0);
        close(fds[1]);
        *ret_bus = bus;
        return m;
}

Test(wire, any_bytes_can_be_sent)
{
        sd_bus *bus;
        sd_bus_message *m = new_message(&bus);

        /* All that there are, but the one that ends a string. */
        char bytes[256];
        for (int i = 0; i < 255; i++)
                bytes[i] = (char) (i + 1);
        bytes[255] = '\0';

        cr_assert_geq(wire_append_string(m, bytes), 0);
        cr_assert_geq(wire_append_string(m, NULL), 0);
        sd_bus_message_unref(m);
        sd_bus_close(bus);
        sd_bus_unref(bus);
}

Test(wire, values_keep_their_types_and_their_extremes)
{
        char *strings[] = {(char *) "a", (char *) "\xff", NULL};
        const struct {
                const char *signature;
                Value value;
        } cases[] = {
                {"b", {.type = VALUE_BOOL, .boolean = true}},
                {"i", {.type = VALUE_INT, .integer = -20}},
                {"x", {.type = VALUE_INT, .integer = INT64_MIN}},
                {"u", {.type = VALUE_UINT, .number = UINT64_MAX}},
                {"t", {.type = VALUE_UINT, .number = UINT64_MAX}},
                {"t", {.type = VALUE_SPAN, .number = USEC_INFINITY}},
                {"t", {.type = VALUE_TIMESTAMP, .number = 1}},
                {"t", {.type = VALUE_MODE, .number = 022}},
                {"s", {.type = VALUE_STRING, .string = (char *) "x"}},
                {"as", {.type = VALUE_STRV, .strings = strings}},
                {"as", {.type = VALUE_RECORDS, .strings = NULL}},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                sd_bus *bus;
                sd_bus_message *m = new_message(&bus);

                cr_assert_geq(sd_bus_message_open_container(m, 'a', "{sv}"), 0);
                cr_assert_geq(wire_append_entry(m, "Name", cases[i].signature, &cases[i].value), 0, "case %zu", i);
                cr_assert_geq(sd_bus_message_close_container(m), 0);
                cr_assert_geq(sd_bus_message_seal(m, 1, 0), 0);

                cr_assert_geq(sd_bus_message_enter_container(m, 'a', "{sv}"), 0);
                cr_assert_geq(sd_bus_message_enter_container(m, 'e', "sv"), 0);
                cr_assert_geq(sd_bus_message_skip(m, "s"), 0);
                cr_assert_gt(sd_bus_message_enter_container(m, 'v', cases[i].signature), 0, "case %zu", i);
                if (*cases[i].signature == 'u') {
                        uint32_t small = 0;

                        cr_assert_gt(sd_bus_message_read_basic(m, 'u', &small), 0);
                        cr_assert_eq(small, UINT32_MAX);
                }
                sd_bus_message_unref(m);
                sd_bus_close(bus);
                sd_bus_unref(bus);
        }
}

Test(wire, a_services_path_is_found_again_by_its_name)
{
        static const char *const names[] = {
                "web", "0", "a.b:c-d_e", "worker@2", "worker@a.b:c", "A_very.long-name:with@1234567890"};

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _cleanup_free_ char *path = NULL, *name = NULL;

                cr_assert_geq(sd_bus_path_encode(TENDED_SERVICE_PREFIX, names[i], &path), 0);
                cr_assert(sd_bus_object_path_is_valid(path), "%s", path);
                cr_assert_gt(sd_bus_path_decode(path, TENDED_SERVICE_PREFIX, &name), 0);
                cr_assert_str_eq(name, names[i]);
        }
}
