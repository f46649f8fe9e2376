# SPDX-License-Identifier: MIT
"""Bad input: a clear error with file and line, and nothing else suffers."""

import os
import re
import socket
import stat
import subprocess

import pytest

from harness import TENDED, Daemon, wait_for

GOOD = "[service good]\nExecStart=/bin/sleep 1000\n"


def check(path):
    return subprocess.run([TENDED, "--check", "-c", str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


# Each is one wrong line of a definition, and what its message has to say.
WRONG_LINES = [
    ("Restrat=always", ["Restrat", "Restart"]),
    ("Restart=allways", ["allways", "always"]),
    ("RestartSec=5 parsecs", ["RestartSec", "5 parsecs"]),
    ("KillSignal=SIGFOO", ["SIGFOO"]),
    ("UMask=999", ["UMask"]),
    ("LimitNOFILE=lots", ["LimitNOFILE"]),
    ("ExecStartPre='unfinished", ["ExecStartPre"]),
    ("ExecStartPre=+/bin/true", ["+"]),
    ("Description=%z", ["%z"]),
    ("ReadyLine=(", ["ReadyLine"]),
    ("StandardOutput=inherit", ["inherit"]),
    ("Requires=nobody", ["nobody"]),
    ("ProtectSystem=full", ["ProtectSystem", "systemd"]),
    ("MemoryMax=1G", ["not yet built"]),
    ("Environment=1X=2", ["1X"]),
]


@pytest.mark.parametrize("line,words", WRONG_LINES, ids=[line for line, _ in WRONG_LINES])
def test_a_wrong_line_is_told_with_its_place(tmp_path, line, words):
    (tmp_path / "x.ini").write_text(f"[service s]\nExecStart=/bin/true\n{line}\n")
    done = check(tmp_path)
    assert done.returncode == 1
    told = [text for text in done.stdout.splitlines() if re.search(r"x\.ini:3: ", text)]
    assert told, done.stdout
    for word in words:
        assert word in told[0]


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path):
    (tmp_path / "a.ini").write_text("[service a]\nExecStart=/bin/true\nFoo=1\nBar=2\n")
    (tmp_path / "b.ini").write_text("[service b]\nExecStart=/bin/true\nRestart=perhaps\n[service a]\nExecStart=/bin/true\n")
    told = check(tmp_path).stdout
    for place in ("a.ini:3:", "a.ini:4:", "b.ini:3:", "b.ini:4:"):
        assert place in told
    assert "a.ini:1" in told  # the other place of [service a]


@pytest.mark.parametrize("content,word", [(b"[service s]\nExecStart=/bin/t\0rue\n", "NUL"),
                                          (b"[service s\nExecStart=/bin/true\n", "x.ini:1"),
                                          (b"Key=before any section\n", "x.ini:1"),
                                          (b"[nonsense]\nA=1\n", "nonsense"),
                                          (b"[service s]\nExecStart=/bin/true\nno equals sign\n", "x.ini:3"),
                                          (b"[service s]\nDescription=nothing to run\n", "ExecStart"),
                                          (b"[service s]\n=value\n", "x.ini:2"),
                                          (b"[service s]\nExecStart=/nonexistent\n", "/nonexistent")])
def test_wrong_files_are_told(tmp_path, content, word):
    (tmp_path / "x.ini").write_bytes(content)
    done = check(tmp_path)
    assert done.returncode == 1
    assert word in done.stdout


def test_a_command_is_told_where_it_stands_though_a_drop_in_adds_another(tmp_path):
    (tmp_path / "a.ini").write_text("[service a]\nExecStartPre=/nonexistent/one\nExecStart=/bin/true\n")
    (tmp_path / "a.ini.d").mkdir()
    (tmp_path / "a.ini.d" / "more.ini").write_text("[service a]\nExecStartPre=/nonexistent/two\n")
    told = check(tmp_path).stdout
    assert re.search(r"a\.ini:2: .*/nonexistent/one", told) and re.search(r"more\.ini:2: .*/nonexistent/two", told)


def test_files_that_are_none(tmp_path):
    conf = tmp_path / "conf.d"
    conf.mkdir()
    (conf / "directory.ini").mkdir()
    os.mkfifo(conf / "fifo.ini")
    (conf / "writable.ini").write_text(GOOD)
    (conf / "writable.ini").chmod(0o666)
    (conf / "dangling.ini").symlink_to("/nonexistent.ini")
    (conf / "empty.ini").write_text("")
    done = check(conf)
    assert done.returncode == 1
    for name in ("directory.ini", "fifo.ini", "writable.ini", "dangling.ini", "empty.ini"):
        assert name in done.stdout, done.stdout


def test_a_cycle_names_its_members(tmp_path):
    (tmp_path / "x.ini").write_text("".join(
        f"[service {a}]\nExecStart=/bin/true\nAfter={b}\n" for a, b in (("a", "b"), ("b", "c"), ("c", "a"))))
    done = check(tmp_path)
    assert done.returncode == 1
    assert re.search(r"a.*b.*c|b.*c.*a|c.*a.*b", done.stdout)


def test_wants_of_nobody_is_a_warning_and_the_service_runs(tended):
    daemon = tended("[service s]\nExecStart=/bin/sleep 1000\nWants=nobody\nAfter=nobody\n")
    daemon.wait_state("s", "active (running)")
    done = check(daemon.conf)
    assert done.returncode == 0 and "nobody" in done.stdout


def test_a_reload_with_an_error_changes_nothing(tended):
    daemon = tended(GOOD)
    daemon.ctl("wait", "good")
    before = daemon.status("good")
    daemon.write("test.ini", GOOD + "Nonsense=1\n")
    done = daemon.ctl("daemon-reload", check=False)
    assert done.returncode == 1
    assert "test.ini:3" in done.stderr
    after = daemon.status("good")
    assert (after["MainPID"], after["LoadState"]) == (before["MainPID"], "loaded")


def test_a_line_of_a_mebibyte_arrives_in_marked_pieces(tended, journal):
    daemon = tended("[service s]\nExecStart=/bin/sh -c 'head -c 1048576 /dev/zero | tr \"\\\\0\" x; echo; echo end'\n",
                    journal=journal)
    lines = wait_for(lambda: (found := journal.lines("s")) and found[-1] == "end" and found, "the last line")
    assert "".join(lines[:-1]) == "x" * 1048576
    assert all(len(line) <= 48 * 1024 for line in lines)


def test_binary_output_is_kept(tended, journal, tmp_path):
    data = bytes(range(256)) * 16
    (tmp_path / "data").write_bytes(data)
    tended(f"[service s]\nExecStart=/bin/cat {tmp_path}/data\nSyslogLevelPrefix=no\n", journal=journal)
    entries = wait_for(lambda: [e for e in journal.entries("TENDED_SERVICE=s") if "TENDED_STREAM" in e] or None, "lines")
    wanted = data.split(b"\n")
    wait_for(lambda: len([e for e in journal.entries("TENDED_SERVICE=s") if "TENDED_STREAM" in e]) == len(wanted), "all")
    entries = [e for e in journal.entries("TENDED_SERVICE=s") if "TENDED_STREAM" in e]
    got = [bytes(e["MESSAGE"]) if isinstance(e["MESSAGE"], list) else e["MESSAGE"].encode() for e in entries]
    assert got == wanted


def test_two_daemons_on_one_socket(tended):
    daemon = tended(GOOD)
    second = subprocess.run(daemon.argv(), env=daemon.env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, timeout=30)
    assert second.returncode == 3
    assert str(daemon.pid) in second.stderr
    daemon.wait_state("good", "active (running)")


def test_a_left_over_socket_is_replaced(tended, tmp_path):
    daemon = tended(GOOD, start=False)
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(daemon.socket)
    left.close()
    daemon.start()
    assert stat.S_ISSOCK(os.stat(daemon.socket).st_mode)
    daemon.wait_state("good", "active (running)")


def connect(daemon):
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    peer.settimeout(20)
    peer.connect(daemon.socket)
    return peer


def test_garbage_on_the_socket(tended):
    daemon = tended(GOOD)
    for garbage in (b"GET / HTTP/1.0\r\n\r\n", os.urandom(4096), b"\0" * 100000, b"\0AUTH " + b"x" * 70000,
                    b"\0AUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n" + os.urandom(512),
                    b"\0AUTH EXTERNAL 30\r\nBEGIN\r\nl\1\0\1\xff\xff\xff\x07\1\0\0\0\0\0\0\0"):
        peer = connect(daemon)
        try:
            peer.sendall(garbage)
            peer.recv(4096)
        except (ConnectionError, socket.timeout):
            pass
        daemon.wait_state("good", "active (running)")
        peer.close()


def test_a_thousand_connections_and_clients_that_never_read(tended):
    daemon = tended(GOOD)
    idle = []
    for _ in range(1000):
        try:
            idle.append(connect(daemon))
        except OSError:
            break
    # Whatever was done with them: when they are gone, everything is as before.
    for peer in idle:
        peer.close()
    wait_for(lambda: daemon.ctl("list", check=False).returncode == 0, "an answer after 1000 connections")
    daemon.wait_state("good", "active (running)")


def test_no_process_to_be_had(tended, tmp_path):
    """The user's limit of processes is reached: the start fails with that reason, and is tried again."""
    daemon = tended("[service s]\nUser=65533\nLimitNPROC=1\nExecStart=/bin/sh -c 'sleep 1000 & wait'\n" + GOOD)
    daemon.wait_state("good", "active (running)")
    wait_for(lambda: daemon.state("s").startswith("failed"), "a failure")
    daemon.wait_state("good", "active (running)")


def test_no_descriptors_left(tended, tmp_path):
    """With few descriptors some services can't be started; those that can run, and the daemon answers."""
    text = "".join(f"[service s{i}]\nExecStart=/bin/sleep 1000\n" for i in range(40))
    daemon = Daemon(tmp_path, text)
    script = "ulimit -n 100; exec \"$@\""
    argv = daemon.argv
    daemon.argv = lambda *more: ["sh", "-c", script, "sh", *argv(*more)]
    daemon.start()
    try:
        states = [daemon.state(f"s{i}") for i in range(40)]
        assert states.count("active (running)") >= 5
        for i, state in enumerate(states):
            if state != "active (running)":
                assert "descriptor" in daemon.status(f"s{i}")["Reason"] or "open files" in daemon.status(f"s{i}")["Reason"]
    finally:
        daemon.close()


@pytest.mark.parametrize("option,status", [(["--nonsense"], 2), (["-c"], 2), (["-c", "/nonexistent"], 1),
                                           (["--log-target", "nowhere"], 2), (["--help"], 0), (["--version"], 0)])
def test_options(tmp_path, option, status):
    done = subprocess.run([TENDED, "--socket", str(tmp_path / "s"), *option], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=30)
    assert done.returncode == status, done.stderr
    assert done.stderr if status else done.stdout
