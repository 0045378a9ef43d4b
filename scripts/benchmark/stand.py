"""The fleet and the receiver around a system under test: `Benchmarks stand`, in a process of its own."""

import json
import os
import subprocess

from .processes import REPOSITORY, Process, fetch, wait_until


class Stand:
    program = os.environ.get("BENCHMARKS_BINARY", os.path.join(REPOSITORY, ".build", "release", "Benchmarks"))

    def __init__(self, folder):
        self.process = Process(
            [self.program, "stand"], folder.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.process.process.stdout.readline().decode()
        if not line.startswith("listening on "):
            raise OSError(f"the stand did not start: {self.process.last_words()}")
        self.port = int(line.split()[-1])
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()

    def breach(self, count, machines):
        """From the next poll on the first `count` of `machines` breach; returns once that is prepared."""
        fetch(f"{self.url}/breach?count={count}&machines={machines}", "PUT")

    def answer_hooks(self, status):
        fetch(f"{self.url}/hooks?status={status}", "PUT")

    def hook_count(self):
        return int(fetch(self.url + "/hooks/count"))

    def forget_hooks(self):
        fetch(self.url + "/hooks", "DELETE")

    def polls(self):
        """When each whole fleet left since the last `breach`, in seconds."""
        lines = [line.split() for line in fetch(self.url + "/served").decode().splitlines()]
        return [int(line[0]) / 1e9 for line in lines if len(line) == 1]

    def rounds(self, sources):
        """How often the whole fleet has left, when it is cut into so many sources."""
        return len(self.polls()) // sources

    def wave(self):
        """When each answer of a wave left: {(set, number): seconds}."""
        lines = [line.split() for line in fetch(self.url + "/served").decode().splitlines()]
        return {(int(line[0]), int(line[1])): int(line[2]) / 1e9 for line in lines if len(line) == 3}

    def notices(self):
        """What the receiver was told, in order: (seconds, machine, whether it is news of a breach)."""
        told = []
        for line in fetch(self.url + "/hooks", timeout=120).split(b"\n"):
            if line:
                at, body = line.split(b" ", 1)
                told += [(int(at) / 1e9, *notice) for notice in machines_of(json.loads(body))]
        return told

    def wait_for_hooks(self, count, seconds):
        wait_until(lambda: self.hook_count() >= count, f"the {count}th webhook", seconds)


def machines_of(body):
    """(machine, kind) of each incident that a webhook of ours or of Alertmanager's tells of.

    A note that comes late says both at once: opened, and over by now.
    """
    if "alerts" in body:
        kinds = {"firing": "opened", "resolved": "resolved"}
        return [(alert["labels"].get("machine", ""), kinds[alert["status"]]) for alert in body["alerts"]]
    kind = body["type"].removeprefix("incident.")
    machine = body["data"].get("incident", {}).get("machine", "")
    return [(machine, "opened"), (machine, "resolved")] if kind == "late" else [(machine, kind)]
