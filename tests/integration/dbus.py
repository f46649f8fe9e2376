# SPDX-License-Identifier: MIT
"""A D-Bus client of a few lines, for what well-behaved ones don't do: not read, stop half-way, ask without end."""

import os
import socket
import struct
import sys

MANAGER = ("/io/tended", "io.tended.Manager")


def align(data, n):
    return data + b"\0" * (-len(data) % n)


def string(data, text):
    raw = text.encode()
    return align(data, 4) + struct.pack("<I", len(raw)) + raw + b"\0"


def strings(data, texts):
    items = b""
    for text in texts:
        items = string(items, text)
    return align(data, 4) + struct.pack("<I", len(items)) + items


def signature(data, text):
    return data + bytes([len(text)]) + text.encode() + b"\0"


def call(member, body_signature="", body=b"", serial=1, n_fds=0):
    """The bytes of a method call to the manager."""
    path, interface = MANAGER
    fields = b""
    for code, kind, value in ((1, "o", path), (2, "s", interface), (3, "s", member), (8, "g", body_signature)):
        if code == 8 and not value:
            continue
        fields = align(fields, 8) + bytes([code])
        fields = signature(fields, kind)
        fields = signature(fields, value) if kind == "g" else string(fields, value)
    if n_fds:
        fields = align(signature(align(fields, 8) + bytes([9]), "u"), 4) + struct.pack("<I", n_fds)
    head = b"l\1\0\1" + struct.pack("<III", len(body), serial, len(fields)) + fields
    return align(head, 8) + body


def verb_call(member, names, serial=1):
    """Start, Stop and their like, without options."""
    return call(member, "asa{sv}", align(align(strings(b"", names), 4) + b"\0\0\0\0", 8), serial)


def list_call(patterns=(), properties=(), serial=1):
    return call("List", "asas", strings(strings(b"", patterns), properties), serial)


class Peer:
    """A connection that has said who it is."""

    def __init__(self, path, greet=True, fds=False):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(20)
        self.socket.connect(path)
        self.data = b""
        self.serial = 0
        if greet:
            uid = str(os.geteuid()).encode().hex().encode()
            self.socket.sendall(b"\0AUTH EXTERNAL " + uid + b"\r\n")
            assert self.line().startswith(b"OK ")
            if fds:
                self.socket.sendall(b"NEGOTIATE_UNIX_FD\r\n")
                self.agreed = self.line()
            self.socket.sendall(b"BEGIN\r\n")

    def line(self):
        while b"\r\n" not in self.data:
            self.more()
        line, self.data = self.data.split(b"\r\n", 1)
        return line

    def more(self):
        got = self.socket.recv(65536)
        if not got:
            raise ConnectionResetError("closed by the daemon")
        self.data += got

    def send(self, *messages):
        self.socket.sendall(b"".join(messages))

    def message(self):
        """The next message: its type (2 answer, 3 error, 4 signal), and all its bytes."""
        while len(self.data) < 16:
            self.more()
        body, _, fields = struct.unpack("<III", self.data[4:16])
        size = 16 + fields + (-fields % 8) + body
        while len(self.data) < size:
            self.more()
        message, self.data = self.data[:size], self.data[size:]
        return message[1], message

    def is_closed(self, patience=20):
        """Reads what comes until the end."""
        self.socket.settimeout(patience)
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass
        except socket.timeout:
            return False
        return True

    def close(self):
        self.socket.close()


def be_greedy(path):
    """Asks for everything, again and again, and reads all answers."""
    peer = Peer(path)
    peer.send(list_call([], ["*"]), list_call([], ["*"]))
    buffer = bytearray(1 << 20)
    head = b""
    while True:
        while len(head) < 16:
            head += peer.socket.recv(16 - len(head))
        body, _, fields = struct.unpack("<III", head[4:16])
        left = fields + (-fields % 8) + body
        while left:
            left -= peer.socket.recv_into(buffer, min(left, len(buffer)))
        head = b""
        peer.send(list_call([], ["*"]))


if __name__ == "__main__":
    be_greedy(sys.argv[1])
