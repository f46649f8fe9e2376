#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The manner of the house: every file says its licence, C files open with their story, functions are short, nothing is
left for later, headers stand alone, and common words are spelled as everybody does."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
FUNCTION_MAX = 80
FILE_MAX = 520
found = []


def functions(lines):
    start = None
    for i, line in enumerate(lines):
        if line == "{":
            start = i
        elif line == "}" and start is not None:
            head = " ".join(lines[max(start - 4, 0):start])
            name = re.findall(r"(\w+)\s*\(", head)
            yield i - start + 1, start + 1, name[-1] if name else "?"
            start = None


def tracked(*patterns):
    out = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files", *patterns],
                         stdout=subprocess.PIPE, text=True, check=False).stdout.split()
    return [ROOT / name for name in out if (ROOT / name).is_file()]


for path in tracked("*.c", "*.h", "*.py", "meson.build", "*/meson.build", "script/*", "bench/*.sh"):
    if path.name == "packages":
        continue
    text = path.read_text()
    if text.strip() and "SPDX-License-Identifier: MIT" not in "\n".join(text.splitlines()[:3]):
        found.append(f"{path}: no SPDX line")
    if path.name != "house.py":
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b|for now\b", line):
                found.append(f"{path}:{number}: left for later: {line.strip()}")

for path in tracked("daemon/*.c", "ctl/*.c", "common/*.c"):
    lines = path.read_text().splitlines()
    if not any(line.startswith("/* ") and "SPDX" not in line for line in lines[:6]):
        found.append(f"{path}: does not open with its story")
    if len(lines) > FILE_MAX:
        found.append(f"{path}: {len(lines)} lines")
    for length, number, name in functions(lines):
        if length > FUNCTION_MAX:
            found.append(f"{path}:{number}: {name}() has {length} lines")

for path in tracked("daemon/*.h", "ctl/*.h", "common/*.h"):
    if "#pragma once" not in path.read_text():
        found.append(f"{path}: no #pragma once")
    alone = subprocess.run(["cc", "-std=gnu17", "-D_GNU_SOURCE", "-fsyntax-only", f"-I{ROOT}", f"-I{ROOT}/daemon",
                            "-include", str(path), "-xc", "/dev/null"], stderr=subprocess.PIPE, text=True)
    if alone.returncode != 0:
        found.append(f"{path}: does not stand alone: {alone.stderr.splitlines()[0]}")

print("\n".join(found) or "house: in order")
sys.exit(1 if found else 0)
