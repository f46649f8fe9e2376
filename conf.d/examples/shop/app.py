# SPDX-License-Identifier: MIT
"""The shop's application: /health asks redis, /order/N puts an order into the queue."""

import http.server
import os

from redis import Redis


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            redis = Redis(int(os.environ["REDIS_PORT"]))
            if self.path.startswith("/order/"):
                redis.ask("RPUSH", "orders", int(self.path.removeprefix("/order/")))
            self.answer(200, redis.ask("PING"))
        except (OSError, ValueError) as error:
            self.answer(503, str(error))

    def answer(self, status, text):
        body = f"{text}\n".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
