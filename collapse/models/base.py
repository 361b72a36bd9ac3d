"""What every model offers. A truth is the same kind of thing."""

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
    """A distribution over items that can be fitted to a weighted pool and drawn from."""

    side_by_side: ClassVar[bool] = True  # run the seeds of a block under vmap
    padding: ClassVar[str] = "constant"  # how ``extend`` fills: with zeros, or the "edge"
    token_by_token: ClassVar[bool] = False  # shows its next-token distribution (``Autoregressive``)
    tokens: ClassVar[bool] = False  # built from next-token distributions a sampler can reshape
    summarised: ClassVar[bool] = False  # has ``summary``: fits what it has drawn without items
    learns: ClassVar[bool] = True  # can be fitted; a truth need not

    @abstractmethod
    def fit(self, key: Array, pool: Pool) -> "Model":
        """The maximum-likelihood model of the pool, each row weighted by ``pool.count``."""

    @abstractmethod
    def sample(self, key: Array, n: int) -> Any:
        """(n, ...) independent items."""

    @abstractmethod
    def log_prob(self, rows: Any) -> Array:
        """(n,) log-probability or log-density of each row, in nats."""

    def gives(self) -> Items | None:
        """What its items are; None where it does not say, so that it has to be tried."""
        return None

    def takes(self) -> Items | None:
        """What it can be fitted to: unless it says so, items like its own."""
        return self.gives()

    @property
    def blank(self) -> bool:
        """Whether there is nothing to draw from before a fit."""
        return False

    @property
    def singles(self) -> tuple["Model", ...]:
        """The models that it is made of, itself if it is one."""
        return (self,)

    def defined(self, pool: Pool) -> Array:
        """Whether a fit to this pool exists; if not, the previous parameters stay."""
        return pool.count.sum() > 0

    def draw(self, key: Array, n: int, group: int, sampler, taken: Array = None) -> Batch:
        """n candidates in groups, by way of the sampler; of the rows that the judge keeps, the
        next pool will take the first ``taken``."""
        return sampler.draw(key, self, n, group, taken)

    def reshaped(self, sampler) -> "Model":
        """The model of the same kind that draws what this one draws by way of the sampler."""
        if type(sampler) is Plain:
            return self
        raise UserError(f"{type(sampler).__name__} cannot reshape a {type(self).__name__}.")

    @property
    def prompts(self) -> int:
        """How many prompts this model answers; its support lists their answers prompt by prompt."""
        return 1

    def sample_groups(self, key: Array, n: int, group: int, *sampler) -> Any:
        """(n, ...) items, those of a group of ``group`` in answer to the same prompt."""
        return self.sample(key, n, *sampler)

    def with_params(self, net: Any) -> "Model":
        """The same model with other parameters: ``net`` is what gradients are taken of."""
        return replace(self, net=net)

    def log_prob_at(self, net: Any, rows: Any) -> Array:
        """(n,) log-probability of each row under the parameters ``net``, to be differentiated."""
        return self.with_params(net).log_prob(rows)

    def remembered(self) -> tuple[Any, Array]:
        """Rows and the share of each, to which this model is the maximum-likelihood fit."""
        return self.support()

    def support(self) -> tuple[Any, Array]:
        """Every item this model can say, (K, ...), and the probability of each, (K,)."""
        raise UserError(f"{type(self).__name__} has no finite support to list.")

    def noise(self, key: Array, count: Array) -> Any:
        """All that is random about a summary of ``count`` items, apart from the parameters, so
        that it can be drawn for many generations at once. Where it cannot be told apart: a key."""
        return key

    def summary(self, noise: Any, count: Array) -> Summary:
        """The sufficient statistic, one row, of ``count`` items: in law as from items drawn."""
        raise UserError(f"{type(self).__name__} has no sufficient statistic to draw.")

    def summary_pays(self, count: int) -> bool:
        """Whether a summary of ``count`` items exists and is less work than the items."""
        return True

    def past_precision(self) -> Array:
        """Whether the parameters are smaller than what the precision in use can resolve."""
        return jnp.array(False)

    def real(self, key: Array, n: int) -> Batch:
        """n items drawn from this model as the truth."""
        return Batch(self.sample(key, n), jnp.ones(n), jnp.full(n, REAL, jnp.int32))

    def diverged(self) -> Array:
        """Whether training went to infinity, so that the parameters before it stayed."""
        return jnp.array(False)

    def marked(self, diverged: Array) -> "Model":
        """The model, telling whether the step that a learner would have taken went to infinity."""
        return self

    @property
    def parts(self) -> int:
        """How many calls of ``fit`` make one fit, in a run."""
        return 1

    def part_by_part(self) -> "Model":
        """The model with the progress of a fit, which a run carries where fits go in parts."""
        return self

    def extend(self, like: "Model") -> "Model":
        """The same fitted model where a longer run lays its arrays out larger, as in ``like``."""

        def pad(mine, its):
            widths = [(0, new - old) for old, new in zip(mine.shape, its.shape, strict=True)]
            return jnp.pad(mine, widths, mode=self.padding) if widths else mine

        return jax.tree.map(pad, self, like)

    def identify(self, rows: Any) -> tuple[Array, int]:
        """A number (n,) for each row, equal for equal items, and a bound all numbers are below.

        Models of continuous items have none. Raises ``UserError``.
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
            f"{name} draws continuous items, which cannot be counted: leave out what counts equal "
            "ones."
        )

    def validate(self) -> list[str]:
        """What a user got wrong in this model's fields, each a sentence."""
        return []


def choose(defined: Array, new: Any, old: Any) -> Any:
    """``new`` where the fit was defined, else ``old``: models, or other trees of arrays."""
    return jax.tree.map(lambda a, b: jnp.where(defined, a, b), new, old)
