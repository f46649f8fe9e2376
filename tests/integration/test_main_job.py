# SPDX-License-Identifier: MIT
"""The main job: definitions in, supervised children, every line in the journal, an ordered stop."""

import os
import signal
import subprocess

from harness import pid_exists, wait_for


def test_a_service_runs_and_its_lines_are_in_the_journal(tended, journal):
    daemon = tended("[service hello]\nExecStart=/bin/sh -c 'echo one; echo two >&2; echo; printf three'\nRestart=no\n",
                    journal=journal)
    daemon.ctl("wait", "hello", "--for", "inactive")
    assert journal.lines("hello", "stdout") == ["one", "", "three"]
    assert journal.lines("hello", "stderr") == ["two"]
    broken = [e for e in journal.entries("TENDED_SERVICE=hello") if "TENDED_LINE_BREAK" in e]
    assert [e["TENDED_LINE_BREAK"] for e in broken] == ["eof"]
    assert daemon.stop() == 0


def test_lines_are_found_by_the_unit_of_their_service(tended, journal):
    daemon = tended("[service web]\nExecStart=/bin/sh -c 'echo seen; exec sleep 1000'\n", journal=journal)
    wait_for(lambda: journal.lines("web") == ["seen"], "the line")
    out = journal.run("journalctl", "-u", "tended-web", "-o", "cat", "--no-pager", stdout=subprocess.PIPE, text=True)
    assert "seen" in out.stdout.splitlines()
    daemon.stop()


def test_the_exit_record_follows_the_last_line_and_has_the_totals(tended, journal):
    daemon = tended("[service count]\nExecStart=/bin/sh -c 'seq 1 5000; echo error >&2; exit 3'\n", journal=journal)
    daemon.ctl("wait", "count", "--for", "failed")
    entries = wait_for(lambda: [e for e in journal.entries("TENDED_SERVICE=count") if "TENDED_STDOUT_LINES" in e],
                       "the exit record")
    record = entries[0]
    assert record["TENDED_STDOUT_LINES"] == "5000"
    assert record["TENDED_STDOUT_BYTES"] == str(sum(len(str(i)) + 1 for i in range(1, 5001)))
    assert record["TENDED_STDERR_LINES"] == "1"
    every = journal.entries("TENDED_SERVICE=count")
    last_line = max(i for i, e in enumerate(every) if "TENDED_STREAM" in e)
    assert last_line < every.index(next(e for e in every if "TENDED_STDOUT_LINES" in e))
    assert journal.lines("count", "stdout") == [str(i) for i in range(1, 5001)]


def test_a_killed_service_is_restarted_with_a_new_invocation(tended):
    daemon = tended("[service s]\nExecStart=/bin/sleep 1000\nRestart=on-failure\nRestartSec=0\n")
    daemon.ctl("wait", "s")
    first = daemon.status("s")
    os.kill(first["MainPID"], signal.SIGKILL)
    second = wait_for(lambda: (s := daemon.status("s"))["MainPID"] not in (0, None, first["MainPID"]) and s, "a new main")
    assert second["NRestarts"] == 1
    assert second["InvocationID"] != first["InvocationID"]
    daemon.wait_state("s", "active (running)")
    daemon.stop()
    assert not pid_exists(second["MainPID"])


def test_grandchildren_do_not_outlive_a_stop(tended, tmp_path):
    pids = tmp_path / "pids"
    script = f"(setsid sh -c 'trap \"\" TERM; echo $$ >>{pids}; while :; do sleep 1; done' &) ; exec sleep 1000"
    daemon = tended(f"[service s]\nExecStart={tmp_path}/start\nTimeoutStopSec=500ms\n", start=False)
    start = tmp_path / "start"
    start.write_text(f"#!/bin/sh\n{script}\n")
    start.chmod(0o755)
    daemon.start()
    grandchild = int(wait_for(lambda: pids.exists() and pids.read_text().strip(), "the grandchild's pid"))
    assert pid_exists(grandchild)
    done = daemon.ctl("stop", "s")
    assert not pid_exists(grandchild)
    assert daemon.status("s")["Result"] == "timeout"
    assert str(grandchild) in done.stdout + done.stderr or str(grandchild) in daemon.status("s")["Reason"]
    daemon.stop()


def test_services_start_in_order_and_stop_in_reverse(tended, tmp_path):
    log = tmp_path / "log"
    text = ""
    for name, after in (("a", ""), ("b", "Requires=a\nAfter=a\n"), ("c", "Requires=b\nAfter=b\n")):
        (tmp_path / name).write_text(
            f"#!/bin/sh\necho up {name} >>{log}\ntrap 'echo down {name} >>{log}; exit 0' TERM\n"
            "echo ready\nwhile :; do sleep 0.1 & wait; done\n")
        (tmp_path / name).chmod(0o755)
        text += f"[service {name}]\nExecStart={tmp_path}/{name}\nReadyLine=ready\n{after}\n"
    daemon = tended(text)
    daemon.ctl("wait", "c")
    daemon.stop()
    assert log.read_text().splitlines() == ["up a", "up b", "up c", "down c", "down b", "down a"]


def test_an_exec_failure_is_told_with_its_step(tended):
    daemon = tended("[service s]\nExecStart=/nonexistent/program\n")
    wait_for(lambda: daemon.state("s") == "failed (failed)", "failed")
    status = daemon.status("s")
    assert status["ExecMainStatus"] == 203
    assert "/nonexistent/program" in status["Reason"] and "No such file" in status["Reason"]
    done = daemon.ctl("start", "s", check=False)
    assert done.returncode == 1
    assert "No such file" in done.stderr + done.stdout
    daemon.stop()


def test_a_bad_definition_hurts_only_itself(tended):
    daemon = tended("[service good]\nExecStart=/bin/sleep 1000\n[service bad]\nExecStart=/bin/true\nRestrat=always\n")
    daemon.wait_state("good", "active (running)")
    bad = daemon.status("bad")
    assert bad["LoadState"] == "bad-setting"
    assert "test.ini:5" in bad["Reason"] and "Restart" in bad["Reason"]
    done = daemon.ctl("start", "bad", check=False)
    assert done.returncode == 1 and "test.ini:5" in done.stderr
    daemon.stop()
