"""Selection policies that need only the reward of each candidate."""

from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, final

import equinox as eqx
import jax
import jax.numpy as jnp

from collapse.errors import UserError
from collapse.judges.base import Judge, top_fraction, top_share
from collapse.part import Numbers, register, too_many, unnamed, within
from collapse.rewards.base import Likelihood, Reward


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

    fraction: Numbers = within("(0, 1]", default=0.2)

    @property
    def share(self):
        return self.fraction

    def weigh(self, key, view, reward):
        return top_fraction(jax.random.uniform(key, reward.shape), self.fraction)

    def expect(self, view, reward):
        return jnp.full(reward.shape, self.fraction)


CONTROLS = (KeepAll, RandomFraction)  # do not read the items: --judge does not replace them


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


@register("threshold", "candidates with a reward of at least `at`")
@final
class Threshold(_Expecting):
    """Keep candidates with a reward of at least ``at``. Their number is not known in advance:
    ``expected`` is the expected share, which sets the number of candidates; a shortfall is
    recorded."""

    at: Numbers = 0.0
    _: KW_ONLY
    expected: Numbers = within("(0, 1]", default=0.5)

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

    fraction: Numbers = within("(0, 1]", default=0.2)

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
        current = sum(jnp.asarray(view.t >= start, int) for start in self.starts[1:])

        def branch(i):
            def run():
                verdict, judge = self.judges[i].judge(key, view)
                judges = (*self.judges[:i], judge, *self.judges[i + 1 :])
                return verdict, eqx.filter(judges, eqx.is_array)

            return run

        verdict, arrays = jax.lax.switch(current, [branch(i) for i in range(len(self.judges))])
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
