"""plot.py DATA OUTPUT: CPU and memory against machines, of {system: [[machines, cores, MiB]]}."""

import json
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 (the backend is chosen first)


def main(data, output):
    with open(data) as file:
        growth = json.load(file)
    figure, (cpu, memory) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for name, points in growth.items():
        machines = [point[0] for point in points]
        cpu.plot(machines, [point[1] * 1000 for point in points], marker="o", label=name)
        memory.plot(machines, [point[2] for point in points], marker="o", label=name)
    for axes, what in ((cpu, "CPU of one round of polls, in ms"), (memory, "resident memory, in MiB")):
        axes.set(xscale="log", yscale="log", xlabel="machines, three metrics and three rules each", title=what)
        axes.grid(True, which="major", alpha=0.3)
        axes.legend()
    figure.savefig(output, dpi=110)


main(*sys.argv[1:])
