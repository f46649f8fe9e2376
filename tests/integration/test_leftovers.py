# SPDX-License-Identifier: MIT
"""Never two, and nothing left: after the daemon's sudden death, at shutdown, with children that hide."""

import os
import signal

import pytest

from harness import pid_exists, processes_with, wait_for


@pytest.fixture(params=["cgroup", "session"])
def tended(tended, request):
    """Everything here holds with cgroups and without."""
    def make(definitions, **options):
        daemon = tended(definitions, cgroups=request.param == "cgroup", **options)
        assert request.param in daemon.ctl("status").stdout.splitlines()[0]
        return daemon

    return make


def test_a_second_daemon_stops_what_the_first_left_before_it_starts_anew(tended, tmp_path):
    log = tmp_path / "log"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho start $$ >>{log}\ntrap 'echo end $$ >>{log}; exit 0' TERM\n"
                       "while :; do sleep 0.1 & wait; done\n")
    program.chmod(0o755)
    daemon = tended(f"[service s]\nExecStart={program}\n")
    first = daemon.main_pid("s")
    wait_for(lambda: log.exists() and log.read_text().count("start") == 1, "the first start")
    daemon.kill()
    assert pid_exists(first)
    daemon.start()
    second = wait_for(lambda: (p := daemon.status("s")["MainPID"]) not in (None, 0, first) and p, "a new main process")
    assert not pid_exists(first)
    wait_for(lambda: log.read_text().count("start") == 2, "the second start")
    assert log.read_text().split() == ["start", str(first), "end", str(first), "start", str(second)]
    daemon.stop()


def test_a_left_over_that_ignores_sigterm_is_killed_first(tended, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.1; done\n")
    program.chmod(0o755)
    daemon = tended(f"[service s]\nExecStart={program}\nTimeoutStopSec=300ms\n")
    first = daemon.main_pid("s")
    daemon.kill()
    daemon.start()
    wait_for(lambda: daemon.status("s")["MainPID"] not in (None, 0, first), "a new main process")
    assert not pid_exists(first)
    daemon.stop()


def test_what_was_removed_while_no_daemon_ran_is_killed(tended):
    daemon = tended({"a.ini": "[service a]\nExecStart=/bin/sleep 1000\n", "b.ini": "[service b]\nExecStart=/bin/sleep 1000\n"})
    b = daemon.main_pid("b")
    daemon.kill()
    os.unlink(os.path.join(daemon.conf, "b.ini"))
    daemon.start()
    wait_for(lambda: not pid_exists(b), "the end of what is not defined any more")
    daemon.stop()


def test_daemonised_children_are_gone_after_shutdown(tended, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n(setsid sh -c 'trap \"\" TERM; sleep 1000; sleep 1000' &)\n"
                       "(env -i setsid /bin/sleep 1000 &)\nexec sleep 1000\n")
    program.chmod(0o755)
    daemon = tended(f"[service s]\nExecStart={program}\nTimeoutStopSec=200ms\n")
    daemon.main_pid("s")
    daemon.stop()


def test_a_second_sigint_hurries(tended, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\ntrap '' TERM\necho up\nwhile :; do sleep 0.1; done\n")
    program.chmod(0o755)
    daemon = tended(f"[service s]\nExecStart={program}\nReadyLine=up\nTimeoutStopSec=1h\n")
    daemon.ctl("wait", "s")
    daemon.process.send_signal(signal.SIGINT)
    daemon.wait_state("s", "deactivating (stop-sigterm)")
    daemon.stop(signal.SIGINT)


def test_kill_mode_process_leaves_the_others_and_says_so(tended, tmp_path):
    pids = tmp_path / "pid"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\nsleep 1000 &\necho $! >{pids}\nexec sleep 1000\n")
    program.chmod(0o755)
    daemon = tended(f"[service s]\nExecStart={program}\nKillMode=process\n")
    left = int(wait_for(lambda: pids.exists() and pids.read_text().strip(), "the child's pid"))
    done = daemon.ctl("stop", "s")
    assert pid_exists(left)
    assert str(left) in done.stdout + done.stderr + daemon.status("s")["Reason"]
    # Renounced is renounced: the shutdown leaves it alone, too.
    daemon.process.terminate()
    assert daemon.process.wait(timeout=30) == 0
    assert pid_exists(left)
    os.kill(left, signal.SIGKILL)


def test_kill_mode_mixed_tells_main_and_kills_the_rest(tended, tmp_path):
    log = tmp_path / "log"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\nsh -c 'trap \"echo child >>{log}\" TERM; while :; do sleep 0.05; done' &\n"
                       f"trap 'echo main >>{log}; exit 0' TERM\necho up\nwhile :; do sleep 0.1 & wait $!; done\n")
    program.chmod(0o755)
    daemon = tended(f"[service s]\nExecStart={program}\nReadyLine=up\nKillMode=mixed\n")
    daemon.ctl("wait", "s")
    daemon.ctl("stop", "s")
    assert log.read_text().split() == ["main"]
    assert not processes_with(str(program))
    daemon.stop()
