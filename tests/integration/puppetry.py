# SPDX-License-Identifier: MIT
"""The test's side of a puppet (puppet.py)."""

import os
import socket
import sys

from harness import PATIENCE, wait_for

PUPPET = os.path.join(os.path.dirname(__file__), "puppet.py")


class Puppet:
    """A service's puppet: see puppet.py."""

    def __init__(self, folder, name="p"):
        self.path = str(folder / name)
        self.command = f"{sys.executable} {PUPPET} {self.path}"

    def connect(self):
        """A connection, when it listens."""
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(self.path)
        except (FileNotFoundError, ConnectionRefusedError):
            client.close()
            return None
        return client

    def __call__(self, *lines):
        with wait_for(self.connect, "a puppet that listens") as client, client.makefile("r") as answers:
            client.settimeout(PATIENCE)
            client.sendall("".join(line + "\n" for line in lines).encode())
            return [answers.readline().rstrip("\n") for _ in lines][-1]
