# SPDX-License-Identifier: MIT
"""The words that the black-box tests are written in: a private journald, a daemon in it, and what one sees of both.

Everything runs for real: the built tended and tendctl, a systemd-journald of its own in a private mount namespace,
services that are ordinary programs. Waiting is waiting for something to be seen (wait_for), never for time to pass.
"""

import glob
import json
import os
import shutil
import signal
import subprocess
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("TENDED_BUILD", os.path.join(ROOT, "build"))
TENDED = os.path.join(BUILD, "daemon", "tended")
TENDCTL = os.path.join(BUILD, "ctl", "tendctl")
# What is seen at all is seen long before: this bounds a failing test, on a busy machine too.
# TENDED_TEST_PATIENCE, in seconds, makes it shorter for who works on a test.
PATIENCE = int(os.environ.get("TENDED_TEST_PATIENCE", "60"))

NAMESPACE_SCRIPT = r"""
set -e
mount -t tmpfs tmpfs /run/systemd
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d
mkdir -p /run/log
mount -t tmpfs tmpfs /run/log
mkdir -p /run/log/journal
if [ -d /var/log/journal ]; then mount -t tmpfs tmpfs /var/log/journal; fi
printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nRuntimeMaxUse=2G\nReadKMsg=no\nForwardToSyslog=no\n' \
        >/run/systemd/journald.conf.d/test.conf
echo ready
exec sleep infinity
"""


def wait_for(what, said=None, patience=PATIENCE):
    """Calls what() until it is true, and returns that. Fails with `said` and the last value."""
    end = time.monotonic() + patience
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"never came: {said or what.__name__} (last: {value!r})")
        time.sleep(0.005)


def is_sanitized():
    """Was the daemon built with the address sanitizer?"""
    with open(TENDED, "rb") as file:
        return b"__asan_init" in file.read()


def pid_exists(pid):
    """Is it a process that lives? (A zombie doesn't.)"""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rsplit(b")", 1)[1].split()[0] not in (b"Z", b"X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def processes_with(marker):
    """Pids of living processes whose command line or environment holds `marker`."""
    found = []
    for path in glob.glob("/proc/[0-9]*"):
        pid = int(path.rsplit("/", 1)[1])
        if pid == os.getpid():
            continue
        try:
            text = open(path + "/cmdline", "rb").read() + b"\0" + open(path + "/environ", "rb").read()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if marker.encode() in text and pid_exists(pid):
            found.append(pid)
    return found


class Journal:
    """A private mount namespace with a journald of its own."""

    def __init__(self):
        self.daemons = []
        self.holder = subprocess.Popen(
            ["unshare", "-m", "--propagation", "private", "sh", "-c", NAMESPACE_SCRIPT],
            stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "ready\n"
        self.inside = ["nsenter", "-t", str(self.holder.pid), "-m", "--"]
        self.journald = None
        self.start()

    def start(self):
        self.journald = subprocess.Popen(self.inside + ["/lib/systemd/systemd-journald"],
                                         stderr=subprocess.DEVNULL)
        self.run("sh", "-c", "until [ -S /run/systemd/journal/socket ] && [ -e /run/systemd/journal/stdout ]; "
                             "do sleep 0.01; done", timeout=PATIENCE)
        wait_for(lambda: glob.glob(f"/proc/{self.holder.pid}/root/run/log/journal/*/system.journal"),
                 "journald's file")

    def pid(self):
        return self.journald.pid

    def kill(self, signo=signal.SIGKILL):
        self.journald.send_signal(signo)
        if signo in (signal.SIGKILL, signal.SIGTERM):
            self.journald.wait()
            if signo == signal.SIGKILL:
                self.run("rm", "-f", "/run/systemd/journal/socket", "/run/systemd/journal/stdout",
                         "/run/systemd/journal/dev-log", "/run/systemd/journal/io.systemd.journal")

    def run(self, *argv, **options):
        return subprocess.run(self.inside + list(argv), check=True, **options)

    def entries(self, *matches):
        """All entries that match, as journalctl tells them, oldest first."""
        self.run("journalctl", "--sync")
        out = self.run("journalctl", "-o", "json", "--all", "--no-pager", "-q", *matches, stdout=subprocess.PIPE).stdout
        return [json.loads(line) for line in out.splitlines()]

    def lines(self, service, stream=None):
        """The messages of a service's output (not its events), in order."""
        matches = [f"TENDED_SERVICE={service}"] + ([f"TENDED_STREAM={stream}"] if stream else [])
        return [text(entry.get("MESSAGE")) for entry in self.entries(*matches) if "TENDED_STREAM" in entry]

    def close(self):
        # A daemon without its journald would wait for it.
        for daemon in self.daemons:
            daemon.close()
        if self.journald:
            self.journald.send_signal(signal.SIGCONT)
            self.journald.kill()
            self.journald.wait()
        self.holder.kill()
        self.holder.wait()


def text(message):
    """A MESSAGE of journalctl's JSON as str: bytes that are no text come as a list of numbers."""
    return bytes(message).decode("utf-8", "replace") if isinstance(message, list) else message


class Daemon:
    """A tended with definitions of its own. `definitions`: file name -> text."""

    def __init__(self, folder, definitions, journal=None, options=(), log_target=None, env=None, system=None,
                 cgroups=True):
        self.folder = str(folder)
        self.socket = os.path.join(self.folder, "control")
        self.conf = os.path.join(self.folder, "conf.d")
        self.journal = journal
        if journal:
            journal.daemons.append(self)
        self.options = list(options)
        self.log_target = log_target or ("journal" if journal else "null")
        self.cgroups = cgroups
        self.mode = [] if system is None else ["--system" if system else "--user"]
        self.env = dict(os.environ, **(env or {}))
        # What a daemon of ours leaves behind is found by this.
        self.marker = f"TENDED_TEST={self.folder}"
        self.env["TENDED_TEST"] = self.folder
        # Where the build has sanitizers, all programs of this daemon report into files here.
        self.reports = os.path.join(self.folder, "sanitizer")
        self.env["ASAN_OPTIONS"] = f"log_path={self.reports}:detect_leaks=1"
        self.env["UBSAN_OPTIONS"] = f"log_path={self.reports}:print_stacktrace=1:halt_on_error=1"
        self.process = None
        os.makedirs(self.conf, exist_ok=True)
        for name, content in ({"test.ini": definitions} if isinstance(definitions, str) else definitions).items():
            self.write(name, content)

    def write(self, name, content):
        path = os.path.join(self.conf, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        return path

    def argv(self, *more):
        inside = self.journal.inside if self.journal else []
        if not self.cgroups:
            # A machine on which no cgroup can be made: nothing of the tree is to be seen.
            inside = inside + ["unshare", "-m", "--propagation", "private", "sh", "-c",
                               "mount -t tmpfs -o ro tmpfs /sys/fs/cgroup && exec \"$@\"", "sh"]
        return inside + [TENDED, "-c", self.conf, "--socket", self.socket, "--log-target", self.log_target,
                         *self.mode, *self.options, *more]

    def start(self, wait=True):
        self.stderr_path = os.path.join(self.folder, "stderr")
        self.stdout_path = os.path.join(self.folder, "stdout")
        with open(self.stderr_path, "ab") as err, open(self.stdout_path, "ab") as out:
            self.process = subprocess.Popen(self.argv(), env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        if wait:
            wait_for(self.answers, "an answer on the control socket")
        return self

    def answers(self):
        assert self.process.poll() is None, f"tended ended with {self.process.returncode}: {self.stderr()}"
        return os.path.exists(self.socket) and self.ctl("list", check=False).returncode == 0

    @property
    def pid(self):
        return self.process.pid

    def stderr(self):
        return open(self.stderr_path, encoding="utf-8", errors="replace").read()

    def stdout(self):
        return open(self.stdout_path, encoding="utf-8", errors="replace").read()

    def sanitizer_reports(self):
        """What the sanitizers found in the daemon, its helpers and its clients, leaks at their end included."""
        reports = [open(path, encoding="utf-8", errors="replace").read() for path in glob.glob(self.reports + ".*")]
        return reports + ([self.stderr()] if self.process and "Sanitizer" in self.stderr() else [])

    def ctl(self, *argv, check=True, **options):
        inside = self.journal.inside if self.journal else []
        options.setdefault("timeout", PATIENCE)
        done = subprocess.run(inside + [TENDCTL, "--socket", self.socket, *argv], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, env=self.env, **options)
        if check:
            assert done.returncode == 0, f"tendctl {' '.join(argv)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def status(self, name):
        """The service's properties."""
        return json.loads(self.ctl("--json", "show", name).stdout)[0]

    def state(self, name):
        status = self.status(name)
        return f"{status['ActiveState']} ({status['SubState']})"

    def wait_state(self, name, wanted):
        return wait_for(lambda: self.state(name) == wanted or None, f"{name} {wanted}, is {self.state(name)}")

    def main_pid(self, name):
        return wait_for(lambda: self.status(name)["MainPID"], f"a main process of {name}")

    def run_folder(self):
        return self.socket + ".d"

    def stop(self, signo=signal.SIGTERM):
        """An ordered stop. Nothing may be left."""
        if self.process.poll() is None:
            self.process.send_signal(signo)
        self.process.wait(timeout=PATIENCE)
        left = processes_with(self.marker)
        assert not left, f"left behind: {[open(f'/proc/{p}/cmdline').read() for p in left]}"
        return self.process.returncode

    def kill(self):
        """An end without order."""
        self.process.kill()
        self.process.wait()

    def close(self):
        """Whatever the test did: nothing stays."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in processes_with(self.marker):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def have(program):
    return shutil.which(program) is not None
