"""Requests as fast as `wrk` makes them."""

import re
import subprocess
from dataclasses import dataclass


@dataclass
class Load:
    #: Requests a second.
    rate: float
    #: Milliseconds within which 99 of 100 were answered.
    p99: float


def get(url, seconds, connections=16):
    return run(url, seconds, connections, [])


def post(url, seconds, folder, size=1200, connections=64):
    """Posts a body of `size` bytes."""
    script = folder.write("post.lua", f'wrk.method = "POST"\nwrk.body = string.rep("x", {size})\n')
    return run(url, seconds, connections, ["-s", script])


def run(url, seconds, connections, options):
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *options, url],
        check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
    if "Non-2xx" in output:
        raise OSError(f"some answers of {url} were refusals:\n{output}")
    return parse(output)


UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def parse(output):
    rate = re.search(r"Requests/sec:\s*([\d.]+)", output)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", output)
    return Load(float(rate[1]), float(p99[1]) * UNITS[p99[2]])
