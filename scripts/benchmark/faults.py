"""What is lost when a process is killed in a burst, and when the receiver is down for a while."""

import threading
import time

from .processes import Folder, wait_until
from .rows import Row
from .stand import Stand
from .systems import Gateway, Peer

KILLED = 1_000
UNHEARD = 100


class Killed(Gateway):
    name = Gateway.name

    def restart(self):
        self.kill()
        self.start()


class KilledPeer(Peer):
    def restart(self):
        """Alertmanager alone: it has the notices that are under way. Prometheus goes on."""
        self.alertmanager.kill()
        self.start_alertmanager()


def lost_by_kill(system):
    """How many of 1,000 machines that breached for six polls were never told of, or never told to be over.

    The process that sends is killed once a few notices have arrived, and started again at once.
    """
    with Folder() as folder, Stand(folder) as stand, system(folder, stand, KILLED) as running:
        wait_until(lambda: len(stand.polls()) >= 12, "the twelfth poll", 60, pause=0.1)
        stand.breach(KILLED, KILLED)
        wait_until(lambda: stand.hook_count() >= 20, "the first webhooks", 60, pause=0.001)
        running.restart()
        wait_until(lambda: len(stand.polls()) >= 6, "the sixth breaching poll", 60)
        stand.breach(0, KILLED)
        # The windows are calm after nine polls; then until nothing more comes.
        wait_until(lambda: len(stand.polls()) >= 10, "the tenth calm poll", 60, pause=0.1)
        settle(stand)
        if isinstance(running, Gateway):
            running.stop()
            running.check()
        return lost(stand, KILLED)


def lost_by_silence(system, seconds):
    """As above, of 100 machines that breach and are well again while the receiver answers 503 for `seconds`."""
    with Folder() as folder, Stand(folder) as stand, system(folder, stand, UNHEARD) as running:
        wait_until(lambda: len(stand.polls()) >= 12, "the twelfth poll", 60, pause=0.1)
        stand.answer_hooks(503)
        start = time.monotonic()
        stand.breach(UNHEARD, UNHEARD)
        wait_until(lambda: len(stand.polls()) >= 8, "the eighth breaching poll", 60, pause=0.1)
        stand.breach(0, UNHEARD)
        time.sleep(max(0, start + seconds - time.monotonic()))
        stand.answer_hooks(204)
        # The gateway's fourth attempt comes 155 s after the first, give or take a fifth; Alertmanager's every minute.
        try:
            stand.wait_for_hooks(1, 5 if seconds < 30 else 60) if isinstance(running, Peer) else \
                stand.wait_for_hooks(UNHEARD, 60 if seconds < 30 else 150)
        except TimeoutError:
            pass
        settle(stand)
        return lost(stand, UNHEARD)


def settle(stand):
    """Until the receiver has heard nothing for three seconds."""
    before, since = stand.hook_count(), time.monotonic()
    while time.monotonic() - since < 3:
        time.sleep(0.2)
        if (count := stand.hook_count()) != before:
            before, since = count, time.monotonic()


def lost(stand, count):
    opened, resolved = set(), set()
    for _, machine, kind in stand.notices():
        {"opened": opened, "resolved": resolved}.get(kind, set()).add(machine)
    return float(count - len(opened & resolved))


class Silence:
    """The receiver that is down, beside other measurements: almost all of it is waiting."""

    def __init__(self, quick):
        self.seconds = 15 if quick else 60
        self.lost = {}
        self.threads = [
            threading.Thread(target=self.run, args=(system,), daemon=True) for system in (Gateway, Peer)]
        for thread in self.threads:
            thread.start()

    def run(self, system):
        try:
            self.lost[system] = [lost_by_silence(system, self.seconds)]
        except (OSError, TimeoutError) as error:
            self.lost[system] = error

    def row(self):
        for thread in self.threads:
            thread.join()
        for found in self.lost.values():
            if isinstance(found, Exception):
                raise found
        return Row(
            f"receiver down {self.seconds} s while {UNHEARD} machines breach and recover: lost", "",
            self.lost[Gateway], self.lost[Peer], at_most=0)


def rows(quick, say):
    row = Row(f"kill -9 in a burst of {KILLED:,}, all well again soon: lost", "", at_most=0)
    for _ in range(1 if quick else 3):
        say("kill -9 in a burst")
        row.ours.append(lost_by_kill(Killed))
        row.peer.append(lost_by_kill(KilledPeer))
    return [row]
