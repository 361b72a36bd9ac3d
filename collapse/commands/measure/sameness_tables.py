"""Tables of kinds of sameness, and of models against each other."""

from rich.table import Table

from collapse.commands.measure.sameness import POINTS
from collapse.report.numbers import number
from collapse.report.tables import add, table

KINDS = {"equal": "equal", "near": "near", "meaning": "by meaning (vectors)"}


def kinds_of_sameness(found: dict) -> Table:
    """Equal, near and similar answers side by side; of a single corpus at every threshold."""
    n, about = found["answers"], found["corpora"]
    alone, points = len(about) == 1, [k for k in map(str, POINTS) if int(k) < n]
    title = f"When two answers are the same: {n:,} answers{'' if alone else ' each'}"
    prompts = any(one["equal"]["same_answer"] is not None for one in about.values())
    headings = ["different", "effective", "two equal"]
    headings += ["two to a prompt"] * prompts + [f"U({k})" for k in points]
    made = table(title, "", *headings, *["stable"] * alone)
    for name, one in about.items():
        for kind, entry in _entries(one, None if alone else found["stated"]):
            at = "" if entry["threshold"] is None else f" at {entry['threshold']:g}"
            cells = [f"{entry['clusters']:,}", number(entry["effective_number"])]
            cells.append(number(entry["collision"]))
            cells += [number(entry["same_answer"])] * prompts
            cells += [number(entry["among"][k]) for k in points]
            cells += [number(entry["agreement"])] * alone
            add(made, f"{KINDS[kind]}{at}" if alone else f"{name}, {KINDS[kind]}{at}", *cells)
    return made


def _entries(one: dict, stated: float | None):
    """(kind, measures) of a corpus; of swept kinds at the ``stated`` threshold alone, or at all."""
    yield "equal", one["equal"]
    for kind in ("near", "meaning"):
        for entry in one[kind] or ():
            if stated is None or entry["threshold"] == stated:
                yield kind, entry
