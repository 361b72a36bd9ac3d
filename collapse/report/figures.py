"""House style of the figures, and writing them: the same bytes every time.

The figure of a scenario is a script of its name in ``figures/``, with ``draw(run, band) ->
Drawing`` and ``CURVES``, the names and labels of the curves it needs; it reads a saved run and
simulates nothing. ``EVIDENCE`` names functions of the scenario whose results it needs too, which
``collapse reproduce`` keeps beside the run. Without a script, or without what that needs, a run
gets a panel for each of its laws, or its headline curves.

A user's scenario file may define ``draw(run)``, which returns a matplotlib figure. It is run if the
user names the file; nothing in the directory of a run is ever run.
"""

import inspect
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from matplotlib.figure import Figure

from collapse.errors import UserError
from collapse.files.atomic import write_whole
from collapse.report.recorded_figure import Drawing
from collapse.report.style import HOUSE, Venue, house_style, tiny
from collapse.report.typeset import paragraph
from collapse.scenario.load import line_in, load_file
from collapse.scenario.scenario import scenario_files, shipped

if TYPE_CHECKING:  # figures that are of no run import no jax
    from collapse.runs.run import Run

F = TypeVar("F", bound=Figure)
FORMATS = ("pdf", "png", "svg")
UNDATED = {  # metadata without dates and versions
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}
LINE = 0.12  # inches of a line of notes


@dataclass(frozen=True)
class Look:
    """What a user chooses of a figure: ``band``, one of ``INTERVALS``; ``curves``, a panel each,
    in place of the figure of the scenario; ``log``, whether the vertical axes are logarithmic;
    and where it is printed."""

    band: str | None = None
    curves: tuple[str, ...] = ()
    log: bool = False
    venue: Venue = HOUSE


def write_figure(
    run: "Run", out: Path, look: Look = Look(), file: Path | None = None
) -> list[Path]:
    """Draw a run and write PDF, PNG, SVG and a CSV of the points; returns the paths.

    ``file`` is the scenario file that the user named, whose ``draw`` is used if it has one; a plain
    matplotlib figure has no CSV.
    """
    name = run.manifest["scenario"]
    own = getattr(load_file(file, "scenario"), "draw", None) if file else None
    if own and look.curves:
        raise UserError(f"draw(run) in {file} draws curves of its own: leave --curves out.")
    drawings: list[Figure] = []

    def draw() -> Figure:
        if own and file:
            figure = draw_own(own, run, look.band, file)
        else:
            figure = draw_run(run, look.band, look.curves)
        if look.log:
            make_log(figure)
        drawings.append(figure)
        return figure

    written = save_drawing(draw, Path(out) / name, FORMATS, look.venue)
    if isinstance(drawings[0], Drawing):
        written.append(Path(out) / f"{name}.csv")
        write_whole(written[-1], drawings[0].csv().encode())
    return written


def draw_own(draw: Callable, run: "Run", band: str | None, file: Path) -> Figure:
    """The figure of ``draw(run)`` or ``draw(run, interval)`` in a user's file, with the notes on
    the run. Raises ``UserError``."""
    takes = len(inspect.signature(draw).parameters) > 1
    if band is not None and not takes:
        raise UserError(
            f"draw(run) in {file} takes no interval: leave --interval out, or write "
            "draw(run, interval=None)."
        )
    try:
        figure = draw(run, band) if takes else draw(run)
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"draw(run) in {file} raised {type(error).__name__} at line {line_in(error, file)}: "
            f"{error}. Correct it and run again."
        ) from error
    if not isinstance(figure, Figure):
        raise UserError(
            f"draw(run) in {file} must return a matplotlib Figure, not {type(figure).__name__}: "
            "end it with return figure."
        )
    return stated(figure, run)


def make_log(figure: Figure) -> None:
    """Make the vertical axes of curves logarithmic. Raises ``UserError`` for values that are not
    positive."""
    from collapse.report.draw import log_axis

    rows = figure.rows if isinstance(figure, Drawing) else []
    low = [row for row in rows if "centre" in row and row["centre"] <= 0]
    each = {(row.get("measure") or row.get("label"), row.get("arm")): row for row in low}
    errors = [
        f"--log y: {name} of {arm or 'the figure'} is {row['centre']:.3g} at {_where(row)}: leave "
        "--log out, or draw other --curves."
        for (name, arm), row in each.items()
    ]
    if errors:
        raise UserError(*errors)
    for axis in figure.axes:
        if not axis.images:
            log_axis(axis)


def _where(row: dict) -> str:
    """The place of a row of a CSV below its axis."""
    return f"x = {row['x']:.3g}" if "x" in row else f"generation {row.get('generation', '-')}"


def draw_run(run: "Run", band: str | None = None, curves: tuple[str, ...] = ()) -> Drawing:
    """Draw ``curves``, a panel each. Without any, draw the run by the script of its scenario, else
    its laws, else its headline curves. With the notes of ``stated``."""
    from collapse.report.draw import draw_headline
    from collapse.report.law_figure import draw_claims, drawn_claims

    if curves:
        return stated(draw_headline(run, band, curves), run)
    module = script_of(run)
    if module and not missing_evidence(module, run) and _has_curves(module, run):
        return stated(module.draw(run, band), run)
    groups = drawn_claims(run)
    return stated(draw_claims(run, groups, band) if groups else draw_headline(run, band), run)


def script_of(run: "Run") -> ModuleType | None:
    """The script of the figure of a run's scenario, if it has one."""
    shipping = scenario_files().get(run.manifest["scenario"])  # the same place under figures/
    script = shipping and shipped("figures") / shipping.parent.name / shipping.name
    return load_file(script, "figure") if script and script.is_file() else None


def _has_curves(module: ModuleType, run: "Run") -> bool:
    return all(curve in run.curves for curve, _ in module.CURVES)


def missing_evidence(module: ModuleType, run: "Run") -> list[str]:
    """The evidence that a script needs and the run does not have."""
    return [name for name in vars(module).get("EVIDENCE", ()) if name not in run.evidence]


def stated(drawing: F, run: "Run") -> F:
    """The figure with ``notes_of`` the run in the CSV and under the picture: what was changed of
    its scenario, and what is not finished."""
    notes = notes_of(run)
    if isinstance(drawing, Drawing):
        if drawing.beside:  # the label of the last panel is too long for one
            long = " ".join(drawing.axes[-1].get_xlabel().split())
            if long != drawing.over:
                notes.insert(0, f"{long[:1].upper()}{long[1:]}.")
            for axis in drawing.axes:
                axis.set_xlabel(drawing.over)
        drawing.notes += notes
        notes = drawing.notes
    elif notes and drawing.get_layout_engine() is None:
        drawing.set_layout_engine("constrained")  # which makes room for them
    if notes:
        size = tiny()
        width = int(drawing.get_figwidth() * 130 / size)
        text = "\n".join(paragraph(note, width) for note in notes)
        line = LINE * size / 6.5
        drawing.set_figheight(drawing.get_figheight() + line * (text.count("\n") + 2))
        drawing.supxlabel(text, fontsize=size, color="0.25")
    return drawing


def notes_of(run: "Run") -> list[str]:
    """Sentences on a run: what was changed of its scenario, and what is not finished."""
    notes = []
    if changes := run.manifest.get("changes"):
        notes.append(f"Run with {' '.join(changes)}.")
    last, seeds = run.generations, run.manifest["seeds"]
    done = {arm: run.done(arm) for arm in run.arms}
    if any((each < last).any() for each in done.values()):
        each = "; ".join(f"{run.label(arm)} {_far(done[arm], last)}" for arm in run.arms)
        notes.append(f"Unfinished; of {seeds} seeds, there are at generation {last}: {each}.")
    return notes


def _far(done: np.ndarray, last: int) -> str:
    """How many seeds have reached the last generation; if none, how far any has come."""
    most = int(done.max(initial=-1))
    if most >= last:
        return str((done >= last).sum())
    return "0 (not begun)" if most < 0 else f"0 (none is past {most})"


def save_drawing(
    draw: Callable[[], Figure],
    stem: Path,
    formats: tuple[str, ...] = ("pdf", "png"),
    venue: Venue = HOUSE,
) -> list[Path]:
    """Draw in the house style, and write files with the same bytes every time; returns the
    paths."""
    with house_style(venue):
        figure = draw()
        if venue.height:
            figure.set_size_inches(venue.full, venue.height)
        written = []
        for suffix in formats:
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, metadata=UNDATED[suffix])
            written.append(stem.with_name(f"{stem.name}.{suffix}"))
            write_whole(written[-1], buffer.getvalue())
    return written
