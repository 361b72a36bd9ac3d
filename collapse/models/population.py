"""Populations of models that train on one another's output, and truths with several sources."""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import logsumexp

from collapse.errors import UserError
from collapse.models.base import Model, choose
from collapse.numerics.pytree import replace
from collapse.numerics.top_k import compact
from collapse.part import one_of, register
from collapse.types import REAL, Batch

READS = ("all", "own", "part")


@register("population", "several models trained on one another's output")
@final
class Population(Model):
    """K members of one kind; the population's distribution is their equal mixture.

    Every member is fitted to the rows it may see, by their source: REAL is public, REAL - 1 - k
    private to member k, and k >= 0 the output of member k. With ``reads`` "all" it sees the output
    of every member, with "own" only its own (separate lineages), with "part" one of K equal parts
    of the pooled output (Hodel and West 2025). A member whose fit is not defined keeps its
    parameters. Each member draws n / K of n rows, in turn: row i (group i, if rows come in groups)
    is from member i mod K, whose number is its source.
    """

    members: tuple[Model, ...]
    _: KW_ONLY
    reads: str = one_of(*READS)

    @classmethod
    def of(cls, members, reads: str = "all") -> "Population":
        return cls(tuple(members), reads=reads)

    def __len__(self) -> int:
        return len(self.members)

    @property
    def singles(self):
        return tuple(single for member in self.members for single in member.singles)

    @property
    def side_by_side(self) -> bool:
        return self.members[0].side_by_side

    @property
    def tokens(self) -> bool:
        return self.members[0].tokens

    @property
    def padding(self) -> str:
        return self.members[0].padding

    def visible(self, pool, member: int):
        """The part of the pool that a member may see, in the first slots."""
        synthetic = pool.source >= 0 if self.reads != "own" else pool.source == member
        if self.reads == "part":  # each holds as many rows of every member
            synthetic &= jnp.arange(len(pool.source)) // len(self) % len(self) == member
        seen = synthetic | (pool.source == REAL) | (pool.source == REAL - 1 - member)
        pool = replace(pool, weight=jnp.where(seen, pool.weight, 0), past=None)
        if pool.kind != "items":
            return pool
        return compact(pool.weight > 0, pool, len(pool.weight))

    def fit(self, key, pool):
        def one(k, old):
            seen = self.visible(pool, k)
            new = old.fit(jax.random.fold_in(key, k), seen)
            if jax.tree.structure(new) != jax.tree.structure(old):
                return new  # the first fit, which sets the array sizes
            return choose(old.defined(seen), new, old)

        return replace(self, members=tuple(one(k, old) for k, old in enumerate(self.members)))

    def defined(self, pool):
        """Whether at least one member has a fit; members without a fit stay unchanged."""
        return jnp.stack(
            [m.defined(self.visible(pool, k)) for k, m in enumerate(self.members)]
        ).any()

    def draw(self, key, n, group, sampler, taken):
        members = len(self)
        if n % (members * group):
            each = f"{members} members" + (f" in groups of {group}" if group > 1 else "")
            raise UserError(
                f"A population divides rows evenly among its members: {n} rows cannot be divided"
                f" among {each}."
            )

        def one(k, member):
            own = (taken + members - 1 - k) // members
            batch = member.draw(jax.random.fold_in(key, k), n // members, group, sampler, own)
            mass = batch.mass / members if batch.exact else batch.mass
            return replace(batch, mass=mass, source=jnp.full_like(batch.source, k))

        batches = [one(k, member) for k, member in enumerate(self.members)]
        return in_turn(batches, group)

    def sample(self, key, n):
        keys = jax.random.split(key, len(self))
        each = -(-n // len(self))
        drawn = [m.sample(keys[k], each) for k, m in enumerate(self.members)]
        return jax.tree.map(lambda x: x[:n], in_turn(drawn, 1))

    def log_prob(self, rows):
        """(n,) log-probability under the equal mixture of the members."""
        every = jnp.stack([m.log_prob(rows) for m in self.members])
        return logsumexp(every, axis=0) - jnp.log(len(self))

    def identify(self, rows):
        return self.members[0].identify(rows)

    def past_precision(self):
        return jnp.stack([m.past_precision() for m in self.members]).any()

    def diverged(self):
        return jnp.stack([m.diverged() for m in self.members]).any()

    def extend(self, like):
        both = zip(self.members, like.members, strict=True)
        return replace(self, members=tuple(mine.extend(its) for mine, its in both))

    def validate(self):
        errors = super().validate()
        if not self.members:
            errors.append("A Population needs at least one member.")
        if len({type(m) for m in self.members}) > 1:
            errors.append("The members of a Population must be models of one kind.")
        return errors


@register("sources", "truth with public and private sources")
@final
class Sources(Model):
    """A truth with several sources: a ``public`` one, and ``privates``, one for each member of a
    population.

    n real rows are drawn in equal numbers from all sources, in turn: first the public one (source
    REAL), then that of member k (source REAL - 1 - k). ``public=None``: no public source.
    """

    learns = False

    public: Model | None
    privates: tuple[Model, ...] = ()

    @property
    def everything(self) -> tuple:
        return (() if self.public is None else (self.public,)) + tuple(self.privates)

    @property
    def members(self) -> tuple:
        """The private source of each member, or the public one if there are none."""
        return tuple(self.privates) or (self.public,)

    @property
    def singles(self):
        return tuple(single for source in self.everything for single in source.singles)

    @property
    def side_by_side(self) -> bool:
        return self.everything[0].side_by_side

    def fit(self, key, pool):
        raise UserError("Sources is a truth and cannot be fitted: use Population as the model.")

    def real(self, key, n):
        sources = self.everything
        if n % len(sources):
            raise UserError(
                f"n = {n} real rows cannot be divided evenly among {len(sources)} sources."
            )
        first = REAL if self.public is not None else REAL - 1
        batches = []
        for i, source in enumerate(sources):
            batch = source.real(jax.random.fold_in(key, i), n // len(sources))
            batches.append(replace(batch, source=jnp.full_like(batch.source, first - i)))
        return in_turn(batches, 1)

    def sample(self, key, n):
        """(n, ...) items from all sources in turn."""
        each = -(-n // len(self.everything))
        drawn = [s.sample(jax.random.fold_in(key, i), each) for i, s in enumerate(self.everything)]
        return jax.tree.map(lambda x: x[:n], in_turn(drawn, 1))

    def log_prob(self, rows):
        """(n,) log-probability under the equal mixture of all sources."""
        every = jnp.stack([source.log_prob(rows) for source in self.everything])
        return logsumexp(every, axis=0) - jnp.log(len(every))

    def identify(self, rows):
        return self.everything[0].identify(rows)

    def validate(self):
        return [] if self.everything else ["Sources needs a public source or private ones."]


def members_of(model: Model) -> tuple[Model, ...]:
    """The members of a population, or the private sources of a truth; else the model alone."""
    return model.members if isinstance(model, (Population, Sources)) else (model,)


def in_turn(parts: list, group: int):
    """Interleave batches or rows of equal length: the first group of each, then the second, ..."""
    size = group if not isinstance(parts[0], Batch) or parts[0].kind == "items" else 1

    def weave(*arrays: Array) -> Array:
        shape = arrays[0].shape
        split = [x.reshape(-1, size, *shape[1:]) for x in arrays]
        return jnp.stack(split, axis=1).reshape(-1, *shape[1:])

    return jax.tree.map(weave, *parts)
