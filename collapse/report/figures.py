"""House style of the figures, and writing them: the same bytes every time.

The figure of a scenario is a script of its name in ``figures/``, with ``draw(run, band) ->
Drawing`` and ``CURVES``, the names and labels of the curves it needs; it reads a saved run and
simulates nothing. Without a script, or without its curves, a run gets a panel for each of its laws,
or its headline curves.

A user's scenario file may define ``draw(run)``, which returns a matplotlib figure. It is run if the
user names the file; nothing in the directory of a run is ever run.
"""

import inspect
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from collapse.errors import UserError
from collapse.files.atomic import write_whole
from collapse.report.recorded_figure import Drawing
from collapse.report.style import STYLE
from collapse.report.typeset import paragraph
from collapse.scenario.load import line_in, load_file
from collapse.scenario.scenario import scenario_files, shipped

if TYPE_CHECKING:  # figures that are of no run import no jax
    from collapse.runs.run import Run

F = TypeVar("F", bound=Figure)
LINE = 0.12  # inches of a line of notes


def write_figure(
    run: "Run", out: Path, band: str | None = None, file: Path | None = None
) -> list[Path]:
    """Draw a run and write PDF, PNG and a CSV of the points; returns the paths.

    ``band`` is one of ``INTERVALS``; None: the default of each curve. ``file`` is the scenario file
    that the user named, whose ``draw`` is used if it has one; a plain matplotlib figure has no CSV.
    """
    name = run.manifest["scenario"]
    own = getattr(load_file(file, "scenario"), "draw", None) if file else None
    drawings: list[Figure] = []

    def draw() -> Figure:
        drawings.append(draw_own(own, run, band, file) if own and file else draw_run(run, band))
        return drawings[0]

    written = save_drawing(draw, Path(out) / name)
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


def draw_run(run: "Run", band: str | None = None) -> Drawing:
    """Draw a run by the script of its scenario, else its laws, else its headline curves; with notes
    on changes and on what is missing."""
    from collapse.report.draw import draw_headline
    from collapse.report.law_figure import draw_claims, drawn_claims

    name = run.manifest["scenario"]
    shipping = scenario_files().get(name)  # its script has the same place under figures/
    script = shipping and shipped("figures") / shipping.parent.name / shipping.name
    if script and script.is_file():
        module = load_file(script, "figure")
        if all(curve in run.curves for curve, _ in module.CURVES):
            return stated(module.draw(run, band), run)
    groups = drawn_claims(run)
    return stated(draw_claims(run, groups, band) if groups else draw_headline(run, band), run)


def stated(drawing: F, run: "Run") -> F:
    """The same with what must be said of the run, in the CSV and under the picture: what was
    changed of its scenario, and what is not there yet."""
    notes = notes_of(run)
    if isinstance(drawing, Drawing):
        drawing.notes += notes
        notes = drawing.notes
    elif notes and drawing.get_layout_engine() is None:
        drawing.set_layout_engine("constrained")  # which makes room for them
    if notes:
        width = int(drawing.get_figwidth() * 20)
        text = "\n".join(paragraph(note, width) for note in notes)
        drawing.set_figheight(drawing.get_figheight() + LINE * (text.count("\n") + 2))
        drawing.supxlabel(text, fontsize=6.5, color="0.25")
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


def save_drawing(draw: Callable[[], Figure], stem: Path) -> list[Path]:
    """Draw in the house style, and write PDF and PNG with the same bytes every time."""
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
