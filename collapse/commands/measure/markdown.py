"""A measurement as Markdown, for a pull request: verdict, numbers, the comparison, gates."""

import re

from collapse.commands.measure.comparison_sentences import WORDS
from collapse.errors import harmless
from collapse.report.numbers import estimate, interval, number
from collapse.stats.estimate import Estimate

ROWS = (
    ("n", "answers"),
    ("different", "different answers"),
    ("effective_number", "effective number"),
    ("hill_2", "Hill number 2"),
    ("collision", "probability that two are equal"),
    ("distinct_2", "distinct-2"),
)
PROMPTED = (
    ("prompts", "prompts"),
    ("different_a_prompt", "different answers to a prompt"),
    ("same_answer", "probability that two to a prompt are equal"),
    ("per_prompt_entropy", "entropy within a prompt (nats)"),
)
MARKUP = re.compile(r"([\\`*_\[\]#|~$])")


def text(value: str) -> str:
    """Text that Markdown shows as it is: no markup, no cell border, no mention of a person."""
    safe = " ".join(harmless(str(value)).split())
    safe = MARKUP.sub(r"\\\1", safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    return safe.replace("@", "@<!-- -->")


def table(headings: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a table of cells that are Markdown already; the first column is on the left."""
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)], *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines] + [""]


def markdown(found: dict) -> str:
    """The document of a measurement as Markdown."""
    about = found["corpora"]
    lines = ["### How varied are the answers?", ""]
    lines += [f"- {text(sentence)}" for sentence in found["verdict"]] + [""]
    lines += table(["", *map(text, about)], _numbers(about))
    if found["comparison"]:
        lines += _comparison(found["comparison"])
    if found["gates"]:
        lines += table(["gate", "", "value", "threshold", ""], list(map(_gate, found["gates"])))
    lines += [f"Note: {text(sentence)}  " for sentence in found["notes"]]
    return "\n".join(lines).rstrip() + "\n"


def _numbers(about: dict) -> list[list[str]]:
    rows = [[what, *(_cell(one[key]) for one in about.values())] for key, what in ROWS]
    if any("prompts" in one for one in about.values()):
        rows += [
            [what, *(_cell(one.get("prompts", {}).get(key)) for one in about.values())]
            for key, what in PROMPTED
        ]
    return rows


def _cell(value) -> str:
    if isinstance(value, dict | Estimate):
        return estimate(value)
    return f"{value:,}" if isinstance(value, int) else number(value)


def _comparison(found: dict) -> list[str]:
    headings = ["", text(found["first"]), text(found["second"]), "change", "95 %", "p", ""]
    rows = [
        [
            WORDS[row["name"]],
            number(row["first"]),
            number(row["second"]),
            change(row),
            interval(row["difference"]).replace("*", r"\*"),
            p_value(row["p_together"]),
            "**differs**" if row["differs"] else "not significant",
        ]
        for row in found["headlines"]
    ]
    note = f"p: for all {found['together']} numbers together ({found['correction']})."
    return [*table(headings, rows), note, ""]


def change(row: dict) -> str:
    """A difference with its sign, or a ratio."""
    value = row["difference"]["value"]
    if row["scale"] == "ratio":
        return f"x {number(value)}"
    return f"+{number(value)}" if value > 0 else number(value)


def p_value(p: float) -> str:
    """A p value: two digits, and none of its own below 0.001."""
    return "< 0.001" if p < 0.001 else f"{p:.2g}" if p < 0.1 else f"{p:.2f}"


def _gate(row: dict) -> list[str]:
    passed = "passes" if row["passed"] else "**fails**"
    value = estimate(row["value"]).replace("*", r"\*")
    return [f"`{row['gate']}`", text(row["corpus"]), value, number(row["threshold"]), passed]
