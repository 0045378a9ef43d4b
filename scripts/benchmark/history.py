"""A year of history: how soon the gateway starts on it, how fast it answers, and whether what is stored is felt.

`Benchmarks` makes the databases and asks; what it prints is read here.
"""

import os
import re
import subprocess

from . import load
from .rows import Row
from .stand import Stand
from .systems import Gateway


def parts(name):
    """What `Benchmarks NAME` prints: {what: figure}."""
    output = subprocess.run(
        [Stand.program, name], capture_output=True, text=True, timeout=1800, check=True,
        env={**os.environ, "GATEWAY_BINARY": Gateway.binary}).stdout
    pairs = [re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in output.splitlines()]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def number(text, unit):
    """The number before `unit`: 3.5 of "p99 3.5 ms", "ms"."""
    return float(re.search(rf"([\d.]+) {unit}", text)[1])


def rows(quick, say):
    opened = Row("10,000 incidents opened, with outbox, committed", " s", at_most=0.15)
    say("10,000 incidents committed")
    for _ in range(1 if quick else 3):
        opened.ours += [
            number(text, "ms") / 1000 for what, text in parts("storm").items() if what.startswith("open ")]
    # To make the database takes longer than a short run may.
    if quick:
        return [opened, *of_a_year({})]
    say("a year of history")
    return [opened, *of_a_year(parts("api"))]


def of_a_year(found):
    """The rows of what `Benchmarks api` printed; without figures where it was not run."""
    def figures(what, read):
        return [read(found[what])] if what in found else []

    def rate(what):
        return figures(what, lambda text: load.parse(text).rate)

    def p99(what):
        return figures(what, lambda text: load.parse(text).p99)

    table = [
        Row("GET the first page of 50 with 1,000,000 incidents stored", " req/s", rate("first page of 50"),
            at_least=20_000),
        Row("the same: p99", " ms", p99("first page of 50"), at_most=10),
        Row("the same, any page, each asked for once", " req/s", rate("any page of 50"), more_is_better=True),
        Row("GET 1,000 incidents with 1,000,000 stored", " req/s", rate("list of 1,000"), at_least=1500),
        Row("the slowest list or filter of them, one at a time: p99", " ms",
            figures("the slowest list or filter, p99", lambda text: number(text, "ms")), at_most=10),
        Row("stats over a year of them", " ms",
            figures("GET /api/stats over a year", lambda text: number(text, "ms")), at_most=200),
        Row("start with 1,000,000 incidents and 10,000 machines: ready", " s",
            figures("start until ready", lambda text: number(text, "ms") / 1000), at_most=0.5),
    ]
    for name, kind in (("CSV", "text/csv"), ("NDJSON", "application/x-ndjson")):
        table.append(
            Row(f"export of them all as {name}: growth of memory", " MiB",
                figures(f"export all as {kind}", lambda text: number(text, "KiB") / 1024), at_most=64))
    return table


def growth(say):
    """What is stored against what it costs: {what: [(incidents, figure)]}, in ms and MiB."""
    say("growth against stored incidents")
    curves = {}
    for what, figure in parts("growth").items():
        stored, name = re.match(r"(\d+) stored: (.*)", what).groups()
        value = number(figure, "KiB") / 1024 if figure.endswith("KiB") else number(figure, "ms")
        curves.setdefault(name, []).append((int(stored), value))
    return curves
