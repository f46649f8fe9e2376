# SPDX-License-Identifier: MIT
"""The demo reporter: asks the web server every few seconds, and ends when it gets no answer."""

import sys
import time
import urllib.request

while True:
    try:
        with urllib.request.urlopen(sys.argv[1]) as answer:
            print("the web server answers", answer.status, flush=True)
    except OSError as error:
        sys.exit(f"the web server does not answer: {error}")
    time.sleep(5)
