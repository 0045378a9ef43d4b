"""The two systems, set up to do the same work: poll a fleet, judge three rules, tell a receiver.

Each has `cpu()` in seconds and `memory()` in MiB of all its processes together.
"""

import os
import sqlite3

from .processes import REPOSITORY, Process, fetch, free_port, tool, wait_until

# A source holds 100,000 machines at most unless it is told otherwise, and one response 64 MiB.
MACHINES_OF_A_SOURCE = 100_000
RULES = (("cpu-high", "cpu", 85, 3), ("memory-high", "mem", 90, 3), ("disk-full", "disk", 95, 9))


class Gateway:
    """The release binary on a database of its own."""

    name = "gateway"
    binary = os.environ.get("GATEWAY_BINARY", os.path.join(REPOSITORY, ".build", "release", "gateway"))

    def __init__(self, folder, stand, machines, interval=1.0, waves=0, body="json"):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sources = waves or -(-machines // MACHINES_OF_A_SOURCE)
        self.path = folder.write("rules.yaml", self.rules(stand, machines, interval, waves, body))
        self.start()

    def rules(self, stand, machines, interval, waves, body):
        if waves:
            targets = [f"/wave/{body}?set={number}" for number in range(waves)]
        else:
            each = min(machines, MACHINES_OF_A_SOURCE)
            targets = [f"/fleet/{body}?machines={each}&first={first}" for first in range(0, machines, each)]
        shape = "format: json"
        if body == "text":
            shape = "format: prometheus, prometheus: {machine: machine, metrics: {cpu: cpu, mem: mem, disk: disk}}"
        sources = "\n".join(
            f'  - {{name: fleet-{number}, url: "{stand.url}{target}", interval: {int(interval * 1000)}ms, {shape}}}'
            for number, target in enumerate(targets))
        rules = "\n".join(
            f"  - {{name: {name}, metric: {metric}, window: {window}, above: {above}, severity: critical}}"
            for name, metric, above, window in RULES)
        return f"""sources:
{sources}
rules:
{rules}
webhooks:
  - {{name: ops, url: "{stand.url}/hook", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, format: standard}}
server: {{listen: "127.0.0.1:{self.port}"}}
storage: {{path: gateway.db, keep_samples: 30d, keep_incidents: 400d}}
"""

    def start(self):
        self.process = Process([self.binary, "run", "--rules", self.path], self.folder.path)
        wait_until(lambda: fetch(self.url + "/readyz") is not None, "the gateway's readiness")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.stop()

    def kill(self):
        self.process.kill()

    def cpu(self):
        return self.process.cpu()

    def memory(self):
        return self.process.memory()

    def metric(self, name):
        """The sum of all series of a metric."""
        lines = fetch(self.url + "/metrics").decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.split("{")[0].split(" ")[0] == name)

    def rounds(self):
        """How many rounds of polls have ended and are committed."""
        return int(self.metric("gateway_polls_total")) // self.sources

    def list_url(self):
        return self.url + "/api/incidents?limit=1000"

    def check(self):
        """That the database is whole."""
        with sqlite3.connect(os.path.join(self.folder.path, "gateway.db")) as database:
            (answer,) = database.execute("PRAGMA integrity_check").fetchone()
        if answer != "ok":
            raise OSError(f"the database is damaged: {answer}")


class Peer:
    """Prometheus and Alertmanager, at the settings that tell soonest: each alert by itself, at once."""

    name = "Prometheus + Alertmanager"
    sources = 1

    def __init__(self, folder, stand, machines, interval=1.0, waves=0):
        self.folder = folder
        self.port, self.alerts_port = free_port(), free_port()
        jobs = "".join(
            self.job(f"wave-{number}", stand, interval, "/wave/text", f"set: ['{number}']")
            for number in range(waves)
        ) or self.job("fleet", stand, interval, "/fleet/text", f"machines: ['{machines}']")
        seconds = f"{int(interval * 1000)}ms"
        self.path = folder.write("prometheus.yml", f"""global: {{scrape_interval: {seconds}, evaluation_interval: {seconds}}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{self.alerts_port}']}}]}}]}}
scrape_configs:
{jobs}""")
        rules = "".join(
            f"  - {{alert: {name}, expr: 'avg_over_time({metric}[{int(window * interval * 1000)}ms]) > {above}', "
            f"labels: {{severity: critical}}}}\n" for name, metric, above, window in RULES)
        folder.write("rules.yml", f"groups:\n- name: fleet\n  rules:\n{rules}")
        self.alerts_path = folder.write("alertmanager.yml", f"""route: {{receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers: [{{name: hook, webhook_configs: [{{url: '{stand.url}/hook', send_resolved: true}}]}}]
""")
        self.start()

    @staticmethod
    def job(name, stand, interval, path, parameters):
        return (f"- {{job_name: {name}, metrics_path: {path}, params: {{{parameters}}}, "
                f"static_configs: [{{targets: ['127.0.0.1:{stand.port}']}}]}}\n")

    def start(self):
        self.start_alertmanager()
        self.prometheus = Process(
            [tool("prometheus"), "--config.file=" + self.path, "--storage.tsdb.path=tsdb", "--log.level=error",
             f"--web.listen-address=127.0.0.1:{self.port}",
             "--alertmanager.notification-queue-capacity=100000"], self.folder.path)
        wait_until(
            lambda: fetch(f"http://127.0.0.1:{self.port}/-/ready") is not None, "the readiness of Prometheus")

    def start_alertmanager(self):
        self.alertmanager = Process(
            [tool("prometheus-alertmanager"), "--config.file=" + self.alerts_path, "--storage.path=alerts",
             "--log.level=error", "--cluster.listen-address=",
             # It refuses more reads at a time than this; by default eight, or one a core.
             "--web.get-concurrency=64",
             f"--web.listen-address=127.0.0.1:{self.alerts_port}"], self.folder.path)
        wait_until(
            lambda: fetch(f"http://127.0.0.1:{self.alerts_port}/-/ready") is not None,
            "the readiness of Alertmanager")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.prometheus.stop()
        self.alertmanager.stop()

    def cpu(self):
        return self.prometheus.cpu() + self.alertmanager.cpu()

    def memory(self):
        return self.prometheus.memory() + self.alertmanager.memory()

    def list_url(self):
        return f"http://127.0.0.1:{self.alerts_port}/api/v2/alerts?active=true"
