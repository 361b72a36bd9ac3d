"""Tables of kinds of sameness, and of models against each other."""

from rich.table import Table

from collapse.commands.measure.near_map import at_stated
from collapse.commands.measure.sameness import POINTS
from collapse.report.numbers import interval, number
from collapse.report.tables import add, table

MODELS = 8  # that have a table of their own
ENSEMBLE = {
    "within": "two answers of one model are equal",
    "across": "answers of two models are equal",
    "effective_number_of_one": "effective number of one model (order 2)",
    "effective_number_of_all": "effective number of all (order 2)",
    "restored": "all over one",
}


def kinds_of_sameness(found: dict) -> Table:
    """Equal, near and similar answers side by side; of a single corpus at every threshold."""
    n, about = found["answers"], found["corpora"]
    alone, points = len(about) == 1, [k for k in map(str, POINTS) if int(k) < n][-1:]
    title = f"When two answers are the same: {n:,} answers{'' if alone else ' each'}"
    prompts = any(one["equal"]["same_answer"] is not None for one in about.values())
    headings = ["different", "effective", "two equal"]
    headings += ["same prompt"] * prompts + [f"U({k})" for k in points]
    left = [""] if alone else ["", ""]
    made = table(title, *left, *headings, *["stable"] * alone, left=len(left))
    for name, one in about.items():
        for kind, entry in _entries(one, None if alone else found["stated"]):
            at = "" if entry["threshold"] is None else f" {entry['threshold']:g}"
            names = [f"{kind}{at}"] if alone else [name if kind == "equal" else "", f"{kind}{at}"]
            cells = [f"{entry['clusters']:,}", number(entry["effective_number"])]
            cells.append(number(entry["collision"]))
            cells += [number(entry["same_answer"])] * prompts
            cells += [number(entry["among"][k]) for k in points]
            cells += [number(entry["agreement"])] * alone
            add(made, *names, *cells)
    return made


def _entries(one: dict, stated: float | None):
    """(kind, measures) of a corpus; of swept kinds at the ``stated`` threshold alone, or at all."""
    yield "equal", one["equal"]
    for kind in ("near", "meaning"):
        for entry in one[kind] or ():
            if stated is None or entry["threshold"] == stated:
                yield kind, entry


def models_against_models(found: dict) -> list[Table]:
    """The probability of the same answer, and of a near one, to a prompt within and across models,
    the agreement when wrong with that by chance, and what all models together have."""
    names, wrong, ensemble = found["names"], found["wrong"], found["ensemble"]
    near, made = at_stated(found["near"]), []
    if len(names) <= MODELS:
        title = "Model x model: probability of the same answer to a prompt; in brackets, of a near "
        title += f"one ({near['threshold']:g})"
        made.append(_matrix(title, names, found["collision"], near["collision"]))
    if wrong and len(names) <= MODELS:
        title = "Model x model: probability of the same answer if both are wrong; by chance in "
        made.append(_matrix(f"{title}brackets", names, wrong["agreement"], wrong["chance"]))
    if ensemble:
        title = f"All {len(names)} models as one, over {ensemble['prompts']:,} prompts"
        heads = ("value", "95 %, over prompts", f"near {near['threshold']:g}", "95 %")
        summary = table(title, "", *heads)
        for key, what in ENSEMBLE.items():
            both = [each[key] for each in (ensemble, near["ensemble"]) if each]
            add(summary, what, *(x for one in both for x in (number(one["value"]), interval(one))))
        made.append(summary)
    return made


def _matrix(title: str, names: list[str], values: list, beside: list) -> Table:
    """A matrix, with another in brackets."""
    made = table(title, "", *names)
    for name, row, others in zip(names, values, beside, strict=True):
        add(made, name, *(f"{number(x)} ({number(y)})" for x, y in zip(row, others, strict=True)))
    return made
