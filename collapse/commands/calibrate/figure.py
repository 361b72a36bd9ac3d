"""The estimates of a calibration as a figure: bars with intervals, and the reliability diagram."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from collapse.commands.calibrate.findings import Calibration
from collapse.commands.calibrate.table import MEANINGS
from collapse.plot import bias_bars, reliability
from collapse.report.style import COLUMN, GREY, panels
from collapse.report.typeset import escaped


def draw(found: Calibration) -> Figure:
    """A panel for each unit, with a bar from 0 for each estimate that is known and its base rate as
    a tick; beside them, of scores with labels, the reliability diagram."""
    units: dict[str, list[str]] = {}
    for name, one in found.estimates.items():
        if one.known and one.low == one.low:  # with an interval
            units.setdefault(one.unit or "share", []).append(name)
    count = len(units) + bool(found.diagram)
    most = max(map(len, units.values()), default=0)
    height = max(2.0, 0.5 + 0.2 * most)
    figure, axes = panels(1, height, width=COLUMN * min(count, 2), columns=max(count, 2))
    for panel in axes[count:]:
        panel.remove()
    for panel, (unit, names) in zip(axes, units.items(), strict=False):
        _bars(panel, found, names, unit)
        panel.set_ylim(most - 0.5, -0.5)  # bars as high as in the other panels
    if found.diagram:
        reliability(axes[count - 1], found.diagram)
    return figure


def _bars(panel: Axes, found: Calibration, names: list[str], unit: str) -> None:
    labels = [MEANINGS.get(name, name) for name in names]
    bias_bars(panel, labels, [found.estimates[name] for name in names])
    based = [name for name in names if name in found.bases]
    for name in based:
        place = names.index(name)
        ticks = [found.bases[name].value] * 2
        panel.plot(ticks, [place - 0.3, place + 0.3], color=GREY, gid="neutral")
    told = "; grey tick: base rate" if based else ""
    panel.set_xlabel(escaped(f"{unit}{told}"))
