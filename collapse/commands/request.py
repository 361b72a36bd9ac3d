"""From the options of the command line to a scenario that is ready to run. All mistakes at once."""

import re
from dataclasses import dataclass, fields
from pathlib import Path

from collapse.errors import UserError, attempt
from collapse.numerics.device import start_jax
from collapse.scenario.load import build, find, load_judge
from collapse.scenario.scenario import Scenario, taking

DEFAULT_SCENARIO = "jokes"
READING = ("field", "unit", "tokens", "length", "vocab")  # how a file of text is read


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
    """The scenario that the options describe, prepared. All mistakes at once."""
    counts = {k: getattr(options, k) for k in ("seeds", "generations", "batch_seeds")}
    errors = number_errors(counts, options.precision)
    if not 0 <= options.key < 2**32:
        errors.append(f"--key must be from 0 to {2**32 - 1}, not {options.key}.")
    errors += reading_errors(options)
    if options.data is None and options.name is None:
        errors.append("Name a scenario (collapse list scenarios), or give a file with --data.")
    name = options.name or DEFAULT_SCENARIO
    attempt(errors, find, name)
    given = attempt(errors, data_for, options, name) if options.data else {}
    start_jax(options.precision)
    judge = attempt(errors, load_judge, options.judge) if options.judge else None
    known = not any(sentence.startswith("There is no scenario") for sentence in errors)
    usable = known and given is not None
    scenario = attempt(errors, build, name, size=options.size, **given) if usable else None
    if scenario is not None:
        scenario = attempt(errors, _adapted, scenario, options, judge)
    if errors or scenario is None:
        raise UserError(*errors)
    from collapse.scenario.overrides import overwritten
    from collapse.scenario.prepare import prepare_scenario

    own = [x for x in options.settings or [] if ".py" in x]  # parts from files of the user's
    trial = judge is not None or str(options.name).endswith(".py") or bool(own)
    ready = prepare_scenario(scenario, trial)
    if errors := overwritten(scenario, ready, options.settings or []):
        raise UserError(*errors)
    return ready


def number_errors(counts: dict[str, int | None], precision: str) -> list[str]:
    """A sentence for each count below 1, and for a precision there is not."""
    errors = [
        f"--{name.replace('_', '-')} must be at least 1, not {value}."
        for name, value in counts.items()
        if value is not None and value < 1
    ]
    if precision not in ("single", "double"):
        errors.append(f"--precision must be single or double, not {precision!r}.")
    return errors


def reading_errors(options: Options) -> list[str]:
    """A sentence for each option that says how to read a file, where there is none."""
    if options.data is not None:
        return []
    given = [f"--{x}" for x in (*READING, "labels") if getattr(options, x) is not None]
    return [f"{flag} says how to read a file: give one with --data." for flag in given]


def data_for(options: Options, name: str) -> dict:
    """The user's file as what the scenario takes: a corpus, or images."""
    if name.replace("_", "-") in taking("images"):
        from collapse.data import load_images

        given = [f"--{x}" for x in READING if getattr(options, x) is not None]
        if given:
            flags = " and no ".join(given)
            raise UserError(f"{name} takes images, for which there is no {flags}: leave it out.")
        return {"images": load_images(options.data, options.labels)}
    if options.labels is not None:
        raise UserError(f"{name} takes no images, which --labels is for: leave it out.")
    return {"corpus": _corpus(options)}


def _corpus(options: Options):
    """The user's file as a corpus, or the built-in English text if ``--data prose`` is no file."""
    from collapse.data import load_corpus, prose
    from collapse.data.corpus import VOCABULARY

    if options.vocab is not None and options.tokens != "bpe":
        raise UserError("--vocab is how many tokens bpe learns: give --tokens bpe with it.")
    how = {"length": options.length, "vocabulary": options.vocab or VOCABULARY}
    if str(options.data) == "prose" and not options.data.exists():
        if options.field or options.unit:
            raise UserError(
                "The built-in prose has no --field and is always a blob: leave them out."
            )
        return prose(tokens=options.tokens or "word", **how)
    reading = {name: getattr(options, name) for name in ("field", "unit", "tokens")}
    return load_corpus(options.data, **reading, **how)


def _adapted(scenario: Scenario, options: Options, judge) -> Scenario:
    """The scenario with the user's judge, settings, seeds and generations."""
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
    """What figures call arms that a user's judge is in: after it, and not after the one it took the
    place of; with the regime, if that tells them apart, else with the arm."""
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
    """The options that make a run another one than its scenario is as shipped, as they are written.

    Figures state them. Numbers of seeds and generations are not among them: they are seen.
    """
    judge = Path(options.judge) if options.judge else None  # files by their names, without folders
    given = {"size": options.size, "judge": judge, "data": options.data}
    given |= {name: getattr(options, name) for name in (*READING, "labels")}
    given["precision"] = None if options.precision == "single" else options.precision
    names = {k: value.name if isinstance(value, Path) else value for k, value in given.items()}
    said = [f"--{name} {value}" for name, value in names.items() if value is not None]
    return (*said, *(f"--set {setting}" for setting in options.settings or []))
