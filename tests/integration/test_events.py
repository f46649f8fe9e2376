# SPDX-License-Identifier: MIT
"""What happens, as it happens."""

import json
import os
import signal
import subprocess
import threading

from harness import TENDCTL, is_sanitized, wait_for

TWO = "[service one]\nExecStart=/bin/sleep 1000\n[service two]\nExecStart=/bin/sleep 1000\n"


class Watcher:
    """`tendctl events`, whose lines are collected."""

    def __init__(self, daemon, *argv, read=True):
        inside = daemon.journal.inside if daemon.journal else []
        self.process = subprocess.Popen(inside + [TENDCTL, "--socket", daemon.socket, *argv], env=daemon.env,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = []
        # It has begun when it says so.
        self.lines.append(self.process.stdout.readline())
        self.thread = threading.Thread(target=self.collect)
        if read:
            self.thread.start()

    def collect(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def events(self):
        return [json.loads(line) for line in list(self.lines)]

    def states(self, name):
        return [f"{e['ActiveState']} ({e['SubState']})" for e in self.events()
                if e["Event"] == "state" and e["Id"] == name]

    def names(self, name):
        return [e["Event"] for e in self.events() if e.get("Id") == name and e["Event"] != "state"]

    def wait_state(self, name, state):
        return wait_for(lambda: state in self.states(name), f"{name} {state}")

    def close(self):
        self.process.kill()
        self.process.wait()
        if self.thread.is_alive():
            self.thread.join()


def test_a_life_is_told_step_by_step(tended):
    daemon = tended(TWO)
    daemon.ctl("wait", "one", "two")
    watcher = Watcher(daemon, "--json", "events")
    assert watcher.events()[0]["Event"] == "watching"
    daemon.ctl("restart", "one")
    watcher.wait_state("one", "active (running)")
    assert watcher.states("one") == ["deactivating (stop-sigterm)", "activating (waiting)", "activating (start)",
                                     "active (running)"]
    assert watcher.names("one") == ["changed-by", "stopping", "exited", "started", "ready"]
    events = watcher.events()
    by = next(e for e in events if e["Event"] == "changed-by")
    assert (by["CausedByVerb"], by["CausedByUID"], by["CausedByCommand"]) == ("restart", os.getuid(), "tendctl")
    last = next(e for e in reversed(events) if e["Event"] == "state")
    assert last["MainPID"] == daemon.main_pid("one") and last["Ready"] is True
    assert last["InvocationID"] == daemon.status("one")["InvocationID"]
    assert [e["Timestamp"] for e in events] == sorted(e["Timestamp"] for e in events)
    assert not watcher.states("two")
    watcher.close()
    daemon.stop()


def test_a_target_is_told_of_as_status_shows_it(tended):
    daemon = tended(TWO + "[target both]\nWants=one two\n[target default]\nWants=one\n")
    daemon.ctl("wait", "one")
    watcher = Watcher(daemon, "--json", "events", "both.target")
    daemon.ctl("start", "both.target")
    watcher.wait_state("both.target", "active (active)")
    assert daemon.state("both.target") == "active (active)"
    assert "both.target is active (active)" in [event["Message"] for event in watcher.events()]
    watcher.close()
    daemon.stop()


def test_exits_and_restarts(tended):
    daemon = tended("[service one]\nExecStart=/bin/sleep 1000\nRestart=always\n")
    daemon.ctl("wait", "one")
    watcher = Watcher(daemon, "--json", "events", "one")
    os.kill(daemon.main_pid("one"), signal.SIGKILL)
    wait_for(lambda: "ready" in watcher.names("one"), "it ready again")
    exited = next(e for e in watcher.events() if e["Event"] == "exited")
    assert (exited["ExecMainCode"], exited["ExecMainStatus"]) == ("killed", 9)
    waiting = next(e for e in watcher.events() if e.get("SubState") == "auto-restart")
    assert waiting["NextRestartTimestamp"] > 0 and waiting["CauseText"].startswith("Restart=always: ")
    assert watcher.events()[-1].get("NRestarts", 1) == 1
    watcher.close()
    daemon.stop()


def test_only_those_that_are_named(tended):
    daemon = tended(TWO)
    watcher = Watcher(daemon, "--json", "events", "t*")
    daemon.ctl("restart", "one")
    daemon.ctl("restart", "two")
    watcher.wait_state("two", "active (running)")
    assert not watcher.states("one")
    # What comes into being later and matches is told of.
    daemon.write("more.ini", "[service third]\nExecStart=/bin/sleep 1000\n")
    daemon.ctl("apply")
    watcher.wait_state("third", "active (running)")
    assert "reloaded" not in [e["Event"] for e in watcher.events()]
    watcher.close()
    assert daemon.ctl("events", "nobody", check=False).returncode == 4
    daemon.stop()


def test_a_line_for_people(tended):
    daemon = tended(TWO)
    watcher = Watcher(daemon, "events")
    daemon.ctl("stop", "one")
    wait_for(lambda: any(line.rstrip().endswith("one is inactive (dead)") for line in list(watcher.lines)),
             "the end of it")
    assert any("one: stop asked for by process" in line for line in watcher.lines)
    assert not any(line.startswith("n/a") for line in watcher.lines)
    watcher.close()
    daemon.stop()


def test_the_end_of_the_daemon_is_the_end(tended):
    daemon = tended(TWO)
    watcher = Watcher(daemon, "--json", "events")
    daemon.ctl("shutdown")
    assert watcher.process.wait(timeout=60) == 5
    watcher.thread.join()
    assert "io.tended.Error.NoDaemon" in watcher.process.stderr.read()
    assert watcher.states("one")[-1] == "inactive (dead)"
    assert "shutdown" in [e.get("CausedByVerb") for e in watcher.events()]
    daemon.process.wait(timeout=60)


def test_a_bound_in_time(tended):
    daemon = tended(TWO)
    assert daemon.ctl("--timeout", "100ms", "events", check=False).returncode == 124
    daemon.stop()


def test_who_reads_too_slowly_is_told_and_holds_up_nobody(tended):
    daemon = tended("[service busy]\nExecStart=/bin/true\nRestart=always\nRestartSec=0\nStartLimitIntervalSec=0\n")
    lazy = Watcher(daemon, "--json", "events", read=False)
    lazy.process.send_signal(signal.SIGSTOP)
    memory = [int(line.split()[1]) for line in open(f"/proc/{daemon.pid}/status", encoding="ascii")
              if line.startswith("VmRSS")][0]
    # Enough for its pipe, its socket and what is kept for it.
    wait_for(lambda: daemon.status("busy")["NRestarts"] > 2500, "many restarts")
    after = [int(line.split()[1]) for line in open(f"/proc/{daemon.pid}/status", encoding="ascii")
             if line.startswith("VmRSS")][0]
    # What a sanitizer keeps of freed memory is not ours.
    assert after - memory < 12288 or is_sanitized()
    daemon.ctl("stop", "busy")
    lazy.process.send_signal(signal.SIGCONT)
    lazy.thread.start()
    missed = wait_for(lambda: [e for e in lazy.events() if e["Event"] == "missed"], "word of what was missed")
    assert missed[0]["Missed"] > 0
    # It goes on from there.
    daemon.ctl("start", "busy")
    at = len(lazy.events())
    wait_for(lambda: any(e["Event"] == "started" for e in lazy.events()[at:]), "what happens now")
    lazy.close()
    daemon.ctl("stop", "busy")
    daemon.stop()


def test_many_watch_at_once(tended):
    daemon = tended(TWO)
    watchers = [Watcher(daemon, "--json", "events", "one") for _ in range(8)]
    watchers[0].close()
    daemon.ctl("restart", "one")
    for watcher in watchers[1:]:
        watcher.wait_state("one", "active (running)")
        watcher.close()
    daemon.stop()


def test_a_burst_is_told_without_a_gap(tended):
    names = [f"s{i:03}" for i in range(300)]
    daemon = tended("".join(f"[service {name}]\nExecStart=/bin/sleep 1000\n" for name in names))
    daemon.ctl("wait", "*")
    watcher = Watcher(daemon, "--json", "events")
    daemon.ctl("stop", "*")
    for name in (names[0], names[-1]):
        watcher.wait_state(name, "inactive (dead)")
    events = wait_for(lambda: [e for e in watcher.events() if e.get("SubState") == "dead"][299:] and watcher.events(),
                      "the end of all")
    assert not [e for e in events if e["Event"] == "missed"]
    assert {e["Id"] for e in events if e["Event"] == "changed-by"} == set(names)
    watcher.close()
    daemon.stop()
