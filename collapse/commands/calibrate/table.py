"""A calibration in the terminal."""

from rich.table import Table

from collapse.report.numbers import bound, interval, number
from collapse.report.tables import add, show, table
from collapse.stats.estimate import Estimate

MEANINGS = {
    "keep_right": "right items kept",
    "keep_wrong": "wrong items kept",
    "kept": "kept of all",
    "right_unlabelled": "right of those without a label",
    "area": "right above wrong",
    "first": "the first wins",
    "better": "the better wins",
    "longer": "the longer wins",
    "first_twice": "first, in both orders",
    "second_twice": "second, in both orders",
    "favours_first": "first, where order decides",
    "consistent": "the same in both orders",
    "repeated": "the same when judged again",
    "repeat_noise": "noise when judged again",
    "self": "the judge's own answers",
    "family": "answers of the judge's maker",
    "markdown": "bold, headings, code",
    "lists": "lists",
    "agreement": "agrees with people or labels",
    "kappa": "Cohen's kappa",
    "alpha": "Krippendorff's alpha",
    "fleiss": "Fleiss' kappa",
    "calibration_error": "expected calibration error",
    "abstained": "without a verdict",
}


def show_calibration(found, judge: str | None, why: str, troubles: dict) -> None:
    """Print the rows that could not be read, the estimates, what is not identified and why, the
    sentences, and the judge file."""
    methods = dict.fromkeys(each.method for each in found.estimates.values() if each.method)
    if troubles["count"]:
        show(troubles["sentences"], f"Lines that could not be read: {troubles['count']:,}.")
    show(
        found.notes,
        estimates_table(found),
        bases_of(found),
        reasons_of(found),
        *([diagram_table(found)] if found.diagram else []),
        f"Intervals: {'; '.join(methods)}.",
        found.sentences,
    )
    if judge is None:
        show(f"No judge is written: {why}.")
    else:
        show(
            f"Written. What training on this judge does: collapse judge {judge}",
            f"Try it: collapse run jokes --judge {judge}",
        )


def estimates_table(found) -> Table:
    """All estimates with their intervals and base rates; those that are not known stand below
    it."""
    heads = ("estimate", "95 % interval", "base rate")
    made = table(f"{found.rows} verdicts", "", *heads, fold=False)
    made.columns[0].no_wrap = False  # in a narrow terminal names are folded, and never numbers cut
    for name, each in found.estimates.items():
        if each.best is None:
            continue
        unit = "" if each.unit in ("share", "") else f" ({each.unit})"
        value = number(each.value) if each.known else bound(each)
        base = number(found.bases[name].value) if name in found.bases else ""
        add(made, _name(name) + unit, value, interval(each), base)
    return made


def bases_of(found) -> list[str]:
    """What the base rates are, those of one meaning together."""
    names: dict[str, list[str]] = {}
    for name, base in found.bases.items():
        if name in found.estimates and found.estimates[name].best is not None:
            names.setdefault(base.meaning, []).append(_name(name))
    told = [f"{', '.join(of)}: {meaning}" for meaning, of in names.items()]
    return [f"Base rates: {'; '.join(told)}."] if told else []


def reasons_of(found) -> list[str]:
    """Why numbers are not known or have no interval, those of one reason together."""
    names: dict[tuple[str, str], list[str]] = {}
    for name, each in found.estimates.items():
        if each.best is None or interval(each) == "-":
            lacking = "No interval" if each.known else "Not identified"
            reason = each.reason.removeprefix("not estimated: ")
            names.setdefault((lacking, reason), []).append(_name(name))
    return [f"{lacking}: {'; '.join(of)}: {why}." for (lacking, why), of in names.items()]


def diagram_table(found) -> Table:
    """The bins of the reliability diagram."""
    made = table("Scores as probabilities", "score", "rows", "mean score", "right", "95 % interval")
    for each in found.diagram:
        right = Estimate.of(each["right"])
        where = f"{each['low']:.1f} to {each['high']:.1f}"
        cells = (number(each["score"]), number(right.value), interval(right))
        add(made, where, str(each["n"]), *cells)
    return made


def _name(name: str) -> str:
    return MEANINGS.get(name, name)
