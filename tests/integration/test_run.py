# SPDX-License-Identifier: MIT
"""tendctl run: commands as transient services."""

import contextlib
import os
import re
import signal
import subprocess

import pytest

from harness import PATIENCE, ROOT, TENDCTL, have, pid_exists, wait_for

CONFIG = "[pool one]\nSlots=1\n[pool two]\nSlots=2\n[service other]\nExecStart=/bin/sleep 1000\n"


def names(daemon):
    return [line.split()[0] for line in daemon.ctl("list").stdout.splitlines()[1:]]


def transients(daemon):
    return [name for name in names(daemon) if name != "other"]


def start(daemon, *argv, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen([TENDCTL, "--socket", daemon.socket, "run", *argv], env=daemon.env, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **options)


def test_it_exits_as_the_command_did_and_nothing_is_kept(tended):
    daemon = tended(CONFIG)
    for command, status in (("exit 0", 0), ("exit 9", 9), ("kill -KILL $$", 137)):
        assert daemon.ctl("run", "--wait", "--", "sh", "-c", command, check=False).returncode == status
    missing = daemon.ctl("run", "--wait", "--", "/nonexistent", check=False)
    assert missing.returncode == 127 and "No such file" in missing.stderr
    forbidden = daemon.ctl("run", "--wait", "--", "/etc/passwd", check=False)
    assert forbidden.returncode == 126 and "Permission denied" in forbidden.stderr
    assert daemon.ctl("run", "--wait", "-p", "User=no-such-user", "--", "true", check=False).returncode == 125
    wait_for(lambda: transients(daemon) == [], "an end of them")
    daemon.stop()


def test_without_wait_name_and_pid_are_printed(tended):
    daemon = tended(CONFIG)
    name, pid = daemon.ctl("run", "--", "/bin/sleep", "1000").stdout.split()
    assert re.fullmatch(r"sleep-\d+", name) and pid_exists(int(pid))
    assert daemon.status(name)["MainPID"] == int(pid)
    daemon.ctl("stop", name)
    wait_for(lambda: transients(daemon) == [], "its end")
    assert daemon.ctl("run", "--name", "mine", "--", "sleep", "1000").stdout.startswith("mine ")
    again = daemon.ctl("run", "--name", "mine", "--", "sleep", "1000", check=False)
    assert again.returncode == 1 and "already" in again.stderr
    daemon.stop()


def test_what_fails_unseen_stays_until_it_is_forgotten(tended):
    daemon = tended(CONFIG)
    name = daemon.ctl("run", "--", "sh", "-c", "exit 3").stdout.split()[0]
    daemon.wait_state(name, "failed (failed)")
    assert daemon.status(name)["ExecMainStatus"] == 3
    daemon.ctl("reset-failed")
    wait_for(lambda: transients(daemon) == [], "its end")
    daemon.ctl("run", "--", "true")
    wait_for(lambda: transients(daemon) == [], "the end of one that succeeded")
    daemon.stop()


def test_its_lines_are_in_the_log_before_it_goes(tended, journal):
    daemon = tended(CONFIG, journal=journal)
    daemon.ctl("run", "--name", "talker", "--wait", "--", "seq", "1", "20000")
    wait_for(lambda: transients(daemon) == [], "its end")
    assert journal.lines("talker") == [str(i) for i in range(1, 20001)]
    daemon.stop()


def test_pipe_passes_the_descriptors_themselves(tended):
    daemon = tended(CONFIG)
    assert daemon.ctl("run", "--pipe", "--", "tr", "a-z", "A-Z", input="hello").stdout == "HELLO"
    done = daemon.ctl("run", "--pipe", "--", "sh", "-c", "echo out; echo err >&2")
    assert (done.stdout, done.stderr) == ("out\n", "err\n")
    read, write = os.pipe()
    process = start(daemon, "--pipe", "--", "python3", "-c", "import os; print(os.fstat(0).st_ino)", stdin=read)
    assert process.communicate(timeout=PATIENCE)[0] == f"{os.fstat(read).st_ino}\n"
    os.close(read)
    os.close(write)
    # A line without its newline, and the end of input.
    done = daemon.ctl("run", "--pipe", "--", "sh", "-c", "read line; echo \"<$line>\"", input="Zoot")
    assert done.stdout == "<Zoot>\n"
    daemon.stop()


def test_words_arrive_as_they_are(tended):
    daemon = tended(CONFIG)
    words = ["a b", "%n %%", "$HOME ${X}", "it's", 'x"y\\z', ";", "", "tab\there", "two\nlines", "拿铁", "-c", b"\xff\xfe"]
    done = subprocess.run([TENDCTL, "--socket", daemon.socket, "run", "--pipe", "--", "printf", "%s\\0", *words],
                          env=daemon.env, stdout=subprocess.PIPE, check=True)
    expected = [word if isinstance(word, bytes) else word.encode() for word in words]
    assert done.stdout.split(b"\0")[:-1] == expected
    daemon.stop()


def test_pipe_and_log_relays_and_logs(tended, journal):
    daemon = tended(CONFIG, journal=journal)
    done = daemon.ctl("run", "--pipe", "--log", "--name", "relayed", "--", "sh", "-c", "cat; echo err >&2; exit 6",
                      input="one\ntwo\n", check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("one\ntwo\n", "err\n", 6)
    wait_for(lambda: journal.lines("relayed", "stdout") == ["one", "two"], "the lines")
    wait_for(lambda: transients(daemon) == [], "its end")
    daemon.stop()


@pytest.mark.parametrize("how", (["--pipe", "--log"], ["--pty"]))
def test_a_client_that_relays_may_run_out_of_time_too(tended, how):
    daemon = tended(CONFIG)
    done = daemon.ctl("run", *how, "--timeout", "200ms", "--name", "long", "--", "sleep", "1000", check=False)
    assert done.returncode == 124 and "long has not ended, and goes on" in done.stderr
    assert daemon.state("long") == "active (running)"
    daemon.stop()


def test_pty_is_a_terminal(tended):
    daemon = tended(CONFIG)
    done = daemon.ctl("run", "--pty", "--", "sh", "-c", "tty; exit 2", check=False, stdin=subprocess.DEVNULL)
    assert done.stdout.startswith("/dev/pts/") and done.returncode == 2
    daemon.stop()


def test_ls_and_a_time_that_is_over(tended, tmp_path):
    (tmp_path / "file").write_text("")
    daemon = tended(CONFIG)
    listed = daemon.ctl("run", "--pipe", "--wait", "--", "ls", "-l", str(tmp_path))
    assert "file" in listed.stdout
    over = daemon.ctl("run", "--wait", "-p", "RuntimeMaxSec=1s", "--", "sleep", "30", check=False)
    assert over.returncode == 124 and "RuntimeMaxSec=1s is over" in over.stderr
    process = start(daemon, "--wait", "--name", "stubborn", "-p", "RuntimeMaxSec=300ms", "-p", "TimeoutStopSec=300ms",
                    "--", "sh", "-c", "trap '' TERM; while :; do sleep 0.05; done")
    killed = {}

    def seen():
        # It may go between two questions.
        with contextlib.suppress(AssertionError):
            killed.update(daemon.status("stubborn"))
        return process.poll() is not None

    wait_for(seen, "its end")
    assert process.returncode == 124 and killed["SubState"] in ("stop-sigterm", "stop-sigkill", "running", "start")
    process.communicate()
    patient = daemon.ctl("run", "--wait", "--timeout", "200ms", "--name", "long", "--", "sleep", "1000", check=False)
    assert patient.returncode == 124 and "long has not ended, and goes on" in patient.stderr
    assert daemon.state("long") == "active (running)"
    daemon.stop()


def test_a_client_that_ends_takes_what_it_waits_for_along(tended):
    daemon = tended(CONFIG)
    for signo in (signal.SIGINT, signal.SIGKILL):
        process = start(daemon, "--wait", "--name", "task", "--", "sleep", "1000")
        pid = wait_for(lambda: "task" in names(daemon) and daemon.status("task")["MainPID"], "its process")
        process.send_signal(signo)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signo
        wait_for(lambda: transients(daemon) == [], "its end")
        assert not pid_exists(pid)
    daemon.stop()


def test_a_pool_lets_them_go_in_order(tended, tmp_path):
    daemon = tended(CONFIG)
    command = ["sh", "-c", f"echo $0 >>{tmp_path}/order; until test -e {tmp_path}/go; do sleep 0.02; done"]
    printed = [daemon.ctl("run", "--pool", "one", "--name", f"t{i}", "--", *command, str(i)).stdout.split()
               for i in range(6)]
    assert [state for _, state in printed][1:] == ["waiting"] * 5 and printed[0][1].isdigit()
    assert "number 2 in line" in daemon.status("t2")["Reason"] and "number 5" in daemon.status("t5")["Reason"]
    assert "t5" in names(daemon)
    # One that is cancelled leaves the line.
    daemon.ctl("stop", "t3")
    (tmp_path / "go").write_text("")
    wait_for(lambda: transients(daemon) == [], "an end of them")
    assert (tmp_path / "order").read_text().split() == ["0", "1", "2", "4", "5"]
    wrong = daemon.ctl("run", "--pool", "tow", "--", "true", check=False)
    assert wrong.returncode == 1 and "did you mean two?" in wrong.stderr
    daemon.stop()


def test_directives_are_checked_like_any_others(tended):
    daemon = tended(CONFIG)
    for given, said in (("Restrat=no", "did you mean Restart?"), ("UMask=9", "UMask"), ("Nonsense", "not DIRECTIVE=VALUE"),
                        ("Requires=othre", "there is no service othre; did you mean other?"),
                        ("BindsTo=none.target", "there is no target none.target"),
                        ("ExecStart=/bin/true", "behind --"),
                        ("[service x]=", "not a directive")):
        done = daemon.ctl("run", "-p", given, "--", "true", check=False)
        assert done.returncode == 1 and said in done.stderr, done.stderr
    done = daemon.ctl("run", "--pipe", "-p", "Environment=A=1 B=2", "-p", "UMask=0077", "--", "sh", "-c", "echo $A$B; umask")
    assert done.stdout == "12\n0077\n"
    assert transients(daemon) == []
    daemon.stop()


# Ready when somebody says so.
DATABASE = ("[service db]\nExecStart=/bin/sh -c 'echo db >>{0}/order; exec sleep 1000'\nReadyPath={0}/ready\nAutoStart=no\n"
            "[service other]\nExecStart=/bin/sleep 1000\n")


def test_what_it_needs_is_started_and_ready_first(tended, tmp_path):
    daemon = tended(DATABASE.format(tmp_path))
    process = start(daemon, "--pipe", "--name", "task", "-p", "Requires=db", "-p", "After=db", "--", "sh", "-c",
                    f"echo task >>{tmp_path}/order")
    wait_for(lambda: "task" in names(daemon) and daemon.status("task")["Reason"] == "waits for db", "its wait")
    daemon.wait_state("db", "activating (start)")
    wait_for(lambda: (tmp_path / "order").exists(), "the start of db")
    assert process.poll() is None
    (tmp_path / "ready").write_text("")
    assert process.communicate(timeout=PATIENCE) == ("", "") and process.returncode == 0
    assert (tmp_path / "order").read_text() == "db\ntask\n"
    wait_for(lambda: "task" not in names(daemon), "its end")
    assert daemon.state("db") == "active (running)"
    # Once it is gone, nobody minds it.
    daemon.ctl("stop", "db")
    assert daemon.ctl("run", "--wait", "-p", "Requisite=db", "--", "true", check=False).returncode == 125
    daemon.stop()


def test_what_it_needs_fails_and_it_is_never_run(tended, tmp_path):
    daemon = tended("[service db]\nExecStart=/nonexistent/db\nAutoStart=no\n")
    done = daemon.ctl("run", "--wait", "-p", "Requires=db", "-p", "After=db", "--", "touch", f"{tmp_path}/ran", check=False)
    assert done.returncode == 125 and "db" in done.stderr and "/nonexistent/db" in done.stderr, done.stderr
    assert not (tmp_path / "ran").exists()
    wait_for(lambda: names(daemon) == ["db"], "its end")
    daemon.stop()


def test_it_goes_and_is_restarted_with_what_it_needs(tended, tmp_path):
    (tmp_path / "ready").write_text("")
    daemon = tended(DATABASE.format(tmp_path))
    process = start(daemon, "--wait", "--name", "task", "-p", "Requires=db", "-p", "After=db", "--", "sh", "-c",
                    f"trap 'echo end >>{tmp_path}/order; exit 7' TERM; echo task >>{tmp_path}/order; sleep 1000 & wait")
    for i, (word, so_far) in enumerate((("restart", "db\ntask\n"), ("stop", "db\ntask\nend\ndb\ntask\n"))):
        wait_for(lambda: (tmp_path / "order").exists() and (tmp_path / "order").read_text() == so_far, "both")
        # A reload keeps it where it stands.
        daemon.write("more.ini", f"[service more]\nExecStart=/bin/sleep {1000 + i}\n")
        daemon.ctl("daemon-reload")
        daemon.ctl(word, "db")
    assert "db" in process.communicate(timeout=PATIENCE)[1] and process.returncode == 7
    wait_for(lambda: "task" not in names(daemon), "its end")
    assert (tmp_path / "order").read_text() == "db\ntask\nend\n" * 2
    # Over is over.
    daemon.ctl("start", "db")
    assert "task" not in names(daemon)
    daemon.stop()


def test_a_template_and_another_of_them_can_be_named(tended, tmp_path):
    daemon = tended("[service w@]\nInstances=1 2\nExecStart=/bin/sleep 1000\nAutoStart=no\n"
                    "[target all]\nWants=w\n[service alarm]\nExecStart=/bin/sleep 1000\nAutoStart=no\n")
    daemon.ctl("run", "--name", "first", "--", "sleep", "1000")
    daemon.ctl("run", "--name", "second", "-p", "Wants=w@", "-p", "Requires=first", "-p", "After=all.target first", "--",
               "sleep", "1000")
    assert [daemon.state(f"w@{i}") for i in (1, 2)] == ["active (running)"] * 2
    assert daemon.status("second")["Wants"] == ["w@1", "w@2"]
    daemon.ctl("stop", "first")
    wait_for(lambda: "second" not in names(daemon), "the end of who needs it")
    daemon.ctl("run", "--wait", "-p", "OnFailure=alarm", "--", "false", check=False)
    daemon.wait_state("alarm", "active (running)")
    daemon.stop()


def test_a_cycle_is_refused_with_its_names(tended):
    daemon = tended("[service a]\nExecStart=/bin/sleep 1000\n[service b]\nExecStart=/bin/sleep 1000\nAfter=a\n")
    done = daemon.ctl("run", "--name", "task", "-p", "After=b", "-p", "Before=a", "--", "true", check=False)
    assert done.returncode == 1 and "ordering cycle: task after b after a after task" in done.stderr, done.stderr
    assert names(daemon) == ["a", "b"]
    # Where definitions that come later make one, it is out of the order, and runs on.
    pid = int(daemon.ctl("run", "--name", "task", "-p", "After=b", "--", "sleep", "1000").stdout.split()[1])
    daemon.ctl("run", "--name", "faithful", "-p", "Requires=b", "--", "sleep", "1000")
    daemon.write("more.ini", "[service c]\nExecStart=/bin/sleep 1000\nAfter=task\nBefore=a\n")
    daemon.ctl("daemon-reload")
    daemon.ctl("stop", "b")
    wait_for(lambda: "faithful" not in names(daemon), "the end of who needs b")
    assert daemon.status("task")["MainPID"] == pid
    daemon.stop()


def test_a_name_that_only_orders_it_may_stand_for_nothing(tended, journal):
    daemon = tended(CONFIG, journal=journal)
    daemon.ctl("run", "--wait", "--name", "task", "-p", "Wants=othre", "--", "true")
    wait_for(lambda: any("there is no service othre; did you mean other?" in entry.get("MESSAGE", "")
                         for entry in journal.entries("TENDED_SERVICE=task")), "the warning")
    daemon.stop()


def test_a_reload_leaves_them_alone(tended):
    daemon = tended(CONFIG)
    pid = int(daemon.ctl("run", "--name", "task", "--", "sleep", "1000").stdout.split()[1])
    daemon.write("more.ini", "[service task]\nExecStart=/bin/sleep 2000\n")
    daemon.ctl("daemon-reload")
    assert pid_exists(pid) and "task" in names(daemon)
    os.unlink(os.path.join(daemon.conf, "more.ini"))
    daemon.ctl("daemon-reload")
    daemon.ctl("daemon-reload")
    daemon.ctl("list")
    daemon.stop()
    assert not pid_exists(pid)


def test_a_stop_of_the_daemon_ends_them(tended):
    daemon = tended(CONFIG)
    process = start(daemon, "--wait", "--", "sleep", "1000")
    wait_for(lambda: transients(daemon), "it")
    daemon.stop()
    process.communicate(timeout=PATIENCE)
    assert process.returncode in (143, 125)


JOBS = os.path.join(ROOT, "conf.d", "examples", "jobs")


@pytest.mark.skipif(not have("gpg"), reason="gpg is not installed")
def test_the_example_encrypts_a_hundred_files_through_a_pool(tended, tmp_path):
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    # One agent for all: one that a service starts ends with it.
    subprocess.run(["gpgconf", "--homedir", str(home), "--launch", "gpg-agent"], check=True)
    with open(os.path.join(JOBS, "jobs.ini"), encoding="utf-8") as file:
        daemon = tended(file.read())
    # Each notes how many there are while it runs.
    gpg = tmp_path / "gpg"
    gpg.write_text(f"#!/bin/sh\nmkdir {tmp_path}/busy.$$\nls -d {tmp_path}/busy.* | wc -l >>{tmp_path}/counts\n"
                   f"gpg --homedir {home} --s2k-count 1024 \"$@\"\nstatus=$?\nrmdir {tmp_path}/busy.$$\nexit $status\n")
    gpg.chmod(0o755)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    files = [tmp_path / f"text {i}" for i in range(100)]
    for i, file in enumerate(files):
        file.write_text(f"{i:04d}" * 250)
    subprocess.run([os.path.join(JOBS, "encrypt"), str(secret), *map(str, files)], check=True,
                   env=dict(daemon.env, GPG=str(gpg), TENDED_SOCKET=daemon.socket,
                            PATH=os.path.dirname(TENDCTL) + ":" + os.environ["PATH"]))
    counts = [int(line) for line in (tmp_path / "counts").read_text().split()]
    assert len(counts) == 100 and max(counts) <= os.cpu_count()
    for file in files:
        file.rename(str(file) + ".was")
    subprocess.run(["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback",
                    "--passphrase-file", str(secret), "--multifile", "--decrypt", *[f"{file}.gpg" for file in files]],
                   check=True)
    for i, file in enumerate(files):
        assert file.read_text() == f"{i:04d}" * 250
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
    assert names(daemon) == []
    daemon.stop()


def test_of_those_that_fail_unseen_the_last_hundred_stay(tended):
    daemon = tended(CONFIG)
    for _ in range(103):
        daemon.ctl("run", "--", "false")
    wait_for(lambda: all(state == "failed" for state in [line.split()[1] for line in
                         daemon.ctl("list", "false-*").stdout.splitlines()[1:]]), "their ends")
    wait_for(lambda: len(transients(daemon)) == 100, "a hundred of them")
    assert "false-1" not in transients(daemon) and "false-103" in transients(daemon)
    daemon.ctl("reset-failed")
    wait_for(lambda: transients(daemon) == [], "their end")
    daemon.stop()
