# SPDX-License-Identifier: MIT
"""Talking with services: send, read, expect, ask, and what the log has of it."""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import textwrap
import time

import pytest

from harness import ROOT, TENDCTL, have, is_sanitized, wait_for


def program(folder, name, text):
    """A Python program of a test's own."""
    path = os.path.join(str(folder), name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(textwrap.dedent(text))
    return path


def service(name, command, *more):
    return "\n".join([f"[service {name}]", f"ExecStart = {command}", "StandardInput = pipe", *more]) + "\n"


CAT = service("cat", "/bin/cat")


def code(daemon, *argv, **options):
    return daemon.ctl(*argv, check=False, **options).returncode


def test_a_line_goes_in_and_what_came_out_since_is_read(tended):
    daemon = tended(CAT)
    daemon.ctl("send", "cat", "hello", "world")
    assert daemon.ctl("read", "cat", "--timeout", "60s").stdout == "hello world\n"
    nothing = daemon.ctl("read", "cat", check=False)
    assert (nothing.returncode, nothing.stdout) == (3, "")
    daemon.ctl("send", "cat", "-n", "no newline", "-5")
    assert daemon.ctl("expect", "cat", "5$", "--timeout", "60s").stdout == "no newline -5"
    daemon.ctl("send", "cat", input="two\nlines\n")
    assert daemon.ctl("read", "cat", "--lines", "2", "--timeout", "60s").stdout == "two\nlines\n"


def test_read_with_fewer_lines_than_wanted_prints_them_and_says_so(tended):
    daemon = tended(CAT)
    daemon.ctl("send", "cat", input="one\ntwo\nthree\nfo")
    daemon.ctl("expect", "cat", "fo$", "--from", "mark", "--timeout", "60s")
    daemon.ctl("send", "cat", input="ur\nfive\n")
    assert daemon.ctl("read", "cat", "--lines", "1", "--timeout", "60s").stdout == "ur\n"
    done = daemon.ctl("read", "cat", "--lines", "2", "--timeout", "200ms", check=False)
    assert (done.returncode, done.stdout) == (3, "five\n")
    done = daemon.ctl("read", "cat", "--timeout", "100ms", check=False)
    assert (done.returncode, done.stdout) == (3, "")


def test_what_cant_be_talked_with_says_why(tended):
    daemon = tended(CAT + "AutoStart = no\n[service deaf]\nExecStart = /bin/sleep 1000\n"
                    "[service mute]\nExecStart = /bin/sleep 1000\nStandardOutput = null\nStandardError = null\n")
    assert code(daemon, "send", "cat", "x") == 3
    assert code(daemon, "ask", "cat", "x") == 3
    assert code(daemon, "expect", "cat", "x") == 3
    assert code(daemon, "read", "cat") == 3
    assert code(daemon, "send", "nobody", "x") == 4
    deaf = daemon.ctl("send", "deaf", "x", check=False)
    assert deaf.returncode == 1 and "StandardInput" in deaf.stderr
    mute = daemon.ctl("read", "mute", check=False)
    assert mute.returncode == 1 and "does not give its output" in mute.stderr
    assert code(daemon, "expect", "deaf", "(") == 2
    assert code(daemon, "read", "deaf", "--stream", "stdin") == 1


def test_an_answer_of_one_line_or_more_or_up_to_a_prompt(tended, tmp_path):
    echo = program(tmp_path, "echo.py", """
        import sys
        for line in sys.stdin:
            word = line.rstrip("\\n")
            print(word, flush=True)
            print("aside", file=sys.stderr, flush=True)
            print(word.upper(), flush=True)
            sys.stdout.write("> ")
            sys.stdout.flush()
        """)
    daemon = tended(service("echo", f"/usr/bin/python3 {echo}"))
    assert daemon.ctl("ask", "echo", "one").stdout == "one\n"
    assert daemon.ctl("expect", "echo", "^> $", "--timeout", "60s").stdout.endswith("ONE\n> ")
    assert daemon.ctl("ask", "echo", "two", "--lines", "2").stdout == "two\nTWO\n"
    daemon.ctl("expect", "echo", "^> $", "--timeout", "60s")
    answer = daemon.ctl("ask", "echo", "three", "--until", "^> $").stdout
    # Where stderr stands in it is a matter of reading.
    assert answer.replace("aside\n", "") == "three\nTHREE\n> "
    assert daemon.ctl("ask", "echo", "four", "--stream", "stderr").stdout == "aside\n"
    # What an ask of stdout took nothing of is still there.
    daemon.ctl("expect", "echo", "^> $", "--timeout", "60s")
    daemon.ctl("ask", "echo", "five")
    assert daemon.ctl("read", "echo", "--stream", "stderr", "--timeout", "60s").stdout == "aside\n"


def test_a_heavy_child_is_started_once_and_asked_often(tended, tmp_path):
    """Ten thousand questions by several at once: each has its own answer, whole."""
    heavy = program(tmp_path, "heavy.py", """
        import os, sys, time
        time.sleep(2)
        print("loaded", os.environ["LD_LIBRARY_PATH"], file=sys.stderr, flush=True)
        for line in sys.stdin:
            sys.stdout.write(line.rstrip("\\n")[::-1] + "\\n")
            sys.stdout.flush()
        """)
    daemon = tended(service("heavy", f"/usr/bin/python3 {heavy}", "Environment = LD_LIBRARY_PATH=/opt/lib PYTHONUTF8=1",
                            "ReadyLine = ^loaded /opt/lib"))
    daemon.ctl("wait", "heavy")
    assert daemon.ctl("read", "heavy", "--stream", "stderr").stdout == "loaded /opt/lib\n"
    words = ["拿铁", "咖啡", "", "x" * 40000 + "end"]
    words += [f"word {i}" for i in range(996 if is_sanitized() else 9996)]

    def ask(word):
        return daemon.ctl("ask", "heavy", word).stdout

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for word, answer in zip(words, pool.map(ask, words)):
            assert answer == word[::-1] + "\n"
    assert code(daemon, "read", "heavy", "--stream", "stdout") == 3


def test_a_prompt_without_a_newline_is_expected_and_answered(tended, tmp_path):
    prompt = program(tmp_path, "prompt.py", """
        import sys, time
        n = 0
        while True:
            sys.stdout.write("Enter text to echo: ")
            sys.stdout.flush()
            line = sys.stdin.readline().rstrip("\\n")
            if line == "quit":
                break
            for _ in range(n % 10):
                print(line, flush=True)
                time.sleep(0.01)
            n += 1
        """)
    daemon = tended(service("prompt", f"/usr/bin/python3 {prompt}"))
    for n in range(10):
        daemon.ctl("expect", "prompt", "echo: $", "--timeout", "60s")
        daemon.ctl("send", "prompt", f"line {n}")
    # Each expect took what came up to the prompt; the last lines are still to be read.
    assert daemon.ctl("read", "prompt", "--lines", "9", "--timeout", "60s").stdout == "line 9\n" * 9
    daemon.ctl("send", "prompt", "quit")
    daemon.wait_state("prompt", "inactive (dead)")


def test_expect_ends_at_once_with_the_service_and_shows_what_came(tended):
    daemon = tended(service("dies", "/bin/sh -c 'read line; printf \"last words\"; exit 3'"))
    waiting = subprocess.Popen([TENDCTL, "--socket", daemon.socket, "expect", "dies", "never"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: "1 reader" in daemon.ctl("status", "dies").stdout, "who waits")
    daemon.ctl("send", "dies", "go")
    out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, out) == (1, "last words")
    assert "ended meanwhile: exit code 3" in err
    late = daemon.ctl("expect", "dies", "never", check=False)
    assert late.returncode == 3 and "does not run" in late.stderr
    # But what it had said is still there to be found.
    assert daemon.ctl("expect", "dies", "words", "--from", "start").stdout == "last words"


def test_expect_times_out_with_what_came_and_leaves_the_mark(tended):
    daemon = tended(CAT)
    daemon.ctl("send", "cat", "some text")
    done = daemon.ctl("expect", "cat", "other", "--timeout", "300ms", check=False)
    assert (done.returncode, done.stdout) == (124, "some text\n")
    assert daemon.ctl("expect", "cat", "text").stdout == "some text"
    assert code(daemon, "expect", "cat", "text", "--from", "now", "--timeout", "100ms") == 124
    assert daemon.ctl("expect", "cat", "s..e", "--from", "start").stdout == "some"


@pytest.mark.parametrize("pattern,text,end", [
    ("é+!", "caféé!?", "caféé!"),
    (r"\x{62ff}\x{94c1}", "咖啡拿铁x", "咖啡拿铁"),
    ("(?<=foo)bar", "foobarbaz", "foobar"),
    ("a.*z$", "a\nabz\n", "a\nabz"),
])
def test_patterns_see_letters_however_the_bytes_come(tended, pattern, text, end):
    daemon = tended(CAT)
    waiting = subprocess.Popen([TENDCTL, "--socket", daemon.socket, "expect", "cat", pattern, "--from", "start"],
                               stdout=subprocess.PIPE)
    data = text.encode()
    sender = subprocess.Popen([TENDCTL, "--socket", daemon.socket, "send", "cat"], stdin=subprocess.PIPE)
    for i in range(len(data)):
        sender.stdin.write(data[i:i + 1])
        sender.stdin.flush()
        time.sleep(0.001)
    sender.stdin.close()
    out, _ = waiting.communicate(timeout=60)
    assert (waiting.returncode, out.decode()) == (0, end)
    assert sender.wait(60) == 0


def test_a_pattern_that_explodes_is_an_error(tended):
    daemon = tended(CAT)
    daemon.ctl("send", "cat", "a" * 5000)
    done = daemon.ctl("expect", "cat", "(a+)+(a+)+(a+)+b", "--timeout", "60s", check=False)
    assert done.returncode == 1 and "too many steps" in done.stderr


def test_what_was_overwritten_before_it_was_read_is_told(tended):
    daemon = tended(service("flood", "/bin/sh -c 'read a; yes 123456789 | head -c 1000000; echo; echo end; read b'"))
    daemon.ctl("send", "flood", "go")
    wait_for(lambda: "end" in daemon.ctl("logs", "flood", "-o", "cat", "-n", "1", "--no-pager").stdout, "the end")
    done = daemon.ctl("read", "flood")
    lost = int(re.search(r"(\d+) bytes of stdout are lost", done.stderr).group(1))
    assert lost + len(done.stdout) == 1000000 + len("\nend\n")


def test_an_answer_longer_than_the_ring_is_whole(tended):
    daemon = tended(service("long", "/bin/sh -c 'while read n; do seq $n; done'"))
    answer = daemon.ctl("ask", "long", "200000", "--lines", "200000").stdout
    assert answer == "".join(f"{i}\n" for i in range(1, 200001))


def test_a_full_queue_makes_the_sender_wait_and_nobody_else(tended, tmp_path):
    daemon = tended(service("deaf", "/bin/sleep 1000") + CAT)
    data = "x" * 1000000
    done = daemon.ctl("send", "deaf", "--timeout", "300ms", input=data, check=False)
    assert done.returncode == 124
    assert daemon.ctl("ask", "cat", "still here").stdout == "still here\n"
    # What waits when the run ends is dropped, and its sender told.
    with open(program(tmp_path, "data", data), "rb") as file:
        waiting = subprocess.Popen([TENDCTL, "--socket", daemon.socket, "send", "deaf"], stdin=file,
                                   stderr=subprocess.PIPE, text=True)
        wait_for(lambda: file.tell() > 0, "a sender")
    daemon.ctl("restart", "deaf")
    assert waiting.wait(60) == 1
    # A process that ends closes its stdin a moment before it is known that it has ended.
    assert re.search("dropped|was closed", waiting.stderr.read())


def test_nothing_of_one_run_goes_into_the_next(tended, tmp_path):
    late = program(tmp_path, "late.py", """
        import sys, time
        time.sleep(0.5)
        for line in sys.stdin:
            print("got", line, end="", flush=True)
        """)
    daemon = tended(service("late", f"/usr/bin/python3 {late}", "KillSignal = SIGKILL"))
    daemon.main_pid("late")
    daemon.ctl("send", "late", input="old\n" * 100)
    daemon.ctl("restart", "late")
    assert daemon.ctl("ask", "late", "new").stdout == "got new\n"


def test_several_senders_are_not_mixed(tended):
    daemon = tended(service("count", "/usr/bin/sort"))
    chunks = ["".join(f"{name}{i:06}\n" for i in range(30000)) for name in "abcd"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in pool.map(lambda text: daemon.ctl("send", "count", input=text), chunks):
            assert done.returncode == 0
    daemon.ctl("send", "count", "--eof")
    daemon.wait_state("count", "inactive (dead)")


def test_senders_follow_each_other_in_one_piece(tended, tmp_path):
    keep = program(tmp_path, "keep.py", """
        import sys
        names = [line[0] for line in sys.stdin]
        changes = sum(1 for a, b in zip(names, names[1:]) if a != b)
        print(len(names), changes, flush=True)
        """)
    daemon = tended(service("keep", f"/usr/bin/python3 {keep}"))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: daemon.ctl("send", "keep", input=f"{name}\n" * 100000), "abcd"))
    daemon.ctl("send", "keep", "--eof")
    assert daemon.ctl("read", "keep", "--lines", "1", "--timeout", "60s").stdout == "400000 3\n"


def test_the_end_of_stdin(tended):
    daemon = tended(service("sum", "/usr/bin/wc -c"))
    daemon.ctl("send", "sum", "123", "--eof")
    assert daemon.ctl("read", "sum", "--timeout", "60s").stdout.strip() == "4"
    daemon.wait_state("sum", "inactive (dead)")
    closes = tended(service("closes", "/bin/sh -c 'exec <&-; echo closed; exec sleep 1000'"))
    closes.ctl("expect", "closes", "closed", "--timeout", "60s")
    done = closes.ctl("send", "closes", "x", check=False)
    assert done.returncode == 1 and "closed" in done.stderr
    assert code(closes, "send", "closes", "x") == 1


def test_a_million_lines_that_nobody_reads(tended, journal):
    """No deadlock, bounded memory, all in the log."""
    daemon = tended(service("burst", "/bin/sh -c 'read n; seq $n'"), journal=journal)
    n = 100000 if is_sanitized() else 1000000
    daemon.ctl("send", "burst", str(n))
    daemon.wait_state("burst", "inactive (dead)")
    with open(f"/proc/{daemon.pid}/status", encoding="utf-8") as file:
        resident = int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))
    assert resident < (200000 if is_sanitized() else 20000)
    rows = wait_for(lambda: (lambda rows: rows if rows and rows[0]["Ended"] and rows[0]["StdoutLines"] == n else None)(
        json.loads(daemon.ctl("--json", "logs", "--verify", "burst", check=False).stdout)), "the whole log")
    assert daemon.ctl("logs", "--verify", "burst").returncode == 0, rows


def test_both_directions_are_in_the_journal_in_order(tended, journal):
    daemon = tended(service("cat", "/bin/cat", "LogInput = yes", "LineFlushSec = 100ms"), journal=journal)
    for i in range(50):
        assert daemon.ctl("ask", "cat", f"line {i}").stdout == f"line {i}\n"
    daemon.ctl("send", "cat", "-n", "no end")
    daemon.ctl("expect", "cat", "no end", "--timeout", "60s")

    def entries():
        found = [e for e in journal.entries("TENDED_SERVICE=cat") if "TENDED_STREAM" in e]
        return found if len(found) >= 102 else None

    found = wait_for(entries, "all lines")
    said = [(e["TENDED_STREAM"], e["MESSAGE"]) for e in found]
    wanted = [(stream, f"line {i}") for i in range(50) for stream in ("stdin", "stdout")]
    assert said[:100] == wanted
    assert sorted(said[100:]) == [("stdin", "no end"), ("stdout", "no end")]
    assert all(e["TENDED_LINE_BREAK"] == "idle" for e in found[100:])
    daemon.ctl("stop", "cat")
    assert "51 lines of stdout, 0 of stderr, 51 of stdin: none is missing" in daemon.ctl("logs", "--verify", "cat").stdout


def test_a_partial_line_waits_no_longer_than_it_should(tended, journal):
    daemon = tended(service("slow", "/bin/sh -c 'printf Enter; read x; printf \" text\\\\n\"; printf tail; read x'",
                            "LineFlushSec = 50ms"), journal=journal)
    wait_for(lambda: journal.lines("slow") == ["Enter"], "the prompt, as a line")
    daemon.ctl("send", "slow", "")
    wait_for(lambda: journal.lines("slow") == ["Enter", " text", "tail"], "three lines")
    daemon.ctl("stop", "slow")
    assert journal.lines("slow") == ["Enter", " text", "tail"]


def test_python_is_ended_by_words_or_by_the_end_of_its_input(tended):
    daemon = tended("".join(
        f"[service {name}]\nExecStart = /usr/bin/python3 -i -u\nStandardInput = pipe\nStopInput = {words}\n"
        "StopInputSec = 60s\n" for name, words in (("words", "quit()"), ("end", "eof"))))
    for name in ("words", "end"):
        assert daemon.ctl("ask", name, "2+2").stdout == "4\n"
        assert daemon.ctl("ask", name, 'len("foobar")').stdout == "6\n"
        daemon.ctl("stop", name)
        status = daemon.status(name)
        assert (status["ActiveState"], status["ExecMainCode"], status["ExecMainStatus"]) == ("inactive", "exited", 0)


def test_who_does_not_hear_the_words_gets_the_signal(tended):
    daemon = tended(service("deaf", "/bin/sleep 1000", "StopInput = please", "StopInputSec = 100ms") +
                    service("half", "/bin/sh -c 'exec <&-; exec sleep 1000'", "StopInput = please",
                            "StopInputSec = 1h"))
    daemon.ctl("stop", "deaf")
    assert daemon.status("deaf")["ExecMainStatus"] == signal.SIGTERM
    # Nobody reads it: there is nothing to wait for.
    wait_for(lambda: not os.path.exists(f"/proc/{daemon.main_pid('half')}/fd/0"), "a closed stdin")
    daemon.ctl("stop", "half", timeout=30)
    assert daemon.status("half")["ExecMainStatus"] == signal.SIGTERM


def test_python_on_a_terminal_of_its_own(tended):
    daemon = tended("[service py]\nExecStart = /usr/bin/python3 -i\nStandardInput = pty\nStopInput = quit()\n"
                    "StopInputSec = 60s\nEnvironment = TERM=dumb\n")
    daemon.ctl("expect", "py", ">>> $", "--timeout", "60s")
    answer = daemon.ctl("ask", "py", "import sys, os; os.isatty(0), os.isatty(2), os.get_terminal_size()",
                        "--until", ">>> $").stdout
    assert "(True, True, os.terminal_size(columns=80, lines=24))\n" in answer
    assert "\r" not in answer.replace("\r\x1b", "")
    daemon.ctl("stop", "py")
    assert daemon.status("py")["ExecMainStatus"] == 0


def test_a_terminals_lines_end_as_lines_do_and_its_end_is_a_letter(tended, journal):
    daemon = tended("[service cat]\nExecStart = /bin/cat\nStandardInput = pty\n", journal=journal)
    daemon.main_pid("cat")
    daemon.ctl("send", "cat", "hello")
    assert wait_for(lambda: journal.lines("cat") == ["hello", "hello"], "echo and answer")
    daemon.ctl("send", "cat", "-n", "unfinished", "--eof")
    daemon.wait_state("cat", "inactive (dead)")
    assert journal.lines("cat") == ["hello", "hello", "unfinishedunfinished"]


@pytest.mark.parametrize("how", ["pipe", "pty"])
def test_a_server_is_heard_live_and_to_its_end(tended, journal, how):
    """With -u through pipes; without it on a terminal, where python holds no line back. The port is a reserved one."""
    daemon = tended(f"[service web]\nExecStart = /usr/bin/python3 {'-u' if how == 'pipe' else ''} -m http.server "
                    f"%{{web.http}}\nPorts = http\nStandardInput = {how}\nReadyLine = Serving HTTP on .* port\n",
                    journal=journal)
    daemon.ctl("wait", "web")
    port = re.search(r"port (\d+)", daemon.ctl("logs", "web", "-o", "cat", "--no-pager").stdout).group(1)
    for i in range(3):
        subprocess.run(["curl", "-sf", f"http://127.0.0.1:{port}/?{i}"], check=True, stdout=subprocess.DEVNULL)
        daemon.ctl("expect", "web", rf"GET /\?{i} ", "--timeout", "60s")
    daemon.ctl("stop", "web")
    lines = journal.lines("web")
    assert sum("GET /?" in line for line in lines) == 3 and not any("\r" in line for line in lines)
    ends = [e for e in journal.entries("TENDED_SERVICE=web") if "web ended:" in e["MESSAGE"]]
    assert len(ends) == 1 and re.search("signal (SIG)?TERM", ends[0]["MESSAGE"]), ends


def test_reading_and_writing_is_for_those_who_may(tended, open_path):
    if os.geteuid() != 0:
        pytest.skip("needs root, to be somebody else")
    daemon = tended(CAT, env={}, at=open_path)
    os.chmod(daemon.folder, 0o755)
    os.chmod(daemon.socket, 0o666)
    for verb in (["send", "cat", "x"], ["read", "cat"], ["expect", "cat", "x"], ["attach", "cat"]):
        done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--", TENDCTL,
                               "--socket", daemon.socket, *verb], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)
        assert done.returncode == 6 and "Not permitted" in done.stderr, (verb, done.stderr)


def test_vanishing_clients_leave_nothing(tended):
    daemon = tended(service("deaf", "/bin/sleep 1000") + CAT)
    before = len(os.listdir(f"/proc/{daemon.pid}/fd"))
    clients = [subprocess.Popen([TENDCTL, "--socket", daemon.socket, *verb], stdin=subprocess.PIPE,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for verb in 3 * (["send", "deaf"], ["expect", "cat", "x"], ["ask", "deaf", "x"],
                                ["read", "cat", "--timeout", "1h"], ["attach", "--read-only", "cat"])]
    for client in clients[:5]:
        if client.stdin:
            try:
                client.stdin.write(b"x" * 60000)
            except BrokenPipeError:
                pass
    for client in clients:
        client.kill()
        client.wait()
    wait_for(lambda: len(os.listdir(f"/proc/{daemon.pid}/fd")) <= before, "no descriptor is left")
    assert daemon.ctl("ask", "cat", "well").stdout == "well\n"


def test_the_example_does_what_it_says(tended):
    folder = os.path.join(ROOT, "conf.d", "examples", "talk")
    definitions = {name: open(os.path.join(folder, name), encoding="utf-8").read() for name in os.listdir(folder)}
    daemon = tended(definitions)
    done = subprocess.run(["sh", os.path.join(folder, "dialogue.sh")], capture_output=True, text=True, check=False,
                          timeout=60, env=dict(daemon.env, TENDED_SOCKET=daemon.socket,
                                               PATH=os.path.dirname(TENDCTL) + ":" + os.environ["PATH"]))
    assert done.stdout == "2^100 is 1267650600228229401496703205376\n6\ntwice\ntwice\n", done.stderr
