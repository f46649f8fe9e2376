# SPDX-License-Identifier: MIT
"""What a definition names may hang: the others start, stop, log and answer as if it weren't there."""

import contextlib
import os
import shutil
import signal
import subprocess
import time

import pytest

from harness import BUILD, wait_for

OTHERS = "[service other]\nExecStart=/bin/sh -c 'echo up; exec sleep 1000'\nReadyLine=up\n"


def others_go_on(daemon):
    daemon.ctl("wait", "other")
    daemon.ctl("restart", "other")
    daemon.wait_state("other", "active (running)")
    daemon.ctl("stop", "other")
    daemon.ctl("start", "other")


def test_a_fifo_that_nobody_opens(tended, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    daemon = tended(f"[service hung]\nExecStart=/bin/cat\nStandardInput=file:{fifo}\n" + OTHERS)
    daemon.wait_state("hung", "activating (start)")
    others_go_on(daemon)
    daemon.ctl("stop", "hung")
    daemon.stop()


@contextlib.contextmanager
def hung_mount(tmp_path):
    """A folder on a file system that never answers."""
    if not os.path.exists("/dev/fuse"):
        pytest.skip("no /dev/fuse on this machine")
    helper = os.path.join(BUILD, "tests", "integration", "hung-mount")
    if not os.path.exists(helper):
        pytest.skip("hung-mount is not built (libfuse is not needed: it speaks to /dev/fuse)")
    point = tmp_path / "mount"
    point.mkdir()
    server = subprocess.Popen([helper, str(point)], stdout=subprocess.PIPE)
    try:
        assert server.stdout.readline() == b"mounted\n"
        yield point
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
        subprocess.run(["umount", "-l", str(point)], check=False)


def test_a_folder_on_a_hung_mount(tended, tmp_path):
    with hung_mount(tmp_path) as point:
        daemon = tended(f"[service hung]\nExecStart=/bin/cat\nWorkingDirectory={point}/sub\nTimeoutStopSec=200ms\n" + OTHERS)
        daemon.wait_state("hung", "activating (start)")
        others_go_on(daemon)
    daemon.stop()


@pytest.mark.parametrize("condition", ["ReadyPath={}/sub/x", "ReadyUnix={}/sub/x",
                                       "HealthUnix={}/sub/x\nHealthIntervalSec=10ms\nHealthTimeoutSec=100ms"])
def test_a_probe_on_a_hung_mount(tended, tmp_path, condition):
    with hung_mount(tmp_path) as point:
        daemon = tended(f"[service hung]\nExecStart=/bin/sleep 1000\n{condition.format(point)}\n" + OTHERS)
        if condition.startswith("Ready"):
            daemon.wait_state("hung", "activating (start)")
        else:
            wait_for(lambda: "no answer within 100ms" in daemon.status("hung")["HealthError"], "a check")
        others_go_on(daemon)
        daemon.ctl("stop", "hung")
    daemon.stop()


def test_a_name_service_that_hangs(tended, tmp_path):
    """The program that asks it never answers."""
    libexec = tmp_path / "libexec"
    libexec.mkdir()
    (libexec / "tended-exec").symlink_to(os.path.join(BUILD, "daemon", "exec", "tended-exec"))
    (libexec / "tended-helper").symlink_to(os.path.join(BUILD, "tests", "integration", "hung-helper"))
    real = os.path.join(BUILD, "daemon", "helper", "tended-helper")
    daemon = tended("[service hung]\nUser=somebody-else\nExecStart=/bin/cat\nTimeoutStartSec=1h\n" + OTHERS,
                    env={"TENDED_LIBEXEC": str(libexec), "REAL_HELPER": real})
    others_go_on(daemon)
    status = daemon.status("hung")
    assert (status["ActiveState"], status["SubState"]) == ("activating", "waiting")
    assert "name service" in status["Reason"]
    daemon.ctl("stop", "hung")
    daemon.stop()


def test_a_user_that_does_not_exist(tended):
    daemon = tended("[service s]\nUser=no-such-user\nExecStart=/bin/cat\n" + OTHERS)
    wait_for(lambda: daemon.state("s") == "failed (failed)", "failed")
    status = daemon.status("s")
    assert "no-such-user" in status["Reason"]
    assert status["ExecMainStatus"] == 217
    others_go_on(daemon)
    daemon.stop()


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.slow
def test_idle_costs_nothing(tended, tmp_path):
    """A hundred idle services: in two seconds no system call, no context switch."""
    daemon = tended("".join(f"[service s{i}]\nExecStart=/bin/sleep 100000\n" for i in range(100)))
    for i in range(100):
        daemon.main_pid(f"s{i}")

    def switches():
        with open(f"/proc/{daemon.pid}/status", encoding="ascii") as file:
            return [line for line in file if "ctxt_switches" in line]

    wait_for(lambda: switches() == (subprocess.run(["sleep", "0.5"], check=True), switches())[1], "quiet")
    before = switches()
    subprocess.run(["sleep", "2"], check=True)
    assert switches() == before

    # Being traced is a disturbance of its own: only the calls count here.
    trace = tmp_path / "trace"
    tracer = subprocess.Popen(["strace", "-f", "-p", str(daemon.pid), "-o", str(trace)], stderr=subprocess.PIPE)
    assert b"attached" in tracer.stderr.readline()
    subprocess.run(["sleep", "2"], check=True)
    tracer.send_signal(signal.SIGINT)
    tracer.wait()
    calls = [line for line in trace.read_text().splitlines() if "detached" not in line and "restart_syscall" not in line
             and "epoll_wait" not in line]
    assert not calls
    daemon.stop()


def test_a_service_that_fails_at_once_for_ever_starves_nobody(tended):
    daemon = tended("[service s]\nExecStart=/bin/sleep 1000\nUser=nobody-of-that-name\nRestart=always\nRestartSec=0\n"
                    "StartLimitIntervalSec=0\n[service other]\nExecStart=/bin/sleep 1000\n", system=True)
    daemon.wait_state("other", "active (running)")
    begin = time.monotonic()
    daemon.ctl("status")
    daemon.ctl("restart", "other")
    assert time.monotonic() - begin < 2
    daemon.ctl("stop", "s")
    assert daemon.state("s") == "inactive (dead)"
    daemon.stop()
