# SPDX-License-Identifier: MIT
"""The application's tests: they find it by the port that was reserved for it."""

import os
import urllib.error
import urllib.request

import pytest

URL = f"http://127.0.0.1:{os.environ.get('TENDED_PORT_APP_HTTP')}"


def get(path):
    return urllib.request.urlopen(URL + path, timeout=10).read().decode()


def test_it_counts():
    first = int(get("/count"))
    assert int(get("/count")) == first + 1


def test_it_adds():
    assert get("/sum/20/22") == "42"


def test_what_it_does_not_know_is_said():
    with pytest.raises(urllib.error.HTTPError):
        get("/nothing")
