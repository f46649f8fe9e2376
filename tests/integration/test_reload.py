# SPDX-License-Identifier: MIT
"""New definitions: read as a whole, and taken as a whole or not at all; no process is touched."""

import json
import os
import signal

from harness import BUILD, wait_for

ONE = "[service one]\nExecStart=/bin/sleep 1000\n"


def test_the_report_says_what_changed_and_what_it_takes(tended):
    daemon = tended({"a.ini": ONE, "b.ini": "[service two]\nExecStart=/bin/sleep 1000\n",
                     "c.ini": "[service same]\nExecStart=/bin/sleep 1000\n"})
    before = {name: daemon.main_pid(name) for name in ("one", "two", "same")}
    daemon.write("a.ini", ONE.replace("1000", "2000"))
    daemon.write("b.ini", "[service two]\nExecStart=/bin/sleep 1000\nRestart=always\n")
    daemon.write("d.ini", "[service new]\nExecStart=/bin/sleep 1000\n")
    out = daemon.ctl("daemon-reload").stdout
    told = {line.split()[0]: line for line in out.splitlines() if line.split()}
    assert "restart" in told["one"] and "in effect now" in told["two"] and "added" in told["new"]
    assert "same" not in told
    assert {name: daemon.main_pid(name) for name in before} == before
    assert daemon.state("new") == "inactive (dead)"
    # What is live is in force.
    os.kill(before["two"], signal.SIGKILL)
    wait_for(lambda: daemon.status("two")["MainPID"] not in (0, None, before["two"]), "a restart")
    daemon.stop()


def test_a_changed_command_is_that_of_the_next_start(tended):
    daemon = tended(ONE)
    daemon.main_pid("one")
    daemon.write("test.ini", ONE.replace("1000", "2000"))
    daemon.ctl("daemon-reload")
    pid = daemon.main_pid("one")
    assert open(f"/proc/{pid}/cmdline", encoding="ascii").read().split("\0")[1] == "1000"
    daemon.ctl("restart", "one")
    pid = daemon.main_pid("one")
    assert open(f"/proc/{pid}/cmdline", encoding="ascii").read().split("\0")[1] == "2000"
    daemon.stop()


def test_a_user_who_does_not_exist_is_an_error_of_the_definition(tended):
    daemon = tended(ONE)
    daemon.write("test.ini", ONE + "User=nobody-of-that-name\n")
    done = daemon.ctl("daemon-reload", check=False)
    assert done.returncode == 1
    assert "test.ini:1" in done.stderr and "nobody-of-that-name" in done.stderr
    assert "User" not in json.loads(daemon.ctl("--json", "show", "one").stdout)[0] or \
        daemon.status("one")["User"] in (None, "")
    daemon.stop()


def test_a_name_service_that_hangs_holds_a_reload_for_two_seconds_only(tended, tmp_path):
    libexec = tmp_path / "libexec"
    libexec.mkdir()
    (libexec / "tended-exec").symlink_to(os.path.join(BUILD, "daemon", "exec", "tended-exec"))
    (libexec / "tended-helper").symlink_to(os.path.join(BUILD, "tests", "integration", "hung-helper"))
    daemon = tended(ONE, env={"TENDED_LIBEXEC": str(libexec),
                              "REAL_HELPER": os.path.join(BUILD, "daemon", "helper", "tended-helper")})
    daemon.write("test.ini", ONE + "User=somebody-else\n")
    daemon.ctl("daemon-reload")
    assert daemon.status("one")["User"] == "somebody-else"
    daemon.stop()


def test_sighup_reloads(tended):
    daemon = tended(ONE)
    daemon.write("more.ini", "[service more]\nExecStart=/bin/sleep 1000\nAutoStart=no\n")
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: daemon.ctl("show", "more", check=False).returncode == 0, "the new service")
    daemon.stop()


def test_a_drop_in_and_its_removal(tended):
    daemon = tended({"a.ini": ONE, "a.ini.d/more.ini": "[service one]\nRestart=always\n"})
    assert daemon.status("one")["Restart"] == "always"
    os.unlink(os.path.join(daemon.conf, "a.ini.d", "more.ini"))
    daemon.ctl("daemon-reload")
    assert daemon.status("one")["Restart"] == "no"
    daemon.stop()


def test_a_refused_reload_forgets_nobody(tended):
    daemon = tended("[service s]\nUser=daemon\nExecStart=/bin/sleep 1000\nTimeoutStartSec=3s\n", system=True)
    daemon.ctl("wait", "s")
    daemon.write("test.ini", "[service s]\nUser=nobody-of-that-name\nExecStart=/bin/sleep 1000\n")
    assert daemon.ctl("daemon-reload", check=False).returncode == 1
    assert daemon.ctl("daemon-reload", check=False).returncode == 1
    daemon.ctl("restart", "s")
    daemon.wait_state("s", "active (running)")
    daemon.stop()


def test_a_removed_service_is_stopped_in_its_own_way(tended, journal):
    daemon = tended({"a.ini": "[service a]\nUser=daemon\nExecStart=/bin/sleep 1000\nExecStop=/usr/bin/id -un\n",
                     "b.ini": ONE}, system=True, journal=journal)
    daemon.ctl("wait", "a")
    os.unlink(os.path.join(daemon.conf, "a.ini"))
    daemon.ctl("daemon-reload")
    daemon.ctl("stop", "a")
    assert journal.lines("a") == ["daemon"]
    daemon.stop()
