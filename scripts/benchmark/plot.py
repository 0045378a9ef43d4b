"""plot.py DATA OUTPUT: a row of panels: [{title, x, log, lines: {name: [[x, y]]}}]."""

import json
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 (the backend is chosen first)


def main(data, output):
    with open(data) as file:
        panels = json.load(file)
    figure, axes = pyplot.subplots(
        1, len(panels), figsize=(max(11, 3.4 * len(panels)), 4.2), layout="constrained", squeeze=False)
    for panel, plot in zip(panels, axes[0]):
        least = min(x for points in panel["lines"].values() for x, _ in points if x > 0)
        for name, points in panel["lines"].items():
            plot.plot([x for x, _ in points], [y for _, y in points], marker="o", label=name)
        # Like a logarithm, but with a place for nothing.
        plot.set_xscale("symlog", linthresh=least)
        plot.set_xlim(left=0 if any(x == 0 for points in panel["lines"].values() for x, _ in points) else least * 0.8)
        if panel["log"]:
            plot.set_yscale("log")
        else:
            plot.set_ylim(bottom=0, top=1.3 * max(y for points in panel["lines"].values() for _, y in points))
        plot.set(xlabel=panel["x"], title=panel["title"])
        plot.grid(True, which="major", alpha=0.3)
        if len(panel["lines"]) > 1:
            plot.legend()
    figure.savefig(output, dpi=110)


main(*sys.argv[1:])
