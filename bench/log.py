#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The log path, measured: log.py [--build DIR] [--runs N] [ROW…]

Rows: burst (one child, a million lines), eight (eight children at once and a quiet ninth), null (capture alone),
stopped (journald stopped with SIGSTOP for ten seconds under a flood), killed (journald killed twice under a flood).
Each run has a journald of its own, freshly started (with-journald). Programs that are compared take turns, and the
median of their runs counts. Every line is looked up in the journal afterwards.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TEXT = "Hello there!!"


def now():
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def cpu_seconds(pid):
    """What the process itself has used, to the nanosecond."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def waited_seconds(pid):
    """How long it was ready to run and somebody else ran: what the machine's other work took from it."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def memory_kib(pid, key):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    return 0


def median(values):
    return statistics.median(values)


# ---- inside: one run beside one journald ------------------------------------------------------------------------


class Bench:
    """The folder and the programs of one run."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tended-bench-"))
        self.journald = int(os.environ["JOURNALD_PID"])
        self.daemon = None

    def close(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        shutil.rmtree(self.folder)

    def program(self, name):
        return str(self.build / name)

    def flood(self, lines, name, *options):
        """The command line of a flood, and the file that it stamps."""
        stamp = self.folder / f"{name}.stamp"
        return [self.program("bench/flood"), str(lines), "--stamp", str(stamp), *options], stamp

    def start_tended(self, services, *options):
        definitions = self.folder / "services.ini"
        definitions.write_text("".join(f"[service {name}]\nExecStart={command}\n{more}\n"
                                       for name, command, more in services))
        self.socket = str(self.folder / "control")
        # Nobody waits for a flood that can't begin.
        subprocess.run([self.program("daemon/tended"), "--check", "-c", str(definitions)], check=True)
        self.daemon = subprocess.Popen([self.program("daemon/tended"), "-c", str(definitions), "--socket", self.socket,
                                        *options], stdin=subprocess.DEVNULL)

    def tendctl(self, *words, **more):
        return subprocess.run([self.program("ctl/tendctl"), "--socket", self.socket, *words], check=False,
                              capture_output=True, text=True, **more)

    def stop_tended(self):
        """Asks it to end, which it does when everything is delivered. Returns its CPU seconds until then."""
        used = cpu_seconds(self.daemon.pid)
        self.waited = waited_seconds(self.daemon.pid)
        self.daemon.send_signal(signal.SIGTERM)
        if self.daemon.wait(600) != 0:
            raise SystemExit(f"tended ended with {self.daemon.returncode}")
        return used

    def verify(self, identifier, *options):
        out = subprocess.run([self.program("bench/verify"), f"SYSLOG_IDENTIFIER={identifier}", *options],
                             check=True, capture_output=True, text=True).stdout
        return json.loads(out)


def wait_for_stamps(stamps, watch=lambda: None):
    """Until each of the floods is over. Returns when the first began."""
    while not all(s.exists() and len(s.read_text().split()) >= 2 for s in stamps):
        watch()
        time.sleep(0.02)
    return min(int(s.read_text().split()[0]) for s in stamps) / 1e6


def sync():
    subprocess.run(["journalctl", "--sync"], check=True)


def run_burst(bench, way, lines):
    """One million lines in one burst, by tended, the bare sender or systemd-cat."""
    result = {}
    flood, stamp = bench.flood(lines, "flood")
    if way == "tended":
        bench.start_tended([("flood", " ".join(flood), "Type=exec")], "--log-target", "journal")
        begin = wait_for_stamps([stamp])
        result["cpu"] = bench.stop_tended()
        result["waited"] = bench.waited
        identifier = "flood"
    elif way == "sender":
        subprocess.run([bench.program("bench/sender"), str(lines), "--stamp", str(stamp)], check=True)
        begin = wait_for_stamps([stamp])
        identifier = "sender"
    else:
        subprocess.run(["systemd-cat", "-t", "cat", *flood], check=True)
        begin = wait_for_stamps([stamp])
        identifier = "cat"
    sync()
    result["wall"] = now() - begin
    result["journald_cpu"] = cpu_seconds(bench.journald)
    result["journald_waited"] = waited_seconds(bench.journald)
    result["check"] = bench.verify(identifier)
    return result


def run_eight(bench, way, lines):
    """Eight floods at once; with tended a quiet ninth service, watched from outside."""
    names = [f"flood{i}" for i in range(8)]
    pages = ["--pages"] if way == "pages" else []
    floods = [bench.flood(lines, name, "--size", "100", "--numbered", *pages) for name in names]
    stamps = [stamp for _, stamp in floods]
    result = {}
    if way in ("tended", "pages"):
        quiet = f"{sys.executable} -u {HERE / 'log.py'} --quiet"
        services = [(name, " ".join(flood), "Type=exec") for name, (flood, _) in zip(names, floods)]
        with contextlib.ExitStack() as stack:
            bench.start_tended([*services, ("quiet", quiet, "Type=exec")], "--log-target", "journal")
            follower = stack.enter_context(Follower(bench)) if way == "tended" else None
            begin = wait_for_stamps(stamps)
            if follower:
                result["ring_ms"] = follower.delays()
            else:
                # A full pipe takes a page as soon as it was read from.
                result["read_gap_ms"] = max(int(s.read_text().split()[2]) for s in stamps) / 1000
        result["cpu"] = bench.stop_tended()
    elif way == "sender":
        senders = [subprocess.Popen([bench.program("bench/sender"), str(lines), "--size", "100", "--numbered", "--stamp",
                                     str(s)])
                   for s in stamps]
        for sender in senders:
            sender.wait()
        begin = wait_for_stamps(stamps)
    else:
        cats = [subprocess.Popen(["systemd-cat", "-t", name, *flood]) for name, (flood, _) in zip(names, floods)]
        for cat in cats:
            cat.wait()
        begin = wait_for_stamps(stamps)
    sync()
    result["wall"] = now() - begin
    if way == "sender":
        # They share their name and their numbers, so that only the count and the text can be looked at.
        check = bench.verify("sender", "--size", "100", "--numbered")
        result["check"] = {"lines": check["lines"], "wrong": check["wrong"]}
    else:
        checks = [bench.verify(name, "--size", "100", "--numbered") for name in names]
        result["check"] = {key: sum(check[key] for check in checks) for key in checks[0]}
    if way == "tended":
        result["journal_ms"] = journal_delays("quiet")
    return result


class Follower:
    """tendctl logs -f of the quiet service: when its lines are seen through the ring."""

    def __init__(self, bench):
        for _ in range(200):
            if bench.tendctl("is-active", "quiet").returncode == 0:
                break
            time.sleep(0.01)
        self.process = subprocess.Popen([bench.program("ctl/tendctl"), "--socket", bench.socket, "logs", "-f", "-n", "0",
                                         "--no-events", "-o", "cat", "quiet"], stdout=subprocess.PIPE)
        self.seen = bench.folder / "seen"
        # A process of its own reads, so that the delay isn't this program's.
        self.reader = subprocess.Popen([sys.executable, "-u", str(HERE / "log.py"), "--seen"], stdin=self.process.stdout,
                                       stdout=open(self.seen, "w", encoding="ascii"))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.kill()
        self.process.wait()
        self.reader.wait()

    def delays(self):
        # The first may have been written before anybody followed.
        return [float(line) for line in self.seen.read_text().split()][1:]


def journal_delays(identifier):
    """How long after it was written each line of the quiet service was in the journal, in milliseconds."""
    out = subprocess.run(["journalctl", "-o", "json", f"SYSLOG_IDENTIFIER={identifier}"], check=True,
                         capture_output=True, text=True).stdout
    entries = [json.loads(line) for line in out.splitlines()]
    return [int(e["__REALTIME_TIMESTAMP"]) / 1000 - float(e["MESSAGE"].split()[1]) * 1000 for e in entries
            if e["MESSAGE"].startswith("written ")]


def quiet():
    """The quiet service: a line a second that says when it was written."""
    while True:
        print(f"written {time.time():.6f}", flush=True)
        time.sleep(1)


def seen():
    """Prints how long ago each line on stdin was written, in milliseconds."""
    for line in sys.stdin:
        words = line.split()
        if len(words) == 2 and words[0] == "written":
            print(1000 * (time.time() - float(words[1])), flush=True)


def run_null(bench, _, lines):
    flood, stamp = bench.flood(lines, "flood")
    bench.start_tended([("flood", " ".join(flood), "Type=exec")], "--log-target", "null")
    begin = wait_for_stamps([stamp])
    wall = int(stamp.read_text().split()[1]) / 1e6 - begin
    return {"cpu": bench.stop_tended(), "wall": wall, "check": {"lines": lines}}


def run_stopped(bench, _, lines):
    """journald stopped for ten seconds: what the daemon does meanwhile."""
    flood, stamp = bench.flood(lines, "flood", "--numbered")
    bench.start_tended([("flood", " ".join(flood), "Type=exec"),
                        ("other", "/bin/sleep infinity", "Type=exec\nAutoStart=no")], "--log-target", "journal")
    while not stamp.exists():
        time.sleep(0.01)
    time.sleep(1)
    before = memory_kib(bench.daemon.pid, "Pss")
    answers, failures, peak = [], 0, before
    os.kill(bench.journald, signal.SIGSTOP)
    end = now() + 10
    while now() < end:
        begin = now()
        failures += bench.tendctl("status").returncode != 0
        answers.append(1000 * (now() - begin))
        failures += bench.tendctl("start", "other").returncode != 0
        failures += bench.tendctl("stop", "other").returncode != 0
        peak = max(peak, memory_kib(bench.daemon.pid, "Pss"))
        time.sleep(0.05)
    os.kill(bench.journald, signal.SIGCONT)
    wait_for_stamps([stamp])
    bench.stop_tended()
    sync()
    return {"status_ms": max(answers), "n_status": len(answers), "failures": failures, "growth_kib": peak - before,
            "check": bench.verify("flood", "--numbered")}


def start_journald():
    process = subprocess.Popen(["/lib/systemd/systemd-journald"])
    pathlib.Path("/run/systemd/journald.pid").write_text(str(process.pid), encoding="ascii")
    return process


def run_killed(bench, _, lines):
    """journald killed twice in the flood, and started again after a second."""
    flood, stamp = bench.flood(lines, "flood", "--numbered")
    bench.start_tended([("flood", " ".join(flood), "Type=exec")], "--log-target", "journal")
    while not stamp.exists():
        time.sleep(0.01)
    pid = bench.journald
    for _ in range(2):
        time.sleep(1.5)
        os.kill(pid, signal.SIGKILL)
        time.sleep(1)
        process = start_journald()
        pid = process.pid
    wait_for_stamps([stamp])
    bench.stop_tended()
    sync()
    told = subprocess.run(["journalctl", "-o", "cat", "SYSLOG_IDENTIFIER=tended", "--grep", "went away|is back"], check=False,
                          capture_output=True, text=True).stdout.splitlines()
    result = {"told": told, "check": bench.verify("flood", "--numbered")}
    process.kill()
    return result


RUNS = {"burst": run_burst, "eight": run_eight, "null": run_null, "stopped": run_stopped, "killed": run_killed}


def inside(arguments):
    bench = Bench(arguments.build)
    try:
        print(json.dumps(RUNS[arguments.inside](bench, arguments.way, arguments.lines)))
    finally:
        bench.close()


# ---- outside: the rows ------------------------------------------------------------------------------------------


def measure(arguments, row, way, lines):
    out = subprocess.run([str(HERE / "with-journald"), sys.executable, str(HERE / "log.py"), "--build", arguments.build,
                          "--inside", row, "--way", way, "--lines", str(lines)], check=False, stdout=subprocess.PIPE,
                         text=True)
    if out.returncode != 0:
        raise SystemExit(f"{row}, {way}: failed with {out.returncode}")
    result = json.loads(out.stdout.splitlines()[-1])
    print(f"  {row} {way}: {json.dumps(result)}", file=sys.stderr, flush=True)
    return result


def is_whole(result, lines):
    check = result["check"]
    return check["lines"] == lines and not any(check.get(key) for key in ("wrong", "missing", "again", "batch_wrong"))


def compare(arguments, row, lines_each, lines_all):
    """The three ways in turn. Returns their results, and the sentences that both comparing rows begin with."""
    results = {way: [] for way in ("tended", "sender", "systemd-cat")}
    for _ in range(arguments.runs):
        for way, list_of_results in results.items():
            list_of_results.append(measure(arguments, row, way, lines_each))
    walls = {way: median(r["wall"] for r in list_of_results) for way, list_of_results in results.items()}
    whole = all(is_whole(r, lines_all) for list_of_results in results.values() for r in list_of_results)
    return results, [
        ("all lines in the journal, in order, none torn", "yes" if whole else "NO", whole),
        ("CPU of the daemon, seconds", f"{median(r['cpu'] for r in results['tended']):.3f}", None),
        ("seconds: tended, bare sender, systemd-cat",
         f"{walls['tended']:.2f}, {walls['sender']:.2f}, {walls['systemd-cat']:.2f}", None),
        ("times the bare sender (at most 1.10)", f"{walls['tended'] / walls['sender']:.2f}",
         walls["tended"] <= 1.10 * walls["sender"]),
        ("times systemd-cat (at most 1.7)", f"{walls['tended'] / walls['systemd-cat']:.2f}",
         walls["tended"] <= 1.7 * walls["systemd-cat"]),
    ]


def row_burst(arguments):
    lines = arguments.lines or 1000000
    results, facts = compare(arguments, "burst", lines, lines)
    cpu = median(r["cpu"] for r in results["tended"])
    facts[1] = ("CPU of the daemon, seconds (at most 0.4)", f"{cpu:.3f}", cpu <= 0.4)
    return facts


def row_eight(arguments):
    lines = arguments.lines or 250000
    results, facts = compare(arguments, "eight", lines, 8 * lines)
    paged = measure(arguments, "eight", "pages", lines)
    ring = max(ms for r in results["tended"] for ms in r["ring_ms"])
    journal = max(ms for r in results["tended"] for ms in r["journal_ms"])
    return [
        *facts,
        ("longest time between two reads of a full pipe, ms (at most 200)", f"{paged['read_gap_ms']:.0f}",
         paged["read_gap_ms"] <= 200),
        ("a quiet service's line is in the ring after, ms (at most 20)", f"{ring:.1f}", ring <= 20),
        ("and in the journal after, ms (at most 1000)", f"{journal:.0f}", journal <= 1000),
    ]


def row_null(arguments):
    lines = arguments.lines or 10000000
    results = [measure(arguments, "null", "tended", lines) for _ in range(arguments.runs)]
    rate = lines / median(r["cpu"] for r in results)
    wall_rate = lines / median(r["wall"] for r in results)
    return [("lines a second of CPU (at least 3,000,000)", f"{rate:,.0f}", rate >= 3e6),
            ("lines a second, the child's writing included", f"{wall_rate:,.0f}", None)]


def row_stopped(arguments):
    lines = arguments.lines or 1000000
    result = measure(arguments, "stopped", "tended", lines)
    whole = is_whole(result, lines)
    return [
        (f"slowest of {result['n_status']} times tendctl status, ms (at most 50)", f"{result['status_ms']:.0f}",
         result["status_ms"] <= 50),
        ("starts and stops of another service that failed (none)", str(result["failures"]), result["failures"] == 0),
        ("growth of the daemon's memory, KiB (at most 4096)", str(result["growth_kib"]), result["growth_kib"] <= 4096),
        ("every line is there afterwards", "yes" if whole else "NO", whole),
    ]


def row_killed(arguments):
    lines = arguments.lines or 1000000
    result = measure(arguments, "killed", "tended", lines)
    check = result["check"]
    bounds = [int(n) for sentence in result["told"] for n in re.findall(r"at most (\d+)", sentence)]
    lost = lines - check["lines"]
    return [
        ("lines lost in two kills (at most 4,000)", str(lost), lost <= 4000),
        ("bounds that were logged, in all at least as many", ", ".join(map(str, bounds)) or "none",
         len(bounds) == 2 and sum(bounds) >= lost and max(bounds) <= 2000),
        ("lines torn, again, out of order (none)", str(check["wrong"] + check["again"]),
         check["wrong"] + check["again"] == 0),
    ]


ROWS = {"burst": row_burst, "eight": row_eight, "null": row_null, "stopped": row_stopped, "killed": row_killed}


def outside(arguments):
    failed = False
    for row in arguments.rows or ROWS:
        print(f"{row}:", flush=True)
        for what, value, good in ROWS[row](arguments):
            failed |= good is False
            print(f"    {what}: {value}{'' if good is not False else '   MISSED'}", flush=True)
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--build", default=str(HERE.parent / "build"), help="the build folder (default: build)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--lines", type=int, default=0, help="instead of the row's own number")
    for hidden in ("--inside", "--way"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    for hidden in ("--quiet", "--seen"):
        parser.add_argument(hidden, action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if any(row not in ROWS for row in arguments.rows):
        parser.error("rows are " + ", ".join(ROWS))
    if arguments.quiet:
        return quiet()
    if arguments.seen:
        return seen()
    return inside(arguments) if arguments.inside else outside(arguments)


if __name__ == "__main__":
    sys.exit(main())
