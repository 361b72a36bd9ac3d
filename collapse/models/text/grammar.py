"""Finite, unambiguous grammars: truths with exactly known entropy and number of items."""

from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError
from collapse.items import Items
from collapse.models.base import Model
from collapse.numerics.grouping import row_ranks
from collapse.part import Numbers, array, register


@register("grammar", "finite grammar with exactly known entropy")
@final
class Grammar(Model):
    """Templates of slots. Each slot is one token drawn independently from its own distribution.

    A row has at most one derivation: no two templates of equal length can produce the same row.
    Fields: template probabilities (A,) and slot probabilities (A, L, V), where token 0 ends a row
    and fills it up.
    """

    side_by_side = False

    template: Numbers = array()
    slot: Numbers = array()

    @staticmethod
    def of(templates: list[tuple[float, list[dict[int, float]]]], size: int) -> "Grammar":
        """A grammar from (weight, slots) pairs, where each slot maps tokens to weights."""
        if not templates:
            raise UserError("Grammar.of needs at least one template.")
        length = max(len(slots) for _, slots in templates) + 1
        template = np.array([weight for weight, _ in templates], float)
        slot = np.zeros((len(templates), length, size))
        slot[:, :, 0] = 1
        for a, (_, slots) in enumerate(templates):
            for place, choices in enumerate(slots):
                slot[a, place, 0] = 0
                for token, weight in choices.items():
                    slot[a, place, token] = weight
        slot /= slot.sum(-1, keepdims=True)
        return Grammar(jnp.asarray(template / template.sum()), jnp.asarray(slot))

    @property
    def vocab_size(self) -> int:
        return self.slot.shape[-1]

    def gives(self):
        sizes = {"length": self.slot.shape[1], "vocab_size": self.vocab_size}
        return Items("tokens", sizes, ("answers",))

    def entropy(self) -> float:
        """Exact Shannon entropy of a row, in nats: that of the template plus those of its slots."""
        template, slot = np.asarray(self.template, float), np.asarray(self.slot, float)
        of_slots = -(slot * np.log(np.where(slot > 0, slot, 1))).sum((1, 2))
        of_template = -(template * np.log(np.where(template > 0, template, 1))).sum()
        return float(of_template + template @ of_slots)

    @property
    def support_size(self) -> Array:
        """Exact number of different rows (in single precision, up to 16 million)."""
        of_each = (self.slot > 0).sum(-1).astype(float).prod(-1)
        return jnp.where(self.template > 0, of_each, 0).sum()

    def fit(self, key, pool):
        """Templates and slots by weighted frequency; rows outside the grammar are ignored."""
        each = self._log_each(pool.rows)
        own = jnp.where(jnp.isfinite(each), pool.count[:, None], 0)  # (n, A)
        marks = jax.nn.one_hot(pool.rows, self.vocab_size)
        slot = jnp.einsum("na,nlv->alv", own, marks)
        total = slot.sum(-1, keepdims=True)
        slot = jnp.where(total > 0, slot / jnp.where(total > 0, total, 1), self.slot)
        return Grammar(own.sum(0) / own.sum(), slot)

    def defined(self, pool):
        inside = jnp.isfinite(self._log_each(pool.rows)).any(1)
        return (pool.count * inside).sum() > 0

    def sample(self, key, n):
        which, slots = jax.random.split(key)
        template = jnp.searchsorted(
            jnp.cumsum(self.template), jax.random.uniform(which, (n,)), side="right"
        ).clip(max=len(self.template) - 1)
        ends = jnp.cumsum(self.slot, -1)
        bits = jax.random.uniform(slots, (n, self.slot.shape[1])) * ends[template, :, -1]
        token = (ends[template] <= bits[:, :, None]).sum(-1)
        return token.clip(max=self.vocab_size - 1).astype(jnp.int32)

    def _log_each(self, rows: Array) -> Array:
        """(n, A) log-probability of each row by each template."""
        slots = jnp.log(self.slot)[:, jnp.arange(rows.shape[1]), rows]  # (A, n, L)
        return slots.sum(-1).T + jnp.log(self.template)

    def log_prob(self, rows):
        """(n,) exact log-probability in nats; -inf for a row outside the grammar."""
        return jax.nn.logsumexp(self._log_each(rows), axis=1)

    def identify(self, rows):
        return row_ranks(rows, self.vocab_size), len(rows)
