"""``collapse compare RUN``: the course of the curves of each arm, and where they jump."""

from pathlib import Path

from collapse.commands.compare.pairs import arms_of
from collapse.commands.compare.progress import farthest, left_out
from collapse.commands.compare.table import show_courses
from collapse.commands.compare.trends import courses
from collapse.errors import UserError
from collapse.report.document import document
from collapse.report.overwrite import place_errors, refuse_another, write_result
from collapse.report.tables import saved, show
from collapse.stats.intervals import interval_errors


def compare_alone(
    one: str, level: float | None, method: str | None, out: Path | None, quiet: bool
) -> dict:
    """The document about one run, or one arm of it; written to ``out`` if that is given."""
    errors = (interval_errors(method) if method else []) + (place_errors(out) if out else [])
    if errors:
        raise UserError(*errors)
    run, arms = arms_of(one)
    asked = {"first": one, "second": None, "level": level, "interval": method}
    if out:
        refuse_another(out, "comparison", "comparison", asked)
    rows = courses(run, arms, level, method)
    if not rows:
        raise UserError(f"{one} has no headline curve to describe.")
    missing = [text for arm in arms for text in left_out(run, arm, max(farthest(run.done(arm)), 0))]
    body = {"asked": asked, "seeds": run.manifest["seeds"], "cautions": missing, "courses": rows}
    result = document("compare", body)
    if out:
        result = write_result(out, "comparison", result)
    if not quiet:
        show_courses(result["courses"], level)
        show(result["cautions"], saved(result))
    return result
