"""Turn the options of the command line into a prepared scenario; all errors are raised together."""

import re
from dataclasses import dataclass, fields
from pathlib import Path

from collapse.errors import UserError, attempt
from collapse.numerics.device import start_jax
from collapse.scenario.load import build, find, load_judge
from collapse.scenario.scenario import Scenario, taking

DEFAULT_SCENARIO = "jokes"
READING = ("field", "unit", "tokens", "length", "vocab")  # options for reading a text file


@dataclass(frozen=True)
class Options:
    """The options of ``collapse run``; None means not given."""

    name: str | None = None
    seeds: int | None = None
    generations: int | None = None
    out: Path | None = None
    judge: str | None = None
    settings: list[str] | None = None
    data: Path | None = None
    field: str | None = None
    unit: str | None = None
    tokens: str | None = None
    length: int | None = None
    vocab: int | None = None
    labels: Path | None = None
    key: int = 0
    batch_seeds: int | None = None
    precision: str = "single"
    size: str | None = None


FIELDS = [field.name for field in fields(Options)]


def scenario_of(options: Options) -> Scenario:
    """The prepared scenario of the options. Raises ``UserError`` with all errors."""
    from collapse.scenario.overrides import overwritten
    from collapse.scenario.prepare import prepare_scenario

    scenario = unprepared(options)
    own = [x for x in options.settings or [] if ".py" in x]  # parts from the user's files
    trial = options.judge is not None or str(options.name).endswith(".py") or bool(own)
    ready = prepare_scenario(scenario, trial)
    if errors := overwritten(scenario, ready, options.settings or []):
        raise UserError(*errors)
    return ready


def unprepared(options: Options) -> Scenario:
    """The scenario of the options before it is prepared. Raises ``UserError`` with all errors."""
    counts = {k: getattr(options, k) for k in ("seeds", "generations", "batch_seeds")}
    errors = number_errors(counts, options.precision)
    errors += key_errors(options.key)
    errors += reading_errors(options)
    if options.data is None and options.name is None:
        errors.append("Name a scenario (collapse list scenarios), or give a file with --data.")
    name = options.name or DEFAULT_SCENARIO
    known = attempt(errors, find, name) is not None
    given = attempt(errors, data_for, options, name) if options.data else {}
    start_jax(options.precision)
    judge = attempt(errors, load_judge, options.judge) if options.judge else None
    scenario = None
    if known and given is not None:
        scenario = attempt(errors, build, name, size=options.size, **given)
    if scenario is not None:
        scenario = attempt(errors, _adapted, scenario, options, judge)
    if errors or scenario is None:
        raise UserError(*errors)
    return scenario


def number_errors(counts: dict[str, int | None], precision: str) -> list[str]:
    """Errors of counts below 1 and of an unknown precision."""
    errors = [
        f"--{name.replace('_', '-')} must be at least 1, not {value}."
        for name, value in counts.items()
        if value is not None and value < 1
    ]
    if precision not in ("single", "double"):
        errors.append(f"--precision must be single or double, not {precision!r}.")
    return errors


def key_errors(key: int) -> list[str]:
    """The error of a --key outside its range; empty if there is none."""
    return [] if 0 <= key < 2**32 else [f"--key must be from 0 to {2**32 - 1}, not {key}."]


def reading_errors(options: Options) -> list[str]:
    """Errors of options for reading a file, if there is no file."""
    if options.data is not None:
        return []
    given = [f"--{x}" for x in (*READING, "labels") if getattr(options, x) is not None]
    return [f"{flag} says how to read a file: give one with --data." for flag in given]


def data_for(options: Options, name: str) -> dict:
    """The user's file as the scenario takes it: a corpus, or images."""
    if name.replace("_", "-") in taking("images"):
        from collapse.data import load_images

        given = [f"--{x}" for x in READING if getattr(options, x) is not None]
        if given:
            flags = " and ".join(given)
            raise UserError(f"{name} takes images, not text: leave out {flags}.")
        return {"images": load_images(options.data, options.labels)}
    if options.labels is not None:
        raise UserError(f"--labels is for images, and {name} takes none: leave it out.")
    return {"corpus": _corpus(options)}


def _corpus(options: Options):
    """The user's file as a corpus; for ``--data prose``, if it is not a file, the built-in text."""
    from collapse.data import load_corpus, prose
    from collapse.data.corpus import VOCABULARY
    from collapse.report.progress import Reading

    if options.vocab is not None and options.tokens != "bpe":
        raise UserError("--vocab is the vocabulary size of bpe: give --tokens bpe with it.")
    how = {"length": options.length, "vocabulary": options.vocab or VOCABULARY}
    if str(options.data) == "prose" and not options.data.exists():
        if options.field or options.unit:
            raise UserError(
                "--field and --unit do not apply to the built-in prose: leave them out."
            )
        return prose(tokens=options.tokens or "word", **how)
    reading = {name: getattr(options, name) for name in ("field", "unit", "tokens")}
    with Reading() as shown:
        return load_corpus(options.data, **reading, **how, report=shown.report)


def _adapted(scenario: Scenario, options: Options, judge) -> Scenario:
    """The scenario with the judge, settings, seeds and generations of the options."""
    from collapse.loop.limits import record_errors
    from collapse.numerics.pytree import replace
    from collapse.scenario.overrides import apply, replace_judge

    errors: list[str] = []
    as_shipped = scenario.arms
    if judge is not None:
        scenario = attempt(errors, replace_judge, scenario, judge) or scenario
    judged = scenario.arms
    scenario = attempt(errors, apply, scenario, options.settings or []) or scenario
    if errors:
        raise UserError(*errors)
    arms = scenario.arms
    labels = {k: text for k, text in scenario.labels.items() if arms.get(k) is as_shipped.get(k)}
    own = {k for k in arms if judged[k] is not as_shipped[k]}
    labels |= _labels_of_own(options.judge, {k: arms[k] for k in arms if k in own})
    if options.generations:
        arms = {k: replace(arm, generations=options.generations) for k, arm in arms.items()}
    seeds = options.seeds or scenario.seeds
    if errors := record_errors(list(arms.values()), seeds):
        raise UserError(*errors)
    more = {"labels": labels, "changes": changes_of(options)}
    return replace(scenario, arms=arms, seeds=seeds, **more)


def _labels_of_own(judge: str, arms: dict) -> dict[str, str]:
    """Labels of arms with a user's judge: its name, with the regime if that is unique, else with
    the arm."""
    name = Path(judge).name if judge else ""
    regimes = {
        k: re.sub("(?<=.)([A-Z])", r" \1", type(arm.regime).__name__) for k, arm in arms.items()
    }
    if len(arms) < 2:
        return dict.fromkeys(arms, name)
    if len({*regimes.values()}) == len(arms):
        return {k: f"{name}, {regime.lower()}" for k, regime in regimes.items()}
    return {k: f"{name}, in the arm {k}" for k in arms}


def changes_of(options: Options) -> tuple[str, ...]:
    """The options that change a scenario, for the notes of its figures; without the numbers of
    seeds and generations, which a figure shows anyway."""
    judge = Path(options.judge) if options.judge else None  # files by name, without folders
    given = {"size": options.size, "judge": judge, "data": options.data}
    given |= {name: getattr(options, name) for name in (*READING, "labels")}
    given["precision"] = None if options.precision == "single" else options.precision
    names = {k: value.name if isinstance(value, Path) else value for k, value in given.items()}
    flags = [f"--{name} {value}" for name, value in names.items() if value is not None]
    return (*flags, *(f"--set {setting}" for setting in options.settings or []))
