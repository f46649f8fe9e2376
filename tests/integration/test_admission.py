# SPDX-License-Identifier: MIT
"""How many may start: the slots of a pool, MaxParallelStarts, RestartBudget; and what a crowd does whose database is
away."""

import os
import signal
import time

from harness import wait_for


def sleeper(name, more=""):
    return f"[service {name}]\nExecStart=/bin/sleep 1000\n{more}\n"


def states(daemon, names):
    return {name: daemon.state(name) for name in names}


def count(daemon, names, wanted):
    return sum(state == wanted for state in states(daemon, names).values())


def in_line(daemon, names, words):
    """Those that wait, in the order of their places; all say what they wait for."""
    waiting = [(daemon.status(name)["Reason"], name) for name in names
               if daemon.state(name) == "activating (waiting)"]
    assert all(words in reason for reason, _ in waiting), waiting
    placed = sorted((int(reason.split("number ")[1].split()[0]), name) for reason, name in waiting)
    assert [place for place, _ in placed] == list(range(1, len(placed) + 1))
    return [name for _, name in placed]


def test_a_pool_has_so_many_slots_and_who_came_first_gets_one(tended):
    names = [f"w{i}" for i in range(5)]
    daemon = tended("[pool db]\nSlots=2\n" + "".join(sleeper(name, "Pool=db\nAutoStart=no\n") for name in names)
                    + sleeper("free"))
    for name in reversed(names):
        daemon.ctl("start", "--no-block", name)
    assert states(daemon, ("w4", "w3")) == {"w4": "active (running)", "w3": "active (running)"}
    assert in_line(daemon, names, "2 slots of pool db") == ["w2", "w1", "w0"]
    daemon.wait_state("free", "active (running)")
    # Who leaves the line, or comes again, makes no gap and no hole.
    daemon.ctl("stop", "w1")
    assert in_line(daemon, names, "pool db") == ["w2", "w0"]
    daemon.ctl("start", "--no-block", "w1")
    assert in_line(daemon, names, "pool db") == ["w2", "w0", "w1"]
    daemon.ctl("stop", "w3")
    daemon.wait_state("w2", "active (running)")
    os.kill(daemon.main_pid("w4"), signal.SIGKILL)
    daemon.wait_state("w0", "active (running)")
    assert in_line(daemon, names, "pool db") == ["w1"]
    assert daemon.stop() == 0


def test_a_slot_is_held_until_nothing_lives(tended, tmp_path):
    slow = f"ExecStopPost=/bin/sh -c 'until test -e {tmp_path}/go; do sleep 0.02; done'\n"
    daemon = tended("[pool p]\nSlots=1\n" + sleeper("a", "Pool=p\n" + slow) + sleeper("b", "Pool=p\nAutoStart=no\n"))
    daemon.wait_state("a", "active (running)")
    daemon.ctl("start", "--no-block", "b")
    daemon.ctl("stop", "--no-block", "a")
    daemon.wait_state("a", "deactivating (stop-post)")
    assert daemon.state("b") == "activating (waiting)"
    (tmp_path / "go").touch()
    daemon.wait_state("b", "active (running)")
    daemon.stop()


def test_a_restart_stands_in_line_behind_those_who_wait(tended):
    daemon = tended("[pool p]\nSlots=1\n" + sleeper("a", "Pool=p\nRestart=always\nRestartSec=0\n")
                    + sleeper("b", "Pool=p\nAutoStart=no\n"))
    daemon.wait_state("a", "active (running)")
    daemon.ctl("start", "--no-block", "b")
    os.kill(daemon.main_pid("a"), signal.SIGKILL)
    daemon.wait_state("b", "active (running)")
    assert in_line(daemon, ("a", "b"), "slots of pool p") == ["a"]
    daemon.ctl("stop", "b")
    daemon.wait_state("a", "active (running)")
    daemon.stop()


def test_a_reload_changes_the_bounds_of_those_who_wait(tended):
    names = [f"w{i}" for i in range(4)]
    services = "".join(sleeper(name, "Pool=db\n") for name in names)
    daemon = tended({"s.ini": services, "p.ini": "[pool db]\nSlots=1\n"})
    wait_for(lambda: count(daemon, names, "active (running)") == 1 or None, "one of them")
    daemon.write("p.ini", "[pool db]\nSlots=3\n")
    daemon.ctl("daemon-reload")
    wait_for(lambda: count(daemon, names, "active (running)") == 3 or None, "three of them")
    assert len(in_line(daemon, names, "3 slots")) == 1
    daemon.stop()


def test_only_so_many_start_at_once(tended, tmp_path):
    names = [f"w{i}" for i in range(6)]
    ready = "[service {0}]\nReadyLine=up\nExecStart=/bin/sh -c 'until test -e {1}/{0}; do sleep 0.02; done; echo up; " \
            "exec sleep 1000'\n"
    daemon = tended("[daemon]\nMaxParallelStarts=2\n" + "".join(ready.format(name, tmp_path) for name in names))
    for i, name in enumerate(names):
        wait_for(lambda: count(daemon, names, "activating (start)") == min(2, 6 - i) or None, f"two, {name} among them")
        assert daemon.state(name) == "activating (start)"
        assert in_line(daemon, names, "MaxParallelStarts=2") == names[i + 2:]
        (tmp_path / name).touch()
        daemon.wait_state(name, "active (running)")
    daemon.stop()


def test_one_that_is_not_ready_for_long_gives_its_place_up(tended):
    daemon = tended("[daemon]\nMaxParallelStarts=1\n" + sleeper("never", "ReadyAfterSec=1000\n") + sleeper("other"))
    daemon.wait_state("never", "activating (start)")
    assert in_line(daemon, ("never", "other"), "MaxParallelStarts=1") in ([], ["other"])
    daemon.wait_state("other", "active (running)")
    assert daemon.state("never") == "activating (start)"
    daemon.stop()


def starts_of(path):
    return sorted(float(line) for line in path.read_text().split())


def fullest_second(times):
    """The most that lie in any one second."""
    most = begin = 0
    for end, time_ in enumerate(times):
        while times[begin] <= time_ - 1:
            begin += 1
        most = max(most, end - begin + 1)
    return most


def test_restarts_have_a_budget_and_say_when_their_turn_is(tended, tmp_path):
    names = [f"w{i}" for i in range(12)]
    daemon = tended("[daemon]\nRestartBudget=4\n"
                    + "".join(sleeper(name, "Restart=always\nRestartSec=0\n") for name in names))
    before = {name: daemon.main_pid(name) for name in names}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    waiting = wait_for(lambda: [s for name in names if (s := daemon.status(name))["SubState"] == "waiting" and
                                "RestartBudget=4" in s["Reason"]], "some that wait for their turn")
    now = time.time()
    for status in waiting:
        assert now - 5 < status["NextRestartTimestamp"] / 1e6 < now + 5
    # A start by hand is nobody's restart.
    late = max(waiting, key=lambda s: s["NextRestartTimestamp"])
    daemon.ctl("start", late["Id"])
    for name in names:
        wait_for(lambda: (pid := daemon.status(name)["MainPID"]) and pid != before[name], f"{name} again")
    daemon.stop()


def test_a_crowd_waits_for_its_database_without_a_stampede(tended, tmp_path):
    """Its members exit without the database, and are tried again and again: by the budget, until it is ready; none is
    given up, though the start limit is small."""
    crowd = [f"w{i}" for i in range(20)]
    starts = tmp_path / "starts"
    daemon = tended(
        "[daemon]\nRestartBudget=10\n"
        f"[service db]\nRestart=always\nRestartSec=50ms\nStartLimitBurst=0\nReadyLine=up\n"
        f"ExecStart=/bin/sh -c 'test -e {tmp_path}/db || exit 1; echo up; exec sleep 1000'\n"
        + "".join(f"[service {name}]\nAfter=db\nWants=db\nRestart=always\nRestartSec=20ms\nStartLimitBurst=3\n"
                  f"StartLimitIntervalSec=1h\nReadyAfterSec=20ms\n"
                  f"ExecStart=/bin/sh -c 'date +%%s.%%N >>{starts}; test -e {tmp_path}/db || exit 1; exec sleep 1000'\n"
                  for name in crowd))
    wait_for(lambda: starts.exists() and len(starts.read_text().split()) > 70, "some rounds of tries")
    tries = starts_of(starts)
    # The first ones were asked for; their number is known.
    assert fullest_second(tries[len(crowd):]) <= 10
    (tmp_path / "db").touch()
    for name in crowd:
        daemon.wait_state(name, "active (running)")
    assert fullest_second(starts_of(starts)[len(crowd):]) <= 10
    daemon.stop()


def test_what_is_tried_again_is_tried_at_once_when_the_other_is_ready(tended, tmp_path):
    daemon = tended(f"[service db]\nAutoStart=no\nReadyLine=up\nExecStart=/bin/sh -c 'until test -e {tmp_path}/go; do "
                    "sleep 0.02; done; echo up; exec sleep 1000'\n"
                    f"[service w]\nAfter=db\nRestart=always\nRestartSec=1h\nReadyAfterSec=100ms\n"
                    f"ExecStart=/bin/sh -c 'test -e {tmp_path}/go && exec sleep 1000; exit 1'\n"
                    f"[service slow]\nAfter=db\nRestart=always\nRestartSec=1h\nReadyAfterSec=3s\n"
                    f"ExecStart=/bin/sh -c 'if test -e {tmp_path}/go; then exec sleep 1000; fi; "
                    f"until test -e {tmp_path}/end; do sleep 0.02; done; exit 1'\n")
    daemon.wait_state("w", "activating (auto-restart)")
    daemon.wait_state("slow", "activating (start)")
    daemon.ctl("start", "--no-block", "db")
    (tmp_path / "go").touch()
    daemon.wait_state("w", "active (running)")
    # This one was on its way without it, and fails afterwards.
    runs = daemon.status("slow")["NRestarts"]
    (tmp_path / "end").touch()
    wait_for(lambda: daemon.status("slow")["NRestarts"] == runs + 1 or None, "its next try")
    daemon.wait_state("slow", "active (running)")
    daemon.stop()
