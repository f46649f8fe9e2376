/* SPDX-License-Identifier: MIT */

/* The one table of events: what each is called, the MESSAGE_ID under which the catalog (units/tended.catalog)
 * explains it, and how grave it is unless who tells it knows better. */

#include "engine/event-log.h"

static const EventInfo events[_EVENT_ID_N] = {
        [EVENT_ID_DAEMON_STARTED] = {"daemon-started", "22bc257735bb490cbd34b392f4521e0b", 5},
        [EVENT_ID_DAEMON_STOPPED] = {"daemon-stopped", "2222a1e38f4743599f797335a326ac5d", 5},
        [EVENT_ID_RELOADED] = {"reloaded", "f358b846d267404685c92ddf71d98f9e", 5},
        [EVENT_ID_BAD_SETTING] = {"bad-setting", "d19de1ddb5d14ab8a5f112bf763e2f1c", 3},
        [EVENT_ID_STARTED] = {"started", "1799299448d34a80add88bc93876f9b2", 6},
        [EVENT_ID_READY] = {"ready", "0b14bf0b2f3c45d98002e974055a6877", 6},
        [EVENT_ID_START_FAILED] = {"start-failed", "74b93cc468df4d168058744e7dc248d1", 3},
        [EVENT_ID_STOPPING] = {"stopping", "09303e73897748cb89922f11494bfa74", 6},
        [EVENT_ID_EXITED] = {"exited", "90ff2037d5034b49a718c51a19b1ede0", 6},
        [EVENT_ID_STOPPED] = {"stopped", "713b670d6085486abd4b05609423b323", 6},
        [EVENT_ID_FAILED] = {"failed", "32788316cdf34a519f3d0ef51d3adf4f", 3},
        [EVENT_ID_RESTART_SCHEDULED] = {"restart-scheduled", "85a9b66ad7e348a9b6943d21a7ff6e1d", 5},
        [EVENT_ID_LIMIT_HIT] = {"limit-hit", "d0a6894b7ee04dd08c1aa9addf9b29f0", 3},
        [EVENT_ID_TIMED_OUT] = {"timed-out", "9c87df0adc40439ca53428cf3dbf853e", 4},
        [EVENT_ID_LEFTOVERS_KILLED] = {"leftovers-killed", "af07153e76ff47179324b1366b19d98e", 4},
        [EVENT_ID_LEFTOVERS_FOUND] = {"leftovers-found", "5200f5046abe4e7b835c515681089ac9", 4},
        [EVENT_ID_LEFT_RUNNING] = {"left-running", "3f1c6a4be27d4f2c9d0d6f5a8be1c7e9", 5},
        [EVENT_ID_UNKILLABLE] = {"unkillable", "0686dc07503646c2aeed6ac683d0ef3a", 2},
        [EVENT_ID_CHANGED_BY] = {"changed-by", "da0542057d754616880cfb83e3c9e316", 5},
        [EVENT_ID_MAIN_PROCESS] = {"main-process", "108dbc1c6e584a2da393751d3ec51494", 6},
        [EVENT_ID_NOTIFY_IGNORED] = {"notify-ignored", "cda3e82a5dbf4bc1b9ddf7a982c00034", 4},
        [EVENT_ID_RESET] = {"reset", "1703e7bd31894aa2b82c9b3d2370339d", 6},
        [EVENT_ID_SKIPPED] = {"skipped", "496fef13487348c6a638e3ec4b81dceb", 6},
        [EVENT_ID_COMMAND_FAILED] = {"command-failed", "04e6d08ff4144ab59906598582d322e5", 4},
        [EVENT_ID_RELOADED_SERVICE] = {"reloaded-service", "ecc776965467467aade73065236f6318", 6},
        [EVENT_ID_HEALTH_CHECK_FAILED] = {"health-check-failed", "95f1d34d18144253b0f94d8a09715bf4", 5},
        [EVENT_ID_UNHEALTHY] = {"unhealthy", "9a4beec578b5466783b0db12725f7f04", 3},
        [EVENT_ID_LOG_LOST] = {"log-lost", "ca9ecaa414544e79a42de5645e15e592", 3},
        [EVENT_ID_LOG_BACK] = {"log-back", "33c20b8f40be4603b6fd5f56dc6d107a", 5},
        [EVENT_ID_LINES_DROPPED] = {"lines-dropped", "15d6546680c34baa849db2ad74c60c19", 4},
        [EVENT_ID_UNATTRIBUTED] = {"unattributed", "eeba1c571fd24fb280b2a70dfd925104", 4},
        [EVENT_ID_COMMAND_BEGINS] = {"command-begins", "328745e307334e949670f9f7555ebdb7", 6},
        [EVENT_ID_COMMAND_ENDED] = {"command-ended", "c162b84215f24af18576e08225d9f857", 6},
        [EVENT_ID_EVENTS_LOST] = {"events-lost", "a5030ac3ea6b4f1580080c554a530643", 4},
        [EVENT_ID_OUTPUT_WAITS] = {"output-waits", "6e5e697ebccd42b8bafc2729af710381", 3},
        [EVENT_ID_TRIGGERED] = {"triggered", "7d1b0f1c5c0e4f55a4fd3c2a60a0f6f1", 5},
        [EVENT_ID_OUTPUT_CLOSED] = {"output-closed", "5d2f35bb4bdb49dfb092c95a6400d326", 4},
};

const EventInfo *event_info(EventId id)
{
        assert(id < _EVENT_ID_N);
        return &events[id];
}
