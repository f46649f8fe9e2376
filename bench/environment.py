#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What environments and transient services cost: `tended run -- true`, ten services that are ready by TCP, a thousand
`run --pipe --wait`, and encryptions through a pool beside `xargs -P`, in turns.

    bench/environment.py [true] [ten] [pipe] [pool]      (BUILD=build, N=1000)"""

import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(ROOT, "build")))
TENDED, TENDCTL = os.path.join(BUILD, "daemon", "tended"), os.path.join(BUILD, "ctl", "tendctl")
TINY, REVERSE, LATE = (os.path.join(BUILD, "bench", name) for name in ("tiny", "reverse", "late"))
N = int(os.environ.get("N", "1000"))
missed = []


def row(what, seen, bound, unit):
    good = seen <= bound
    print(f"{'ok    ' if good else 'MISSED'} {what}: {seen:.2f}{unit}, must be at most {bound:g}{unit}", flush=True)
    if not good:
        missed.append(what)


def timed(argv, **options):
    began = time.monotonic()
    subprocess.run(argv, check=True, **options)
    return time.monotonic() - began


class Folder:
    """Definitions in a folder of their own, in memory where that can be had."""

    def __init__(self, definitions):
        self.path = tempfile.mkdtemp(prefix="tended-bench-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        with open(os.path.join(self.path, "tended.ini"), "w", encoding="ascii") as file:
            file.write(definitions)

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path)


class Daemon:
    """A daemon whose log goes nowhere."""

    def __init__(self, folder):
        self.socket = os.path.join(folder, "control")
        self.process = subprocess.Popen([TENDED, "-c", os.path.join(folder, "tended.ini"), "--socket", self.socket,
                                         "--log-target", "null"])
        while subprocess.run([TENDCTL, "--socket", self.socket, "list"], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, check=False).returncode:
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def bench_true():
    with Folder(f"[service tiny]\nExecStart={TINY}\n") as folder:
        argv = [TENDED, "run", "--", "/bin/true"]
        timed(argv, cwd=folder)
        row("tended run -- true with one tiny service, median of 50",
            statistics.median(timed(argv, cwd=folder) for _ in range(50)) * 1000, 15, " ms")


def bench_ten():
    """From the moment in which the slowest listens to the first act of the command."""
    text = "".join(f"[service s{i}]\nPorts=p\nReadyTCP=127.0.0.1:%{{s{i}.p}}\n"
                   f"ExecStart={LATE} %{{s{i}.p}} {200 + 50 * i} %Y/listens-{i}\n" for i in range(10))
    spans = []
    with Folder(text) as folder:
        for _ in range(11):
            out = subprocess.run([TENDED, "run", "--", "date", "+%s%6N"], cwd=folder, check=True, stdout=subprocess.PIPE).stdout
            listens = max(int(open(path, encoding="ascii").read()) for path in glob.glob(folder + "/listens-*"))
            spans.append((int(out) - listens) / 1000)
    row("10 services ready by TCP: the command runs behind the slowest, median of 11", statistics.median(spans), 50,
        " ms")


def bench_pipe():
    with Folder("[service other]\nExecStart=" + TINY + "\n") as folder, Daemon(folder) as daemon:
        argv = [TENDCTL, "--socket", daemon.socket, "run", "--pipe", "--wait", "--", REVERSE]
        took = []
        for i in range(N):
            text = f"{i} is a line"
            began = time.monotonic()
            out = subprocess.run(argv, input=text, stdout=subprocess.PIPE, check=True, text=True).stdout
            took.append((time.monotonic() - began) * 1000)
            assert out == text[::-1]
        row(f"{N} run --pipe --wait of a static program, mean", statistics.mean(took), 3, " ms")


def bench_pool():
    """The same commands, as many at once: by the pool, and by xargs alone."""
    if not shutil.which("gpg"):
        print("left out pool: there is no gpg")
        return
    slots = os.cpu_count()
    with Folder("[pool crypto]\nSlots=cpus\n") as folder, Daemon(folder) as daemon:
        home = os.path.join(folder, "gnupg")
        os.mkdir(home, 0o700)
        # One agent for all: one that a service starts ends with it.
        subprocess.run(["gpgconf", "--homedir", home, "--launch", "gpg-agent"], check=True)
        with open(os.path.join(folder, "secret"), "w", encoding="ascii") as file:
            file.write("secret")
        for i in range(N):
            with open(os.path.join(folder, f"in{i}"), "w", encoding="ascii") as file:
                file.write("x" * 1000)
        gpg = (f"gpg --homedir {home} --batch --yes --quiet --pinentry-mode loopback --passphrase-file {folder}/secret "
               f"--no-symkey-cache -c")
        numbers = "\n".join(map(str, range(N)))
        ratios = []
        for _ in range(3):
            bare = timed(["xargs", "-P", str(slots), "-I", "{}", "sh", "-c",
                          f"exec {gpg} <{folder}/in{{}} >{folder}/out{{}}"], input=numbers, text=True)
            pooled = timed(["xargs", "-P", str(4 * slots), "-I", "{}", "sh", "-c",
                            f"exec {TENDCTL} --socket {daemon.socket} run --pipe --pool crypto -- {gpg} "
                            f"<{folder}/in{{}} >{folder}/out{{}}"], input=numbers, text=True)
            ratios.append(pooled / bare)
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
        row(f"{N} encryptions through a pool of {slots}, against xargs -P {slots}, median of 3",
            statistics.median(ratios), 1.05, " x")


benches = {"true": bench_true, "ten": bench_ten, "pipe": bench_pipe, "pool": bench_pool}
for name in sys.argv[1:] or benches:
    benches[name]()
sys.exit(1 if missed else 0)
