"""The registry: every part that a user can name on the command line.

Each part declares its name and summary with ``@register``. The registry reads the decorators from
the source files, so that listing parts does not import them, nor jax.
"""

import ast
import importlib
import importlib.metadata
import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from collapse.errors import UserError
from collapse.suggest import unknown

KINDS = ("model", "sampler", "reward", "judge", "learner", "regime", "measure")  # folders, plural
DECORATED = re.compile(
    r"^@register\((?P<arguments>[^()]*(?:\([^()]*\)[^()]*)*)\)\n(?:@.*\n)*(?:class|def)"
    r" (?P<name>\w+)",
    re.MULTILINE,
)


class Part(NamedTuple):
    """An entry of the registry: kind, name, place in the package, and summary."""

    kind: str
    name: str
    where: str  # module:Class, inside the package
    about: str


@cache
def parts() -> tuple[Part, ...]:
    """All registered parts, by kind and then by name."""
    package = Path(__file__).parent.parent
    registered = []
    for kind in KINDS:
        for path in sorted((package / f"{kind}s").rglob("*.py")):
            module = ".".join(path.relative_to(package).with_suffix("").parts)
            for match in DECORATED.finditer(path.read_text()):
                name, about = ast.literal_eval(f"({match['arguments']})")
                registered.append(Part(kind, name, f"{module}:{match['name']}", about))
    return tuple(sorted(registered, key=lambda part: (KINDS.index(part.kind), part.name)))


def installed_judges() -> dict[str, importlib.metadata.EntryPoint]:
    """Judges of installed packages, from the entry-point group ``collapse.judges``; our own names
    take precedence."""
    ours = {part.name for part in parts() if part.kind == "judge"}
    offers = importlib.metadata.entry_points(group="collapse.judges")
    return {offer.name: offer for offer in offers if offer.name not in ours}


def load(where: str) -> Any:
    """The class or function of a registered part, given ``Part.where``."""
    module, name = where.split(":")
    return getattr(importlib.import_module(f"collapse.{module}"), name)


def part_named(kind: str, name: str) -> Any:
    """A part with its default settings, by its registered name. Raises ``UserError`` for a name
    that is not known, and for a part with settings that have no default."""
    known = {part.name: part for part in parts() if part.kind == kind}
    name = name.replace("_", "-")
    if name not in known:
        raise UserError(unknown(kind, name, list(known)))
    part = load(known[name].where)
    if any(p.default is p.empty for p in inspect.signature(part).parameters.values()):
        raise UserError(
            f"The {kind} {name} cannot be used by name alone, as it has settings without default: "
            "write a scenario file that builds it."
        )
    return part()


def measure_of(curve: str) -> str | None:
    """The name of the registered measure that records a curve; None if there is none, or if its
    settings name its curves."""
    for part in parts():
        curves = load(part.where).curves if part.kind == "measure" else None
        if isinstance(curves, dict) and curve in curves:
            return part.name
    return None
