"""House style of the figures: sizes, colours, fonts and panels, for the page they are printed
on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.ticker import MaxNLocator

from collapse.errors import UserError
from collapse.report.labels import FAMILIES
from collapse.report.recorded_figure import Drawing
from collapse.suggest import unknown

COLUMN = 3.25  # inches: one column of a two-column page
# Okabe and Ito's colours, distinct with any colour vision; dashes are distinct also in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GREY, DARK = "0.5", "0.1"  # of levels, and of laws among several curves
DASHES = ("-", (0, (4, 1.2)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (2, 1)), "-", "--")
STYLE = {
    "font.family": FAMILIES,
    "mathtext.fontset": "stix",
    "font.size": 8,
    "axes.titlesize": "medium",
    "axes.labelsize": "medium",
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
    "svg.hashsalt": "collapse",  # ids in an SVG are the same every time
    "svg.fonttype": "path",
}


@dataclass(frozen=True)
class Venue:
    """Where a figure is printed: widths of a column and of the page in inches, size of text and of
    small text in points; ``height`` of the whole figure, None for what its panels need."""

    column: float
    full: float
    font: float
    small: float
    height: float | None = None


HOUSE = Venue(COLUMN, 2 * COLUMN, 8, 7)
VENUES = {  # from the style files; figures of a single-column venue have one width
    "neurips": Venue(5.5, 5.5, 9, 7),
    "icml": Venue(3.25, 6.75, 8, 6),
    "acl": Venue(3.03, 6.3, 9, 7),
    "nature": Venue(3.5, 7.2, 7, 6),
    "slide": Venue(10, 10, 16, 13, height=5.6),
}
SIZE = re.compile(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)")
INCHES = (1.0, 40.0)  # ends of a width or a height that is given
LANDSCAPE = 1.3  # width over height from which on the panels of a figure stand side by side

_venue: ContextVar[Venue] = ContextVar("venue", default=HOUSE)


def venue_of(name: str) -> Venue:
    """The venue of that name, or one of WIDTHxHEIGHT inches. Raises ``UserError``."""
    if name in VENUES:
        return VENUES[name]
    size = SIZE.fullmatch(name)
    if not size:
        raise UserError(f"{unknown('venue', name, VENUES)} Or WIDTHxHEIGHT in inches, as 4x2.5.")
    width, height = map(float, size.groups())
    if not all(INCHES[0] <= side <= INCHES[1] for side in (width, height)):
        ends = f"{INCHES[0]:g} to {INCHES[1]:g} inches"
        raise UserError(f"--venue {name} must be of {ends} to each side.")
    return Venue(width, width, 8, 7, height)


@contextmanager
def house_style(venue: Venue = HOUSE) -> Iterator[None]:
    """Figures made inside are in the house style at the size of a venue. A user's matplotlibrc
    changes nothing."""
    before = _venue.set(venue)
    try:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            small = dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize"))
            small = {name: venue.small for name in small}
            matplotlib.rcParams.update(STYLE | {"font.size": venue.font} | small)
            yield
    finally:
        _venue.reset(before)


def page(width: float, height: float) -> tuple[float, float]:
    """The size in inches of a figure that is ``width`` x ``height`` in the house style."""
    venue = _venue.get()
    wide = width > COLUMN
    across = venue.full * min(width / HOUSE.full, 1.0) if wide else venue.column
    if wide and venue.column == venue.full:
        across = venue.full
    return across, venue.height or height * venue.font / HOUSE.font


def letters(count: int) -> int:
    """How many letters fit where ``count`` fit in one column of the house style."""
    venue = _venue.get()
    return max(int(count * venue.column / HOUSE.column * HOUSE.font / venue.font), 12)


def tiny() -> float:
    """Size in points of notes and of legends with many entries."""
    return _venue.get().small * 6.5 / HOUSE.small


def panels(
    rows: int,
    height: float = 1.45,
    width: float = COLUMN,
    columns: int = 1,
    over: str = "generation",
) -> tuple[Drawing, list]:
    """A figure of panels in rows, and its Axes; panels of one column share what is below them: the
    generations, or what ``over`` says."""
    size = page(width, height * rows)
    figure = Drawing(figsize=size, layout="constrained")
    figure.over = over
    beside = _venue.get().height and size[0] > LANDSCAPE * size[1]
    if columns == 1 and rows > 1 and beside:
        axes = figure.subplots(1, rows, squeeze=False)[0]
        figure.beside = True
    else:
        axes = figure.subplots(rows, columns, sharex=columns == 1, squeeze=False).ravel()
    if columns > 1:
        return figure, list(axes)
    for axis in axes:
        axis.margins(x=0)  # curves end where the axis does
    axes[-1].set_xlabel(over)
    axes[-1].xaxis.set_major_locator(MaxNLocator("auto", integer=over == "generation"))
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
