# SPDX-License-Identifier: MIT
"""What definitions ask for, as the process itself sees it: who it is, its limits, environment, folders and streams."""

import os
import shutil

import pytest


@pytest.fixture
def folders():
    """A name for folders in /run, /var/lib and /var/log, which are gone when the test is."""
    name = f"tended-test-{os.getpid()}"
    yield name
    for root in ("/run", "/var/lib", "/var/log"):
        shutil.rmtree(f"{root}/{name}", ignore_errors=True)


def test_a_process_is_who_and_where_its_definition_says(tended, tmp_path, journal, folders):
    (tmp_path / "env").write_text("FROM_FILE=yes\nA=file\nGONE=1\n")
    script = tmp_path / "look"
    script.write_text("#!/bin/sh\nid -u; id -gn; id -G; umask; nice; cat /proc/self/oom_score_adj; ulimit -n; "
                      "ulimit -Hn; ulimit -c; pwd; echo $A-$B-$C-$D-$GONE-$DOLLAR-$PASSED-$FROM_FILE-$HOME-$USER\n")
    script.chmod(0o755)
    daemon = tended("[service s]\nType=oneshot\nUser=nobody\nGroup=daemon\nSupplementaryGroups=games tty\n"
                    f"ExecStart=/bin/sh {script}\nUMask=0027\nNice=5\nOOMScoreAdjust=321\nLimitNOFILE=200:300\n"
                    "LimitCORE=0\nWorkingDirectory=/usr\nEnvironment=A=env B=%n \"C=two words\" D=$A DOLLAR=x\n"
                    f"EnvironmentFile={tmp_path}/env\nEnvironmentFile=-{tmp_path}/missing\n"
                    "PassEnvironment=PASSED NOT_THERE\nUnsetEnvironment=GONE DOLLAR=x B=other\n",
                    journal=journal, system=True, env={"PASSED": "on"})
    for folder in (tmp_path, *list(tmp_path.parents)[:-2]):
        os.chmod(folder, 0o755)
    daemon.ctl("start", "s")
    lines = journal.lines("s")[-11:]
    assert lines == ["65534", "daemon", "1 5 60", "0027", "5", "321", "200", "300", "0", "/usr",
                     "file-s-two words-$A---on-yes-/nonexistent-nobody"]
    daemon.stop()


def test_a_strict_umask_does_not_lock_a_service_out_of_its_own_folders(tended, journal, folders):
    daemon = tended(f"[service s]\nType=oneshot\nUser=nobody\nUMask=0077\nRuntimeDirectory={folders}/deep/er\n"
                    f"StateDirectory={folders}/deep\nLogsDirectory={folders}/deep\n"
                    "ExecStart=/bin/sh -c 'touch $RUNTIME_DIRECTORY/x $STATE_DIRECTORY/x $LOGS_DIRECTORY/x && umask'\n",
                    journal=journal, system=True)
    daemon.ctl("wait", "s", "--for", "inactive", check=False)
    assert journal.lines("s") == ["0077"]
    assert os.path.exists(f"/var/lib/{folders}/deep/x") and not os.path.exists(f"/run/{folders}/deep/er")
    daemon.stop()


def test_streams_come_from_and_go_where_the_definition_says(tended, tmp_path, journal):
    (tmp_path / "in").write_text("from a file\n")
    for name in ("append", "truncate", "file"):
        (tmp_path / name).write_text("old old old\n")
    say = "ExecStart=/bin/sh -c 'echo out; echo err >&2; echo end'\nType=oneshot\n"
    daemon = tended(f"[service infile]\nType=oneshot\nStandardInput=file:{tmp_path}/in\nExecStart=/bin/cat\n"
                    "[service data]\nType=oneshot\nStandardInput=data\nStandardInputText=one\\ntwo\n"
                    "StandardInputText=three\nExecStart=/bin/cat\n"
                    f"[service a]\n{say}StandardOutput=append:{tmp_path}/append\nStandardError=append:{tmp_path}/append\n"
                    f"[service t]\n{say}StandardOutput=truncate:{tmp_path}/truncate\nStandardError=inherit\n"
                    f"[service f]\n{say}StandardOutput=file:{tmp_path}/file\nStandardError=null\n"
                    f"[service i]\n{say}StandardError=inherit\n", journal=journal)
    for name in ("infile", "data", "a", "t", "f", "i"):
        daemon.ctl("start", name)
    assert set(journal.lines("infile")) == {"from a file"}
    assert journal.lines("data")[:3] == ["one", "two", "three"]
    assert journal.lines("i", "stdout")[:3] == ["out", "err", "end"] and not journal.lines("i", "stderr")
    assert (tmp_path / "append").read_text().startswith("old old old\nout\nerr\nend\n")
    assert (tmp_path / "truncate").read_text() == "out\nerr\nend\n"
    assert (tmp_path / "file").read_text() == "out\nend\nold\n"
    daemon.stop()


def test_levels_and_fields_of_lines(tended, journal):
    daemon = tended("[service s]\nType=oneshot\nLogLevelMax=notice\nLogExtraFields=MY_FIELD=%n \"OTHER=a b\"\n"
                    "SyslogIdentifier=id-%n\nExecStart=/bin/sh -c 'echo \"<3>err\"; echo \"<6>info\"; echo \"<5>note\"; "
                    "echo plain'\nAutoStart=no\n"
                    "[service raw]\nType=oneshot\nSyslogLevelPrefix=no\nSyslogLevel=warning\nAutoStart=no\n"
                    "ExecStart=/bin/echo <3>err\n", journal=journal)
    daemon.ctl("start", "s", "raw")
    entries = [e for e in journal.entries("TENDED_SERVICE=s") if "TENDED_STREAM" in e]
    assert [(e["PRIORITY"], e["MESSAGE"]) for e in entries] == [("3", "err"), ("5", "note")]
    assert all(e["MY_FIELD"] == "s" and e["OTHER"] == "a b" and e["SYSLOG_IDENTIFIER"] == "id-s" for e in entries)
    raw, = [e for e in journal.entries("TENDED_SERVICE=raw") if "TENDED_STREAM" in e]
    assert (raw["PRIORITY"], raw["MESSAGE"]) == ("4", "<3>err")
    daemon.stop()
