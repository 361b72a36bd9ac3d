"""Tables of kinds of sameness, and of models against each other."""

from rich.table import Table

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
    """The probability of the same answer to a prompt within and across models, the agreement when
    wrong with that by chance, and what all models together have."""
    names, wrong, ensemble = found["names"], found["wrong"], found["ensemble"]
    made = []
    if len(names) <= MODELS:
        title = "Model x model: probability of the same answer to a prompt"
        made.append(_matrix(title, names, found["collision"]))
    if wrong and len(names) <= MODELS:
        title = "Model x model: probability of the same answer if both are wrong"
        made.append(_matrix(title, names, wrong["agreement"], wrong["chance"]))
    if ensemble:
        title = f"All {len(names)} models as one, over {ensemble['prompts']:,} prompts"
        summary = table(title, "", "value", "95 %, over prompts")
        for key, what in ENSEMBLE.items():
            add(summary, what, number(ensemble[key]["value"]), interval(ensemble[key]))
        made.append(summary)
    return made


def _matrix(title: str, names: list[str], values: list, chance: list | None = None) -> Table:
    made = table(f"{title}{'; by chance in brackets' if chance else ''}", "", *names)
    for i, name in enumerate(names):
        cells = [number(value) for value in values[i]]
        if chance:
            cells = [f"{c} ({number(by)})" for c, by in zip(cells, chance[i], strict=True)]
        add(made, name, *cells)
    return made
