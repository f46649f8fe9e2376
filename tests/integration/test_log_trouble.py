# SPDX-License-Identifier: MIT
"""journald slow, stopped, killed: nothing is lost that need not be, and nothing else waits."""

import signal

import pytest

from harness import wait_for

FLOOD = """
[service flood]
ExecStart = /bin/sh -c 'exec seq 1 {n}'
[service quiet]
ExecStart = /bin/sleep 1000
[service other]
ExecStart = /bin/sleep 1000
AutoStart = no
"""


def rss(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))


def test_a_stopped_journald_stalls_nothing_and_loses_nothing(tended, journal):
    n = 200000
    journal.kill(signal.SIGSTOP)
    daemon = tended(FLOOD.format(n=n), journal=journal)
    before = rss(daemon.pid)
    # The flooding child waits in its pipe; everybody else goes on.
    daemon.ctl("start", "other")
    daemon.ctl("restart", "quiet")
    daemon.ctl("stop", "other")
    daemon.wait_state("flood", "active (running)")
    assert rss(daemon.pid) - before < 4096
    assert daemon.ctl("logs", "flood", "-n", "3", check=False).returncode in (0, 1)
    journal.kill(signal.SIGCONT)
    daemon.ctl("wait", "flood", "--for", "inactive")
    wait_for(lambda: len(journal.lines("flood")) == n, "all lines")
    assert journal.lines("flood") == [str(i) for i in range(1, n + 1)]
    assert daemon.stop() == 0


def test_a_killed_journald_costs_little_and_is_told(tended, journal):
    daemon = tended(FLOOD.format(n=300000), journal=journal)
    wait_for(lambda: journal.lines("flood"), "lines")
    journal.kill(signal.SIGKILL)
    assert daemon.ctl("status", check=False).returncode == 0
    journal.start()
    daemon.ctl("wait", "flood", "--for", "inactive")
    wait_for(lambda: journal.lines("flood")[-1:] == ["300000"], "the last line")
    lines = [int(line) for line in journal.lines("flood")]
    assert lines == sorted(set(lines))
    assert 300000 - len(lines) <= 2000
    told = [e for e in journal.entries("SYSLOG_IDENTIFIER=tended") if "journald" in str(e.get("MESSAGE"))]
    assert told, "the daemon says that the log went away"
    assert daemon.stop() == 0


@pytest.mark.slow
def test_a_log_that_takes_nothing_ends_the_patience_and_is_told(tended, journal):
    journal.kill(signal.SIGSTOP)
    # Ready when some of it has been read.
    daemon = tended({"x.ini": "[service flood]\nExecStart=/usr/bin/seq 1 100000\nReadyLine=^1$\n",
                     "d.ini": "[daemon]\nLogPatienceSec=1s\n"}, journal=journal)
    daemon.ctl("wait", "flood")
    daemon.ctl("stop", "flood")
    daemon.stop()
    assert "lost" in daemon.stderr() and "flood" in daemon.stderr()


def test_the_console_shows_name_and_line(tended):
    daemon = tended("[service s]\nExecStart=/bin/sh -c 'echo hello'\n", log_target="console")
    wait_for(lambda: "s | hello" in " ".join(daemon.stdout().split()), "the line")
    daemon.stop()


def test_files_by_service(tended, tmp_path):
    logs = tmp_path / "logs"
    daemon = tended("[service s]\nExecStart=/bin/sh -c 'echo hello'\n", log_target=f"file:{logs}")
    wait_for(lambda: (logs / "s.log").exists() and "hello" in (logs / "s.log").read_text(), "the line in the file")
    daemon.stop()
