"""``collapse measure --by step``: from rollouts to document and figure."""

from collections.abc import Sequence
from pathlib import Path

from collapse.commands.measure.steps.by_step import by_step, corpora_of, limits
from collapse.commands.measure.steps.ceiling import ceiling
from collapse.commands.measure.steps.rollouts import Rollouts, read_rollouts
from collapse.commands.measure.steps.sentences import sentences
from collapse.commands.measure.steps.support import support
from collapse.errors import UserError
from collapse.files.answers import Columns, column_errors
from collapse.files.containers import digest, sources
from collapse.report.document import document
from collapse.report.overwrite import place_errors, place_for, refuse_another, write_result
from collapse.report.progress import Reading
from collapse.report.reads import show_reads

MOST = 100_000  # steps


def measure_steps(
    paths: list[Path],
    columns: Columns,
    by: str,
    strict: bool,
    out: Path | None,
    quiet: bool,
    explain: bool,
    others: dict[str, object],
    errors: Sequence[str] = (),
) -> dict:
    """The document of rollouts; written with its figure to ``out``, and printed unless ``quiet``.
    ``others`` are options that do not go with ``--by``, with their values. Raises ``UserError``
    with all mistakes, those in ``errors`` first."""
    from collapse.commands.measure.steps.figure import draw
    from collapse.commands.measure.steps.tables import show_rollouts

    errors = list(errors)
    files = sources(paths, errors)
    out = out or place_for("measures", Path(paths[0]).name.split(".")[0])
    errors += [
        f"{name} does not go with --by: leave it out." for name, given in others.items() if given
    ]
    errors += place_errors(out)
    if errors:
        raise UserError(*errors, *column_errors(files, columns))
    asked = {
        "files": {str(path): digest(path) for path in dict.fromkeys(one.path for one in files)},
        "by": by,
        "field": columns.field,
        "prompt": columns.prompt,
        "scores": columns.scores,
        "left_out": sorted(columns.without),
    }
    refuse_another(out, "rollouts", "measurement of rollouts", asked)
    with Reading() as reading:
        found = read_rollouts(paths, columns, by, strict, reading.report)
    result = document("measure", {"asked": asked} | measurement(found, by), "rollouts")
    result = write_result(out, "rollouts", result, lambda: draw(result))
    if not quiet:
        if explain:
            show_reads(result["read"])
        show_rollouts(result)
    return result


def measurement(found: Rollouts, by: str) -> dict:
    """The body of the document. Raises ``UserError`` unless there are two steps or more."""
    many = len(found.steps)
    if many < 2 or many > MOST:
        raise UserError(
            f"--by {by} needs from 2 to {MOST:,} different values, and there"
            f" {'is' if many == 1 else 'are'} {many:,}. Give the rollouts of several steps, or"
            f" leave out --by {by}."
        )
    corpora = corpora_of(found)
    rows, m = by_step(found, corpora)
    body = {
        "by": by,
        "answers_a_prompt": m,
        "right_above": found.right,
        "steps": rows,
        "ceiling": ceiling(rows, m, limits(found.score)),
        "support": support(found),
        "notes": found.notes,
        "troubles": found.troubles.about(),
        "read": [about.about() for about in found.reads],
    }
    return body | {"verdict": sentences(body)}
