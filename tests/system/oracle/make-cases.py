#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Asks a booted systemd what it makes of generated values, and writes its answers as test data.

    make-cases.py ROOT OUT [SEED]

ROOT: the tree of a Debian system with systemd as init, as `mmdebstrap --variant=minbase
--include=systemd,systemd-sysv,dbus bookworm ROOT` makes it. Needs root, systemd-nspawn and cc. OUT: the folder that
command-lines.txt, env-files.txt and values.txt are written to (tests/unit/data). The same seed gives the same cases.

Each case is a unit of its own. Its Exec*= line runs a program that writes down its arguments, or its environment; what
systemd made of the line before it ran anything is asked over D-Bus. Format of the files: one fact a line, a word and
its text; bytes that are not plain ASCII, and '%', are written %HH. See README.md beside this file."""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from fixed_cases import ENVIRONMENT, FIXED_ENV_FILES, FIXED_LINES, SPANS, VALUES


def encode(data):
    if isinstance(data, str):
        data = data.encode(errors="surrogateescape")
    return "".join(chr(b) if 0x20 < b < 0x7F and b != 0x25 else f"%{b:02X}" for b in data)


class LineMaker:
    """Random command lines, biased towards what has a meaning."""

    def __init__(self, rng):
        self.rng = rng

    def chance(self, p):
        return self.rng.random() < p

    def escape(self):
        rng = self.rng
        if self.chance(0.12):
            return "\\" + rng.choice(["q", "x4", "x", "8", "19", "u12", "$", ";", "-", "x00", "000", "U00110000", "%"])
        kind = rng.randrange(6)
        if kind == 0:
            return f"\\x{rng.choice([0x20, 0x22, 0x24, 0x25, 0x27, 0x3B, 0x41, 0x5C, 0x0A, 0x7E]):02x}"
        if kind == 1:
            return f"\\{rng.choice([0o40, 0o42, 0o44, 0o45, 0o47, 0o73, 0o101, 0o134]):03o}"
        if kind == 2:
            return rng.choice(["\\u00e4", "\\u20ac", "\\U0001f680", "\\u0041"])
        return "\\" + rng.choice("abfnrtv\\\"'s")

    def variable(self):
        rng = self.rng
        name = rng.choice(list(ENVIRONMENT) + ["UNSET", "ONE"])
        return rng.choice(["$" + name, "${" + name + "}", "${" + name + "}", "$$", "$", "${" + name, "$" + name + ".x"])

    def specifier(self):
        if self.chance(0.05):
            return self.rng.choice(["%z", "%9", "%Q"])
        return self.rng.choice(["%%", "%%", "%n", "%N", "%p", "%i", "%u", "%U", "%h", "%t", "%T", "% ", "%."])

    def piece(self, quote):
        rng = self.rng
        kind = rng.randrange(12)
        if kind < 4:
            return rng.choice(["a", "bc", "x=y", "--opt", "1", "é", "/p/q", "*", "#", "{", "}", ":"])
        if kind < 6:
            return self.escape()
        if kind < 8:
            return self.variable()
        if kind < 9:
            return self.specifier()
        if kind < 10:
            return rng.choice([";", "\\;", "'" if quote == '"' else '"' if quote == "'" else "=", ";"])
        if quote:
            return rng.choice([" ", "  ", "\t", " ; "])
        return rng.choice(["_", "-", "."])

    def word(self):
        rng = self.rng
        if self.chance(0.25):
            return self.variable()
        out = ""
        for _ in range(rng.randrange(1, 4)):
            if self.chance(0.3):
                q = rng.choice("'\"")
                out += q + "".join(self.piece(q) for _ in range(rng.randrange(0, 4)))
                if not self.chance(0.03):
                    out += q
            else:
                out += "".join(self.piece("") for _ in range(rng.randrange(1, 3)))
        return out

    def program(self):
        rng = self.rng
        prefix = "".join(p for p in rng.sample("-@:", 3) if self.chance(0.15))
        if self.chance(0.02):
            prefix += rng.choice(["+", "!", "!!"])
        program = rng.choice(
            ["/o/dump"] * 8 + ["dump", "\"/o/with blank\"", "/o/with\\x20blank", "'/o/dump'", "//o/./dump", "/o/d%%"]
        )
        return prefix + program

    def command(self):
        words = [self.program()]
        for _ in range(self.rng.randrange(0, 6)):
            words.append(self.word())
        separators = [" "] * 8 + ["  ", "\t", " \t "]
        return "".join(w + self.rng.choice(separators) for w in words).rstrip(" \t")

    def line(self):
        line = self.command()
        while self.chance(0.2):
            line += self.rng.choice([" ; ", "  ;\t", " ; ; "]) + self.command()
        if self.chance(0.03):
            line += " ;"
        # A unit file can't hold a value that ends in a backslash.
        return line.rstrip("\\ \t")


def random_env_file(rng):
    text = ""
    for _ in range(rng.randrange(1, 6)):
        for _ in range(rng.randrange(0, 10)):
            text += rng.choice(
                ["A", "B", "C", "=", "=", "\n", "\n", "\"", "'", "\\", " ", "\t", "#", ";", "$", "`", "x y", "\r", "é", "9"]
            )
        text += rng.choice(["\n", "\nA=", "\nBC=\"", "\nD='", "\n_E=\\\n", "=1\n"])
    return text


class Machine:
    """A booted systemd in a container over a copy of ROOT."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.log = tempfile.NamedTemporaryFile("w")
        self.nspawn = None
        self.leader = None

    def __enter__(self):
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "-q", "--register=no", "--keep-unit", "-D", self.root, "--private-network",
             "--console=pipe", "-b"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(0.3)
            children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
            if not children:
                continue
            self.leader = children[0]
            r = self.run("systemctl", "is-system-running", check=False)
            if r.stdout.strip() in (b"running", b"degraded"):
                return self
        raise RuntimeError("the container does not come up, see " + self.log.name)

    def __exit__(self, *exc):
        if self.leader:
            # The init of a container powers it off by SIGRTMIN+4.
            os.kill(int(self.leader), signal.SIGRTMIN + 4)
        try:
            self.nspawn.wait(30)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()

    def run(self, *command, check=True):
        return subprocess.run(["nsenter", "-t", self.leader, "-a", "--", *command], check=check, capture_output=True)

    def property_of(self, unit, interface, name):
        """None where D-Bus can't carry its value."""
        path = "/org/freedesktop/systemd1/unit/" + "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in unit)
        r = self.run("busctl", "--json=short", "get-property", "org.freedesktop.systemd1", path,
                     "org.freedesktop.systemd1." + interface, name, check=False)
        return json.loads(r.stdout)["data"] if r.returncode == 0 else None


def quote_assignment(name, value):
    return 'Environment="' + name + "=" + "".join(f"\\x{b:02x}" for b in value.replace("%", "%%").encode()) + '"\n'


def read_dump(path):
    """The records of the program: a list of lists of bytes."""
    records, record = [], []
    for item in path.read_bytes().split(b"\0")[:-1] if path.exists() else []:
        if item == b"\1":
            records.append(record)
            record = []
        else:
            record.append(item)
    return records


def prepare(root):
    folder = root / "o"
    folder.mkdir(exist_ok=True)
    here = pathlib.Path(__file__).parent
    subprocess.run(["cc", "-O1", "-static", "-o", folder / "dump", here / "dump.c"], check=True)
    for name in ["with blank", "d%", "%"]:
        shutil.copy2(folder / "dump", folder / name)
    shutil.copy2(folder / "dump", root / "usr/bin/dump")
    shutil.rmtree(root / "oracle", ignore_errors=True)
    (root / "oracle").mkdir()


def values():
    """Number, directive, what is set before, and value of each question about a single value."""
    number = 0
    for directive, before, texts in VALUES:
        for text in texts:
            yield number, directive, before, text
            number += 1


def write_units(root, lines, env_files):
    units = root / "etc/systemd/system"
    for old in [*units.glob("case-*"), *units.glob("env-*"), *units.glob("value-*")]:
        old.unlink()
    for i, directive, before, text in values():
        (units / f"value-{i}.service").write_text(
            f"[Service]\nExecStart=/bin/true\n{directive}={before}\n{directive}={text}\n"
        )
    environment = "".join(quote_assignment(*item) for item in ENVIRONMENT.items())
    for i, line in enumerate(lines):
        (units / f"case-{i}.service").write_text(
            f"[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStop=/bin/true\n{environment}"
            f"Environment=ORACLE_OUT=/oracle/case-{i}\nExecStart={line}\n"
        )
    for i, text in enumerate(env_files):
        (root / f"oracle/file-{i}").write_bytes(text.encode(errors="surrogateescape"))
        (units / f"env-{i}.service").write_text(
            f"[Service]\nType=oneshot\nEnvironment=ORACLE_OUT=/oracle/env-{i} ORACLE_ENVIRON=1\n"
            f"EnvironmentFile=/oracle/file-{i}\nExecStart=/o/dump\n"
        )


def complaints_of(machine, unit):
    """What the parser says of the unit. (Not from the journal: PID 1 drops messages where that is slow.)"""
    r = machine.run("systemd-analyze", "verify", "--man=no", "--generators=no", unit, check=False)
    return "\n".join(line for line in r.stderr.decode(errors="replace").splitlines() if unit in line)


def write_line_case(machine, i, line, out):
    unit = f"case-{i}.service"
    state = machine.property_of(unit, "Unit", "LoadState")
    complaints = complaints_of(machine, unit)

    out.write(f"case {i} {encode(line)}\n")
    if "unknown escape sequences" in complaints:
        out.write("warned\n")
    if state != "loaded":
        out.write("refused\n")
        return
    if ", ignoring: " in complaints or "Unbalanced quoting, ignoring" in complaints:
        out.write("dropped\n")
    # [path, argv, flags, …] as systemd has parsed them.
    commands = machine.property_of(unit, "Service", "ExecStartEx")
    runs = read_dump(machine.root / f"oracle/case-{i}")
    if commands is None:
        out.write("unsayable\n")
    else:
        for path, argv, flags, *_ in commands:
            out.write(f"command {','.join(sorted(flags)) or '-'} {encode(path)}\n")
            for argument in argv:
                out.write(f"word {encode(argument)}\n")
    # Where a command could not be run, those that follow it can't be told apart.
    if commands is None or len(runs) == len(commands):
        for run in runs:
            out.write("run\n")
            for argument in run:
                out.write(f"argument {encode(argument)}\n")


def write_env_case(machine, i, text, out):
    known = {b"PATH", b"LANG", b"INVOCATION_ID", b"JOURNAL_STREAM", b"SYSTEMD_EXEC_PID", b"ORACLE_OUT",
             b"ORACLE_ENVIRON", b"HOME", b"USER", b"LOGNAME", b"SHELL", b"LC_ALL"}
    out.write(f"file {i} {encode(text)}\n")
    runs = read_dump(machine.root / f"oracle/env-{i}")
    if not runs:
        out.write("refused\n")
        return
    for variable in runs[0]:
        if variable.split(b"=")[0] not in known:
            out.write(f"variable {encode(variable)}\n")


def write_span(machine, text, out):
    r = machine.run("systemd-analyze", "timespan", text, check=False)
    out.write(f"span {encode(text)}\n")
    facts = dict(line.strip().split(": ", 1) for line in r.stdout.decode().splitlines() if ": " in line)
    if r.returncode != 0:
        out.write("refused\n")
    else:
        out.write(f"answer {facts.get('μs', 'infinity')}\nhuman {encode(facts['Human'])}\n")


def write_value(machine, question, out):
    i, directive, before, text = question
    unit = f"value-{i}.service"
    names = [directive + "Soft", directive] if directive.startswith("Limit") else [directive]
    answer = [machine.property_of(unit, "Service", name) for name in names]
    out.write(f"value {directive} {encode(text)}\n")
    if directive == "SuccessExitStatus":
        # Codes and signals.
        refused, answer = not answer[0][0], answer[0][0]
    else:
        refused = "ignoring" in complaints_of(machine, unit)
    out.write("refused\n" if refused else f"answer {' '.join(map(str, answer))}\n")


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    root, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1 << 31)
    print("seed", seed)
    rng = random.Random(seed)
    maker = LineMaker(rng)
    lines = FIXED_LINES + [maker.line() for _ in range(600)]
    env_files = FIXED_ENV_FILES + [random_env_file(rng) for _ in range(200)]

    prepare(root)
    write_units(root, lines, env_files)
    with Machine(root) as machine:
        version = machine.run("systemctl", "--version").stdout.decode().splitlines()[0]
        units = [f"case-{i}.service" for i in range(len(lines))] + [f"env-{i}.service" for i in range(len(env_files))]
        for at in range(0, len(units), 50):
            machine.run("systemctl", "start", *units[at:at + 50], check=False)
        head = f"# What {version} made of these: tests/system/oracle/make-cases.py, seed {seed}.\n"
        with open(folder / "command-lines.txt", "w") as out:
            out.write(head)
            for item in ENVIRONMENT.items():
                out.write(f"environment {encode('='.join(item))}\n")
            for i, line in enumerate(lines):
                write_line_case(machine, i, line, out)
        with open(folder / "env-files.txt", "w") as out:
            out.write(head)
            for i, text in enumerate(env_files):
                write_env_case(machine, i, text, out)
        with open(folder / "values.txt", "w") as out:
            out.write(head)
            for text in SPANS:
                write_span(machine, text, out)
            for question in values():
                write_value(machine, question, out)


if __name__ == "__main__":
    main()
