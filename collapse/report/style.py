"""House style of the figures: sizes, colours, fonts and panels."""

from matplotlib.ticker import MaxNLocator

from collapse.report.labels import FAMILIES
from collapse.report.recorded_figure import Drawing

COLUMN = 3.25  # inches: one column of a two-column page


# Okabe and Ito's colours, told apart with any colour vision; dashes tell them apart in grey too.
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
    """A figure of panels in rows; one column of them shares the generations."""
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
