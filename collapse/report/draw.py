"""Curves, points and laws of a run, drawn in the house style and written down as they are drawn."""

import json
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from collapse.report.curve_band import Drawn, drawn, words
from collapse.report.recorded_figure import Drawing, record
from collapse.report.style import COLOURS, COLUMN, DASHES, panels
from collapse.report.typeset import escaped, paragraph, typeset

if TYPE_CHECKING:
    from collapse.runs.run import Run

GREY = "0.5"
EXPONENTIAL = 10.0  # times from the least to the greatest, from which on an axis is logarithmic
DECADES = 1e4  # from the least to the greatest, below which numbers are written out
WIDE = 5  # arms from which on a figure is two columns wide
SEVERAL = "Dotted: real data, in the colour of the first arm that has them."
FLOORS = 3  # kinds of real data that have a line each in one panel


def there(run: "Run", arm: str) -> np.ndarray:
    """(S, T + 1) whether each seed of an arm has come to each generation."""
    return np.arange(run.generations + 1) <= run.done(arm)[:, None]


def style(index: int) -> dict:
    """Colour and dashes of the arm of that number: no two of 49 have both alike."""
    dashes = DASHES[(index + index // len(COLOURS)) % len(DASHES)]
    return {"color": COLOURS[index % len(COLOURS)], "linestyle": dashes}


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
    """One arm's curve and band, which it gives; where it is not finite there is a gap. ``label`` is
    what the manifest calls the arm if it is None. ``band`` is one of ``BANDS``; None: what suits
    the curve."""
    meaning = run.meaning(name)
    made = drawn(run.curve(arm, name), meaning, band, there(run, arm))
    label = run.label(arm) if label is None else label
    centre, low, high = (
        np.where(np.isfinite(x), x, np.nan) for x in (made.centre, made.low, made.high)
    )
    t = np.arange(len(centre))
    look = style(index)
    shade = axis.fill_between(t, low, high, color=look["color"], alpha=opacity, linewidth=0)
    (line,) = axis.plot(t, centre, label=escaped(label), **look)
    about = {"label": label, "arm": arm, "measure": name, "unit": meaning.unit}
    columns = {"generation": t, "centre": made.centre, "low": made.low, "high": made.high}
    columns |= {"seeds": made.seeds, "defined": made.defined, "covers": made.covers}
    record(axis, "curve", [shade, line], about | {"band": made.method}, columns)
    return made


def draw_points(axis, t, made: Drawn, about: dict, colour: str = COLOURS[0]) -> None:
    """Centres at single generations ``t`` (points,), with their intervals as bars."""
    about = about | {"band": made.method}
    known = np.isfinite(made.low) & np.isfinite(made.high)
    bars = axis.vlines(t[known], made.low[known], made.high[known], color=colour, linewidth=0.9)
    (marks,) = axis.plot(
        t, made.centre, "o", color=colour, markersize=2.6, clip_on=False, label=about["label"]
    )
    columns = {"generation": t, "centre": made.centre, "low": made.low, "high": made.high}
    columns |= {"seeds": made.seeds, "defined": made.defined, "covers": made.covers}
    record(axis, "points", [bars, marks], about, columns)


def draw_law(axis, t, values, about: dict, **look) -> None:
    """What is known beforehand of generations ``t``: a line over them, or the marks asked for."""
    values = np.broadcast_to(np.asarray(values, float), np.shape(t))
    look = {"color": COLOURS[1], "linestyle": "--", "zorder": 2.5} | look
    (line,) = axis.plot(t, values, label=about["label"], **look)
    record(axis, "law", [line], about, {"generation": t, "centre": values})


def draw_line(axis, t, values, about: dict, seeds: np.ndarray, **look) -> None:
    """A number of so many ``seeds`` (points,) at generations ``t``, without a band."""
    (line,) = axis.plot(t, values, label=about["label"], **{"color": COLOURS[0]} | look)
    columns = {"generation": t, "centre": values, "seeds": seeds}
    record(axis, "line", [line], about, columns)


def draw_band(axis, t, low, high, about: dict, seeds: np.ndarray, **look) -> None:
    """A band from ``low`` to ``high`` (points,), which is no interval of a centre."""
    shade = axis.fill_between(t, low, high, linewidth=0, **look)
    columns = {"generation": t, "low": low, "high": high, "seeds": seeds}
    record(axis, "band", [shade], about, columns)


def draw_level(axis, value: float, about: dict, **look) -> Line2D:
    """A dotted line across the panel."""
    look = {"color": GREY, "linestyle": ":", "linewidth": 0.8} | look
    line = axis.axhline(value, **look)
    record(axis, "level", [line], about, {"centre": value})
    return line


def draw_floors(axis, run: "Run", name: str, indices: dict[str, int]) -> None:
    """Where real data are, a dotted line: of a distance to the real data it is the noise floor,
    below which nothing can be told. It belongs to what the data are drawn from, how many, and how:
    one line where that is the same for the arms of the panel (``indices``, by name, of their
    colours), in grey; up to ``FLOORS``, each in the colour of the first arm it is of, which the
    figure notes; else none.
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
    """What generation 0 of an arm is: the truth, how many are drawn of it, or all of it exactly."""
    about = run.manifest["arms"][arm]
    exact = about.get("rows", "").startswith("the whole support")
    return json.dumps([about["parts"]["truth"], about["parts"]["n"], exact], sort_keys=True)


def draw_images(axis, picture: np.ndarray, generations: list[int], about: dict) -> None:
    """Grey images in one ``picture`` (height, width) from 0 to 1, a column for each generation.
    The CSV says which they are; their pixels are in the samples of the run."""
    image = axis.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    record(axis, "images", [image], about, {"generation": generations})


def ends(axis, last: float) -> None:
    """Generations from 0 to the last one that is drawn, in whole numbers."""
    axis.set_xlim(0, last)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, steps=(1, 2, 5, 10)))


def exponential(t: np.ndarray, values: np.ndarray) -> bool:
    """Whether values (points,) at ``t`` go over more than a factor of ``EXPONENTIAL``, and more
    straightly in their logarithm."""
    known = np.isfinite(values)
    t, values = np.asarray(t, float)[known], values[known]
    if len(values) < 3 or values.min() <= 0 or values.max() <= EXPONENTIAL * values.min():
        return False
    straight = [np.corrcoef(t, y)[0, 1] ** 2 for y in (values, np.log(values))]
    return straight[1] > straight[0]


def log_axis(axis) -> None:
    """A logarithmic axis, with numbers at 1, 2 and 5 where it is of a few decades."""
    axis.set_yscale("log")
    low, high = axis.get_ylim()
    if high < DECADES * low:
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())


def generations_label(curves: list[tuple[str, Drawn]], width: int = 56, about: str = "") -> str:
    """The label under the generations, which says what the bands are."""
    return paragraph(f"generation ({about}{words(curves)})", width)


def sentence(curves: list[tuple[str, Drawn]]) -> str:
    """What the bands are, to stand under a figure and in its CSV."""
    said = words(curves)
    return f"{said[0].upper()}{said[1:]}."


def axis_label(name: str, unit: str) -> str:
    """A curve's name, and its unit under it."""
    return f"{escaped(name.replace('_', ' '))}\n({typeset(unit)})"


def legend(figure: Drawing, ncols: int, where: str = "outside upper center", **look) -> None:
    """One legend for all panels: each label once for lines and once for marks, in order."""
    shown: dict[tuple[str, str], Line2D] = {}
    for axis in figure.axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            shown.setdefault((label, handle.get_marker()), handle)
    labels = [label for label, _ in shown]
    figure.legend(shown.values(), labels, loc=where, ncols=ncols, **look)


def draw_headline(run: "Run", band: str | None = None) -> Drawing:
    """A panel for each of the first three headline curves, with all arms that have it; two columns
    wide, with the legend beside it, where there are many arms."""
    names = [name for name in run.manifest["headline"] if name in run.curves][:3]
    wide = len(run.arms) >= WIDE
    figure, axes = panels(len(names), 1.6 if wide else 1.45, (2 if wide else 1) * COLUMN)
    made = []
    for axis, name in zip(axes, names, strict=True):
        found = arms_with(run, name)
        look = {"band": band, "opacity": 0.12 if len(found) >= WIDE else 0.25}
        made += [(name, draw_curve(axis, run, arm, name, i, **look)) for arm, i in found.items()]
        draw_floors(axis, run, name, found)
        axis.set_ylabel(axis_label(name, run.meaning(name).unit))
        logarithmic(axis, made[len(made) - len(found) :])
        ends(axis, run.generations)
    if made:
        axes[-1].set_xlabel(generations_label(made, 120 if wide else 56))
    if wide:
        legend(figure, 1, "outside right upper")
    else:
        longest = max((len(run.label(arm)) for arm in run.arms), default=0)
        legend(figure, 1 if longest > 36 else 2 if longest > 18 else 3)
    return figure


def arms_with(run: "Run", name: str) -> dict[str, int]:
    """The arms that have anything to draw of a curve, and the number of each in the run."""
    return {k: i for i, k in enumerate(run.arms) if np.isfinite(run.curve(k, name)).any()}


def logarithmic(axis, made: list[tuple[str, Drawn]]) -> None:
    """A logarithmic axis, if the centres of most of the curves on it are ``exponential`` and none
    comes to 0."""
    centres = [one.centre for _, one in made]
    votes = [exponential(np.arange(len(centre)), centre) for centre in centres]
    positive = all((centre[np.isfinite(centre)] > 0).all() for centre in centres)
    if votes and positive and sum(votes) * 2 > len(votes):
        log_axis(axis)
