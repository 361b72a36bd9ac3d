"""Several models that train on one another's output, and a truth of several sources."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import logsumexp

from collapse.errors import UserError
from collapse.models.base import Model, choose
from collapse.numerics.pytree import replace
from collapse.numerics.top_k import compact
from collapse.part import register
from collapse.types import REAL, Batch

READS = ("all", "own")


@register("population", "several models side by side")
@final
class Population(Model):
    """K members of one kind; together they are the equal mixture of them.

    Every member fits the rows it may see, by their source: REAL is public, REAL - 1 - k private
    to member k, and k >= 0 was said by member k. ``reads`` "all" lets it see what every member
    said, "own" only what it said itself (lineages that never meet). A member whose fit is not
    defined keeps the parameters it has. Every member says n / K of n rows, in turn: row i (group
    i of rows, where rows come in groups) is member i mod K's, and has its number as source.
    """

    members: tuple[Model, ...]
    _: KW_ONLY
    reads: str = eqx.field(static=True, default="all")

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

    def bind(self, arm) -> "Population":
        met = (m.bind(arm) if hasattr(m, "bind") else m for m in self.members)
        return replace(self, members=tuple(met))

    def visible(self, pool, member: int):
        """The pool as a member sees it: the rows that are for it, in the first slots."""
        said = pool.source >= 0 if self.reads == "all" else pool.source == member
        seen = said | (pool.source == REAL) | (pool.source == REAL - 1 - member)
        pool = replace(pool, weight=jnp.where(seen, pool.weight, 0), past=None)
        if pool.kind != "items":
            return pool
        return compact(pool.weight > 0, pool, len(pool.weight))

    def fit(self, key, pool):
        def one(k, old):
            seen = self.visible(pool, k)
            new = old.fit(jax.random.fold_in(key, k), seen)
            if jax.tree.structure(new) != jax.tree.structure(old):
                return new  # the first fit, which lays the arrays out
            return choose(old.defined(seen), new, old)

        return replace(self, members=tuple(one(k, old) for k, old in enumerate(self.members)))

    def defined(self, pool):
        """Whether some member has a fit; those that have none stay as they are."""
        return jnp.stack(
            [m.defined(self.visible(pool, k)) for k, m in enumerate(self.members)]
        ).any()

    def draw(self, key, n, group, sampler, taken):
        members = len(self)
        if n % (members * group):
            each = f"{members} members" + (f" in groups of {group}" if group > 1 else "")
            raise UserError(f"A population's rows are shared out evenly: {n} do not go to {each}.")

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
        """(n,) of the equal mixture of the members."""
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
        found = []
        if not self.members:
            return ["A Population needs at least one member."]
        if self.reads not in READS:
            found.append(f"Population reads must be all or own, not {self.reads!r}.")
        if len({type(m) for m in self.members}) > 1:
            found.append("The members of a Population must be models of one kind.")
        return found


@register("sources", "truth: public and private sources")
@final
class Sources(Model):
    """A truth of several sources: one public, and one private to each member of a population.

    n real rows come in equal numbers from all sources, in turn: the public one first (source
    REAL), then that of member k (source REAL - 1 - k). Without a public source: ``public=None``.
    """

    learns = False

    public: Model | None
    privates: tuple[Model, ...] = ()

    @property
    def everything(self) -> tuple:
        return (() if self.public is None else (self.public,)) + tuple(self.privates)

    @property
    def members(self) -> tuple:
        """What each member of a population is to learn of its own."""
        return tuple(self.privates) or (self.public,)

    @property
    def singles(self):
        return tuple(single for source in self.everything for single in source.singles)

    @property
    def side_by_side(self) -> bool:
        return self.everything[0].side_by_side

    def fit(self, key, pool):
        raise UserError("Sources are a truth, not a model to be fitted: use a Population.")

    def real(self, key, n):
        sources = self.everything
        if n % len(sources):
            raise UserError(
                f"n = {n} real rows cannot be shared out evenly to {len(sources)} sources."
            )
        first = REAL if self.public is not None else REAL - 1
        batches = []
        for i, source in enumerate(sources):
            batch = source.real(jax.random.fold_in(key, i), n // len(sources))
            batches.append(replace(batch, source=jnp.full_like(batch.source, first - i)))
        return in_turn(batches, 1)

    def sample(self, key, n):
        """(n, ...) from all sources in turn."""
        each = -(-n // len(self.everything))
        drawn = [s.sample(jax.random.fold_in(key, i), each) for i, s in enumerate(self.everything)]
        return jax.tree.map(lambda x: x[:n], in_turn(drawn, 1))

    def log_prob(self, rows):
        """(n,) of the equal mixture of all sources."""
        every = jnp.stack([source.log_prob(rows) for source in self.everything])
        return logsumexp(every, axis=0) - jnp.log(len(every))

    def identify(self, rows):
        return self.everything[0].identify(rows)

    def validate(self):
        return [] if self.everything else ["Sources need a public source or private ones."]


def in_turn(parts: list, group: int):
    """Batches or rows of equal length as one: the first group of each, then the second, ..."""
    size = group if not isinstance(parts[0], Batch) or parts[0].kind == "items" else 1

    def weave(*arrays: Array) -> Array:
        shape = arrays[0].shape
        split = [x.reshape(-1, size, *shape[1:]) for x in arrays]
        return jnp.stack(split, axis=1).reshape(-1, *shape[1:])

    return jax.tree.map(weave, *parts)
