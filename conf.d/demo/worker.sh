#!/bin/sh
# SPDX-License-Identifier: MIT
# The demo worker: a line a second, and each tenth one a warning, by the prefix that the journal knows.
n=0
while sleep 1; do
        n=$((n + 1))
        echo "unit of work $n is done"
        [ $((n % 10)) -ne 0 ] || echo "<4>that makes $n" >&2
done
