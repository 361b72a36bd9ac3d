"""``collapse judge``: the report card of a judge, from its runs to the written files."""

import time
from pathlib import Path

from collapse.errors import UserError, attempt
from collapse.numerics.device import start_jax
from collapse.report.console import say
from collapse.report.document import document
from collapse.report.overwrite import place_errors, place_for, refuse_another, write_result
from collapse.scenario.load import build, find, load_judge

LEAST = {
    "seeds": (2, "an interval needs two"),
    "generations": (2, "losses are counted from the first model on"),
    "n": (10, "fewer items have no diversity to lose"),
}


def report_card(
    where: str, scenario: str, sizes: dict, key: int, out: Path | None, quiet: bool
) -> dict:
    """The document of a report card; written with its figure to ``out``."""
    started = time.monotonic()
    out = out or place_for("cards", where.rsplit(":", 1)[-1])
    errors = size_errors(sizes) + place_errors(out)
    attempt(errors, find, scenario)
    start_jax("single")
    judge = attempt(errors, load_judge, where)
    if errors:
        raise UserError(*errors)
    from collapse.commands.judge.document import asked, card_of
    from collapse.commands.judge.figure import draw
    from collapse.commands.judge.questions import ask
    from collapse.commands.judge.runs import bench
    from collapse.commands.judge.table import show_card

    world = build(scenario)
    tried = bench(judge, world, sizes["seeds"], sizes["generations"], sizes["n"], key)
    refuse_other_card(out, asked(tried, scenario))
    found = ask(tried, lambda text: say(f"  {text}", quiet))
    took = time.monotonic() - started
    card = card_of(where.rsplit("/", 1)[-1], tried, found, world.show, scenario, took)
    result = write_result(out, "card", document("judge", card), lambda: draw(card, found))
    if not quiet:
        show_card(result)
    return result


def size_errors(sizes: dict) -> list[str]:
    """A sentence for each size that is too small for a card."""
    return [
        f"{'-' * min(len(name), 2)}{name} must be at least {least}, not {sizes[name]}: {why}."
        for name, (least, why) in LEAST.items()
        if sizes[name] < least
    ]


def refuse_other_card(out: Path, asked: dict) -> None:
    """Raise ``UserError`` if ``out`` holds another card; the same one may be replaced."""
    refuse_another(out, "card", "card", _named(asked), lambda old: _named(old | old["settings"]))


def _named(asked: dict) -> dict:
    return {"the judge" if name == "identity" else name: value for name, value in asked.items()}
