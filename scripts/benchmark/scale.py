"""CPU and memory against the number of machines, polled each second."""

import time

from .processes import Folder, wait_until
from .rows import Row
from .stand import Stand
from .systems import Gateway, Peer

SIZES_OF_OURS = (30, 300, 3_000, 10_000, 30_000, 100_000, 300_000)
SIZES_OF_PEER = (30, 300, 3_000, 10_000, 30_000)
MILLION = 1_000_000


def spans(system, seconds, count):
    """What each of `count` spans took, in cores, and the memory at the end of each, in MiB."""
    cores, memory = [], []
    for _ in range(count):
        start, used = time.monotonic(), system.cpu()
        time.sleep(seconds)
        cores.append((system.cpu() - used) / (time.monotonic() - start))
        memory.append(system.memory())
    return cores, memory


def measure(system, machines, quick, **options):
    # The sizes of the table are measured for long; what is between them is for the plot.
    is_row = machines in (3_000, 30_000)
    polls, seconds, count = (10, 2, 2) if quick else (15, 10, 3) if is_row else (10, 5, 2)
    with Folder() as folder, Stand(folder) as stand, system(folder, stand, machines, **options) as running:
        # Windows are full, and Prometheus has found its targets, which takes it five seconds.
        wait_until(lambda: stand.rounds(running.sources) >= polls, f"{polls} polls", 120, pause=0.1)
        return spans(running, seconds, count)


def measure_million(quick):
    """CPU seconds of each round of polls of 1,000,000 machines, and the memory after each."""
    interval = 6.0 if quick else 8.0
    cpu, memory = [], []
    with Folder() as folder, Stand(folder) as stand, Gateway(folder, stand, MILLION, interval) as gateway:
        # The first two rounds meet each machine for the first time, and make the bodies.
        wait_until(lambda: gateway.rounds() >= 2, "the second round of a million machines", 180, pause=0.1)
        # Half-way between two rounds, each of which is over well within an interval.
        time.sleep(interval / 2)
        for _ in range(2 if quick else 5):
            used, rounds = gateway.cpu(), gateway.rounds()
            time.sleep(interval)
            cpu.append((gateway.cpu() - used) / max(1, gateway.rounds() - rounds))
            memory.append(gateway.memory())
    return cpu, memory


def rows(quick, say):
    """The rows of the table, and what the plot shows: {system: [(machines, cores, MiB)]}."""
    ours, peer = {}, {}
    for size in (300, 3_000, 30_000) if quick else SIZES_OF_OURS:
        say(f"{size:,} machines")
        ours[size] = measure(Gateway, size, quick)
        if size in SIZES_OF_PEER:
            peer[size] = measure(Peer, size, quick)
    say("30,000 machines as Prometheus text")
    text = measure(Gateway, 30_000, quick, body="text")
    say("1,000,000 machines")
    million_cpu, million_memory = measure_million(quick)

    def cycle(measured):
        return [cores * 1000 for cores in measured[0]]

    table = [
        Row("30,000 machines × 3 rules polled each second: CPU", " core", ours[30_000][0], peer[30_000][0],
            at_most=0.06),
        Row("the same, the source in Prometheus text for both", " core", text[0], peer[30_000][0]),
        Row("3,000 machines, one cycle: CPU", " ms", cycle(ours[3_000]), cycle(peer[3_000]), at_most=5),
        *(Row(f"resident memory at {size:,} machines", " MiB", ours[size][1], peer[size][1], at_most=most)
          for size, most in ((300, 22), (3_000, 28), (30_000, 70))),
        Row("1,000,000 machines, one round of polls: CPU", " s", million_cpu, at_most=1.5),
        Row("1,000,000 machines: resident memory", " MiB", million_memory, at_most=500),
    ]
    from statistics import median
    growth = {
        name: [(size, median(cores), median(memory)) for size, (cores, memory) in measured.items()]
        for name, measured in ((Gateway.name, ours), (Peer.name, peer))}
    # A round each second would need so many cores.
    growth[Gateway.name].append((MILLION, median(million_cpu), median(million_memory)))
    return table, growth
