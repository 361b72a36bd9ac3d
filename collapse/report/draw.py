"""Curves, points and laws of a run, drawn in the house style and recorded for the CSV."""

import json
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from collapse.errors import UserError
from collapse.report.curve_band import Drawn, drawn, words
from collapse.report.recorded_figure import Drawing, record
from collapse.report.style import COLOURS, COLUMN, GREY, letters, line_with_band, panels, style
from collapse.report.typeset import escaped, paragraph, typeset

if TYPE_CHECKING:
    from collapse.runs.run import Run

EXPONENTIAL = 10.0  # ratio of greatest to least value, from which on an axis is logarithmic
DECADES = 1e4  # ratio of the ends of an axis, below which ticks are written without powers
WIDE = 5  # a figure of so many arms is two columns wide
SEVERAL = "Dotted: real data, in the colour of the first arm that starts from them."
SHOWN = 20  # published points of a curve
FLOORS = 3  # kinds of real data with a line of their own in one panel


def there(run: "Run", arm: str) -> np.ndarray:
    """(S, T + 1) whether each seed of an arm has reached each generation."""
    return np.arange(run.generations + 1) <= run.done(arm)[:, None]


def draw_curve(
    axis,
    run: "Run",
    arm: str,
    name: str,
    index: int,
    label: str | None = None,
    band: str | None = None,
    opacity: float = 0.25,
) -> Drawn:
    """Draw the curve of one arm with its band, and return both; gaps where it is not finite.
    ``label``: None for that of the manifest. ``band``: one of ``INTERVALS``; None for the default
    of the curve."""
    meaning = run.meaning(name)
    made = drawn(run.curve(arm, name), meaning, band, there(run, arm))
    label = run.label(arm) if label is None else label
    t = np.arange(len(made.centre))
    ends = (made.centre, made.low, made.high)
    artists = line_with_band(axis, t, *ends, index, escaped(label), opacity)
    about = {"label": label, "arm": arm, "measure": name, "unit": meaning.unit}
    columns = {"generation": t, "centre": made.centre, "low": made.low, "high": made.high}
    columns |= {"seeds": made.seeds, "defined": made.defined, "covers": made.covers}
    record(axis, "curve", artists, about | {"band": made.method}, columns)
    if (arm, name) in run.points:
        draw_published(axis, *run.points[arm, name].T, about, style(index)["color"])
    return made


def draw_points(axis, t, made: Drawn, about: dict, colour: str = COLOURS[0]) -> None:
    """Draw estimates at single generations ``t`` (points,): marks, and intervals as bars."""
    about = about | {"band": made.method}
    known = np.isfinite(made.low) & np.isfinite(made.high)
    bars = axis.vlines(t[known], made.low[known], made.high[known], color=colour, linewidth=0.9)
    (marks,) = axis.plot(
        t, made.centre, "o", color=colour, markersize=2.6, clip_on=False, label=about["label"]
    )
    columns = {"generation": t, "centre": made.centre, "low": made.low, "high": made.high}
    columns |= {"seeds": made.seeds, "defined": made.defined, "covers": made.covers}
    record(axis, "points", [bars, marks], about, columns)


def draw_published(
    axis,
    t,
    values,
    about: dict,
    colour: str = COLOURS[0],
    column: str = "generation",
    label: str = "published",
) -> None:
    """Draw published values at ``t`` (points,) as open marks, ``SHOWN`` at most. ``column`` is the
    name of ``t`` in the CSV, ``label`` the text in the legend."""
    every = -(-len(t) // SHOWN)
    t, values = t[::every], values[::every]
    look = {"markersize": 3, "markerfacecolor": "none", "markeredgewidth": 0.7, "zorder": 3}
    (marks,) = axis.plot(t, values, "o", color=colour, label=escaped(label), **look)
    record(axis, "published", [marks], about, {column: t, "centre": values})


def draw_law(axis, t, values, about: dict, column: str = "generation", **look) -> None:
    """Draw expected values at ``t`` (points,): a line, or the marks of ``look``. ``column`` is the
    name of ``t`` in the CSV."""
    values = np.broadcast_to(np.asarray(values, float), np.shape(t))
    look = {"color": COLOURS[1], "linestyle": "--", "zorder": 2.5} | look
    (line,) = axis.plot(t, values, label=about["label"], **look)
    record(axis, "law", [line], about, {column: t, "centre": values})


def draw_line(axis, t, values, about: dict, seeds: np.ndarray, **look) -> None:
    """Draw a line without a band over generations ``t``; ``seeds`` (points,) are behind each."""
    (line,) = axis.plot(t, values, label=about["label"], **{"color": COLOURS[0]} | look)
    columns = {"generation": t, "centre": values, "seeds": seeds}
    record(axis, "line", [line], about, columns)


def draw_band(axis, t, low, high, about: dict, seeds: np.ndarray, **look) -> None:
    """Draw a band from ``low`` to ``high`` (points,) that is no interval of a curve."""
    shade = axis.fill_between(t, low, high, linewidth=0, **look)
    columns = {"generation": t, "low": low, "high": high, "seeds": seeds}
    record(axis, "band", [shade], about, columns)


def draw_level(axis, value: float, about: dict, **look) -> Line2D:
    """Draw a dotted line across the panel."""
    look = {"color": GREY, "linestyle": ":", "linewidth": 0.8} | look
    line = axis.axhline(value, **look)
    record(axis, "level", [line], about, {"centre": value})
    return line


def draw_floors(axis, run: "Run", name: str, indices: dict[str, int]) -> None:
    """Draw dotted lines at the level of the real data; for a distance to the real data this is the
    noise floor. ``indices``: the arms of the panel and the numbers of their colours. One grey line
    if all arms have the same truth and size; up to ``FLOORS`` lines, each in the colour of its
    first arm, which a note explains; more are left out.
    """
    kinds: dict[str, list[str]] = {}
    for arm in indices:
        real = run.curve(arm, name)[there(run, arm)[:, 0], 0]
        if len(real) and np.isfinite(real).all():
            kinds.setdefault(_real_data(run, arm), []).append(arm)
    if len(kinds) > FLOORS:
        return
    if len(kinds) > 1 and SEVERAL not in axis.figure.notes:
        axis.figure.notes.append(SEVERAL)
    for arms in kinds.values():
        real = run.curve(arms[0], name)[there(run, arms[0])[:, 0], 0]
        names = ", ".join(run.label(arm) for arm in arms)
        label = "real data" if len(kinds) == 1 else f"real data of {names}"
        colour = GREY if len(kinds) == 1 else COLOURS[indices[arms[0]] % len(COLOURS)]
        about = {"label": label, "arm": arms[0], "measure": name, "unit": run.meaning(name).unit}
        line = draw_level(axis, float(real.mean()), about | {"seeds": len(real)}, color=colour)
        line.set_label(escaped(label) if len(kinds) == 1 else "_")


def _real_data(run: "Run", arm: str) -> str:
    """Identity of the real data of an arm: truth, sample size, and whether it is exact."""
    about = run.manifest["arms"][arm]
    exact = about.get("rows", "").startswith("the whole support")
    return json.dumps([about["parts"]["truth"], about["parts"]["n"], exact], sort_keys=True)


def draw_images(axis, picture: np.ndarray, generations: list[int], about: dict) -> None:
    """Draw grey images in one ``picture`` (height, width) from 0 to 1, a column per generation. The
    CSV has their generations; their pixels are in the samples of the run."""
    image = axis.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    record(axis, "images", [image], about, {"generation": generations})


def ends(axis, last: float, first: float = 0) -> None:
    """Set the axis of generations, from the first to the last one drawn, in whole numbers."""
    axis.set_xlim(first, last)
    axis.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=(1, 2, 5, 10)))


def exponential(t: np.ndarray, values: np.ndarray) -> bool:
    """Whether values (points,) at ``t`` span more than a factor of ``EXPONENTIAL`` and are closer
    to a straight line in their logarithm."""
    known = np.isfinite(values)
    t, values = np.asarray(t, float)[known], values[known]
    if len(values) < 3 or values.min() <= 0 or values.max() <= EXPONENTIAL * values.min():
        return False
    straight = [np.corrcoef(t, y)[0, 1] ** 2 for y in (values, np.log(values))]
    return straight[1] > straight[0]


def log_axis(axis, which: str = "y") -> None:
    """Make an axis, "x" or "y", logarithmic, with ticks at 1, 2 and 5 if it spans few decades."""
    getattr(axis, f"set_{which}scale")("log")
    low, high = getattr(axis, f"get_{which}lim")()
    ticks = getattr(axis, f"{which}axis")
    if high < DECADES * low:
        ticks.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
        ticks.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ticks.set_minor_formatter(NullFormatter())


def generations_label(curves: list[tuple[str, Drawn]], width: int = 46, about: str = "") -> str:
    """Label of the axis of generations: what the bands are."""
    return paragraph(f"generation ({about}{words(curves)})", letters(width))


def sentence(curves: list[tuple[str, Drawn]]) -> str:
    """What the bands are, as a sentence for the notes of a figure."""
    text = words(curves)
    return f"{text[0].upper()}{text[1:]}."


def axis_label(name: str, unit: str) -> str:
    """Name of a curve, and its unit below."""
    return f"{escaped(name.replace('_', ' '))}\n({typeset(unit)})"


def legend(figure: Drawing, ncols: int, where: str = "outside upper center", **look) -> None:
    """Add one legend for all panels, without repeated labels."""
    shown: dict[tuple[str, str], Artist] = {}
    for axis in figure.axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            marker = str(handle.get_marker()) if isinstance(handle, Line2D) else ""
            shown.setdefault((label, marker), handle)
    labels = [label for label, _ in shown]
    figure.legend(shown.values(), labels, loc=where, ncols=ncols, **look)


def draw_headline(run: "Run", band: str | None = None, curves: tuple[str, ...] = ()) -> Drawing:
    """The default figure of a run: a panel for each of the ``curves``, or of the first three
    headline curves, with all arms. It is two columns wide, with the legend beside it, if there are
    many arms."""
    headline = [name for name in run.manifest["headline"] if name in run.curves][:3]
    names = list(curves) or headline
    if not names:
        raise no_curves(run)
    wide = len(run.arms) >= WIDE
    figure, axes = panels(len(names), 1.6 if wide else 1.45, (2 if wide else 1) * COLUMN)
    made = []
    for axis, name in zip(axes, names, strict=True):
        made += draw_panel(axis, run, name, arms_with(run, name), band)
    if made:
        axes[-1].set_xlabel(generations_label(made, 96 if wide else 46))
    if wide:
        legend(figure, 1, "outside right upper")
    else:
        longest = max((len(run.label(arm)) for arm in run.arms), default=0)
        room = letters(36)
        legend(figure, 1 if longest > room else 2 if longest > room // 2 else 3)
    return figure


def no_curves(run: "Run") -> UserError:
    """The error of a run without headline curves."""
    return UserError(
        f"The run {run.manifest['scenario']} has no headline curve to draw. Name one of its "
        "curves; if its arms have no measures, add some with measures= and run it again."
    )


def draw_panel(
    axis: Axes, run: "Run", name: str, arms: dict[str, int], band: str | None = None
) -> list[tuple[str, Drawn]]:
    """Draw one curve of the ``arms``, by name with the numbers of their colours: bands over seeds,
    labels, unit and scale by the manifest of the run. Returns what was drawn."""
    look = {"band": band, "opacity": 0.12 if len(arms) >= WIDE else 0.25}
    made = [(name, draw_curve(axis, run, arm, name, i, **look)) for arm, i in arms.items()]
    if isinstance(axis.figure, Drawing):
        draw_floors(axis, run, name, arms)
    axis.set_ylabel(axis_label(name, run.meaning(name).unit))
    logarithmic(axis, made)
    ends(axis, run.generations)
    return made


def arms_with(run: "Run", name: str) -> dict[str, int]:
    """The arms with finite values of a curve, and the number of each in the run."""
    return {k: i for i, k in enumerate(run.arms) if np.isfinite(run.curve(k, name)).any()}


def logarithmic(axis, made: list[tuple[str, Drawn]]) -> None:
    """Make the axis logarithmic if most curves on it are ``exponential`` and all are positive."""
    centres = [one.centre for _, one in made]
    votes = [exponential(np.arange(len(centre)), centre) for centre in centres]
    positive = all((centre[np.isfinite(centre)] > 0).all() for centre in centres)
    if votes and positive and sum(votes) * 2 > len(votes):
        log_axis(axis)
