#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What talking with a service costs: an `ask` from a script, a process each; lines through one `attach` between two
programs, beside a relay that does nothing else, in the same run; the same with both directions in the journal.

    bench/talk.py [ask] [attach] [journal]      (BUILD=build; journal: under bench/with-journald, as root)"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(HERE, "..", "build")))
TENDED = os.path.join(BUILD, "daemon", "tended")
TENDCTL = os.path.join(BUILD, "ctl", "tendctl")
RELAY = os.path.join(BUILD, "bench", "relay")
ROUNDS = 5
PAIRS = 20000
SIZE = 50

DEFINITIONS = f"""
[service echo]
ExecStart = {RELAY} echo
StandardInput = pipe
AutoStart = no

[service noted]
ExecStart = {RELAY} echo
StandardInput = pipe
LogInput = yes
AutoStart = no
"""


class Daemon:
    """A tended of a bench's own."""

    def __init__(self, log_target):
        self.folder = tempfile.mkdtemp(dir="/dev/shm")
        self.socket = os.path.join(self.folder, "control")
        with open(os.path.join(self.folder, "talk.ini"), "w", encoding="ascii") as file:
            file.write(DEFINITIONS)
        self.process = subprocess.Popen([TENDED, "-c", os.path.join(self.folder, "talk.ini"), "--socket", self.socket,
                                         "--log-target", log_target])
        while self.run("list", check=False).returncode != 0:
            time.sleep(0.01)

    def argv(self, *words):
        return [TENDCTL, "--socket", self.socket, *words]

    def run(self, *words, check=True):
        return subprocess.run(self.argv(*words), check=check, capture_output=True, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)


def drive(command, pairs=PAIRS):
    done = subprocess.run([RELAY, "drive", str(pairs), str(SIZE), *command], check=True, stdout=subprocess.PIPE, text=True)
    return pairs / float(done.stdout)


def ask():
    with Daemon("null") as daemon:
        daemon.run("start", "echo")
        spans = []
        for i in range(300):
            begin = time.monotonic()
            answer = daemon.run("ask", "echo", f"question {i}").stdout
            spans.append(time.monotonic() - begin)
            assert answer == f"question {i}\n"
        print(f"ask, a process each: {statistics.median(spans) * 1000:.2f} ms in the median (must: 3 ms)")


def attach():
    ratios = []
    with Daemon("null") as daemon:
        for _ in range(ROUNDS):
            bare = drive([RELAY, "relay", RELAY, "echo"])
            ours = drive(daemon.argv("attach", "--start", "echo"))
            ratios.append(ours / bare)
            print(f"  bare relay {bare:.0f} pairs/s, attach {ours:.0f} pairs/s: {ours / bare:.2f}")
    print(f"attach, log to null: {statistics.median(ratios):.2f} of a bare relay in the median (must: 0.6)")


def journal():
    with Daemon("journal") as daemon:
        rates = [drive(daemon.argv("attach", "--start", "noted")) for _ in range(ROUNDS)]
        whole = daemon.run("logs", "--verify", "noted", check=False)
        print(whole.stdout, end="")
        print(f"attach, both directions in the journal: {statistics.median(rates):.0f} pairs/s in the median "
              f"(must: 5000), {'no line is missing' if whole.returncode == 0 else 'LINES ARE MISSING'}")


def main():
    rows = sys.argv[1:] or ["ask", "attach", "journal"]
    for row in rows:
        {"ask": ask, "attach": attach, "journal": journal}[row]()


if __name__ == "__main__":
    main()
