# SPDX-License-Identifier: MIT
"""tendctl logs: the journal and the daemon's rings as one log, with nothing doubled and nothing left out."""

import json
import os
import signal
import subprocess
import time

import pytest

from harness import TENDCTL, wait_for

DEFINITIONS = """
[service count]
ExecStart = /bin/sh -c 'seq 1 $N; echo bad >&2; exec sleep 1000'
Environment = N=5000

[service other]
ExecStart = /bin/sh -c 'echo Other Line; exec sleep 1000'

[service runs]
ExecStart = /bin/sh -c 'echo run; exec sleep 1000'

[service burst]
AutoStart = no
ExecStart = /bin/sh -c 'seq 1 200000; exec sleep 1000'

[service bytes]
ExecStart = /usr/bin/printf 'esc \\\\033[31mred\\\\033[0m nul \\\\000 raw \\\\377\\n\\n  blanks  \\nno newline'
RemainAfterExit = yes

[service long]
ExecStart = /bin/sh -c 'head -c 150000 /dev/zero | tr "\\\\0" x; echo; echo end'
RemainAfterExit = yes
LineMax = 1M
"""

NUMBERS = [str(i) for i in range(1, 5001)]


def cat(daemon, *argv, **options):
    options.setdefault("errors", "replace")
    return daemon.ctl("logs", "-o", "cat", *argv, **options).stdout.splitlines()


@pytest.fixture(params=["journal", "null"])
def daemon(request, journal, tended):
    daemon = tended(DEFINITIONS, journal=journal, log_target=request.param)
    wait_for(lambda: "bad" in cat(daemon, "count", "--stream", "stderr"), "the last line of stderr")
    wait_for(lambda: cat(daemon, "count", "--stream", "stdout", "-n", "1") == ["5000"], "the last line of stdout")
    daemon.in_journal = request.param == "journal"
    return daemon


def test_every_line_comes_once(daemon):
    lines = cat(daemon, "count", "--stream", "stdout")
    if daemon.in_journal:
        assert lines == NUMBERS
    assert lines and lines == NUMBERS[-len(lines):]


def test_the_last_lines_are_the_last(daemon):
    assert cat(daemon, "count", "--stream", "stdout", "-n", "3") == NUMBERS[-3:]
    assert cat(daemon, "count", "--stream", "stdout", "-n") == NUMBERS[-10:]
    assert cat(daemon, "count", "--stream", "stdout", "-n1") == NUMBERS[-1:]
    assert cat(daemon, "count", "--stream", "stdout", "-n", "0") == []


def test_lines_are_chosen_by_pattern_stream_and_kind(daemon):
    assert cat(daemon, "count", "--grep", "^499[0-9]$") == [str(i) for i in range(4990, 5000)]
    assert cat(daemon, "other", "--no-events", "--grep", "other line") == ["Other Line"]
    assert cat(daemon, "other", "--no-events", "--grep", "Other line") == []
    assert cat(daemon, "count", "--stream", "stderr") == ["bad"]
    assert "other started" in "\n".join(cat(daemon, "other"))
    assert cat(daemon, "other", "--no-events") == ["Other Line"]
    assert cat(daemon, "oth*", "--no-events") == ["Other Line"]


def test_runs_are_counted_from_the_latest_back(daemon):
    first = daemon.status("runs")["InvocationID"]
    daemon.ctl("restart", "runs")
    second = daemon.status("runs")["InvocationID"]

    def runs(n):
        out = daemon.ctl("logs", "runs", "--invocation", str(n), "-o", "json", "--no-events", check=False)
        return [json.loads(line)["TENDED_INVOCATION_ID"] for line in out.stdout.splitlines()], out.returncode

    wait_for(lambda: runs(0) == ([second], 0), "the second run's line")
    assert runs(-1) == ([first], 0)
    assert runs(-2) == ([], 1)


def test_bytes_come_as_they_were_written(daemon):
    done = daemon.ctl("logs", "bytes", "-o", "json", "--no-events")
    messages = [json.loads(line)["MESSAGE"] for line in done.stdout.splitlines()]
    assert messages == [list(b"esc \x1b[31mred\x1b[0m nul \0 raw \xff"), "", "  blanks  ", "no newline"]
    raw = subprocess.run([*daemon.journal.inside, TENDCTL, "--socket", daemon.socket, "logs", "bytes", "-o", "cat",
                          "--no-events"], stdout=subprocess.PIPE, check=True, timeout=30).stdout
    assert raw == b"esc \x1b[31mred\x1b[0m nul \0 raw \xff\n\n  blanks  \nno newline\n"


def test_a_very_long_line_is_one_line(daemon):
    assert cat(daemon, "long", "--no-events") == ["x" * 150000, "end"]


def test_since_and_until(daemon):
    wait_for(lambda: cat(daemon, "other", "--no-events"), "the line")
    entry = json.loads(daemon.ctl("logs", "other", "--no-events", "-o", "json").stdout)
    moment = int(entry["__REALTIME_TIMESTAMP"])
    assert cat(daemon, "other", "--no-events", "--since", f"@{moment / 1e6:.6f}") == ["Other Line"]
    assert cat(daemon, "other", "--no-events", "--until", f"@{(moment - 1) / 1e6:.6f}") == []
    assert cat(daemon, "other", "--no-events", "--since", "-1h", "--until", "+1h") == ["Other Line"]
    assert cat(daemon, "other", "--no-events", "--since", "+1h") == []


def follower(daemon, *argv):
    return subprocess.Popen([*daemon.journal.inside, TENDCTL, "--socket", daemon.socket, "logs", "-f", "-o", "cat",
                             *argv], stdout=subprocess.PIPE, text=True, env=daemon.env)


def test_a_follower_sees_the_last_ten_and_what_comes(daemon):
    process = follower(daemon, "count", "--stream", "stdout")
    try:
        assert [process.stdout.readline().strip() for _ in range(10)] == NUMBERS[-10:]
        daemon.ctl("restart", "count", "--no-block")
        assert [process.stdout.readline().strip() for _ in range(5000)] == NUMBERS
    finally:
        process.kill()
        process.wait()


def test_a_follower_ends_with_the_daemon(daemon):
    process = follower(daemon, "-n", "0", "other")
    wait_for(lambda: daemon.ctl("list", check=False).returncode == 0)
    daemon.ctl("shutdown")
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "other is stopped" in out


@pytest.mark.parametrize("daemon", ["journal"], indirect=True)
def test_while_journald_hangs_the_rings_have_the_rest(daemon):
    daemon.journal.kill(signal.SIGSTOP)
    daemon.ctl("start", "burst", "other")
    wait_for(lambda: cat(daemon, "burst", "--no-events", "-n", "1"), "lines in the ring")
    # What journald has in its queue and not in its file nobody can show; of what follows nothing is left out.
    shown = cat(daemon, "burst", "--no-events")
    assert shown == [str(i) for i in range(int(shown[0]), int(shown[0]) + len(shown))]
    daemon.journal.kill(signal.SIGCONT)
    wait_for(lambda: cat(daemon, "burst", "--no-events", "-n", "1") == ["200000"], "all lines")
    # Whatever is in the journal, in journald, and in the ring at the moment: together it is everything.
    assert cat(daemon, "burst", "--no-events") == [str(i) for i in range(1, 200001)]


@pytest.mark.parametrize("daemon", ["journal"], indirect=True)
def test_a_growing_log_is_always_a_whole_beginning(daemon):
    """Asked while lines are on their way from the ring through journald into its file, there is never a gap."""
    daemon.ctl("start", "burst")
    seen = 0
    while seen < 200000:
        shown = cat(daemon, "burst", "--no-events")
        assert shown == [str(i) for i in range(1, len(shown) + 1)]
        assert len(shown) >= seen
        seen = len(shown)
    last = cat(daemon, "burst", "--no-events", "-n", "2")
    assert last == ["199999", "200000"]


@pytest.mark.parametrize("daemon", ["journal"], indirect=True)
def test_verify_proves_that_nothing_is_missing(daemon):
    daemon.ctl("stop", "count")
    done = daemon.ctl("logs", "--verify", "count")
    assert "5000 lines of stdout, 1 of stderr: none is missing" in done.stdout
    row = json.loads(daemon.ctl("--json", "logs", "--verify", "count").stdout)[0]
    assert row["Complete"] and row["Ended"] and row["StdoutLines"] == 5000 and row["StdoutMissing"] == 0


@pytest.mark.parametrize("daemon", ["null"], indirect=True)
def test_verify_says_which_lines_are_gone(daemon):
    daemon.ctl("restart", "burst")
    wait_for(lambda: cat(daemon, "burst", "--no-events", "-n", "1") == ["200000"], "all lines")
    done = daemon.ctl("logs", "--verify", "burst", check=False)
    assert done.returncode == 1
    assert "LINES ARE MISSING" in done.stdout and "stdout lines 1 to " in done.stdout


@pytest.mark.parametrize("target", ["journal", "null"])
def test_verify_excuses_what_log_level_max_keeps_out(journal, tended, target):
    loud = tended("[service loud]\nLogLevelMax = err\n"
                  "ExecStart = /bin/sh -c 'seq 1 20; echo \"<3>bad\"; seq 1 20; exec sleep 1000'\n",
                  journal=journal, log_target=target)
    wait_for(lambda: cat(loud, "loud", "--no-events") == ["bad"], "the only line")
    assert "before the run's end (LogLevelMax keeps some out)" in loud.ctl("logs", "--verify", "loud").stdout
    loud.ctl("stop", "loud")
    done = loud.ctl("logs", "--verify", "loud")
    assert "1 lines of stdout, 0 of stderr: none is missing (40 were kept out by LogLevelMax)" in done.stdout
    row = json.loads(loud.ctl("--json", "logs", "--verify", "loud").stdout)[0]
    assert row["Complete"] and row["FilteredLines"] == 40


@pytest.mark.parametrize("daemon", ["journal"], indirect=True)
def test_without_a_daemon_the_journal_tells(daemon):
    daemon.ctl("shutdown")
    daemon.process.wait()
    assert cat(daemon, "count", "--stream", "stdout") == NUMBERS
    done = daemon.ctl("logs", "-n", "2", "-o", "cat")
    assert "from the journal alone" in done.stderr and len(done.stdout.splitlines()) == 2
    assert daemon.ctl("logs", "nosuch", check=False).returncode == 5
    assert daemon.ctl("logs", "-f", "count", check=False).returncode == 5


@pytest.mark.parametrize("daemon", ["journal"], indirect=True)
def test_lines_with_few_fields_are_found(journal, tended, daemon):
    few = tended("[daemon]\nLogFields = minimal\n"
                 "[service few]\nSyslogIdentifier = alias\n"
                 "ExecStart = /bin/sh -c 'seq 1 300; echo err >&2; exec sleep 1000'\n", journal=journal)
    wait_for(lambda: cat(few, "few", "--stream", "stderr") == ["err"], "the last line")
    numbers = [str(i) for i in range(1, 301)]
    assert cat(few, "few", "--stream", "stdout") == numbers
    few.ctl("stop", "few")
    assert "300 lines of stdout, 1 of stderr: none is missing" in few.ctl("logs", "--verify", "few").stdout
    # Nobody else's lines, and with no names everybody's.
    assert cat(few, "few", "--no-events", "--stream", "stdout", "-n", "5") == numbers[-5:]
    entry = json.loads(few.ctl("logs", "few", "--no-events", "-n", "1", "-o", "json").stdout)
    assert entry["TENDED_SERVICE"] == "few"


@pytest.mark.parametrize("daemon", ["journal"], indirect=True)
@pytest.mark.skipif(os.geteuid() != 0, reason="changes its user")
def test_a_forged_entry_of_another_user_is_not_believed(daemon):
    forge = ("import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); "
             "s.sendto(b'MESSAGE=forged\\nTENDED_SERVICE=other\\nTENDED_BATCH=1\\nTENDED_INVOCATION_ID=' + b'0' * 32 +"
             " b'\\n', '/run/systemd/journal/socket')")
    daemon.journal.run("/usr/bin/setpriv", "--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", forge)
    wait_for(lambda: daemon.journal.entries("MESSAGE=forged"), "the forged entry")
    assert "forged" not in cat(daemon, "other") and "forged" not in cat(daemon)


@pytest.mark.parametrize("daemon", ["journal"], indirect=True)
def test_a_reader_that_goes_away_early_is_no_failure(daemon):
    command = f"{TENDCTL} --socket {daemon.socket} logs count -o cat; echo status $? >&2"
    done = subprocess.run([*daemon.journal.inside, "bash", "-c", f"({command}) | head -n 2"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=30)
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr == "status 0\n"


def test_the_log_of_everything(daemon):
    lines = cat(daemon)
    assert "Other Line" in lines and "run" in lines and any("other started" in line for line in lines)
    began = time.monotonic()
    assert len(cat(daemon, "-n", "20")) == 20
    assert time.monotonic() - began < 5
