#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What services cost: the start of 1000, memory and `status` with them, a restart after a kill, a shutdown of 100 that
ignore SIGTERM. Each is measured beside its yardstick in the same run, in turn; ratios are what counts.

    bench/services.py [start] [restart] [shutdown] [peers]      (BUILD=build)"""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(ROOT, "build")))
TENDED = os.path.join(BUILD, "daemon", "tended")
TENDCTL = os.path.join(BUILD, "ctl", "tendctl")
TINY = os.path.join(BUILD, "bench", "tiny")
STAMP = os.path.join(BUILD, "bench", "stamp")
LOOP = os.path.join(BUILD, "bench", "spawn-loop")


def memory_folder():
    """Where a daemon runs: state is written for each start, and /run is in memory on a machine that booted."""
    with open("/proc/mounts", encoding="ascii", errors="replace") as file:
        mounts = {line.split()[1]: line.split()[2] for line in file}
    return next((path for path in ("/run", "/dev/shm") if mounts.get(path) == "tmpfs" and os.access(path, os.W_OK)),
                None)


RUN = memory_folder()


class Daemon:
    """A tended whose READY=1 comes when every service is executed."""

    def __init__(self, folder, definitions):
        self.folder = folder
        self.socket = os.path.join(folder, "control")
        with open(os.path.join(folder, "x.ini"), "w", encoding="ascii") as file:
            file.write("[daemon]\nReadyWhen=started\n" + definitions)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(os.path.join(folder, "notify"))
        self.began = time.monotonic()
        self.process = subprocess.Popen([TENDED, "-c", os.path.join(folder, "x.ini"), "--socket", self.socket,
                                         "--log-target", "null"],
                                        env=dict(os.environ, NOTIFY_SOCKET=os.path.join(folder, "notify")))
        while b"READY=1" not in self.notify.recv(4096):
            pass
        self.start_seconds = time.monotonic() - self.began

    def pss(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))

    def ctl(self, *argv):
        began = time.monotonic()
        subprocess.run([TENDCTL, "--socket", self.socket, *argv], stdout=subprocess.DEVNULL, check=True)
        return time.monotonic() - began

    def stop(self):
        began = time.monotonic()
        self.process.terminate()
        self.process.wait()
        return time.monotonic() - began


def cgroup_folder():
    """A fresh folder in the v2 tree below our own cgroup, or None."""
    with open("/proc/self/cgroup", encoding="ascii") as file:
        own = next((line.split("::", 1)[1].strip() for line in file if line.startswith("0::")), None)
    for mount in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
        folder = f"{mount}{own}/bench-{os.getpid()}"
        if own and os.path.exists(f"{mount}/cgroup.procs"):
            try:
                os.mkdir(folder)
                return folder
            except OSError:
                return None
    return None


def tree_remove(folder):
    for name in os.listdir(folder):
        if os.path.isdir(os.path.join(folder, name)):
            os.rmdir(os.path.join(folder, name))
    os.rmdir(folder)


def settle(patience=20):
    """The kernel takes cgroups apart behind our backs: what one side left must not burden the other."""
    for mount in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
        end = time.monotonic() + patience
        while os.path.exists(f"{mount}/cgroup.stat") and time.monotonic() < end:
            with open(f"{mount}/cgroup.stat", encoding="ascii") as file:
                if "nr_dying_descendants 0\n" in file.read():
                    break
            time.sleep(0.05)


def start(rounds=5):
    n = 1000
    loop, ours, pss, status = [], [], [], []
    definitions = "".join(f"[service s{i:03}]\nExecStart={TINY}\n" for i in range(n))
    for _ in range(rounds):
        settle()
        folder = cgroup_folder()
        out = subprocess.run([LOOP, str(n), TINY] + ([folder] if folder else []), stdout=subprocess.PIPE, check=True,
                             text=True).stdout
        loop.append(float(out.split()[0]) / 1e3)
        if folder and os.path.exists(folder):
            tree_remove(folder)
        settle()
        with tempfile.TemporaryDirectory(dir=RUN) as work:
            daemon = Daemon(work, definitions)
            ours.append(daemon.start_seconds)
            status.extend(daemon.ctl("status") for _ in range(11))
            pss.append(daemon.pss())
            daemon.stop()
    ratio = statistics.median(a / b for a, b in zip(ours, loop))
    print(f"start of {n}: tended {statistics.median(ours) * 1e3:.0f} ms, bare loop {statistics.median(loop) * 1e3:.0f} ms,"
          f" ratio {ratio:.2f} (must: 1.5)")
    print(f"memory with {n}: PSS {statistics.median(pss) / 1024:.1f} MiB (must: 10)")
    print(f"tendctl status with {n}: {statistics.median(status) * 1e3:.1f} ms (must: 15)")


def read_stamps(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as file:
        return [tuple(map(int, line.split())) for line in file if line.endswith("\n")]


def restart(rounds=100):
    with tempfile.TemporaryDirectory(dir=RUN) as work:
        stamps = os.path.join(work, "stamps")
        daemon = Daemon(work, f"[service s]\nExecStart={STAMP} {stamps}\nRestart=always\nRestartSec=0\n"
                              "StartLimitIntervalSec=0\n")
        seen = []
        for i in range(rounds):
            while len(read_stamps(stamps)) <= i:
                pass
            time.sleep(0.005)
            pid, _ = read_stamps(stamps)[i]
            began = time.monotonic_ns()
            os.kill(pid, signal.SIGKILL)
            while len(read_stamps(stamps)) <= i + 1:
                time.sleep(0.002)
            seen.append((read_stamps(stamps)[i + 1][1] - began) / 1e6)
        daemon.stop()
    print(f"killed to new main(): median {statistics.median(seen):.2f} ms, 90 % {sorted(seen)[int(rounds * 0.9)]:.2f} ms"
          " (must: 1.5)")


def shutdown(n=100):
    with tempfile.TemporaryDirectory(dir=RUN) as work:
        program = os.path.join(work, "stubborn")
        with open(program, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\ntrap '' TERM\n(setsid sh -c 'trap \"\" TERM; sleep 100000; :' &)\necho up\n"
                       "sleep 100000\n:\n")
        os.chmod(program, 0o755)
        daemon = Daemon(work, "".join(f"[service s{i:03}]\nExecStart={program}\nReadyLine=up\nTimeoutStopSec=1s\n"
                                      for i in range(n)))
        seconds = daemon.stop()
        left = subprocess.run(["pgrep", "-f", program], stdout=subprocess.PIPE, text=True, check=False).stdout.split()
    print(f"shutdown of {n} that ignore SIGTERM: {seconds:.2f} s (must: 1.3), {len(left)} processes left")


def supervisord(work, n):
    conf = os.path.join(work, "supervisord.conf")
    with open(conf, "w", encoding="ascii") as file:
        file.write(f"[supervisord]\nlogfile={work}/log\npidfile={work}/pid\nnodaemon=true\nminfds=8192\n")
        file.write("".join(f"[program:s{i}]\ncommand={TINY}\nstartsecs=0\n" for i in range(n)))
    return ["supervisord", "-c", conf]


def runit(work, n):
    for i in range(n):
        folder = os.path.join(work, "sv", f"s{i}")
        os.makedirs(folder)
        with open(os.path.join(folder, "run"), "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexec {TINY}\n")
        os.chmod(os.path.join(folder, "run"), 0o755)
    return ["runsvdir", os.path.join(work, "sv")]


def s6(work, n):
    runit(work, n)
    return ["s6-svscan", os.path.join(work, "sv")]


def count_children(n, began, limit=60):
    while time.monotonic() - began < limit:
        out = subprocess.run(["pgrep", "-c", "-x", "tiny"], stdout=subprocess.PIPE, text=True, check=False).stdout
        if int(out or 0) >= n:
            return time.monotonic() - began
        time.sleep(0.01)
    return None


def peers(n=200):
    """The same programs under the others, until all n are seen (by pgrep: some 10 ms of grain), for all alike."""
    definitions = "".join(f"[service s{i}]\nExecStart={TINY}\n" for i in range(n))

    def tended(work, _):
        with open(os.path.join(work, "x.ini"), "w", encoding="ascii") as file:
            file.write(definitions)
        return [TENDED, "-c", os.path.join(work, "x.ini"), "--socket", os.path.join(work, "s"), "--log-target", "null"]

    for name, make in (("tended", tended), ("supervisord", supervisord), ("runsvdir", runit), ("s6-svscan", s6)):
        if name != "tended" and not shutil.which(name):
            print(f"{name}: not installed")
            continue
        with tempfile.TemporaryDirectory(dir=RUN) as work:
            argv = make(work, n)
            began = time.monotonic()
            process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            seconds = count_children(n, began)
            process.send_signal(signal.SIGHUP if name == "runsvdir" else signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
            end = time.monotonic() + 10
            while time.monotonic() < end and subprocess.run(["pgrep", "-x", "tiny"], stdout=subprocess.DEVNULL,
                                                            check=False).returncode == 0:
                time.sleep(0.05)
        print(f"start of {n} under {name}: " + (f"{seconds * 1e3:.0f} ms" if seconds else "not within a minute"))


if __name__ == "__main__":
    for what in sys.argv[1:] or ["start", "restart", "shutdown", "peers"]:
        {"start": start, "restart": restart, "shutdown": shutdown, "peers": peers}[what]()
