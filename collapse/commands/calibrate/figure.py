"""The estimates of a calibration as a figure: bars with intervals, and the reliability diagram."""

from matplotlib.figure import Figure

from collapse.commands.calibrate.findings import Calibration
from collapse.commands.calibrate.table import MEANINGS
from collapse.plot import bias_bars, reliability
from collapse.report.style import COLUMN, GREY, panels

SHARES = ("share", "")  # units of estimates that are drawn


def draw(found: Calibration) -> Figure:
    """A bar for each estimate that is known, from 0, with its base rate as a tick; beside it, of
    scores with labels, the reliability diagram."""
    known = {k: one for k, one in found.estimates.items() if one.known and one.unit in SHARES}
    count = 1 + bool(found.diagram)
    height = max(2.0, 0.5 + 0.2 * len(known))
    figure, axes = panels(1, height, width=COLUMN * count, columns=count)
    bars = axes[0]
    bias_bars(bars, [MEANINGS.get(name, name) for name in known], list(known.values()))
    for place, name in enumerate(known):
        if base := found.bases.get(name):
            bars.plot([base.value] * 2, [place - 0.3, place + 0.3], color=GREY, gid="neutral")
    bars.set_xlabel("estimate; grey tick: base rate")
    if found.diagram:
        reliability(axes[1], found.diagram)
    return figure
