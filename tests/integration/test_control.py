# SPDX-License-Identifier: MIT
"""The control socket: what is spoken there is what the XML says, who may do what, and what a client may cost."""

import grp
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

import pytest

import dbus
from harness import ROOT, is_sanitized, wait_for

TWO = "[service web]\nExecStart=/bin/sleep 1000\n[service worker]\nExecStart=/bin/sleep 1000\nEnvironment=SECRET=1\n"
SERVICE = "io.tended.Service"
MANAGER = "io.tended.Manager"
EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"


def busctl(daemon, *argv, check=True, prefix=()):
    done = subprocess.run([*prefix, "busctl", "--address=unix:path=" + daemon.socket, "--json=short", *argv],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    assert not check or done.returncode == 0, done.stderr
    return done


def call(daemon, method, *arguments, **options):
    return busctl(daemon, "call", "io.tended", "/io/tended", MANAGER, method, *arguments, **options)


def answer(daemon, method, *arguments):
    return json.loads(call(daemon, method, *arguments).stdout)["data"]


def memory(daemon):
    """Bytes that are the daemon's own. Under the address sanitizer, which keeps what was freed, that tells nothing: 0."""
    if is_sanitized():
        return 0
    with open(f"/proc/{daemon.pid}/smaps_rollup", encoding="ascii") as file:
        lines = dict(line.split(":", 1) for line in file.read().splitlines()[1:])
    return int(lines["Private_Dirty"].split()[0]) * 1024


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.pid}/fd"))


def described(interface):
    """What an <interface> says, in a form that compares."""
    default = {a.get("name"): a.get("value") for a in interface.findall("annotation")}.get(EMITS, "true")
    methods = {m.get("name"): [(a.get("name"), a.get("type"), a.get("direction", "in")) for a in m.findall("arg")]
               for m in interface.findall("method")}
    properties = {}
    for p in interface.findall("property"):
        emits = {a.get("name"): a.get("value") for a in p.findall("annotation")}.get(EMITS, default)
        properties[p.get("name")] = (p.get("type"), p.get("access"), emits)
    signals = {s.get("name"): [(a.get("name"), a.get("type")) for a in s.findall("arg")]
               for s in interface.findall("signal")}
    return methods, properties, signals


@pytest.mark.parametrize("name,path", [(MANAGER, "/io/tended"), (SERVICE, "/io/tended/service/web")])
def test_the_xml_is_what_is_served(tended, name, path):
    daemon = tended(TWO)
    text = json.loads(busctl(daemon, "call", "io.tended", path, "org.freedesktop.DBus.Introspectable",
                             "Introspect").stdout)["data"][0]
    served = next(i for i in ET.fromstring(text).findall("interface") if i.get("name") == name)
    written = ET.parse(os.path.join(ROOT, "daemon", "control", name + ".xml")).getroot().find("interface")
    assert described(written)[0] == described(served)[0]
    assert described(written)[1] == described(served)[1]
    assert described(written)[2] == described(served)[2]


def test_busctl_is_a_client(tended):
    daemon = tended({"test.ini": TWO + "[service a.b:c-d_e]\nExecStart=/bin/sleep 1000\n"})
    tree = busctl(daemon, "tree", "--list", "io.tended").stdout.split()
    assert "/io/tended/service/web" in tree and "/io/tended/service/a_2eb_3ac_2dd_5fe" in tree
    assert "io.tended" in busctl(daemon, "list").stdout
    assert "PropertiesChanged" in busctl(daemon, "introspect", "io.tended", "/io/tended/service/web").stdout
    value = json.loads(busctl(daemon, "get-property", "io.tended", "/io/tended/service/a_2eb_3ac_2dd_5fe", SERVICE,
                              "Id").stdout)
    assert value == {"type": "s", "data": "a.b:c-d_e"}
    assert busctl(daemon, "get-property", "io.tended", "/io/tended/service/none", SERVICE, "Id",
                  check=False).returncode != 0
    assert answer(daemon, "Stop", "asa{sv}", "1", "w*", "0") == [[["web", "done", "inactive", ""],
                                                                  ["worker", "done", "inactive", ""]]]
    assert answer(daemon, "Start", "asa{sv}", "2", "web.service", "web", "0") == [[["web", "done", "active", ""]]]


@pytest.mark.parametrize("method,arguments,word", [
    ("Start", ["asa{sv}", "1", "wbe", "0"], "did you mean web?"),
    ("Start", ["asa{sv}", "1", "default.target", "0"], "No target default.target"),
    ("Start", ["asa{sv}", "1", "web", "1", "nonsense", "b", "true"], "nonsense"),
    ("Start", ["asa{sv}", "1", "web", "1", "no-block", "s", "yes"], "no-block"),
    ("Stop", ["asa{sv}", "2", "web", "x" * 300, "0"], "bytes"),
    ("Stop", ["asa{sv}", "17", *["w*"] * 17, "0"], "patterns"),
    ("Wait", ["assa{sv}", "1", "web", "gone", "0"], "gone"),
    ("Kill", ["assi", "1", "web", "some", "15"], "some"),
    ("Kill", ["assi", "1", "web", "all", "0"], "0"),
    ("Kill", ["assi", "1", "web", "all", "65"], "65"),
    ("List", ["asas", "0", "1", "Nonsense"], "Nonsense"),
    ("Cat", ["s", "wbe"], "did you mean web?"),
    ("Reexec", [], "not yet built"),
    ("Run", ["ssaayasaha{sv}", "", "x", "1", "1", "120", "0", "0", "0"], "absolute"),
    ("Run", ["ssaayasaha{sv}", "", "/", "0", "0", "0", "0"], "no command"),
    ("Run", ["ssaayasaha{sv}", "web", "/", "1", "1", "120", "0", "0", "0"], "already"),
    ("Apply", ["a{sv}", "1", "dry", "b", "true"], "dry"),
    ("Events", ["asa{sv}", "1", "wbe", "0"], "did you mean web?"),
])
def test_what_is_wrong_is_said(tended, method, arguments, word):
    daemon = tended(TWO)
    done = call(daemon, method, *arguments, check=False)
    assert done.returncode != 0 and word in done.stderr
    assert daemon.wait_state("web", "active (running)")


def test_a_pattern_without_a_match_is_nobody(tended):
    daemon = tended(TWO)
    assert answer(daemon, "Stop", "asa{sv}", "1", "x*", "0") == [[]]
    assert answer(daemon, "List", "asas", "1", "[x-z]*", "0") == [[]]


def open_to_all(daemon, tmp_path):
    """Lets other users reach the test's folder."""
    for folder in [*tmp_path.parents, tmp_path, daemon.folder]:
        if str(folder).startswith("/tmp/"):
            os.chmod(folder, 0o755)


def test_a_stranger_reads_state_and_changes_nothing(tended, tmp_path):
    daemon = tended(TWO)
    open_to_all(daemon, tmp_path)
    stranger = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    if subprocess.run([*stranger, "test", "-w", daemon.socket], check=False).returncode != 0:
        pytest.skip("another user can't reach the test's folder")

    listed = json.loads(call(daemon, "List", "asas", "0", "0", prefix=stranger).stdout)["data"][0]
    assert [service["Id"]["data"] for service in listed] == ["web", "worker"]
    path = "/io/tended/service/worker"
    assert "active" in busctl(daemon, "get-property", "io.tended", path, SERVICE, "ActiveState",
                              prefix=stranger).stdout
    everything = call(daemon, "List", "asas", "0", "1", "*", prefix=stranger).stdout
    assert "SECRET" not in everything and "ExecStart" in everything
    assert "SECRET" not in busctl(daemon, "call", "io.tended", path, "org.freedesktop.DBus.Properties", "GetAll", "s",
                                  SERVICE, prefix=stranger).stdout
    assert "SECRET" in call(daemon, "List", "asas", "0", "1", "*").stdout

    for method, arguments in (("Start", ["asa{sv}", "1", "web", "0"]), ("Stop", ["asa{sv}", "1", "web", "0"]),
                              ("Kill", ["assi", "1", "web", "all", "9"]), ("ResetFailed", ["as", "0"]),
                              ("Cat", ["s", "web"]), ("Logs", ["asa{sv}", "0", "0"]), ("DaemonReload", []),
                              ("Follow", ["asa{sv}", "0", "0"]), ("Shutdown", ["a{sv}", "0"]),
                              ("List", ["asas", "0", "1", "Environment"])):
        done = call(daemon, method, *arguments, check=False, prefix=stranger)
        assert done.returncode != 0 and "ermitted" in done.stderr, (method, done.stderr)
    done = busctl(daemon, "get-property", "io.tended", path, SERVICE, "Environment", check=False, prefix=stranger)
    assert "ermitted" in done.stderr
    assert daemon.wait_state("web", "active (running)")
    assert json.loads(call(daemon, "Wait", "assa{sv}", "1", "web", "ready", "0",
                           prefix=stranger).stdout)["data"] == [[["web", "done", "active", ""]]]


def test_members_of_the_group_may_change_things(tended):
    try:
        gid = grp.getgrnam("tended").gr_gid
    except KeyError:
        pytest.skip("there is no group tended on this machine")
    daemon = tended(TWO)
    member = ("setpriv", "--reuid=65534", "--regid=65534", f"--groups={gid}")
    if subprocess.run([*member, "test", "-w", daemon.socket], check=False).returncode != 0:
        pytest.skip("another user can't reach the test's folder")
    assert call(daemon, "Stop", "asa{sv}", "1", "web", "0", prefix=member).returncode == 0


def test_subscribers_are_told_of_changes_and_others_are_not(tended):
    daemon = tended(TWO)
    assert daemon.wait_state("web", "active (running)") and daemon.wait_state("worker", "active (running)")
    subscriber, other = dbus.Peer(daemon.socket), dbus.Peer(daemon.socket)
    subscriber.send(dbus.call("Subscribe"))
    assert subscriber.message()[0] == 2
    daemon.ctl("stop", "web")
    seen = b""
    while b"inactive" not in seen:
        kind, message = subscriber.message()
        assert kind == 4 and b"PropertiesChanged" in message and b"/io/tended/service/web" in message
        seen += message

    other.send(dbus.list_call(["web"], ["ActiveState"]))
    kind, message = other.message()
    assert kind == 2 and b"inactive" in message
    subscriber.send(dbus.call("Unsubscribe", serial=2))
    assert subscriber.message()[0] == 2
    daemon.ctl("start", "web")
    subscriber.send(dbus.list_call(["web"], ["ActiveState"], serial=3))
    assert subscriber.message()[0] == 2


def test_subscribers_are_told_of_services_that_come_and_go(tended):
    daemon = tended(TWO)
    subscriber = dbus.Peer(daemon.socket)
    subscriber.send(dbus.call("Subscribe"))
    assert subscriber.message()[0] == 2

    def signal_of(member):
        while True:
            kind, message = subscriber.message()
            if kind == 4 and member in message:
                return message

    daemon.write("more.ini", "[service extra]\nExecStart=/bin/sleep 1000\n")
    daemon.ctl("apply")
    assert b"/io/tended/service/extra" in signal_of(b"ServiceNew")
    os.unlink(os.path.join(daemon.conf, "more.ini"))
    daemon.ctl("apply")
    assert b"/io/tended/service/extra" in signal_of(b"ServiceRemoved")
    daemon.stop()


def test_many_requests_at_once_are_all_answered(tended):
    daemon = tended(TWO)
    peer = dbus.Peer(daemon.socket)
    peer.send(*[dbus.list_call([], ["Id"], serial=i + 1) for i in range(1000)])
    for _ in range(1000):
        assert peer.message()[0] == 2


def test_no_request_blocks_another(tended):
    daemon = tended("[service slow]\nExecStart=/bin/sh -c 'trap \"\" TERM; echo up; sleep 1000'\nReadyLine=^up$\n"
                    "TimeoutStopSec=3s\n" + TWO)
    daemon.ctl("wait", "slow")
    peer = dbus.Peer(daemon.socket)
    peer.send(dbus.verb_call("Stop", ["slow"], serial=1000000))
    seen, serial = b"", 0
    while b"deactivating" not in seen:
        serial += 1
        peer.send(dbus.list_call(["slow"], ["ActiveState"], serial))
        kind, seen = peer.message()
        assert kind == 2
    kind, message = peer.message()
    assert kind == 2 and b"failed" in message


def test_a_client_that_goes_takes_nothing_with_it(tended):
    daemon = tended("[service late]\nAutoStart=no\nExecStart=/bin/sleep 1000\nReadyAfterSec=1s\n" + TWO)
    before = descriptors(daemon)
    starting = subprocess.Popen(["busctl", "--address=unix:path=" + daemon.socket, "call", "io.tended", "/io/tended",
                                 MANAGER, "Start", "asa{sv}", "1", "late", "0"], stdout=subprocess.DEVNULL)
    wait_for(lambda: daemon.state("late") == "activating (start)", "the start")
    starting.kill()
    starting.wait()
    daemon.wait_state("late", "active (running)")
    # Two pipes of the service that runs now, and what tracks it.
    wait_for(lambda: descriptors(daemon) <= before + 8, "the client's descriptor closed")


def crowd(daemon, n, asking=False, **options):
    """As many connections as there is room for. Who has asked something is there to stay."""
    peers = []
    for _ in range(n):
        try:
            peer = dbus.Peer(daemon.socket, **options)
            if asking:
                peer.send(dbus.list_call(["web"], ["Id"], serial=1000))
                peer.message()
            peers.append(peer)
        except (ConnectionError, OSError):
            break
    return peers


@pytest.fixture
def as_a_stranger():
    """This process counts as another user to whom it connects."""
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    os.seteuid(65534)
    yield
    os.seteuid(0)


def reachable(daemon):
    try:
        dbus.Peer(daemon.socket).close()
    except PermissionError:
        pytest.skip("another user can't reach the test's folder")


@pytest.fixture
def many_descriptors():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, before[1]), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_thousand_clients_cost_little_and_stall_nobody(tended, many_descriptors):
    daemon = tended(TWO)
    before = memory(daemon)
    peers = crowd(daemon, 1000)
    assert len(peers) == 1000
    assert memory(daemon) - before < 32 * 1024 * 1024
    begin = time.monotonic()
    assert daemon.wait_state("web", "active (running)")
    assert time.monotonic() - begin < 5
    for peer in peers[::100]:
        peer.send(dbus.list_call(["web"], ["Id"]))
        assert peer.message()[0] == 2
    for peer in peers:
        peer.close()
    wait_for(lambda: descriptors(daemon) < 100, "their descriptors closed")


def test_who_says_nothing_makes_room_and_is_closed(tended, many_descriptors):
    daemon = tended(TWO)
    silent = crowd(daemon, 2000, greet=False)
    assert len(silent) == 2000
    # Whoever greets finds room, though the silent ones have taken all of it.
    assert daemon.wait_state("web", "active (running)")
    peer = dbus.Peer(daemon.socket)
    peer.send(dbus.list_call(["web"], ["Id"]))
    assert peer.message()[0] == 2
    for one in silent:
        assert one.is_closed()
    wait_for(lambda: descriptors(daemon) < 100, "their descriptors closed")


def test_a_stopped_client_is_nobodys_trouble(tended):
    daemon = tended(TWO)
    peers = crowd(daemon, 20)
    for peer in peers:
        peer.send(dbus.call("Subscribe"))
        # More answers than fit anywhere, and never read.
        peer.socket.setblocking(False)
        try:
            for i in range(20000):
                peer.send(dbus.list_call([], ["*"], serial=i + 2))
        except BlockingIOError:
            pass
    before = memory(daemon)
    for _ in range(20):
        daemon.ctl("restart", "web")
    assert memory(daemon) - before < 32 * 1024 * 1024
    assert daemon.wait_state("worker", "active (running)")
    for peer in peers:
        peer.close()


def seconds(daemon):
    """What the daemon has spent computing."""
    with open(f"/proc/{daemon.pid}/stat", encoding="ascii") as file:
        return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.slow
def test_greedy_strangers_leave_time_to_all_others(tended, tmp_path, request):
    """Eight clients ask for everything about 1000 services, again and again: nobody else has to wait for them."""
    daemon = tended("".join(f"[service s{i}]\nAutoStart=no\nExecStart=/bin/true\n" for i in range(1000)) + TWO)
    open_to_all(daemon, tmp_path)
    request.getfixturevalue("as_a_stranger")
    reachable(daemon)
    os.seteuid(0)

    def median_wait():
        waits = []
        for _ in range(60):
            asked = time.monotonic()
            assert daemon.ctl("is-active", "web").returncode == 0
            waits.append(time.monotonic() - asked)
        return sorted(waits)[len(waits) // 2]

    alone, spent = median_wait(), seconds(daemon)
    stranger = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    greedy = [subprocess.Popen([*stranger, sys.executable, dbus.__file__, daemon.socket]) for _ in range(8)]
    try:
        wait_for(lambda: seconds(daemon) > spent + 0.3, "the daemon at work for them")
        assert median_wait() < 8 * alone
    finally:
        for process in greedy:
            process.kill()
            process.wait()


def test_a_huge_request_is_not_taken_in(tended):
    daemon = tended(TWO)
    peer = dbus.Peer(daemon.socket)
    before = memory(daemon)
    huge = dbus.call("List", "asas", b"\0" * (100 * 1024 * 1024))
    with pytest.raises((ConnectionError, socket.timeout)):
        peer.send(huge)
        peer.message()
    assert memory(daemon) - before < 16 * 1024 * 1024
    assert daemon.wait_state("web", "active (running)")


def test_descriptors_of_clients_do_not_stay(tended):
    daemon = tended(TWO)
    peer = dbus.Peer(daemon.socket, fds=True)
    assert peer.agreed == b"AGREE_UNIX_FD"
    # Descriptors that come together with the greeting are refused: it has to be over.
    peer.send(dbus.list_call(["web"], ["Id"], serial=1000))
    assert peer.message()[0] == 2
    before = descriptors(daemon)
    for i in range(50):
        message = dbus.call("List", "asas", dbus.strings(dbus.strings(b"", ["web"]), ["Id"]), i + 1, n_fds=100)
        socket.send_fds(peer.socket, [message[:20]], [0] * 100)
        peer.send(message[20:])
        assert peer.message()[0] == 2
    wait_for(lambda: descriptors(daemon) <= before + 2, "their descriptors closed")


def test_a_stranger_can_give_no_descriptors_and_make_few_connections(tended, tmp_path, request):
    daemon = tended(TWO)
    open_to_all(daemon, tmp_path)
    request.getfixturevalue("as_a_stranger")
    reachable(daemon)

    peer = dbus.Peer(daemon.socket, fds=True)
    assert peer.agreed.startswith(b"ERROR")
    peer.send(dbus.list_call(["web"], ["Id"], serial=1000))
    assert peer.message()[0] == 2
    message = dbus.list_call(["web"], ["Id"])
    try:
        socket.send_fds(peer.socket, [message], [0] * 100)
    except ConnectionError:
        pass
    assert peer.is_closed()

    peers = crowd(daemon, 100, asking=True)
    assert len(peers) == 64
    # He has used up his own room, and nobody else's.
    os.seteuid(0)
    assert daemon.wait_state("web", "active (running)")
    os.seteuid(65534)
    peers.pop().close()
    wait_for(lambda: crowd(daemon, 1), "room for one more")

    # Nor may many of them let their answers lie.
    told = [peer.send(dbus.list_call([], ["*"], serial=i + 1)) for peer in peers[:32] for i in range(2)]
    assert len(told) == 64
    os.seteuid(0)
    assert daemon.wait_state("web", "active (running)")


def test_two_daemons_one_socket(tended):
    daemon = tended(TWO)
    second = subprocess.run(daemon.argv(), env=daemon.env, stderr=subprocess.PIPE, text=True, timeout=60)
    assert second.returncode == 3 and str(daemon.pid) in second.stderr
    daemon.stop()
    assert not os.path.exists(daemon.socket) and not os.path.exists(daemon.socket + ".lock")
    assert not os.path.exists(daemon.run_folder())


def test_a_file_in_the_sockets_place_stays(tended):
    daemon = tended(TWO, start=False)
    with open(daemon.socket, "w", encoding="ascii") as file:
        file.write("mine")
    done = subprocess.run(daemon.argv(), env=daemon.env, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1 and "no socket" in done.stderr
    assert open(daemon.socket, encoding="ascii").read() == "mine"


def test_a_shutdown_is_answered_when_nothing_is_left(tended):
    daemon = tended(TWO)
    assert call(daemon, "Shutdown", "a{sv}", "0").returncode == 0
    assert daemon.process.wait(timeout=10) == 0


def test_an_interrupt_is_in_order_and_a_second_one_at_once(tended):
    daemon = tended("[service deaf]\nExecStart=/bin/sh -c 'trap \"\" TERM; echo deaf; sleep 1000'\nReadyLine=deaf\n"
                    "TimeoutStopSec=60s\n")
    daemon.ctl("wait", "deaf")
    daemon.process.send_signal(signal.SIGINT)
    daemon.wait_state("deaf", "deactivating (stop-sigterm)")
    begin = time.monotonic()
    assert daemon.stop(signal.SIGINT) == 0
    assert time.monotonic() - begin < 20


class Listener:
    """A service manager's end of NOTIFY_SOCKET."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(20)
        self.unmatched = []

    def wait(self, word):
        """The first message with this word that was not asked for yet, whatever came before it."""
        while True:
            for message in self.unmatched:
                if word in message:
                    self.unmatched.remove(message)
                    return message
            self.unmatched.append(self.socket.recv(4096).decode())


def test_a_service_manager_is_told(tended, tmp_path):
    listener = Listener(tmp_path / "notify")
    daemon = tended("[daemon]\nReadyWhen=started\n[service s]\nExecStart=/bin/sleep 1000\nReadyAfterSec=1s\n",
                    start=False, env={"NOTIFY_SOCKET": listener.path})
    daemon.start(wait=False)
    listener.wait("EXTEND_TIMEOUT_USEC=")
    listener.wait("READY=1")
    assert daemon.wait_state("s", "active (running)")
    listener.wait("STATUS=1 services: 1 active, 0 failed")
    daemon.process.send_signal(signal.SIGHUP)
    assert "MONOTONIC_USEC=" in listener.wait("RELOADING=1")
    listener.wait("READY=1")
    daemon.process.send_signal(signal.SIGTERM)
    listener.wait("STOPPING=1")
    assert daemon.process.wait(timeout=20) == 0


def test_a_service_manager_that_does_not_read_stops_nothing(tended, tmp_path):
    listener = Listener(tmp_path / "notify")
    daemon = tended(TWO, start=False, env={"NOTIFY_SOCKET": listener.path, "WATCHDOG_USEC": "20000"})
    daemon.start()
    # The watchdog has filled the socket long since.
    time.sleep(1)
    for _ in range(3):
        daemon.ctl("restart", "web")
    assert daemon.wait_state("worker", "active (running)")
    daemon.process.send_signal(signal.SIGHUP)
    assert daemon.wait_state("worker", "active (running)")
    listener.wait("WATCHDOG=1")
    listener.wait("READY=1")


def test_a_path_that_no_address_can_hold(tended, tmp_path):
    deep = tmp_path
    for _ in range(4):
        deep = deep / ("d" * 60)
    deep.mkdir(parents=True)
    daemon = tended(TWO, start=False)
    daemon.socket = str(deep / "control")
    assert len(daemon.socket) > 200
    daemon.start()
    assert daemon.wait_state("web", "active (running)")
    assert daemon.stop() == 0
