"""A figure that writes down every point drawn in it: the CSV holds what the picture does."""

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
NUMBERS = ("generation", "centre", "low", "high")
COUNTS = ("seeds", "defined", "band", "covers")
COLUMNS = (*WHERE, *ABOUT, *NUMBERS, *COUNTS, "notes")
MARKS = {
    "curve": "a line through the centres, and a band from low to high",
    "line": "a line through the centres, which have no band",
    "points": "a mark at each centre, and a bar from low to high",
    "band": "a band from low to high",
    "law": "a line or marks at each centre: what is known beforehand",
    "level": "a line across the panel; of no generation",
    "images": "a column of images, which samples/ARM.jsonl holds",
}


class Drawing(Figure):
    """A figure, the rows of its CSV, and the notes on the run that both of them state."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        FigureCanvasAgg(self)
        self.rows: list[dict] = []
        self.notes: list[str] = []

    def record(
        self, axis: Axes, mark: str, artists: Iterable[Artist], about: dict, columns: dict
    ) -> None:
        """Write down what ``artists`` show: ``about`` of the series, in the words of ``ABOUT`` and
        ``COUNTS``, and ``columns`` of its points, each (points,), in those of ``NUMBERS`` and
        ``COUNTS``. The artists get the numbers of panel and series for an id."""
        panel = self.axes.index(axis) + 1
        series = 1 + len({row["series"] for row in self.rows if row["panel"] == panel})
        for artist in artists:
            artist.set_gid(f"{panel}.{series}")
        unknown = {mark} - {*MARKS} | ({*about} | {*columns}) - {*COLUMNS}
        if unknown:
            raise ValueError(f"not marks or columns of a figure's CSV: {sorted(unknown)}")
        columns = {name: np.atleast_1d(values) for name, values in columns.items()}
        for point in zip(*columns.values(), strict=True):
            self.rows.append(
                {"panel": panel, "series": series, "mark": mark, **about}
                | dict(zip(columns, point, strict=True))
            )

    def csv(self) -> str:
        """The rows, one for each point. What does not apply is empty; where a curve has a gap its
        centre is; an infinite one, which is drawn as a gap, is ``inf``."""
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
