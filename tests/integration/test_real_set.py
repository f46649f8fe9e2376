# SPDX-License-Identifier: MIT
"""The shop of conf.d/examples: postgres, redis, nginx, an application, workers and a migration, all for real."""

import os
import re
import shutil
import signal
import socket
import tempfile
import urllib.request

import harness
import pytest
from harness import wait_for

SHOP = os.path.join(harness.ROOT, "conf.d", "examples", "shop")
WORKERS = [f"worker@{i}" for i in range(1, 5)]
NAMES = ["redis", "postgres", "app", "nginx", *WORKERS]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def shop():
    """A daemon with the example's files, on ports of its own. Others than root have to reach them."""
    folder = tempfile.mkdtemp(prefix="tended-shop-", dir="/tmp")
    os.chmod(folder, 0o755)
    ports = {old: str(free_port()) for old in ("18390", "18070", "18080")}
    files = {}
    for name in os.listdir(SHOP):
        if not name.startswith("__"):
            with open(os.path.join(SHOP, name), encoding="utf-8") as file:
                files[name] = re.sub("|".join(ports), lambda found: ports[found[0]], file.read())
    env = {"XDG_RUNTIME_DIR": f"{folder}/run", "XDG_STATE_HOME": f"{folder}/state", "LC_ALL": "C"}
    os.mkdir(f"{folder}/run", 0o755)
    daemon = harness.Daemon(folder, files, env=env, system=False)
    daemon.url = f"http://127.0.0.1:{ports['18080']}"
    yield daemon
    daemon.close()
    assert not daemon.sanitizer_reports()
    shutil.rmtree(folder)


def all_ready(shop):
    shop.ctl("wait", "default.target", *NAMES)


def order(shop, number):
    with urllib.request.urlopen(f"{shop.url}/order/{number}", timeout=30) as answer:
        assert answer.status == 200


def is_stored(shop, number):
    """Some worker has said that the order is in the database."""
    return any(f"order {number}\n" in shop.ctl("logs", "-o", "cat", "-n", "1000", worker).stdout for worker in WORKERS)


def serves(shop, number):
    order(shop, number)
    wait_for(lambda: is_stored(shop, number), f"order {number} in the database")


def pids(shop):
    return {name: shop.main_pid(name) for name in NAMES}


def started(shop, name):
    return shop.status(name)["ExecMainStartTimestamp"]


def entered(shop, name):
    return shop.status(name)["ActiveEnterTimestamp"]


def test_comes_up_in_order_survives_each_death_and_goes_down_in_order(shop):
    shop.start()
    all_ready(shop)
    assert entered(shop, "postgres") <= started(shop, "migrate")
    for name in ["app", *WORKERS]:
        assert max(entered(shop, "migrate"), entered(shop, "redis")) <= started(shop, name)
    assert entered(shop, "app") <= started(shop, "nginx")
    serves(shop, 1)

    for number, name in enumerate(NAMES, start=2):
        pid = shop.main_pid(name)
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: shop.status(name)["MainPID"] not in (0, pid), f"another process of {name}")
        all_ready(shop)
        serves(shop, number)

    before = pids(shop)
    path = os.path.join(shop.conf, "shop.ini")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    shop.write("shop.ini", text.replace("Environment    = REDIS_PORT", "Environment    = ROUND=2 REDIS_PORT", 2)
               .replace("Environment    = ROUND=2 REDIS_PORT", "Environment    = REDIS_PORT", 1))
    shop.ctl("apply")
    all_ready(shop)
    after = pids(shop)
    assert {name for name in NAMES if before[name] != after[name]} == set(WORKERS)
    serves(shop, 100)

    shop.ctl("stop", *NAMES)
    ended = {name: shop.status(name)["ExecMainExitTimestamp"] for name in NAMES}
    down = {name: shop.status(name)["InactiveEnterTimestamp"] for name in NAMES}
    assert down["nginx"] <= ended["app"]
    for name in ["app", *WORKERS]:
        assert down[name] <= min(ended["redis"], ended["postgres"])
    assert shop.stop() == 0
