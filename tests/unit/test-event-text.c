/* SPDX-License-Identifier: MIT */
#include "ctl/event-text.h"

#include <criterion/criterion.h>

#include "ctl-entry.h"

static const Style plain = {.utf8 = true};

Test(event_text, a_person_gets_the_time_and_the_sentence)
{
        _cleanup_(entry_done) Entry entry = ENTRY_NULL;
        char *text;

        setenv("TZ", "UTC", 1);
        ENTRY(&entry, 1795209185123456, "TENDED_EVENT=ready", "MESSAGE=web is ready\x1b[2J");
        cr_assert_eq(event_format(&entry, &plain, &text), 0);
        cr_assert_str_eq(text, "Nov 20 21:13:05.123456 web is ready\\x1b[2J");
        free(text);
}

Test(event_text, a_program_gets_the_names_that_it_knows)
{
        _cleanup_(entry_done) Entry entry = ENTRY_NULL;
        _cleanup_json_ JsonValue *object = NULL;

        ENTRY(&entry, 1795209185123456, "MESSAGE=web is active (running)", "TENDED_SERVICE=web", "TENDED_EVENT=state",
              "TENDED_ACTIVE_STATE=active", "TENDED_SUB_STATE=running", "TENDED_READY=yes", "TENDED_PID=4711",
              "SYSLOG_IDENTIFIER=tended", "SOMETHING_NEW=1");
        cr_assert_eq(event_to_json(&entry, &object), 0);
        cr_assert_str_eq(
                json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN),
                "{\"Timestamp\":1795209185123456,\"Event\":\"state\",\"Id\":\"web\","
                "\"Message\":\"web is active (running)\",\"ActiveState\":\"active\",\"SubState\":\"running\","
                "\"Ready\":true,\"MainPID\":4711,\"SOMETHING_NEW\":\"1\"}");
}

Test(event_text, who_asked_is_told_in_the_words_of_why)
{
        _cleanup_(entry_done) Entry entry = ENTRY_NULL;
        _cleanup_json_ JsonValue *object = NULL;

        ENTRY(&entry, 5, "TENDED_EVENT=changed-by", "TENDED_VERB=stop", "TENDED_BY_UID=1000", "TENDED_BY_PID=12",
              "TENDED_BY_COMMAND=tendctl");
        cr_assert_eq(event_to_json(&entry, &object), 0);
        cr_assert_str_eq(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN),
                         "{\"Timestamp\":5,\"Event\":\"changed-by\",\"CausedByVerb\":\"stop\",\"CausedByUID\":1000,"
                         "\"CausedByPID\":12,\"CausedByCommand\":\"tendctl\"}");
}
