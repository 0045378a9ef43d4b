"""A year of history: how soon the gateway starts on it and how fast it gives a page; and what opening costs.

`Benchmarks` makes the database and asks; what it prints is read here.
"""

import os
import re
import subprocess

from . import load
from .rows import Row
from .stand import Stand
from .systems import Gateway


def parts(name):
    """What `Benchmarks NAME` prints: {what: figure}; empty when there is no such part."""
    output = subprocess.run(
        [Stand.program, name], capture_output=True, text=True, timeout=600,
        env={**os.environ, "GATEWAY_BINARY": Gateway.binary}).stdout
    pairs = [re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in output.splitlines()]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def seconds(text):
    return float(re.match(r"([\d.]+) ms", text)[1]) / 1000


def rows(quick, say):
    opened = Row("10,000 incidents opened, with outbox, committed", " s", at_most=0.15)
    say("10,000 incidents committed")
    for _ in range(1 if quick else 3):
        opened.ours += [seconds(text) for what, text in parts("storm").items() if what.startswith("open ")]
    page = Row("GET a page of 50 with 1,000,000 incidents stored", " req/s", at_least=20_000)
    slowest = Row("the same: p99", " ms", at_most=10)
    start = Row("start with 1,000,000 incidents and 10,000 machines: ready", " s", at_most=0.5)
    # To make the database takes longer than a short run may.
    if not quick:
        say("a year of history")
        found = parts("api")
        if text := found.get("first page of 50"):
            measured = load.parse(text)
            page.ours, slowest.ours = [measured.rate], [measured.p99]
        if text := found.get("start until ready"):
            start.ours = [seconds(text)]
    return [opened, page, slowest, start]
