"""Scenarios whose claims compare arms seed by seed."""

from collections.abc import Callable
from functools import partial

import numpy as np

from collapse.loop.arm import Arm
from collapse.loop.simulate import run_arm
from collapse.scenario.claims import Claim
from collapse.scenario.scenario import Scenario

TOGETHER = "together"  # name of the evidence of all arms


def comparison(arms: dict[str, Arm], **fields) -> Scenario:
    """A scenario with the evidence for ``in_every_seed``. It runs all arms, so ``collapse verify``
    uses it only when named."""
    evidence = {TOGETHER: partial(simulate_together, arms)}
    return Scenario(arms=arms, evidence=evidence, extra=(TOGETHER,), **fields)


def simulate_together(arms: dict[str, Arm], key, seeds: int) -> dict:
    """Curves of arms with common random numbers: {"curves": {"arm/curve": (S, T + 1)}}."""
    curves = {}
    for name, arm in arms.items():
        record = run_arm(key, arm, seeds)
        curves |= {f"{name}/{curve}": values for curve, values in record["curves"].items()}
    return {"curves": curves}


def in_every_seed(name: str, holds: Callable, source: str, last: int) -> Claim:
    """A published claim that ``holds`` (record -> (S,) bool) in every seed by generation ``last``.
    The observed number is the share of seeds in which it does."""
    seen = lambda record: np.asarray(holds(record), float)  # noqa: E731
    exact = {"spread": 0.0, "side": "at least"}
    return Claim(name, "published", source, TOGETHER, seen, 1.0, (last,), **exact)


def at_end(record: dict, curve: str) -> np.ndarray:
    """(S,) a curve at the last generation."""
    return record["curves"][curve][:, -1]


def gain(record: dict, curve: str, by: int = -1) -> np.ndarray:
    """(S,) increase of a curve from generation 1 to generation ``by`` (default: the last)."""
    return record["curves"][curve][:, by] - record["curves"][curve][:, 1]
