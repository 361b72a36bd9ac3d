"""A comparison in the terminal: differences, half-lives, and the course of each curve."""

from collapse.report.numbers import CLIPPED, estimate, interval, methods, number
from collapse.report.tables import add, saved, show, table

DIFFERS = {True: "differs", False: "", None: "not known"}


def show_comparison(document: dict, level: float | None) -> None:
    """Print the document of two runs or arms."""
    for arms in dict.fromkeys(row["arms"] for row in document["rows"]):
        headings = ("", "first", "second", "difference", "interval", " ")
        made = table(f"{arms}, at generation {document['generation']}", *headings)
        for row in document["rows"]:
            if row["arms"] == arms:
                add(made, *_differences(row))
        show(made)
    show(
        f"Half-life of the effective number, {row['arms']}: {_lives(row)}"
        for row in document["half_lives"]
        if "first" in row
    )
    gaps = [row["difference"] for row in document["rows"]]
    pairing = "paired" if document["paired"] else "not paired"
    show(f"Intervals over seeds: {methods(gaps)}, {pairing}.")
    if any(
        row[k]["clipped"] for row in document["rows"] for k in ("first", "second", "difference")
    ):
        show(CLIPPED)
    show(document["cautions"], document["verdict"], saved(document))
    show_courses(document["courses"], level)


def _lives(row: dict) -> str:
    both = (row["first"], row["second"])
    texts = (estimate(life, 4, to) for life, to in zip(both, row["to"], strict=True))
    return f"{' and '.join(texts)} ({methods(both)})"


def _differences(row: dict) -> list[str]:
    gap = row["difference"]
    numbers = [number(x["value"], 4) for x in (row["first"], row["second"], gap)]
    return [_name(row), *numbers, interval(gap, 4), DIFFERS[row["differs"]]]


def show_courses(rows: list[dict], level: float | None) -> None:
    """Print a table of courses for each arm, and the methods of their intervals."""
    at_level = [] if level is None else [f"down or up to {level:g}"]
    headings = ("", "trend per generation", "half-life", *at_level, "jump", "in words")
    several = len({row["run"] for row in rows}) > 1
    for run, arm in dict.fromkeys((row["run"], row["arm"]) for row in rows):
        name = f"{run}:{arm}" if several else arm
        made = table(f"{name}, over generations", *headings, left=len(headings))
        for row in rows:
            if (row["run"], row["arm"]) == (run, arm):
                add(made, *_course(row, level))
        show(made)
    used = [row[k] for row in rows for k in ("trend", "half_life", "wait") if row[k]]
    show(f"Intervals over seeds: {methods(used)}.")


def _course(row: dict, level: float | None) -> list[str]:
    jump, last = row["jump"], row["to"]
    given = [row["trend"], row["half_life"], *([] if level is None else [row["wait"]])]
    given.append(jump["when"] if jump and jump["is"] else None)
    cells = ["-" if each is None else estimate(each, last=last) for each in given]
    return [_name(row), *cells, row["words"]]


def _name(row: dict) -> str:
    return row["measure"].replace("_", " ")
