"""``collapse judge``: the runs, the document, the table and the figure of a report card."""

import re
import time
from pathlib import Path

from collapse import printing
from collapse.commands import attempt, numbers_wrong, start_jax
from collapse.errors import Mistake
from collapse.scenario import build, find, load_judge


def report_card(
    where: str, scenario: str, sizes: dict, key: int, out: Path | None, quiet: bool
) -> dict:
    """The card of a judge as a plain document; writes it, with its figure, to ``out``."""
    started = time.monotonic()
    wrong = numbers_wrong(sizes, "single")
    if sizes["seeds"] == 1:
        wrong.append("--seeds must be at least 2: a band needs two.")
    attempt(wrong, find, scenario)
    start_jax("single")
    judge = attempt(wrong, load_judge, where)
    if wrong:
        raise Mistake(*wrong)
    from collapse.card.bench import bench
    from collapse.card.figure import draw
    from collapse.card.questions import ask
    from collapse.card.report import document
    from collapse.card.table import show
    from collapse.figures import save_drawing
    from collapse.storage import write_json
    from collapse.summary import plain

    world = build(scenario)
    tried = bench(judge, world, sizes["seeds"], sizes["generations"], sizes["n"], key)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", where.rsplit(":", 1)[-1])
    out = out or Path("cards") / name
    found = ask(tried, lambda text: printing.say(f"  {text}", quiet))
    took = time.monotonic() - started
    card = document(where.rsplit("/", 1)[-1], tried, found, world.show, scenario, took)
    written = save_drawing(lambda: draw(card, found), out / "card")
    card = plain(card) | {"written": [str(p) for p in (*written, out / "card.json")]}
    write_json(out / "card.json", card)
    if not quiet:
        show(card)
    return card
