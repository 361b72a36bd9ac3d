"""A figure that records every point drawn in it: its CSV holds what the picture shows."""

import csv
import io
from collections.abc import Iterable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

WHERE = ("panel", "series", "mark")
ABOUT = ("label", "arm", "measure", "unit")
NUMBERS = ("generation", "x", "y", "centre", "low", "high")
COUNTS = ("seeds", "defined", "band", "covers")
COLUMNS = (*WHERE, *ABOUT, *NUMBERS, *COUNTS, "notes")
MARKS = {
    "curve": "a line through the centres, and a band from low to high",
    "line": "a line through the centres, which have no band",
    "points": "a mark at each centre, and a bar from low to high",
    "band": "a band from low to high",
    "law": "a line or marks at each expected value",
    "level": "a line across the panel, without a generation",
    "setting": "a line up the panel, at an x",
    "published": "an open mark at each published value",
    "images": "a column of images from samples/ARM.jsonl",
    "texts": "a column of texts, in the label",
    "cloud": "a point at each x and y",
    "histogram": "a step from x to y at the height of the centre",
    "heat map": "a colour at each x and y",
    "threshold": "a line where the colours have that value",
    "bar": "a bar to the centre, and a line from low to high",
}


class Drawing(Figure):
    """A figure with the rows of its CSV, and the notes that both state."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        FigureCanvasAgg(self)
        self.rows: list[dict] = []
        self.notes: list[str] = []
        self.over = "generation"  # what is below the panels
        self.beside = False  # they stand side by side

    def record(
        self, axis: Axes, mark: str, artists: Iterable[Artist], about: dict, columns: dict
    ) -> None:
        """Record what ``artists`` show.

        Args:
            axis: the panel.
            mark: one of ``MARKS``.
            artists: get the numbers of panel and series as their id.
            about: values of the series, for columns of ``ABOUT`` and ``COUNTS``.
            columns: values of the points, each (points,), for columns of ``NUMBERS`` and
                ``COUNTS``.
        """
        panel = self.axes.index(axis) + 1
        series = 1 + len({row["series"] for row in self.rows if row["panel"] == panel})
        for artist in artists:
            artist.set_gid(f"{panel}.{series}")
        unknown = {mark} - {*MARKS} | ({*about} | {*columns}) - {*COLUMNS}
        if unknown:
            raise ValueError(f"unknown marks or columns of a figure's CSV: {sorted(unknown)}")
        columns = {name: np.atleast_1d(values) for name, values in columns.items()}
        for point in zip(*columns.values(), strict=True):
            self.rows.append(
                {"panel": panel, "series": series, "mark": mark, **about}
                | dict(zip(columns, point, strict=True))
            )

    def csv(self) -> str:
        """The CSV: one row for each point. Cells that do not apply, and centres in a gap of a
        curve, are empty; infinite centres, which are drawn as gaps, are ``inf``."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        notes = " ".join(self.notes)
        for row in self.rows:
            writer.writerow({name: _cell(value) for name, value in row.items()} | {"notes": notes})
        return text.getvalue()


def _cell(value) -> str:
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else f"{value:.9g}"
    return str(value)


def record(axis, *mark) -> None:
    """Note a mark where the figure keeps its points; a user's own figure does not."""
    if isinstance(axis.figure, Drawing):
        axis.figure.record(axis, *mark)
