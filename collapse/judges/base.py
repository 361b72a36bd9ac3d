"""Base class of judges, and selection of the best share of a batch."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.numerics.pytree import replace
from collapse.numerics.top_k import largest, largest_of_few, mass_around, ordered_bits
from collapse.part import Part
from collapse.types import Verdict, View


class Judge(Part):
    """Base class of judges, which decide what is kept of the candidates of a generation.

    To write your own, implement one method: ``score``, of which the best ``share`` is kept (a fifth
    by default), or ``weigh`` for another policy.

    ``share`` is the expected share of candidates that the judge keeps: an arm that keeps n items
    draws n / share candidates. ``group`` is the number of candidates that it compares at a time.
    """

    share: ClassVar[Any] = 0.2
    group: ClassVar[Any] = 1
    uses_truth: ClassVar[Any] = False  # whether ``view.truth`` is given to it
    independent: ClassVar[bool] = False  # keeps each outcome with a fixed probability, ``expect``
    hard: ClassVar[Any] = False  # its weights are decisions, 0 or 1, not probabilities

    @property
    def keeps_all(self) -> bool:
        """Whether every candidate is kept, each with weight 1."""
        return False

    @property
    def judges_by_reward(self) -> bool:
        """Whether its verdict comes from ``score`` and ``weigh``: ``judge`` is not overridden."""
        return type(self).judge is Judge.judge

    def score(self, key: Array, view: View) -> Array:
        """(m,) score of each candidate: any real number."""
        return jnp.zeros(len(view.batch.mass))

    def weigh(self, key: Array, view: View, reward: Array) -> Array:
        """(m,) probability in [0, 1] that each candidate is kept."""
        return top_fraction(reward, self.share, view.rivals)

    def expect(self, view: View, reward: Array) -> Array:
        """(m,) share of each outcome that is kept, for exact batches: the limit of ``weigh`` for
        infinitely many candidates. By default the best ``share`` of the mass; where ``weigh`` is
        overridden, ``weigh`` with a fixed key."""
        if type(self).weigh is Judge.weigh:
            return top_share(reward, view.batch.mass, self.share)
        return self.weigh(jax.random.key(0), view, reward)

    def judge(self, key: Array, view: View) -> tuple[Verdict, "Judge"]:
        """The verdict on a batch, and the judge with its state after this batch."""
        scoring, weighing = jax.random.split(key)
        reward = self._per_candidate("score", self.score(scoring, view), view)
        weight = self.weights(weighing, view, reward)
        return Verdict(self._per_candidate("weight", weight, view), reward), self

    def weights(self, key: Array, view: View, reward: Array) -> Array:
        """(m,) weight of each candidate: ``weigh``, or ``expect`` in an exact batch, there among
        the answers to each prompt if candidates compete in groups."""
        if view.batch.exact and view.rivals > 1:
            return self._expect_by_prompt(view, reward)
        if view.batch.exact:
            return self.expect(view, reward)
        return self.weigh(key, view, reward)

    def _expect_by_prompt(self, view: View, reward: Array) -> Array:
        """``expect`` within the answers to each prompt, since groups never mix prompts."""

        def one(batch, reward):
            mass = batch.mass / jnp.where((total := batch.mass.sum()) > 0, total, 1)
            return self.expect(replace(view, batch=replace(batch, mass=mass)), reward)

        by_prompt = lambda x: x.reshape(view.prompts, -1, *x.shape[1:])  # noqa: E731
        batches = jax.tree.map(by_prompt, view.batch)
        return jax.vmap(one)(batches, by_prompt(reward)).ravel()

    def _per_candidate(self, what: str, numbers, view: View) -> Array:
        """(m,) the result of a user's method as floats. Raises ``UserError`` unless it is one real
        number for each candidate; ``what`` names it."""
        if numbers is None:
            raise UserError(
                f"The judge {type(self).__name__} returned None as its {what}: end the method with "
                "return and one number for each candidate."
            )
        numbers = jnp.asarray(numbers)
        m = len(view.batch.mass)
        if numbers.shape != (m,):
            raise UserError(
                f"The judge {type(self).__name__} returned a {what} of shape {numbers.shape}, "
                f"where one number for each of the {m} candidates is needed: shape ({m},)."
            )
        if jnp.issubdtype(numbers.dtype, jnp.complexfloating):
            raise UserError(
                f"The judge {type(self).__name__} returned a {what} of complex numbers, where real "
                "ones are needed."
            )
        return numbers.astype(float)


def verdict_of(judge: Judge, key: Array, view: View) -> Verdict:
    """The verdict of a judge. Raises ``UserError`` if its ``judge`` returns anything but a verdict
    and a judge."""
    answer = judge.judge(key, view)
    kinds = [type(x) for x in answer] if isinstance(answer, tuple) else [type(answer)]
    if len(kinds) != 2 or not issubclass(kinds[0], Verdict) or not issubclass(kinds[1], Judge):
        names = " and ".join(kind.__name__ for kind in kinds)
        raise UserError(
            f"judge of {type(judge).__name__} returned {names}, where a Verdict and the judge "
            "as it is afterwards are needed: end it with return verdict, self."
        )
    return answer[0]


FEW = 32  # candidates up to which pairwise comparison is faster than bisection


def top_fraction(reward: Array, fraction: Array | float, group: int = 1) -> Array:
    """(m,) 1 for exactly the round(fraction m) best, at least one; ties in order of position. With
    a ``group``, this holds within every ``group`` rows."""
    size = group if group > 1 else len(reward)
    count = jnp.maximum(jnp.round(fraction * size), 1).astype(jnp.int32)
    best = largest_of_few if size <= FEW else largest
    candidates = (reward if size <= FEW else ordered_bits(reward)).reshape(-1, size)
    return jax.vmap(lambda row: best(row, count))(candidates).ravel().astype(float)


def top_share(reward: Array, mass: Array, share: Array | float) -> Array:
    """(m,) share of each outcome that is kept if the best ``share`` of the mass is kept; ties are
    split equally."""
    above, tied, _ = mass_around(reward, mass)
    return jnp.clip((share - above) / jnp.where(tied > 0, tied, 1), 0, 1)
