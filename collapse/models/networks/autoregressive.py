"""Models that draw an item token by token: what decoding asks of them, and decoding itself.

A row is ``length`` tokens; token 0 ends it and fills the rest, and stands before its first token. A
model shows its next-token distribution through ``opened`` and ``read``; drawing, redrawing the end
of a row and every sampler are written once, for all of them.
"""

import itertools
from abc import abstractmethod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError
from collapse.items import Items
from collapse.models.base import Model
from collapse.numerics.decode_loops import in_parts, over_places
from collapse.numerics.device import accelerated
from collapse.numerics.grouping import row_ranks
from collapse.numerics.tokens import draw_token, real, shifted, token_log_prob
from collapse.samplers.base import Stepwise

LISTED = 100_000  # sequences that a support may have


class Autoregressive(Model):
    """p(row) as the product of p(token | tokens before it); needs fields ``vocab_size``,
    ``length``."""

    tokens = True
    token_by_token = True

    def gives(self):
        return Items("tokens", {"length": self.length, "vocab_size": self.vocab_size}, ("answers",))

    @property
    def at_once(self) -> int:
        """Rows decoded side by side, so that their state stays in cache."""
        return 4096 if accelerated() else 256

    @abstractmethod
    def opened(self, n: int) -> Any:
        """The state of n rows of which nothing has been read."""

    @abstractmethod
    def read(self, state: Any, token: Array, place: Array) -> tuple[Array, Any]:
        """Logits (n, V) of the token at ``place``, and the state, once ``token`` (n,), the one
        before it, is read; at place 0 that is the start, token 0."""

    @abstractmethod
    def token_log_probs(self, rows: Array) -> Array:
        """(n, L) log-probability of each token given those before it; 0 beyond the end."""

    def segments(self) -> list[tuple[int, int]]:
        """Runs of places that are decoded with a state of one size."""
        return [(0, self.length)]

    def widened(self, state: Any, places: int) -> Any:
        """The state with room for so many places."""
        return state

    def log_prob(self, rows):
        return self.token_log_probs(rows).sum(1)

    def sample(self, key, n, sampler=None):
        rows = jnp.zeros((n, self.length), jnp.int32)
        return self.redraw(key, rows, jnp.zeros(n, jnp.int32), sampler)

    def redraw(self, key: Array, rows: Array, keep: Array, sampler=None) -> Array:
        """(n, L) the rows with everything from place ``keep`` (n,) on drawn anew."""
        work = lambda key, rows, keep: self.written(key, rows, keep, sampler)[0]  # noqa: E731
        return in_parts(self, work, key, rows, keep)

    def written(self, key: Array, rows: Array, keep: Array, sampler, tell=None) -> tuple:
        """``redraw`` of rows whose state stays in cache: the rows (n, L), and each of the numbers
        (n,) that ``tell(logits, token)`` gives of a place, for all places, 0 beyond the end."""
        n = len(rows)

        def step(carry, place):
            state, (token, alive) = carry
            logits, state = self.read(state, token, place)
            drawn = draw_token(jax.random.fold_in(key, place), logits, sampler)
            token = jnp.where(place < keep, rows[:, place], jnp.where(alive, drawn, 0))
            told = () if tell is None else tell(logits, token)
            told = jax.tree.map(lambda x: jnp.where(alive, x, 0), told)
            return (state, (token, alive & (token != 0))), (token, *told)

        carry = (jnp.zeros(n, jnp.int32), jnp.ones(n, bool))
        return jax.tree.map(jnp.transpose, over_places(self, step, n, carry))

    def reshaped(self, sampler):
        if isinstance(sampler, Stepwise):
            return Decoded(self, sampler)
        return super().reshaped(sampler)

    def support(self):
        rows = every_row(self.vocab_size, self.length, type(self).__name__)
        return rows, jnp.exp(self.log_prob(rows))

    def identify(self, rows):
        return row_ranks(rows, self.vocab_size), len(rows)


class Decoded(Autoregressive):
    """What a model says by way of a sampler that goes token by token, as a model of its own: with
    the log-probability that each row had when it was drawn."""

    model: Autoregressive
    sampler: Stepwise

    @property
    def blank(self):
        return self.model.blank

    @property
    def vocab_size(self) -> int:
        return self.model.vocab_size

    @property
    def length(self) -> int:
        return self.model.length

    @property
    def at_once(self) -> int:
        return self.model.at_once

    def segments(self):
        return self.model.segments()

    def opened(self, n):
        return self.model.opened(n), self.sampler.opened(n, self.vocab_size)

    def widened(self, state, places):
        return self.model.widened(state[0], places), state[1]

    def read(self, state, token, place):
        logits, inner = self.model.read(state[0], token, place)
        memory = self.sampler.heard(state[1], token, place)
        return self.sampler.shaped(logits, memory), (inner, memory)

    def token_log_probs(self, rows):
        """By reading the rows place for place: what a sampler remembers has no shorter way."""
        work = lambda _, rows: self._read_along(rows)  # noqa: E731
        return in_parts(self, work, jax.random.key(0), rows)

    def _read_along(self, rows: Array) -> Array:
        before = shifted(rows)

        def step(carry, place):
            logits, state = self.read(carry[0], before[:, place], place)
            return (state, ()), token_log_prob(logits, rows[:, place])

        each = over_places(self, step, len(rows), ()).T
        return jnp.where(real(rows), each, 0)

    def fit(self, key, pool):
        return Decoded(self.model.fit(key, pool), self.sampler)


def every_row(size: int, length: int, name: str) -> Array:
    """(K, L) all rows of tokens below ``size``, ended ones filled with 0; ``name`` asks."""
    if size**length > LISTED:
        raise UserError(
            f"A {name} of {size} tokens and {length} places has too many sequences to list: draw "
            "items, or shorten it."
        )
    rows = np.array(list(itertools.product(range(size), repeat=length)), np.int32)
    ended = np.cumsum(rows == 0, axis=1) - (rows == 0) > 0
    return jnp.asarray(rows[~(ended & (rows != 0)).any(1)])


def text_errors(model: Autoregressive) -> list[str]:
    """What is wrong with the sizes of a network that writes text, or with its held-out rows."""
    name, held, errors = type(model).__name__, model.training.held_out, []
    if model.vocab_size < 2 or model.length < 1:
        errors.append(
            f"{name} needs at least 2 tokens and a length of at least 1, not {model.vocab_size} and"
            f" {model.length}."
        )
    if held is None:
        return errors
    held = np.asarray(held)
    if held.ndim != 2 or held.shape[1] != model.length:
        errors.append(
            f"Held-out rows of {name} need shape (n, {model.length}), as its length, not "
            f"{held.shape}."
        )
    if held.size and not (held.min() >= 0 and held.max() < model.vocab_size):
        errors.append(
            f"Held-out rows of {name} need tokens from 0 to {model.vocab_size - 1}, as its size;"
            f" they hold {held.min():g} to {held.max():g}."
        )
    return errors
