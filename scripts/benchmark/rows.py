"""What is measured: a row each, with every single figure, so that median and spread can be said."""

import statistics
from dataclasses import dataclass, field


@dataclass
class Row:
    """A line of the table. `unit` follows each figure; of `at_most` and `at_least` one is the budget."""

    what: str
    unit: str
    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)
    at_most: float | None = None
    at_least: float | None = None
    #: Of figures without a budget; a budget says it too.
    more_is_better: bool = False

    @property
    def median(self):
        return statistics.median(self.ours) if self.ours else None

    @property
    def holds(self):
        """Whether the median keeps the budget; None without a figure or a budget."""
        if self.median is None:
            return None
        if self.at_most is not None:
            return self.median <= self.at_most
        return self.median >= self.at_least if self.at_least is not None else None

    @property
    def budget(self):
        if self.at_most == 0:
            return "0"
        if self.at_most is not None:
            return f"≤ {shown(self.at_most)}{self.unit}"
        return f"≥ {shown(self.at_least)}{self.unit}" if self.at_least is not None else ""

    @property
    def ratio(self):
        """How many times better ours is, as text."""
        if not self.ours or not self.peer:
            return ""
        ours, peer = self.median, statistics.median(self.peer)
        (small, large) = (peer, ours) if self.at_least is not None or self.more_is_better else (ours, peer)
        if small <= 0:
            return "" if large == 0 else "∞"
        return f"{shown(large / small)} ×"

    def figures(self, values):
        """The median, and the least and the most when they differ."""
        if not values:
            return ""
        text = shown(statistics.median(values)) + self.unit
        least, most = shown(min(values)), shown(max(values))
        return text if least == most else f"{text} ({least}–{most})"


def shown(number):
    """Three digits that count, with a comma at each thousand."""
    if number == 0:
        return "0"
    if abs(number) >= 100:
        return f"{number:,.0f}"
    text = f"{number:.2g}" if abs(number) < 0.1 else f"{number:.3g}"
    return text if "e" not in text else f"{number:.5f}"
