# SPDX-License-Identifier: MIT
"""A service that does what a test tells it, line by line, over a socket; for tests of what services say of themselves.

    say WORDS      sends WORDS (with Python's escapes) to $NOTIFY_SOCKET, and waits until they were dealt with
    shout WORDS    sends them, and doesn't wait
    child WORDS    as `say`, from a child of its own, which then ends
    orphan         forks a process that lives on; answers with its pid
    environment    answers with the variables that tell it how to notify
    exit N
    hang           never hears anything again
"""

import array
import os
import signal
import socket
import subprocess
import sys


def notify(words, wait=True):
    """What sd_notify(3) and its barrier do."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.connect(os.environ["NOTIFY_SOCKET"])
        out.send(words.encode())
        if not wait:
            return
        reader, writer = os.pipe()
        out.sendmsg([b"BARRIER=1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [writer]))])
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)


def orphan():
    """A process that lives on without us."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.execvp("sleep", ["sleep", "1000"])
    return pid


def obey(verb, rest):
    """One line; returns what is answered."""
    if verb == "say":
        notify(rest)
    elif verb == "shout":
        notify(rest, wait=False)
    elif verb == "child":
        subprocess.run([sys.executable, __file__, "--say", rest], check=False)
    elif verb == "orphan":
        return str(orphan())
    elif verb == "environment":
        return repr({name: os.environ[name] for name in os.environ if name.startswith(("NOTIFY_", "WATCHDOG_"))})
    elif verb == "exit":
        os._exit(int(rest))
    elif verb == "hang":
        signal.pause()
    return "done"


def main():
    """One line a connection, answered when it is done."""
    with socket.socket(socket.AF_UNIX) as server:
        if os.path.exists(sys.argv[1]):
            os.unlink(sys.argv[1])
        server.bind(sys.argv[1])
        os.chmod(sys.argv[1], 0o666)
        server.listen()
        while True:
            with server.accept()[0] as client, client.makefile("r") as lines:
                for line in lines:
                    verb, _, rest = line.rstrip("\n").partition(" ")
                    client.sendall(obey(verb, rest.encode().decode("unicode_escape")).encode() + b"\n")


if sys.argv[1] == "--say":
    notify(sys.argv[2])
else:
    main()
