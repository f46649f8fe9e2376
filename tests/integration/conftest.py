# SPDX-License-Identifier: MIT
"""Fixtures: a private journald for a test, and daemons that are gone when the test is."""

import pathlib
import shutil
import signal
import tempfile

import pytest

import harness
from puppetry import Puppet


def pytest_configure(config):
    # Who runs the tests in the background may have had these ignored, and the programs that they start would inherit
    # that.
    for signo in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(signo, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "slow: takes more than some seconds; left out under sanitizers")


@pytest.fixture
def journal():
    journal = harness.Journal()
    yield journal
    journal.close()


@pytest.fixture
def tended(tmp_path, open_path, request):
    """tended(definitions, **options) starts a daemon; by default its log goes nowhere."""
    made = []

    def make(definitions, start=True, at=None, **options):
        folder = (at or tmp_path) / f"daemon{len(made)}"
        folder.mkdir(mode=0o700)
        daemon = harness.Daemon(folder, definitions, **options)
        made.append(daemon)
        return daemon.start() if start else daemon

    yield make
    for daemon in made:
        daemon.close()
    reports = [report for daemon in made for report in daemon.sanitizer_reports()]
    assert not reports, "\n".join(reports)


@pytest.fixture
def open_path():
    """A folder like tmp_path, but one that every user reaches: pytest keeps its own closed. A name in /tmp that begins
    with tended- would be that of a user's daemon."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="test-of-tended-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def puppet(tmp_path):
    """The hand that moves a service whose ExecStart is `puppet.command`."""
    return Puppet(tmp_path)
