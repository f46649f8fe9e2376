#!/bin/sh
# SPDX-License-Identifier: MIT
# Asks for a text, without a newline, until it is "quit"; says the n-th one n times.
n=0
while printf 'Enter text to echo: ' && IFS= read -r line && [ "$line" != quit ]; do
        n=$((n + 1))
        i=0
        while [ $i -lt $n ]; do
                printf '%s\n' "$line"
                i=$((i + 1))
        done
done
