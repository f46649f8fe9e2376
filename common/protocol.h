/* SPDX-License-Identifier: MIT */
#pragma once

/* The control protocol: D-Bus, peer to peer, over the control socket. The XML files in daemon/control describe it for
 * people and programs; this header holds the names that daemon and tendctl share.
 *
 *   io.tended.Manager at /io/tended
 *     Start Stop Restart TryRestart Reload (as names, a{sv} options) -> a(ssss)
 *         names may be globs; options: "no-block" b. One row a service, answered when all are done:
 *         name, result ("done", "failed", "dependency", "timeout", "skipped", "pending" with no-block),
 *         ActiveState, reason (a sentence; empty where all is well).
 *     Wait (as names, s for, a{sv} options) -> a(ssss)      for: ready active inactive failed; result "done" or
 *                                                          "failed" (cannot come any more)
 *     Kill (as names, s whom, i signal)                     whom: main all
 *     ResetFailed (as names)
 *     List (as patterns, as properties) -> aa{sv}           no patterns: all; no properties: the common ones
 *     Cat (s name) -> s
 *     DaemonReload () -> a(sss), as                         service, "added" "removed" "changed", what it takes
 *                                                          ("live" "next-start" "restart" "nothing"); warnings
 *     Logs (as names, a{sv} options) -> h                   what the rings hold; options: "lines" t (the last N of
 *                                                          each service), "follow" b, "events" b
 *     Follow (as names, a{sv} options) -> h                 Logs with "follow"
 *     Attach (s name, a{sv} options) -> h                   talks with a service: see talk-protocol.h
 *     Shutdown (a{sv} options)                              answered when nothing is left, just before the exit
 *     properties: Version s, NServices NActive NFailed u, ProcessTracking LogTarget s, StartTimestamp t,
 *                 ControlSocket s, Pid u, LogState s, Unattributed au (pids; by Get alone)
 *     Apply (a{sv} options) -> a(ssssa(ssss)), a(sssss), as options: "dry-run" b, "no-block" b. Changes: service,
 *                                                          what, what it takes, "start" "stop" "restart" or "", the
 *                                                          directives (name, before, after, what it takes); results:
 *                                                          service, action, result, ActiveState, reason; warnings
 *     Events (as names, a{sv} options) -> h                 what happens from now on; no options
 *     Subscribe Unsubscribe ()                              PropertiesChanged of services, and the signals ServiceNew
 *                                                          and ServiceRemoved (s name, o service), or none (the
 *                                                          default)
 *   io.tended.Service at /io/tended/service/<encoded name>: the properties of `show`, PropertiesChanged
 *
 * The descriptor of Logs and Follow is a SOCK_SEQPACKET socket: each datagram is one or more entries in journald's
 * native protocol, with the fields of the journal and __REALTIME_TIMESTAMP (microseconds); end of file ends it. An
 * entry with TENDED_MISSED=N stands for N lines that this reader was too slow for. An event (an entry with a
 * MESSAGE_ID) carries TENDED_EVENT_TIMESTAMP, the microsecond at which it happened, in the journal and here: with it,
 * as lines by their numbers, an event is known to be the same in both. The descriptor of Events is of the same kind:
 * an entry tells an event, or (TENDED_EVENT=state) in which state a service is now. */

#define TENDED_OBJECT_PATH             "/io/tended"
#define TENDED_SERVICE_PREFIX          "/io/tended/service"
#define TENDED_MANAGER_INTERFACE       "io.tended.Manager"
#define TENDED_SERVICE_INTERFACE       "io.tended.Service"

#define TENDED_ERROR_NO_SUCH_SERVICE   "io.tended.Error.NoSuchService"
#define TENDED_ERROR_BAD_SETTING       "io.tended.Error.BadSetting"
#define TENDED_ERROR_FAILED            "io.tended.Error.Failed"
#define TENDED_ERROR_DEPENDENCY_FAILED "io.tended.Error.DependencyFailed"
#define TENDED_ERROR_NOT_PERMITTED     "io.tended.Error.NotPermitted"
#define TENDED_ERROR_TIMED_OUT         "io.tended.Error.TimedOut"
#define TENDED_ERROR_NOT_ACTIVE        "io.tended.Error.NotActive"
#define TENDED_ERROR_NOT_SUPPORTED     "io.tended.Error.NotSupported"
#define TENDED_ERROR_BUSY              "io.tended.Error.Busy"

/* What tendctl waits for before it says that nobody answers. */
#define TENDED_ANSWER_USEC             (5 * 1000000ULL)
