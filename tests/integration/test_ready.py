# SPDX-License-Identifier: MIT
"""Readiness by probes, with real servers: a port, a socket, a URL, a path, a command's success; servers that lie, hang,
or never come."""

import os
import socket
import subprocess
import sys
import textwrap
import time

import pytest

from harness import PATIENCE, have, pid_exists, wait_for

PYTHON = "/usr/bin/python3"


def free_port():
    """A TCP port at which nobody listens."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


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
