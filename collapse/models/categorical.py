"""K outcomes with a probability each: haploid Wright-Fisher drift, when fed on itself."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.judges.policies import KeepAll
from collapse.models.base import Model
from collapse.ranking import multiply_high, rising_ends
from collapse.samplers.base import TokenSampler, reshape
from collapse.trees import change
from collapse.types import Summary


class Shares(Summary):
    """How often each outcome occurred, per item."""

    p: Array  # (m, K)

    def merged(self, count):
        total = count @ self.p
        return Shares((total / jnp.where(total.sum() > 0, total.sum(), 1))[None])


class Categorical(Model):
    """A distribution over outcomes 0..K-1; items are outcome numbers.

    Field: p (K,), probabilities that sum to 1. Fitted to n whole rows of equal weight, the model
    may keep them: a random row of them is a draw from p, whatever K is.
    """

    tokens = True  # one token long
    summarised = True

    p: Array = eqx.field(converter=jnp.asarray)
    keeps_rows: bool = eqx.field(static=True, default=False)  # decided by ``prepare``
    rows: Array | None = None  # (n,) what p is the empirical distribution of
    filled: Array | None = None  # how many of them

    def meet(self, arm):
        """Rows can stand for p where all that are trained on weigh the same."""
        whole = type(arm.judge) is KeepAll or arm.candidates > arm.regime.slots(arm.generations)
        return change(self, keeps_rows=whole and arm.regime.even)

    @property
    def support_size(self) -> Array:
        return (self.p > 0).sum()

    def fit(self, key, pool):
        if isinstance(pool.rows, Shares):
            return change(self, p=pool.rows.merged(pool.count).p[0])
        counts = jnp.zeros_like(self.p).at[pool.rows].add(pool.count)
        p = counts / counts.sum()
        if pool.kind != "items" or not self.keeps_rows:
            return change(self, p=p)
        filled = (pool.weight > 0).sum().astype(jnp.uint32)
        return change(self, p=p, rows=pool.rows, filled=filled)

    def reshaped(self, sampler):
        if not isinstance(sampler, TokenSampler):
            return super().reshaped(sampler)
        return change(self, p=reshape(self.p, sampler), rows=None, filled=None)

    def support(self):
        return jnp.arange(len(self.p), dtype=jnp.int32), self.p

    def summary(self, noise, count):
        """Multinomial counts over their number."""
        return Shares(multinomial(noise, count, self.p)[None] / jnp.maximum(count, 1))

    def summary_pays(self, count):
        return count > 64 * len(self.p)

    def sample(self, key, n, sampler=None):
        if self.rows is not None and sampler is None:
            return self.rows[multiply_high(jax.random.bits(key, (n,), jnp.uint32), self.filled)]
        p = self.p if sampler is None else reshape(self.p, sampler)
        ends = rising_ends(p, jnp.cumsum(p))
        drawn = jnp.searchsorted(ends, jax.random.uniform(key, (n,)) * ends[-1], side="right")
        # A uniform can round up to the end itself: the last outcome of positive probability.
        last = len(p) - 1 - jnp.argmax(p[::-1] > 0)
        return jnp.minimum(drawn, last).astype(jnp.int32)

    def log_prob(self, rows):
        return jnp.log(self.p)[rows]

    def identify(self, rows):
        return rows, len(self.p)

    def kl(self, other: "Categorical") -> Array:
        """KL(self || other) in nats; +inf where ``other`` has lost an outcome of self."""
        ratio = jnp.log(jnp.where(self.p > 0, self.p, 1)) - jnp.log(other.p)
        return jnp.where(self.p > 0, self.p * ratio, 0).sum()

    def total_variation(self, other: "Categorical") -> Array:
        """Half the sum of absolute differences, in [0, 1]."""
        return 0.5 * jnp.abs(self.p - other.p).sum()

    def mistakes(self):
        p = jnp.asarray(self.p)
        if p.ndim != 1 or len(p) < 2:
            return ["Categorical p must be a list of at least 2 probabilities."]
        if bool((p < 0).any()) or abs(float(p.sum()) - 1) > 1e-3:
            return [f"Categorical p must be >= 0 and sum to 1; it sums to {float(p.sum()):.6g}."]
        return []


def multinomial(key: Array, count: Array, p: Array) -> Array:
    """(K,) how many of ``count`` draws fall on each outcome: halves of the outcomes are split by
    binomial draws, level by level, so that a level is one vectorised draw."""
    levels = max(len(p) - 1, 1).bit_length()
    tree = [jnp.pad(p, (0, (1 << levels) - len(p)))]
    for _ in range(levels):
        tree.append(tree[-1].reshape(-1, 2).sum(1))
    counts = jnp.broadcast_to(jnp.asarray(count, p.dtype), 1)
    for level in reversed(range(levels)):
        left, both = tree[level][::2], tree[level + 1]
        chance = jnp.clip(left / jnp.where(both > 0, both, 1), 0, 1)
        chance = jnp.where((tree[level][1::2] > 0) | (left == 0), chance, 1)
        first = jax.random.binomial(jax.random.fold_in(key, level), counts, chance)
        counts = jnp.stack([first, counts - first], axis=1).reshape(-1)
    return counts[: len(p)]


def zipf(size: int, exponent: float = 1.0) -> Categorical:
    """p_i proportional to i^-exponent, i = 1..size."""
    p = jnp.arange(1, size + 1) ** -float(exponent)
    return Categorical(p / p.sum())


def zipf_mandelbrot(size: int, exponent: float = 1.0, shift: float = 2.7) -> Categorical:
    """p_i proportional to (i + shift)^-exponent, i = 1..size (Mandelbrot 1953). The defaults and
    (2, 5) are the vocabularies of Suresh et al. (2024), as in their code."""
    p = (jnp.arange(1, size + 1) + shift) ** -float(exponent)
    return Categorical(p / p.sum())


def uniform(size: int) -> Categorical:
    """A fair die: p_i = 1 / size (Kazdan et al. 2025)."""
    return Categorical(jnp.full(size, 1 / size))


def geometric(size: int, ratio: float) -> Categorical:
    """p_i proportional to ratio^i, i = 1..size."""
    p = float(ratio) ** jnp.arange(size)
    return Categorical(p / p.sum())
