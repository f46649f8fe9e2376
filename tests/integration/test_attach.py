# SPDX-License-Identifier: MIT
"""attach: a service's streams in the place of the client's own."""

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import time

import pytest

from harness import TENDCTL, have, wait_for

ECHO = """
[service echo]
ExecStart = /bin/sh -c 'cat; echo done >&2; exit 7'
StandardInput = pipe
AutoStart = no
"""


def attach(daemon, *argv, **streams):
    return subprocess.Popen([TENDCTL, "--socket", daemon.socket, "attach", *argv], env=daemon.env, **streams)


def status(daemon, name):
    return daemon.ctl("status", name, check=False).stdout


def noise(size):
    return os.urandom(size)


@pytest.mark.parametrize("kind", ["pipes", "files", "sockets"])
def test_every_byte_in_both_directions_and_the_status_of_the_service(tended, tmp_path, kind):
    """Pipes and sockets are dealt with by the daemon, files by the client."""
    daemon = tended(ECHO)
    data = noise(3000000)
    if kind == "files":
        (tmp_path / "in").write_bytes(data)
        with open(tmp_path / "in", "rb") as given, open(tmp_path / "out", "wb") as out:
            client = attach(daemon, "--start", "--lossless", "echo", stdin=given, stdout=out, stderr=subprocess.PIPE)
            _, err = client.communicate(timeout=60)
        got = (tmp_path / "out").read_bytes()
    elif kind == "pipes":
        client = attach(daemon, "--start", "--lossless", "echo", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
        got, err = client.communicate(data, timeout=60)
    else:
        ours, theirs = socket.socketpair()
        client = attach(daemon, "--start", "--lossless", "echo", stdin=theirs, stdout=theirs, stderr=subprocess.PIPE)
        theirs.close()
        got = b""
        left = memoryview(data)
        ours.setblocking(False)
        while len(got) < len(data):
            readable, writable, _ = select.select([ours], [ours] if left else [], [], 60)
            assert readable or writable
            if writable:
                left = left[ours.send(left):]
                if not left:
                    ours.shutdown(socket.SHUT_WR)
            if readable:
                got += ours.recv(1 << 20)
        err = client.communicate(timeout=60)[1]
    assert got == data
    assert err == b"done\n"
    assert client.returncode == 7


def test_the_end_by_a_signal_and_a_start_that_fails(tended):
    daemon = tended(ECHO + "[service missing]\nExecStart = /nowhere\nStandardInput = pipe\nAutoStart = no\n"
                    "[service before]\nExecStart = /bin/cat\nExecStartPre = /bin/false\nStandardInput = pipe\nAutoStart = no\n")
    client = attach(daemon, "--start", "echo", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    daemon.main_pid("echo")
    daemon.ctl("kill", "-s", "KILL", "echo")
    assert client.wait(60) == 128 + signal.SIGKILL
    for name, status in (("missing", 127), ("before", 125)):
        done = daemon.ctl("attach", "--start", name, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == status, done.stderr
    assert daemon.ctl("attach", "echo", check=False, stdin=subprocess.DEVNULL).returncode == 3


def test_one_writer_and_any_number_of_readers(tended):
    daemon = tended(ECHO)
    writer = attach(daemon, "--start", "echo", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    daemon.main_pid("echo")
    for verb in (["attach", "echo"], ["send", "echo", "x"], ["ask", "echo", "x"]):
        done = daemon.ctl(*verb, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == 1 and "somebody is attached" in done.stderr
    readers = [attach(daemon, "--read-only", "echo", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
               for _ in range(5)]
    wait_for(lambda: "5 readers" in status(daemon, "echo"), "five readers")
    out, _ = writer.communicate(b"to all\n", timeout=60)
    assert out == b"to all\n" and writer.returncode == 7
    for reader in readers:
        out, _ = reader.communicate(timeout=60)
        assert out == b"to all\n" and reader.returncode == 7


def test_a_slow_reader_is_cut_off_or_slows_that_service_alone(tended):
    daemon = tended("[service flood]\nExecStart = /bin/sh -c 'read n; seq 300000; echo end'\nStandardInput = pipe\n"
                    "AutoStart = no\n[service other]\nExecStart = /bin/cat\nStandardInput = pipe\n")
    slow = attach(daemon, "--start", "--read-only", "flood", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                  stderr=subprocess.PIPE)
    wait_for(lambda: "1 reader" in status(daemon, "flood"), "a reader")
    daemon.ctl("send", "flood", "go")
    daemon.wait_state("flood", "inactive (dead)")
    # It is told at once, though it has read nothing yet.
    assert slow.wait(60) == 1
    out, err = slow.communicate(timeout=60)
    assert b"cut off" in err and 0 < len(out) < 1000000

    slow = attach(daemon, "--start", "--read-only", "--lossless", "flood", stdin=subprocess.DEVNULL,
                  stdout=subprocess.PIPE)
    wait_for(lambda: "1 reader" in status(daemon, "flood"), "a reader")
    daemon.main_pid("flood")
    daemon.ctl("send", "flood", "go")
    wait_for(lambda: "held up by a reader" in status(daemon, "flood"), "status says so")
    assert daemon.ctl("ask", "other", "well").stdout == "well\n"
    assert daemon.state("flood") == "active (running)"
    out, _ = slow.communicate(timeout=60)
    assert out == "".join(f"{i}\n" for i in range(1, 300001)).encode() + b"end\n"
    assert slow.returncode == 0


def test_who_has_no_more_time_is_detached(tended):
    daemon = tended("[service cat]\nExecStart = /bin/cat\nStandardInput = pipe\n")
    late = attach(daemon, "cat", "--timeout", "200ms", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                  stderr=subprocess.PIPE)
    assert late.wait(60) == 124 and b"it goes on" in late.stderr.read()
    assert daemon.ctl("ask", "cat", "well").stdout == "well\n"


def test_a_pipe_that_the_daemon_cant_open_is_left_to_the_client(tended):
    """One that nobody reads any more, or, for a daemon without rights, one of another user."""
    daemon = tended("[service cat]\nExecStart = /bin/sh -c 'read line; echo $line; echo $line >&2; exec cat'\n"
                    "StandardInput = pipe\n")
    reader, writer = os.pipe()
    os.close(reader)
    client = attach(daemon, "cat", stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    client.stdin.write(b"through\n")
    client.stdin.flush()
    assert client.wait(60) in (1, -signal.SIGPIPE)
    wait_for(lambda: "through" in daemon.ctl("logs", "cat", "-o", "cat").stdout, "its words")


def test_who_reads_slowly_has_to_do_with_one_run_alone(tended, tmp_path):
    """What it gives and what it gets is of the run that it was attached to, though the next one has begun."""
    got = tmp_path / "got"
    daemon = tended(f"[service again]\nExecStart = /bin/sh -c 'read line; echo $line >>{got}; seq 14000; echo end'\n"
                    "StandardInput = pipe\nRestart = always\nRestartSec = 0\nStartLimitIntervalSec = 0\n")
    daemon.wait_state("again", "active (running)")
    first = daemon.main_pid("again")
    slow = attach(daemon, "again", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    slow.stdin.write(b"one\n")
    slow.stdin.flush()
    wait_for(lambda: daemon.main_pid("again") != first, "the next run")
    slow.stdin.write(b"two\n")
    slow.stdin.flush()
    daemon.ctl("send", "again", "three")
    wait_for(lambda: "three" in got.read_text(), "another's words")
    out, _ = slow.communicate(timeout=60)
    assert out == "".join(f"{i}\n" for i in range(1, 14001)).encode() + b"end\n"
    assert slow.returncode == 0
    assert got.read_text() == "one\nthree\n"


@pytest.mark.parametrize("then", ("restart", "shutdown"))
def test_a_reader_that_sleeps_does_not_keep_the_next_run_waiting(tended, then):
    daemon = tended("[service flood]\nExecStart = /usr/bin/yes\nStandardInput = pipe\n"
                    f"[daemon]\nLogPatienceSec = {'300ms' if then == 'restart' else '1h'}\n")
    first = daemon.main_pid("flood")
    asleep = attach(daemon, "--read-only", "--lossless", "flood", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE)
    wait_for(lambda: "held up by a reader" in status(daemon, "flood"), "status says so")
    daemon.ctl("kill", "-s", "KILL", "flood") if then == "shutdown" else daemon.ctl("restart", "flood")
    if then == "restart":
        assert daemon.main_pid("flood") != first
        assert asleep.wait(60) == 1 and b"cut off" in asleep.stderr.read()
    daemon.stop()
    asleep.kill()
    asleep.communicate()


def test_a_reader_that_goes_away_holds_nothing(tended):
    daemon = tended("[service flood]\nExecStart = /bin/sh -c 'read n; seq 300000; echo end'\nStandardInput = pipe\n")
    slow = attach(daemon, "--read-only", "--lossless", "flood", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    wait_for(lambda: "1 reader" in status(daemon, "flood"), "a reader")
    daemon.ctl("send", "flood", "go")
    wait_for(lambda: "held up by a reader" in status(daemon, "flood"), "status says so")
    slow.kill()
    slow.wait()
    daemon.wait_state("flood", "inactive (dead)")


def test_a_shutdown_waits_for_no_reader(tended):
    daemon = tended("[service flood]\nExecStart = /bin/sh -c 'read n; seq 300000; echo end'\nStandardInput = pipe\n"
                    "[daemon]\nLogPatienceSec = 1h\n")
    slow = attach(daemon, "--read-only", "--lossless", "flood", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                  stderr=subprocess.PIPE)
    wait_for(lambda: "1 reader" in status(daemon, "flood"), "a reader")
    daemon.ctl("send", "flood", "go")
    wait_for(lambda: "held up by a reader" in status(daemon, "flood"), "status says so")
    assert daemon.stop() == 0
    assert slow.wait(60) in (1, 5)


class Terminal:
    """A person at a terminal: what is typed, and what is seen."""

    def __init__(self, argv, env):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.environ.update(env)
            os.execv(argv[0], argv)
        self.seen = ""

    def type(self, text):
        os.write(self.master, text.encode())

    def see(self, pattern):
        end = time.monotonic() + 60
        while not re.search(pattern, self.seen):
            assert time.monotonic() < end, self.seen
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.master, 65536).decode("utf-8", "replace")
                except OSError:
                    break
        assert re.search(pattern, self.seen), self.seen
        self.seen = self.seen[re.search(pattern, self.seen).end():]

    def end(self):
        _, status = os.waitpid(self.pid, 0)
        os.close(self.master)
        return os.waitstatus_to_exitcode(status)


def test_a_person_talks_with_python(tended):
    daemon = tended("[service py]\nExecStart = /usr/bin/python3 -q -i\nStandardInput = pty\nEnvironment = TERM=dumb\n")
    daemon.ctl("expect", "py", ">>> $", "--timeout", "60s")
    terminal = Terminal([TENDCTL, "--socket", daemon.socket, "attach", "py"], {})
    terminal.see(r"Ctrl-\] detaches\r*\n")
    terminal.type("2+2\r")
    terminal.see("4\r\n>>> ")
    terminal.type('len("foobar")\r')
    terminal.see("6\r\n>>> ")
    import fcntl
    import struct
    import termios
    fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 123, 0, 0))
    os.kill(terminal.pid, signal.SIGWINCH)
    wait_for(lambda: "50 123" in window(daemon, "py"), "the new size")
    terminal.type("\x1d")
    terminal.see("detached")
    assert terminal.end() == 0
    assert daemon.state("py") == "active (running)"

    terminal = Terminal([TENDCTL, "--socket", daemon.socket, "attach", "py"], {})
    terminal.see(r"Ctrl-\] detaches\r*\n")
    terminal.type("import sys; sys.exit(5)\r")
    assert terminal.see("sys.exit") is None
    drain(terminal)
    assert terminal.end() == 5


def drain(terminal):
    try:
        while os.read(terminal.master, 65536):
            pass
    except OSError:
        pass


def window(daemon, name):
    """The size of a service's terminal."""
    pid = daemon.main_pid(name)
    return subprocess.run(["stty", "-F", f"/proc/{pid}/fd/0", "size"], capture_output=True, text=True, check=True).stdout


def test_a_person_types_lines_for_a_pipe(tended):
    daemon = tended(ECHO)
    terminal = Terminal([TENDCTL, "--socket", daemon.socket, "attach", "--start", "echo"], {})
    terminal.see(r"Ctrl-\] detaches\r*\n")
    terminal.type("hello\r")
    terminal.see("hello\r\nhello\r\n")
    terminal.type("\x04")
    terminal.see("done")
    assert terminal.end() == 7


def test_a_language_server_through_pipes_with_both_directions_in_the_journal(tended, journal, tmp_path):
    """A real initialize and shutdown with clangd, byte by byte, as an editor does it."""
    if not have("clangd"):
        pytest.skip("needs clangd")
    daemon = tended("[service clangd]\nExecStart = /usr/bin/clangd --log=error --background-index=false\nStandardInput = pipe\n"
                    f"WorkingDirectory = {tmp_path}\n"
                    "LogInput = yes\nLineFlushSec = 50ms\nAutoStart = no\n", journal=journal)
    client = subprocess.Popen(journal.inside + [TENDCTL, "--socket", daemon.socket, "attach", "--start", "clangd"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def say(**message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        client.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        client.stdin.flush()

    def hear():
        size = 0
        while (line := client.stdout.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
        return json.loads(client.stdout.read(size))

    say(id=1, method="initialize", params={"processId": None, "rootUri": None, "capabilities": {}})
    answer = hear()
    assert answer["id"] == 1 and "capabilities" in answer["result"]
    say(method="initialized", params={})
    say(id=2, method="shutdown")
    answer = hear()
    assert answer["id"] == 2 and answer["result"] is None
    say(method="exit")
    assert client.wait(60) == 0
    found = wait_for(lambda: (lambda lines: lines if any('"exit"' in line for line in lines) else None)(
        journal.lines("clangd", "stdin")), "what was said, in the journal")
    assert any('"initialize"' in line for line in found)
    assert any("capabilities" in line for line in journal.lines("clangd", "stdout"))


def test_a_server_with_several_clients_is_stopped_while_they_talk(tended, journal, tmp_path):
    """Clients connect, talk and vanish; what the server says of them is heard live, and its end is told."""
    server = tmp_path / "server.py"
    server.write_text("""
import socketserver, sys
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        print("connected", flush=True)
        for line in self.rfile:
            print("heard", line.decode().strip(), flush=True)
            self.wfile.write(line.upper())
        print("vanished", flush=True)
socketserver.ThreadingTCPServer.daemon_threads = True
with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
    print("port", server.server_address[1], flush=True)
    server.serve_forever()
""")
    daemon = tended(f"[service talk]\nExecStart = /usr/bin/python3 {server}\nReadyLine = ^port\n", journal=journal)
    daemon.ctl("wait", "talk")
    port = int(re.search(r"port (\d+)", daemon.ctl("read", "talk").stdout).group(1))
    looker = subprocess.Popen(journal.inside + [TENDCTL, "--socket", daemon.socket, "attach", "--read-only", "talk"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
    for i, client in enumerate(clients):
        client.sendall(f"hello {i}\n".encode())
        assert client.recv(100) == f"HELLO {i}\n".encode()
    for client in clients[:2]:
        client.close()
    for _ in range(2):
        daemon.ctl("expect", "talk", "^vanished$", "--timeout", "60s")
    daemon.ctl("stop", "talk")
    assert clients[4].recv(100) == b""
    looker.communicate(timeout=60)
    assert looker.returncode == 128 + signal.SIGTERM
    lines = journal.lines("talk")
    assert sum(line.startswith("heard hello") for line in lines) == 5 and lines.count("vanished") == 2


def test_python_in_a_terminal_multiplexer(tended, tmp_path):
    """What a person sees in tmux, who has a terminal of its own size."""
    if not have("tmux"):
        pytest.skip("needs tmux")
    daemon = tended("[service py]\nExecStart = /usr/bin/python3 -q -i\nStandardInput = pty\nStopInput = quit()\n")

    def tmux(*words):
        return subprocess.run(["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null", *words], check=True,
                              stdout=subprocess.PIPE, text=True, env=dict(daemon.env, TERM="xterm")).stdout

    tmux("new-session", "-d", "-x", "100", "-y", "30", TENDCTL, "--socket", daemon.socket, "attach", "py")
    try:
        wait_for(lambda: "Ctrl-] detaches" in tmux("capture-pane", "-p"), "attached")
        tmux("send-keys", "2+2", "Enter")
        wait_for(lambda: re.search(r"^4$", tmux("capture-pane", "-p"), re.M), "an answer")
        tmux("send-keys", "import os; os.get_terminal_size()", "Enter")
        wait_for(lambda: "columns=100" in tmux("capture-pane", "-p"), "the size of the pane")
        tmux("send-keys", r"exec('print(len(\'four\') * \'on \')\nwhile True: pass')", "Enter")
        wait_for(lambda: "on on on on" in tmux("capture-pane", "-p"), "the endless loop")
        tmux("send-keys", "C-c")
        wait_for(lambda: "KeyboardInterrupt" in tmux("capture-pane", "-p"), "Ctrl-C where it belongs")
        daemon.ctl("stop", "py")
        assert daemon.status("py")["ExecMainStatus"] == 0
    finally:
        subprocess.run(["tmux", "-S", str(tmp_path / "tmux"), "kill-server"], check=False, stderr=subprocess.DEVNULL)
