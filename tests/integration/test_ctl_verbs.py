# SPDX-License-Identifier: MIT
"""tendctl's verbs against a real daemon: what they print, for people and for programs, and how they exit."""

import json
import os
import pty
import re
import select
import subprocess
import time

import pytest

from harness import ROOT, TENDCTL

DEFINITIONS = """
[service web]
Description = Demo web sérver
ExecStart = /bin/sh -c 'echo hello; exec sleep 1000'

[service worker-a]
ExecStart = /bin/sleep 1000
AutoStart = no

[service worker-b]
ExecStart = /bin/sleep 1000
AutoStart = no

[service broken]
ExecStart = /bin/sh -c 'echo the reason is here >&2; exit 3'
Type = oneshot
AutoStart = no

[service again]
ExecStart = /bin/sh -c 'exit 7'
Restart = always
RestartSec = 60s

[service stubborn]
ExecStart = /bin/sh -c 'trap "" TERM; echo ready; while :; do sleep 1; done'
ReadyLine = ready
TimeoutStopSec = 300ms
AutoStart = no

[service slow]
ExecStart = /bin/sleep 1000
ReadyAfterSec = 2s
AutoStart = no
"""

COMMON = {"Id", "LoadState", "ActiveState", "SubState", "Result", "MainPID", "NRestarts", "Ready", "Reason",
          "NextRestartTimestamp", "ActiveEnterTimestamp", "InvocationID", "ExecMainCode", "ExecMainStatus",
          "Description", "MemoryCurrent", "TasksCurrent"}


@pytest.fixture
def daemon(tended):
    daemon = tended(DEFINITIONS)
    daemon.ctl("wait", "web")
    daemon.ctl("wait", "again", "--for", "failed", "--timeout", "100ms", check=False)
    return daemon


def code(daemon, *argv):
    return daemon.ctl(*argv, check=False).returncode


def test_the_overview_says_how_everything_is(daemon):
    lines = daemon.ctl("status").stdout.splitlines()
    assert re.match(r"tended \S+, process \d+, up .*; tracking by (cgroup|session); log to null; 1 of 7 active",
                    lines[0]), lines[0]
    web = next(line for line in lines if " web " in line)
    assert "active (running)" in web
    again = next(line for line in lines if " again " in line)
    assert "auto-restart" in again and "exit code 7" in again and "next try in" in again


def test_a_service_in_detail(daemon):
    done = daemon.ctl("status", "web", "again", check=False)
    assert done.returncode == 3
    again, web = re.split(r"\n\n(?=\S web - )", done.stdout, maxsplit=1)
    assert "web - Demo web" in web
    assert re.search(r"Loaded: loaded \(.*test.ini\)", web)
    assert re.search(r"Active: active \(running\) since \w{3} \d{4}-\d\d-\d\d .*; (.* ago|just now)", web)
    assert re.search(r"Main PID: \d+ \((sleep|sh)\)", web)
    assert "hello" in web
    assert "code=exited, status=7" in again and "Next try: in" in again
    assert daemon.ctl("status", "web").returncode == 0


def test_lists_are_tables(daemon):
    lines = daemon.ctl("list", "web", "worker-*").stdout.splitlines()
    assert lines[0].split() == ["NAME", "STATE", "PID", "UPTIME", "RESTARTS", "MEMORY", "DESCRIPTION"]
    assert [line.split()[0] for line in lines[1:]] == ["web", "worker-a", "worker-b"]
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("verb", ["status", "list", "show"])
def test_json_is_one_array_of_objects(daemon, verb):
    rows = json.loads(daemon.ctl("--json", verb, "web").stdout)
    assert isinstance(rows, list) and len(rows) == 1
    web = rows[0]
    assert COMMON <= set(web), COMMON - set(web)
    assert web["Id"] == "web" and web["Ready"] is True and web["Description"] == "Demo web sérver"
    assert isinstance(web["MainPID"], int) and web["MainPID"] > 0
    assert web["NextRestartTimestamp"] is None and web["ExecMainCode"] is None
    assert abs(web["ActiveEnterTimestamp"] / 1e6 - time.time()) < 300
    assert re.fullmatch("[0-9a-f]{32}", web["InvocationID"])


def test_json_of_what_never_ran_and_what_will_run_again(daemon):
    rows = {row["Id"]: row for row in json.loads(daemon.ctl("--json", "list").stdout)}
    assert rows["slow"]["ActiveEnterTimestamp"] is None and rows["slow"]["InvocationID"] is None
    assert rows["again"]["NextRestartTimestamp"] / 1e6 > time.time()
    assert rows["again"]["ExecMainCode"] == "exited" and rows["again"]["ExecMainStatus"] == 7


def test_show_prints_as_systemctl_does(daemon):
    lines = daemon.ctl("show", "again").stdout.splitlines()
    values = dict(line.split("=", 1) for line in lines)
    assert values["Id"] == "again" and values["RestartUSec"] == "1min" and values["SendSIGKILL"] == "yes"
    assert values["RuntimeMaxUSec"] == "infinity" and values["ExecMainStatus"] == "7"
    assert re.match(r"\w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", values["NextRestartTimestamp"])
    assert daemon.ctl("show", "web", "-p", "SubState,Id", "--value").stdout == "running\nweb\n"
    assert daemon.ctl("show", "web", "-p", "SubState").stderr == ""
    manager = dict(line.split("=", 1) for line in daemon.ctl("show").stdout.splitlines())
    assert manager["NServices"] == "7" and manager["ControlSocket"] == daemon.socket
    assert json.loads(daemon.ctl("show", "--json", "-p", "NServices").stdout) == [{"NServices": 7}]
    typed = json.loads(daemon.ctl("show", "--json", "again").stdout)[0]
    assert typed["RestartUSec"] == 60_000_000 and typed["RuntimeMaxUSec"] is None and typed["SendSIGKILL"] is True


def test_a_failed_start_says_why_with_the_last_lines(daemon):
    done = daemon.ctl("start", "broken", check=False)
    assert done.returncode == 1
    assert "broken could not be started" in done.stderr and "exit code 3" in done.stderr
    assert "the reason is here" in done.stderr
    done = daemon.ctl("--json", "start", "broken", check=False)
    assert done.returncode == 1
    assert json.loads(done.stderr)["Error"] == "io.tended.Error.Failed"
    assert json.loads(done.stdout)[0]["Id"] == "broken"


def test_starting_and_stopping(daemon):
    assert code(daemon, "start", "web", "worker-*") == 0
    assert code(daemon, "is-active", "web", "worker-a", "worker-b") == 0
    assert code(daemon, "stop", "worker-a", "worker-a.service") == 0
    assert code(daemon, "stop", "worker-a") == 0
    assert daemon.ctl("is-active", "worker-*", check=False).stdout == "inactive\nactive\n"
    before = daemon.status("worker-b")["MainPID"]
    assert code(daemon, "restart", "worker-b") == 0
    assert daemon.status("worker-b")["MainPID"] not in (0, before)
    assert code(daemon, "try-restart", "worker-a") == 0
    assert code(daemon, "is-active", "worker-a") == 3
    assert code(daemon, "reload", "web") == 1


def test_stop_names_what_needed_sigkill(daemon):
    assert code(daemon, "start", "stubborn") == 0
    done = daemon.ctl("stop", "stubborn")
    assert "SIGKILL" in done.stderr and "trap" in done.stderr
    assert code(daemon, "is-failed", "stubborn") == 0
    assert code(daemon, "reset-failed", "stubborn") == 0
    assert code(daemon, "is-failed", "stubborn") == 3


def test_a_timeout_bounds_the_wait_and_nothing_else(daemon):
    began = time.monotonic()
    done = daemon.ctl("--timeout", "200ms", "start", "slow", check=False)
    assert done.returncode == 124 and "goes on" in done.stderr
    assert time.monotonic() - began < 1.5
    assert code(daemon, "wait", "slow", "--timeout", "50ms") == 124
    assert code(daemon, "wait", "slow") == 0
    assert code(daemon, "is-ready", "slow") == 0
    assert code(daemon, "start", "slow", "--no-block") == 0


def test_a_wait_for_what_cannot_come_fails(daemon):
    assert code(daemon, "wait", "broken", "--for", "inactive") == 0
    done = daemon.ctl("wait", "broken", check=False)
    assert done.returncode == 1 and "broken will not become ready" in done.stderr


def test_questions_answer_by_exit_status(daemon):
    assert code(daemon, "is-active", "web") == 0
    assert code(daemon, "is-active", "web", "slow") == 3
    assert code(daemon, "is-ready", "web") == 0
    assert code(daemon, "is-ready", "again") == 3
    assert code(daemon, "is-failed", "web") == 3
    assert daemon.ctl("is-active", "-q", "web").stdout == ""


@pytest.mark.parametrize("verb", ["status", "list", "start", "stop", "restart", "try-restart", "reload", "kill",
                                  "is-active", "is-ready", "is-failed", "reset-failed", "wait", "logs", "cat", "show"])
def test_an_unknown_service_is_4_in_every_verb_and_the_others_are_served(daemon, verb):
    done = daemon.ctl(verb, "wbe", check=False)
    assert done.returncode == 4, done.stderr
    assert "wbe" in done.stderr
    done = daemon.ctl(verb, "nosuch", "web", "nosuch-either", check=False)
    assert done.returncode == 4, done.stderr
    assert "nosuch" in done.stderr and "nosuch-either" in done.stderr
    if verb in ("status", "list", "is-active", "cat", "show"):
        assert done.stdout


@pytest.mark.parametrize("verb", ["status", "list", "start", "stop", "is-active", "wait", "cat", "show"])
def test_a_pattern_without_a_match_is_0_and_a_note(daemon, verb):
    done = daemon.ctl(verb, "nosuch*", check=False)
    assert done.returncode == 0, done.stderr
    assert "no service matches nosuch*" in done.stderr


def test_a_signal(daemon):
    assert code(daemon, "start", "worker-a") == 0
    assert code(daemon, "kill", "-s", "KILL", "worker-a") == 0
    daemon.ctl("wait", "worker-a", "--for", "failed")
    row = daemon.status("worker-a")
    assert (row["ExecMainCode"], row["ExecMainStatus"]) == ("killed", 9)
    assert code(daemon, "kill", "worker-a") == 3


def test_the_definition_with_its_file(daemon):
    done = daemon.ctl("cat", "web")
    assert "test.ini" in done.stdout.splitlines()[0] and "Description = Demo web sérver" in done.stdout
    row = json.loads(daemon.ctl("cat", "--json", "web").stdout)[0]
    assert row["Id"] == "web" and "ExecStart" in row["Definition"]


def test_a_reload_reports_per_service(daemon):
    assert "Nothing has changed" in daemon.ctl("daemon-reload").stdout
    daemon.write("more.ini", "[service extra]\nExecStart = /bin/sleep 1000\n")
    lines = daemon.ctl("daemon-reload").stdout.splitlines()
    assert any(line.split()[:2] == ["extra", "added"] for line in lines), lines
    daemon.write("more.ini", "[service extra]\nExecStart = /bin/sleep 1000\nRestart = sometimes\nUsre = x\n")
    done = daemon.ctl("daemon-reload", check=False)
    assert done.returncode == 1
    errors = done.stderr.splitlines()
    assert len(errors) == 2 and all(re.match(r"\S*more.ini:[34]: ", line) for line in errors), errors
    assert json.loads(daemon.ctl("--json", "daemon-reload", check=False).stderr)["Error"] == \
        "io.tended.Error.BadSetting"


def test_verbs_of_later_say_so(daemon):
    for verb in (["daemon-reexec"], ["blame", "web"], ["metrics", "--format", "x"], ["top"]):
        done = daemon.ctl(*verb, check=False)
        assert done.returncode == 1 and "not yet built" in done.stderr


def test_mistakes_on_the_command_line_are_2(daemon):
    for argv, part in ((["starrt", "web"], "start"), (["start"], "name"), (["logs", "--folow"], "follow"),
                       (["start", "web", "--grep", "x"], "grep"), (["--timeout", "1q", "wait", "web"], "span"),
                       (["logs", "--grep", "(", "web"], "grep")):
        done = daemon.ctl(*argv, check=False)
        assert done.returncode == 2 and part in done.stderr, (argv, done.stderr)
    assert daemon.ctl("--help").stdout.startswith("Usage: tendctl")
    assert "--follow" in daemon.ctl("logs", "--help").stdout
    assert daemon.ctl("--version").stdout.startswith("tendctl ")


def test_shutdown_returns_when_all_is_over(daemon):
    pids = [daemon.status("web")["MainPID"]]
    assert code(daemon, "shutdown") == 0
    assert daemon.process.wait(timeout=10) == 0
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)
    assert code(daemon, "status") == 5


def test_the_manual_knows_every_verb_and_option(daemon):
    """The help is made of the tables; the manual is written by hand."""
    with open(os.path.join(ROOT, "man", "tendctl.1"), encoding="utf-8") as file:
        manual = re.sub(r"\\f[BIR]", "", file.read().replace("\\-", "-"))
    overall = daemon.ctl("--help").stdout
    verbs = re.findall(r"^  ([a-z][a-z-]+) ", overall, re.MULTILINE)
    unbuilt = overall.split("Not yet built:")[1].split("\n\n")[0].split()
    assert {"status", "start", "send", "attach"} <= set(verbs) and "daemon-reexec" in unbuilt
    for verb in verbs:
        for option in re.findall(r"--([a-z-]+)", daemon.ctl(verb, "--help").stdout):
            assert "--" + option in manual, option
    for verb in verbs + unbuilt:
        assert re.search(rf"\b{verb}\b", manual), verb


def on_terminal(argv, environment, seconds):
    """What a terminal would have got."""
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update(environment)
        os.execv(argv[0], argv)
    got = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not select.select([master], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        got += piece
    os.close(master)
    status = os.waitpid(pid, 0)[1]
    return got.decode(), os.waitstatus_to_exitcode(status)


def test_a_terminal_gets_colours_and_no_line_is_too_long(daemon):
    argv = [TENDCTL, "--socket", daemon.socket, "--no-pager", "list"]
    looks = {"TERM": "xterm", "COLUMNS": "70", "LC_ALL": "C.UTF-8"}
    text, status = on_terminal(argv, looks, 10)
    assert status == 0 and "\x1b[0;1;32mactive (running)" in text
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(len(line) for line in plain.splitlines()) <= 70
    text, _ = on_terminal(argv, dict(looks, NO_COLOR="1"), 10)
    assert "\x1b" not in text
    assert "\x1b" not in daemon.ctl("list").stdout


def test_long_output_goes_through_the_pager(daemon):
    looks = {"TERM": "xterm", "LC_ALL": "C.UTF-8", "TENDED_PAGER": "sed 's/^/paged: /'"}
    argv = [TENDCTL, "--socket", daemon.socket, "cat", "web"]
    text, status = on_terminal(argv, looks, 10)
    assert status == 0 and all(line.startswith("paged: ") for line in text.splitlines() if line)
    text, _ = on_terminal(argv + ["--no-pager"], looks, 10)
    assert "paged" not in text
    text, _ = on_terminal(argv, dict(looks, TENDED_PAGER=""), 10)
    assert "paged" not in text
    text, status = on_terminal(argv, dict(looks, TENDED_PAGER="true"), 10)
    assert status == 0


def test_a_terminal_is_told_what_takes_long(daemon):
    argv = [TENDCTL, "--socket", daemon.socket, "start", "slow"]
    text, status = on_terminal(argv, {"TERM": "xterm", "LC_ALL": "C.UTF-8"}, 10)
    assert status == 0
    assert "slow: activating (start)" in text and text.endswith("\r\x1b[K")


def test_output_that_cannot_be_written_is_a_failure(daemon):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([TENDCTL, "--socket", daemon.socket, "list"], stdout=full, stderr=subprocess.PIPE,
                              text=True, check=False, timeout=30)
    assert done.returncode == 1 and "write" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="changes its user")
def test_a_stranger_sees_states_and_no_more(daemon):
    os.chmod(daemon.folder, 0o755)
    parent = daemon.folder
    for _ in range(3):
        parent = os.path.dirname(parent)
        os.chmod(parent, 0o755)
    os.chmod(daemon.socket, 0o666)
    stranger = {"user": 65534, "group": 65534, "extra_groups": []}

    def ask(*argv):
        return daemon.ctl(*argv, check=False, **stranger)

    assert ask("list").returncode == 0
    done = ask("status", "web")
    assert done.returncode == 0 and "hello" not in done.stdout and "permit" in done.stdout.lower()
    for verb in (["start", "web"], ["stop", "web"], ["kill", "web"], ["daemon-reload"], ["shutdown"], ["cat", "web"]):
        assert ask(*verb).returncode == 6, verb
    assert ask("start", "web", "nosuch").returncode == 6
    assert ask("logs", "web").returncode == 6
