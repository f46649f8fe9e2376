# SPDX-License-Identifier: MIT
"""The table of relations, row by row, at first and second hand; what has to be up already, what conflicts, what is
started by another's end; and targets as groups."""

import contextlib
import os
import signal

import pytest

from harness import wait_for


def sleeper(name, more=""):
    return f"[service {name}]\nExecStart=/bin/sleep 1000\n{more}\n"


def target(name, more=""):
    return f"[target {name}]\n{more}\n"


def pid(daemon, name):
    return daemon.status(name)["MainPID"]


def up(daemon, *names):
    """All run; their pids."""
    for name in names:
        daemon.wait_state(name, "active (running)")
    return {name: pid(daemon, name) for name in names}


def wait_new_pid(daemon, name, old):
    return wait_for(lambda: (s := daemon.status(name))["MainPID"] not in (0, None, old) and
                    s["SubState"] == "running" and s["MainPID"], f"a new main process of {name}")


def is_down_because_of(daemon, name, other):
    daemon.wait_state(name, "inactive (dead)")
    status = daemon.status(name)
    return status["Result"] == "dependency" and other in status["Reason"]


DRAGGING = ("Requires", "BindsTo", "PartOf", "Requisite")


@pytest.mark.parametrize("relation", DRAGGING)
def test_a_stop_by_hand_takes_along_and_a_start_brings_back_but_what_is_only_a_part(tended, relation):
    daemon = tended(sleeper("d") + sleeper("w", f"{relation}=d\nAfter=d\n") + sleeper("free", "Wants=d\nAfter=d\n"))
    before = up(daemon, "d", "w", "free")
    daemon.ctl("stop", "d")
    assert daemon.state("d") == "inactive (dead)" and daemon.status("d")["Result"] == "success"
    assert is_down_because_of(daemon, "w", "d")
    daemon.ctl("start", "d")
    if relation == "PartOf":
        assert daemon.state("w") == "inactive (dead)"
    else:
        wait_new_pid(daemon, "w", before["w"])
    assert pid(daemon, "free") == before["free"]
    assert daemon.stop() == 0


@pytest.mark.parametrize("relation", DRAGGING)
def test_a_restart_by_hand_restarts_in_order(tended, tmp_path, relation):
    log = tmp_path / "order"
    note = "ExecStartPost=/bin/sh -c 'echo +%n >>{0}'\nExecStop=/bin/sh -c 'echo -%n >>{0}'\n".format(log)
    daemon = tended(sleeper("d", note) + sleeper("w", f"{relation}=d\nAfter=d\n" + note)
                    + sleeper("free", "Wants=d\n"))
    before = up(daemon, "d", "w", "free")
    log.write_text("")
    daemon.ctl("restart", "d")
    for name in ("d", "w"):
        wait_new_pid(daemon, name, before[name])
    wait_for(lambda: len(log.read_text().split()) == 4, "all four steps")
    assert log.read_text().split() == ["-w", "-d", "+d", "+w"]
    assert pid(daemon, "free") == before["free"]
    daemon.stop()


@pytest.mark.parametrize("relation", ("Requires", "PartOf", "Requisite"))
def test_its_own_restart_reaches_others_when_the_delay_is_over(tended, relation):
    daemon = tended(sleeper("d", "Restart=always\nRestartSec=1s\nRestartJitter=0\n")
                    + sleeper("w", f"{relation}=d\nAfter=d\n"))
    before = up(daemon, "d", "w")
    os.kill(before["d"], signal.SIGKILL)
    daemon.wait_state("d", "activating (auto-restart)")
    assert daemon.state("w") == "active (running)" and pid(daemon, "w") == before["w"]
    wait_new_pid(daemon, "d", before["d"])
    wait_new_pid(daemon, "w", before["w"])
    daemon.stop()


@pytest.mark.parametrize("after", ("", "After=d\n"))
def test_what_is_bound_goes_at_once_and_comes_when_the_other_is_ready(tended, tmp_path, after):
    daemon = tended("[service d]\nRestart=always\nRestartSec=200ms\nReadyAfterSec=100ms\n"
                    f"ExecStart=/bin/sh -c 'test -e {tmp_path}/down && exit 1; exec sleep 1000'\n"
                    + sleeper("w", f"BindsTo=d\n{after}"))
    before = up(daemon, "d", "w")
    (tmp_path / "down").touch()
    os.kill(before["d"], signal.SIGKILL)
    daemon.wait_state("w", "activating (waiting)")
    assert pid(daemon, "d") != before["d"] and "d" in daemon.status("w")["Reason"]
    runs = daemon.status("d")["NRestarts"]
    wait_for(lambda: daemon.status("d")["NRestarts"] >= runs + 2 or None, "more tries of d")
    assert daemon.state("w") == "activating (waiting)"
    daemon.ctl("reset-failed", "d")
    (tmp_path / "down").unlink()
    wait_new_pid(daemon, "w", before["w"])
    assert daemon.state("d") == "active (running)"
    daemon.stop()


@pytest.mark.parametrize("relation,stays", (("Requires", False), ("BindsTo", False), ("Requisite", False),
                                            ("PartOf", True), ("Wants", True)))
def test_giving_up_stops_those_that_depend(tended, relation, stays):
    daemon = tended(sleeper("d") + sleeper("w", f"{relation}=d\nAfter=d\n"))
    before = up(daemon, "d", "w")
    os.kill(before["d"], signal.SIGKILL)
    daemon.wait_state("d", "failed (failed)")
    if stays:
        assert pid(daemon, "w") == before["w"]
    else:
        assert is_down_because_of(daemon, "w", "d")
        daemon.ctl("start", "d")
        wait_new_pid(daemon, "w", before["w"])
    daemon.stop()


@pytest.mark.parametrize("relation,stays", (("Requires", True), ("BindsTo", False), ("PartOf", True)))
def test_an_end_with_success_stops_only_what_is_bound(tended, tmp_path, relation, stays):
    daemon = tended(f"[service d]\nExecStart=/bin/sh -c 'until test -e {tmp_path}/end; do sleep 0.02; done'\n"
                    + sleeper("w", f"{relation}=d\nAfter=d\n"))
    before = up(daemon, "d", "w")
    (tmp_path / "end").touch()
    daemon.wait_state("d", "inactive (dead)")
    if stays:
        assert pid(daemon, "w") == before["w"] and daemon.state("w") == "active (running)"
    else:
        assert is_down_because_of(daemon, "w", "d")
    daemon.stop()


@pytest.mark.parametrize("first", DRAGGING)
@pytest.mark.parametrize("second", ("Requires", "PartOf"))
def test_who_is_dragged_along_drags_its_own(tended, first, second):
    daemon = tended(sleeper("a") + sleeper("b", f"{first}=a\nAfter=a\n") + sleeper("c", f"{second}=b\nAfter=b\n"))
    up(daemon, "a", "b", "c")
    daemon.ctl("stop", "a")
    assert is_down_because_of(daemon, "b", "a")
    assert is_down_because_of(daemon, "c", "b")
    daemon.ctl("start", "a")
    back_b, back_c = first != "PartOf", first != "PartOf" and second != "PartOf"
    for name, back in (("b", back_b), ("c", back_c)):
        daemon.wait_state(name, "active (running)" if back else "inactive (dead)")
    daemon.stop()


def test_a_part_of_what_is_bound_comes_back_with_it(tended):
    daemon = tended(sleeper("a", "Restart=always\nRestartSec=300ms\n") + sleeper("b", "BindsTo=a\nAfter=a\n")
                    + sleeper("c", "PartOf=b\nAfter=b\n"))
    before = up(daemon, "a", "b", "c")
    os.kill(before["a"], signal.SIGKILL)
    for name in ("a", "b", "c"):
        wait_new_pid(daemon, name, before[name])
    daemon.stop()


def test_two_that_are_bound_to_each_other_do_not_wait_for_each_other(tended):
    daemon = tended("".join(sleeper(a, f"BindsTo={b}\nRestart=always\nRestartSec=100ms\n")
                            for a, b in (("a", "b"), ("b", "c"), ("c", "a"))))
    before = up(daemon, "a", "b", "c")
    for victims in ("a", "abc"):
        for name in victims:
            # The first death may have taken the others down already.
            with contextlib.suppress(ProcessLookupError):
                os.kill(before[name], signal.SIGKILL)
        before = {name: wait_new_pid(daemon, name, before[name]) for name in before}
        wait_for(lambda: all(daemon.state(name) == "active (running)" for name in before) or None, "all of them")
        before = up(daemon, "a", "b", "c")
    daemon.stop()


def test_what_had_ended_for_good_does_not_come_back_with_another(tended, tmp_path):
    daemon = tended(sleeper("d") + "[service w]\nRequires=d\nAfter=d\nExecStart=/bin/sleep 1000\n"
                    f"ExecStopPost=/bin/sh -c 'until test -e {tmp_path}/go; do sleep 0.02; done'\n")
    before = up(daemon, "d", "w")
    os.kill(before["w"], signal.SIGKILL)
    daemon.wait_state("w", "deactivating (stop-post)")
    os.kill(before["d"], signal.SIGKILL)
    daemon.wait_state("d", "failed (failed)")
    (tmp_path / "go").touch()
    daemon.wait_state("w", "failed (failed)")
    daemon.ctl("start", "d")
    assert daemon.state("w") == "failed (failed)"
    daemon.stop()


def test_it_does_not_come_back_while_something_else_that_it_needs_is_down(tended):
    daemon = tended(sleeper("a") + sleeper("b") + sleeper("w", "Requires=a b\nAfter=a b\n"))
    up(daemon, "a", "b", "w")
    daemon.ctl("stop", "a")
    daemon.ctl("stop", "b")
    daemon.ctl("start", "a")
    assert daemon.state("b") == "inactive (dead)" and daemon.state("w") == "inactive (dead)"
    daemon.ctl("start", "b")
    daemon.wait_state("w", "active (running)")
    daemon.stop()


def test_a_stop_by_dependency_that_times_out_has_failed(tended):
    daemon = tended(sleeper("d") + "[service w]\nRequires=d\nAfter=d\nTimeoutStopSec=200ms\nReadyLine=up\n"
                    "ExecStart=/bin/sh -c 'trap \"\" TERM; echo up; while :; do sleep 0.05; done'\n")
    up(daemon, "d", "w")
    daemon.ctl("stop", "d")
    daemon.wait_state("w", "failed (failed)")
    assert daemon.status("w")["Result"] == "timeout"
    daemon.stop()


def test_a_start_by_hand_pulls_in_and_fails_with_what_it_needs(tended):
    daemon = tended("[service d]\nAutoStart=no\nExecStart=/bin/false\nReadyAfterSec=1\n"
                    + sleeper("w", "BindsTo=d\nAfter=d\nAutoStart=no\n")
                    + sleeper("fine", "AutoStart=no\n") + sleeper("x", "BindsTo=fine\nAutoStart=no\n"))
    done = daemon.ctl("start", "w", check=False)
    assert done.returncode == 1 and "d" in done.stderr
    assert daemon.state("w") == "inactive (dead)"
    daemon.ctl("start", "x")
    up(daemon, "x", "fine")
    daemon.stop()


def test_requisite_does_not_pull_in_and_fails_at_once(tended):
    daemon = tended(sleeper("d", "AutoStart=no\n") + sleeper("w", "Requisite=d\nAfter=d\nAutoStart=no\n"))
    done = daemon.ctl("start", "w", check=False)
    assert done.returncode == 1 and "d" in done.stderr and "Requisite" in done.stderr
    assert daemon.status("w")["Result"] == "dependency" and daemon.state("d") == "inactive (dead)"
    daemon.ctl("start", "d")
    assert daemon.state("w") == "inactive (dead)", "it was never up, so nothing brings it back"
    daemon.ctl("start", "w")
    assert daemon.state("w") == "active (running)"
    daemon.stop()


def test_a_name_that_does_not_exist_hurts_where_it_matters(tended):
    daemon = tended("".join(sleeper(relation.lower(), f"{relation}=nobody\n") for relation in
                            ("BindsTo", "Requisite", "PartOf", "Conflicts", "OnFailure", "OnSuccess")))
    for name in ("partof", "conflicts", "onfailure", "onsuccess"):
        daemon.wait_state(name, "active (running)")
    for name in ("bindsto", "requisite"):
        assert daemon.status(name)["LoadState"] == "bad-setting"
    daemon.stop()


def test_a_start_stops_what_conflicts_and_waits_for_that(tended, tmp_path):
    slow = f"ExecStop=/bin/sh -c 'until test -e {tmp_path}/go; do sleep 0.02; done'\n"
    daemon = tended(sleeper("a", slow) + sleeper("b", "Conflicts=a\nAutoStart=no\n")
                    + sleeper("needs-a", "Requires=a\nAfter=a\n"))
    up(daemon, "a", "needs-a")
    daemon.ctl("start", "--no-block", "b")
    daemon.wait_state("b", "activating (waiting)")
    daemon.wait_state("a", "deactivating (stop)")
    assert "a" in daemon.status("b")["Reason"]
    (tmp_path / "go").touch()
    daemon.wait_state("b", "active (running)")
    assert is_down_because_of(daemon, "a", "b") and is_down_because_of(daemon, "needs-a", "a")
    daemon.ctl("start", "a")
    assert is_down_because_of(daemon, "b", "a"), "and the other way round"
    assert daemon.state("a") == "active (running)"
    daemon.stop()


def test_of_two_that_conflict_and_start_together_the_first_is_started(tended):
    daemon = tended(sleeper("a", "Conflicts=c\n") + sleeper("b", "Requires=c\nAutoStart=no\n") + sleeper("c"))
    up(daemon, "a")
    assert is_down_because_of(daemon, "c", "a")
    daemon.ctl("start", "b")
    up(daemon, "b", "c")
    assert is_down_because_of(daemon, "a", "c")
    daemon.stop()


def test_a_conflicting_service_does_not_come_back_by_itself(tended):
    daemon = tended(sleeper("d") + sleeper("w", "Requires=d\nAfter=d\n") + sleeper("x", "Conflicts=w\nAutoStart=no\n"))
    up(daemon, "d", "w")
    daemon.ctl("stop", "d")
    daemon.ctl("start", "x")
    daemon.ctl("start", "d")
    assert daemon.state("w") == "inactive (dead)" and daemon.state("x") == "active (running)"
    daemon.stop()


def test_a_failure_starts_what_is_named_and_tells_it(tended, tmp_path):
    daemon = tended("[service a]\nExecStart=/bin/sh -c 'exit 7'\nOnFailure=alarm\nOnSuccess=next\nAutoStart=no\n"
                    f"[service alarm]\nType=oneshot\nAutoStart=no\nExecStart=/bin/sh -c 'env >{tmp_path}/alarm'\n"
                    f"[service next]\nType=oneshot\nAutoStart=no\nExecStart=/bin/sh -c 'env >{tmp_path}/next'\n")
    daemon.ctl("start", "a", check=False)
    wait_for((tmp_path / "alarm").exists, "the alarm")
    daemon.wait_state("alarm", "inactive (dead)")
    env = dict(line.split("=", 1) for line in (tmp_path / "alarm").read_text().splitlines() if "=" in line)
    invocation = daemon.status("a")["InvocationID"]
    assert {k: v for k, v in env.items() if k.startswith("MONITOR_")} == {
        "MONITOR_UNIT": "a", "MONITOR_SERVICE_RESULT": "exit-code", "MONITOR_EXIT_CODE": "exited",
        "MONITOR_EXIT_STATUS": "7", "MONITOR_INVOCATION_ID": invocation}
    assert not (tmp_path / "next").exists()
    # By hand it is told nothing.
    (tmp_path / "alarm").unlink()
    daemon.ctl("start", "alarm")
    assert "MONITOR_" not in (tmp_path / "alarm").read_text()
    daemon.stop()


def test_success_starts_the_next_one_and_a_restart_nobody(tended, tmp_path):
    daemon = tended("[service first]\nType=oneshot\nExecStart=/bin/true\nOnSuccess=second\nAutoStart=no\n"
                    f"[service second]\nType=oneshot\nExecStart=/bin/touch {tmp_path}/second\nAutoStart=no\n"
                    "[service tries]\nExecStart=/bin/false\nRestart=always\nRestartSec=60s\nReadyAfterSec=9\n"
                    "OnFailure=alarm\nAutoStart=no\n"
                    f"[service alarm]\nType=oneshot\nExecStart=/bin/touch {tmp_path}/alarm\nAutoStart=no\n")
    daemon.ctl("start", "first")
    wait_for((tmp_path / "second").exists, "the second")
    daemon.ctl("start", "tries", check=False)
    daemon.wait_state("tries", "activating (auto-restart)")
    daemon.ctl("stop", "tries")
    assert not (tmp_path / "alarm").exists()
    daemon.stop()


def test_two_that_trigger_each_other_come_to_an_end(tended, tmp_path):
    daemon = tended("".join(f"[service {a}]\nType=oneshot\nAutoStart=no\nOnFailure={b}\nStartLimitBurst=3\n"
                            f"ExecStart=/bin/sh -c 'echo %n >>{tmp_path}/log; exit 1'\n"
                            for a, b in (("a", "b"), ("b", "a"))))
    daemon.ctl("start", "a", check=False)
    # By hand once, and three times each by the other.
    wait_for(lambda: (tmp_path / "log").exists() and len((tmp_path / "log").read_text().split()) == 7, "their end")
    for name in ("a", "b"):
        daemon.wait_state(name, "failed (failed)")
    assert len((tmp_path / "log").read_text().split()) == 7
    daemon.stop()


def test_a_target_is_active_when_its_members_are_ready_or_have_failed(tended, tmp_path):
    daemon = tended(f"[service slow]\nAutoStart=no\nType=oneshot\nRemainAfterExit=yes\n"
                    f"ExecStart=/bin/sh -c 'until test -e {tmp_path}/go; do sleep 0.02; done'\n"
                    "[service breaks]\nAutoStart=no\nExecStart=/bin/false\nReadyAfterSec=1\n"
                    + sleeper("after", "After=app.target\nAutoStart=no\n")
                    + target("app", "Wants=slow breaks after\n") + target("strict", "Requires=breaks\n"))
    daemon.ctl("start", "--no-block", "app.target")
    daemon.wait_state("app.target", "activating (waiting)")
    daemon.wait_state("breaks", "failed (failed)")
    assert daemon.state("app.target") == "activating (waiting)" and daemon.state("after") == "activating (waiting)"
    (tmp_path / "go").touch()
    wait_for(lambda: daemon.status("app.target")["ActiveState"] == "active", "the target")
    daemon.wait_state("after", "active (running)")
    assert daemon.status("app.target")["Ready"] is True and not daemon.status("app.target")["MainPID"]
    done = daemon.ctl("start", "strict.target", check=False)
    assert done.returncode == 1 and "breaks" in done.stderr
    assert daemon.status("strict.target")["Result"] == "dependency"
    daemon.stop()


def test_the_default_target_is_what_starts(tended):
    daemon = tended(sleeper("in") + sleeper("pulled", "AutoStart=no\n") + sleeper("out")
                    + target("default", "Wants=in\nRequires=app.target\n") + target("app", "Wants=pulled\n"))
    up(daemon, "in", "pulled")
    assert daemon.state("out") == "inactive (dead)"
    assert daemon.status("default.target")["ActiveState"] == "active"
    assert daemon.stop() == 0


def test_a_mistake_in_the_default_target_is_its_own(tended):
    daemon = tended(sleeper("in") + sleeper("out") + target("default", "Wants=in\nRequires=nobody\n"))
    up(daemon, "in")
    assert daemon.state("out") == "inactive (dead)"
    assert daemon.status("default.target")["LoadState"] == "bad-setting"
    daemon.stop()


def test_verbs_on_a_target_are_for_its_group(tended, tmp_path):
    daemon = tended(sleeper("a", f"ExecReload=/bin/touch {tmp_path}/reloaded\n")
                    + sleeper("b", "After=a\n") + sleeper("other")
                    + target("inner", "Requires=b\n") + target("app", "Wants=a inner.target\n"))
    before = up(daemon, "a", "b", "other")
    daemon.ctl("start", "app.target")
    daemon.ctl("reload", "app.target")
    assert (tmp_path / "reloaded").exists()
    daemon.ctl("restart", "app.target")
    assert wait_new_pid(daemon, "a", before["a"]) and wait_new_pid(daemon, "b", before["b"])
    assert daemon.status("app.target")["ActiveState"] == "active"
    before = up(daemon, "a", "b", "other")
    daemon.ctl("kill", "-s", "KILL", "app.target")
    for name in ("a", "b"):
        daemon.wait_state(name, "failed (failed)")
    assert "app.target" in daemon.ctl("kill", "app.target", check=False).stderr
    daemon.ctl("restart", "app.target")
    up(daemon, "a", "b")
    daemon.ctl("stop", "app.target")
    for name in ("a", "b", "app.target", "inner.target"):
        assert daemon.state(name) == "inactive (dead)"
    assert pid(daemon, "other") == before["other"]
    daemon.ctl("try-restart", "app.target")
    assert daemon.state("a") == "inactive (dead)"
    daemon.ctl("start", "app.target")
    up(daemon, "a", "b")
    daemon.stop()


def test_a_target_goes_with_what_it_requires_and_not_with_what_it_wants(tended):
    daemon = tended(sleeper("a") + sleeper("b") + target("app", "Requires=a\nWants=b\n")
                    + sleeper("w", "Requires=app.target\nAfter=app.target\nAutoStart=no\n"))
    daemon.ctl("start", "w")
    up(daemon, "a", "b", "w")
    daemon.ctl("stop", "b")
    assert daemon.status("app.target")["ActiveState"] == "active" and daemon.state("w") == "active (running)"
    daemon.ctl("stop", "a")
    assert is_down_because_of(daemon, "app.target", "a") and is_down_because_of(daemon, "w", "app.target")
    daemon.ctl("start", "a")
    daemon.wait_state("w", "active (running)")
    assert daemon.status("app.target")["ActiveState"] == "active"
    daemon.stop()


def test_targets_that_are_in_each_other_are_a_cycle(tended):
    daemon = tended(sleeper("a") + target("x", "Wants=y.target\n") + target("y", "Wants=x.target\n"))
    up(daemon, "a")
    for name in ("x.target", "y.target"):
        assert daemon.status(name)["LoadState"] == "bad-setting"
        assert "ordering cycle" in daemon.status(name)["Reason"]
    daemon.stop()


def test_ready_when_started_waits_for_the_default_target(tended, tmp_path):
    import socket
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(str(tmp_path / "notify"))
    receiver.settimeout(60)
    daemon = tended("[daemon]\nReadyWhen=started\n"
                    f"[service in]\nType=oneshot\nRemainAfterExit=yes\nAutoStart=no\n"
                    f"ExecStart=/bin/sh -c 'until test -e {tmp_path}/go; do sleep 0.02; done'\n"
                    + sleeper("out") + target("default", "Wants=in\n"), start=False,
                    env={"NOTIFY_SOCKET": str(tmp_path / "notify")})
    daemon.start()
    daemon.wait_state("in", "activating (start)")
    # Nor is a reload in between the end of the start.
    daemon.write("more.ini", sleeper("new"))
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: daemon.ctl("is-active", "new", check=False).returncode != 4, "the reload")
    receiver.setblocking(False)
    with pytest.raises(BlockingIOError):
        while b"READY=1" not in receiver.recv(4096):
            pass
        raise AssertionError("too early")
    receiver.settimeout(60)
    (tmp_path / "go").touch()
    while b"READY=1" not in receiver.recv(4096):
        pass
    daemon.stop()
