# SPDX-License-Identifier: MIT
"""Where the log goes: journald in batches, and the writer of console and files, whatever happens to them."""

import os
import re
import signal
import subprocess
import time

import pytest

from harness import Daemon, Journal, processes_with, wait_for

COUNT = "[service count]\nExecStart=/bin/sh -c 'exec seq 1 {n}'\n"


def numbers(text, name="count"):
    """The numbers that the service printed, as the console shows them."""
    return [int(n) for n in re.findall(rf"^{name} +\| (\d+)$", text, re.MULTILINE)]


def writer_of(daemon):
    def find():
        found = [pid for pid in processes_with(daemon.marker)
                 if b"\0writer\0" in open(f"/proc/{pid}/cmdline", "rb").read()]
        return found[0] if len(found) == 1 else None

    return wait_for(find, "the writer")


def test_lines_share_datagrams_once_journald_was_seen_to_take_them(tended, journal):
    daemon = tended(COUNT.format(n=50000), journal=journal)
    daemon.ctl("wait", "count", "--for", "inactive")
    assert daemon.stop() == 0
    entries = [e for e in journal.entries("TENDED_SERVICE=count") if "TENDED_BATCH" in e]
    assert [e["MESSAGE"] for e in entries] == [str(i) for i in range(1, 50001)]
    # A batch's number is that of its first line, and the lines of a batch follow each other.
    batches = [int(e["TENDED_BATCH"]) for e in entries]
    assert all(b == i + 1 or b == batches[i - 1] for i, b in enumerate(batches))
    assert len(set(batches)) < 10000
    probes = journal.entries("SYSLOG_IDENTIFIER=tended", "PRIORITY=7")
    assert len([e for e in probes if "TENDED_PROBE" in e]) == 2


def test_a_journald_that_comes_late_gets_everything(tended):
    journal = Journal()
    try:
        journal.kill(signal.SIGKILL)
        daemon = tended(COUNT.format(n=1000), journal=journal)
        wait_for(lambda: "not there" in daemon.ctl("status").stdout, "status says it")
        journal.start()
        wait_for(lambda: journal.lines("count") == [str(i) for i in range(1, 1001)], "all lines")
        told = [e["MESSAGE"] for e in journal.entries("SYSLOG_IDENTIFIER=tended")]
        assert any("journald is not there" in m for m in told) and any("journald is back" in m for m in told)
        assert daemon.stop() == 0
    finally:
        journal.close()


def test_a_line_too_long_for_a_datagram_arrives_whole_and_in_its_place(tended, journal):
    size = 300000
    daemon = tended("[service long]\nLineMax=1M\n"
                    f"ExecStart=/bin/sh -c 'echo before; head -c {size} /dev/zero | tr \"\\\\0\" x; echo; echo after'\n",
                    journal=journal)
    wait_for(lambda: journal.lines("long")[-1:] == ["after"], "the last line")
    assert journal.lines("long") == ["before", "x" * size, "after"]
    assert daemon.stop() == 0


def test_a_writer_that_is_killed_is_replaced_and_told(tended):
    daemon = tended("[service tick]\nExecStart=/bin/sh -c 'while sleep 0.02; do echo tick; done'\n",
                    log_target="console")
    wait_for(lambda: "tick | tick" in re.sub(" +", " ", daemon.stdout()), "lines")
    # One that lived for a while is replaced at once.
    time.sleep(1.1)
    os.kill(writer_of(daemon), signal.SIGKILL)
    wait_for(lambda: "started anew" in daemon.stdout(), "the new writer's first words")
    assert "was killed by signal 9" in daemon.stdout()
    length = len(daemon.stdout())
    wait_for(lambda: "| tick" in daemon.stdout()[length:], "lines again")
    assert daemon.stop() == 0


def test_a_console_that_nobody_reads_stalls_nobody_and_loses_nothing(tmp_path):
    n = 100000
    folder = tmp_path / "daemon"
    folder.mkdir(mode=0o700)
    daemon = Daemon(folder, {"a.ini": COUNT.format(n=n) + "[service other]\nExecStart=/bin/sleep 1000\nAutoStart=no\n"},
                    log_target="console")
    read_fd, write_fd = os.pipe()
    daemon.stderr_path = str(folder / "stderr")
    with open(daemon.stderr_path, "wb") as err:
        daemon.process = subprocess.Popen(daemon.argv(), env=daemon.env, stdin=subprocess.DEVNULL, stdout=write_fd,
                                          stderr=err)
    os.close(write_fd)
    try:
        wait_for(daemon.answers, "an answer")
        daemon.ctl("start", "other")
        daemon.ctl("stop", "other")
        daemon.wait_state("count", "active (running)")
        # The shared description stays as it was: somebody else's reads and writes wait as before.
        assert os.get_blocking(read_fd)
        daemon.process.send_signal(signal.SIGTERM)
        with os.fdopen(read_fd, encoding="utf-8") as pipe:
            text = pipe.read()
        assert daemon.process.wait(timeout=60) == 0
        # Asked to stop, the child was ended before it had written all, and in the middle of a line; what it wrote is
        # there, in order.
        got = numbers(text)[:-1]
        assert got == list(range(1, len(got) + 1)) and got
    finally:
        daemon.close()


def test_ctrl_c_does_not_end_the_writer_before_the_last_words(tmp_path):
    folder = tmp_path / "daemon"
    folder.mkdir(mode=0o700)
    daemon = Daemon(folder, "[service s]\nExecStart=/bin/sh -c 'trap \"echo last words; exit\" TERM; sleep 1000 & wait'\n",
                    log_target="console")
    daemon.stderr_path, daemon.stdout_path = str(folder / "stderr"), str(folder / "stdout")
    with open(daemon.stderr_path, "wb") as err, open(daemon.stdout_path, "wb") as out:
        daemon.process = subprocess.Popen(daemon.argv(), env=daemon.env, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                          start_new_session=True)
    try:
        wait_for(daemon.answers, "an answer")
        daemon.wait_state("s", "active (running)")
        time.sleep(0.2)
        os.killpg(daemon.pid, signal.SIGINT)
        assert daemon.process.wait(timeout=60) == 0
        assert "s      | last words" in daemon.stdout()
        assert daemon.stdout().splitlines()[-1].startswith("tended | ")
    finally:
        daemon.close()


def test_files_are_rotated_and_hold_every_line(tended, tmp_path):
    n = 20000
    logs = tmp_path / "logs"
    daemon = tended({"a.ini": COUNT.format(n=n), "d.ini": "[daemon]\nLogFileMax=100K\nLogFileCount=50\n"},
                    log_target=f"file:{logs}")
    daemon.ctl("wait", "count", "--for", "inactive")
    assert daemon.stop() == 0
    names = sorted((p for p in logs.iterdir() if p.name.startswith("count.log")),
                   key=lambda p: -int(p.suffix[1:]) if p.suffix != ".log" else 0)
    assert len(names) > 5 and all(p.stat().st_size <= 100 << 10 for p in names)
    text = "".join(p.read_text() for p in names)
    assert [int(x) for x in re.findall(r"^\S+ stdout F (\d+)$", text, re.MULTILINE)] == list(range(1, n + 1))


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small tmpfs")
def test_a_full_disk_is_waited_for_and_told(tended, tmp_path, journal):
    n = 100000
    logs = tmp_path / "logs"
    logs.mkdir()
    subprocess.run(journal.inside + ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(logs)], check=True)
    # Of the journal's namespace only the mount is used.
    daemon = tended(COUNT.format(n=n), journal=journal, log_target=f"file:{logs}")
    wait_for(lambda: "No space left on device" in daemon.stderr(), "the message")
    assert daemon.ctl("status").returncode == 0
    daemon.wait_state("count", "active (running)")
    subprocess.run(journal.inside + ["mount", "-o", "remount,size=64m", str(logs)], check=True)
    daemon.ctl("wait", "count", "--for", "inactive")
    assert daemon.stop() == 0
    assert daemon.stderr().count("No space left") == 1
    text = subprocess.run(journal.inside + ["cat", str(logs / "count.log")], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    assert [int(x) for x in re.findall(r"^\S+ stdout F (\d+)$", text, re.MULTILINE)] == list(range(1, n + 1))
