"""What is done with a reward: the policies that need nothing but the reward itself."""

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


@register("keep-all", "no judge")
@final
class KeepAll(Judge):
    """No judge: everything counts in full."""

    share = 1.0

    @property
    def keeps_all(self):
        return type(self) is KeepAll

    def weigh(self, key, view, reward):
        return jnp.ones(len(view.batch.mass))


@register("random-fraction", "a random share")
@final
class RandomFraction(Judge):
    """Keep a random fraction: the control that any judge must be compared with."""

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


CONTROLS = (KeepAll, RandomFraction)  # they judge nothing: --judge leaves them in place


class _Scored(Judge):
    """Base of the judges that act on a reward."""

    reward: Reward = eqx.field(default_factory=Likelihood, kw_only=True)

    @classmethod
    def placed(cls, given, named):
        """A reward needs no name either: ``TopFraction(Length())`` is ``reward=Length()``."""
        first = unnamed(cls)
        if not given or "reward" in first:
            return given, named
        # What is no reward either, but was meant as one, is told by the kind of the field.
        alone = isinstance(given[0], (Reward, str)) or callable(given[0])
        if len(given) > (1 if alone else len(first)) or (alone and "reward" in named):
            raise UserError(too_many(cls, len(given), " or ".join([*first, "a reward"])))
        return ((), {"reward": given[0]} | named) if alone else (given, named)

    @property
    def uses_truth(self):
        return self.reward.uses_truth

    def score(self, key, view):
        return self.reward.score(key, view)


@register("score-only", "everything kept, rewards noted")
@final
class ScoreOnly(_Scored):
    """Keep everything, and note the reward of each: for learners that read rewards."""

    share = 1.0

    if TYPE_CHECKING:  # the reward needs no name: see ``placed``

        def __init__(self, first: Reward = ..., /, *, reward: Reward = ...) -> None: ...

    def weigh(self, key, view, reward):
        return jnp.ones(len(view.batch.mass))


class _Expecting(_Scored):
    """Base of the judges that cannot know how much they keep: their field ``expected`` is the share
    the arm draws candidates for, and a shortfall is recorded."""

    @property
    def share(self):
        return self.expected

    def validate(self):
        return share_errors(type(self).__name__, "expected", self.expected)


@register("threshold", "reward at least `at`")
@final
class Threshold(_Expecting):
    """Keep what has a reward of at least ``at``. How many that is cannot be known beforehand:
    ``expected`` is the share the arm draws candidates for, and a shortfall is recorded."""

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


@register("top-fraction", "the best share")
@final
class TopFraction(_Scored):
    """Keep exactly the best fraction; equal rewards in the order they were drawn. Of a model
    with prompts, in an arm with groups, of each group: answers to one prompt are compared."""

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


@register("best-of-k", "the best of every k")
@final
class BestOf(_OfEveryK):
    """Of every k candidates keep the one with the highest reward; of equal ones the first."""

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
        # (F^k - below^k) / (k own) with F = below + own, as the sum it is: no digits are lost,
        # and for an outcome of no mass it is the limit F^(k - 1).
        i = jnp.arange(self.k)[:, None]
        return ((below + own) ** i * below ** (self.k - 1 - i)).mean(0)


@register("k-choice", "one of k, Plackett-Luce")
@final
class Choice(_OfEveryK):
    """Of every k candidates keep one, chosen with probability proportional to
    exp(strength * reward): Plackett-Luce choice (Ferbach et al. 2024); k = 2 is Bradley-Terry."""

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


STEP = 0.4  # nats between the nodes of the race's quadrature: exact to 1e-10
SPREAD = 2000.0  # nats below the best reward beyond which rewards are taken as equal


def race(log_odds: Array, mass: Array, k: int) -> Array:
    """(m,) chance that a draw of each outcome is the chosen one of k, the others drawn from
    ``mass``, when choice is proportional to exp(log_odds).

    Such a choice is a race of exponential clocks of those rates: the integral over y of the
    density of the outcome's own ring at e^y, exp(z - e^z) with z = y + log_odds, times the chance
    that k - 1 others have not rung, (sum p exp(-e^z))^(k - 1). By the trapezoid rule, whose
    relative error here is the same for every mixture (Poisson's summation).
    """
    p = mass / mass.sum()
    top = jnp.where(p > 0, log_odds, -jnp.inf).max()
    z = jnp.clip(log_odds - top, -SPREAD, 0)
    z = jnp.maximum(z, jnp.where(p > 0, z, 0).min())  # a lost outcome asks for no nodes
    low = -jnp.log(float(k)) - 18.0  # left of it lies less than 1e-7 of the smallest chance
    nodes = jnp.ceil((4.5 - z.min() - low) / STEP).astype(jnp.int32)

    def add(i, total):
        clocks = z + low + i * STEP
        silent = (p * jnp.exp(-jnp.exp(clocks))).sum()
        return total + jnp.exp(clocks - jnp.exp(clocks) + (k - 1) * jnp.log(silent))

    chance = jax.lax.fori_loop(0, nodes, add, jnp.zeros_like(z)) if k > 1 else jnp.ones_like(z)
    return chance / (k * (p * chance).sum())  # one of k is chosen, whatever was rounded


@register("switch", "other judges from given generations")
@final
class Switch(Judge):
    """A schedule of judges: ``judges[i]`` from generation ``starts[i]`` on, the first before."""

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
        found = []
        if len(self.judges) != len(self.starts) or len(self.judges) < 2:
            found.append("Switch needs at least two judges and a start for each of them.")
        if any(b <= a for a, b in zip(self.starts, self.starts[1:], strict=False)):
            found.append("Switch starts must rise.")
        groups = {int(judge.group) for judge in self.judges} - {1}
        if len(groups) > 1:
            found.append(f"Switch judges compare groups of different size: {sorted(groups)}.")
        return found
