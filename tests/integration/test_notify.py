# SPDX-License-Identifier: MIT
"""What services say of themselves over sd_notify, by a puppet, by systemd's own client, and by daemons of Debian."""

import array
import glob
import os
import shutil
import socket
import stat
import subprocess
import sys

import pytest

from harness import have, pid_exists, wait_for
from puppetry import Puppet

def notify_service(puppet, *more):
    return "[service s]\nType=notify\nExecStart=" + puppet.command + "\n" + "".join(line + "\n" for line in more)


def start_for_all(daemon):
    """Starts it where other users reach its sockets, as in /run."""
    os.chmod(daemon.folder, 0o755)
    return daemon.start()


def test_a_service_is_ready_when_it_says_so_and_not_before(tended, puppet, tmp_path):
    daemon = tended(notify_service(puppet) + f"[service next]\nRequires=s\nAfter=s\nExecStart=/bin/sleep 1000\n")
    puppet("say STATUS=warming up: 10%")
    assert daemon.state("s") == "activating (start)" and not daemon.status("s")["Ready"]
    assert daemon.state("next") == "activating (waiting)"
    assert daemon.status("s")["StatusText"] == "warming up: 10%"
    assert "warming up: 10%" in daemon.ctl("status", "s", check=False).stdout
    puppet("say READY=1\\nSTATUS=serving")
    # The barrier is over: what was said counts.
    assert daemon.state("s") == "active (running)" and daemon.status("s")["StatusText"] == "serving"
    daemon.wait_state("next", "active (running)")
    puppet("say STATUS=\\nERRNO=5")
    assert daemon.status("s")["StatusText"] == "" and daemon.status("s")["StatusErrno"] == 5
    assert daemon.stop() == 0


def test_a_service_that_ends_without_having_said_ready_has_broken_its_word(tended, puppet):
    daemon = tended(notify_service(puppet))
    puppet("exit 0")
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Result"] == "protocol"


def test_a_service_with_a_user_reaches_its_socket_in_a_users_daemon_too(tended, open_path):
    """The folder of the sockets may not be read by others, but entered."""
    daemon = tended("[service s]\nType=notify\nNotifyAccess=all\nUser=nobody\nExecStart=/bin/sh -c "
                    "'systemd-notify --ready; exec sleep 1000'\n", system=False, start=False, at=open_path)
    start_for_all(daemon).ctl("start", "s")
    assert stat.S_IMODE(os.stat(daemon.run_folder()).st_mode) & 0o066 == 0


def test_what_it_says_right_before_its_end_is_heard(tended, puppet):
    daemon = tended(notify_service(puppet))
    puppet("shout READY=1\\nSTATUS=done", "exit 0")
    daemon.wait_state("s", "inactive (dead)")
    status = daemon.status("s")
    assert status["Result"] == "success" and status["ActiveEnterTimestamp"]


@pytest.mark.parametrize("access,child_may", [("main", False), ("exec", False), ("all", True)])
def test_notify_access_says_who_may_speak(tended, puppet, journal, access, child_may):
    daemon = tended(notify_service(puppet, f"NotifyAccess={access}"), journal=journal)
    puppet("child READY=1")
    puppet("say STATUS=here")
    assert (daemon.state("s") == "active (running)") == child_may
    refused = journal.entries("TENDED_SERVICE=s", "TENDED_EVENT=notify-ignored")
    assert bool(refused) != child_may
    puppet("say READY=1")
    assert daemon.state("s") == "active (running)"


def test_nobody_else_can_open_the_socket(tended, puppet, open_path):
    other = Puppet(open_path, "other")
    daemon = tended(notify_service(puppet, "NotifyAccess=all") +
                    f"[service other]\nUser=nobody\nNotifyAccess=all\nExecStart={other.command}\n", system=True,
                    start=False, at=open_path)
    os.chmod(open_path, 0o777)
    start_for_all(daemon)
    for name, owner in (("s", os.geteuid()), ("other", 65534)):
        path = f"{daemon.run_folder()}/notify/{name}"
        wait_for(lambda: os.path.exists(path), f"the socket of {name}")
        found = os.stat(path)
        assert stat.S_ISSOCK(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o600 and found.st_uid == owner
    # A stranger who may open it all the same is told from its processes.
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(b"READY=1\nSTATUS=stranger", f"{daemon.run_folder()}/notify/s")
    puppet("say EXTEND_TIMEOUT_USEC=1")
    assert daemon.state("s") == "activating (start)" and daemon.status("s")["StatusText"] == ""
    other("say STATUS=me")
    assert daemon.status("other")["StatusText"] == "me"
    daemon.stop()
    assert not os.path.exists(daemon.run_folder())


def test_a_long_name_has_a_socket_too(tended, open_path, puppet):
    name = "s" * 100
    daemon = tended(f"[service {name}]\nType=notify\nExecStart={puppet.command}\n", at=open_path)
    puppet("say READY=1")
    assert daemon.state(name) == "active (running)"


@pytest.mark.skipif(not have("systemd-notify"), reason="systemd-notify is missing")
@pytest.mark.parametrize("user", ["root", "nobody"])
@pytest.mark.parametrize("access,options", [("all", ""), ("all", "--no-block"), ("main", "--pid"), ("all", "--pid")])
def test_systemds_own_client_works_unchanged(tended, open_path, user, access, options):
    # By another user than root, who can't speak as somebody else, the sender is a child of the main process.
    command = f"systemd-notify --ready --status=up {options}"
    if access == "main" and user != "root":
        command = "exec python3 -c \"import os,socket; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); " \
                  "s.sendto(b'READY=1\\nSTATUS=up',os.environ['NOTIFY_SOCKET']); __import__('signal').pause()\""
    script = open_path / "script"
    script.write_text(f"{command}\nexec sleep 1000\n")
    daemon = tended(f"[service s]\nType=notify\nNotifyAccess={access}\nUser={user}\nExecStart=/bin/sh {script}\n",
                    system=True, start=False, at=open_path)
    start_for_all(daemon).ctl("start", "s")
    assert daemon.status("s")["StatusText"] == "up"


def test_a_service_names_another_main_process(tended, puppet, journal):
    daemon = tended(notify_service(puppet, "Restart=on-failure", "RestartSec=0"), journal=journal)
    first = daemon.main_pid("s")
    orphan = int(puppet("orphan"))
    puppet(f"say READY=1\\nMAINPID={orphan}")
    assert daemon.status("s")["MainPID"] == orphan
    # Its end is none of the service's any more, and the new one's is.
    wait_for(lambda: pid_exists(first))
    os.kill(first, 9)
    wait_for(lambda: not pid_exists(first))
    assert daemon.state("s") == "active (running)" and daemon.status("s")["NRestarts"] == 0
    os.kill(orphan, 9)
    wait_for(lambda: daemon.status("s")["NRestarts"] == 1, "the restart")
    assert daemon.stop() == 0


def test_a_stranger_does_not_become_the_main_process(tended, puppet, journal):
    daemon = tended(notify_service(puppet), journal=journal)
    mine = daemon.main_pid("s")
    for pid in (1, os.getpid(), 2 ** 31 - 1, daemon.pid):
        puppet(f"say MAINPID={pid}")
        assert daemon.status("s")["MainPID"] == mine
    puppet("say READY=1")
    assert daemon.state("s") == "active (running)"


def test_a_reload_lasts_until_the_service_says_so(tended, puppet, tmp_path):
    daemon = tended(notify_service(puppet, f"ExecReload=/usr/bin/touch {tmp_path}/told", "RemainAfterExit=no"))
    puppet("say READY=1")
    puppet("say RELOADING=1\\nMONOTONIC_USEC=1")
    assert daemon.state("s") == "reloading (reload)" and daemon.status("s")["Ready"]
    puppet("say READY=1")
    assert daemon.state("s") == "active (running)"
    daemon.ctl("reload", "s")
    assert (tmp_path / "told").exists()


def test_a_service_that_says_it_goes_down_gets_no_signal(tended, puppet, tmp_path):
    daemon = tended(notify_service(puppet, "KillSignal=SIGKILL"))
    puppet("say READY=1")
    puppet("say STOPPING=1")
    assert daemon.state("s") == "deactivating (stop-sigterm)"
    pid = daemon.main_pid("s")
    puppet("say STATUS=still here")
    assert pid_exists(pid) and daemon.status("s")["StatusText"] == "still here"
    puppet("exit 0")
    daemon.wait_state("s", "inactive (dead)")
    assert daemon.status("s")["Result"] == "success"


def test_a_service_can_ask_for_more_time(tended, puppet):
    daemon = tended(notify_service(puppet, "TimeoutStartSec=300ms", "TimeoutStopSec=300ms"))
    puppet("say EXTEND_TIMEOUT_USEC=60000000")
    # With nothing left of the first 300 ms it is still on its way.
    subprocess.run(["sleep", "0.4"], check=True)
    assert daemon.state("s") == "activating (start)"
    puppet("say READY=1")
    assert daemon.state("s") == "active (running)"


def test_what_is_no_message_is_passed_over(tended, puppet):
    daemon = tended(notify_service(puppet))
    for words in ("", "\\n\\n", "READY", "READY=", "READY=2", "READY=1\\0READY=1", "X" * 5000, "MAINPID=x\\nERRNO=-1",
                  "FDSTORE=1\\nFDNAME=x", "BUSERROR=a.b", "EXIT_STATUS=1", "WATCHDOG_USEC=99999999999999999999"):
        puppet("shout " + words)
    puppet("say STATUS=here")
    assert daemon.state("s") == "activating (start)" and daemon.status("s")["StatusText"] == "here"
    puppet("say STATUS=with a \\x1b[31mred\\x1b[0m \\x07 bell")
    assert daemon.status("s")["StatusText"] == "with a  [31mred [0m   bell"


def test_descriptors_that_come_along_are_closed(tended, puppet):
    daemon = tended(notify_service(puppet))
    puppet("say STATUS=here")
    before = len(os.listdir(f"/proc/{daemon.pid}/fd"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out, open("/dev/null", "rb") as null:
        for n in (1, 16, 17, 253):
            fds = array.array("i", [null.fileno()] * n)
            out.sendmsg([b"FDSTORE=1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)], 0,
                        f"{daemon.run_folder()}/notify/s")
    puppet("say STATUS=there")
    assert len(os.listdir(f"/proc/{daemon.pid}/fd")) == before


def test_one_that_reloads_without_end_does_not_fill_the_log(tended, tmp_path, journal):
    script = tmp_path / "reload.py"
    script.write_text("import os, socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
                      "s.connect(os.environ['NOTIFY_SOCKET'])\ns.send(b'READY=1')\n"
                      "for i in range(500):\n    s.send(b'RELOADING=1')\n    s.send(b'READY=1\\nMAINPID=1')\n"
                      "s.send(b'STATUS=done')\n__import__('signal').pause()\n")
    daemon = tended(f"[service s]\nType=notify\nExecStart={sys.executable} {script}\n", journal=journal)
    wait_for(lambda: daemon.status("s")["StatusText"] == "done", "the end of the reloads")
    assert daemon.state("s") == "active (running)"
    told = journal.entries("TENDED_SERVICE=s", "TENDED_EVENT=reloaded-service") + \
        journal.entries("TENDED_SERVICE=s", "TENDED_EVENT=notify-ignored")
    assert 0 < len(told) <= 30, len(told)


def test_a_flood_of_words_holds_up_nobody_else(tended, tmp_path):
    flood = tmp_path / "flood.py"
    flood.write_text("import os, socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
                     "s.connect(os.environ['NOTIFY_SOCKET'])\ns.send(b'READY=1')\n"
                     "i = 0\nwhile True:\n    i += 1\n    s.send(b'STATUS=%d' % i)\n")
    quiet = Puppet(tmp_path)
    daemon = tended(notify_service(quiet) + f"[service flood]\nType=notify\nExecStart={sys.executable} {flood}\n")
    daemon.wait_state("flood", "active (running)")
    quiet("say READY=1")
    assert daemon.state("s") == "active (running)"
    daemon.ctl("restart", "flood")
    before = int(daemon.status("flood")["StatusText"] or 0)
    wait_for(lambda: int(daemon.status("flood")["StatusText"] or 0) != before, "more of the flood")
    assert daemon.stop() == 0


@pytest.mark.skipif(not have("redis-server"), reason="redis-server is missing")
def test_redis_speaks_sd_notify(tended, tmp_path):
    daemon = tended(f"[service redis]\nType=notify\nWorkingDirectory={tmp_path}\nExecStart=redis-server --port 0 "
                    f"--unixsocket {tmp_path}/redis --supervised systemd --daemonize no --save ''\n")
    daemon.ctl("start", "redis")
    assert "Ready" in daemon.status("redis")["StatusText"]
    assert subprocess.run(["redis-cli", "-s", f"{tmp_path}/redis", "ping"], check=True,
                          stdout=subprocess.PIPE).stdout == b"PONG\n"
    daemon.ctl("stop", "redis")
    assert daemon.status("redis")["Result"] == "success"


def postgres():
    """Debian's newest; its programs are in no folder of PATH."""
    return max(glob.glob("/usr/lib/postgresql/*/bin/postgres"), default=None)


@pytest.mark.skipif(not postgres(), reason="postgresql is missing")
def test_postgres_speaks_sd_notify(tended, open_path):
    data = open_path / "data"
    data.mkdir()
    shutil.chown(data, "postgres", "postgres")
    folder = os.path.dirname(postgres())
    subprocess.run(["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", f"{folder}/initdb", "-D",
                    str(data), "-A", "trust", "-N"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    daemon = tended(f"[service postgres]\nType=notify\nUser=postgres\nKillSignal=SIGINT\nKillMode=mixed\n"
                    f"ExecStart={postgres()} -D {data} -c listen_addresses= -c unix_socket_directories={data}\n"
                    "ExecReload=/bin/kill -HUP $MAINPID\n", system=True, start=False, at=open_path)
    start_for_all(daemon).ctl("start", "postgres")
    subprocess.run([f"{folder}/psql", "-h", str(data), "-U", "postgres", "-c", "select 1"], check=True,
                   stdout=subprocess.DEVNULL)
    daemon.ctl("reload", "postgres")
    daemon.ctl("stop", "postgres")
    assert daemon.status("postgres")["Result"] == "success"


def test_how_another_ones_child_ended_is_not_made_up(tended, puppet):
    """Its parent has its exit status, and nobody else."""
    daemon = tended(notify_service(puppet))
    child = int(puppet("orphan"))
    puppet(f"say READY=1\\nMAINPID={child}")
    os.kill(child, 9)
    daemon.wait_state("s", "inactive (dead)")
    status = daemon.status("s")
    assert not status["ExecMainCode"] and "exit status is not known" in status["Reason"]


def test_who_may_speak_follows_from_what_is_to_be_said(tended):
    daemon = tended("".join(f"[service {name}]\nAutoStart=no\nExecStart=/bin/true\n{lines}" for name, lines in {
        "plain": "", "notify": "Type=notify\n", "none": "Type=notify\nNotifyAccess=none\n", "watched": "WatchdogSec=1\n",
        "all": "Type=notify\nNotifyAccess=all\n", "off": "WatchdogSec=infinity\n"}.items()))
    assert {name: daemon.status(name)["NotifyAccess"] for name in
            ("plain", "notify", "none", "watched", "all", "off")} == {
                "plain": "none", "notify": "main", "none": "main", "watched": "main", "all": "all", "off": "none"}


def test_who_may_not_speak_has_no_socket(tended, puppet):
    daemon = tended(f"[service s]\nExecStart={puppet.command}\n", env={"NOTIFY_SOCKET": "/the/daemons/own"})
    assert puppet("environment") == "{}" and os.listdir(f"{daemon.run_folder()}/notify") == []
