# SPDX-License-Identifier: MIT
"""Templates and their instances, by name, in relations, at reloads; and sections that can't become a service."""

import json
import os
import subprocess

from harness import TENDED, wait_for

SLEEP = "ExecStart=/bin/sleep 1000\n"
WORKERS = "[service w@]\nInstances=3\nExecStart=/bin/sleep 100%i\n"


def names(daemon, *argv):
    """The services that the names stand for."""
    return [row["Id"] for row in json.loads(daemon.ctl("--json", "list", *argv).stdout)]


def command_line(pid):
    with open(f"/proc/{pid}/cmdline", encoding="ascii") as file:
        return file.read().split("\0")[:-1]


def check(tmp_path, text):
    """What --check says, and its exit status."""
    path = tmp_path / "check.ini"
    path.write_text(text)
    done = subprocess.run([TENDED, "--check", "-c", str(path)], capture_output=True, text=True, timeout=60, check=False)
    return done.stderr.replace(str(path), "x.ini"), done.returncode


def test_each_instance_runs_with_its_own_name(tended):
    daemon = tended(WORKERS + "[service w@3]\nEnvironment=OWN=%n\n")
    pids = {i: daemon.main_pid(f"w@{i}") for i in (1, 2, 3)}
    assert len(set(pids.values())) == 3
    for i, pid in pids.items():
        assert command_line(pid) == ["/bin/sleep", f"100{i}"]
    assert daemon.status("w@3")["Environment"] == ["OWN=w@3"] and daemon.status("w@2")["Environment"] == []
    daemon.stop()


def test_the_template_s_name_stands_for_all_in_every_verb(tended):
    daemon = tended(WORKERS + "[service other]\n" + SLEEP)
    everyone = ["w@1", "w@2", "w@3"]
    for argv in (["w"], ["w@"], ["w.service"], ["w@*"], ["w", "w@2", "w@"], ["w@?.service"]):
        assert names(daemon, *argv) == everyone, argv
    assert names(daemon, "other", "w@2") == ["other", "w@2"]
    daemon.ctl("stop", "w")
    assert [daemon.state(name) for name in everyone] == ["inactive (dead)"] * 3
    daemon.wait_state("other", "active (running)")
    assert daemon.ctl("is-active", "w", check=False).returncode == 3
    daemon.ctl("start", "w@2")
    assert daemon.ctl("is-active", "w", check=False).returncode == 3
    daemon.ctl("start", "w")
    assert daemon.ctl("is-active", "w").returncode == 0
    before = {name: daemon.main_pid(name) for name in everyone + ["other"]}
    daemon.ctl("restart", "w@*")
    after = {name: daemon.main_pid(name) for name in everyone + ["other"]}
    assert {name for name in before if before[name] == after[name]} == {"other"}
    daemon.ctl("kill", "-s", "KILL", "w@")
    for name in everyone:
        daemon.wait_state(name, "failed (failed)")
    daemon.ctl("reset-failed", "w")
    assert daemon.state("w@1") == "inactive (dead)"
    daemon.stop()


def test_a_wrong_name_gets_the_nearest(tended):
    daemon = tended("[service worker@]\nInstances=2\n" + SLEEP + "[service none@]\nInstances=0\n" + SLEEP)
    for name, said in (("worker@3", "did you mean worker@"), ("workr", "did you mean worker?"),
                       ("worker@1@", "No service"), ("all.target", "No target all.target")):
        done = daemon.ctl("status", name, check=False)
        assert done.returncode == 4 and said in done.stderr, (name, done)
    # Nobody there is no mistake, as with patterns.
    done = daemon.ctl("restart", "none")
    assert "none has no instances" in done.stderr
    assert names(daemon, "none@") == []
    daemon.stop()


def test_a_service_wins_over_a_template_of_its_name(tended):
    daemon = tended(WORKERS + "[service w]\n" + SLEEP)
    assert names(daemon, "w") == ["w"]
    assert names(daemon, "w@") == ["w@1", "w@2", "w@3"]
    daemon.stop()


def test_relations_name_all_or_one(tended):
    daemon = tended("[service db@]\nInstances=a b\n" + SLEEP + "AutoStart=no\n"
                    "[service w@]\nInstances=a b\nRequires=db@%i\nAfter=db@%i\nAutoStart=no\n" + SLEEP +
                    "[service app]\nRequires=w\nAfter=w\nAutoStart=no\n" + SLEEP)
    daemon.ctl("start", "w@b")
    assert daemon.state("db@b") == "active (running)" and daemon.state("db@a") == "inactive (dead)"
    daemon.ctl("start", "app")
    assert daemon.status("app")["Requires"] == ["w@a", "w@b"]
    assert all(daemon.state(name) == "active (running)" for name in ("w@a", "db@a", "app"))
    daemon.ctl("stop", "db@a")
    assert daemon.state("w@a") == daemon.state("app") == "inactive (dead)"
    assert daemon.state("w@b") == "active (running)"
    daemon.stop()


def test_instances_come_and_go_and_leave_the_others_alone(tended):
    daemon = tended(WORKERS)
    before = {i: daemon.main_pid(f"w@{i}") for i in (1, 2, 3)}
    daemon.write("test.ini", WORKERS.replace("=3", "=1 2 4 55"))
    told = daemon.ctl("daemon-reload").stdout
    rows = [line.split()[:2] for line in told.splitlines()[1:] if line.split()]
    assert rows == [["w@3", "removed"], ["w@4", "added"], ["w@55", "added"]], told
    daemon.ctl("start", "w@4", "w@55")
    assert {i: daemon.main_pid(f"w@{i}") for i in (1, 2, 3)} == before
    assert daemon.status("w@3")["LoadState"] == "not-found"
    # It is one of them until it has stopped.
    assert names(daemon, "w") == ["w@1", "w@2", "w@3", "w@4", "w@55"]
    daemon.ctl("stop", "w@3")
    assert names(daemon, "w") == ["w@1", "w@2", "w@4", "w@55"]
    daemon.stop()


def test_cat_shows_the_template_and_the_instance_s_own(tended):
    daemon = tended({"a.ini": "[service w@]\nInstances=2\n" + SLEEP, "b.ini": "[service w@2]\nNice=1\n",
                     "a.ini.d/c.ini": "[service w@]\nDescription=dropped in\n"})
    template = (f"# {daemon.conf}/a.ini\n[service w@]\nInstances=2\n{SLEEP}\n# {daemon.conf}/a.ini.d/c.ini\n"
                "[service w@]\nDescription=dropped in\n")
    assert daemon.ctl("cat", "w").stdout == daemon.ctl("cat", "w@").stdout == template
    assert daemon.ctl("cat", "w@1").stdout == template
    assert daemon.ctl("cat", "w@2").stdout == template + f"\n# {daemon.conf}/b.ini\n[service w@2]\nNice=1\n"
    shown = daemon.status("w@2")
    assert shown["FragmentPath"] == f"{daemon.conf}/a.ini"
    assert sorted(shown["DropInPaths"]) == [f"{daemon.conf}/a.ini.d/c.ini", f"{daemon.conf}/b.ini"]
    rows = json.loads(daemon.ctl("--json", "cat", "w@2.service", "w").stdout)
    assert [row["Id"] for row in rows] == ["w@2", "w"]
    assert daemon.ctl("cat", "nobody", check=False).returncode == 4
    daemon.stop()


def test_a_mistake_of_one_instance_is_its_own(tended, tmp_path):
    text = "[service w@]\nInstances=a b:\nUser=%i\n" + SLEEP
    said, status = check(tmp_path, text.replace("User", "Environment=NAME"))
    assert said == "" and status == 0
    said, status = check(tmp_path, text.replace("Instances=a b:", "Instances=root b:"))
    assert said == "x.ini:3: w@b:: User=%i: is neither a name nor a number of a user or group\n" and status == 1
    daemon = tended(text.replace("Instances=a b:", "Instances=root b:"))
    daemon.wait_state("w@root", "active (running)")
    bad = daemon.status("w@b:")
    assert bad["LoadState"] == "bad-setting" and "w@b:: User=%i" in bad["Reason"]
    daemon.stop()


def test_a_mistake_of_the_template_is_told_once(tended, tmp_path):
    text = "[service w@]\nInstances=100\nRestart=perhaps\nExecStart=/nowhere/program\n"
    said, status = check(tmp_path, text)
    assert status == 1 and len(said.splitlines()) == 2, said
    assert said.startswith("x.ini:3: Restart=perhaps") and said.splitlines()[1].startswith("x.ini:4: ExecStart: ")
    daemon = tended(text + "[service good]\n" + SLEEP)
    for name in ("w@1", "w@100"):
        assert daemon.status(name)["LoadState"] == "bad-setting" and ":3: Restart" in daemon.status(name)["Reason"]
    daemon.wait_state("good", "active (running)")
    done = daemon.ctl("start", "w@7", check=False)
    assert done.returncode == 1 and "Restart=perhaps" in done.stderr
    daemon.stop()


def test_what_can_not_be_a_service_is_seen_all_the_same(tended):
    daemon = tended("[service w@]\nInstances=many too many\n" + SLEEP + "[service a/b]\n" + SLEEP +
                    "[servcie web]\n" + SLEEP + "[service good]\n" + SLEEP)
    assert names(daemon) == ["a_b", "good", "w@", "web"]
    for name, said in (("w@", "names the instance many twice"), ("a_b", "[service a/b] has a bad name"),
                       ("web", "did you mean [service NAME]?")):
        row = daemon.status(name)
        assert row["LoadState"] == "bad-setting" and said in row["Reason"], row
    assert "w@" in daemon.ctl("status").stdout
    daemon.wait_state("good", "active (running)")
    daemon.stop()


def test_a_relative_path_is_shown_from_the_root(tmp_path, tended):
    conf = tmp_path / "elsewhere" / "conf.d"
    (conf / "x.ini.d").mkdir(parents=True)
    (conf / "x.ini").write_text("[service far]\n" + SLEEP)
    (conf / "x.ini.d" / "y.ini").write_text("[service far]\nNice=1\n")
    daemon = tended("[service s]\n" + SLEEP, options=["-c", os.path.relpath(conf)])
    row = daemon.status("far")
    assert row["FragmentPath"] == f"{os.getcwd()}/{os.path.relpath(conf)}/x.ini"
    assert row["DropInPaths"] == [f"{os.getcwd()}/{os.path.relpath(conf)}/x.ini.d/y.ini"]
    assert os.path.samefile(row["FragmentPath"], conf / "x.ini")
    # So it can be read again, whatever the daemon does.
    (conf / "x.ini").write_text("[service far]\n" + SLEEP + "Description=new\n")
    daemon.ctl("daemon-reload")
    assert daemon.status("far")["Description"] == "new"
    daemon.stop()


def test_logs_of_a_template_are_those_of_its_instances(tended, journal):
    daemon = tended("[service w@]\nInstances=2\nExecStart=/bin/sh -c 'echo I am %i; sleep 1000'\n"
                    "[service x]\nExecStart=/bin/sh -c 'echo I am x; sleep 1000'\n", journal=journal)
    wait_for(lambda: sorted(daemon.ctl("logs", "w", "--no-events", "-o", "cat").stdout.split("\n")) ==
             ["", "I am 1", "I am 2"], "both lines")
    daemon.stop()
    # Nobody is asked who knows: the journal is.
    done = daemon.ctl("logs", "w", "--no-events", "-o", "cat")
    assert sorted(done.stdout.splitlines()) == ["I am 1", "I am 2"]


def test_apply_starts_new_instances_and_restarts_changed_ones_only(tended):
    other = "[service other]\n" + SLEEP
    daemon = tended(WORKERS + other)
    before = {name: daemon.main_pid(name) for name in ("w@1", "w@2", "w@3", "other")}
    daemon.write("test.ini", WORKERS.replace("=3", "=4") + other)
    daemon.ctl("apply")
    assert {name: daemon.main_pid(name) for name in before} == before
    daemon.wait_state("w@4", "active (running)")
    # One of them is changed by a section of its own, and one has gone.
    daemon.write("test.ini", WORKERS.replace("=3", "=1 2 4") + "[service w@2]\nNice=3\n" + other)
    daemon.ctl("apply")
    assert names(daemon, "w") == ["w@1", "w@2", "w@4"]
    daemon.wait_state("w@2", "active (running)")
    after = {name: daemon.main_pid(name) for name in ("w@1", "w@2", "other")}
    assert {name for name in after if after[name] != before[name]} == {"w@2"}
    assert daemon.ctl("diff").returncode == 0
    daemon.stop()
