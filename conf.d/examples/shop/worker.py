# SPDX-License-Identifier: MIT
"""Takes orders from the queue into the database. Redis or postgres gone: ends, and is started again."""

import os
import subprocess
import sys

from redis import Redis

number = sys.argv[1]
redis = Redis(int(os.environ["REDIS_PORT"]))
redis.ask("PING")
print(f"worker {number} is ready")
while True:
    order = redis.ask("BLPOP", "orders", 0)[1]
    subprocess.run(["psql", "--quiet", "-h", os.environ["DATABASE"], "-c",
                    f"insert into orders values ({int(order)}) on conflict do nothing", "postgres"], check=True)
    print(f"order {order}")
