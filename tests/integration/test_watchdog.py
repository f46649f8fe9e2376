# SPDX-License-Identifier: MIT
"""The watchdog: a service that has nothing to say any more is aborted, and restarted where it is to be."""

import signal

from harness import pid_exists, wait_for


def watched(puppet, *more):
    return "[service s]\nType=notify\nExecStart=" + puppet.command + "\n" + "".join(line + "\n" for line in more)


def test_a_service_learns_of_its_watchdog(tended, puppet):
    daemon = tended(watched(puppet, "WatchdogSec=20s", "LimitCORE=0"))
    told = puppet("environment")
    assert "'WATCHDOG_USEC': '20000000'" in told and f"'WATCHDOG_PID': '{daemon.main_pid('s')}'" in told
    assert f"'NOTIFY_SOCKET': '{daemon.run_folder()}/notify/s'" in told
    puppet("say READY=1")
    assert not daemon.status("s")["WatchdogTimestamp"]
    puppet("say WATCHDOG=1")
    assert daemon.status("s")["WatchdogTimestamp"]


def test_a_service_that_falls_silent_is_aborted(tended, puppet, journal):
    daemon = tended(watched(puppet, "WatchdogSec=300ms", "LimitCORE=0"), journal=journal)
    # Before it is ready nobody waits for its words.
    puppet("say WATCHDOG=1")
    puppet("say READY=1")
    daemon.wait_state("s", "failed (failed)")
    status = daemon.status("s")
    assert status["Result"] == "watchdog" and status["ExecMainStatus"] == signal.SIGABRT
    assert "did not report to its watchdog" in status["Reason"]


def test_a_service_that_goes_on_talking_lives(tended, puppet):
    daemon = tended(watched(puppet, "WatchdogSec=1s", "LimitCORE=0"))
    puppet("say READY=1")
    pid = daemon.main_pid("s")
    for _ in range(40):
        puppet("say WATCHDOG=1")
        assert daemon.status("s")["MainPID"] == pid
        signal.sigtimedwait([], 0.05)
    assert daemon.state("s") == "active (running)"


def test_restart_on_watchdog(tended, puppet):
    daemon = tended(watched(puppet, "WatchdogSec=200ms", "LimitCORE=0", "Restart=on-watchdog", "RestartSec=0"))
    puppet("say READY=1")
    wait_for(lambda: daemon.status("s")["NRestarts"] == 1, "the restart")
    puppet("exit 1")
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Result"] == "exit-code"


def test_a_service_sets_its_own_watchdog_or_asks_for_its_end(tended, puppet):
    daemon = tended(watched(puppet, "WatchdogSec=1h", "LimitCORE=0", "WatchdogSignal=SIGTERM"))
    puppet("say READY=1")
    puppet("say WATCHDOG_USEC=100000")
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Result"] == "watchdog"
    daemon.ctl("start", "s", "--no-block")
    puppet("say READY=1")
    puppet("shout WATCHDOG=trigger")
    daemon.wait_state("s", "failed (failed)")
    assert "WATCHDOG=trigger" in daemon.status("s")["Reason"]


def test_one_that_ignores_the_signal_is_killed(tended, tmp_path):
    script = tmp_path / "script"
    script.write_text("trap '' ABRT\nsystemd-notify --ready\nwhile :; do sleep 1000; done\n")
    daemon = tended("[service s]\nType=notify\nNotifyAccess=all\nWatchdogSec=200ms\nTimeoutAbortSec=300ms\n"
                    f"KillMode=mixed\nExecStart=/bin/sh {script}\n")
    daemon.wait_state("s", "deactivating (stop-watchdog)")
    pid = daemon.status("s")["MainPID"]
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Result"] == "watchdog" and not pid_exists(pid)
