# SPDX-License-Identifier: MIT
"""Health checks of real servers: healthy, flapping, gone, hanging, stopped by SIGSTOP."""

import os
import signal
import socket
import subprocess
import time

import pytest

from harness import TENDCTL, pid_exists, wait_for
from test_ready import free_port, script, server

QUICK = "HealthIntervalSec=30ms\n"


def flag_checked(tmp_path, more="", restart="no"):
    """A service that is as healthy as a file is there."""
    (tmp_path / "well").touch()
    return (f"[service s]\nExecStart=/bin/sleep 1000\nHealthExec=/usr/bin/test -e {tmp_path}/well\n{QUICK}"
            f"Restart={restart}\nRestartSec=50ms\n{more}")


def health(daemon, name="s"):
    return daemon.status(name)["Health"]


def wait_health(daemon, wanted, name="s"):
    return wait_for(lambda: health(daemon, name) == wanted, f"{name} {wanted}")


def checks(tmp_path):
    return (tmp_path / "checks").read_text().count("\n") if (tmp_path / "checks").exists() else 0


def test_without_checks_there_is_no_health(tended):
    daemon = tended("[service s]\nExecStart=/bin/sleep 1000\n")
    daemon.wait_state("s", "active (running)")
    assert health(daemon) == "none"
    daemon.stop()


def test_health_begins_as_starting_and_becomes_healthy(tended, tmp_path):
    daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nHealthExec=/bin/true\nHealthIntervalSec=1000\n"
                    f"[service t]\nExecStart=/bin/sleep 1000\nHealthExec=/bin/true\n{QUICK}")
    daemon.wait_state("s", "active (running)")
    assert health(daemon) == "starting" and daemon.status("s")["Ready"]
    wait_health(daemon, "healthy", "t")
    daemon.ctl("stop", "t")
    assert health(daemon, "t") == "none"
    daemon.stop()


def test_an_unhealthy_service_has_failed(tended, tmp_path, journal):
    daemon = tended(flag_checked(tmp_path), journal=journal)
    wait_health(daemon, "healthy")
    pid = daemon.main_pid("s")
    (tmp_path / "well").unlink()
    daemon.wait_state("s", "failed (failed)")
    status = daemon.status("s")
    assert status["Result"] == "health" and status["Health"] == "unhealthy" and not status["Ready"]
    assert status["Reason"] == f"unhealthy: HealthExec=/usr/bin/test -e {tmp_path}/well: exit code 1 (FAILURE)" or \
        status["Reason"].startswith(f"unhealthy: HealthExec=/usr/bin/test -e {tmp_path}/well: exit code 1")
    assert not pid_exists(pid)
    messages = [entry["MESSAGE"] for entry in journal.entries("TENDED_SERVICE=s")]
    for number in (1, 2, 3):
        assert any(f"a health check failed ({number} of 3)" in message for message in messages), messages
    assert any("s is unhealthy: HealthExec=" in message for message in messages)
    # The next run knows nothing of it.
    (tmp_path / "well").touch()
    daemon.ctl("start", "s")
    wait_health(daemon, "healthy")
    daemon.stop()


def test_restart_has_the_word(tended, tmp_path):
    daemon = tended(flag_checked(tmp_path, restart="on-failure"))
    wait_health(daemon, "healthy")
    (tmp_path / "well").unlink()
    wait_for(lambda: daemon.status("s")["NRestarts"] > 0, "a restart")
    (tmp_path / "well").touch()
    wait_health(daemon, "healthy")
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def test_who_is_unhealthy_for_want_of_another_is_not_given_up(tended):
    daemon = tended("[service db]\nExecStart=/bin/false\nRestart=always\nRestartSec=1000s\n"
                    "[service s]\nWants=db\nAfter=db\nExecStart=/bin/sleep 1000\nHealthExec=/bin/false\n"
                    "HealthIntervalSec=1ms\nHealthRetries=1\nRestart=always\nRestartSec=0\nStartLimitBurst=2\n")
    wait_for(lambda: daemon.status("s")["NRestarts"] > 5, "many tries")
    daemon.ctl("stop", "db")
    # Without it nothing excuses the service.
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Result"] == "start-limit-hit"
    daemon.stop()


def test_dependents_go_down_and_come_back_with_what_was_unhealthy(tended, tmp_path):
    daemon = tended(flag_checked(tmp_path, restart="on-failure") +
                    "[service w]\nExecStart=/bin/sleep 1000\nRequires=s\nAfter=s\n")
    daemon.wait_state("w", "active (running)")
    pid = daemon.main_pid("w")
    (tmp_path / "well").unlink()
    wait_for(lambda: daemon.status("s")["NRestarts"] > 0, "a restart")
    (tmp_path / "well").touch()
    wait_for(lambda: daemon.status("w")["MainPID"] not in (0, pid) and daemon.state("w") == "active (running)",
             "w's return")
    assert not pid_exists(pid)
    daemon.stop()


def test_failures_that_do_not_follow_each_other_do_no_harm(tended, tmp_path):
    # Every third check passes.
    program = script(tmp_path, "check", f"""
        import os, sys
        with open("{tmp_path}/checks", "a") as file:
            file.write("x\\n")
        sys.exit(os.path.getsize("{tmp_path}/checks") // 2 % 3 != 0)
        """)
    daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nHealthExec={program}\n{QUICK}")
    wait_for(lambda: checks(tmp_path) >= 9, "9 checks")
    assert daemon.state("s") == "active (running)" and health(daemon) == "healthy"
    daemon.stop()


def test_failures_at_the_beginning_do_not_count(tended, tmp_path):
    program = script(tmp_path, "check", f"""
        import os, sys
        with open("{tmp_path}/checks", "a") as file:
            file.write("x\\n")
        sys.exit(not os.path.exists("{tmp_path}/well"))
        """)
    daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nHealthExec={program}\n{QUICK}HealthRetries=1\n"
                    "HealthStartPeriodSec=1000\n")
    wait_for(lambda: checks(tmp_path) >= 4, "4 checks")
    assert daemon.state("s") == "active (running)" and health(daemon) == "starting"
    assert f"starting; the last check failed: HealthExec={program}: exit code 1" in daemon.ctl("status", "s").stdout
    (tmp_path / "well").touch()
    wait_health(daemon, "healthy")
    assert daemon.status("s")["HealthError"] == ""
    (tmp_path / "well").unlink()
    daemon.wait_state("s", "failed (failed)")
    daemon.stop()


def test_a_server_that_is_stopped_by_a_signal_answers_no_http(tended, tmp_path):
    port = free_port()
    daemon = tended(f"[service s]\nExecStart=/usr/bin/python3 -m http.server {port} --bind 127.0.0.1\n"
                    f"WorkingDirectory={tmp_path}\nReadyTCP={port}\nHealthHTTP=http://localhost:{port}/\n{QUICK}"
                    "HealthTimeoutSec=500ms\nHealthRetries=2\nTimeoutStopSec=1s\nRestart=on-failure\n")
    wait_health(daemon, "healthy")
    pid = daemon.main_pid("s")
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: daemon.status("s")["NRestarts"] > 0, "a restart")
    assert not pid_exists(pid)
    wait_health(daemon, "healthy")
    daemon.stop()


def test_a_check_that_hangs_is_ended_with_all_of_its_processes(tended, tmp_path):
    daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nHealthExec=/bin/sh -c 'sleep 1001 & echo $$! "
                    f">>{tmp_path}/pids; wait'\n{QUICK}HealthTimeoutSec=200ms\nHealthRetries=1000\n")
    pids = wait_for(lambda: (tmp_path / "pids").exists() and (tmp_path / "pids").read_text().split()[:2], "checks")
    wait_for(lambda: len((tmp_path / "pids").read_text().split()) > 2, "one more")
    assert not pid_exists(int(pids[0]))
    assert daemon.state("s") == "active (running)"
    daemon.ctl("stop", "s")
    for pid in (tmp_path / "pids").read_text().split():
        assert not pid_exists(int(pid))
    daemon.stop()


@pytest.mark.parametrize("kind", ["control-group", "mixed", "process"])
@pytest.mark.parametrize("cgroups", [True, False])
def test_a_stop_in_the_midst_of_a_check_leaves_nothing(tended, tmp_path, kind, cgroups):
    daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nHealthExec=/bin/sh -c 'echo x >>{tmp_path}/checks; "
                    f"exec sleep 1002'\n{QUICK}KillMode={kind}\n", cgroups=cgroups)
    wait_for(lambda: checks(tmp_path), "a check")
    daemon.ctl("stop", "s")
    assert daemon.state("s") == "inactive (dead)" and daemon.status("s")["Result"] == "success"
    daemon.ctl("start", "s")
    wait_for(lambda: checks(tmp_path) > 1, "another check")
    os.kill(daemon.main_pid("s"), signal.SIGKILL)
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Result"] == "signal"
    daemon.stop()


def listener(port=0):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen(1024)
    return sock


def test_checks_pause_while_it_reloads(tended, tmp_path):
    well = listener()
    port = well.getsockname()[1]
    daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nHealthTCP={port}\n{QUICK}"
                    f"ExecReload=/bin/sh -c 'until [ -e {tmp_path}/go ]; do sleep 0.01; done'\n")
    wait_health(daemon, "healthy")
    with subprocess.Popen([TENDCTL, "--socket", daemon.socket, "reload", "s"]) as reload:
        daemon.wait_state("s", "reloading (reload)")
        well.close()
        time.sleep(0.5)  # Long enough for ten checks.
        well = listener(port)
        (tmp_path / "go").touch()
        assert reload.wait() == 0
    assert daemon.state("s") == "active (running)" and health(daemon) == "healthy"
    well.close()
    daemon.wait_state("s", "failed (failed)")
    daemon.stop()


def test_a_change_of_the_checks_is_in_force_at_once(tended, tmp_path):
    daemon = tended("[service s]\nExecStart=/bin/sleep 1000\n")
    daemon.wait_state("s", "active (running)")
    pid = daemon.main_pid("s")
    daemon.write("test.ini", flag_checked(tmp_path))
    daemon.ctl("daemon-reload")
    wait_health(daemon, "healthy")
    daemon.write("test.ini", flag_checked(tmp_path, "HealthIntervalSec=1000\n"))
    daemon.ctl("daemon-reload")
    daemon.write("test.ini", "[service s]\nExecStart=/bin/sleep 1000\n")
    daemon.ctl("daemon-reload")
    assert health(daemon) == "none" and daemon.main_pid("s") == pid
    daemon.stop()


def test_all_of_several_checks_have_to_pass(tended, tmp_path):
    port = free_port()
    program = server(tmp_path, "s", "c.close()")
    daemon = tended(f"[service s]\nExecStart={program} {port}\nReadyTCP={port}\nHealthTCP={port}\n"
                    f"HealthUnix=@tended-test-{port}\n{QUICK}")
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Reason"] == f"unhealthy: HealthUnix=@tended-test-{port}: connection refused"
    daemon.stop()


def test_checks_cost_nothing_between_them(tended):
    daemon = tended("[service s]\nExecStart=/bin/sleep 1000\nHealthExec=/bin/true\nHealthIntervalSec=1000\n"
                    "[service t]\nExecStart=/bin/sleep 1000\nReadyExec=/bin/true\nReadyPath=/\n")
    daemon.wait_state("s", "active (running)")
    daemon.wait_state("t", "active (running)")

    def switches():
        with open(f"/proc/{daemon.pid}/status", encoding="ascii") as file:
            return [line for line in file if line.startswith("voluntary")]

    def quiet():
        before = switches()
        os.sched_yield()
        signal.sigtimedwait([], 0.5)
        return switches() == before
    wait_for(quiet, "a daemon that sleeps")
    daemon.stop()
