# SPDX-License-Identifier: MIT
"""What services mean to each other: stops, restarts, failures and reloads among two to four that name each other."""

import os
import signal
import subprocess
import time

from harness import TENDCTL, wait_for


def sleeper(name, more=""):
    return f"[service {name}]\nExecStart=/bin/sleep 1000\n{more}\n"


def wait_new_pid(daemon, name, old):
    return wait_for(lambda: (s := daemon.status(name))["MainPID"] not in (0, None, old) and
                    s["SubState"] == "running" and s["MainPID"], f"a new main process of {name}")


def stays(daemon, name, wanted, seconds=0.7):
    """Not for a moment of that time is it anything else."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert daemon.state(name) == wanted
        time.sleep(0.02)


def test_a_stopped_oneshot_does_not_bring_back_those_that_it_took_down(tended):
    daemon = tended("[service d]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nExecStop=/bin/sleep 0.2\n"
                    + sleeper("w", "Requires=d\nAfter=d\n"))
    daemon.ctl("wait", "d", "w")
    daemon.ctl("stop", "d")
    stays(daemon, "d", "inactive (dead)")
    stays(daemon, "w", "inactive (dead)", 0.1)
    daemon.ctl("start", "d")
    daemon.wait_state("w", "active (running)")
    daemon.stop()


def test_a_oneshot_that_is_stopped_before_its_work_has_not_succeeded(tended):
    daemon = tended("[service d]\nType=oneshot\nAutoStart=no\nExecStartPre=/bin/sleep 1000\nExecStart=/bin/true\n"
                    + sleeper("w", "Requires=d\nAfter=d\nAutoStart=no\n"))
    daemon.ctl("start", "--no-block", "w")
    daemon.wait_state("d", "activating (start-pre)")
    daemon.ctl("stop", "d")
    stays(daemon, "w", "inactive (dead)", 0.3)
    stays(daemon, "d", "inactive (dead)", 0.3)
    daemon.stop()


def test_a_waiting_service_that_is_removed_is_not_started(tended, tmp_path):
    daemon = tended({"d.ini": sleeper("d", "ReadyAfterSec=60\n"),
                     "w.ini": f"[service w]\nRequires=d\nAfter=d\nExecStart=/bin/touch {tmp_path}/ran\n"})
    daemon.wait_state("w", "activating (waiting)")
    os.unlink(os.path.join(daemon.conf, "w.ini"))
    daemon.ctl("daemon-reload")
    wait_for(lambda: daemon.ctl("status", "w", check=False).returncode == 4, "w's end")
    assert not (tmp_path / "ran").exists()
    daemon.stop()


def test_a_service_that_is_removed_while_it_starts_becomes_ready(tended):
    daemon = tended({"d.ini": sleeper("d", "ReadyAfterSec=1\n"), "w.ini": sleeper("w", "After=d\nRequires=d\n")})
    daemon.wait_state("d", "activating (start)")
    os.unlink(os.path.join(daemon.conf, "d.ini"))
    daemon.write("w.ini", sleeper("w"))
    daemon.ctl("daemon-reload")
    daemon.wait_state("d", "active (running)")
    assert daemon.status("d")["LoadState"] == "not-found"
    daemon.wait_state("w", "active (running)")
    daemon.ctl("stop", "d")
    wait_for(lambda: daemon.ctl("status", "d", check=False).returncode == 4, "d's end")
    daemon.stop()


def test_a_changed_ready_line_does_not_disturb_the_start_in_progress(tended):
    daemon = tended(f"[service s]\nExecStart=/bin/sh -c 'sleep 1; echo one; sleep 1000'\nReadyLine=one\n"
                    "TimeoutStartSec=5s\n")
    daemon.wait_state("s", "activating (start)")
    daemon.write("test.ini", "[service s]\nExecStart=/bin/sh -c 'echo two; sleep 1000'\nReadyLine=two\n"
                             "ReadyAfterSec=10ms\nTimeoutStartSec=5s\n")
    daemon.ctl("daemon-reload")
    daemon.ctl("wait", "s")
    daemon.ctl("restart", "s")
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def test_readiness_that_a_reload_adds_or_takes_away_is_that_of_the_next_start(tended):
    daemon = tended(sleeper("adds", "Type=oneshot\nExecStartPre=/bin/true\n").replace("Type=oneshot\n", "ReadyAfterSec=4\n")
                    + sleeper("takes", "ReadyAfterSec=4\n"))
    daemon.wait_state("takes", "activating (start)")
    daemon.write("test.ini", sleeper("adds", "ReadyLine=never\nTimeoutStartSec=30s\n") + sleeper("takes", "TimeoutStartSec=30s\n"))
    daemon.ctl("daemon-reload")
    daemon.ctl("wait", "adds", "takes")
    daemon.stop()


def test_a_start_by_hand_in_the_middle_of_a_restart_reaches_those_that_require_it(tended):
    daemon = tended(sleeper("d", "Restart=always\nRestartSec=60s\n") + sleeper("w", "Requires=d\nAfter=d\n"))
    daemon.ctl("wait", "d", "w")
    for verb in ("start", "restart"):
        pids = daemon.main_pid("d"), daemon.main_pid("w")
        os.kill(pids[0], signal.SIGKILL)
        daemon.wait_state("d", "activating (auto-restart)")
        assert daemon.status("w")["MainPID"] == pids[1]
        daemon.ctl(verb, "d")
        wait_new_pid(daemon, "w", pids[1])
    daemon.stop()


def test_reset_failed_does_not_hide_a_restart_from_those_that_require_it(tended):
    daemon = tended(sleeper("d", "Restart=always\nRestartSec=1s\n") + sleeper("w", "Requires=d\nAfter=d\n"))
    daemon.ctl("wait", "d", "w")
    pids = daemon.main_pid("d"), daemon.main_pid("w")
    os.kill(pids[0], signal.SIGKILL)
    wait_new_pid(daemon, "w", pids[1])
    pids = daemon.main_pid("d"), daemon.main_pid("w")
    os.kill(pids[0], signal.SIGKILL)
    daemon.wait_state("d", "activating (auto-restart)")
    daemon.ctl("reset-failed", "d")
    wait_new_pid(daemon, "w", pids[1])
    daemon.stop()


def test_a_start_fails_with_what_it_requires_two_steps_away(tended):
    daemon = tended("[service x]\nExecStart=/bin/false\nRestart=always\nRestartSec=60s\nReadyAfterSec=100ms\nAutoStart=no\n"
                    + sleeper("d", "Requires=x\nAfter=x\nAutoStart=no\n")
                    + sleeper("w", "Requires=d\nAfter=d\nAutoStart=no\n"))
    done = daemon.ctl("start", "w", check=False, timeout=10)
    assert done.returncode == 1 and "exit code 1" in done.stdout + done.stderr
    daemon.wait_state("w", "activating (waiting)")
    daemon.stop()


def test_coming_back_with_another_service_is_not_a_failure_of_its_own(tended):
    daemon = tended(sleeper("d") + sleeper("w", "Requires=d\nAfter=d\nRestart=always\nRestartSec=0\n"))
    daemon.ctl("wait", "d", "w")
    for _ in range(5):
        daemon.ctl("stop", "d")
        daemon.ctl("start", "d")
        daemon.ctl("wait", "w")
    pid = daemon.main_pid("w")
    os.kill(pid, signal.SIGKILL)
    wait_new_pid(daemon, "w", pid)
    daemon.stop()


def test_the_reason_names_the_command_that_failed(tended):
    daemon = tended("[service pre]\nExecStartPre=/bin/true\nExecStartPre=/bin/sh -c 'exit 99'\nExecStart=/bin/sleep 1000\n"
                    "ExecStopPost=/bin/false\n"
                    "[service stop]\nExecStart=/bin/sleep 1000\nExecStop=/bin/sh -c 'kill -USR1 $$$$'\n")
    daemon.wait_state("pre", "failed (failed)")
    assert daemon.status("pre")["Reason"] == "a command failed: ExecStartPre=/bin/sh -c exit 99: exit code 99"
    daemon.ctl("wait", "stop")
    daemon.ctl("stop", "stop")
    assert daemon.status("stop")["Reason"] == "a command failed: ExecStop=/bin/sh -c kill -USR1 $$$$: signal SIGUSR1"
    daemon.stop()


def test_nobody_is_said_to_be_killed_where_sendsigkill_forbids_it(tended, tmp_path):
    script = tmp_path / "deaf"
    script.write_text("#!/bin/sh\ntrap '' TERM\necho\nwhile :; do sleep 0.1; done\n")
    script.chmod(0o755)
    daemon = tended(f"[service s]\nExecStart={script}\nReadyLine=^$\nSendSIGKILL=no\nTimeoutStopSec=200ms\n"
                    "KillMode=process\n")
    daemon.ctl("wait", "s")
    pid = daemon.main_pid("s")
    daemon.ctl("stop", "s")
    assert str(pid) in daemon.status("s")["Reason"]
    assert daemon.ctl("start", "s", check=False).returncode == 1
    reason = daemon.status("s")["Reason"]
    assert "SIGKILL for" not in reason and "SendSIGKILL=no" in reason and str(pid) in reason
    os.kill(pid, signal.SIGKILL)
    daemon.stop()


def test_a_stop_ends_for_who_asked_for_it_though_another_starts_it_again(tended):
    daemon = tended(sleeper("s", "ExecStop=/bin/sleep 0.5\n"))
    daemon.ctl("wait", "s")
    stop = subprocess.Popen([TENDCTL, "--socket", daemon.socket, "stop", "s"])
    daemon.wait_state("s", "deactivating (stop)")
    daemon.ctl("start", "s")
    assert stop.wait(timeout=10) == 0
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def test_a_second_reload_is_told_of_the_first(tended):
    daemon = tended(sleeper("s", "ExecReload=/bin/sleep 1000\nTimeoutStopSec=1s\n"))
    daemon.ctl("wait", "s")
    daemon.ctl("reload", "--no-block", "s")
    daemon.wait_state("s", "reloading (reload)")
    done = daemon.ctl("reload", "s", check=False)
    assert done.returncode == 1 and "another reload" in done.stderr
    daemon.stop()


def test_a_service_that_is_tried_again_says_what_failed(tended):
    again = "Restart=always\nRestartSec=60s\n"
    daemon = tended(f"[service pre]\nExecStartPre=/bin/false\nExecStart=/bin/true\n{again}"
                    f"[service exec]\nExecStart=/nonexistent\n{again}"
                    f"[service slow]\nExecStart=/bin/sleep 1000\nReadyLine=never\nTimeoutStartSec=100ms\n{again}"
                    f"[service main]\nExecStart=/bin/sh -c 'exit 99'\nExecStopPost=/nonexistent\n{again}")
    reasons = {"pre": "a command failed: ExecStartPre=/bin/false: exit code 1",
               "exec": "exec failed for /nonexistent: No such file or directory",
               "slow": "not ready within TimeoutStartSec=100ms", "main": "exit code 99"}
    for name, reason in reasons.items():
        daemon.wait_state(name, "activating (auto-restart)")
        assert daemon.status(name)["Reason"].startswith(reason), name
    daemon.stop()
