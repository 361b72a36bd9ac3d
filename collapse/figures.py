"""House style of the figures, and writing them: the same bytes every time.

A figure is a script in ``figures/`` named like its scenario, with ``draw(run) -> Figure``; it
reads a saved run and simulates nothing. A scenario without a script gets ``draw_headline``.
"""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from collapse.drawn import COLUMNS, Drawn, drawn, words
from collapse.scenario import load_file, scenario_files, shipped
from collapse.storage import write_whole
from collapse.summary import interval

if TYPE_CHECKING:  # figures that are of no run import no jax
    from collapse.runs import Run

COLUMN = 3.25  # inches: one column of a two-column page
# Okabe and Ito's colours, told apart with any colour vision; dashes tell them apart in grey too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", (0, (4, 1.2)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (2, 1)), "-", "--")
STYLE = {
    "font.family": "STIXGeneral",
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


def panels(count: int, height: float = 1.45, width: float = COLUMN) -> tuple[Figure, list]:
    """A figure of panels above each other that share the generations."""
    figure = Figure(figsize=(width, height * count), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    axes[-1].set_xlabel("generation")
    axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure, list(axes)


def band(curves: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over seeds and its 95 % interval at each generation, of curves (seed, generation)."""
    return tuple(np.array([interval(at) for at in curves.T]).T)


def draw_curve(
    axis, run: "Run", arm: str, name: str, index: int, label: str | None = None, band=None
) -> Drawn:
    """One arm's curve and band, which it gives; where it is not finite there is a gap. ``band`` is
    one of ``BANDS``; None: what suits the curve."""
    made = drawn(run.curve(arm, name), run.meaning(name), band)
    centre, low, high = (
        np.where(np.isfinite(x), x, np.nan) for x in (made.centre, made.low, made.high)
    )
    generations = np.arange(len(centre))
    colour = COLOURS[index % len(COLOURS)]
    axis.fill_between(generations, low, high, color=colour, alpha=0.25, linewidth=0)
    dashes = DASHES[(index + index // len(COLOURS)) % len(DASHES)]  # no pair comes twice
    axis.plot(generations, centre, color=colour, linestyle=dashes, label=label or arm)
    return made


def generations_label(curves: list[tuple[str, Drawn]], width: int = 56, about: str = "") -> str:
    """The label under the generations, which says what the bands are."""
    said = re.sub(r"(\d) (%|seed)", "\\1\N{NO-BREAK SPACE}\\2", words(curves))
    lines = wrap(f"generation ({about}{said})", width)
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def draw_floor(axis, run: "Run", name: str) -> None:
    """Where real data are at the same n, a dotted line: of a distance to the real data it is the
    noise floor, below which nothing can be told. All arms share generation 0."""
    real = run.curve(run.arms[0], name)[:, 0]
    if np.isfinite(real).all():
        axis.axhline(float(real.mean()), color="0.5", linestyle=":", linewidth=0.8)


def plainly_replaced(run: "Run", arm: str) -> bool:
    """Whether an arm is the bare loop that the laws of ``replace`` are about."""
    parts = run.manifest["arms"][arm]["parts"]
    sampler = parts["sampler"].get("of", parts["sampler"])  # a statistic is one of items
    kinds = [part["class"].rsplit(".", 1)[1] for part in (parts["regime"], parts["judge"], sampler)]
    return kinds == ["Replace", "KeepAll", "Plain"]


def draw_headline(run: "Run", band: str | None = None) -> Figure:
    """A panel for each of the first three headline curves, with all arms that have it."""
    names = [name for name in run.manifest["headline"] if name in run.curves][:3]
    figure, axes = panels(len(names))
    made = []
    for axis, name in zip(axes, names, strict=True):
        for index, arm in enumerate(run.arms):
            if np.isfinite(run.curve(arm, name)).any():
                made.append((name, draw_curve(axis, run, arm, name, index, band=band)))
        draw_floor(axis, run, name)
        axis.set_ylabel(f"{name.replace('_', ' ')}\n({run.meaning(name).unit})")
    if made:
        axes[-1].set_xlabel(generations_label(made))
    shown = {}
    for axis in axes:
        shown |= dict(zip(*axis.get_legend_handles_labels()[::-1], strict=True))
    labels = [arm for arm in run.arms if arm in shown]
    handles = [shown[arm] for arm in labels]
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def drawn_claims(run: "Run") -> list:
    """The claims about curves of this run that have a law for every generation.

    Only of arms that are as the scenario has them: a law is no law for other settings.
    """
    from collapse.doors import prepare
    from collapse.identity import identity
    from collapse.scenario import build_shipped
    from collapse.trees import change

    scenario = build_shipped(run.manifest["scenario"])
    if scenario is None:  # of a file that is not among ours
        return []
    claims = [
        claim
        for claim in scenario.claims
        if isinstance(claim.observe, str) and callable(claim.expected) and len(claim.at) > 1
    ]  # what is claimed of one generation is no curve
    same = {
        name
        for name, arm in scenario.arms.items()
        if any(c.evidence == name for c in claims) and name in run.arms
        if identity(change(prepare(arm, checked=False), generations=0))
        == run.manifest["arms"][name]["identity"]
    }
    return [c for c in claims if c.evidence in same and c.observe in run.curves]


def draw_claims(run: "Run", claims: list, band: str = "t") -> Figure:
    """A panel for every law that a curve of the run must follow: the mean over seeds, which is what
    a law is about, with its interval, and the law over it."""
    columns = min(len(claims), 2)
    rows = -(-len(claims) // 2)
    figure = Figure(figsize=(columns * COLUMN, 1.5 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    generations = np.arange(run.generations + 1)
    made = []
    for axis, claim in zip(axes, claims, strict=False):
        observed = claim.observe
        each = draw_curve(axis, run, claim.evidence, observed, 0, "simulated", band)
        made.append((observed, each))
        kind, dashes = ("bound", ":") if claim.kind == "bound" else ("law", "--")
        claimed = generations[min(claim.at) : max(claim.at) + 1]  # and no farther
        expected = claim.expected(claimed)
        axis.plot(claimed, expected, color=COLOURS[1], linestyle=dashes, label=kind)
        unit = run.meaning(claim.observe).unit
        axis.set_ylabel(f"{claim.observe.replace('_', ' ')}\n({unit})")
        axis.set_title("\n".join(wrap(claim.name, 60)), fontsize=6.5)
        axis.set_xlim(0, run.generations)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axis in axes[len(claims) :]:
        axis.set_axis_off()
    shown = [axis.get_legend_handles_labels() for axis in axes]
    handles = {label: handle for pair in shown for handle, label in zip(*pair, strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=3)
    figure.supxlabel(generations_label(made, 60 * columns), fontsize=8)
    return figure


def write_figure(run: "Run", out: Path, band: str | None = None) -> list[Path]:
    """Draw a run and write PDF, PNG and the drawn numbers as CSV; returns the paths. ``band`` is
    one of ``BANDS``; None: what suits each curve, and the mean where a law of it is drawn."""
    name = run.manifest["scenario"]
    script = shipped("figures") / f"{name.replace('-', '_')}.py"
    if name in scenario_files() and script.is_file():
        draw = load_file(script, "figure").draw
    elif claims := drawn_claims(run):
        band = band or "t"
        draw = lambda run, band: draw_claims(run, claims, band)  # noqa: E731
    else:
        draw = draw_headline
    written = save_drawing(lambda: draw(run, band), Path(out) / name)
    written.append(Path(out) / f"{name}.csv")
    write_whole(written[-1], _drawn_numbers(run, band).encode())
    return written


def save_drawing(draw: Callable[[], Figure], stem: Path) -> list[Path]:
    """Draw in the house style and write PDF and PNG, whose bytes are the same every time."""
    # Start from matplotlib's own defaults: a user's matplotlibrc must not change the bytes.
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        figure = draw()
        written = []
        for suffix, metadata in (
            ("pdf", {"Creator": None, "Producer": None, "CreationDate": None}),
            ("png", {"Software": None}),
        ):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, metadata=metadata)
            written.append(stem.with_name(f"{stem.name}.{suffix}"))
            write_whole(written[-1], buffer.getvalue())
    return written


def _drawn_numbers(run: "Run", band: str | None) -> str:
    """Arm, measure, generation, centre, ends of the band, seeds and which band it is: tidy, one row
    per point."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = ("arm", "measure", "unit", "generation", *COLUMNS, "seeds", "band", "covers")
    writer.writerow(names)
    for arm in run.arms:
        for name in run.manifest["headline"]:
            if name not in run.curves:
                continue
            meaning = run.meaning(name)
            made = drawn(run.curve(arm, name), meaning, band)
            points = zip(*(getattr(made, end) for end in COLUMNS), strict=True)
            about = (made.seeds, made.method, f"{made.covers:.4g}")
            for t, point in enumerate(points):
                writer.writerow([arm, name, meaning.unit, t, *(f"{x:.8g}" for x in point), *about])
    return text.getvalue()
