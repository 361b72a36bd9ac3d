"""Regime of a shared pool of human and AI pages that grows every generation, and crawls of it."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.pytree import replace
from collapse.part import Numbers, Part, at_least, positive, register, within
from collapse.regimes.base import Regime, in_slots, joined, real_rows, scaled
from collapse.regimes.completions import check_redraw, completed
from collapse.schedule import Schedule, value_at
from collapse.types import REAL, Pool, is_synthetic


@final
class Crawler(Part):
    """The filter of one lab on the pages of a ``Web``. Each page is weighted by the probability
    that the lab takes it.

    hit           share of the AI pages that its detector removes
    false_alarm   share of the human pages that its detector removes
    human         least share of the weight that human pages have (a provenance quota): AI pages
                  are scaled down to it
    until         only pages of generations up to this one (a dating cut-off); default: all
    misdated      share of the newer pages that carry an older date
    """

    _: KW_ONLY
    hit: Numbers = within("[0, 1]", default=0.0)
    false_alarm: Numbers = within("[0, 1]", default=0.0)
    human: Numbers = within("[0, 1]", default=0.0)
    until: Numbers = at_least(0, default=float("inf"))
    misdated: Numbers = within("[0, 1]", default=0.0)

    def taken(self, pool: Pool) -> Pool:
        """The pool with the weights of its pages in the training set."""
        ai = is_synthetic(pool.source)
        chance = jnp.where(ai, 1 - self.hit, 1 - self.false_alarm)
        chance = chance * jnp.where(pool.born <= self.until, 1, self.misdated)
        count = pool.count * chance
        synthetic, real = jnp.where(ai, count, 0).sum(), jnp.where(ai, 0, count).sum()
        allowed = real * (1 - self.human) / jnp.where(self.human > 0, self.human, 1)
        over = (self.human > 0) & (synthetic > allowed)
        scale = jnp.where(over, allowed / jnp.where(synthetic > 0, synthetic, 1), 1)
        return replace(pool, weight=pool.weight * chance * jnp.where(ai, scale, 1))


@register("web", "a growing pool of human and AI pages, and a crawl of it")
@final
class Web(Regime):
    """All pages so far: every generation adds the same number of human pages, and AI pages of the
    model.

    share      AI pages as a share of the new pages (a ``Schedule`` if it changes)
    stock      the pool starts with the human pages of so many generations
    written    the share of an AI page that the model writes. 1: all of it, as agents do; less:
               people who let a model complete their text, for models that can ``redraw``. The page
               then begins like the human page in the slot beside it, is not judged, and is AI text
               as a whole to a detector
    crawlers   the filters that give the training data; several are those of the members of a
               ``Population``, one each

    Every generation fills as many slots with human rows as with AI rows, of mass 1 and share / (1 -
    share), so that volumes are exact.

    Without sampling noise it follows ``laws.web.web_path``.
    """

    kinds = ("items", "support")
    even = False

    share: Array | float | Schedule = within("[0, 1)", default=0.35)
    _: KW_ONLY
    stock: Numbers = positive(default=1.0)
    written: float = within("(0, 1]", default=1.0, static=True)
    crawlers: tuple[Crawler, ...] = (Crawler(),)
    each: int = eqx.field(static=True, default=0)  # rows of one kind a generation: see ``bind``

    def bind(self, arm):
        exact = arm.sampler.kind == "support"
        each = len(arm.truth.support()[1]) if exact else arm.n
        return replace(self, n=arm.n, each=each)

    def start(self, real, generations, model=None):
        return self.extend(scaled(real, self.stock), generations)

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        drawing, writing = jax.random.split(key)
        human = real_rows(drawing, truth, sampler, fresh, self.n, t, judged)
        if self.written < 1:
            rows = completed(writing, model, human.rows, self.written, sampler)
            fresh = replace(fresh, rows=rows, weight=jnp.ones_like(fresh.weight))
        share = value_at(self.share, t)
        new = joined(human, scaled(fresh, share / (1 - share)))
        slot = (2 * t - 1) * self.each
        return jax.tree.map(
            lambda all, rows: jax.lax.dynamic_update_slice_in_dim(all, rows, slot, 0), pool, new
        )

    def select(self, key, pool, t):
        crawls = [crawler.taken(pool) for crawler in self.crawlers]
        if len(crawls) == 1:
            return crawls[0]
        private = [jnp.full_like(pool.source, REAL - 1 - k) for k in range(len(crawls))]
        return joined(*(replace(x, source=s) for x, s in zip(crawls, private, strict=True)))

    def extend(self, pool, generations):
        return in_slots(pool, self.each * (2 * generations + 1))

    def check_compatible(self, arm):
        errors = super().check_compatible(arm)
        members = len(arm.model.members)
        if not self.crawlers:
            errors.append("Web needs at least one crawler.")
        if len(self.crawlers) > 1 and members != len(self.crawlers):
            errors.append(
                f"Web has {len(self.crawlers)} crawlers, one for each member of a Population, and "
                f"the model {type(arm.model).__name__} has {members or 'no'} members."
            )
        if len(self.crawlers) > 1 and arm.learner.reads_source:
            errors.append(
                f"Web with {len(self.crawlers)} crawlers marks every page as private to a member, "
                f"so that {type(arm.learner).__name__} cannot tell AI pages from human ones: use "
                "one crawler, or another learner."
            )
        if members and arm.sampler.kind == "support":
            errors.append("Web needs a sampler that draws items if the model is a Population.")
        return errors + (check_redraw(self, arm) if self.written < 1 else [])
