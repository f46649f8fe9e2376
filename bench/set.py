#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A set of services: from one's readiness to its dependent's exec, and the difference between definitions.

    bench/set.py [ready] [diff]      (BUILD=build)"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

from services import RUN, STAMP, TENDCTL, TINY, Daemon, read_stamps


def wait_for_stamps(path, n):
    while len(read_stamps(path)) < n:
        time.sleep(0.001)
    return read_stamps(path)[n - 1][1]


def ready(rounds=100):
    """`first` is restarted, and `second`, which requires it, with it."""
    ways = {"line": "Type=exec\nReadyLine=^ready$", "notify": "Type=notify"}
    for way, how in ways.items():
        with tempfile.TemporaryDirectory(dir=RUN) as work:
            first, second = os.path.join(work, "first"), os.path.join(work, "second")
            daemon = Daemon(work, f"[service first]\nExecStart={STAMP} {first} {way}\n{how}\n"
                                  f"[service second]\nExecStart={STAMP} {second}\nRequires=first\nAfter=first\n")
            seen = []
            for i in range(1, rounds + 1):
                seen.append((wait_for_stamps(second, i) - wait_for_stamps(first, i)) / 1e6)
                daemon.ctl("restart", "first", "second")
            daemon.stop()
        print(f"ready by {way} to the dependent's main(): median {statistics.median(seen):.2f} ms,"
              f" 90 % {sorted(seen)[int(rounds * 0.9)]:.2f} ms (must: 1)")


def diff(n=1000, rounds=20):
    definitions = [f"[service s{i:03}]\nExecStart={TINY}\n" for i in range(n)]
    with tempfile.TemporaryDirectory(dir=RUN) as work:
        daemon = Daemon(work, "".join(definitions))
        definitions[7] += "Restart=always\n"
        definitions[500] += "Description=Another\n"
        definitions[999] += "Environment=A=1\n"
        with open(os.path.join(work, "x.ini"), "w", encoding="ascii") as file:
            file.write("[daemon]\nReadyWhen=started\n" + "".join(definitions))
        seen = []
        for _ in range(rounds):
            began = time.monotonic()
            out = subprocess.run([TENDCTL, "--socket", daemon.socket, "diff"], stdout=subprocess.PIPE, text=True,
                                 check=False)
            seen.append((time.monotonic() - began) * 1e3)
            assert out.returncode == 10, out
        named = [name for name in (f"s{i:03}" for i in range(n)) if name in out.stdout]
        daemon.stop()
    print(f"diff of {n} services with 3 changed: median {statistics.median(seen):.1f} ms (must: 50), it names"
          f" {' '.join(named)}")


if __name__ == "__main__":
    for what in sys.argv[1:] or ["ready", "diff"]:
        {"ready": ready, "diff": diff}[what]()
