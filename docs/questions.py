"""Write docs/questions.md and its pictures from what ``collapse reproduce karpathy2025`` has kept.

collapse reproduce karpathy2025
python docs/questions.py reproduced/quick

The answers are written in docs/questions/NAME.md, with the names of claims in braces where a
measured number belongs.
"""

import json
import re
import sys
from pathlib import Path

from gallery import DOCS, claims, picture

from collapse.report.numbers import estimate, number
from collapse.stats.estimate import Estimate

LONGEST = 150  # words of an answer
ORDER = """jokes three-jokes cold-jokes supervision judges-compared same-answer internet tokenizer
    sampling-or-rl dreams evolution cognitive-core growing-old entropy-bonus""".split()  # noqa: SIM905
NAMED = re.compile(r"\{([^{}]+)\}")
HEAD = """# Questions

The toolkit began with an article: Andrej Karpathy on what today's AI lacks (2025). Each question
below is a scenario with claims that can fail, in a toy setting that differs from real models as the
tables say. Numbers are means with 95 % intervals, from `collapse reproduce karpathy2025`; this page
is written by `python docs/questions.py reproduced/quick`. The article's remark that models are
ghosts, which imitate people and did not evolve, cannot be tested here.
"""


def filled(text: str, rows: list[dict]) -> str:
    """The answer with measured numbers in place of the names of claims."""
    ours = {row["claim"]: shown(row["ours"]) for row in rows if "ours" in row}
    missing = sorted(set(NAMED.findall(text)) - set(ours))
    if missing:
        raise SystemExit(f"No claim has the name {', '.join(map(repr, missing))}: {sorted(ours)}")
    return NAMED.sub(lambda found: ours[found[1]], text)


def shown(ours: dict) -> str:
    """A measured number with its interval; of an exact one the number alone."""
    found = Estimate.of(ours)
    return number(found.value, 3) if found.low == found.high else estimate(found, 3)


def section(scenario: dict, rows: list[dict], kept: Path) -> list[str]:
    """Question, answer, figure, command and claims of a scenario."""
    name = scenario["scenario"]
    title, text = (DOCS / "questions" / f"{name}.md").read_text().split("\n", 1)
    answer = filled(text.strip(), rows)
    if len(answer.split()) > LONGEST:
        raise SystemExit(f"The answer of {name} has {len(answer.split())} words, not {LONGEST}.")
    made = f"`collapse reproduce {name}`, {number(scenario['seconds'] / 60, 2)} minutes."
    image = picture(kept / "runs" / name, name)
    return [
        f"#{title}",
        "",
        answer,
        "",
        f"![{title[2:]}]({image})",
        "",
        made,
        "",
        *claims(rows),
        "",
    ]


def main(kept: Path) -> None:
    document = json.loads((kept / "reproduced.json").read_text())
    asked = {each["scenario"]: each for each in document["scenarios"]}
    lines = [HEAD]
    for scenario in map(asked.get, ORDER):
        own = [row for row in document["claims"] if row["scenario"] == scenario["scenario"]]
        lines += section(scenario, own, kept)
    (DOCS / "questions.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
