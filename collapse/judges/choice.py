"""Judges that choose one of every k candidates: the best, or one by a random choice."""

from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.judges.policies import _Scored
from collapse.numerics.top_k import mass_around
from collapse.part import Numbers, at_least, register
from collapse.rewards.base import Reward


class _OfEveryK(_Scored):
    """Base of the judges that keep one of every ``k`` candidates."""

    k: int = at_least(1, default=4, static=True)

    @property
    def share(self):
        return 1 / self.k

    @property
    def group(self):
        return self.k

    def first(self, view, score: Array) -> Array:
        """(m,) 1 for the candidate of each group with the highest score, the first of equal
        ones."""
        best = jnp.argmax(view.grouped(score), axis=1)
        return jax.nn.one_hot(best, view.group, dtype=float).ravel()


@register("best-of-k", "best of every k candidates")
@final
class BestOf(_OfEveryK):
    """Best-of-k: keep the candidate with the highest reward of every k; of equal ones the first."""

    if TYPE_CHECKING:  # the reward needs no name: see ``placed``

        def __init__(
            self,
            first: Reward | int = ...,
            /,
            *,
            reward: Reward = ...,
            k: int = ...,
        ) -> None: ...

    def weigh(self, key, view, reward):
        return self.first(view, reward)

    def expect(self, view, reward):
        _, tied, below = mass_around(reward, view.batch.mass)
        # (F^k - below^k) / (k tied) with F = below + tied, written as a sum: no cancellation, and
        # for an outcome without mass it gives the limit F^(k - 1).
        i = jnp.arange(self.k)[:, None]
        up_to, below = (jnp.minimum(x, 1) for x in (below + tied, below))  # sums may round above 1
        return (up_to**i * below ** (self.k - 1 - i)).mean(0)


@register("k-choice", "Plackett-Luce choice of one of every k candidates")
@final
class Choice(_OfEveryK):
    """Plackett-Luce choice (Ferbach et al. 2024): of every k candidates keep one, with probability
    proportional to exp(strength * reward); k = 2 is Bradley-Terry."""

    _: KW_ONLY
    strength: Numbers = 1.0

    if TYPE_CHECKING:  # the reward needs no name: see ``placed``

        def __init__(
            self,
            first: Reward | int = ...,
            /,
            *,
            reward: Reward = ...,
            k: int = ...,
            strength: Numbers = ...,
        ) -> None: ...

    def weigh(self, key, view, reward):
        noise = jax.random.gumbel(key, reward.shape)
        return self.first(view, self.strength * reward + noise)

    def expect(self, view, reward):
        return race(self.strength * reward, view.batch.mass, self.k)


STEP = 0.4  # step of the quadrature in ``race``, nats: error 1e-10
SPREAD = 2000.0  # rewards lower than this below the best are treated as equal, nats


def race(log_odds: Array, mass: Array, k: int) -> Array:
    """(m,) probability that a draw of each outcome is the chosen one of k, when the others are
    drawn from ``mass`` and choice is proportional to exp(log_odds).

    Such a choice is a race of exponential clocks with these rates. The probability is the integral
    over y of the density of the outcome's own clock at e^y, exp(z - e^z) with z = y + log_odds,
    times the probability that k - 1 others have not rung, (sum p exp(-e^z))^(k - 1). It is computed
    by the trapezoid rule, whose relative error here is the same for every mixture (Poisson's
    summation).
    """
    p = mass / mass.sum()
    top = jnp.where(p > 0, log_odds, -jnp.inf).max()
    z = jnp.clip(log_odds - top, -SPREAD, 0)
    z = jnp.maximum(z, jnp.where(p > 0, z, 0).min())  # outcomes of mass 0 need no nodes
    low = -jnp.log(float(k)) - 18.0  # below it lies less than 1e-7 of the smallest probability
    nodes = jnp.ceil((4.5 - z.min() - low) / STEP).astype(jnp.int32)

    def add(i, total):
        clocks = z + low + i * STEP
        not_rung = (p * jnp.exp(-jnp.exp(clocks))).sum()
        return total + jnp.exp(clocks - jnp.exp(clocks) + (k - 1) * jnp.log(not_rung))

    chance = jax.lax.fori_loop(0, nodes, add, jnp.zeros_like(z)) if k > 1 else jnp.ones_like(z)
    return chance / (k * (p * chance).sum())  # normalised, since exactly one of k is chosen
