"""Which scenarios reproduce which paper: by BibTeX key or by name, and what to cite."""

import re
from pathlib import Path

from collapse.errors import UserError
from collapse.scenario.scenario import SIZES, Scenario, scenario_files, shipped
from collapse.suggest import unknown

PAPER = re.compile(r"\bpaper=\"([A-Za-z0-9_-]+)\"|^PAPER = \"([A-Za-z0-9_-]+)\"", re.MULTILINE)
QUESTIONS = "karpathy2025"  # the article whose questions have a folder of their own
ENTRY = re.compile(r"^@\w+\{([^,\s]+),.*?^\}$", re.MULTILINE | re.DOTALL)


def papers() -> dict[str, list[str]]:
    """{BibTeX key: names of the scenarios with its claims}, found without running the files: they
    write paper="KEY", or PAPER = "KEY"."""
    found: dict[str, list[str]] = {}
    for name, file in scenario_files().items():
        keys = dict.fromkeys(a or b for a, b in PAPER.findall(file.read_text()))
        for key in keys:
            found.setdefault(key, []).append(name)
    return dict(sorted(found.items()))


def chosen(asked: list[str]) -> dict[str, list[str]]:
    """{scenario: papers asked for} of keys, names of scenarios and files; for none all papers but
    the questions. An empty list of papers stands for all of that scenario. Raises ``UserError``."""
    known = papers()
    every = {name for names in known.values() for name in names}
    found: dict[str, list[str]] = {}
    errors = []
    for word in asked or (key for key in known if key != QUESTIONS):
        if word in known:
            for name in known[word]:
                found.setdefault(name, []).append(word)
        elif word.endswith(".py") and Path(word).is_file():
            found[word] = []
        elif (name := word.replace("_", "-")) in every:
            found[name] = []
        else:
            errors.append(unknown("paper or published scenario", word, [*known, *sorted(every)]))
    if errors:
        raise UserError(*errors)
    return found


def bibliography() -> dict[str, str]:
    """{key: entry} of the BibTeX file that ships with the toolkit."""
    text = (shipped("docs") / "references.bib").read_text(encoding="utf-8")
    return {entry[1]: entry[0] for entry in ENTRY.finditer(text)}


def runs_at(scenario: Scenario, size: str) -> bool:
    """Whether a scenario is run at a size."""
    return not scenario.minutes or size in scenario.minutes


def next_size(scenario: Scenario, size: str) -> str:
    """The first size from ``size`` on at which a scenario is run."""
    larger = SIZES[SIZES.index(size) :]
    return next((one for one in larger if runs_at(scenario, one)), SIZES[-1])
