"""Autoregressive models: what decoding needs of them, and decoding itself.

A row is ``length`` tokens. Token 0 ends it, fills the rest, and stands before its first token. A
model exposes its next-token distribution through ``opened`` and ``read``; sampling, redrawing the
end of a row and all samplers are written once for all models.
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

LISTED = 100_000  # largest number of sequences in a support


class Autoregressive(Model):
    """p(row) as the product of p(token | tokens before it); needs fields ``vocab_size``,
    ``length``."""

    tokens = True
    token_by_token = True

    @property
    def prompt_length(self) -> int:
        """Number of tokens at the start of a row that are a prompt, not written by the model."""
        return 0

    def prompted(self, key: Array, n: int, group: int) -> Array:
        """(n, L) rows that hold a prompt and nothing else, the same within a group."""
        return jnp.zeros((n, self.length), jnp.int32)

    def gives(self):
        return Items("tokens", {"length": self.length, "vocab_size": self.vocab_size}, ("answers",))

    @property
    def at_once(self) -> int:
        """Number of rows decoded in parallel, such that their state stays in cache."""
        return 4096 if accelerated() else 256

    @abstractmethod
    def opened(self, n: int) -> Any:
        """The decoding state of n rows before any token is read."""

    @abstractmethod
    def read(self, state: Any, token: Array, place: Array) -> tuple[Array, Any]:
        """Logits (n, V) of the token at ``place``, and the state, after reading the previous
        ``token`` (n,); at place 0 that is the start, token 0."""

    @abstractmethod
    def token_log_probs(self, rows: Array) -> Array:
        """(n, L) log-probability of each token given those before it; 0 beyond the end."""

    def segments(self) -> list[tuple[int, int]]:
        """Ranges of positions that are decoded with a state of one size."""
        return [(0, self.length)]

    def widened(self, state: Any, places: int) -> Any:
        """The state, enlarged for so many positions."""
        return state

    def log_prob(self, rows):
        return self.token_log_probs(rows).sum(1)

    def sample(self, key, n, sampler=None):
        if self.prompt_length:
            return self.sample_groups(key, n, 1, sampler)
        rows = jnp.zeros((n, self.length), jnp.int32)
        return self.redraw(key, rows, jnp.zeros(n, jnp.int32), sampler)

    def sample_groups(self, key, n, group, *sampler):
        if not self.prompt_length:
            return self.sample(key, n, *sampler)
        ask, write = jax.random.split(key)
        keep = jnp.full(n, self.prompt_length, jnp.int32)
        return self.redraw(write, self.prompted(ask, n, group), keep, *sampler)

    def redraw(self, key: Array, rows: Array, keep: Array, sampler=None) -> Array:
        """(n, L) the rows with all tokens from position ``keep`` (n,) on drawn anew."""
        work = lambda key, rows, keep: self.written(key, rows, keep, sampler)[0]  # noqa: E731
        return in_parts(self, work, key, rows, keep)

    def written(self, key: Array, rows: Array, keep: Array, sampler, tell=None) -> tuple:
        """``redraw`` for rows whose state fits in cache. Returns the rows (n, L), and each of the
        numbers (n,) returned by ``tell(logits, token)`` for all positions, 0 after the end."""
        n = len(rows)

        def step(carry, place):
            state, (token, alive) = carry
            logits, state = self.read(state, token, place)
            drawn = draw_token(jax.random.fold_in(key, place), logits, sampler)
            token = jnp.where(place < keep, rows[:, place], jnp.where(alive, drawn, 0))
            numbers = () if tell is None else tell(logits, token)
            numbers = jax.tree.map(lambda x: jnp.where(alive, x, 0), numbers)
            return (state, (token, alive & (token != 0))), (token, *numbers)

        carry = (jnp.zeros(n, jnp.int32), jnp.ones(n, bool))
        return jax.tree.map(jnp.transpose, over_places(self, step, n, carry))

    def edited(self, key: Array, rows: Array, threshold: Array) -> Array:
        """(n, L) the rows, in which every token of at least the probability ``threshold``, given
        the tokens before it in the row as it was, is drawn anew. Ends stay, and no token becomes
        one."""

        def work(key, rows):
            def step(carry, place):
                state, before = carry
                logits, state = self.read(state, before, place)
                token = rows[:, place]
                p = jnp.take_along_axis(jax.nn.softmax(logits), token[:, None], 1)[:, 0]
                again = (p >= threshold) & (p > 0) & (token != 0)
                inside = logits.at[:, 0].set(-jnp.inf)
                drawn = draw_token(jax.random.fold_in(key, place), inside, None)
                return (state, token), (jnp.where(again, drawn, token),)

            n = len(rows)
            return over_places(self, step, n, jnp.zeros(n, jnp.int32))[0].T

        return in_parts(self, work, key, rows)

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
    """A model combined with a token-by-token sampler, as a model of its own whose log-probabilities
    are those of the draws."""

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

    @property
    def prompts(self) -> int:
        return self.model.prompts

    @property
    def prompt_length(self) -> int:
        return self.model.prompt_length

    def prompted(self, key, n, group):
        return self.model.prompted(key, n, group)

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
        """Reads the rows position by position, as samplers with memory allow no faster way."""
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
    """(K, L) all rows of tokens below ``size``, filled with 0 after the end; ``name`` is for the
    error."""
    if size**length > LISTED:
        raise UserError(
            f"A {name} of {size} tokens and {length} positions has too many sequences to enumerate:"
            " use a sampler that draws items, or a smaller length."
        )
    rows = np.array(list(itertools.product(range(size), repeat=length)), np.int32)
    ended = np.cumsum(rows == 0, axis=1) - (rows == 0) > 0
    return jnp.asarray(rows[~(ended & (rows != 0)).any(1)])


def text_errors(model: Autoregressive) -> list[str]:
    """Error sentences for the sizes and held-out rows of a text network; empty if valid."""
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
            f"Held-out rows of {name} need shape (n, {model.length}), with its length, not "
            f"{held.shape}."
        )
    if held.size and not (held.min() >= 0 and held.max() < model.vocab_size):
        errors.append(
            f"Held-out rows of {name} need tokens from 0 to {model.vocab_size - 1}, below its"
            f" vocab_size; they hold {held.min():g} to {held.max():g}."
        )
    return errors
