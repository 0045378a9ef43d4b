"""What a system takes that has next to nothing to do."""

import os
import time

from .processes import REPOSITORY, Folder, wait_until
from .rows import Row
from .scale import spans
from .stand import Stand
from .systems import Gateway, Peer


class Shipped(Gateway):
    """The gateway on rules.yaml as it ships, but for the ports."""

    def rules(self, stand, *_):
        with open(os.path.join(REPOSITORY, "rules.yaml")) as file:
            text = file.read()
        places = {"http://127.0.0.1:9200/metrics": f"{stand.url}/fleet/json?machines=30",
                  "http://127.0.0.1:9201/alerts": f"{stand.url}/hook",
                  "listen: 127.0.0.1:8080": f"listen: 127.0.0.1:{self.port}"}
        for place, own in places.items():
            if place not in text:
                raise OSError(f"rules.yaml no longer holds {place!r}")
            text = text.replace(place, own)
        return text


class ShippedPeer(Peer):
    """Prometheus as it ships: it scrapes itself, and evaluates each 15 s."""

    def job(self, name, stand, interval, path, parameters):
        return f"- {{job_name: prometheus, static_configs: [{{targets: ['127.0.0.1:{self.port}']}}]}}\n"


def idle(system, interval, quick):
    with Folder() as folder, Stand(folder) as stand, system(folder, stand, 30, interval=interval) as running:
        if isinstance(running, Gateway):
            wait_until(lambda: running.rounds() >= 1, "the first poll")
        time.sleep(5 if quick else 15)
        return spans(running, 5 if quick else 15, 3)


def rows(quick, say):
    say("idle")
    cores, memory = idle(Shipped, 900.0, quick)
    peer_cores, peer_memory = idle(ShippedPeer, 15.0, quick)
    return [
        Row("idle with the shipped rules.yaml: resident memory", " MiB", memory, peer_memory, at_most=20),
        Row("idle: CPU", " %", [share * 100 for share in cores], [share * 100 for share in peer_cores],
            at_most=0.1)]
