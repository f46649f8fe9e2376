# SPDX-License-Identifier: MIT
"""tended run: services for as long as a command takes, and nothing afterwards."""

import fcntl
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import termios
import time
import xml.etree.ElementTree as ElementTree

import pytest

from harness import PATIENCE, ROOT, TENDCTL, TENDED, have, pid_exists, processes_with, wait_for

SLEEPER = "[service s]\nExecStart=/bin/sleep 1000\n"


def children(pid):
    try:
        return [int(child) for child in open(f"/proc/{pid}/task/{pid}/children", encoding="ascii").read().split()]
    except FileNotFoundError:
        return []


class Trial:
    """One `tended run`, with definitions, folders and a marker in the environment of its own."""

    def __init__(self, folder, definitions):
        self.folder = folder
        self.runtime = folder / "runtime"
        self.runtime.mkdir(mode=0o700)
        self.marker = f"TENDED_TEST={folder}"
        self.env = dict(os.environ, XDG_RUNTIME_DIR=str(self.runtime), TENDED_TEST=str(folder))
        for name in ("TENDED_SOCKET", "NOTIFY_SOCKET"):
            self.env.pop(name, None)
        (folder / "tended.ini").write_text(definitions)

    def start(self, *command, options=(), **more):
        more.setdefault("stdin", subprocess.DEVNULL)
        more.setdefault("stdout", subprocess.PIPE)
        more.setdefault("stderr", subprocess.PIPE)
        # A guard that is killed leaves the command's process group an orphan, and where anybody in it is stopped, the
        # kernel hangs up on all of it: that is not to be ours, in which other tests stop what they like.
        more.setdefault("process_group", 0)
        self.process = subprocess.Popen([TENDED, "run", *options, "--", *command], cwd=self.folder, env=self.env,
                                        text=True, **more)
        return self.process

    def run(self, *command, options=(), status=0, **more):
        self.start(*command, options=options, **more)
        return self.end(status)

    def end(self, status=0):
        self.out, self.err = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == status, f"{self.process.returncode}: {self.out}{self.err}"
        self.check_nothing_left()
        return self

    def processes(self):
        """relay, guard, daemon"""
        relay = self.process.pid
        guard = wait_for(lambda: children(relay), "the guard")[0]
        daemon = wait_for(lambda: [p for p in children(guard) if os.getsid(p) == p], "the daemon in its session")[0]
        return relay, guard, daemon

    def check_nothing_left(self):
        wait_for(lambda: not processes_with(self.marker), f"nothing left; {processes_with(self.marker)}", patience=15)
        wait_for(lambda: not list(self.runtime.iterdir()), "an empty runtime folder", patience=15)

    def close(self):
        for pid in processes_with(self.marker):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.runtime, ignore_errors=True)


@pytest.fixture
def trial(tmp_path):
    made = []

    def make(definitions=SLEEPER):
        folder = tmp_path / f"trial{len(made)}."
        folder.mkdir()
        made.append(Trial(folder, definitions))
        return made[-1]

    yield make
    for one in made:
        one.close()


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_it_exits_as_the_command_did(trial):
    environment = trial()
    for command, status in (("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)):
        environment.run("sh", "-c", command, status=status)
    assert environment.run("/nonexistent/program", status=127).err.count("No such file") == 1
    assert "Permission denied" in environment.run("/etc/passwd", status=126).err


def test_options_of_the_command_stay_its_own(trial):
    environment = trial()
    assert environment.run("echo", "-c", "--strict", "--").out == "-c --strict --\n"
    done = subprocess.run([TENDED, "run", "--timeot", "3", "--", "true"], capture_output=True, text=True,
                          cwd=environment.folder, check=False)
    assert done.returncode == 2 and "--timeout" in done.stderr


def test_without_definitions_it_does_not_look_elsewhere(tmp_path):
    done = subprocess.run([TENDED, "run", "--", "true"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2 and "tended.ini" in done.stderr and "conf.d" in done.stderr


def test_definitions_are_found_in_conf_d_too(trial):
    environment = trial()
    (environment.folder / "conf.d").mkdir()
    (environment.folder / "tended.ini").rename(environment.folder / "conf.d" / "s.ini")
    assert "s" in environment.run(TENDCTL, "list").out


def test_mistakes_refuse_it_all_of_them_at_once(trial):
    environment = trial(SLEEPER + "Restrat=no\n[service t]\nExecStart=/bin/true\nUMask=9\n")
    environment.run("touch", "ran", status=125)
    assert "tended.ini:3" in environment.err and "tended.ini:6" in environment.err
    assert not (environment.folder / "ran").exists()


def test_the_command_runs_when_all_is_ready_and_services_stop_in_order(trial, tmp_path):
    log = tmp_path / "log"
    text = ""
    for name, after in (("a", ""), ("b", "Requires=a\nAfter=a\n")):
        script(tmp_path / name, f"#!/bin/sh\necho up {name} >>{log}\ntrap 'echo down {name} >>{log}; exit 0' TERM\n"
                                "echo ready\nwhile :; do sleep 0.1 & wait; done\n")
        text += f"[service {name}]\nExecStart={tmp_path}/{name}\nReadyLine=ready\n{after}\n"
    trial(text).run("sh", "-c", f"echo command >>{log}")
    assert log.read_text().split("\n")[:-1] == ["up a", "up b", "command", "down b", "down a"]


def test_streams_are_the_commands_own(trial):
    environment = trial("[service s]\nExecStart=/bin/sh -c 'echo noise; echo more >&2; exec sleep 1000'\nReadyLine=noise\n")
    data = "\0".join(["a\n", "", "ü", "x" * 100000])
    environment.start("cat", stdin=subprocess.PIPE)
    environment.out, environment.err = environment.process.communicate(data, timeout=PATIENCE)
    assert (environment.out, environment.err) == (data, "")
    environment.check_nothing_left()


LINES = ("[service talker]\nExecStart=/bin/sh -c 'echo before; mkfifo %t/f; echo ready; "
         "while read line <%t/f; do echo $line; done'\nReadyLine=ready\n")
SAY = ["sh", "-c", "echo $0 >${TENDED_SOCKET%/*}/run/f; until grep -q \"F $0\" ${TENDED_SOCKET%/*}/logs/talker.log; do sleep 0.01; done; exit $1"]


def test_lines_of_the_commands_time_are_shown_when_it_fails(trial):
    environment = trial(LINES)
    environment.run(*SAY, "during", "0")
    assert environment.err == ""
    environment.run(*SAY, "during", "1", status=1)
    assert environment.err == "talker | during\n" and environment.out == ""
    environment.run(*SAY, "during", "1", status=1, options=["--logs", "never"])
    assert environment.err == ""


def test_lines_are_shown_as_they_come_with_logs_always(trial):
    environment = trial(LINES)
    environment.run(*SAY, "during", "0", options=["--logs=always"])
    assert [line.replace(" ", "") for line in environment.err.splitlines()] == ["talker|before", "talker|ready",
                                                                                "talker|during"]


def test_logs_are_kept_where_log_dir_says(trial, tmp_path):
    environment = trial(LINES)
    environment.run("true", options=["--log-dir", str(tmp_path / "kept")])
    assert " stdout F ready" in (tmp_path / "kept" / "talker.log").read_text()


def test_what_is_not_ready_in_time_is_told_with_what_it_waits_for(trial):
    environment = trial("[service slow]\nExecStart=/bin/sh -c 'echo nearly; exec sleep 1000'\nReadyTCP=127.0.0.1:1\n"
                        "[service next]\nRequires=slow\nAfter=slow\nExecStart=/bin/sleep 1000\n")
    environment.run("true", status=124, options=["--timeout", "700ms"])
    assert re.search(r"slow is not ready after 700ms.*ReadyTCP.*refused", environment.err)
    assert re.search(r"next is not ready.*waits for slow", environment.err)
    assert "slow | nearly" in environment.err


def test_a_service_that_fails_before_is_told_with_its_last_lines(trial):
    environment = trial("[service bad]\nExecStart=/bin/sh -c 'echo because; exit 3'\nReadyLine=never\n" + SLEEPER)
    environment.run("touch", "ran", status=125)
    assert "bad failed" in environment.err and "exit code 3" in environment.err
    assert "bad | because" in environment.err
    assert not (environment.folder / "ran").exists()
    environment = trial("[service none]\nExecStart=/nonexistent\n")
    assert "No such file" in environment.run("true", status=125).err


def test_a_service_that_is_tried_again_by_its_definition_has_not_failed_yet(trial):
    environment = trial("[service moody]\nExecStart=/bin/sh -c 'test -e second || { touch second; exit 1; }; exec sleep 1000'\n"
                        "Restart=on-failure\nRestartSec=10ms\nReadyAfterSec=200ms\n")
    environment.run("true")


def test_oneshots_are_ready_when_their_work_is_done(trial):
    environment = trial("[service migrate]\nType=oneshot\nExecStart=/bin/sh -c 'sleep 0.2; touch done'\n")
    environment.run("test", "-e", "done")


FAILS = "[service f]\nExecStart=/bin/sh -c 'until test -e go; do sleep 0.01; done; echo last; exit 5'\n"


def test_a_failure_while_the_command_runs_is_told_and_ends_it_with_strict(trial):
    environment = trial(FAILS)
    command = ["sh", "-c", "touch go; until test \"$($0 show f -p ActiveState --value)\" = failed; do sleep 0.02; done",
               TENDCTL]
    environment.run(*command)
    assert "f failed while the command ran" in environment.err and "exit code 5" in environment.err
    (environment.folder / "go").unlink()
    started = time.monotonic()
    environment.run("sh", "-c", "touch go; exec sleep 1000", options=["--strict"], status=125)
    assert time.monotonic() - started < 60 and "--strict" in environment.err


def test_the_report_is_junit_xml(trial, tmp_path):
    environment = trial(SLEEPER + FAILS)
    report = tmp_path / "report.xml"
    command = ["sh", "-c", "touch go; until test \"$($0 show f -p ActiveState --value)\" = failed; do sleep 0.02; done;"
               " exit 4", TENDCTL]
    environment.run(*command, options=["--report", str(report)], status=4)
    root = ElementTree.parse(report).getroot()
    assert root.tag == "testsuites" and root[0].get("tests") == "3" and root[0].get("failures") == "2"
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert cases["s"].find("failure") is None
    assert "exit code 5" in cases["f"].find("failure").get("message")
    assert cases["f"].find("system-out").text == "last\n"
    command = root[0][-1]
    assert command.get("classname") == "tended.command" and command.find("failure").get("message") == "exit code 4"
    environment = trial("[service bad]\nExecStart=/bin/false\nReadyAfterSec=1s\n")
    environment.run("true", options=["--report", str(report)], status=125)
    assert ElementTree.parse(report).getroot()[0][-1].find("skipped") is not None


def test_signals_are_for_the_command(trial):
    environment = trial()
    for signo in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
        environment.start("sh", "-c", f"trap 'echo got; exit 9' {signo.value}; echo up; while :; do sleep 0.05; done")
        assert environment.process.stdout.readline() == "up\n"
        environment.process.send_signal(signo)
        assert "got" in environment.end(9).out


def test_a_second_sigterm_kills_what_ignores_the_first(trial):
    environment = trial()
    environment.start("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done")
    assert environment.process.stdout.readline() == "up\n"
    environment.process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    assert environment.process.poll() is None
    environment.process.send_signal(signal.SIGTERM)
    environment.end(137)


STUBBORN = "[service s]\nExecStart=/bin/sh -c 'trap \"\" TERM; echo up; while :; do sleep 0.05; done'\nReadyLine=up\n"


def test_a_signal_in_the_teardown_kills(trial):
    environment = trial(STUBBORN + "TimeoutStopSec=infinity\n")
    environment.start("true")
    daemon = environment.processes()[2]
    log = wait_for(lambda: list(environment.runtime.glob("*/logs/s.log")), "the log")[0]
    wait_for(lambda: "is being stopped" in log.read_text(), "the teardown")
    assert pid_exists(daemon)
    environment.process.send_signal(signal.SIGINT)
    environment.end(0)


def test_one_signal_to_command_and_relay_is_no_second_one(trial):
    """As Ctrl-C, or a signal to the process group, where the command has died of it before the relay speaks of it."""
    environment = trial("[service s]\nReadyLine=up\nExecStart=/bin/sh -c 'trap \"sleep 0.5; touch orderly; exit\" TERM;"
                        " echo up; while :; do sleep 0.05; done'\n")
    environment.start("sh", "-c", "echo $$; exec sleep 1000")
    command = int(environment.process.stdout.readline())
    os.kill(command, signal.SIGTERM)
    wait_for(lambda: not pid_exists(command), "the end of the command")
    environment.process.send_signal(signal.SIGTERM)
    environment.end(143)
    assert (environment.folder / "orderly").exists()


def test_a_signal_before_the_command_runs_ends_it(trial):
    environment = trial("[service s]\nExecStart=/bin/sleep 1000\nReadyLine=never\n")
    environment.start("touch", "ran")
    wait_for(lambda: processes_with("sleep"), "the service")
    environment.processes()
    environment.process.send_signal(signal.SIGTERM)
    environment.end(143)
    assert not (environment.folder / "ran").exists()


def test_what_had_to_be_killed_is_told(trial):
    environment = trial(STUBBORN + "TimeoutStopSec=300ms\n")
    environment.run("true")
    assert re.search(r"s had to be killed: .*\d+ \(", environment.err)


def test_what_the_command_leaves_behind_is_killed_and_told(trial):
    environment = trial()
    environment.run("sh", "-c", "setsid sleep 4321 & exit 0")
    assert re.search(r"left behind by the command, and killed: \d+ \(sleep 4321\)", environment.err)
    # What is on its way out goes in peace.
    assert environment.run("sh", "-c", "sleep 0.05 & exit 0").err == ""


def test_no_service_may_renounce_its_end(trial):
    environment = trial("[service s]\nExecStart=/bin/sh -c 'setsid sleep 4321 & exec sleep 1000'\nKillMode=process\n"
                        "SendSIGKILL=no\n")
    environment.run("true")


GRANDCHILD = ("[service s]\nExecStart=/bin/sh -c '(setsid sh -c \"trap \\\\\"\\\\\" TERM; while :; do sleep 0.1; done\" &) ; "
              "echo up; exec sleep 1000'\nReadyLine=up\n")


@pytest.mark.parametrize("victim", ["relay", "guard", "daemon"])
def test_sigkill_of_any_of_them_leaves_nothing(trial, victim):
    environment = trial(GRANDCHILD)
    environment.start("sh", "-c", "(setsid sleep 4321 &); echo up; exec sleep 1000")
    assert environment.process.stdout.readline() == "up\n"
    pids = dict(zip(("relay", "guard", "daemon"), environment.processes()))
    os.kill(pids[victim], signal.SIGKILL)
    environment.process.wait(timeout=PATIENCE)
    assert environment.process.returncode == (-signal.SIGKILL if victim == "relay" else 125)
    environment.check_nothing_left()


def test_sigkill_of_relay_and_guard_at_once_leaves_nothing(trial):
    environment = trial(GRANDCHILD)
    environment.start("sh", "-c", "echo up; exec sleep 1000")
    assert environment.process.stdout.readline() == "up\n"
    relay, guard, _ = environment.processes()
    os.kill(guard, signal.SIGSTOP)
    os.kill(relay, signal.SIGKILL)
    os.kill(guard, signal.SIGKILL)
    environment.process.wait(timeout=PATIENCE)
    environment.check_nothing_left()


def test_a_command_may_shut_the_services_down_itself(trial):
    environment = trial()
    environment.run("sh", "-c", f"{TENDCTL} shutdown && exit 3", status=3)


def test_the_folder_is_private_and_everything_is_below_it(trial):
    environment = trial("[service s]\nExecStart=/bin/sh -c 'echo %t $RUNTIME_DIRECTORY $STATE_DIRECTORY $LOGS_DIRECTORY "
                        "$PWD $INHERITED; exec sleep 1000'\nRuntimeDirectory=r\nStateDirectory=d\nLogsDirectory=l\n"
                        "ReadyLine=.\n")
    environment.env["INHERITED"] = "kept"
    environment.run("sh", "-c", "stat -c %a ${TENDED_SOCKET%/*}; echo $TENDED_SOCKET; cat ${TENDED_SOCKET%/*}/logs/s.log")
    mode, path, *log = environment.out.splitlines()
    folder = os.path.dirname(path)
    line = next(line for line in log if " stdout " in line).split(" F ")[1].split()
    assert mode == "700" and folder.startswith(str(environment.runtime) + "/")
    assert all(word.startswith(folder + "/") for word in line[:4])
    assert line[4:] == [str(environment.folder), "kept"]


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a folder to another user")
def test_nothing_is_put_into_a_runtime_folder_of_somebody_else(trial):
    environment = trial()
    os.chown(environment.runtime, 65534, 65534)
    assert environment.run("sh", "-c", "echo $TENDED_SOCKET").out.startswith("/tmp/tended-")


def test_the_environment_of_the_command_is_the_callers(trial):
    environment = trial()
    environment.env["NOTIFY_SOCKET"] = "/nonexistent"
    before = set(environment.env.items())
    environment.run("env", "-0")
    after = {tuple(pair.split("=", 1)) for pair in environment.out.split("\0") if pair}
    assert {name for name, _ in after - before} <= {"TENDED_SOCKET", "PWD", "OLDPWD", "SHLVL", "_"}
    assert before <= after


def test_dispositions_and_mask_of_the_command_are_the_callers(trial):
    environment = trial()
    show = ["python3", "-c", "import signal; print(int(signal.getsignal(signal.SIGHUP)), signal.pthread_sigmask(0, []))"]
    plain = subprocess.run(show, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert environment.run(*show).out == plain
    ignoring = environment.run(*show, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)).out
    assert (plain[0], ignoring[0]) == ("0", "1")


PORTS = """[service web]
ExecStart = /usr/bin/python3 -u -m http.server --bind 127.0.0.1 %{web.http}
Ports     = http admin
ReadyTCP  = 127.0.0.1:%{web.http}
[service client]
ExecStart = /bin/sh -c 'echo port $TENDED_PORT_WEB_HTTP %{web.http}; exec sleep 1000'
ReadyLine = port
"""


def test_ports_are_reserved_named_and_served(trial):
    environment = trial(PORTS)
    environment.run("python3", "-c", """
import os, socket, urllib.request
port = int(os.environ["TENDED_PORT_WEB_HTTP"])
assert urllib.request.urlopen(f"http://127.0.0.1:{port}/").status == 200
admin = int(os.environ["TENDED_PORT_WEB_ADMIN"])
assert admin != port
for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0")):
    plain = socket.socket(family)
    try:
        plain.bind((address, admin))
        raise AssertionError("not held")
    except OSError:
        pass
print(port, open(os.path.dirname(os.environ["TENDED_SOCKET"]) + "/logs/client.log").read())
""")
    port, log = environment.out.split(" ", 1)
    assert f"port {port} {port}" in log


def test_ports_keep_their_numbers_over_a_reload_and_a_port_that_is_none_is_a_mistake(trial):
    environment = trial(PORTS)
    environment.run("sh", "-c", f"printf '[service more]\\nExecStart=/bin/sleep 1\\nPorts=x\\n' >>tended.ini; "
                                f"{TENDCTL} show web -p Ports; {TENDCTL} daemon-reload >&2; {TENDCTL} show web more -p Ports")
    before, *after = [line for line in environment.out.splitlines() if line]
    assert before in after and re.fullmatch(r"Ports=http=\d+ admin=\d+", before)
    environment = trial("[service s]\nExecStart=/bin/sleep %{web.htp}\n[service web]\nExecStart=/bin/true\nPorts=http\n")
    assert "%{web.htp} is no port" in environment.run("true", status=125).err


def test_a_port_is_let_go_for_a_program_that_cannot_share_it(trial):
    server = ("python3 -uc 'import socket, sys; s = socket.socket(); s.bind((\"127.0.0.1\", %{s.p})); s.listen(); "
              "print(\"bound\"); s.accept()'")
    text = f"[service s]\nExecStart=/usr/bin/env {server}\nPorts=p\nReadyLine=bound\n"
    assert "in use" in trial(text).run("true", status=125).err
    trial(text + "PortsHold=no\n").run("true")


def test_twenty_at_the_same_time_do_not_meet(trial):
    environments = [trial(PORTS) for _ in range(20)]
    for environment in environments:
        environment.start("sh", "-c", "echo $TENDED_PORT_WEB_HTTP; read line", stdin=subprocess.PIPE)
    ports = [environment.process.stdout.readline().strip() for environment in environments]
    assert len(set(ports)) == 20
    victim = environments.pop(7)
    victim.process.kill()
    victim.process.wait()
    victim.check_nothing_left()
    for environment, port in zip(environments, ports[:7] + ports[8:]):
        with socket.create_connection(("127.0.0.1", int(port))):
            pass
        environment.process.stdin.write("\n")
        environment.process.stdin.flush()
        environment.end()


class Terminal:
    """A person's terminal: a session of its own on a pty, with `tended run` as its foreground job."""

    def __init__(self, trial, *command):
        self.master, slave = pty.openpty()

        def become_session():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = trial.process = subprocess.Popen(
            [TENDED, "run", "--", *command], cwd=trial.folder, env=trial.env, stdin=slave, stdout=slave, stderr=slave,
            preexec_fn=become_session)
        os.close(slave)
        self.seen = b""

    def expect(self, text):
        def seen():
            self.seen += os.read(self.master, 65536)
            return text in self.seen
        wait_for(seen, text)

    def type(self, text):
        os.write(self.master, text)

    def close(self):
        os.close(self.master)


def test_ctrl_c_is_the_commands_and_comes_once(trial):
    environment = trial()
    terminal = Terminal(environment, "python3", "-uc", """
import signal, time
count = []
signal.signal(signal.SIGINT, lambda *_: count.append(1))
print("up"); open("/dev/tty").close()
while not count: time.sleep(0.01)
time.sleep(0.3)
print("count", len(count)); raise SystemExit(4)""")
    terminal.expect(b"up")
    terminal.type(b"\x03")
    terminal.expect(b"count 1")
    assert terminal.process.wait(timeout=PATIENCE) == 4
    terminal.close()
    environment.check_nothing_left()


def test_ctrl_z_stops_the_job_and_not_the_services(trial):
    environment = trial()
    master, slave = pty.openpty()

    def become_session():
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    # An interactive shell does the job control.
    shell = subprocess.Popen(["bash", "--norc", "-i"], cwd=environment.folder, env=dict(environment.env, PS1="prompt> "),
                             stdin=slave, stdout=slave, stderr=slave, preexec_fn=become_session)
    os.close(slave)
    seen = b""

    def expect(text):
        nonlocal seen
        while text not in seen:
            seen += os.read(master, 65536)
        seen = seen.split(text, 1)[1]

    expect(b"prompt> ")
    os.write(master, f"{TENDED} run -- sh -c 'echo u''p; read x; echo got $x'\n".encode())
    expect(b"up")
    os.write(master, b"\x1a")
    expect(b"Stopped")
    os.write(master, b"fg\n")
    os.write(master, b"word\n")
    expect(b"got word")
    os.write(master, b"exit\n")
    shell.wait(timeout=PATIENCE)
    os.close(master)
    environment.check_nothing_left()


def test_progress_is_shown_on_a_terminal_alone(trial):
    environment = trial("[service slow]\nExecStart=/bin/sleep 1000\nReadyAfterSec=1s\n")
    terminal = Terminal(environment, "echo", "over")
    terminal.expect(b"0 of 1 ready; waiting for slow")
    terminal.expect(b"over")
    assert terminal.process.wait(timeout=PATIENCE) == 0
    terminal.close()
    environment.check_nothing_left()
    assert environment.run("true").err == ""


def code_of_readme(language):
    """The blocks of that language in README's section on tests."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        section = file.read().split("## In tests")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def test_the_fixture_of_the_readme_works_as_it_stands(trial):
    definitions, = code_of_readme("ini")
    fixture, = code_of_readme("python")
    assert len(fixture.splitlines()) <= 10
    environment = trial(definitions)
    (environment.folder / "conftest.py").write_text(fixture)
    (environment.folder / "test_it.py").write_text("""
import os, signal, urllib.request
from conftest import tendctl

def test_one(web):
    assert urllib.request.urlopen(web).status == 200
    test_one.pid = tendctl("show", "web", "-p", "MainPID", "--value")

def test_each_has_its_own(web):
    assert tendctl("show", "web", "-p", "MainPID", "--value") != test_one.pid

def test_one_that_ends_it_is_told(web):
    os.kill(int(tendctl("show", "web", "-p", "MainPID", "--value")), signal.SIGKILL)
    tendctl("wait", "web", "--for", "inactive")
""")
    environment.env["PATH"] = os.path.dirname(TENDCTL) + ":" + environment.env["PATH"]
    environment.run("/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", status=1)
    assert "3 passed, 1 error" in environment.out, environment.out
    assert "web failed while the command ran" in environment.err


POSTGRES = "/usr/lib/postgresql/15/bin/postgres"


def suite_of_the_example(trial):
    """The example beside the tests of other projects: redis, postgres and an application around a pytest suite."""
    environment = trial("")
    shutil.copytree(os.path.join(ROOT, "conf.d", "examples", "environment"), environment.folder, dirs_exist_ok=True)
    if os.geteuid() == 0:
        (environment.folder / "tended.ini.d").mkdir()
        (environment.folder / "tended.ini.d" / "root.ini").write_text(
            "[service files]\nUser=postgres\n[service postgres]\nUser=postgres\n")
        # Who isn't root has to get through to the services' folders.
        environment.runtime = pathlib.Path(tempfile.mkdtemp(prefix="tended-test-", dir="/tmp"))
        environment.runtime.chmod(0o711)
        environment.env["XDG_RUNTIME_DIR"] = str(environment.runtime)
    return environment


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists(POSTGRES) or not have("redis-server"), reason="postgres or redis is missing")
def test_twenty_suites_with_redis_and_postgres_side_by_side(trial):
    environments = [suite_of_the_example(trial) for _ in range(20)]
    suite = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    for environment in environments[:-1]:
        environment.start(*suite, options=["-c", ".", "--timeout", "5min"])
    victim = environments[-1]
    victim.start("sh", "-c", "echo up; exec sleep 1000", options=["-c", ".", "--timeout", "5min"])
    assert victim.process.stdout.readline() == "up\n", victim.process.stderr.read()
    victim.process.kill()
    victim.process.communicate()
    victim.check_nothing_left()
    for environment in environments[:-1]:
        environment.out, environment.err = environment.process.communicate(timeout=300)
        assert environment.process.returncode == 0, environment.out + environment.err
        assert "3 passed" in environment.out
        environment.check_nothing_left()
