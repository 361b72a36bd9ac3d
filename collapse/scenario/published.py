"""Claims of papers: scenarios that reproduce one, and the two kinds of claim, a number and a shape.

A published scenario is made by ``comparison``: its claims see all arms at once, by common random
numbers, as curves named "arm/curve" of shape (seeds, generations + 1).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from collapse.loop.arm import Arm
from collapse.loop.simulate import run_arm
from collapse.scenario.claims import Claim
from collapse.scenario.scenario import SIZES, Scenario

TOGETHER = "together"  # name of the evidence of all arms


def comparison(
    arms: dict[str, Arm], evidence: dict[str, Callable] | None = None, **fields: Any
) -> Scenario:
    """A scenario whose claims are about all arms together. ``evidence``: functions for what no arm
    shows. ``collapse verify`` uses either only when the scenario is named."""
    every = {TOGETHER: partial(simulate_together, arms)} | (evidence or {})
    return Scenario(arms=arms, evidence=every, extra=tuple(every), **fields)


def simulate_together(arms: dict[str, Arm], key, seeds: int) -> dict:
    """Curves of arms with common random numbers: {"curves": {"arm/curve": (S, T + 1)}}."""
    return together({name: run_arm(key, arm, seeds)["curves"] for name, arm in arms.items()})


def together(curves: dict[str, dict[str, np.ndarray]]) -> dict:
    """The record of all arms, from the curves of each: {"curves": {"arm/curve": (S, T + 1)}}."""
    named = {f"{arm}/{name}": x for arm, own in curves.items() for name, x in own.items()}
    return {"curves": named}


def number(
    name: str,
    source: str,
    observe: str | Callable,
    printed: Any,
    at: Sequence[int] = (1,),
    error: Any = 0.0,
    **more,
) -> Claim:
    """A claim that a number, or one for each generation ``at``, is the ``printed`` one.

    Args:
        name: what is claimed, in a few words.
        source: where the paper prints it: equation, table or figure.
        observe: "arm/curve", or a function of the record of all arms that gives (S,) or (S, G).
        printed: the number, an array (G,), or a function of the generations ``at``.
        error: by how much the printed number may be off: its rounding, its own standard error.
        more: ``text``, what the paper prints where that is a formula; and other fields of
            ``Claim``: ``differs``, ``note``, ``size``, ``spread``, ``evidence``.
    """
    text = more.pop("text", "")
    more = {"evidence": TOGETHER} | more
    return Claim(
        name, "published", source, observe=observe, expected=printed, at=tuple(at), error=error,
        printed=text, **more,
    )  # fmt: skip


def shape(
    name: str,
    source: str,
    observe: Callable,
    printed: str,
    above: Any = None,
    below: Any = None,
    at: Sequence[int] = (1,),
    **more,
) -> Claim:
    """A claim of an order, a sign or a threshold: what is observed is ``above`` a number, or
    ``below`` it, at every generation ``at``. Of the two, give one.

    ``printed`` is what the paper says, in a few words. The other arguments are those of ``number``.
    """
    if (above is None) == (below is None):
        raise ValueError(f"the claim {name!r} is above a number or below it: give one of the two")
    more = {"evidence": TOGETHER, "side": "at least" if below is None else "at most"} | more
    bound = above if below is None else below
    return Claim(
        name, "published", source, observe=observe, expected=bound, at=tuple(at), printed=printed,
        **more,
    )  # fmt: skip


def in_every_seed(name: str, holds: Callable, source: str, last: int, **more) -> Claim:
    """A claim that ``holds`` (record -> (S,) bool) in every seed by generation ``last``. The
    observed number is the share of seeds in which it does; for networks, of which few seeds can be
    trained, so that a mean has no useful interval."""
    seen = lambda record: np.asarray(holds(record), float)  # noqa: E731
    more = {"printed": "in every seed"} | more
    return shape(name, source, seen, above=1.0, at=(last,), spread=0.0, **more)


def at_end(record: dict, curve: str) -> np.ndarray:
    """(S,) a curve at the last generation."""
    return record["curves"][curve][:, -1]


def gain(record: dict, curve: str, by: int = -1) -> np.ndarray:
    """(S,) increase of a curve from generation 1 to generation ``by`` (default: the last)."""
    return record["curves"][curve][:, by] - record["curves"][curve][:, 1]


def decidable(claim: Claim, size: str) -> bool:
    """Whether a claim can be decided at a size."""
    return SIZES.index(claim.size) <= SIZES.index(size)


def paper_of(claim: Claim, scenario: Scenario) -> str:
    """The BibTeX key of the paper that makes a published claim; empty for other claims."""
    return (claim.paper or scenario.paper) if claim.kind == "published" else ""
