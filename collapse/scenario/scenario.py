"""Scenarios: named arms that share their random numbers, with the source that they reproduce.

Each scenario is one Python file, in ``scenarios/`` or elsewhere: a docstring whose first line is
the title, and a function ``scenario()`` that returns a ``Scenario``. If it takes an argument
``corpus`` or ``images``, the scenario runs on a user's text or images; with ``size``, it has the
``SIZES``. Listing scenarios reads titles without running files.
"""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # listing scenarios imports no numpy
    from collapse.scenario.claims import Claim


def shown(item) -> str:
    """Default text of an item (see ``collapse.scenario.show``)."""
    from collapse.scenario import show as showing

    return showing.shown(item)


# Names become file names. A name that ends in .py would be read as the path of a scenario.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?<!\.py)")
SIZES = ("quick", "laptop", "paper")  # one minute, ten minutes on two cores, as published


@dataclass(frozen=True)
class Scenario:
    """Named arms that run under the same random numbers. ``Scenario(name="mine", arms={...})`` is
    complete; the other fields say what it is about, what is shown of it, and what it claims."""

    name: str
    title: str = ""  # one line; default: the name
    arms: dict[str, Any] = field(default_factory=dict)  # name: Arm
    source: str = "none given"  # what it reproduces
    headline: tuple[str, ...] | None = None  # curves of the closing table, the most telling first;
    # default: the first three of the first arm
    seeds: int = 16
    block: int | None = None  # seeds per block; None: chosen by the model
    show: Callable = shown  # an item as text
    labels: dict[str, str] = field(default_factory=dict)  # arm: its name in figures
    changes: tuple[str, ...] = ()  # options that changed the scenario
    notes: tuple[str, ...] = ()  # shown before the run: guesses, unusual settings
    data: dict = field(default_factory=dict)  # facts of the corpus, for the manifest
    claims: "tuple[Claim, ...]" = ()  # tested by ``collapse verify``
    evidence: dict[str, Callable] = field(default_factory=dict)  # name: (key, seeds) -> record,
    # for claims that need other data than an arm's record
    thorough: int | None = None  # seeds for ``verify --thorough``; None: as usual
    exploit: Callable | None = None  # items -> (m,) bool: items that exploit the judge
    extra: tuple[str, ...] = ()  # evidence that ``verify`` uses only for a named scenario
    paper: str = ""  # key in docs/references.bib of the paper that its published claims are of
    minutes: dict[str, float] = field(default_factory=dict)  # {size: minutes on two cores} at which
    # ``collapse reproduce`` runs it; default: at every size


def shipped(folder: str) -> Path:
    """The ``scenarios`` or ``figures`` folder: beside the package in a checkout, else inside."""
    package = Path(__file__).parent.parent
    beside = package.parent / folder
    if (package.parent / "pyproject.toml").is_file() and beside.is_dir():
        return beside
    return package / f"_{folder}"


def scenario_files() -> dict[str, Path]:
    """Name and file of every scenario that ships with the toolkit."""
    files = sorted(shipped("scenarios").rglob("*.py"), key=lambda path: path.stem)
    return {path.stem.replace("_", "-"): path for path in files if path.stem != "__init__"}


def claiming() -> dict[str, str]:
    """The shipped scenarios with claims, found without running them: name and folder, "laws",
    "published" or "questions"."""
    files = scenario_files().items()
    return {name: file.parent.name for name, file in files if "claims=" in file.read_text()}


def taking(argument: str) -> list[str]:
    """Names of the shipped scenarios that take the argument corpus, images or size."""
    return [name for name, file in scenario_files().items() if takes(file, argument)]


def takes(path: Path, argument: str) -> bool:
    """Whether the scenario of a file takes an argument, without running it."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name == "scenario":
            return argument in [given.arg for given in node.args.args]
    return False


def title_of(path: Path) -> str:
    """First line of the docstring of a file, without running it."""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0]
