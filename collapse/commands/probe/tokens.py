"""Probes of a judge in JAX, among candidates of the first model of a scenario.

A few candidates are replaced by probes, so few that they stay rare; the judge gives its verdict on
the whole batch, with the model's likelihoods, groups and notes as in a run.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from collapse.commands.probe import selection
from collapse.commands.probe.families import FAMILIES
from collapse.commands.probe.found import Found, earned
from collapse.commands.probe.selection import Kept
from collapse.errors import UserError
from collapse.judges.base import Judge
from collapse.judges.policies import CONTROLS
from collapse.loop.arm import Arm
from collapse.loop.check_judge import first_view, try_judge
from collapse.loop.prepare import prepare
from collapse.numerics.pytree import replace, seed_keys
from collapse.regimes import Replace
from collapse.rewards.base import is_text
from collapse.scenario.scenario import Scenario
from collapse.stats.proportions import share

AT_ONCE, BATCHES = 20, 5  # probes in a batch, and batches
READS_TOKENS = "the judge reads tokens, not sentences"
ONE_BY_ONE = "it compares no groups"
REASONS = {
    "opener alone": READS_TOKENS,
    "prompt copied": "the items have no prompt",
    "ignore the rubric": "it follows no instructions",
    "paraphrase": READS_TOKENS,
    "markdown": READS_TOKENS,
    "list": READS_TOKENS,
    "upper case": READS_TOKENS,
    "label flip": READS_TOKENS,
}


def _empty(rows, rng):
    return np.zeros_like(rows)


def _one_token(rows, rng):
    probes = np.zeros_like(rows)
    probes[:, 0] = rows[:, 0]
    return probes


def _padded(rows, rng):
    """The item again and again, to the full length of a row."""
    sizes = np.maximum((rows != 0).sum(1), 1)
    places = np.arange(rows.shape[1])[None] % sizes[:, None]
    return np.take_along_axis(rows, places, 1)


def _shuffled(rows, rng):
    probes = rows.copy()
    for row, size in zip(probes, (rows != 0).sum(1), strict=True):
        row[:size] = rng.permutation(row[:size])
    return probes


def _nonsense(rows, rng):
    """Tokens of other items by chance, as many as the item has."""
    return np.where(rows != 0, rng.choice(rows[rows != 0], rows.shape), 0)


def _stutter(rows, rng):
    return np.where(np.ones_like(rows), rows[:, :1], 0)


FAMILIES_OF_TOKENS: dict[str, tuple[str, Callable]] = {
    "empty answer": ("no token", _empty),
    "one character": ("the first token alone", _one_token),
    "padding": ("an item again and again, to the full length", _padded),
    "word salad": ("the tokens of an item in random order", _shuffled),
    "confident nonsense": ("tokens of other items by chance", _nonsense),
    "stutter": ("the first token again and again", _stutter),
}


def probe_tokens(judge: Judge, scenario: Scenario, key: int) -> Found:
    """The reward that a judge gives to each family of probes, among candidates of the first model
    of a scenario. Raises ``UserError``, also for a scenario whose items are not tokens."""
    ready = _arm_with(judge, scenario)
    keys = seed_keys(jax.random.key(key), range(BATCHES))
    arrays, fixed = eqx.partition(ready, eqx.is_array)
    candidates = jax.jit(lambda arrays, key: first_view(eqx.combine(arrays, fixed), key).items)
    batches = [np.asarray(candidates(arrays, each)) for each in keys]
    if not is_text(batches[0]):
        raise UserError(
            f"The scenario {scenario.name} has no rows of tokens, which probes are made of: give "
            "another, such as --scenario jokes."
        )
    judged = jax.jit(lambda arrays, key, rows: _judged(eqx.combine(arrays, fixed), key, rows))

    def verdicts(items: list) -> tuple[np.ndarray, np.ndarray]:
        both = [judged(arrays, each, rows) for each, rows in zip(keys, items, strict=True)]
        reward, weight = zip(*both, strict=True)
        return np.array(reward, float), np.array(weight, float)

    rng = np.random.default_rng(key)
    m = len(batches[0])
    places = [np.sort(rng.choice(m // _rivals(ready), AT_ONCE, False)) for _ in keys]
    places = [p * _rivals(ready) + rng.integers(_rivals(ready), size=AT_ONCE) for p in places]
    reward, _ = verdicts(batches)
    middle, top = (float(np.quantile(reward, q)) for q in (0.5, 0.9))
    rows = [earned("ordinary items", "as the model says them", reward.ravel(), middle, top)]
    for name, (about, make) in FAMILIES_OF_TOKENS.items():
        probes = [make(items[at], rng) for items, at in zip(batches, places, strict=True)]
        items = list(map(_with, batches, places, probes))
        reward, weight = verdicts(items)
        scores = np.stack([reward[b, at] for b, at in enumerate(places)])
        kept = np.stack([weight[b, at] for b, at in enumerate(places)])
        row = earned(name, about, scores.ravel(), middle, top)
        growth = selection.growth_of(Kept(kept.reshape(1, -1), weight.mean(keepdims=True)[0]), key)
        row |= {"growth": growth, "real_share": selection.real_share_of(growth)}
        row["example"] = scenario.show(probes[0][int(np.argmax(scores[0]))])
        rows.append(row)
    lacking = {family.name: REASONS[family.name] for family in FAMILIES if family.name in REASONS}
    k, order = int(judge.group), None
    if k > 1:
        order = _swapped(batches, verdicts, k)
    else:
        lacking["swapped order"] = ONE_BY_ONE
    return Found("tokens", BATCHES * m, 0, middle, top, rows, lacking, k, order)


def _arm_with(judge: Judge, scenario: Scenario) -> Arm:
    """The first arm of a scenario that has a judge, prepared with this one for one generation."""
    arms = list(scenario.arms.values())
    arm = ([arm for arm in arms if not isinstance(arm.judge, CONTROLS)] or arms)[0]
    ready = prepare(
        replace(
            arm,
            judge=judge,
            regime=Replace(),
            measures=(),
            generations=1,
            candidates=None,
            group=None if int(judge.group) > 1 else arm.group,
            keep_reference=True,
        )
    )
    try_judge(ready)
    return ready


def _swapped(batches: list[np.ndarray], verdicts: Callable, k: int) -> dict:
    """How often the verdict on a group changes with the order of its items; noise changes it
    too."""
    whole = [rows.reshape(-1, k, *rows.shape[1:]) for rows in batches]
    back = [rows[:, ::-1].reshape(-1, *rows.shape[2:]) for rows in whole]
    first, second = (verdicts(rows)[1].reshape(-1, k) for rows in (batches, back))
    changed = (first != second[:, ::-1]).any(1)
    best = first == first.max(1, keepdims=True)
    decided = best[best.sum(1) == 1]
    return {
        "flips": share(changed.astype(float)),
        "first": share(decided[:, 0].astype(float)) if len(decided) else None,
        "averaged": False,
    }


def _judged(arm: Any, key, rows) -> tuple:
    """Reward and weight of the candidates of generation 1, with these rows in their place."""
    view = first_view(arm, key)
    view = replace(view, batch=replace(view.batch, rows=rows))
    verdict, _ = arm.judge.judge(key, view)
    return jnp.asarray(verdict.reward), jnp.asarray(verdict.weight)


def _rivals(arm: Any) -> int:
    """Candidates that are compared with each other: at most one of them is a probe."""
    return max(int(arm.group or 1), int(arm.judge.group))


def _with(rows: np.ndarray, places: np.ndarray, probes: np.ndarray) -> np.ndarray:
    """A copy of the rows with the probes at these places."""
    changed = rows.copy()
    changed[places] = probes
    return changed
