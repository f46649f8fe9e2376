#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A chain of services, each after and requiring the one before, each ready by a line: beside the bare loop with the
same steps (clone, the child says a line, read it, clone the next), in turn. The stop goes through it backwards.

    bench/chain.py [N]      (BUILD=build)"""

import os
import statistics
import subprocess
import sys
import tempfile

from services import LOOP, RUN, TINY, Daemon, cgroup_folder, settle, tree_remove


def bare(n):
    settle()
    folder = cgroup_folder()
    out = subprocess.run([LOOP, "chain", str(n), TINY] + ([folder] if folder else []), stdout=subprocess.PIPE,
                         check=True, text=True).stdout
    if folder and os.path.exists(folder):
        tree_remove(folder)
    return float(out.split()[0]) / 1e3


def chained(n):
    settle()
    definitions = "".join(f"[service s{i:04}]\nExecStart={TINY} ready\nReadyLine=^ready$\n"
                          + (f"Requires=s{i - 1:04}\nAfter=s{i - 1:04}\n" if i > 0 else "") for i in range(n))
    with tempfile.TemporaryDirectory(dir=RUN) as work:
        daemon = Daemon(work, definitions)
        return daemon.start_seconds, daemon.stop()


def main(n=200, rounds=7):
    loops, starts, stops = [], [], []
    for _ in range(rounds):
        loops.append(bare(n))
        start, stop = chained(n)
        starts.append(start)
        stops.append(stop)
    ratio = statistics.median(a / b for a, b in zip(starts, loops))
    print(f"chain of {n}: up in {statistics.median(starts) * 1e3:.0f} ms, the daemon's own start among it; bare loop"
          f" {statistics.median(loops) * 1e3:.0f} ms, ratio {ratio:.2f} (must: 1.4); down in"
          f" {statistics.median(stops) * 1e3:.0f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
