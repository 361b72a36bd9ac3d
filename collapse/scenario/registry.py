"""The registry: every part that a user can name on the command line.

A part says its name and what it is once, by ``@register`` above its class or function. The registry
reads the decorators from the source, so that listing parts imports none of them, and no jax.
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
    r"^@register\((?P<said>[^()]*(?:\([^()]*\)[^()]*)*)\)\n(?:@.*\n)*(?:class|def) (?P<name>\w+)",
    re.MULTILINE,
)


class Part(NamedTuple):
    kind: str
    name: str
    where: str  # module:Class, inside the package
    about: str


@cache
def parts() -> tuple[Part, ...]:
    """All registered parts, by kind and then by name."""
    package = Path(__file__).parent.parent
    found = []
    for kind in KINDS:
        for path in sorted((package / f"{kind}s").rglob("*.py")):
            module = ".".join(path.relative_to(package).with_suffix("").parts)
            for one in DECORATED.finditer(path.read_text()):
                name, about = ast.literal_eval(f"({one['said']})")
                found.append(Part(kind, name, f"{module}:{one['name']}", about))
    return tuple(sorted(found, key=lambda part: (KINDS.index(part.kind), part.name)))


def installed_judges() -> dict[str, importlib.metadata.EntryPoint]:
    """Judges that installed packages offer under the entry-point group ``collapse.judges``; a name
    of ours stays ours."""
    ours = {part.name for part in parts() if part.kind == "judge"}
    offers = importlib.metadata.entry_points(group="collapse.judges")
    return {offer.name: offer for offer in offers if offer.name not in ours}


def load(where: str) -> Any:
    """The class of a part."""
    module, name = where.split(":")
    return getattr(importlib.import_module(f"collapse.{module}"), name)


def part_named(kind: str, name: str) -> Any:
    """A part with its default settings, by its registered name."""
    known = {part.name: part for part in parts() if part.kind == kind}
    name = name.replace("_", "-")
    if name not in known:
        raise UserError(unknown(kind, name, list(known)))
    part = load(known[name].where)
    if any(p.default is p.empty for p in inspect.signature(part).parameters.values()):
        raise UserError(
            f"The {kind} {name} cannot be named alone, as it needs settings of its own: "
            "write a scenario file that builds it."
        )
    return part()
