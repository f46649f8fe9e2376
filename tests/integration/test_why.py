# SPDX-License-Identifier: MIT
"""Why a service is as it is: who or what brought it there, what it waits for, what comes next, how its last run ended."""

import json
import os
import signal

from harness import wait_for

WEB = """[service db]
ExecStart=/bin/sleep 1000
Restart=on-failure

[service web]
Requires=db
After=db
ExecStart=/bin/sleep 1000
"""


def why(daemon, name):
    return json.loads(daemon.ctl("--json", "why", name).stdout)[0]


def test_who_comes_with_the_daemon(tended):
    daemon = tended(WEB)
    daemon.ctl("wait", "web")
    row = why(daemon, "web")
    assert (row["CauseType"], row["CauseText"]) == ("daemon", "it starts with the daemon")
    assert row["CausedByUID"] is None and row["CausedByPID"] == 0 and row["BehindIt"] == []
    assert "Caused by: it starts with the daemon" in daemon.ctl("why", "web").stdout
    daemon.stop()


def test_who_asked(tended):
    daemon = tended(WEB)
    daemon.ctl("wait", "web")
    daemon.ctl("restart", "web")
    row = why(daemon, "web")
    assert (row["CauseType"], row["CausedByVerb"], row["CausedByUID"], row["CausedByCommand"]) == (
        "caller", "restart", os.getuid(), "tendctl")
    assert row["CausedByPID"] > 0 and row["CauseTimestamp"] >= row["LastRunStartTimestamp"]
    assert f"restart, asked for by root (uid 0), process {row['CausedByPID']} (tendctl)" in \
        daemon.ctl("why", "web").stdout or os.getuid() != 0
    # Asking for what is already so changes nothing.
    daemon.ctl("start", "web")
    assert why(daemon, "web")["CausedByVerb"] == "restart"
    daemon.stop()


def test_another_service_and_what_had_caused_that(tended):
    daemon = tended(WEB)
    daemon.ctl("wait", "web")
    daemon.ctl("stop", "db")
    row = why(daemon, "web")
    assert (row["ActiveState"], row["Result"], row["CausedByService"]) == ("inactive", "dependency", "db")
    assert row["CauseText"].startswith("stopped because of db (stop asked for by process ")
    assert [behind["Id"] for behind in row["BehindIt"]] == ["db"]
    assert "Behind it: db is inactive (dead)" in daemon.ctl("why", "web").stdout
    daemon.ctl("start", "web")
    row = why(daemon, "db")
    assert (row["CauseType"], row["CausedByService"]) == ("service", "web")
    assert row["CauseText"].startswith("started because of web (start asked for by process ")
    daemon.stop()


def test_a_chain_goes_on_to_its_beginning(tended):
    daemon = tended("".join(f"[service s{i}]\nExecStart=/bin/sleep 1000\n" +
                            (f"Requires=s{i - 1}\nAfter=s{i - 1}\n" if i else "") for i in range(4)))
    daemon.ctl("wait", "s3")
    daemon.ctl("stop", "s0")
    row = why(daemon, "s3")
    assert [behind["Id"] for behind in row["BehindIt"]][-1] == "s0"
    assert "asked for by" in row["CauseText"]
    daemon.stop()


def test_its_own_restart_and_the_run_before(tended):
    daemon = tended(WEB)
    daemon.ctl("wait", "web")
    run = daemon.status("db")["InvocationID"]
    os.kill(daemon.main_pid("db"), signal.SIGSEGV)
    wait_for(lambda: daemon.status("db")["NRestarts"] == 1 and daemon.status("db")["MainPID"], "a restart")
    daemon.ctl("wait", "web")
    row = why(daemon, "db")
    assert row["CauseType"] == "restart" and row["CauseText"].startswith("Restart=on-failure: ")
    assert row["LastRunInvocationID"] == run and row["LastRunResult"] in ("signal", "core-dump")
    assert "SIGSEGV" in row["LastRunText"]
    assert row["LastRunStartTimestamp"] < row["LastRunEndTimestamp"]
    row = why(daemon, "web")
    assert row["CausedByService"] == "db" and "Restart=on-failure" in row["CauseText"]
    daemon.stop()


def test_a_signal_that_went_through_us_has_a_sender(tended):
    daemon = tended("[service one]\nExecStart=/bin/sleep 1000\n")
    daemon.ctl("wait", "one")
    daemon.ctl("kill", "-s", "KILL", "one")
    daemon.wait_state("one", "failed (failed)")
    row = why(daemon, "one")
    assert row["CauseType"] == "itself"
    assert "SIGKILL sent by process " in row["LastRunText"] and "(tendctl)" in row["LastRunText"]
    daemon.stop()


def test_what_is_next_and_when(tended):
    daemon = tended("[service flap]\nExecStart=/bin/sh -c 'echo out of luck; exit 3'\nType=oneshot\n"
                    "Restart=on-failure\nRestartSec=100s\n"
                    "[service slow]\nExecStart=/bin/sleep 1000\nReadyLine=never\nTimeoutStartSec=200s\n")
    daemon.wait_state("flap", "activating (auto-restart)")
    daemon.wait_state("slow", "activating (start)")
    row = why(daemon, "flap")
    assert row["NextAction"] == "it is started again (Restart=)"
    assert abs(row["NextActionTimestamp"] - row["NextRestartTimestamp"]) < 1000000
    assert "exit code 3" in row["LastRunText"] and any("out of luck" in line for line in row["LastLines"])
    text = daemon.ctl("why", "flap").stdout
    assert "Next: in 1min" in text and "out of luck" in text
    assert "Next try: in 1min" in daemon.ctl("status", "flap", check=False).stdout
    row = why(daemon, "slow")
    assert row["NextAction"] == "the start fails (TimeoutStartSec=)" and "ReadyLine" in row["Reason"]
    daemon.stop()


def test_what_it_waits_for(tended):
    daemon = tended("[service db]\nExecStart=/bin/sleep 1000\nReadyLine=never\n"
                    "[service web]\nRequires=db\nAfter=db\nExecStart=/bin/sleep 1000\n")
    daemon.wait_state("web", "activating (waiting)")
    daemon.wait_state("db", "activating (start)")
    row = wait_for(lambda: why(daemon, "web")["WaitsFor"] and why(daemon, "web"), "whom it waits for")
    assert row["WaitsFor"] == "db" and "db" in row["Reason"]
    assert row["BehindIt"][0]["Id"] == "db" and "ReadyLine" in row["BehindIt"][0]["Reason"]
    daemon.stop()


def test_which_command_failed(tended):
    daemon = tended("[service one]\nExecStartPre=/bin/sh -c 'exit 7'\nExecStart=/bin/sleep 1000\n")
    daemon.wait_state("one", "failed (failed)")
    row = why(daemon, "one")
    assert "ExecStartPre=" in row["LastRunText"] and "exit code 7" in row["LastRunText"]
    assert row["CauseType"] == "itself"
    daemon.stop()


def test_several_names_and_one_that_is_unknown(tended):
    daemon = tended(WEB)
    done = daemon.ctl("why", "web", "nobody", check=False)
    assert done.returncode == 4 and "web" in done.stdout and "nobody" in done.stderr
    assert daemon.ctl("why", "*").stdout.count("Caused by") == 2
    daemon.stop()


def test_a_tree_of_dependencies(tended):
    daemon = tended(WEB + "[service all]\nWants=web db\nExecStart=/bin/sleep 1000\nAutoStart=no\n")
    daemon.ctl("wait", "web")
    rows = json.loads(daemon.ctl("--json", "list-dependencies", "web").stdout)
    assert [(row["Id"], row["Dependencies"]) for row in rows] == [
        ("web", [{"Id": "db", "Relations": ["Requires", "After"]}]), ("db", [])]
    rows = json.loads(daemon.ctl("--json", "list-dependencies", "--reverse", "db").stdout)
    assert [row["Id"] for row in rows] == ["db", "all", "web"]
    text = daemon.ctl("list-dependencies").stdout
    assert text.splitlines()[0].endswith(" all") and "web (Wants)" in text and "(Requires, After)" in text
    assert daemon.ctl("list-dependencies", "nobody", check=False).returncode == 4
    daemon.stop()


def test_the_overview_shows_who_belongs_to_nobody(tended):
    # Its environment, its session and its place in the tree are shed: without cgroups nobody knows whose it is.
    shed = "env -i TENDED_TEST=%Y /usr/bin/setsid /bin/sh -c \\'/usr/bin/setsid /bin/sleep 1000 & exit 0\\'; exit 0"
    daemon = tended(f"[service one]\nType=oneshot\nExecStart=/bin/sh -c '{shed}'\n", cgroups=False)
    line = wait_for(lambda: next((line for line in daemon.ctl("status").stdout.splitlines()
                                  if line.startswith("Unattributed: ")), None), "it in the overview")
    assert "sleep 1000" in line
    daemon.stop()


def test_which_members_of_a_target_are_missing(tended):
    daemon = tended("[service good]\nExecStart=/bin/sleep 1000\n[service bad]\nExecStart=/nonexistent\n"
                    "[target default]\nWants=good bad\n")
    daemon.wait_state("bad", "failed (failed)")
    daemon.ctl("wait", "good")
    row = why(daemon, "default.target")
    assert [member["Id"] for member in row["NotActive"]] == ["bad"]
    text = daemon.ctl("why", "default.target").stdout
    assert "Not active: bad is failed" in text and "/nonexistent" in text
    daemon.stop()
