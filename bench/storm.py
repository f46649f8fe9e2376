#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A database that is away for a while, and many that exit without it: how many are restarted in the fullest second,
and how long after its return all are up.

    bench/storm.py [SECONDS]      (BUILD=build)"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from services import RUN, TENDCTL, Daemon

N = 50
BUDGET = 30

# It goes on in the [daemon] section of services.Daemon.
DEFINITIONS = """
RestartBudget={budget}
[service db]
Restart=always
RestartSec=200ms
StartLimitIntervalSec=0
ReadyLine=up
ExecStart=/bin/sh -c 'test -e {work}/db || exit 1; echo up; exec sleep 100000'
"""

DEPENDENT = """
[service w{i:02}]
Wants=db
After=db
Restart=on-failure
RestartSec=100ms
ReadyLine=up
ExecStart=/bin/sh -c 'date +%%s.%%N >>{work}/starts; test -e {work}/db || exit 1; echo up; exec sleep 100000'
"""


def show(daemon, *names):
    out = subprocess.run([TENDCTL, "--socket", daemon.socket, "--json", "show", *names], stdout=subprocess.PIPE,
                         check=True).stdout
    return json.loads(out)


def fullest_second(times):
    most = begin = 0
    for end, when in enumerate(times):
        while times[begin] <= when - 1:
            begin += 1
        most = max(most, end - begin + 1)
    return most


def wait_until_up(daemon, patience=30):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        states = show(daemon, "*")
        if all(s["ActiveState"] == "active" for s in states):
            break
        time.sleep(0.02)
    return states


def storm(seconds):
    with tempfile.TemporaryDirectory(dir=RUN) as work:
        daemon = Daemon(work, DEFINITIONS.format(budget=BUDGET, work=work)
                        + "".join(DEPENDENT.format(i=i, work=work) for i in range(N)))
        time.sleep(seconds)
        with open(os.path.join(work, "db"), "w", encoding="ascii"):
            pass
        states = wait_until_up(daemon)
        with open(os.path.join(work, "starts"), encoding="ascii") as file:
            starts = sorted(map(float, file.read().split()))
        daemon.stop()
    entered = {s["Id"]: (s["ActiveEnterTimestamp"] or 0) / 1e6 for s in states}
    late = max(entered.values()) - entered["db"]
    lost = [s["Id"] for s in states if s["ActiveState"] != "active"]
    # The first ones were asked for by the daemon's start; what comes then is automatic.
    return fullest_second(starts[N:]), late, lost, len(starts)


def main(seconds=30.0, rounds=3):
    seen = [storm(seconds) for _ in range(rounds)]
    print(f"database down for {seconds:.0f} s, {N} dependents, RestartBudget={BUDGET}:"
          f" at most {max(most for most, *_ in seen)} starts in a second (must: {BUDGET}) of"
          f" {statistics.median(n for *_, n in seen):.0f} in all; all up"
          f" {max(late for _, late, *_ in seen):.2f} s after it was ready (must: 3);"
          f" given up: {sum(len(lost) for _, _, lost, _ in seen)} (must: 0)")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
