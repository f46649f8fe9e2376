# SPDX-License-Identifier: MIT
"""ExecCondition: whether a service is to run at all."""

import pytest


def conditional(command, *more):
    return f"[service s]\nExecCondition={command}\nExecStart=/bin/sleep 1000\n" + "".join(f"{line}\n" for line in more)


def test_a_service_whose_conditions_hold_runs(tended):
    daemon = tended(conditional("/bin/true", "ExecCondition=-/bin/false"))
    daemon.wait_state("s", "active (running)")


def test_one_whose_condition_does_not_hold_is_skipped_and_that_is_no_failure(tended, journal):
    daemon = tended(conditional("/bin/sh -c 'exit 3'", "Restart=always", "RestartSec=0", "AutoStart=no") +
                    "[service next]\nRequires=s\nAfter=s\nExecStart=/bin/sleep 1000\n", journal=journal)
    # What requires it is started all the same.
    daemon.wait_state("next", "active (running)")
    status = daemon.status("s")
    assert daemon.state("s") == "inactive (dead)" and status["Result"] == "exec-condition"
    assert status["NRestarts"] == 0 and "exit code 3" in status["Reason"]
    assert daemon.ctl("start", "s").returncode == 0
    assert journal.entries("TENDED_SERVICE=s", "TENDED_EVENT=skipped")
    assert not journal.entries("TENDED_SERVICE=s", "TENDED_EVENT=command-failed")


@pytest.mark.parametrize("command,result", [("/bin/sh -c 'exit 255'", "exit-code"), ("/bin/sh -c 'kill -9 $$$$'", "signal"),
                                            ("/no/such/program", "exit-code")])
def test_a_condition_that_could_not_be_asked_is_a_failure(tended, command, result):
    daemon = tended(conditional(command))
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Result"] == result


def test_a_condition_takes_its_time_and_no_more(tended):
    daemon = tended(conditional("/bin/sleep 1000", "TimeoutStartSec=300ms"))
    daemon.wait_state("s", "activating (condition)")
    daemon.wait_state("s", "failed (failed)")
    assert daemon.status("s")["Result"] == "timeout"
