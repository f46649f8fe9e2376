#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a source file with one rule broken: break.py RULE SOURCE OUT. What is to be replaced has to stand there exactly
once, so that a rule that is written anew can't slip out of the test."""

import pathlib
import sys

RULES = {
    # A service is stopped though those that come after it are not down.
    "stop-order": [(
        """        if (service->index != ORDER_NONE &&
            order_stop_blocker(manager->graph, manager->nodes, service->index) != ORDER_NONE)
                return;

        service->wish = WISH_NONE;
""",
        """        service->wish = WISH_NONE;
""")],
    # A start passes over a main process that an earlier stop had to leave.
    "two-mains": [(
        """                if (life->main_alive || life->control_alive || life->leftover)
                        clear_leftover(step);
                else
                        begin_run(step);
""",
        """                (void) life;
                step->life->main_alive = step->life->control_alive = false;
                begin_run(step);
""")],
    # The deadline of a state is not the timer's.
    "deadline": [(
        """        (void) timer_set(&service->timer, service->life.deadline);
""",
        """        if (service->life.state != STATE_STOP_SIGTERM)
                (void) timer_set(&service->timer, service->life.deadline);
""")],
}


def main():
    rule, source, out = sys.argv[1:]
    text = pathlib.Path(source).read_text()
    for old, new in RULES[rule]:
        if text.count(old) != 1:
            sys.exit(f"{source}: the rule '{rule}' is not written as break.py knows it; see there")
        text = text.replace(old, new)
    pathlib.Path(out).write_text(text)


main()
