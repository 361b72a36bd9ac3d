"""``collapse measure``: reading, the document, the table and the figure of a measurement."""

from pathlib import Path

from collapse.commands.measure.columns import Columns
from collapse.commands.measure.records import Troubles
from collapse.commands.measure.sources import Source, digest, sources
from collapse.commands.measure.tally import Corpus, Tally, read
from collapse.errors import UserError, attempt
from collapse.report.console import live_bars
from collapse.report.overwrite import place_errors, place_for, refuse_another, write_result

ALL_TOLD = 50  # broken lines of a file that --strict tells


def measure(
    paths: list[Path],
    columns: Columns,
    reference: Path | None,
    strict: bool,
    embed: str | None,
    out: Path | None,
    quiet: bool,
) -> dict:
    """The measurement of files of answers as a plain document; writes it, with its figure, to
    ``out``, and shows it unless ``quiet``. ``embed`` is FILE.py:NAME. Raises ``UserError``."""
    from collapse.commands.measure.embedding import embedder_of

    errors: list[str] = []
    files = attempt(errors, sources, paths) or []
    beside = attempt(errors, sources, [reference]) if reference else []
    embedder = attempt(errors, embedder_of, embed)
    if columns.scores and not columns.classes:
        errors.append("--scores are worth 0 where an earlier answer means the same: add --classes.")
    out = out or place_for("measures", Source(paths[0]).stem)
    errors += place_errors(out)
    if errors:
        raise UserError(*errors)
    asked = _asked(files, beside, columns, embed)
    refuse_another(out, "measure", "measurement", asked)
    tally, theirs = _read(paths, columns, reference, strict)

    from collapse.commands.measure.document import document
    from collapse.commands.measure.figure import draw, quoted
    from collapse.commands.measure.table import show
    from collapse.report.labels import lacking
    from collapse.report.run_summary import plain

    with live_bars() as bars:
        task = bars.add_task("measuring", total=None, now="words")
        report = lambda what: bars.update(task, now=what)  # noqa: E731
        found = document(tally, theirs, embedder, report, columns.classes)
    found["notes"] += lacking(quoted(found))
    told = plain({"command": "measure", "format": 1, "asked": asked} | found)
    told = write_result(out, "measure", told, lambda: draw(found))
    if not quiet:
        show(told)
    return told


def _read(
    paths: list[Path], columns: Columns, reference: Path | None, strict: bool
) -> tuple[Tally, Corpus | None]:
    """What is in the files, and in the reference, with one table of texts."""
    troubles = Troubles(ALL_TOLD) if strict else Troubles()
    tally, errors = Tally(troubles=troubles), []
    with Reading() as reading:
        attempt(errors, read, paths, columns, tally, reading.report)
        theirs = attempt(errors, _read_reference, reference, columns.field, tally, reading.report)
    if columns.field and not tally.columned and not errors:
        errors.append(f"There is no column anywhere: leave out --field {columns.field}.")
    if strict:
        errors += tally.left_out + troubles.sentences()
    if errors:
        raise UserError(*dict.fromkeys(errors))
    return tally, theirs


def counted(path: Path, columns: Columns, reference: Path | None) -> tuple[Tally, Corpus | None]:
    """The answers of one file, and those of the reference, numbered by one table of texts; None
    without one. Raises ``UserError``."""
    return _read([path], columns, reference, False)


def _read_reference(path: Path | None, column: str | None, tally: Tally, report) -> Corpus | None:
    """The answers of a reference as one corpus: from the same column if it has that, or else from
    one that is guessed."""
    from collapse.commands.measure.reference import enough

    if path is None:
        return None
    for wanted in dict.fromkeys((column, None)):
        other = Tally(tally.texts, troubles=Troubles(tally.troubles.most))
        try:
            read([path], Columns(field=wanted), other, report)
            break
        except UserError:
            if wanted is None:
                raise
    tally.columned = tally.columned or other.columned
    tally.notes += [f"Reference: {note}" for note in other.notes]
    tally.left_out += other.left_out
    tally.troubles.add(other.troubles)
    corpus = other.whole("reference")
    enough(corpus, path)
    return corpus


class Reading:
    """A live bar of how many megabytes of each file are read."""

    def __init__(self):
        self.bars, self.tasks = live_bars(), {}

    def __enter__(self) -> "Reading":
        self.bars.start()
        return self

    def __exit__(self, *_) -> None:
        self.bars.stop()

    def report(self, done: int, size: int, name: str) -> None:
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(f"reading {name}", total=0, now="MB")
        total, done = -(-size // 1_000_000), -(-done // 1_000_000)
        self.bars.update(self.tasks[name], total=total, completed=min(done, total))


def _asked(
    files: list[Source], reference: list[Source], columns: Columns, embed: str | None
) -> dict:
    """What a measurement is of: the same again may be written over it."""
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
        "embed": embed and {embed: digest(Path(embed.rpartition(":")[0]))},
    }
