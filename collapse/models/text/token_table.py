"""N-gram models as probability tables: one row per context, trainable by gradients."""

from dataclasses import KW_ONLY
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.models.networks.autoregressive import Autoregressive
from collapse.models.text.table import Table, draw_rows
from collapse.numerics.pytree import replace
from collapse.numerics.tokens import real
from collapse.part import Numbers, array, register, whole
from collapse.samplers.base import reshape


@register("token-table", "n-gram probability table, trainable by gradients")
@final
class TokenTable(Table, Autoregressive):
    """p(token | the ``order`` - 1 tokens before it), for small vocabularies. Unlike ``NGram``,
    which stores its training rows, this is a differentiable table, so that policy gradients can
    train it.

    Rows are ``length`` tokens; token 0 ends a row and fills the rest. A context that does not occur
    in the pool keeps its row. Fields: p (contexts, V), rows that sum to 1; contexts are the
    preceding tokens, with number V for the start: (V + 1)^(order - 1) of them.
    """

    at_once: ClassVar[int] = 8192  # the state is one number per row

    p: Numbers = array(0)
    length: int = eqx.field(static=True)
    _: KW_ONLY
    order: int = eqx.field(static=True, default=2)

    @staticmethod
    def uniform(size: int, length: int, order: int = 2) -> "TokenTable":
        """Uniform distribution in every context: V = ``size``, the end symbol included."""
        size, order = whole("size", size, 2), whole("order", order, 1)
        return TokenTable(np.full(((size + 1) ** (order - 1), size), 1 / size), length, order=order)

    @property
    def vocab_size(self) -> int:
        return self.p.shape[1]

    def contexts(self, rows: Array) -> Array:
        """(n, L) context number of each position."""
        before = jnp.full_like(rows, self.vocab_size)
        context, shifted = jnp.zeros_like(rows), rows
        for place in range(self.order - 1):
            shifted = jnp.concatenate([before[:, :1], shifted[:, :-1]], axis=1)
            context = context + shifted * (self.vocab_size + 1) ** place
        return context

    def fit(self, key, pool):
        count = jnp.where(real(pool.rows), pool.count[:, None], 0)
        counts = jnp.zeros_like(self.p).at[self.contexts(pool.rows), pool.rows].add(count)
        seen = counts.sum(1, keepdims=True)
        return replace(self, p=jnp.where(seen > 0, counts / jnp.where(seen > 0, seen, 1), self.p))

    @property
    def first(self) -> int:
        """Context number of a row's first token: the start symbol, repeated."""
        return sum(self.vocab_size * (self.vocab_size + 1) ** i for i in range(self.order - 1))

    def after(self, context: Array, token: Array) -> Array:
        """(n,) context number after a token."""
        if self.order == 1:
            return context
        keep = (self.vocab_size + 1) ** (self.order - 2)
        return (context % keep) * (self.vocab_size + 1) + token

    def sample(self, key, n, sampler=None):
        """Items drawn by bisection in the table, which is faster than ``read``."""
        table = self.p if sampler is None else reshape(self.p, sampler)

        def step(carry, key):
            context, alive = carry
            token = draw_rows(table, context, jax.random.uniform(key, (n,)))
            token = jnp.where(alive, token, 0)
            return (self.after(context, token), alive & (token != 0)), token

        carry = (jnp.full(n, self.first, jnp.int32), jnp.ones(n, bool))
        return jax.lax.scan(step, carry, jax.random.split(key, self.length))[1].T

    def opened(self, n):
        return jnp.full(n, self.first, jnp.int32)

    def read(self, state, token, place):
        # Reading one more start symbol in the start context changes nothing.
        context = self.after(state, jnp.where(place == 0, self.vocab_size, token))
        return jnp.log(self.p)[context], context

    def token_log_probs(self, rows):
        return self._each(jnp.log(self.p), rows)

    def log_probs_at(self, net, rows):
        """(n, L) log-probability of each token with parameters ``net``. Not by ``with_params``,
        where a lost token has no gradient."""
        return self._each(jax.nn.log_softmax(net), rows)

    def look_up(self, log_p, rows):
        return self._each(log_p, rows).sum(1)

    def _each(self, log_p: Array, rows: Array) -> Array:
        """(n, L) log-probability of the tokens of rows; 0 after the end."""
        return jnp.where(real(rows), log_p[self.contexts(rows), rows], 0)

    def validate(self):
        errors = []
        if self.order not in (1, 2, 3, 4) or self.length < 1:
            errors.append("TokenTable needs an order from 1 to 4 and a length of at least 1.")
        elif self.p.ndim != 2 or len(self.p) != (self.vocab_size + 1) ** (self.order - 1):
            errors.append("TokenTable needs p of shape ((V + 1)^(order - 1), V).")
        elif bool((self.p < 0).any()) or bool((jnp.abs(self.p.sum(1) - 1) > 1e-3).any()):
            errors.append("Every row of TokenTable p must be >= 0 and sum to 1.")
        return errors
