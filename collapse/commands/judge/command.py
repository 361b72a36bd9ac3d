"""``collapse judge``: the runs, the document, the table and the figure of a report card."""

import time
from pathlib import Path

from collapse.errors import UserError, attempt
from collapse.numerics.device import start_jax
from collapse.report import console
from collapse.report.overwrite import place_errors, place_for, refuse_another, write_result
from collapse.scenario.load import build, find, load_judge

LEAST = {
    "seeds": (2, "a band needs two"),
    "generations": (2, "what is lost is lost from the first on"),
    "n": (10, "a model of fewer items has no diversity to lose"),
}


def report_card(
    where: str, scenario: str, sizes: dict, key: int, out: Path | None, quiet: bool
) -> dict:
    """The card of a judge as a plain document; writes it, with its figure, to ``out``."""
    started = time.monotonic()
    out = out or place_for("cards", where.rsplit(":", 1)[-1])
    errors = sizes_wrong(sizes) + place_errors(out)
    attempt(errors, find, scenario)
    start_jax("single")
    judge = attempt(errors, load_judge, where)
    if errors:
        raise UserError(*errors)
    from collapse.commands.judge.document import asked, document
    from collapse.commands.judge.figure import draw
    from collapse.commands.judge.questions import ask
    from collapse.commands.judge.runs import bench
    from collapse.commands.judge.table import show
    from collapse.report.run_summary import plain

    world = build(scenario)
    tried = bench(judge, world, sizes["seeds"], sizes["generations"], sizes["n"], key)
    refuse_other_card(out, asked(tried, scenario))
    found = ask(tried, lambda text: console.say(f"  {text}", quiet))
    took = time.monotonic() - started
    card = document(where.rsplit("/", 1)[-1], tried, found, world.show, scenario, took)
    drawn = card
    card = write_result(out, "card", plain(card), lambda: draw(drawn, found))
    if not quiet:
        show(card)
    return card


def sizes_wrong(sizes: dict) -> list[str]:
    """A sentence for each size of which no card can be made."""
    return [
        f"{'-' * min(len(name), 2)}{name} must be at least {least}, not {sizes[name]}: {why}."
        for name, (least, why) in LEAST.items()
        if sizes[name] < least
    ]


def refuse_other_card(out: Path, asked: dict) -> None:
    """The same card again may replace what is there, another may not."""
    refuse_another(out, "card", "card", told(asked), lambda old: told(old | old["settings"]))


def told(asked: dict) -> dict:
    """What makes a card this one, by the names a reader knows."""
    return {"the judge" if name == "identity" else name: value for name, value in asked.items()}
