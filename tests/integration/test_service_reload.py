# SPDX-License-Identifier: MIT
"""`tendctl reload`: what can be reloaded, what can't, and what is said about it."""

import signal

from harness import wait_for


def test_what_can_not_be_reloaded_says_so_and_nothing_else(tended):
    daemon = tended("[service plain]\nExecStart=/bin/sh -c 'echo noise; exec sleep 1000'\n"
                    "[service down]\nAutoStart=no\nExecStart=/bin/sleep 1000\nReloadSignal=SIGHUP\n"
                    "[service done]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nReloadSignal=SIGHUP\n")
    daemon.wait_state("plain", "active (running)")
    daemon.wait_state("done", "active (exited)")
    for name, reason in (("plain", "neither ExecReload nor ReloadSignal"), ("down", "does not run"),
                         ("done", "no process of it is left")):
        done = daemon.ctl("reload", name, check=False)
        assert done.returncode == 1 and reason in done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "NotSupported" in daemon.ctl("--json", "reload", "plain", check=False).stderr
    assert "NotActive" in daemon.ctl("--json", "reload", "down", check=False).stderr


def test_a_service_without_a_process_reloads_by_its_command(tended, tmp_path):
    daemon = tended(f"[service s]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"
                    f"ExecReload=/usr/bin/touch {tmp_path}/reloaded\n")
    daemon.wait_state("s", "active (exited)")
    daemon.ctl("reload", "s")
    assert (tmp_path / "reloaded").exists() and daemon.state("s") == "active (exited)"


def test_each_command_has_the_whole_time_of_a_start(tended):
    daemon = tended("[service s]\nTimeoutStartSec=1s\nExecStart=/bin/sleep 1000\n" +
                    "ExecStartPre=/bin/sleep 0.7\n" * 2 + "ExecStartPost=/bin/sleep 0.7\n" * 2)
    daemon.wait_state("s", "active (running)")


def test_a_reset_is_told_as_what_it_is(tended, journal):
    daemon = tended("[service s]\nExecStart=/bin/false\n", journal=journal)
    daemon.wait_state("s", "failed (failed)")
    daemon.ctl("reset-failed", "s")
    assert daemon.state("s") == "inactive (dead)"
    assert wait_for(lambda: journal.entries("TENDED_SERVICE=s", "TENDED_EVENT=reset"), "the event")
    assert not journal.entries("TENDED_SERVICE=s", "TENDED_EVENT=stopped")


def test_a_reload_by_signal(tended, tmp_path):
    script = tmp_path / "script"
    script.write_text(f"trap 'touch {tmp_path}/got' HUP\nwhile :; do sleep 0.01; done\n")
    daemon = tended(f"[service s]\nExecStart=/bin/sh {script}\nReloadSignal=SIGHUP\nReadyAfterSec=100ms\n")
    daemon.wait_state("s", "active (running)")
    daemon.ctl("reload", "s")
    wait_for((tmp_path / "got").exists, f"the effect of {signal.SIGHUP!r}")
