# SPDX-License-Identifier: MIT
"""Changing a set of services while it runs: what changed is done, what did not is not touched."""

import json
import os
import signal
import subprocess
import threading

import pytest

from harness import TENDCTL, wait_for


def service(name, command="/bin/sleep 1000", more=""):
    return f"[service {name}]\nExecStart={command}\n{more}"


def diff(daemon, status=10):
    done = daemon.ctl("--json", "diff", check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return {row["Id"]: row for row in json.loads(done.stdout)}


def pids(daemon, *names):
    return {name: daemon.main_pid(name) for name in names}


def command_of(daemon, name):
    with open(f"/proc/{daemon.main_pid(name)}/cmdline", encoding="utf-8") as file:
        return file.read().split("\0")[:-1]


def test_an_apply_does_what_changed_and_nothing_else(tended):
    daemon = tended({"a.ini": service("same") + service("live"), "b.ini": service("worker"),
                     "c.ini": service("old")})
    before = pids(daemon, "same", "live", "worker", "old")
    daemon.write("a.ini", service("same") + service("live", more="Restart=always\n"))
    daemon.write("b.ini", service("worker", "/bin/sleep 2000"))
    daemon.write("d.ini", service("new") + service("shy", more="AutoStart=no\n"))
    os.unlink(os.path.join(daemon.conf, "c.ini"))

    # Looking changes nothing.
    rows = diff(daemon)
    assert {name: (row["Change"], row["Takes"], row["Action"]) for name, row in rows.items()} == {
        "live": ("changed", "live", ""), "worker": ("changed", "restart", "restart"),
        "new": ("added", "next-start", "start"), "shy": ("added", "next-start", ""),
        "old": ("removed", "restart", "stop")}
    assert rows["worker"]["Directives"] == [{"Directive": "ExecStart", "Before": "/bin/sleep 1000",
                                             "After": "/bin/sleep 2000", "Takes": "restart"}]
    said = daemon.ctl("apply", "--dry-run").stdout
    assert "ExecStart: /bin/sleep 1000 -> /bin/sleep 2000" in said
    assert said.splitlines()[-1] == "An apply would stop 1, restart 1 and start 1."
    assert pids(daemon, *before) == before
    assert daemon.ctl("show", "new", check=False).returncode == 4
    assert daemon.status("live")["Restart"] == "no"

    rows = {row["Id"]: row for row in json.loads(daemon.ctl("--json", "apply").stdout)}
    assert {name: row.get("Outcome") for name, row in rows.items()} == {
        "live": None, "shy": None, "worker": "done", "new": "done", "old": "done"}
    assert daemon.state("new") == "active (running)" and daemon.state("shy") == "inactive (dead)"
    assert daemon.ctl("show", "old", check=False).returncode == 4
    assert pids(daemon, "same", "live") == {name: before[name] for name in ("same", "live")}
    assert daemon.status("same")["NRestarts"] == 0 and daemon.status("live")["Restart"] == "always"
    assert command_of(daemon, "worker")[1] == "2000"
    assert not diff(daemon, 0)
    assert daemon.ctl("diff").stdout == "Nothing has changed.\n"
    assert daemon.ctl("apply").stdout == "Nothing has changed.\n"
    daemon.stop()


def test_what_an_earlier_reload_left_is_done_by_the_next_apply(tended):
    daemon = tended(service("one"))
    pid = daemon.main_pid("one")
    daemon.write("test.ini", service("one", "/bin/sleep 2000"))
    daemon.ctl("daemon-reload")
    assert daemon.status("one")["NeedRestart"] is True
    assert daemon.status("one")["PendingDirectives"] == ["ExecStart"]
    assert "definition changed: restart needed" in daemon.ctl("status", "one").stdout
    assert daemon.main_pid("one") == pid

    rows = diff(daemon)
    assert (rows["one"]["Change"], rows["one"]["Action"]) == ("pending", "restart")
    assert rows["one"]["Directives"][0]["Before"] == "/bin/sleep 1000"
    daemon.ctl("apply")
    assert command_of(daemon, "one")[1] == "2000"
    assert daemon.status("one")["NeedRestart"] is False
    assert "restart needed" not in daemon.ctl("status", "one").stdout
    assert not diff(daemon, 0)
    daemon.stop()


def test_a_change_that_is_taken_back_restarts_nobody(tended):
    daemon = tended(service("one"))
    pid = daemon.main_pid("one")
    daemon.write("test.ini", service("one", "/bin/sleep 2000"))
    daemon.ctl("daemon-reload")
    daemon.write("test.ini", service("one"))
    daemon.ctl("apply")
    assert daemon.main_pid("one") == pid
    assert daemon.status("one")["NeedRestart"] is False
    daemon.stop()


def test_errors_change_nothing_and_are_told_with_their_places(tended):
    daemon = tended({"a.ini": service("one"), "b.ini": service("two")})
    before = pids(daemon, "one", "two")
    daemon.write("a.ini", service("one", "/bin/sleep 2000", "Restrat=always\n"))
    daemon.write("b.ini", service("two", "/bin/sleep 2000", "UMask=99\n"))
    for argv in (["diff"], ["apply"], ["apply", "--dry-run"], ["daemon-reload"]):
        done = daemon.ctl(*argv, check=False)
        assert done.returncode == 1
        assert "a.ini:3: " in done.stderr and "Restart" in done.stderr and "b.ini:3: " in done.stderr
        assert "tendctl" not in done.stderr
    assert pids(daemon, "one", "two") == before
    assert daemon.status("one")["NeedRestart"] is False
    daemon.stop()


def test_sighup_applies(tended):
    daemon = tended(service("one") + service("old"))
    pid = daemon.main_pid("one")
    daemon.main_pid("old")
    daemon.write("test.ini", service("one", "/bin/sleep 2000") + service("new"))
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: daemon.ctl("show", "new", check=False).returncode == 0, "the new service")
    daemon.wait_state("new", "active (running)")
    wait_for(lambda: daemon.main_pid("one") != pid, "a restart")
    wait_for(lambda: daemon.ctl("show", "old", check=False).returncode == 4, "the end of what was removed")
    daemon.stop()


def test_folders_go_with_the_run_that_has_made_them(tended, tmp_path):
    root = tmp_path / "run"
    root.mkdir(mode=0o700)
    two = service("two", more="RuntimeDirectory=b\n")
    daemon = tended(service("one", more="RuntimeDirectory=a\n") + two, system=False,
                    env={"XDG_RUNTIME_DIR": str(root)})
    daemon.main_pid("one")
    daemon.main_pid("two")
    # What `one` is to have next is what `two` has now.
    daemon.write("test.ini", service("one", more="RuntimeDirectory=b\n") + two)
    daemon.ctl("daemon-reload")
    daemon.ctl("stop", "one")
    assert (root / "b").is_dir() and not (root / "a").exists()
    daemon.ctl("stop", "two")
    assert not (root / "b").exists()
    daemon.stop()


LOGS_ITS_END = "ExecStopPost=/bin/sh -c 'echo %n >>{log}'\n"


def test_a_set_that_is_removed_goes_down_in_its_order(tended, tmp_path):
    log = tmp_path / "order"
    end = LOGS_ITS_END.format(log=log)
    daemon = tended({"keep.ini": service("keep"),
                     "gone.ini": service("db", more=end) +
                     service("app", more="Requires=db\nAfter=db\n" + end) +
                     service("web", more="Requires=app\nAfter=app\n" + end)})
    daemon.ctl("wait", "web")
    os.unlink(os.path.join(daemon.conf, "gone.ini"))
    daemon.ctl("apply")
    assert log.read_text().split() == ["web", "app", "db"]
    assert [row["Id"] for row in json.loads(daemon.ctl("--json", "list").stdout)] == ["keep"]
    daemon.stop()


def test_removed_by_a_reload_they_keep_their_order_until_the_end(tended, tmp_path):
    log = tmp_path / "order"
    end = LOGS_ITS_END.format(log=log)
    daemon = tended({"keep.ini": service("keep"),
                     "gone.ini": service("db", more=end) + service("web", more="Requires=db\nAfter=db\n" + end)})
    daemon.ctl("wait", "web")
    os.unlink(os.path.join(daemon.conf, "gone.ini"))
    daemon.ctl("daemon-reload")
    assert daemon.status("web")["LoadState"] == "not-found"
    daemon.stop()
    assert log.read_text().split() == ["web", "db"]


def test_a_restart_takes_with_it_what_depends_on_it(tended, tmp_path):
    log = tmp_path / "order"
    begin = f"ExecStartPre=/bin/sh -c 'echo %n >>{log}'\n"
    db, web = service("db", more=begin), service("web", more="Requires=db\nAfter=db\n" + begin)
    daemon = tended({"db.ini": db, "web.ini": web, "other.ini": service("other", more=begin)})
    daemon.ctl("wait", "*")
    log.write_text("")
    daemon.write("db.ini", db.replace("1000", "2000"))
    rows = json.loads(daemon.ctl("--json", "apply").stdout)
    assert [(row["Id"], row["Change"], row["Outcome"]) for row in rows] == [("db", "changed", "done"),
                                                                           ("web", "dragged", "done")]
    assert log.read_text().split() == ["db", "web"]
    assert daemon.status("web")["CausedByService"] == "db"
    daemon.stop()


def test_a_failure_is_told_and_is_the_exit_status(tended):
    daemon = tended(service("one"))
    daemon.write("test.ini", service("one") + service("bad", "/bin/sh -c 'echo out of luck; exit 3'"))
    # What ends by itself with a failure is no start by Type=oneshot's measure alone.
    daemon.write("test.ini", service("one") + service("bad", "/nonexistent/program"))
    done = daemon.ctl("apply", check=False)
    assert done.returncode == 1
    assert "bad: start failed" in done.stderr and "/nonexistent/program" in done.stderr
    assert daemon.state("one") == "active (running)"
    # With its definition mended it is started; the rest is still not touched.
    pid = daemon.main_pid("one")
    daemon.write("test.ini", service("one") + service("bad"))
    assert diff(daemon)["bad"]["Action"] == "start"
    daemon.ctl("apply")
    assert daemon.state("bad") == "active (running)" and daemon.main_pid("one") == pid
    daemon.stop()


def test_a_definition_that_was_bad_at_the_start_is_mended(tended):
    daemon = tended({"a.ini": service("one"), "b.ini": service("two", more="UMask=99\n")})
    assert daemon.status("two")["LoadState"] == "bad-setting"
    daemon.write("b.ini", service("two"))
    daemon.ctl("apply")
    assert daemon.state("two") == "active (running)"
    daemon.stop()


def test_what_was_stopped_by_hand_stays_down(tended):
    daemon = tended(service("one") + service("two"))
    daemon.ctl("stop", "one")
    daemon.write("test.ini", service("one", "/bin/sleep 2000") + service("two"))
    row = diff(daemon)["one"]
    assert (row["Takes"], row["Action"]) == ("next-start", "")
    daemon.ctl("apply")
    assert daemon.state("one") == "inactive (dead)"
    daemon.ctl("start", "one")
    assert command_of(daemon, "one")[1] == "2000"
    daemon.stop()


def test_two_at_once_are_served_one_after_the_other(tended):
    daemon = tended(service("one"))
    daemon.main_pid("one")
    daemon.write("test.ini", service("one", "/bin/sleep 2000") + service("new"))
    results = []
    threads = [threading.Thread(target=lambda: results.append(daemon.ctl("apply", check=False).returncode))
               for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [0] * 6
    assert command_of(daemon, "one")[1] == "2000" and daemon.state("new") == "active (running)"
    assert daemon.status("one")["NRestarts"] == 0
    daemon.stop()


def test_who_never_becomes_ready_keeps_nobody_from_mending_it(tended):
    never = "ReadyLine=never said\nTimeoutStartSec=infinity\n"
    daemon = tended(service("one"))
    daemon.write("test.ini", service("one") + service("slow", more=never))
    first = subprocess.Popen([TENDCTL, "--socket", daemon.socket, "apply"], env=daemon.env,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: daemon.ctl("show", "slow", check=False).returncode == 0, "the new service")
    daemon.wait_state("slow", "activating (start)")
    # The definition changes under a start that goes on: it is begun anew.
    daemon.write("test.ini", service("one") + service("slow", "/bin/sleep 2000"))
    daemon.ctl("apply")
    assert daemon.state("slow") == "active (running)" and command_of(daemon, "slow")[1] == "2000"
    assert first.wait(timeout=60) == 0
    daemon.stop()


def test_a_client_that_vanishes_leaves_its_apply_to_be_done(tended):
    daemon = tended(service("one", more="ExecStartPre=/bin/sh -c 'while [ -e %y.hold ]; do sleep 0.02; done'\n"))
    daemon.ctl("wait", "one")
    hold = os.path.join(daemon.conf, "test.ini.hold")
    open(hold, "w", encoding="ascii").close()
    text = open(os.path.join(daemon.conf, "test.ini"), encoding="utf-8").read()
    daemon.write("test.ini", text.replace("1000", "2000"))
    client = subprocess.Popen([TENDCTL, "--socket", daemon.socket, "apply"], env=daemon.env)
    daemon.wait_state("one", "activating (start-pre)")
    client.kill()
    client.wait()
    os.unlink(hold)
    daemon.wait_state("one", "active (running)")
    assert command_of(daemon, "one")[1] == "2000"
    assert not diff(daemon, 0)
    daemon.stop()


def test_a_service_removed_while_it_stops_comes_to_its_end(tended, tmp_path):
    go = tmp_path / "go"
    stubborn = service("one", more=f"ExecStop=/bin/sh -c 'until [ -e {go} ]; do sleep 0.02; done'\n")
    daemon = tended({"one.ini": stubborn, "two.ini": service("two")})
    daemon.ctl("wait", "one")
    stopping = subprocess.Popen([TENDCTL, "--socket", daemon.socket, "stop", "one"], env=daemon.env)
    daemon.wait_state("one", "deactivating (stop)")
    os.unlink(os.path.join(daemon.conf, "one.ini"))
    applying = subprocess.Popen([TENDCTL, "--socket", daemon.socket, "apply"], env=daemon.env,
                                stdout=subprocess.DEVNULL)
    wait_for(lambda: daemon.status("one")["LoadState"] == "not-found", "its removal")
    go.touch()
    assert stopping.wait(timeout=60) == 0 and applying.wait(timeout=60) == 0
    wait_for(lambda: daemon.ctl("show", "one", check=False).returncode == 4, "its end")
    daemon.stop()


def test_who_waits_for_what_is_removed_is_told(tended):
    daemon = tended({"slow.ini": service("slow", more="ReadyLine=never\n"), "two.ini": service("two")})
    daemon.wait_state("slow", "activating (start)")
    clients = [subprocess.Popen([TENDCTL, "--socket", daemon.socket, verb, "slow"], env=daemon.env,
                                stderr=subprocess.PIPE, text=True) for verb in ("wait", "start", "restart")]
    # In whichever order they come.
    wait_for(lambda: all(f"slow: {verb} asked for by" in daemon.ctl("logs", "slow", "-n", "100").stdout
                         for verb in ("start", "restart")), "both orders")
    os.unlink(os.path.join(daemon.conf, "slow.ini"))
    daemon.ctl("apply")
    for client in clients:
        # Who only waits may have come too late.
        assert client.communicate(timeout=60)[1] and client.returncode in ((1, 4) if client is clients[0] else (1,))
    daemon.stop()


def test_a_service_that_comes_back_while_it_still_runs_is_itself_again(tended):
    daemon = tended({"one.ini": service("one"), "two.ini": service("two")})
    pid = daemon.main_pid("one")
    path = os.path.join(daemon.conf, "one.ini")
    os.unlink(path)
    daemon.ctl("daemon-reload")
    assert daemon.status("one")["LoadState"] == "not-found"
    daemon.write("one.ini", service("one"))
    daemon.ctl("apply")
    assert daemon.status("one")["LoadState"] == "loaded" and daemon.main_pid("one") == pid
    os.unlink(path)
    daemon.ctl("daemon-reload")
    daemon.write("one.ini", service("one", "/bin/sleep 2000"))
    daemon.ctl("apply")
    assert command_of(daemon, "one")[1] == "2000"
    daemon.stop()


def test_renamed_it_is_another_service(tended):
    daemon = tended(service("before"))
    daemon.main_pid("before")
    daemon.write("test.ini", service("after"))
    rows = {row["Id"]: row["Action"] for row in json.loads(daemon.ctl("--json", "apply").stdout)}
    assert rows == {"before": "stop", "after": "start"}
    assert daemon.state("after") == "active (running)"
    daemon.stop()


def test_where_a_definition_stands_means_nothing(tended):
    daemon = tended({"all.ini": service("one") + service("two")})
    before = pids(daemon, "one", "two")
    os.unlink(os.path.join(daemon.conf, "all.ini"))
    daemon.write("a.ini", "# moved\n" + service("one"))
    daemon.write("b.ini", service("two"))
    assert not diff(daemon, 0)
    daemon.ctl("apply")
    assert pids(daemon, "one", "two") == before
    # A drop-in changes a service as a line of its file would.
    daemon.write("b.ini.d/more.ini", "[service two]\nEnvironment=A=1\n")
    rows = diff(daemon)
    assert list(rows) == ["two"] and rows["two"]["Directives"][0]["Directive"] == "Environment"
    daemon.ctl("apply")
    assert daemon.main_pid("one") == before["one"] and daemon.main_pid("two") != before["two"]
    os.unlink(os.path.join(daemon.conf, "b.ini.d", "more.ini"))
    assert list(diff(daemon)) == ["two"]
    daemon.stop()


def test_the_environment_of_all_is_a_change_of_each(tended):
    daemon = tended({"a.ini": service("one") + service("two"), "z.ini": "[daemon]\n"})
    before = pids(daemon, "one", "two")
    daemon.write("z.ini", "[daemon]\nDefaultEnvironment=A=1\n")
    rows = diff(daemon)
    assert {name: row["Action"] for name, row in rows.items() if not name.startswith("[")} == {
        "one": "restart", "two": "restart"}
    daemon.ctl("apply")
    assert not set(pids(daemon, "one", "two").values()) & set(before.values())
    assert not diff(daemon, 0)
    daemon.stop()


def test_a_target_that_goes_leaves_its_members_alone(tended):
    daemon = tended({"a.ini": service("one") + service("two"), "t.ini": "[target all]\nWants=one two\n"})
    daemon.ctl("start", "all.target")
    before = pids(daemon, "one", "two")
    os.unlink(os.path.join(daemon.conf, "t.ini"))
    assert list(diff(daemon)) == ["all.target"]
    daemon.ctl("apply")
    assert pids(daemon, "one", "two") == before
    wait_for(lambda: daemon.ctl("show", "all.target", check=False).returncode == 4, "the end of the target")
    daemon.stop()


def test_what_the_default_target_wants_from_now_on_is_started(tended):
    daemon = tended({"a.ini": service("one") + service("two"), "t.ini": "[target default]\nWants=one\n"})
    pid = daemon.main_pid("one")
    assert daemon.state("two") == "inactive (dead)"
    daemon.write("t.ini", "[target default]\nWants=one two\n")
    rows = diff(daemon)
    assert rows["two"]["Change"] == "wanted" and rows["two"]["Action"] == "start"
    assert rows["default.target"]["Change"] == "changed" and rows["default.target"]["Action"] == ""
    daemon.ctl("apply")
    assert daemon.state("two") == "active (running)" and daemon.main_pid("one") == pid
    assert not diff(daemon, 0)
    daemon.stop()


def test_more_and_fewer_instances(tended):
    worker = "[service w@]\nExecStart=/bin/sh -c 'sleep 1000; :' %i\n"
    daemon = tended(worker + "Instances=2\n")
    before = pids(daemon, "w@1", "w@2")
    daemon.write("test.ini", worker + "Instances=4\n")
    daemon.ctl("apply")
    assert pids(daemon, "w@1", "w@2") == before
    assert daemon.state("w@3") == daemon.state("w@4") == "active (running)"
    daemon.write("test.ini", worker + "Instances=1\n")
    daemon.ctl("apply")
    assert [row["Id"] for row in json.loads(daemon.ctl("--json", "list").stdout)] == ["w@1"]
    assert daemon.main_pid("w@1") == before["w@1"]
    daemon.write("test.ini", worker.replace("1000", "2000") + "Instances=1\n")
    daemon.ctl("apply")
    assert daemon.main_pid("w@1") != before["w@1"]
    daemon.stop()


def test_three_of_a_thousand(tended):
    text = {f"s{i:04}.ini": service(f"s{i:04}", more="AutoStart=no\n") for i in range(1000)}
    daemon = tended(text)
    for i in (7, 500, 999):
        daemon.write(f"s{i:04}.ini", text[f"s{i:04}.ini"] + "Nice=1\n")
    assert list(diff(daemon)) == ["s0007", "s0500", "s0999"]
    daemon.stop()


def test_no_block_only_asks(tended):
    daemon = tended(service("one"))
    daemon.write("test.ini", service("one") + service("slow", more="ReadyLine=never\n"))
    rows = json.loads(daemon.ctl("--json", "apply", "--no-block").stdout)
    assert [row["Outcome"] for row in rows] == ["pending"]
    daemon.wait_state("slow", "activating (start)")
    done = daemon.ctl("--timeout", "100ms", "apply", check=False)
    assert done.returncode == 0
    daemon.stop()


def test_who_asked_is_in_the_log(tended, journal):
    daemon = tended(service("one") + service("old"), journal=journal)
    daemon.ctl("wait", "one")
    daemon.write("test.ini", service("one", "/bin/sleep 2000"))
    daemon.ctl("apply")
    daemon.ctl("kill", "-s", "USR1", "one")
    daemon.wait_state("one", "failed (failed)")
    daemon.ctl("reset-failed", "one")
    daemon.ctl("daemon-reload")
    daemon.ctl("shutdown")
    daemon.process.wait(timeout=60)
    asked = [(entry.get("TENDED_SERVICE"), entry["TENDED_VERB"]) for entry in journal.entries("TENDED_EVENT=changed-by")]
    assert (None, "apply") in asked and ("one", "apply") in asked and ("old", "apply") in asked
    assert ("one", "kill -s SIGUSR1") in asked and ("one", "reset-failed") in asked
    assert (None, "daemon-reload") in asked and (None, "shutdown") in asked
    entry = journal.entries("TENDED_VERB=shutdown")[0]
    assert entry["TENDED_BY_UID"] == str(os.getuid()) and entry["TENDED_BY_COMMAND"] == "tendctl"
    assert int(entry["TENDED_BY_PID"]) > 0


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to be somebody else")
def test_who_may_change_nothing_may_not_look_either(tended):
    daemon = tended(service("one"), system=True)
    os.chmod(daemon.folder, 0o755)
    for path in (daemon.folder, os.path.dirname(daemon.folder), os.path.dirname(os.path.dirname(daemon.folder))):
        os.chmod(path, 0o755)
    for verb in ("diff", "apply", "events"):
        done = subprocess.run([TENDCTL, "--socket", daemon.socket, verb], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, user=65534, check=False, timeout=60)
        assert done.returncode in (5, 6), done.stderr
    daemon.stop()
