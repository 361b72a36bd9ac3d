"""``collapse calibrate``: from the verdicts of a judge to a judge that behaves like it."""

from pathlib import Path

from collapse.commands.calibrate.findings import calibrate as calibrated
from collapse.commands.calibrate.judge_file import NAME, no_judge, refusal, write_judge
from collapse.commands.calibrate.table import show_calibration
from collapse.commands.calibrate.verdicts import read_verdicts
from collapse.errors import UserError, attempt
from collapse.report.document import document


def calibrate(
    paths: list[Path],
    out: Path,
    columns: list[str],
    reference: Path | None,
    answers: list[Path],
    threshold: float | None,
    quiet: bool,
) -> dict:
    """Estimate a judge from its verdicts and write a judge file; the document for ``--json``."""
    errors = refusal(out)
    verdicts = attempt(errors, read_verdicts, paths, columns, reference, answers)
    found = verdicts and attempt(errors, calibrated, verdicts, threshold)
    if errors or found is None:
        raise UserError(*errors)
    why = no_judge(found)
    if not why:
        write_judge(found, out, ", ".join(path.name for path in paths))
    judge = None if why else f"{out}:{NAME}"
    if not quiet:
        show_calibration(found, judge, why)
    body = {
        "kind": found.kind,
        "rows": found.rows,
        "quality": found.quality,
        "estimates": found.estimates,
        "bases": {name: vars(base) for name, base in found.bases.items()},
        "diagram": found.diagram,
        "left_out": found.left_out,
        "notes": found.notes,
        "sentences": found.sentences,
        "no_judge": why or None,
        "judge": judge,
    }
    return document("calibrate", body)
