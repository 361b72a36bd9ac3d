"""``collapse calibrate``: from the verdicts of a judge to a judge that behaves like it."""

from pathlib import Path

from collapse.commands.calibrate.findings import calibrate as calibrated
from collapse.commands.calibrate.judge_file import NAME, no_judge, refusal, write_judge
from collapse.commands.calibrate.table import show
from collapse.commands.calibrate.verdicts import read_verdicts
from collapse.errors import UserError, attempt


def calibrate(
    path: Path,
    out: Path,
    columns: list[str],
    reference: Path | None,
    threshold: float | None,
    quiet: bool,
) -> dict:
    """What the judge of the verdicts does, and a judge file that does it too."""

    errors = refusal(out)
    verdicts = attempt(errors, read_verdicts, path, columns, reference)
    found = verdicts and attempt(errors, calibrated, verdicts, threshold)
    if errors or found is None:
        raise UserError(*errors)
    why = no_judge(found)
    if not why:
        write_judge(found, out, path.name)
    judge = None if why else f"{out}:{NAME}"
    if not quiet:
        show(found, judge, why)
    estimates = {name: estimate.as_dict() for name, estimate in found.estimates.items()}
    about = {"kind": found.kind, "rows": found.rows, "quality": found.quality}
    said = {"notes": found.notes, "sentences": found.sentences, "no_judge": why or None}
    return {"command": "calibrate", "format": 1, **about, "estimates": estimates, **said} | {
        "judge": judge
    }
