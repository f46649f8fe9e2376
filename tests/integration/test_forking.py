# SPDX-License-Identifier: MIT
"""Type=forking: daemons that put themselves into the background, with a PIDFile or without."""

import os
import signal

import pytest

from harness import have, pid_exists, processes_with, wait_for

DAEMON = """
import os, sys, time
pid_file, n, delay = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
for i in range(n):
    if os.fork() == 0:
        os.setsid()
        if pid_file != "-" and i == 0:
            time.sleep(delay)
            with open(pid_file, "w") as file:
                file.write(f"{os.getpid()}\\n")
        os.execvp("sleep", ["sleep", "1000"])
"""


@pytest.fixture(params=[True, False], ids=["cgroup", "session"])
def forking(request, tended, tmp_path):
    """forking(*lines, pid_file=, n=, delay=): a daemon with such a service, with cgroups and without."""
    script = tmp_path / "daemonise.py"
    script.write_text(DAEMON)

    def make(*lines, pid_file="-", n=1, delay=0.0, **options):
        return tended(f"[service s]\nType=forking\nExecStart=/usr/bin/python3 {script} {pid_file} {n} {delay}\n" +
                      "".join(f"{line}\n" for line in lines), cgroups=request.param, **options)
    return make


def test_the_process_that_is_left_is_the_main_one(forking):
    daemon = forking("Restart=on-failure", "RestartSec=0")
    daemon.wait_state("s", "active (running)")
    pid = daemon.main_pid("s")
    # It is known from its fork on, which is a moment before its exec.
    wait_for(lambda: open(f"/proc/{pid}/comm", encoding="ascii").read() == "sleep\n", "its exec")
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: daemon.status("s")["MainPID"] not in (0, pid), "another main process")
    assert daemon.status("s")["NRestarts"] == 1
    daemon.ctl("stop", "s")
    assert daemon.status("s")["Result"] == "success"
    assert daemon.stop() == 0


def test_several_are_the_service_together(forking, journal):
    daemon = forking(n=3, journal=journal)
    daemon.wait_state("s", "active (running)")
    assert daemon.status("s")["MainPID"] == 0
    pids = processes_with("INVOCATION_ID=" + daemon.status("s")["InvocationID"])
    assert len(pids) == 3
    for pid in pids[1:]:
        os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not pid_exists(pids[1]) and not pid_exists(pids[2]))
    assert daemon.state("s") == "active (running)"
    os.kill(pids[0], signal.SIGTERM)
    daemon.wait_state("s", "inactive (dead)")


@pytest.mark.parametrize("end", [0, 1], ids=["well", "ill"])
def test_they_are_gone_though_a_check_was_the_last_to_end(forking, tmp_path, end):
    os.mkfifo(tmp_path / "go")
    daemon = forking(f"HealthExec=/bin/sh -c ': >{tmp_path}/asked; read _ <{tmp_path}/go; exit {end}'",
                     "HealthIntervalSec=10ms", "HealthRetries=1", n=2)
    daemon.wait_state("s", "active (running)")
    wait_for((tmp_path / "asked").exists, "a check")
    for pid in [pid for pid in processes_with("INVOCATION_ID=" + daemon.status("s")["InvocationID"])
                if open(f"/proc/{pid}/cmdline", encoding="ascii").read() == "sleep\x001000\x00"]:
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda pid=pid: not pid_exists(pid))
    assert daemon.state("s") == "active (running)"
    (tmp_path / "go").write_text("\n")
    daemon.wait_state("s", "inactive (dead)")
    assert daemon.status("s")["Result"] == "success"
    daemon.stop()


def test_a_pid_file_says_who_it_is(forking, tmp_path):
    path = tmp_path / "pid"
    # Of an earlier run; and it comes late.
    path.write_text("1\n")
    daemon = forking(f"PIDFile={path}", pid_file=path, n=2, delay=0.3)
    daemon.wait_state("s", "active (running)")
    pid = int(path.read_text())
    assert daemon.status("s")["MainPID"] == pid
    daemon.ctl("stop", "s")
    wait_for(lambda: not path.exists(), "the removal of the PIDFile")


def test_a_pid_file_of_a_stranger_is_not_believed(forking, tmp_path):
    path = tmp_path / "pid"
    path.write_text(f"{os.getpid()}\n")
    daemon = forking(f"PIDFile={path}", "TimeoutStartSec=500ms")
    daemon.wait_state("s", "failed (failed)")
    status = daemon.status("s")
    assert status["Result"] == "timeout" and f"names process {os.getpid()}: that is no process of this service" \
        in status["Reason"]
    assert path.exists()


@pytest.mark.parametrize("kind", ["fifo", "folder", "text", "missing"])
def test_a_pid_file_that_is_none_holds_up_nobody(forking, tmp_path, kind):
    path = tmp_path / "pid"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("12x\n")
    daemon = forking(f"PIDFile={path}", "TimeoutStartSec=400ms")
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Result"] == "timeout" and "was not written" in daemon.status("s")["Reason"]


def test_one_that_leaves_nothing_behind(tended, tmp_path):
    daemon = tended("[service gone]\nType=forking\nExecStart=/bin/true\n"
                    "[service stays]\nType=forking\nRemainAfterExit=yes\nExecStart=/bin/true\n"
                    f"[service broken]\nType=forking\nPIDFile={tmp_path}/pid\nExecStart=/bin/true\n"
                    "[service fails]\nType=forking\nExecStart=/bin/false\n")
    daemon.wait_state("gone", "inactive (dead)")
    daemon.wait_state("stays", "active (exited)")
    daemon.wait_state("broken", "failed (failed)")
    daemon.wait_state("fails", "failed (failed)")
    assert [daemon.status(name)["Result"] for name in ("gone", "broken", "fails")] == ["success", "protocol",
                                                                                       "exit-code"]


@pytest.mark.skipif(not have("nginx"), reason="nginx is missing")
def test_nginx_as_debian_starts_it(tended, tmp_path):
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"user root;\nworker_processes 2;\npid {tmp_path}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
                    f"http {{ access_log off; client_body_temp_path {tmp_path}/b; proxy_temp_path {tmp_path}/p; "
                    f"fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s; "
                    f"server {{ listen unix:{tmp_path}/http; return 200; }} }}\n")
    daemon = tended(f"[service nginx]\nType=forking\nPIDFile={tmp_path}/nginx.pid\n"
                    f"ExecStartPre=nginx -t -q -c {conf} -g 'daemon on; master_process on;'\n"
                    f"ExecStart=nginx -c {conf} -g 'daemon on; master_process on;'\n"
                    f"ExecReload=nginx -c {conf} -g 'daemon on; master_process on;' -s reload\n"
                    "KillMode=mixed\nTimeoutStopSec=5\nKillSignal=SIGQUIT\n")
    daemon.ctl("start", "nginx")
    pid = daemon.status("nginx")["MainPID"]
    assert str(pid) == (tmp_path / "nginx.pid").read_text().strip()
    daemon.ctl("reload", "nginx")
    assert daemon.status("nginx")["MainPID"] == pid
    daemon.ctl("stop", "nginx")
    assert daemon.status("nginx")["Result"] == "success"


def test_a_definition_that_changes_while_it_starts_is_for_the_next_start(forking, tmp_path):
    path = tmp_path / "pid"
    daemon = forking(f"PIDFile={path}", pid_file=path, delay=1.0)
    daemon.wait_state("s", "activating (start)")
    text = open(daemon.conf + "/test.ini", encoding="utf-8").read()
    daemon.write("test.ini", text.replace("Type=forking", "Type=exec").replace(f"PIDFile={path}\n", ""))
    daemon.ctl("daemon-reload")
    daemon.wait_state("s", "active (running)")
    assert str(daemon.status("s")["MainPID"]) == path.read_text().strip()
    daemon.ctl("stop", "s")
    wait_for(lambda: not path.exists(), "the removal of the PIDFile")
    daemon.ctl("start", "s")
    daemon.wait_state("s", "inactive (dead)")


def test_a_pid_file_is_a_path_below_the_folder_of_the_run(tended):
    lines = {"relative": "a/b.pid", "absolute": "/run/x/b.pid", "specifier": "%t/%n.pid", "up": "../x.pid",
             "folder": "/run/x/"}
    daemon = tended("".join(f"[service {name}]\nAutoStart=no\nType=forking\nExecStart=/bin/true\nPIDFile={path}\n"
                            for name, path in lines.items()) +
                    "[service other]\nAutoStart=no\nExecStart=/bin/true\nPIDFile=x.pid\n", system=True)
    shown = {name: daemon.status(name) for name in [*lines, "other"]}
    assert [shown[name]["PIDFile"] for name in ("relative", "absolute", "specifier")] == [
        "/run/a/b.pid", "/run/x/b.pid", "/run/specifier.pid"]
    assert [shown[name]["LoadState"] for name in ("up", "folder", "other")] == ["bad-setting", "bad-setting", "loaded"]
