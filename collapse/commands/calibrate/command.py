"""``collapse calibrate``: from the verdicts of a judge to a judge that behaves like it."""

import math
from pathlib import Path

from collapse.commands.calibrate.columns import NAMES
from collapse.commands.calibrate.findings import calibrate as calibrated
from collapse.commands.calibrate.judge_file import NAME, no_judge, refusal, write_judge
from collapse.commands.calibrate.reading import read_verdicts
from collapse.commands.calibrate.sheet import named_columns
from collapse.commands.calibrate.table import show_calibration
from collapse.errors import UserError, attempt
from collapse.files.troubles import STRICT, Troubles
from collapse.report.document import document
from collapse.report.progress import Reading
from collapse.report.reads import show_reads
from collapse.report.tables import show

FORMATS = (".pdf", ".png", ".svg")


def calibrate(
    paths: list[Path],
    out: Path,
    columns: list[str],
    reference: Path | None,
    answers: list[Path],
    threshold: float | None,
    quiet: bool,
    strict: bool = False,
    explain: bool = False,
    figure: Path | None = None,
) -> dict:
    """Estimate a judge from its verdicts and write a judge file; the document for ``--json``.
    ``strict`` refuses files with rows that cannot be read, ``explain`` prints how they were
    read. ``figure``: file that the estimates are drawn into."""
    errors = refusal(out) + figure_errors(figure)
    named_columns(columns, NAMES, errors)
    if threshold is not None and not math.isfinite(threshold):
        errors.append(f"--threshold must be a number, not {threshold:g}.")
    troubles = Troubles(STRICT) if strict else Troubles()
    with Reading() as reading:
        how = columns, reference, answers, troubles, reading.report
        verdicts = attempt(errors, read_verdicts, paths, *how)
    if strict and verdicts:
        errors += troubles.sentences()
    found = verdicts and attempt(errors, calibrated, verdicts, threshold)
    if errors or found is None:
        raise UserError(*dict.fromkeys(errors))
    why = no_judge(found)
    if not why:
        write_judge(found, out, ", ".join(path.name for path in paths))
    judge = None if why else f"{out}:{NAME}"
    if figure:
        from collapse.commands.calibrate.figure import draw
        from collapse.report.figures import save_drawing  # and matplotlib with it

        save_drawing(lambda: draw(found), figure.with_suffix(""), (figure.suffix[1:],))
    read = [about.about() for about in verdicts.reads]
    told = troubles.about()
    if not quiet:
        if explain:
            show_reads(read)
        show_calibration(found, judge, why, told)
        show([f"Figure: {figure}"] if figure else [])
    body = {
        "kind": found.kind,
        "rows": found.rows,
        "quality": found.quality,
        "estimates": found.estimates,
        "bases": {name: vars(base) for name, base in found.bases.items()},
        "diagram": found.diagram,
        "left_out": found.left_out,
        "notes": found.notes,
        "read": read,
        "troubles": told,
        "sentences": found.sentences,
        "no_judge": why or None,
        "judge": judge,
        "figure": str(figure) if figure else None,
    }
    return document("calibrate", body)


def figure_errors(figure: Path | None) -> list[str]:
    """Errors of a file to draw into."""
    if figure is None or figure.suffix in FORMATS:
        return []
    return [f"--figure {figure}: its name must end in {', '.join(FORMATS)}."]
