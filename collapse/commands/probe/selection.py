"""How fast a judge's selection lets a rare kind of item grow, and what share of real data holds it.

While an item is rare, a round of judging multiplies its share by G = (chance that it is kept) /
(chance that an item is kept). With a share s of judged data it grows if s G > 1, so that 1 - 1/G of
real data hold it: ``collapse.laws.exploits``.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from collapse.judges.base import Judge
from collapse.laws.exploits import real_share_needed
from collapse.stats.estimate import LEVEL, Estimate, missing
from collapse.stats.proportions import wilson
from collapse.types import REAL, Batch, View

RARE = 1e-6  # mass of a probe among the ordinary items
REPEATS = 400  # bootstrap samples
METHOD = "Wilson (chance of being kept), widened to a bootstrap over items"


def _view(rewards, mass, kind: str, group: int) -> View:
    m = len(rewards)
    batch = Batch(jnp.arange(m), mass, jnp.full(m, REAL, jnp.int32), kind)
    sizes = {"n": m, "group": group, "slots": m, "candidates": m, "taken": m}
    return View(batch, None, None, None, jnp.array(1, jnp.int32), said=rewards, **sizes)


class Kept(NamedTuple):
    """Chances in [0, 1] that the judge keeps ``probes`` (1 + R, P), and on average an ordinary item
    ``usual`` (1 + R,): for the ordinary items as they are, and for R bootstrap samples of them."""

    probes: np.ndarray
    usual: np.ndarray

    def of(self, which) -> "Kept":
        """The same of some of the probes."""
        return Kept(self.probes[:, which], self.usual)


def kept_alone(judge: Judge, ordinary: np.ndarray, probes: np.ndarray, seed: int) -> Kept:
    """Each probe with its score among infinitely many items with the scores ``ordinary``, exact for
    these scores. NaN scores are abstentions. All NaN if the judge's selection needs more than
    scores."""
    rng = np.random.default_rng(seed)
    samples = rng.choice(ordinary, (REPEATS, len(ordinary)))
    scores = np.concatenate([ordinary[None], samples])
    mass = np.full(len(ordinary) + len(probes), RARE)
    mass[: len(ordinary)] = 1 / len(ordinary)

    def one(own):
        rewards = jnp.concatenate([own, jnp.asarray(probes, float)])
        verdict, _ = judge.judge(jax.random.key(0), _view(rewards, jnp.asarray(mass), "support", 1))
        return verdict.weight[len(ordinary) :], verdict.weight[: len(ordinary)].mean()

    try:
        kept, usual = jax.jit(jax.vmap(one))(jnp.asarray(scores, float))
    except Exception:  # of a judge that reads items or likelihoods, which there are none of
        return Kept(np.full((1, len(probes)), np.nan), np.ones(1))
    return Kept(np.asarray(kept, float), np.asarray(usual, float))


def kept_in_groups(judge: Judge, rewards: np.ndarray) -> np.ndarray:
    """(m,) weights of candidates that are judged in groups."""
    mass = jnp.ones(len(rewards))
    view = _view(jnp.asarray(rewards, float), mass, "items", int(judge.group))
    return np.asarray(judge.judge(jax.random.key(0), view)[0].weight, float)


def growth_of(kept: Kept, seed: int) -> Estimate:
    """G of a family of probes: their mean chance of being kept over that of an ordinary item. The
    chance has a Wilson interval, which holds for any chances in [0, 1]; where resampling the items
    gives a wider one, that counts."""
    repeats, count = len(kept.probes) - 1, kept.probes.shape[1]
    chance, usual = float(kept.probes[0].mean()), float(kept.usual[0])
    if not (np.isfinite(chance) and usual > 0):
        return missing("", "its selection needs more than scores, or keeps no ordinary item")
    low, high = (float(end) / usual for end in wilson(chance, count))
    if repeats:
        chosen = np.random.default_rng(seed).integers(count, size=(repeats, count))
        means = np.take_along_axis(kept.probes[1:], chosen, 1).mean(1) / kept.usual[1:]
        tail = (1 - LEVEL) / 2
        low = min(low, float(np.quantile(means, tail)))
        high = max(high, float(np.quantile(means, 1 - tail)))
    return Estimate(chance / usual, low, min(high, 1 / usual), LEVEL, METHOD, count)


def real_share_of(growth: Estimate) -> Estimate:
    """The share of real data that holds an exploit of that growth: 1 - 1/G, at least 0."""
    if not growth.known:
        return missing("share", growth.reason)
    value, low, high = (
        float(real_share_needed(max(end, 1e-12))) for end in (growth.value, growth.low, growth.high)
    )
    return Estimate(value, low, high, growth.level, growth.method, growth.n, unit="share")
