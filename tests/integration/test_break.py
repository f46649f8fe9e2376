# SPDX-License-Identifier: MIT
"""Things that go wrong on real machines: bombs, stopped processes, full disks, reused pids, vanished folders."""

import os
import pathlib
import signal
import subprocess
import tempfile

import pytest

from harness import Daemon, pid_exists, processes_with, wait_for


def script(path, text):
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("cgroups", [True, False], ids=["cgroup", "session"])
def test_a_fork_bomb_is_stopped(tended, tmp_path, cgroups):
    """A tree that grows as fast as it can, up to a limit of processes: no member survives the stop."""
    folder = tempfile.TemporaryDirectory()
    os.chmod(folder.name, 0o755)
    bomb = script(pathlib.Path(folder.name) / "bomb",
                  "trap '' TERM\nwhile :; do ($0 &) 2>/dev/null; sleep 0.01; done\n")
    # Each has a user of its own, as the limit is the user's. Who cannot fork ends, so the main process is none of them.
    daemon = tended(f"[service bomb]\nExecStart=/bin/sh -c '{bomb} & exec sleep 1000'\nUser={65531 - cgroups}\nLimitNPROC=100\nTimeoutStopSec=200ms\n",
                    cgroups=cgroups)
    wait_for(lambda: len(processes_with(str(bomb))) > 50, "a bomb")
    daemon.ctl("stop", "bomb")
    assert not processes_with(str(bomb))
    daemon.stop()
    folder.cleanup()


def test_a_stopped_process_is_woken_to_end(tended, tmp_path):
    program = script(tmp_path / "program", "trap 'echo bye; exit 0' TERM\necho up\nwhile :; do sleep 0.1 & wait; done\n")
    daemon = tended(f"[service s]\nExecStart={program}\nReadyLine=up\n")
    daemon.ctl("wait", "s")
    os.kill(daemon.main_pid("s"), signal.SIGSTOP)
    daemon.ctl("stop", "s")
    assert daemon.status("s")["Result"] == "success"
    daemon.stop()


def start_time(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()[19]


def test_a_pid_that_belongs_to_somebody_else_now_is_left_alone(tended):
    """The note of an earlier daemon's run names a pid that was given to another process since."""
    stranger = subprocess.Popen(["sleep", "1000"], env={"PATH": os.environ["PATH"]})
    try:
        # Processes are told apart by the time of their start, which the kernel counts in hundredths of a second.
        began = start_time(stranger.pid)
        daemon = tended("[service s]\nExecStart=/bin/sleep 1000\n")
        pid = daemon.main_pid("s")
        while start_time(pid) == began:
            daemon.ctl("restart", "s")
            pid = daemon.main_pid("s")
        daemon.kill()
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not pid_exists(pid), "the end of the main process")
        state = os.path.join(daemon.run_folder(), "state", "s")
        text = open(state, encoding="ascii").read()
        assert f"pid={pid}\n" in text
        with open(state, "w", encoding="ascii") as file:
            file.write(text.replace(f"pid={pid}\n", f"pid={stranger.pid}\n"))
        daemon.start()
        daemon.ctl("wait", "s")
        assert pid_exists(stranger.pid)
        daemon.stop()
        assert pid_exists(stranger.pid)
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("garbage", [b"", b"\0" * 100, b"pid=1\nstart=0\n", b"version=1\npid=-1\n", b"x" * 100000])
def test_garbage_in_the_note_of_an_earlier_run(tended, garbage):
    daemon = tended("[service s]\nExecStart=/bin/sleep 1000\n", start=False)
    os.makedirs(os.path.join(daemon.run_folder(), "state"), mode=0o700)
    with open(os.path.join(daemon.run_folder(), "state", "s"), "wb") as file:
        file.write(garbage)
    daemon.start()
    daemon.ctl("wait", "s")
    daemon.stop()


def test_a_full_disk_slows_the_log_and_loses_nothing(tended, tmp_path):
    """Files in a file system of 256 KiB: the flood waits, others go on; with room again every line is there."""
    logs = tmp_path / "logs"
    logs.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(logs)], check=True)
    try:
        daemon = tended("[daemon]\nLogFileMax=100M\n[service flood]\nExecStart=/bin/seq 1 100000\n"
                        "[service other]\nExecStart=/bin/sleep 1000\n", log_target=f"file:{logs}")
        wait_for(lambda: os.statvfs(logs).f_bavail == 0, "a full disk")
        daemon.ctl("restart", "other")
        daemon.wait_state("other", "active (running)")
        subprocess.run(["mount", "-o", "remount,size=64m", str(logs)], check=True)
        daemon.ctl("wait", "flood", "--for", "inactive")
        daemon.stop()
        lines = [line.rsplit(" ", 1)[-1] for line in (logs / "flood.log").read_text().splitlines()
                 if " stdout " in line]
        assert lines == [str(i) for i in range(1, 100001)]
    finally:
        subprocess.run(["umount", "-l", str(logs)], check=False)


def test_a_stopped_daemon_gets_a_clear_answer(tended):
    daemon = tended("[service s]\nExecStart=/bin/sleep 1000\n")
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        done = daemon.ctl("status", check=False)
        assert done.returncode == 5
        assert "does not answer" in done.stderr
    finally:
        daemon.process.send_signal(signal.SIGCONT)
    daemon.stop()


def test_a_working_directory_that_is_gone(tended, tmp_path):
    gone = tmp_path / "gone"
    daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nWorkingDirectory={gone}\n"
                    f"[service optional]\nExecStart=/bin/sleep 1000\nWorkingDirectory=-{gone}\n")
    daemon.wait_state("s", "failed (failed)")
    status = daemon.status("s")
    assert status["ExecMainStatus"] == 200
    assert str(gone) in status["Reason"] and "No such file" in status["Reason"]
    daemon.wait_state("optional", "active (running)")
    daemon.stop()


def test_the_definitions_vanish_while_services_run(tended):
    daemon = tended("[service s]\nExecStart=/bin/sleep 1000\n")
    pid = daemon.main_pid("s")
    os.unlink(os.path.join(daemon.conf, "test.ini"))
    daemon.ctl("daemon-reload")
    status = daemon.status("s")
    assert (status["LoadState"], status["MainPID"]) == ("not-found", pid)
    daemon.ctl("stop", "s")
    assert daemon.ctl("status", "s", check=False).returncode == 4
    daemon.stop()


def test_a_start_limit_ends_the_tries_and_a_start_by_hand_is_not_refused(tended):
    daemon = tended("[service s]\nExecStart=/bin/false\nRestart=always\nRestartSec=0\n")
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Result"] == "start-limit-hit"
    before = daemon.status("s")["InvocationID"]
    daemon.ctl("start", "s", check=False)
    assert daemon.status("s")["InvocationID"] != before
    daemon.wait_state("s", "failed (failed)")
    assert daemon.ctl("reset-failed", "s").returncode == 0
    daemon.wait_state("s", "inactive (dead)")
    daemon.stop()


def test_no_run_folder_to_be_had(tmp_path):
    """The folder of the socket doesn't exist: an error that says so."""
    daemon = Daemon(tmp_path, "[service s]\nExecStart=/bin/true\n")
    daemon.socket = str(tmp_path / "not" / "there" / "control")
    daemon.start(wait=False)
    assert daemon.process.wait(timeout=30) == 1
    assert str(tmp_path / "not" / "there") in daemon.stderr()
