# SPDX-License-Identifier: MIT
"""tendctl and whoever listens on its socket: dead, hung, foreign, or gone in the middle. It never hangs, says what is
the matter, and its exit status tells: 5 where there is no daemon, 6 where one may not."""

import concurrent.futures
import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from harness import TENDCTL, wait_for

ANSWER = 5  # what tendctl waits for an answer, in seconds
SLACK = 2.5
VERBS = [["status"], ["start", "web"], ["logs", "-f", "web"], ["is-active", "-q", "web"], ["wait", "web"], ["shutdown"]]


def ctl(path, *argv, prefix=(), **options):
    environment = dict(os.environ, LC_ALL="C.UTF-8")
    environment.pop("TENDED_SOCKET", None)
    began = time.monotonic()
    done = subprocess.run([*prefix, TENDCTL, "--socket", str(path), *argv], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, env=environment,
                          **options)
    done.seconds = time.monotonic() - began
    return done


def ctl_each(path, verbs):
    """All of them at once: most of what they do here is waiting."""
    with concurrent.futures.ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(lambda verb: ctl(path, *verb), verbs))


def expect_nobody(done, part, at_most=1.0):
    assert done.returncode == 5, (done.returncode, done.stderr)
    assert part in done.stderr, done.stderr
    assert done.stderr.startswith("tendctl: ") and done.stderr.count("\n") == 1, done.stderr
    assert done.stdout == ""
    assert done.seconds < at_most, done.seconds


@contextlib.contextmanager
def listener(path, serve=None, backlog=16, kind=socket.SOCK_STREAM):
    """A socket on which `serve(connection)` is called for each connection; None: nobody ever accepts."""
    server = socket.socket(socket.AF_UNIX, kind)
    server.bind(str(path))
    if kind == socket.SOCK_STREAM:
        server.listen(backlog)
    connections = []

    def accept():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            connections.append(connection)
            threading.Thread(target=quietly, args=(serve, connection), daemon=True).start()

    if serve:
        threading.Thread(target=accept, daemon=True).start()
    yield server
    with contextlib.suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    server.close()
    for connection in connections:
        connection.close()


def quietly(serve, connection):
    with contextlib.suppress(OSError):
        serve(connection)


def authenticate(connection):
    """The server's side of a D-Bus handshake."""
    got = b""
    while b"BEGIN\r\n" not in got:
        got += connection.recv(4096)
    connection.sendall(b"DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n")


def silent(connection):
    while connection.recv(4096):
        pass


def drip(connection):
    for byte in b"DATA\r\nOK 0123456789abcdef" * 100:
        connection.sendall(bytes([byte]))
        time.sleep(0.2)


def flood(connection):
    while True:
        connection.sendall(b"\0garbage " * 1000)


def greet(connection):
    connection.sendall(b"220 mail.example.org ESMTP\r\n")
    silent(connection)


def http(connection):
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def reject(connection):
    connection.recv(4096)
    connection.sendall(b"REJECTED EXTERNAL\r\nERROR\r\nERROR\r\n")
    silent(connection)


def silent_dbus(connection):
    authenticate(connection)
    silent(connection)


def closing_dbus(connection):
    authenticate(connection)
    connection.close()


def garbage_dbus(connection):
    authenticate(connection)
    connection.sendall(b"l\x02\x01\x01" + b"\xff" * 4096)
    silent(connection)


def test_there_is_no_socket(tmp_path):
    expect_nobody(ctl(tmp_path / "none", "status"), "there is no socket")


def test_the_socket_is_left_over_from_a_dead_daemon(tmp_path):
    path = tmp_path / "dead"
    with listener(path):
        pass
    for done in ctl_each(path, VERBS):
        expect_nobody(done, "nobody listens")


def test_the_path_is_something_else(tmp_path):
    file = tmp_path / "file"
    file.write_text("hello")
    expect_nobody(ctl(file, "status"), "nobody listens")
    expect_nobody(ctl(tmp_path, "status"), "nobody listens")
    expect_nobody(ctl(file / "below", "status"), "can't connect")
    with listener(tmp_path / "datagrams", kind=socket.SOCK_DGRAM):
        expect_nobody(ctl(tmp_path / "datagrams", "status"), "another kind")


def test_a_path_that_is_too_long_for_an_address_is_no_problem(tmp_path):
    folder = tmp_path / ("x" * 100) / ("y" * 100)
    folder.mkdir(parents=True)
    expect_nobody(ctl(folder / "none", "status"), "there is no socket")


@pytest.mark.skipif(os.geteuid() != 0, reason="changes its user")
def test_a_socket_that_one_may_not_reach_is_6(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    os.chmod(folder, 0o700)
    for parent in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        os.chmod(parent, 0o755)
    with listener(folder / "socket", silent):
        done = ctl(folder / "socket", "status", user=65534, group=65534, extra_groups=[])
    assert done.returncode == 6, done.stderr
    assert "not permitted" in done.stderr


def test_a_stopped_daemon_is_given_up_after_five_seconds(tmp_path):
    """Nobody accepts, as after SIGSTOP: connecting works, and that is all."""
    with listener(tmp_path / "hung"):
        for done in ctl_each(tmp_path / "hung", VERBS):
            expect_nobody(done, "does not answer", ANSWER + SLACK)
            assert done.seconds > ANSWER - 1


def test_a_full_queue_is_given_up_too(tmp_path):
    path = tmp_path / "full"
    with listener(path, backlog=0):
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(2)]
        for client in waiting:
            client.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                client.connect(str(path))
        expect_nobody(ctl(path, "status"), "does not answer", ANSWER + SLACK)
        for client in waiting:
            client.close()


def test_something_else_listens(tmp_path):
    """What is clearly foreign is known at once; what says nothing, or little, is given up."""
    at_once = [reject, flood, garbage_dbus, closing_dbus]
    in_time = [greet, http, silent, silent_dbus, drip]
    with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(32) as pool:
        tries = []
        for serve in at_once + in_time:
            path = tmp_path / serve.__name__
            stack.enter_context(listener(path, serve))
            tries += [(serve, path, pool.submit(ctl, path, *verb)) for verb in (["status"], ["start", "web"])]
        for serve, path, done in tries:
            expect_nobody(done.result(), str(path), ANSWER - 1 if serve in at_once else ANSWER + SLACK)


def test_another_program_that_speaks_dbus_is_no_tended(tmp_path):
    path = tmp_path / "bus"
    config = tmp_path / "bus.conf"
    config.write_text(f"<busconfig><type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>"
                      "<policy context='default'><allow send_destination='*'/><allow own='*'/></policy></busconfig>")
    try:
        bus = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork"], stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        pytest.skip("there is no dbus-daemon")
    try:
        wait_for(path.exists, "the bus")
        expect_nobody(ctl(path, "status"), str(path), ANSWER + SLACK)
    finally:
        bus.kill()
        bus.wait()


def test_errors_for_programs_are_objects(tmp_path):
    done = ctl(tmp_path / "none", "--json", "status")
    assert done.returncode == 5 and done.stdout == ""
    error = json.loads(done.stderr)
    assert error["Error"] == "io.tended.Error.NoDaemon" and "no socket" in error["Message"]
    error = json.loads(ctl(tmp_path / "none", "statusx", "--json").stderr)
    assert error["Error"] == "io.tended.Error.Usage" and "status" in error["Message"]


NEVER_READY = """
[service slow]
AutoStart = no
ExecStart = /bin/sleep 1000
ReadyAfterSec = 500s
TimeoutStartSec = 600s
"""


@contextlib.contextmanager
def waiting_for_start(daemon):
    client = subprocess.Popen([TENDCTL, "--socket", daemon.socket, "start", "slow"], stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    wait_for(lambda: daemon.status("slow")["ActiveState"] == "activating", "the start")
    yield client
    client.kill()
    client.wait()


def test_a_daemon_that_stops_during_a_start_is_noticed(tended):
    daemon = tended(NEVER_READY)
    with waiting_for_start(daemon) as client:
        os.kill(daemon.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            _, said = client.communicate(timeout=30)
        finally:
            os.kill(daemon.pid, signal.SIGCONT)
        assert client.returncode == 5, said
        assert "does not answer" in said
        assert time.monotonic() - began < ANSWER + 2 + SLACK


def test_a_daemon_that_dies_during_a_start_is_noticed(tended):
    daemon = tended(NEVER_READY)
    with waiting_for_start(daemon) as client:
        os.kill(daemon.pid, signal.SIGKILL)
        _, said = client.communicate(timeout=10)
        assert client.returncode == 5, said
        assert "closed the connection" in said
    daemon.process.wait()


def test_a_start_waits_as_long_as_the_daemon_lives(tended):
    daemon = tended(NEVER_READY)
    with waiting_for_start(daemon) as client:
        with pytest.raises(subprocess.TimeoutExpired):
            client.wait(timeout=ANSWER + 3)


@pytest.mark.slow
def test_a_follower_notices_that_its_daemon_is_stopped(tended):
    daemon = tended(NEVER_READY)
    client = subprocess.Popen([TENDCTL, "--socket", daemon.socket, "logs", "-f"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(0.5)
        os.kill(daemon.pid, signal.SIGSTOP)
        _, said = client.communicate(timeout=40)
        assert client.returncode == 5 and "does not answer" in said
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
        client.kill()
        client.wait()


def test_the_socket_may_be_named_by_the_environment(tended, tmp_path):
    daemon = tended(NEVER_READY)

    def status(*argv):
        environment = dict(os.environ, TENDED_SOCKET=daemon.socket)
        return subprocess.run([TENDCTL, *argv, "list"], env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=30)

    assert "slow" in status().stdout
    assert status("--socket", str(tmp_path / "none")).returncode == 5
