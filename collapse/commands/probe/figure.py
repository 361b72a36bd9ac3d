"""What probes earn as bars with intervals, and the share of real data that holds them."""

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from collapse.report.labels import legible
from collapse.report.style import COLOURS

ORDINARY = "ordinary items"


def draw(body: dict) -> Figure:
    """Two panels, a bar for each kind of probe."""
    rows = body["probes"]
    figure = Figure(figsize=(6.9, 0.9 + 0.21 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True)
    kept = f"share kept, of {body['group']}" if body["judged"] == "groups" else None
    bars(left, rows, "earns", kept or "share that scores at least the median")
    bars(right, rows, "real_share", "share of real data that holds it")
    if body["judged"] == "groups":
        left.axvline(1 / body["group"], color="0.5", linewidth=0.6, linestyle=":")
    figure.suptitle(
        f"Probes of {legible(body['judge'], 40)} (number of texts), with 95 % intervals", fontsize=8
    )
    return figure


def bars(axes: Axes, rows: list[dict], what: str, label: str) -> Axes:
    """Draw the shares ``what`` of the rows of a probe with their intervals into ``axes``, the first
    on top, with a dotted line at that of the ordinary items; returns the axes."""
    for y, row in enumerate(rows):
        found = row[what]
        colour = COLOURS[-1] if row["name"] == ORDINARY else COLOURS[0]
        if not found.known:
            axes.text(0.01, y, "not known", va="center", fontsize=6)
            continue
        axes.barh(y, found.value, height=0.65, color=colour, alpha=0.45)
        axes.plot([found.low, found.high], [y, y], color=colour)
        if row["name"] == ORDINARY and what == "earns":
            axes.axvline(found.value, color="0.5", linewidth=0.6, linestyle=":")
    axes.set_yticks(range(len(rows)), [f"{row['name']} ({row['n']:,})" for row in rows])
    axes.set(xlim=(0, 1), ylim=(len(rows) - 0.4, -0.6), xlabel=label)
    return axes
