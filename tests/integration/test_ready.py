# SPDX-License-Identifier: MIT
"""Readiness by probes, with real servers: a port, a socket, a URL, a path, a command's success; servers that lie, hang,
or never come."""

import glob
import os
import random
import socket
import subprocess
import sys
import textwrap
import time

import pytest

from harness import BUILD, PATIENCE, have, pid_exists, wait_for

PYTHON = "/usr/bin/python3"


def free_port():
    """A TCP port at which nobody listens, and which the kernel gives to nobody who connects."""
    while True:
        port = random.randrange(10000, 32000)
        with socket.socket() as sock, socket.socket(socket.AF_INET6) as other:
            try:
                sock.bind(("127.0.0.1", port))
                other.bind(("::1", port))
            except OSError:
                continue
            return port


def script(folder, name, text):
    """A program of python's."""
    path = folder / name
    path.write_text(f"#!{PYTHON} -Su\n" + textwrap.dedent(text))
    path.chmod(0o755)
    return str(path)


def server(folder, name, answer, bind="socket.AF_INET, ('127.0.0.1', int(sys.argv[1]))", before=""):
    """A server that does `answer` with each connection `c`."""
    return script(folder, name, f"""
        import os, socket, struct, sys, time
        {before}
        family, address = {bind}
        s = socket.socket(family)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(address)
        s.listen(64)
        while True:
            c, _ = s.accept()
            try:
                {answer}
            except OSError:
                pass
        """)


def waits_for(daemon, name, what):
    """Until the service says that it waits for that."""
    return wait_for(lambda: what in daemon.status(name)["Reason"] and daemon.status(name)["Reason"],
                    f"a wait for {what}; says {daemon.status(name)['Reason']}")


def test_a_port_makes_it_ready(tended, tmp_path):
    port = free_port()
    program = server(tmp_path, "s", "c.close()", before="while not os.path.exists(sys.argv[2]): time.sleep(0.01)")
    daemon = tended(f"[service s]\nExecStart={program} {port} {tmp_path}/go\nReadyTCP=127.0.0.1:{port}\n")
    reason = waits_for(daemon, "s", "refused")
    assert reason == f"waits for ReadyTCP=127.0.0.1:{port}: connection refused"
    assert daemon.state("s") == "activating (start)" and not daemon.status("s")["Ready"]
    assert daemon.ctl("is-ready", "s", check=False).returncode == 3
    (tmp_path / "go").touch()
    daemon.wait_state("s", "active (running)")
    assert daemon.status("s")["Ready"] and daemon.status("s")["Reason"] == ""
    daemon.stop()


@pytest.mark.parametrize("host, bind", [("localhost", "127.0.0.1"), ("localhost", "::1"), ("[::1]", "::1"),
                                        ("", "127.0.0.1")])
def test_localhost_is_both_addresses(tended, tmp_path, host, bind):
    port = free_port()
    family = "AF_INET6" if ":" in bind else "AF_INET"
    program = server(tmp_path, "s", "c.close()", bind=f"socket.{family}, ('{bind}', {port})")
    daemon = tended(f"[service s]\nExecStart={program}\nReadyTCP={host}{':' if host else ''}{port}\n")
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def test_a_start_that_takes_too_long_names_the_probe_and_its_last_error(tended, journal):
    port = free_port()
    daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nAutoStart=no\nTimeoutStartSec=300ms\n"
                    f"ReadyTCP=127.0.0.1:{port}\nReadyPath=/nowhere/at/all\n", journal=journal)
    done = daemon.ctl("start", "s", check=False)
    wanted = f"ReadyTCP=127.0.0.1:{port}: connection refused; ReadyPath=/nowhere/at/all: it is not there"
    assert done.returncode == 1
    assert wanted in done.stderr
    status = daemon.status("s")
    assert status["Result"] == "timeout"
    assert status["Reason"] == f"not ready within TimeoutStartSec=300ms: {wanted}"
    assert any(wanted in entry["MESSAGE"] for entry in journal.entries("TENDED_SERVICE=s", "PRIORITY=3"))
    daemon.stop()


def test_a_port_that_somebody_else_has_does_not_count(tended, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(16)
        port = other.getsockname()[1]
        daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nReadyTCP=localhost:{port}\n")
        waits_for(daemon, "s", "another process listens there, from before the start")
        daemon.ctl("stop", "s")
    # Whoever takes the port while the service runs may well be one of its own.
    program = server(tmp_path, "s", "c.close()", before="while not os.path.exists(sys.argv[2]): time.sleep(0.01)")
    daemon.write("test.ini", f"[service s]\nExecStart={program} {port} {tmp_path}/go\nReadyTCP=localhost:{port}\n")
    daemon.ctl("daemon-reload")
    daemon.ctl("start", "--no-block", "s")
    waits_for(daemon, "s", "refused")
    (tmp_path / "go").touch()
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def unix_server(folder, name, path, kind="SOCK_STREAM"):
    """Makes the socket when the file `go` is there, in a folder that it makes itself."""
    serve = "s.listen(8)\n        while True: s.accept()" if kind != "SOCK_DGRAM" else "time.sleep(1000)"
    return script(folder, name, f"""
        import os, socket, time
        while not os.path.exists("{folder}/go"): time.sleep(0.01)
        path = "{path}".replace("@", "\\0", 1) if "{path}"[0] == "@" else "{path}"
        if path[0] == "/":
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.chdir(os.path.dirname(path))
            path = os.path.basename(path)
        s = socket.socket(socket.AF_UNIX, socket.{kind})
        s.bind(path)
        {serve}
        """)


@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_SEQPACKET", "SOCK_DGRAM"])
def test_a_unix_socket_makes_it_ready(tended, tmp_path, kind):
    path = f"{tmp_path}/a/b/socket"
    daemon = tended(f"[service s]\nExecStart={unix_server(tmp_path, 's', path, kind)}\nReadyUnix={path}\n")
    assert waits_for(daemon, "s", "ReadyUnix=").endswith("it is not there")
    (tmp_path / "go").touch()
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def test_a_unix_socket_of_a_long_path_or_without_one(tended, tmp_path):
    long = f"{tmp_path}/{'x' * 100}/socket"
    abstract = f"@tended-test-{os.getpid()}"
    daemon = tended(f"[service long]\nExecStart={unix_server(tmp_path, 'l', long)}\nReadyUnix={long}\n"
                    f"[service abstract]\nExecStart={unix_server(tmp_path, 'a', abstract)}\nReadyUnix={abstract}\n")
    waits_for(daemon, "long", "it is not there")
    waits_for(daemon, "abstract", "connection refused")
    (tmp_path / "go").touch()
    daemon.wait_state("long", "active (running)")
    daemon.wait_state("abstract", "active (running)")
    daemon.stop()


def test_a_unix_socket_that_somebody_older_has_does_not_count(tended, tmp_path):
    (tmp_path / "go").touch()
    path = f"{tmp_path}/socket"
    program = unix_server(tmp_path, "s", path)
    other = subprocess.Popen([program])
    try:
        wait_for(lambda: os.path.exists(path), "the socket")
        time.sleep(0.02)  # The clock by which processes are older than others ticks every 10 ms.
        daemon = tended(f"[service s]\nExecStart=/bin/sh -c 'until [ -e {tmp_path}/gone ]; do sleep 0.01; done; "
                        f"rm -f {path}; exec {program}'\nReadyUnix={path}\n")
        waits_for(daemon, "s", "another process listens there, from before the start")
    finally:
        other.kill()
        other.wait()
    waits_for(daemon, "s", "connection refused")
    (tmp_path / "gone").touch()
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def test_a_path_makes_it_ready_wherever_it_comes_to_be(tended, tmp_path):
    daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nReadyPath={tmp_path}/a/b/c\n"
                    f"[service there]\nExecStart=/bin/sleep 1000\nReadyPath={tmp_path}\n")
    daemon.wait_state("there", "active (running)")
    waits_for(daemon, "s", f"ReadyPath={tmp_path}/a/b/c: it is not there")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "c").symlink_to("/nowhere")
    (tmp_path / "elsewhere").rename(tmp_path / "a" / "b")
    assert daemon.state("s") == "activating (start)", "a link to nowhere is nothing"
    (tmp_path / "a" / "b" / "c").unlink()
    (tmp_path / "a" / "b" / "c").touch()
    daemon.wait_state("s", "active (running)")
    daemon.stop()


HTTP_OK = "c.recv(4096); c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'); c.close()"


@pytest.mark.parametrize("name, answer, error", [
    ("garbage", "c.sendall(b'-ERR unknown command\\r\\n'); c.close()", 'not HTTP: "-ERR unknown command"'),
    ("nothing", "c.close()", "closed the connection without an answer"),
    ("part", "c.recv(4096); c.sendall(b'HTTP/1.1 200 OK\\r\\nA: b\\r\\n'); c.close()",
     "closed the connection in the middle of its answer"),
    ("status", "c.recv(4096); c.sendall(b'HTTP/1.1 503 Busy\\r\\n\\r\\n'); c.close()", "HTTP status 503"),
    ("teapot", "c.recv(4096); c.sendall(b'HTTP/1.1 418 No\\r\\n\\r\\n'); c.close()", "HTTP status 418"),
    ("big", "c.sendall(b'HTTP/1.1 200 OK\\r\\n')\n"
            "                while True: c.sendall(b'A: ' + b'x' * 60000 + b'\\r\\n')", "a head without an end"),
    ("reset", "c.recv(4096); c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close()",
     "connection reset by peer"),
])
def test_what_is_no_answer_does_not_make_it_ready(tended, tmp_path, name, answer, error):
    port = free_port()
    program = server(tmp_path, "s", answer)
    daemon = tended(f"[service s]\nExecStart={program} {port}\nReadyHTTP=http://127.0.0.1:{port}/x\n"
                    f"[service other]\nExecStart=/bin/sleep 1000\n")
    waits_for(daemon, "s", error)
    daemon.ctl("restart", "other")
    daemon.wait_state("s", "activating (start)")
    daemon.ctl("stop", "s")
    daemon.stop()


@pytest.mark.parametrize("answer, error", [
    ("held.append(c)", "no answer"),
    # A byte of the head at a time.
    ("[(c.sendall(b'A'), time.sleep(0.02)) for _ in range(10**9)] if c.sendall(b'HTTP/1.1 200 OK\\r\\n') is None else 0",
     "no complete answer"),
])
def test_an_answer_that_does_not_come_to_its_end_is_not_waited_for(tended, tmp_path, answer, error):
    port = free_port()
    program = server(tmp_path, "s", answer, before="held = []")
    daemon = tended(f"[service s]\nExecStart={program} {port}\nReadyTCP={port}\nHealthHTTP=http://127.0.0.1:{port}/\n"
                    "HealthIntervalSec=10ms\nHealthTimeoutSec=200ms\nHealthRetries=1\n")
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Reason"] == f"unhealthy: HealthHTTP=http://127.0.0.1:{port}/: {error} within 200ms"
    daemon.stop()


@pytest.mark.parametrize("status, wanted", [(200, ""), (204, ""), (302, ""), (404, " 404"), (503, " 500-599")])
def test_the_status_is_the_answer(tended, tmp_path, status, wanted):
    port = free_port()
    program = server(tmp_path, "s", f"c.recv(4096); c.sendall(b'HTTP/1.1 {status} X\\r\\nLocation: /\\r\\n\\r\\n'); "
                                    "c.close()")
    daemon = tended(f"[service s]\nExecStart={program} {port}\nReadyHTTP=http://localhost:{port}/{wanted}\n")
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def test_an_answer_without_an_end_is_an_answer(tended, tmp_path):
    port = free_port()
    program = server(tmp_path, "s", "c.recv(4096); c.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\ndata: x\\n'); held.append(c)",
                     before="held = []")
    daemon = tended(f"[service s]\nExecStart={program} {port}\nReadyHTTP=http://127.0.0.1:{port}/\n")
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def test_python_s_own_server_does_not_complain_of_the_probe(tended, tmp_path, journal):
    port = free_port()
    for i in range(200):
        (tmp_path / f"a file with a long name, so that the listing is long, too, {i}").touch()
    daemon = tended(f"[service s]\nExecStart=/usr/bin/python3 -u -m http.server {port}\nWorkingDirectory={tmp_path}\n"
                    f"ReadyHTTP=http://localhost:{port}/\n", journal=journal)
    daemon.wait_state("s", "active (running)")
    daemon.ctl("stop", "s")
    lines = journal.lines("s")
    assert any("GET / HTTP/1.1" in line for line in lines)
    assert not any("Broken pipe" in line or "Traceback" in line or "reset" in line for line in lines), lines
    daemon.stop()


@pytest.mark.skipif(not have("nginx"), reason="nginx is not installed")
def test_nginx(tended, tmp_path):
    port = free_port()
    (tmp_path / "nginx.conf").write_text(
        f"daemon off;\npid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; "
        + "".join(f"{kind}_temp_path {tmp_path}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        + f"server {{ listen 127.0.0.1:{port}; location /ok {{ return 204; }} location /no {{ return 500; }} }} }}\n")
    daemon = tended(f"[service good]\nExecStart=nginx -c {tmp_path}/nginx.conf\nReadyHTTP=http://localhost:{port}/ok\n"
                    f"ReadyPath={tmp_path}/pid\n"
                    f"[service bad]\nExecStart=/bin/sleep 1000\nAfter=good\nReadyHTTP=http://localhost:{port}/no 500\n")
    daemon.wait_state("good", "active (running)")
    # It is good's, and has been there before.
    waits_for(daemon, "bad", "another process listens there")
    daemon.stop()


@pytest.mark.skipif(not have("redis-server"), reason="redis is not installed")
def test_redis(tended, tmp_path):
    port = free_port()
    daemon = tended(f"[service s]\nExecStart=redis-server --port {port} --save '' --unixsocket {tmp_path}/redis\n"
                    f"ReadyTCP=127.0.0.1:{port}\nReadyUnix={tmp_path}/redis\n"
                    f"ReadyExec=redis-cli -p {port} ping\nWorkingDirectory={tmp_path}\n"
                    f"[service http]\nExecStart=redis-server --port 0 --unixsocket {tmp_path}/other --save ''\n"
                    f"ReadyUnix={tmp_path}/other\n")
    daemon.wait_state("s", "active (running)")
    daemon.wait_state("http", "active (running)")
    daemon.stop()


POSTGRES = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))


@pytest.mark.skipif(not POSTGRES or os.getuid() != 0, reason="postgres is not installed, or this is not root")
@pytest.mark.slow
def test_postgres(tended, tmp_path):
    folder = os.path.dirname(POSTGRES[-1])
    data = f"{tmp_path}/data"
    os.chmod(tmp_path, 0o777)
    for parent in tmp_path.parents[:3]:
        if str(parent).startswith("/tmp/"):
            os.chmod(parent, 0o755)
    subprocess.run(["runuser", "-u", "postgres", "--", f"{folder}/initdb", "-D", data, "-A", "trust", "--no-sync"],
                   check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    daemon = tended(f"[service s]\nUser=postgres\nExecStart={folder}/postgres -D {data} -p {port} -k {tmp_path} "
                    f"-c listen_addresses=127.0.0.1\nReadyUnix={tmp_path}/.s.PGSQL.{port}\nReadyTCP=127.0.0.1:{port}\n"
                    f"ReadyExec={folder}/pg_isready -q -h {tmp_path} -p {port}\nKillSignal=SIGINT\n"
                    f"HealthExec={folder}/pg_isready -q -h {tmp_path} -p {port}\nHealthIntervalSec=50ms\n")
    daemon.wait_state("s", "active (running)")
    wait_for(lambda: daemon.status("s")["Health"] == "healthy", "healthy")
    daemon.stop()


def test_a_command_that_succeeds_makes_it_ready(tended, tmp_path, journal):
    daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nEnvironment=COLOUR=blue\n"
                    f"ReadyExec=/bin/sh -c 'echo looked as $COLOUR at $MAINPID; test -e {tmp_path}/go'\n"
                    f"ReadyExec=/bin/sh -c 'test -e {tmp_path}/go && echo second'\n", journal=journal)
    waits_for(daemon, "s", "exit code 1")
    pid = daemon.main_pid("s")
    (tmp_path / "go").touch()
    daemon.wait_state("s", "active (running)")
    daemon.ctl("stop", "s")
    lines = journal.lines("s")
    assert lines[0] == f"looked as blue at {pid}" and lines.count("second") == 1 and lines[-1] == "second"
    daemon.stop()


def test_a_command_runs_as_the_service_s_user(tended, tmp_path):
    if os.getuid() != 0:
        pytest.skip("only root may be somebody else")
    daemon = tended("[service s]\nExecStart=/bin/sleep 1000\nUser=nobody\nReadyExec=/bin/sh -c '[ $(id -un) = nobody ]'\n")
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def test_a_command_that_cannot_be_executed_is_told(tended, tmp_path):
    daemon = tended("[service s]\nExecStart=/bin/sleep 1000\nReadyExec=/no/such/program\n")
    assert "/no/such/program" in waits_for(daemon, "s", "No such file")
    daemon.ctl("stop", "s")
    daemon.stop()


@pytest.mark.parametrize("cgroups", [True, False])
@pytest.mark.parametrize("kind", ["control-group", "process"])
def test_a_command_in_progress_goes_with_the_service(tended, tmp_path, cgroups, kind):
    daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nKillMode={kind}\n"
                    f"ReadyExec=/bin/sh -c 'echo $$$$ >>{tmp_path}/pids; exec sleep 1003'\n"
                    f"[service t]\nExecStart=/bin/sh -c 'until [ -s {tmp_path}/pid ]; do sleep 0.01; done; exit 7'\n"
                    f"KillMode={kind}\nReadyExec=/bin/sh -c 'echo $$$$ >>{tmp_path}/pid; exec sleep 1003'\n",
                    cgroups=cgroups)
    wait_for(lambda: (tmp_path / "pids").exists() and (tmp_path / "pids").read_text(), "a command")
    daemon.ctl("stop", "s")
    assert not pid_exists(int((tmp_path / "pids").read_text().split()[0]))
    daemon.wait_state("t", "failed (failed)")
    assert daemon.status("t")["Result"] == "exit-code"
    assert not pid_exists(int((tmp_path / "pid").read_text().split()[0]))
    daemon.stop()


def test_all_conditions_have_to_hold(tended, tmp_path):
    port = free_port()
    program = server(tmp_path, "s", "c.close()", before="print('up')")
    daemon = tended(f"[service s]\nExecStart={program} {port}\nReadyLine=^up$\nReadyAfterSec=10ms\nReadyTCP={port}\n"
                    f"ReadyPath={tmp_path}/a\nReadyPath={tmp_path}/b\n")
    wait_for(lambda: daemon.status("s")["Reason"] ==
             f"waits for ReadyPath={tmp_path}/a: it is not there; ReadyPath={tmp_path}/b: it is not there", "two")
    (tmp_path / "a").touch()
    wait_for(lambda: daemon.status("s")["Reason"] == f"waits for ReadyPath={tmp_path}/b: it is not there", "one")
    (tmp_path / "b").touch()
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def test_what_depends_on_it_waits_until_it_answers(tended, tmp_path):
    port = free_port()
    program = server(tmp_path, "d", "c.close()", before="while not os.path.exists(sys.argv[2]): time.sleep(0.01)")
    daemon = tended(f"[service d]\nExecStart={program} {port} {tmp_path}/go\nReadyTCP={port}\n"
                    f"[service w]\nRequires=d\nAfter=d\nType=oneshot\nRemainAfterExit=yes\n"
                    f"ExecStart={PYTHON} -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}))'\n")
    waits_for(daemon, "d", "refused")
    assert daemon.state("w") == "activating (waiting)"
    (tmp_path / "go").touch()
    daemon.wait_state("w", "active (exited)")
    daemon.stop()


def test_a_start_that_ends_before_it_is_ready_has_failed(tended, tmp_path):
    daemon = tended(f"[service s]\nExecStart=/bin/sh -c 'exit 0'\nReadyPath={tmp_path}/never\n")
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Result"] == "protocol"
    daemon.stop()


def test_a_name_is_looked_up_elsewhere(tended, tmp_path):
    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        pytest.skip("this machine has no name with an address")
    if not address.startswith("127."):
        pytest.skip("this machine's name is somebody else's")
    port = free_port()
    program = server(tmp_path, "s", "c.close()", bind=f"socket.AF_INET, ('{address}', {port})")
    daemon = tended(f"[service s]\nExecStart={program}\nReadyTCP={name}:{port}\n"
                    "[service none]\nExecStart=/bin/sleep 1000\nReadyTCP=nowhere.invalid:1\n")
    daemon.wait_state("s", "active (running)")
    waits_for(daemon, "none", "nowhere.invalid has no address")
    daemon.ctl("stop", "none")
    daemon.stop()


def test_a_look_up_a_path_or_a_socket_that_hangs_holds_up_nobody(tended, tmp_path):
    libexec = tmp_path / "libexec"
    libexec.mkdir()
    (libexec / "tended-exec").symlink_to(os.path.join(BUILD, "daemon", "exec", "tended-exec"))
    (libexec / "tended-helper").symlink_to(script(tmp_path, "helper", "import time; time.sleep(1000)"))
    daemon = tended("[service a]\nExecStart=/bin/sleep 1000\nReadyTCP=a.example:1\n"
                    "[service b]\nExecStart=/bin/sleep 1000\nReadyPath=/nowhere\n"
                    "[service c]\nExecStart=/bin/sleep 1000\nReadyUnix=/nowhere\n"
                    "[service other]\nExecStart=/bin/sh -c 'echo up; exec sleep 1000'\nReadyLine=up\n",
                    env={"TENDED_LIBEXEC": str(libexec)})
    for name in "abc":
        waits_for(daemon, name, "waits for Ready")
    daemon.ctl("restart", "other")
    for name in "abc":
        daemon.ctl("stop", name)
    assert daemon.stop() == 0


@pytest.mark.parametrize("line, word", [
    ("ReadyHTTP=https://localhost/", "curl"), ("ReadyTCP=localhost", "HOST:PORT"), ("ReadyUnix=x", "absolute"),
    ("ReadyPath=x", "absolute"), ("HealthTCP=:80", "host"), ("HealthIntervalSec=0", "more than 0"),
    ("HealthRetries=0", "HealthRetries"), ("ReadyTCP=80\nType=oneshot", "oneshot"),
    ("HealthTCP=80\nType=oneshot", "oneshot"), ("HealthPath=/x", "HealthPath"),
])
def test_a_bad_condition_is_refused(tended, line, word):
    daemon = tended(f"[service s]\nExecStart=/bin/true\n{line}\n", start=False)
    done = subprocess.run(daemon.argv("--check"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=PATIENCE, check=False)
    assert done.returncode == 1 and word in done.stdout, done.stdout


def test_a_list_of_conditions_begins_anew_behind_an_empty_one(tended):
    daemon = tended("[service s]\nExecStart=/bin/true\nAutoStart=no\nReadyTCP=1\nReadyTCP=\nReadyTCP=localhost:2\n"
                    "ReadyTCP=[::1]:3\nReadyHTTP=http://x/%%20 204\nReadyExec=/bin/true a\nHealthUnix=%t/x\n"
                    "HealthIntervalSec=1\nHealthIntervalSec=\nReadyAfterSec=1\nReadyAfterSec=\n")
    status = daemon.status("s")
    assert status["ReadyTCP"] == ["localhost:2", "[::1]:3"]
    assert status["ReadyHTTP"] == ["http://x/%20 204"]
    assert status["HealthIntervalUSec"] == 30000000 and status["ReadyAfterUSec"] == 0 and status["HealthRetries"] == 3
    assert status["HealthUnix"][0].endswith("/x") and "%" not in status["HealthUnix"][0]
    daemon.stop()


@pytest.mark.parametrize("kind", ["simple", "exec", "notify", "forking"])
def test_conditions_go_with_every_type_of_service(tended, tmp_path, kind):
    port = free_port()
    program = script(tmp_path, "s", f"""
        import os, socket, time
        if "{kind}" == "forking" and os.fork():
            time.sleep(0.1)
            os._exit(0)
        if "{kind}" == "notify":
            n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            n.connect(os.environ["NOTIFY_SOCKET"])
            n.send(b"READY=1")
        while not os.path.exists("{tmp_path}/go"): time.sleep(0.01)
        s = socket.create_server(("127.0.0.1", {port}))
        while True: s.accept()
        """)
    daemon = tended(f"[service s]\nType={kind}\nExecStart={program}\nReadyTCP={port}\nReadyExec=/usr/bin/test -e "
                    f"{tmp_path}/go\n")
    waits_for(daemon, "s", "refused")
    waits_for(daemon, "s", "exit code 1")
    wait_for(lambda: "READY=1" not in daemon.status("s")["Reason"], "its word")
    assert daemon.state("s") == "activating (start)"
    (tmp_path / "go").touch()
    daemon.wait_state("s", "active (running)")
    daemon.ctl("stop", "s")
    daemon.stop()


def test_conditions_of_a_notifying_service_do_not_stand_for_its_word(tended, tmp_path):
    daemon = tended("[service s]\nType=notify\nExecStart=/bin/sleep 1000\nReadyPath=/\nTimeoutStartSec=500ms\n"
                    "[service t]\nType=notify\nExecStart=/bin/sleep 1000\nReadyPath=/\n")
    assert waits_for(daemon, "t", "READY=1").startswith("waits for READY=1")
    daemon.wait_state("s", "failed (failed)")
    assert "TimeoutStartSec=500ms: READY=1" in daemon.status("s")["Reason"]
    daemon.stop()


def test_a_changed_condition_is_for_the_next_start(tended, tmp_path):
    daemon = tended(f"[service s]\nExecStart=/bin/sleep 1000\nReadyPath={tmp_path}/old\n"
                    f"ReadyExec=/usr/bin/test -e {tmp_path}/old\n")
    waits_for(daemon, "s", "exit code 1")
    daemon.write("test.ini", f"[service s]\nExecStart=/bin/sleep 1000\nReadyPath={tmp_path}/new\n")
    daemon.ctl("daemon-reload")
    (tmp_path / "new").touch()
    assert f"ReadyPath={tmp_path}/old: it is not there" in daemon.status("s")["Reason"]
    (tmp_path / "old").touch()
    daemon.wait_state("s", "active (running)")
    (tmp_path / "new").unlink()
    daemon.ctl("restart", "--no-block", "s")
    waits_for(daemon, "s", f"ReadyPath={tmp_path}/new: it is not there")
    (tmp_path / "new").touch()
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def test_each_instance_has_a_condition_of_its_own(tended, tmp_path):
    daemon = tended(f"[service w@]\nInstances=1 2\nExecStart=/bin/sleep 1000\nReadyPath={tmp_path}/%i\n")
    (tmp_path / "2").touch()
    daemon.wait_state("w@2", "active (running)")
    assert daemon.state("w@1") == "activating (start)"
    (tmp_path / "1").touch()
    daemon.wait_state("w@1", "active (running)")
    daemon.stop()
