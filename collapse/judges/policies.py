"""Selection policies that need only the reward of each candidate."""

from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.judges.base import Judge, top_fraction, top_share
from collapse.numerics.top_k import mass_around
from collapse.part import Numbers, register, too_many, unnamed
from collapse.rewards.base import Likelihood, Reward
from collapse.schedule import share_errors


@register("keep-all", "all candidates at full weight (no judge)")
@final
class KeepAll(Judge):
    """No judge: every candidate is kept with weight 1."""

    share = 1.0

    @property
    def keeps_all(self):
        return type(self) is KeepAll

    def weigh(self, key, view, reward):
        return jnp.ones(len(view.batch.mass))


@register("random-fraction", "random share of the candidates (control)")
@final
class RandomFraction(Judge):
    """Keep a random fraction: the control with which every judge must be compared."""

    fraction: Numbers = 0.2

    @property
    def share(self):
        return self.fraction

    def weigh(self, key, view, reward):
        return top_fraction(jax.random.uniform(key, reward.shape), self.fraction)

    def expect(self, view, reward):
        return jnp.full(reward.shape, self.fraction)

    def validate(self):
        return share_errors("RandomFraction", "fraction", self.fraction)


CONTROLS = (KeepAll, RandomFraction)  # no selection by content: --judge does not replace them


class _Scored(Judge):
    """Base class of judges that act on a reward."""

    reward: Reward = eqx.field(default_factory=Likelihood, kw_only=True)

    @classmethod
    def placed(cls, given, named):
        """Accept a reward as positional argument: ``TopFraction(Length())`` is
        ``reward=Length()``."""
        first = unnamed(cls)
        if not given or "reward" in first:
            return given, named
        # A wrong value in place of a reward is reported by the type check of the field.
        alone = isinstance(given[0], (Reward, str)) or callable(given[0])
        if len(given) > (1 if alone else len(first)) or (alone and "reward" in named):
            raise UserError(too_many(cls, len(given), " or ".join([*first, "a reward"])))
        return ((), {"reward": given[0]} | named) if alone else (given, named)

    @property
    def uses_truth(self):
        return self.reward.uses_truth

    def score(self, key, view):
        return self.reward.score(key, view)


@register("score-only", "all candidates, with rewards recorded for learners")
@final
class ScoreOnly(_Scored):
    """Keep every candidate and record its reward, for learners that read rewards."""

    share = 1.0

    if TYPE_CHECKING:  # the reward needs no name: see ``placed``

        def __init__(self, first: Reward = ..., /, *, reward: Reward = ...) -> None: ...

    def weigh(self, key, view, reward):
        return jnp.ones(len(view.batch.mass))


class _Expecting(_Scored):
    """Base class of judges whose kept share is not known in advance. Their field ``expected`` is
    the expected share, which sets the number of candidates; a shortfall is recorded."""

    @property
    def share(self):
        return self.expected

    def validate(self):
        return share_errors(type(self).__name__, "expected", self.expected)


@register("threshold", "candidates with a reward of at least `at`")
@final
class Threshold(_Expecting):
    """Keep candidates with a reward of at least ``at``. Their number is not known in advance:
    ``expected`` is the expected share, which sets the number of candidates; a shortfall is
    recorded."""

    at: Numbers = 0.0
    _: KW_ONLY
    expected: Numbers = 0.5

    if TYPE_CHECKING:  # the reward needs no name: see ``placed``

        def __init__(
            self,
            first: Reward | Numbers = ...,
            /,
            *,
            reward: Reward = ...,
            at: Numbers = ...,
            expected: Numbers = ...,
        ) -> None: ...

    def weigh(self, key, view, reward):
        return (reward >= self.at).astype(float)


@register("top-fraction", "best fraction of the candidates by reward")
@final
class TopFraction(_Scored):
    """Keep exactly the best fraction; equal rewards in the order they were drawn. For a model with
    prompts in an arm with groups, this holds within each group, so that only answers to the same
    prompt are compared."""

    fraction: Numbers = 0.2

    if TYPE_CHECKING:  # the reward needs no name: see ``placed``

        def __init__(
            self,
            first: Reward | Numbers = ...,
            /,
            *,
            reward: Reward = ...,
            fraction: Numbers = ...,
        ) -> None: ...

    @property
    def share(self):
        return self.fraction

    def weigh(self, key, view, reward):
        return top_fraction(reward, self.fraction, view.rivals)

    def expect(self, view, reward):
        return top_share(reward, view.batch.mass, self.fraction)

    def validate(self):
        return share_errors("TopFraction", "fraction", self.fraction)


class _OfEveryK(_Scored):
    """Base of the judges that keep one of every ``k`` candidates."""

    k: int = eqx.field(static=True, default=4)

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

    def validate(self):
        return [] if self.k >= 1 else [f"{type(self).__name__} k must be at least 1, not {self.k}."]


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
        _, own, below = mass_around(reward, view.batch.mass)
        # (F^k - below^k) / (k own) with F = below + own, written as a sum: no cancellation, and for
        # an outcome without mass it gives the limit F^(k - 1).
        i = jnp.arange(self.k)[:, None]
        return ((below + own) ** i * below ** (self.k - 1 - i)).mean(0)


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
    z = jnp.maximum(z, jnp.where(p > 0, z, 0).min())  # lost outcomes need no nodes
    low = -jnp.log(float(k)) - 18.0  # below it lies less than 1e-7 of the smallest probability
    nodes = jnp.ceil((4.5 - z.min() - low) / STEP).astype(jnp.int32)

    def add(i, total):
        clocks = z + low + i * STEP
        not_rung = (p * jnp.exp(-jnp.exp(clocks))).sum()
        return total + jnp.exp(clocks - jnp.exp(clocks) + (k - 1) * jnp.log(not_rung))

    chance = jax.lax.fori_loop(0, nodes, add, jnp.zeros_like(z)) if k > 1 else jnp.ones_like(z)
    return chance / (k * (p * chance).sum())  # normalised, since exactly one of k is chosen


@register("switch", "schedule of judges by generation")
@final
class Switch(Judge):
    """Schedule of judges: ``judges[i]`` from generation ``starts[i]`` on; the first judge before
    that."""

    judges: tuple[Judge, ...]
    _: KW_ONLY
    starts: tuple[int, ...] = eqx.field(static=True)

    @property
    def share(self):
        return min(float(judge.share) for judge in self.judges)

    @property
    def group(self):
        return max(int(judge.group) for judge in self.judges)

    @property
    def uses_truth(self):
        return any(judge.uses_truth for judge in self.judges)

    def judge(self, key, view):
        which = sum(jnp.asarray(view.t >= start, int) for start in self.starts[1:])

        def by(i):
            def run():
                verdict, judge = self.judges[i].judge(key, view)
                judges = (*self.judges[:i], judge, *self.judges[i + 1 :])
                return verdict, eqx.filter(judges, eqx.is_array)

            return run

        verdict, arrays = jax.lax.switch(which, [by(i) for i in range(len(self.judges))])
        judges = eqx.combine(arrays, self.judges)
        return verdict, Switch(judges, starts=self.starts)

    def validate(self):
        errors = []
        if len(self.judges) != len(self.starts) or len(self.judges) < 2:
            errors.append("Switch needs at least two judges and one number in starts for each.")
        if any(b <= a for a, b in zip(self.starts, self.starts[1:], strict=False)):
            errors.append("Switch starts must be increasing.")
        groups = {int(judge.group) for judge in self.judges} - {1}
        if len(groups) > 1:
            errors.append(f"Switch judges must have one group size; they have {sorted(groups)}.")
        return errors
