#!/bin/sh
# SPDX-License-Identifier: MIT
# Talks with the services of talk.ini (TENDED_SOCKET names their daemon): each command is a process of its own, and
# nothing that a service says in between is missed.
set -eu

echo "2^100 is $(tendctl ask bc '2^100')"

# Up to the prompt, in one step; the text that is taken ends with it.
tendctl expect python '>>> $' --timeout 10s >/dev/null
tendctl ask python 'len("foobar")' --until '>>> $' | sed -n 2p

# A prompt without a newline, answered twice.
for text in once twice; do
        tendctl expect echo 'echo: $' --timeout 10s >/dev/null
        tendctl send echo "$text"
done
tendctl read echo --lines 2 --timeout 10s

