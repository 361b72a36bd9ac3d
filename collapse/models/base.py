"""Base class of models. A truth is a model too, which need not be able to learn."""

from abc import abstractmethod
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from collapse.errors import UserError
from collapse.items import Items
from collapse.numerics.pytree import replace
from collapse.part import Part
from collapse.samplers.base import Plain
from collapse.types import REAL, Batch, Pool, Summary


class Model(Part):
    """A distribution over items that can be fitted to a weighted pool and sampled."""

    side_by_side: ClassVar[bool] = True  # run the seeds of a block under vmap
    padding: ClassVar[str] = "constant"  # what ``extend`` fills with: zeros, or the "edge" value
    token_by_token: ClassVar[bool] = False  # next-token distribution is known (``Autoregressive``)
    tokens: ClassVar[bool] = False  # a token sampler can transform its next-token distributions
    summarised: ClassVar[bool] = False  # has ``summary``: can be fitted without drawing items
    sample_smoothed: ClassVar[bool] = False  # draws from a smoothed estimate (``NGram``)
    trained: ClassVar[bool] = False  # by gradient descent
    members: ClassVar[tuple] = ()  # the models that a population or a mixed truth is made of
    learns: ClassVar[bool] = True  # can be fitted; a truth need not be

    @abstractmethod
    def fit(self, key: Array, pool: Pool) -> "Model":
        """The maximum-likelihood model of the pool, each row weighted by ``pool.count``. It is
        of the same class, with arrays of the same shapes and types."""

    @abstractmethod
    def sample(self, key: Array, n: int) -> Any:
        """(n, ...) independent items."""

    @abstractmethod
    def log_prob(self, rows: Any) -> Array:
        """(n,) log-probability or log-density of each row, in nats."""

    def gives(self) -> Items | None:
        """The items it draws; None if not declared, so that they are found by a trial draw."""
        return None

    def takes(self) -> Items | None:
        """The items it can be fitted to; by default items like its own."""
        return self.gives()

    @property
    def blank(self) -> bool:
        """Whether it cannot be sampled before it is fitted."""
        return False

    @property
    def singles(self) -> tuple["Model", ...]:
        """The models that it consists of; itself if it is a single one."""
        return (self,)

    def defined(self, pool: Pool) -> Array:
        """Whether a fit to this pool exists; if not, the previous parameters stay."""
        return pool.count.sum() > 0

    def draw(self, key: Array, n: int, group: int, sampler, taken: Array = None) -> Batch:
        """A batch of n candidates drawn by the sampler, consecutive ones in groups of ``group``. Of
        the rows that the judge keeps, the next pool takes the first ``taken``."""
        return sampler.draw(key, self, n, group, taken)

    def reshaped(self, sampler) -> "Model":
        """The model of the same class with the distribution that this one has under the sampler.
        Raises ``UserError`` where there is none."""
        if type(sampler) is Plain:
            return self
        raise UserError(f"{type(sampler).__name__} cannot reshape a {type(self).__name__}.")

    @property
    def prompts(self) -> int:
        """Number of prompts; the support lists the answers prompt by prompt."""
        return 1

    def sample_groups(self, key: Array, n: int, group: int, *sampler) -> Any:
        """(n, ...) items, of which ``group`` consecutive ones answer the same prompt. A ``sampler``
        transforms the next-token distributions."""
        return self.sample(key, n, *sampler)

    def with_params(self, net: Any) -> "Model":
        """The same model with parameters ``net``, with respect to which gradients are taken."""
        return replace(self, net=net)

    def log_prob_at(self, net: Any, rows: Any) -> Array:
        """(n,) log-probability of each row with parameters ``net``, to be differentiated."""
        return self.with_params(net).log_prob(rows)

    def remembered(self) -> tuple[Any, Array]:
        """Weighted rows that stand for the model: its maximum-likelihood fit to them is itself.
        Returns rows (K, ...) and their shares (K,)."""
        return self.support()

    def support(self) -> tuple[Any, Array]:
        """Every item of positive probability, (K, ...), and the probabilities (K,). Raises
        ``UserError`` if they cannot be listed."""
        raise UserError(f"{type(self).__name__} has no finite support to list.")

    def noise(self, key: Array, count: Array) -> Any:
        """The random numbers of a summary of ``count`` items. They do not depend on the parameters,
        so they can be drawn for many generations at once. By default a key."""
        return key

    @property
    def noise_size(self) -> int:
        """How many random numbers ``noise`` draws, where they are more than a few."""
        return 1

    def summary(self, noise: Any, count: Array) -> Summary:
        """One row with the sufficient statistic of ``count`` items, distributed as if items
        were drawn; ``noise`` are its random numbers. Raises ``UserError`` if there is none."""
        raise UserError(f"{type(self).__name__} has no sufficient statistic to draw.")

    def summary_pays(self, count: int) -> bool:
        """Whether a summary of ``count`` items exists and is cheaper than the items."""
        return True

    def past_precision(self) -> Array:
        """Whether the parameters are too small for the floating-point precision in use."""
        return jnp.array(False)

    def real(self, key: Array, n: int) -> Batch:
        """n items drawn from this model as the truth."""
        return Batch(self.sample(key, n), jnp.ones(n), jnp.full(n, REAL, jnp.int32))

    def diverged(self) -> Array:
        """Whether training diverged, so that the previous parameters were kept."""
        return jnp.array(False)

    def marked(self, diverged: Array) -> "Model":
        """The model with the record of whether a learner's step diverged."""
        return self

    @property
    def parts(self) -> int:
        """Number of calls of ``fit`` that make up one fit in a run."""
        return 1

    def part_by_part(self) -> "Model":
        """The model with the progress of a fit, for runs whose fits are split into parts."""
        return self

    def extend(self, like: "Model") -> "Model":
        """The same fitted model, its arrays padded to the shapes of ``like``, for a longer run."""

        def pad(mine, its):
            widths = [(0, new - old) for old, new in zip(mine.shape, its.shape, strict=True)]
            return jnp.pad(mine, widths, mode=self.padding) if widths else mine

        return jax.tree.map(pad, self, like)

    def identify(self, rows: Any) -> tuple[Array, int]:
        """A number (n,) for each row, equal for equal items, and an upper bound of all numbers.

        Raises ``UserError`` for models of continuous items, which have none.
        """
        name = type(self).__name__
        if all(jnp.issubdtype(x.dtype, jnp.integer) for x in jax.tree.leaves(rows)):
            raise UserError(
                f"{name} draws whole numbers and has no method identify, by which equal items are "
                "counted: write identify(self, rows), which returns a number for each row, the "
                "same for equal items, and a bound above all of them; or leave out what counts "
                "equal items."
            )
        raise UserError(
            f"{name} draws continuous items, which cannot be counted: leave out "
            "measures, judges and rewards that count equal items."
        )


def choose(defined: Array, new: Any, old: Any) -> Any:
    """``new`` where the fit is defined, else ``old``, for models or other trees of arrays."""
    return jax.tree.map(lambda a, b: jnp.where(defined, a, b), new, old)
