"""The table, at the terminal and in docs/benchmarks.md, and the plot beside it."""

import datetime
import json
import os
import platform
import re
import subprocess

from .processes import REPOSITORY, Folder, tool
from .rows import shown
from .systems import Gateway, Peer

DOCUMENT = os.path.join(REPOSITORY, "docs", "benchmarks.md")
PLOT = os.path.join(REPOSITORY, "docs", "growth.png")
HISTORY_PLOT = os.path.join(REPOSITORY, "docs", "growth-history.png")
#: What `history.growth` gives: its name there, and how it is said.
HISTORY = {"start": "start until ready, in ms", "memory": "resident memory, in MiB",
           "page, p99": "a page of 50: p99, in ms", "commit": "commit of an incident, in ms"}


def cells(row):
    met = {True: "yes", False: "**no**", None: "" if row.ours else "not measured"}[row.holds]
    return [row.what, row.budget, row.figures(row.ours), row.figures(row.peer), row.ratio, met]


HEADS = ["what", "budget", "gateway", Peer.name, "ratio", "met"]


def terminal(rows):
    lines = [HEADS] + [[cell.replace("**", "") for cell in cells(row)] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def markdown(heads, lines):
    return "\n".join("| " + " | ".join(line) + " |" for line in [heads, ["---"] * len(heads), *lines])


def first(pattern, text):
    return found[1].strip() if (found := re.search(pattern, text)) else "unknown"


def machine():
    with open("/proc/cpuinfo") as file:
        model = first(r"model name\s*:\s*(.*)", file.read())
    with open("/proc/meminfo") as file:
        memory = int(first(r"MemTotal:\s*(\d+)", file.read())) / 1024 / 1024
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB of memory, Linux {platform.release()}"


def versions():
    def said(command):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=20)
            return done.stdout + done.stderr
        except OSError:
            return ""

    commit = said(["git", "-C", REPOSITORY, "describe", "--always", "--dirty"]).strip()
    return ", ".join([
        f"{said([Gateway.binary, '--version']).strip()} ({commit})",
        "Prometheus " + first(r"version (\S+)", said([tool("prometheus"), "--version"])).split("+")[0],
        "Alertmanager " + first(r"version (\S+)", said([tool("prometheus-alertmanager"), "--version"])).split("+")[0],
        "wrk " + first(r"wrk (?:debian/)?(\S+)", said(["wrk", "-v"]))])


def history_section(curves):
    """What more and more stored incidents cost; empty where it was not measured."""
    if not curves:
        return ""
    sizes = [size for size, _ in curves["start"]]
    lines = [[f"{size:,}", *(shown(dict(curves[name])[size]) for name in HISTORY)] for size in sizes]
    return f"""
What is stored, with 10,000 machines watched. Start and commit are medians; the pages lie all over the year, one asked for
at a time; a commit is one incident with a letter, synced to disk:

{markdown(["incidents stored", *HISTORY.values()], lines)}

![Start, memory, pages and commits against stored incidents](growth-history.png)
"""


def document(rows, growth, curves, ceiling, quick, minutes):
    sizes = {name: dict((size, (cores, memory)) for size, cores, memory in points)
             for name, points in growth.items()}
    lines = []
    for size in sorted(sizes[Gateway.name]):
        line = [f"{size:,}"]
        for name in (Gateway.name, Peer.name):
            cores, memory = sizes[name].get(size, (None, None))
            line += ["", ""] if cores is None else [f"{shown(cores * 1000)} ms", f"{shown(memory)} MiB"]
        lines.append(line)
    return f"""# Benchmarks

`make bench` installs what it needs, runs the gateway and its peer on the same work, one after the other, and writes this
page{" (this is a short run: `QUICK=1`)" if quick else ""}. Other load on the machine makes figures worse.

- Date: {datetime.date.today().isoformat()}; the run took {minutes:.0f} minutes
- Machine: {machine()}; the sources, the receiver and `wrk` are on the same cores
- Versions: {versions()}

{markdown(HEADS, [cells(row) for row in rows])}

Figures are medians, with the least and the most in brackets where there are several. [profile.md](profile.md) tells what the
work is made of, and what stands in the way of a budget that is not met.

## How it is measured

- The gateway is the release binary, with signed webhooks and a database that is synced at each commit. Prometheus polls and
  evaluates at the same interval; Alertmanager groups nothing and waits for nothing (`group_by: ['...']`,
  `group_wait: 0s`), which is not its default. Both judge the three rules of the shipped rules.yaml on the same values.
- The fleet gives the gateway its JSON format and Prometheus its text format, from bodies made beforehand. Beyond 100,000
  machines it is several sources.
- CPU is user and kernel time of the processes themselves; memory is what is resident. Prometheus and Alertmanager are
  added up.
- Fleet and receiver are one process and one clock. A sample has left when its body is handed to the socket, a webhook is
  read when all of its body is. The receiver takes {shown(ceiling)} requests of 1.2 kB a second (`wrk`, on the same cores), so it
  is not the limit.
- kill -9: the process that sends (the gateway; Alertmanager) is killed once 20 webhooks have arrived and started again at
  once; the machines recover seconds later. A machine is lost when its breach or its recovery was never told.
- A year of history: 1,000,000 incidents of 10,000 machines with their events, notes and deliveries, 0.9 GB in all. The
  first page is a kept answer, good until an incident changes; `any page` is read and written anew each time. Lists and
  filters are 30 questions, each asked 200 times with other words, numbers or times; `Benchmarks api` tells each.
- Lists: `GET /api/incidents?limit=1000` and `GET /api/v2/alerts?active=true`, 1,000 of each open, 16 connections.

## Growth

What a round of polls takes of CPU, and what is resident, polled each second:

{markdown(["machines", "gateway: CPU", "memory", "Prometheus + Alertmanager: CPU", "memory"], lines)}

![CPU and memory against machines](growth.png)
{history_section(curves)}"""


def panels_of_machines(growth):
    return [
        {"title": title, "x": "machines, three metrics and three rules each", "log": True,
         "lines": {name: [(point[0], point[column] * factor) for point in points] for name, points in growth.items()}}
        for title, column, factor in (
            ("CPU of one round of polls, in ms", 1, 1000), ("resident memory, in MiB", 2, 1))]


def panels_of_history(curves):
    return [{"title": title, "x": "incidents stored", "log": False, "lines": {Gateway.name: curves[name]}}
            for name, title in HISTORY.items()]


def plot(panels, path):
    """By matplotlib, which has a Python of its own."""
    with Folder() as folder:
        data = folder.write("growth.json", json.dumps(panels))
        subprocess.run(
            [tool("plot/bin/python"), os.path.join(os.path.dirname(__file__), "plot.py"), data, path],
            check=True, timeout=120)


def write(rows, growth, curves, ceiling, quick, minutes):
    with open(DOCUMENT, "w") as file:
        file.write(document(rows, growth, curves, ceiling, quick, minutes))
    plot(panels_of_machines(growth), PLOT)
    if curves:
        plot(panels_of_history(curves), HISTORY_PLOT)
