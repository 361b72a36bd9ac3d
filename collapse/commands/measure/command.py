"""``collapse measure``: the diversity of real answers, from files to document and figure."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from collapse.commands.measure.spelling import Spelling, spelling_of
from collapse.commands.measure.tally import Corpus, Tally, read
from collapse.errors import UserError, attempt
from collapse.files.answers import column_errors
from collapse.files.containers import Source, digest, sources
from collapse.files.plan import Columns
from collapse.files.troubles import STRICT, Troubles
from collapse.report.document import document
from collapse.report.overwrite import place_errors, place_for, refuse_another, write_result
from collapse.report.progress import Count, Reading
from collapse.report.reads import show_reads


def measure(
    paths: list[Path],
    columns: Columns,
    reference: Path | None,
    strict: bool,
    embed: str | None,
    out: Path | None,
    quiet: bool,
    explain: bool = False,
    asks: dict | None = None,
    errors: Sequence[str] = (),
    words: str | None = None,
    normalise: str | None = None,
    options: int | None = None,
) -> dict:
    """The document of a measurement; written with its figure to ``out``, and printed unless
    ``quiet``, with how the files were read if ``explain``. ``embed`` is FILE.py:NAME; ``asks`` are
    the arguments of ``checks_of``, ``words`` and ``normalise`` those of ``spelling_of``,
    ``options`` that of ``model_map``. Raises ``UserError`` with all mistakes, those in ``errors``
    first."""
    from collapse.commands.measure.checks import Checks, checks_of
    from collapse.commands.measure.embedding import embedder_of

    errors = list(errors)
    files = sources(paths, errors)
    beside = sources([reference], errors) if reference else []
    embedder = attempt(errors, embedder_of, embed)
    checks = (attempt(errors, checks_of, **asks) if asks else None) or Checks()
    spelling = attempt(errors, spelling_of, words, normalise)
    if columns.scores and not columns.classes:
        errors.append(
            "--scores needs --classes: an answer of the class of an earlier one scores 0."
        )
    if options is not None and (not columns.right or options < 2):
        errors.append("--options is the number of answers to choose from, 2 or more, for --right.")
    out = out or place_for("measures", Source(paths[0]).stem)
    errors += place_errors(out)
    if errors:
        errors += column_errors(files, columns)
        tries = [column_errors(beside, each) for each in _tries(columns)]
        raise UserError(*errors, *(tries[-1] if all(tries) else ()))
    asked = _asked(files, beside, columns, embed) | checks.as_dict()
    asked |= {"words": words, "normalise": normalise, "options": options}
    refuse_another(out, "measure", "measurement", asked)
    tally, theirs = _read(paths, columns, reference, strict, spelling)

    from collapse.commands.measure.document import measurement
    from collapse.commands.measure.figure import draw, quoted
    from collapse.commands.measure.table import show_measurement
    from collapse.report.labels import lacking

    with Count(None, "measuring", "words") as count:
        more = columns.classes, columns.right, options
        found = measurement(tally, theirs, embedder, count.report, *more, checks=checks)
    found["notes"] += lacking(quoted(found))
    found["read"] = [about.about() for about in tally.reads]
    result = document("measure", {"asked": asked} | found)
    result = write_result(out, "measure", result, lambda: draw(found))
    if not quiet:
        if explain:
            show_reads(result["read"])
        show_measurement(result)
    return result


def _read(
    paths: list[Path],
    columns: Columns,
    reference: Path | None,
    strict: bool,
    spelling: Spelling | None = None,
) -> tuple[Tally, Corpus | None]:
    """The answers of the files and of the reference, numbered by one table of texts."""
    troubles = Troubles(STRICT) if strict else Troubles()
    tally, errors = Tally(troubles=troubles, spelling=spelling or Spelling()), []
    with Reading() as reading:
        attempt(errors, read, paths, columns, tally, reading.report)
        theirs = attempt(errors, _read_reference, reference, columns, tally, reading.report)
    if columns.field and not tally.columned and not errors:
        errors.append(f"No file has columns: leave out --field {columns.field}.")
    if strict:
        errors += tally.left_out + troubles.sentences()
    if errors:
        raise UserError(*dict.fromkeys(errors))
    return tally, theirs


def counted(
    path: Path, columns: Columns, reference: Path | None, strict: bool = False
) -> tuple[Tally, Corpus | None]:
    """The answers of one file, and those of the reference or None. Raises ``UserError``."""
    return _read([path], columns, reference, strict)


def _read_reference(path: Path | None, columns: Columns, tally: Tally, report) -> Corpus | None:
    """The answers of a reference as one corpus: from the same columns of answers and prompts if it
    has them, else from guessed ones."""
    from collapse.commands.measure.reference import enough

    if path is None:
        return None
    tries = _tries(columns)
    for wanted in tries:
        troubles = Troubles(tally.troubles.most)
        other = Tally(tally.texts, tally.groups, spelling=tally.spelling, troubles=troubles)
        try:
            read([path], wanted, other, report)
            break
        except UserError:
            if wanted is tries[-1]:
                raise
    tally.columned = tally.columned or other.columned
    tally.notes += [f"Reference: {note}" for note in other.notes]
    tally.left_out += other.left_out
    tally.reads += other.reads
    tally.troubles.add(other.troubles)
    corpora = other.corpora()
    one = len(corpora) == 1 and replace(corpora[0], name="reference", classes=None, scores=None)
    corpus = one or other.whole("reference")
    enough(corpus, path)
    return corpus


def _tries(columns: Columns) -> list[Columns]:
    """The columns that a reference is read by: the first of these that it has."""
    asked = Columns(columns.field, columns.prompt, without=columns.without)
    tries = [asked, replace(asked, prompt=None), replace(asked, field=None, prompt=None)]
    return list(dict.fromkeys(tries))


def _asked(
    files: list[Source], reference: list[Source], columns: Columns, embed: str | None
) -> dict:
    """What identifies a measurement: the same one may be overwritten."""
    paths = dict.fromkeys(source.path for source in files)
    beside = dict.fromkeys(source.path for source in reference)
    return {
        "files": {str(path): digest(path) for path in paths},
        "reference": {str(path): digest(path) for path in beside},
        "field": columns.field,
        "prompt": columns.prompt,
        "group_by": columns.group_by,
        "classes": columns.classes,
        "scores": columns.scores,
        "left_out": sorted(columns.without),
        "right": columns.right,
        "embed": embed and {embed: digest(Path(embed.rpartition(":")[0]))},
    }
