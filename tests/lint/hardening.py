#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Are the programs as hard as the build asked for? What readelf says of each: position independent, relocations read-only
from the start, no executable stack, stack protector, fortified calls.

Arguments: --static for those behind it (they have no dynamic part to protect), --no-fortify, the programs."""

import subprocess
import sys


def readelf(option, path):
    return subprocess.run(["readelf", "--wide", option, path], check=True, stdout=subprocess.PIPE, text=True).stdout


def lacks(path, static, fortify):
    header, segments, symbols = readelf("--file-header", path), readelf("--segments", path), readelf("--symbols", path)
    stack = [line for line in segments.splitlines() if "GNU_STACK" in line]
    if not stack or "E" in stack[0].split("0x")[-2]:
        yield "its stack is executable"
    if any(" RWE " in line for line in segments.splitlines()):
        yield "a segment is writable and executable"
    if "__stack_chk_fail" not in symbols:
        yield "no stack protector"
    if static:
        return
    dynamic = readelf("--dynamic", path)
    if "DYN (Position-Independent Executable file)" not in header:
        yield "not position independent"
    if "GNU_RELRO" not in segments:
        yield "relocations stay writable"
    if "BIND_NOW" not in dynamic and "NOW" not in dynamic.split("FLAGS_1")[-1].split("\n")[0]:
        yield "symbols are bound late"
    if "TEXTREL" in dynamic:
        yield "its code is relocated"
    if "(RPATH)" in dynamic or "(RUNPATH)" in dynamic:
        yield "it takes libraries from a path of its own"
    if fortify and "_chk@" not in symbols.replace("__stack_chk", ""):
        yield "no call is fortified"


static, fortify, found = False, True, []
for argument in sys.argv[1:]:
    if argument == "--static":
        static = True
    elif argument == "--no-fortify":
        fortify = False
    else:
        found += [f"{argument}: {what}" for what in lacks(argument, static, fortify)]

print("\n".join(found) or "hardening: all programs have it")
sys.exit(1 if found else 0)
