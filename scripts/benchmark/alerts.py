"""From a breach to the receiver: how soon for one, how soon for many at once."""

import time

from . import load
from .processes import Folder, wait_until
from .rows import Row
from .stand import Stand
from .systems import Gateway, Peer

SETS = 8


def latencies(system, seconds, interval):
    """The sorted milliseconds from a machine's third breaching sample to the webhook, of `SETS` sources at once."""
    with Folder() as folder, Stand(folder) as stand, \
            system(folder, stand, 300, interval=interval, waves=SETS):
        time.sleep(seconds)
        told = {}
        for at, machine, kind in stand.notices():
            if kind == "opened":
                told.setdefault(machine, at)
        left = stand.wave()
    # Windows are to be full before, and the last few may still be on their way.
    end = max(left.values()) - 4
    times = []
    for (group, number), at in left.items():
        if number < 4 or at > end:
            continue
        machine = number - 2
        if name := told.get(f"10.{group + 1}.{machine >> 8}.{machine & 255}"):
            times.append((name - at) * 1000)
        else:
            raise OSError(f"the breach of machine {machine} of set {group} was never told")
    return sorted(times)


def burst(system, count, also=None):
    """Seconds from the third breaching sample to the last webhook of `count`, the rate a second between the first and
    the last, and what `also` found while the incidents were open."""
    with Folder() as folder, Stand(folder) as stand, system(folder, stand, count) as running:
        wait_until(lambda: len(stand.polls()) >= 12, "the twelfth poll", 60, pause=0.1)
        stand.breach(count, count)
        stand.wait_for_hooks(count, 60)
        third = stand.polls()[2]
        told = [at for at, _, kind in stand.notices() if kind == "opened"]
        found = also(running) if also else None
        rate = (len(told) - 1) / max(max(told) - min(told), 1e-9)
        return max(told) - third, rate, found


def latency_rows(quick, say):
    seconds = 15 if quick else 45
    say("from a sample to the webhook")
    ours = latencies(Gateway, seconds, 0.5)
    peer = latencies(Peer, max(seconds, 25), 1.0)

    def quantile(times, share):
        return [times[min(len(times) - 1, int(len(times) * share))]] if times else []

    return [
        Row(f"third breaching sample leaves the source → webhook read: {name}, of {len(ours)}", " ms",
            quantile(ours, share), quantile(peer, share), at_most=most)
        for name, share, most in (("p50", 0.5, 5), ("p99", 0.99, 20))]


def burst_rows(quick, say):
    table = []
    lists = Row("GET the whole list of 1,000 incidents", " req/s", at_least=1500)
    for count, last_at_most, rate_at_least in ((1_000, 0.25, None), (10_000, 1.8, 6_000)):
        last = Row(f"{count:,} incidents at once, a webhook each: last one arrived", " s", at_most=last_at_most)
        rate = Row("the same, from the first to the last", "/s", at_least=rate_at_least, more_is_better=True)
        table += [last, rate]
        also = list_rate(quick) if count == 1_000 else None
        for _ in range(1 if quick else 3):
            say(f"{count:,} incidents at once")
            for system, lasts, rates, pages in (
                    (Gateway, last.ours, rate.ours, lists.ours), (Peer, last.peer, rate.peer, lists.peer)):
                seconds_to_last, a_second, listed = burst(system, count, also)
                lasts.append(seconds_to_last)
                rates.append(a_second)
                if listed:
                    pages.append(listed)
    return table + [lists]


def list_rate(quick):
    return lambda running: load.get(running.list_url(), 2 if quick else 4).rate
