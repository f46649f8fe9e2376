/* SPDX-License-Identifier: MIT */
#include "ctl/property.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A message that nobody sends: sealed and read again. */
static sd_bus_message *message(sd_bus **ret_bus)
{
        sd_bus_message *m;
        int ends[2];

        cr_assert_geq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        close(ends[1]);
        cr_assert_geq(sd_bus_new(ret_bus), 0);
        cr_assert_geq(sd_bus_set_fd(*ret_bus, ends[0], ends[0]), 0);
        (void) sd_bus_start(*ret_bus);
        cr_assert_geq(sd_bus_message_new(*ret_bus, &m, SD_BUS_MESSAGE_METHOD_CALL), 0);
        return m;
}

static void seal(sd_bus_message *m)
{
        cr_assert_geq(sd_bus_message_seal(m, 1, 0), 0);
        cr_assert_geq(sd_bus_message_rewind(m, true), 0);
}

Test(property, values_are_final_once_they_are_read)
{
        _cleanup_json_ JsonValue *row = NULL;
        sd_bus_message *m;
        sd_bus *bus;

        m = message(&bus);
        cr_assert_geq(sd_bus_message_append(m, "a{sv}", 11, "Id", "s", "web", "MainPID", "u", 0, "Ready", "b", 1,
                                            "NextRestartTimestamp", "t", UINT64_MAX, "ActiveEnterTimestamp", "t",
                                            UINT64_C(0), "TimeoutStopUSec", "t", UINT64_MAX, "RestartUSec", "t",
                                            UINT64_C(0), "MemoryCurrent", "t", UINT64_MAX, "Nice", "i", -5,
                                            "ExecMainCode", "s", "", "Requires", "as", 2, "a", "b"),
                      0);
        seal(m);
        cr_assert_geq(property_read_row(m, &row), 0);
        cr_assert_str_eq(json_object_to_json_string_ext(row, JSON_C_TO_STRING_PLAIN),
                         "{\"Id\":\"web\",\"MainPID\":0,\"Ready\":true,\"NextRestartTimestamp\":null,"
                         "\"ActiveEnterTimestamp\":null,\"TimeoutStopUSec\":null,\"RestartUSec\":0,"
                         "\"MemoryCurrent\":null,\"Nice\":-5,\"ExecMainCode\":null,\"Requires\":[\"a\",\"b\"]}");
        sd_bus_message_unref(m);
        sd_bus_unref(bus);
}

Test(property, rows_are_an_array)
{
        _cleanup_json_ JsonValue *rows = NULL;
        sd_bus_message *m;
        sd_bus *bus;

        m = message(&bus);
        cr_assert_geq(sd_bus_message_append(m, "aa{sv}", 2, 1, "Id", "s", "a", 1, "Id", "s", "b"), 0);
        seal(m);
        cr_assert_geq(property_read_rows(m, &rows), 0);
        cr_assert_str_eq(json_object_to_json_string_ext(rows, JSON_C_TO_STRING_PLAIN),
                         "[{\"Id\":\"a\"},{\"Id\":\"b\"}]");
        sd_bus_message_unref(m);
        sd_bus_unref(bus);
}

Test(property, a_message_of_another_shape_is_an_error)
{
        JsonValue *rows = NULL;
        sd_bus_message *m;
        sd_bus *bus;

        m = message(&bus);
        cr_assert_geq(sd_bus_message_append(m, "as", 1, "x"), 0);
        seal(m);
        cr_assert_lt(property_read_rows(m, &rows), 0);
        cr_assert_null(rows);
        sd_bus_message_unref(m);
        sd_bus_unref(bus);
}

Test(property, text_is_what_systemctl_show_prints)
{
        static const struct {
                const char *name, *json, *text;
        } cases[] = {
                {"Ready", "true", "yes"},
                {"SendSIGHUP", "false", "no"},
                {"RestartUSec", "100000", "100ms"},
                {"TimeoutStopUSec", "90000000", "1min 30s"},
                {"TimeoutStopUSec", "null", "infinity"},
                {"RestartUSec", "0", "0"},
                {"LimitNOFILE", "null", "infinity"},
                {"MemoryCurrent", "null", "[not set]"},
                {"NextRestartTimestamp", "null", ""},
                {"ActiveEnterTimestamp", "1795209185000042", "Fri 2026-11-20 21:13:05 UTC"},
                {"UMask", "18", "0022"},
                {"MainPID", "4711", "4711"},
                {"Nice", "-5", "-5"},
                {"Description", "\"two words\"", "two words"},
                {"Requires", "[\"a\",\"b\"]", "a b"},
                {"Requires", "[]", ""},
                {"Environment", "[\"A=1\",\"B=two words\"]", "A=1 'B=two words'"},
                {"ExecStart", "[\"{ path=/bin/a ; argv[]=a }\"]", "{ path=/bin/a ; argv[]=a }"},
                {"InvocationID", "null", ""},
        };

        setenv("TZ", "UTC", 1);
        tzset();
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_json_ JsonValue *value = json_tokener_parse(cases[i].json);
                char *text;

                cr_assert_geq(property_format(cases[i].name, value, &text), 0);
                /* Which kind of quotes is another test's. */
                for (char *c = text; *c; c++)
                        if (*c == '"')
                                *c = '\'';
                cr_assert_str_eq(text, cases[i].text, "%s of %s: %s", cases[i].name, cases[i].json, text);
                free(text);
        }
}

Test(property, a_state_is_said_once)
{
        static const struct {
                const char *json, *text;
        } cases[] = {
                {"{\"ActiveState\":\"active\",\"SubState\":\"running\"}", "active (running)"},
                {"{\"ActiveState\":\"failed\",\"SubState\":\"failed\"}", "failed"},
                {"{\"ActiveState\":\"inactive\",\"SubState\":\"dead\",\"LoadState\":\"bad-setting\"}",
                 "inactive (bad-setting)"},
        };
        char buf[PROPERTY_STATE_MAX];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_json_ JsonValue *row = json_tokener_parse(cases[i].json);

                cr_assert_str_eq(property_state(row, buf), cases[i].text);
        }
}
