"""A scenario: named arms that share their randomness, and the source they reproduce.

One Python file each, in ``scenarios/`` or anywhere: a docstring whose first line is the title, and
a function ``scenario()`` that builds a ``Scenario``. If it takes an argument ``corpus``, the
scenario runs on a user's text, if ``images``, on a user's images; if ``size``, it comes in the
``SIZES``. Listing scenarios reads the title without running the file.
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
    """An item as text, where a scenario does not say how (see ``collapse.scenario.show``)."""
    from collapse.scenario import show as showing

    return showing.shown(item)


# Names become those of files. One that ends in .py would be the path of a scenario elsewhere.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?<!\.py)")
SIZES = ("quick", "laptop", "paper")  # within a minute, within ten on two cores, as published


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
    block: int | None = None  # seeds side by side; None: by the model
    show: Callable = shown  # an item as text
    labels: dict[str, str] = field(default_factory=dict)  # arm: what figures call it
    changes: tuple[str, ...] = ()  # options that made this run another one than the scenario
    notes: tuple[str, ...] = ()  # said before the run: what was guessed, what is unusual
    data: dict = field(default_factory=dict)  # facts of the corpus, for the manifest
    claims: "tuple[Claim, ...]" = ()  # what ``collapse verify`` holds the arms against
    evidence: dict[str, Callable] = field(default_factory=dict)  # name: (key, seeds) -> record,
    # for claims that no arm can show
    thorough: int | None = None  # seeds under ``verify --thorough``; None: as always
    exploit: Callable | None = None  # items -> (m,) bool: what earns a careless judge's reward
    extra: tuple[str, ...] = ()  # evidence that ``verify`` leaves out when it is given no name


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


def claiming() -> list[str]:
    """Names of the scenarios that ship and make claims, known without running them."""
    return [name for name, file in scenario_files().items() if "claims=" in file.read_text()]


def taking(argument: str) -> list[str]:
    """Names of the scenarios that ship and take an argument: corpus, images or size."""
    return [name for name, file in scenario_files().items() if _takes(file, argument)]


def _takes(path: Path, argument: str) -> bool:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name == "scenario":
            return argument in [given.arg for given in node.args.args]
    return False


def title_of(path: Path) -> str:
    """First line of the docstring, read and not run."""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0]
