"""``collapse judge``: the report card of a judge, from its runs to the written files."""

import time
from pathlib import Path

from collapse.commands.request import key_errors
from collapse.errors import UserError, attempt
from collapse.numerics.device import start_jax
from collapse.report.console import say
from collapse.report.document import document
from collapse.report.overwrite import place_errors, place_for, refuse_another, write_result
from collapse.scenario.load import build, load_judge

USUAL = {"seeds": 16, "generations": 50, "n": 1000}
LEAST = {
    "seeds": (2, "an interval needs two"),
    "generations": (2, "losses are counted from the first model on"),
    "n": (10, "fewer items have no diversity to lose"),
}


def report_card(
    where: str,
    scenario: str,
    given: dict,
    calls: int | None,
    key: int,
    out: Path | None,
    quiet: bool,
) -> dict:
    """The document of a report card; written with its figure to ``out``. ``given``: sizes, None
    for the usual ones. ``calls``: the budget of a judge outside JAX."""
    started = time.monotonic()
    out = out or place_for("cards", where.rsplit(":", 1)[-1])
    errors = size_errors(given) + key_errors(key) + calls_errors(calls) + place_errors(out)
    start_jax("single")
    world = attempt(errors, build, scenario)
    judge = attempt(errors, load_judge, where)
    from collapse.rewards.external import asks_external

    outside = judge is not None and bool(asks_external(judge))
    if judge is not None:
        errors += budget_errors(outside, calls)
    for reward in asks_external(judge) if outside else ():
        errors += reward.validate()
    if errors or world is None:
        raise UserError(*errors)
    from collapse.commands.judge import outside as outside_jax
    from collapse.commands.judge.document import asked, card_of
    from collapse.commands.judge.figure import draw
    from collapse.commands.judge.questions import ask
    from collapse.commands.judge.runs import bench
    from collapse.commands.judge.table import show_card

    usual = outside_jax.SIZES if outside else USUAL
    sizes = {name: usual[name] if size is None else size for name, size in given.items()}
    tried = bench(judge, world, **sizes, key=key, calls=calls)
    refuse_other_card(out, asked(tried, scenario))
    found = ask(tried, lambda text: say(f"  {text}", quiet))
    took = time.monotonic() - started
    card = card_of(where.rsplit("/", 1)[-1], tried, found, world.show, scenario, took)
    if tried.memory:
        used, out_of = len(tried.memory.known), outside_jax.left_out(sizes, USUAL)
        card["outside"] = {"calls": calls, "used": used, "left_out": out_of}
    result = write_result(out, "card", document("judge", card), lambda: draw(card, found))
    if not quiet:
        show_card(result)
    return result


def size_errors(sizes: dict) -> list[str]:
    """A sentence for each size that is too small for a card."""
    return [
        f"{'-' * min(len(name), 2)}{name} must be at least {least}, not {sizes[name]}: {why}."
        for name, (least, why) in LEAST.items()
        if sizes[name] is not None and sizes[name] < least
    ]


def budget_errors(outside: bool, calls: int | None) -> list[str]:
    """A sentence if a judge outside JAX has no budget of calls, or another judge has one."""
    if outside and calls is None:
        return [
            "This judge is outside JAX: say with --calls how many different questions it may be "
            "asked, such as --calls 2000 (the world answers has 600 different answers)."
        ]
    if not outside and calls is not None:
        return ["--calls is for judges outside JAX; this one is asked nothing: leave it out."]
    return []


def calls_errors(calls: int | None) -> list[str]:
    """A sentence if a budget of calls allows none."""
    return [f"--calls must be at least 1, not {calls}."] if calls is not None and calls < 1 else []


def refuse_other_card(out: Path, asked: dict) -> None:
    """Raise ``UserError`` if ``out`` holds another card; the same one may be replaced."""
    refuse_another(out, "card", "card", _named(asked), lambda old: _named(old | old["settings"]))


def _named(asked: dict) -> dict:
    return {"the judge" if name == "identity" else name: value for name, value in asked.items()}
