"""House style of the figures: sizes, colours, fonts and panels."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from collapse.report.labels import FAMILIES
from collapse.report.recorded_figure import Drawing

COLUMN = 3.25  # inches: one column of a two-column page
# Okabe and Ito's colours, distinct with any colour vision; dashes are distinct also in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", (0, (4, 1.2)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (2, 1)), "-", "--")
STYLE = {
    "font.family": FAMILIES,
    "mathtext.fontset": "stix",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.1,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "path.simplify": True,
    "savefig.dpi": 300,
}


def panels(
    rows: int, height: float = 1.45, width: float = COLUMN, columns: int = 1
) -> tuple[Drawing, list]:
    """A figure of panels in rows, and its Axes; panels of one column share the generations."""
    figure = Drawing(figsize=(width, height * rows), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=columns == 1, squeeze=False)
    if columns > 1:
        return figure, list(axes.ravel())
    axes = axes[:, 0]
    for axis in axes:
        axis.margins(x=0)  # curves end where the axis does
    axes[-1].set_xlabel("generation")
    axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure, list(axes)


def style(index: int) -> dict:
    """Colour and dashes of the line of that number: no two of 49 have both in common."""
    dashes = DASHES[(index + index // len(COLOURS)) % len(DASHES)]
    return {"color": COLOURS[index % len(COLOURS)], "linestyle": dashes}


def line_with_band(
    axis, x, value, low, high, index: int, label: str, opacity: float = 0.25
) -> list:
    """Draw a line through ``value`` (points,) and a band from ``low`` to ``high`` in the style of a
    number; a gap where they are not finite. Returns the band and the line."""
    value, low, high = (np.where(np.isfinite(y), y, np.nan) for y in (value, low, high))
    look = style(index)
    shade = axis.fill_between(x, low, high, color=look["color"], alpha=opacity, linewidth=0)
    return [shade, *axis.plot(x, value, label=label, **look)]
