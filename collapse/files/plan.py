"""Where in the records of a file everything is: by its format, by options, or by its columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from collapse.errors import UserError
from collapse.files import columns
from collapse.files.containers import Source
from collapse.files.formats import Format
from collapse.files.names import MODELS, PROMPTS, SCORES
from collapse.files.paths import first, has, values
from collapse.files.recognise import matching, paths_of
from collapse.files.troubles import DEFAULT_LEFT_OUT, FileRead


@dataclass(frozen=True)
class Columns:
    """Columns, or paths, by the options of a command; None if not given."""

    field: str | None = None
    prompt: str | None = None
    group_by: str | None = None
    classes: str | None = None
    scores: str | None = None
    right: str | None = None  # of right answers, or of whether the answer is right
    without: frozenset[str] = DEFAULT_LEFT_OUT  # marks of answers that are left out


@dataclass(frozen=True)
class Plan:
    """Where in the records of a file everything is. ``format``: as that says; else ``answers`` are
    paths, and several are joined."""

    format: Format | None = None
    answers: tuple[str, ...] = ()
    prompt: str | None = None
    group_by: str | None = None
    beside: tuple[str, ...] = ()  # columns without a role that have a usual name
    lists: frozenset[str] = frozenset()  # columns of a table whose cells hold lists
    guessed: bool = False  # whether the column of the answers was not named
    bare: bool = False  # records are texts, without columns
    once: str | None = None  # of a format that repeats samples: rows with ``once_value`` here
    once_value: Any = None  # are read
    model: str | None = None  # of all answers of the file, where its directory tells it


def plan_of(
    source: Source, rows: Sequence[dict], wanted: Columns, lists: set[str], about: FileRead
) -> Plan:
    """The plan of a file with the first records ``rows``. Raises ``UserError``."""
    roles = {"prompt": wanted.prompt, "group_by": wanted.group_by}
    roles |= {"classes": wanted.classes, "scores": wanted.scores, "right": wanted.right}
    named = {role: path for role, path in roles.items() if path}
    if not rows:
        if named:
            flags = (f"--{role.replace('_', '-')} {path}" for role, path in named.items())
            raise UserError(f"{source} has no columns: leave out {' and '.join(flags)}.")
        return Plan(bare=True)
    found = matching(rows)
    needed = [p for role, p in named.items() if not _known(role, p, found, rows)]
    needed += _fields(rows, wanted)
    columns.missing(str(source), needed, rows)
    if wanted.field is None and found is not None:
        plan = _plan_of_format(source, rows, found, wanted, about)
    else:
        plan = _plan_of_columns(source, rows, wanted, set(named.values()), about)
    opened = lists & roots(plan, wanted)
    for name in sorted(opened):
        about.note(f"The cells of the column {name} hold lists or objects, and are read as such.")
    return replace(plan, lists=frozenset(opened))


def _fields(rows: Sequence[dict], wanted: Columns) -> list[str]:
    """The columns of the answers that the user names: one, or several with commas."""
    if wanted.field is None or any(has(row, wanted.field) for row in rows):
        return [wanted.field] if wanted.field else []
    return [part.strip() for part in wanted.field.split(",")]


def roots(plan: Plan, wanted: Columns) -> set[str]:
    """The columns that are needed: those that a path begins with."""
    paths = [*plan.answers, plan.prompt, plan.group_by, plan.once, *plan.beside, SCORES]
    paths += [wanted.classes, wanted.scores, wanted.right]
    if plan.format:
        paths += [path for held in paths_of(plan.format).values() for path in held.split(", ")]
    named = [path for path in paths if path]
    return {*named, *(path.split(".")[0].split("[")[0] for path in named)}


def _known(role: str, path: str, found: Format | None, rows: Sequence[dict]) -> bool:
    """Whether an option names what a format holds elsewhere, such as ``--group-by model``."""
    if found is None or role != "group_by" or path != "model":
        return False
    told = found.model or found.sides or found.by_directory
    return bool(told) and not any(has(row, path) for row in rows)


def _plan_of_format(source, rows, found: Format, wanted: Columns, about: FileRead) -> Plan:
    if not (found.answers or found.turns or found.sides):
        raise UserError(
            f"{source} holds verdicts of a judge ({found.name}) and no answers. Give it to collapse"
            " calibrate, or name a column of texts by --field."
        )
    about.format = found.name
    about.paths = paths_of(found, rows)
    group_by = wanted.group_by
    if group_by and _known("group_by", group_by, found, rows):
        group_by = "(model)"
    about.paths |= {r: p for r, p in (("prompt", wanted.prompt), ("group", wanted.group_by)) if p}
    once, only = None, None
    if found.once and has(rows[0], found.once):
        once, only = found.once, first(rows[0], found.once)
        if any(first(row, found.once) != only for row in rows):
            about.note(
                f"Samples are logged under several values of {found.once}: those under {only!r} "
                "are read, so that each counts once."
            )
    beside = tuple(found.model[:1]) if not wanted.group_by and found.model else ()
    plan = Plan(found, prompt=wanted.prompt, group_by=group_by, beside=beside, guessed=True)
    if found.by_directory:
        plan = replace(plan, model=source.directory)
    return replace(plan, once=once, once_value=only)


def _plan_of_columns(source, rows, wanted: Columns, taken: set[str], about: FileRead) -> Plan:
    names = columns.columns_of(rows)
    if wanted.field is None:
        answers: tuple[str, ...] = (columns.choose(str(source), rows, taken),)
    else:
        answers = tuple(_fields(rows, wanted))
    prompt = wanted.prompt
    many = any(len(values(row, answers[0])) > 1 for row in rows)
    many = many or any(isinstance(first(row, answers[0]), list) for row in rows)
    if prompt is None and "prompt" in names and "prompt" not in answers and many:
        prompt = "prompt"  # a record with a list of answers is one prompt, asked several times
        about.note("The prompts are in the column prompt.")
    used = {*answers, *taken, prompt}
    usual = (frozenset() if wanted.group_by else MODELS) | (frozenset() if prompt else PROMPTS)
    beside = tuple(name for name in names if name not in used and name.lower() in usual)
    paths = {"answers": ", ".join(answers), "prompt": prompt, "group": wanted.group_by}
    about.paths = {role: path for role, path in paths.items() if path}
    guessed = wanted.field is None
    return Plan(None, answers, prompt, wanted.group_by, beside, guessed=guessed)
