#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may include whom: common <- base <- core <- host <- engine <- control <- main, and ctl on common alone.

Fails when a file includes something of a layer above its own, and when the engine knows a word of sd-*."""

import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
ORDER = ["common", "base", "core", "host", "engine", "control", "main"]
# Programs of their own: what each may include besides its own folder.
PROGRAMS = {"exec": {"common"}, "helper": {"common"}, "ctl": {"common"}}


def layer_of(path):
    parts = path.relative_to(ROOT).parts
    if parts[0] == "daemon":
        return parts[1] if len(parts) > 2 else "main"
    return parts[0]


def may_include(layer):
    if layer in PROGRAMS:
        return PROGRAMS[layer] | {layer}
    return set(ORDER[: ORDER.index(layer) + 1])


def problems():
    files = [p for d in ("common", "daemon", "ctl") for p in (ROOT / d).rglob("*.[ch]")]
    for path in sorted(files):
        layer = layer_of(path)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if match := re.match(r'\s*#\s*include\s+"([^"]+)"', line):
                target = match.group(1)
                other = target.split("/")[0] if "/" in target else layer
                if target in ("options.h",):
                    other = "main"
                if other not in may_include(layer):
                    yield f"{path}:{number}: {layer} includes {target}, which is above it"
            if match := re.match(r"\s*#\s*include\s+<(systemd/[^>]+|sys/(epoll|signalfd|socket)\.h)>", line):
                allowed = {"host", "control", "main", "helper", "ctl", "common"}
                if match.group(1).startswith("systemd/") and layer not in allowed - {"common"}:
                    yield f"{path}:{number}: {layer} includes <{match.group(1)}>: that is the host's business"
                if layer == "core":
                    yield f"{path}:{number}: the pure core includes <{match.group(1)}>"


found = list(problems())
print("\n".join(found) or "layers: every include goes downward")
sys.exit(1 if found else 0)
