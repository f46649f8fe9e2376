# SPDX-License-Identifier: MIT
"""The application under test: /health, /count (a counter in redis), /sum/A/B (postgres adds)."""

import http.server
import os
import socket
import subprocess


def redis(command):
    with socket.create_connection(("127.0.0.1", int(os.environ["REDIS_PORT"]))) as connection:
        connection.sendall(command.encode() + b"\r\n")
        return connection.recv(1024).decode().strip().lstrip("+:")


def postgres(query):
    return subprocess.run(["psql", "-Atc", query], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        what, *numbers = self.path.strip("/").split("/")
        if what == "health":
            self.answer(f"{redis('PING')} {postgres('select 1')}")
        elif what == "count":
            self.answer(redis("INCR count"))
        elif what == "sum":
            self.answer(postgres(f"select {int(numbers[0])} + {int(numbers[1])}"))
        else:
            self.send_error(404)

    def answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
