# SPDX-License-Identifier: MIT
"""Targets and pools as definitions: what they may say, what is told of them. What they do: test_relations."""

import json

import pytest

SLEEP = "ExecStart=/bin/sleep 1000\n"


def reload(daemon, text):
    """What a reload with this text says, by its first two words."""
    daemon.write("test.ini", text)
    rows = json.loads(daemon.ctl("--json", "daemon-reload").stdout)
    return {row["Id"]: (row["Change"], row["Takes"]) for row in rows}


def test_a_target_shows_what_it_has(tended):
    daemon = tended("[target all]\nDescription=All of it\nDocumentation=man:all(7)\nWants=a\n[service a]\n" + SLEEP)
    shown = daemon.ctl("show", "all.target").stdout
    assert "Id=all.target\n" in shown and "Description=All of it\n" in shown and "Wants=a\n" in shown
    assert not any(line.startswith(("ExecStart=", "Restart=", "User=")) for line in shown.splitlines())
    row = daemon.status("all.target")
    assert row["LoadState"] == "loaded" and row["Documentation"] == ["man:all(7)"] and row["MainPID"] == 0
    assert "All of it" in daemon.ctl("list").stdout
    assert daemon.ctl("cat", "all.target").stdout.endswith(
        "[target all]\nDescription=All of it\nDocumentation=man:all(7)\nWants=a\n")
    daemon.stop()


@pytest.mark.parametrize("text, name, said", [
    ("[target a]\nExecStart=/bin/true\n", "a.target", "ExecStart belongs in [service NAME]"),
    ("[target a]\nRequires=nobody\n", "a.target", "there is no service nobody"),
    ("[target a]\nBindsTo=b.target\n", "a.target", "there is no target b.target"),
    ("[target a]\nWnats=x\n", "a.target", "did you mean Wants?"),
    ("[service a.target]\n" + SLEEP, "a.target", "as those of targets do"),
    ("[target a@1]\n", "a_1.target", "which services alone can have"),
    ("[target a]\n[target a.target]\n", "a.target", "[target a] stands twice"),
    ("[service s]\nPool=none\n" + SLEEP, "s", "there is no pool none"),
    ("[pool p]\n[service s]\nPool=p\n" + SLEEP, "s", "[pool p] in"),
])
def test_a_mistake_stands_in_status(tended, text, name, said):
    daemon = tended(text + "[service good]\n" + SLEEP)
    row = daemon.status(name)
    assert row["LoadState"] == "bad-setting" and said in row["Reason"], row
    daemon.wait_state("good", "active (running)")
    daemon.stop()


def test_a_reload_tells_of_targets_pools_and_the_daemon(tended):
    service = "[service a]\n" + SLEEP
    daemon = tended(service)
    pid = daemon.main_pid("a")
    assert reload(daemon, service + "[target t]\nWants=a\n[pool p]\nSlots=2\n") == {
        "t.target": ("added", "next-start"), "[pool p]": ("added", "live")}
    assert reload(daemon, service + "[target t]\nRequires=a\n[pool p]\nSlots=1000\n"
                                    "[daemon]\nRestartBudget=3\nReadyWhen=started\nRingSize=64K\n") == {
        "t.target": ("changed", "live"), "[pool p]": ("changed", "live"),
        "[daemon] RestartBudget": ("changed", "live"), "[daemon] ReadyWhen": ("changed", "restart"),
        "[daemon] RingSize": ("changed", "next-start")}
    assert reload(daemon, "# moved\n[target t]\n# commented\nRequires = a.service\n[pool p]\nSlots=1000\n"
                          "[daemon]\nRestartBudget=3\nReadyWhen=started\nRingSize=64K\n" + service) == {}
    assert reload(daemon, service) == {
        "t.target": ("removed", "restart"), "[pool p]": ("removed", "live"),
        "[daemon] RestartBudget": ("changed", "live"), "[daemon] ReadyWhen": ("changed", "restart"),
        "[daemon] RingSize": ("changed", "next-start")}
    assert daemon.main_pid("a") == pid
    daemon.stop()


def test_a_change_of_a_daemon_s_setting_says_whom_it_takes(tended):
    service = "[service a]\n" + SLEEP
    daemon = tended(service)
    daemon.write("test.ini", service + "[daemon]\nLogFileMax=1M\nKillPatienceSec=1s\n")
    lines = daemon.ctl("daemon-reload").stdout.splitlines()
    assert any(line.startswith("[daemon] LogFileMax") and "restart of the daemon needed" in line for line in lines)
    assert any(line.startswith("[daemon] KillPatienceSec") and "in effect now" in line for line in lines)
    daemon.stop()


def test_cat_shows_pools(tended):
    daemon = tended("[pool build]\nSlots = 2\n[service a]\nPool=build\n" + SLEEP)
    assert daemon.ctl("cat", "build.pool").stdout == f"# {daemon.conf}/test.ini\n[pool build]\nSlots = 2\n"
    assert daemon.status("a")["Pool"] == "build"
    assert "Pool: build" in daemon.ctl("status", "a", check=False).stdout
    assert daemon.ctl("cat", "a.pool", check=False).returncode == 4
    daemon.stop()


def test_a_new_ring_size_is_that_of_the_next_start(tended):
    service = "[service a]\nExecStart=/bin/sh -c 'seq 100000; exec sleep 1000'\nReadyLine=^100000$\n"
    daemon = tended("[daemon]\nRingSize=128K\n" + service)
    daemon.ctl("wait", "a")
    kept = len(daemon.ctl("logs", "a", "--no-events", "-o", "cat", "-n", "100000").stdout.splitlines())
    assert kept < 100000
    reload(daemon, "[daemon]\nRingSize=8M\n" + service)
    daemon.ctl("restart", "a")
    lines = daemon.ctl("logs", "a", "--no-events", "-o", "cat", "-n", "100000").stdout.splitlines()
    assert lines == [str(i) for i in range(1, 100001)]
    daemon.stop()
