"""A bigram model of byte-pair pieces, as the distribution over characters that it is."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.models.networks.autoregressive import Autoregressive
from collapse.models.text import merging
from collapse.numerics.decode_loops import in_parts
from collapse.numerics.pytree import replace
from collapse.numerics.tokens import real, shifted, token_log_prob
from collapse.part import Numbers, array, at_least, one_of, register
from collapse.samplers.base import TokenSampler, reshape


@register("byte-pairs", "bigram model of byte-pair pieces over characters")
@final
class BytePairs(Autoregressive):
    """Rows (n, ``length``) of characters out of ``vocab_size``, 0 the end, written by a bigram
    model of pieces that byte-pair encoding makes of them (``merging``), fitted by relative
    frequency to rows in their canonical encoding.

    ``merges``      how many pieces are learned beside the characters; 0: a bigram of characters
    ``tokenizer``   "fixed": learned from the first data; "retrained": from those of every fit
    ``characters``  how many characters the vocabulary holds, the most frequent ones; there is no
                    fallback: others are dropped from the text. 0: all
    ``level``       "token": a prompt is encoded and continued behind its last piece, and token
                    samplers reshape the distribution of the next piece; "byte": the exact
                    distribution of the next character given all characters so far, whatever pieces
                    they are from (Phan et al. 2024; Hayase et al. 2025)
    ``longest``     characters of a piece at most

    Probabilities of rows are exact in both: sums over all encodings, by the forward algorithm of
    the hidden Markov model whose states are a piece and a place in it. Plain rows drawn without a
    prompt have the same law at both levels.
    """

    vocab_size: int = eqx.field(static=True)
    length: int = eqx.field(static=True)
    _: KW_ONLY
    merges: int = at_least(0, default=16, static=True)
    tokenizer: str = one_of("fixed", "retrained")
    level: str = one_of("token", "byte")
    characters: Array | int = at_least(0, default=0)
    longest: int = at_least(1, default=8, static=True)
    known: Numbers | None = array(default=None)  # (V,) bool: characters of the vocabulary
    pairs: Numbers | None = array(default=None)  # (M, 2)
    text: Numbers | None = array(default=None)  # (P, longest) characters of the pieces
    sizes: Numbers | None = array(default=None)  # (P,) how many they are
    p: Numbers | None = array(default=None)  # (P + 1, P) next piece; the last row is of the start
    prompt: tuple | None = None  # belief after a prompt, and its length, while one is continued

    @property
    def blank(self):
        return self.p is None

    def fit(self, key, pool):
        rows, weight, size = pool.rows, pool.count, self.vocab_size
        known, pairs = self.known, self.pairs
        if pairs is None or self.tokenizer == "retrained":
            known = self._vocabulary(rows, weight)
            shown = real(rows) & known[rows]
            pairs = merging.learned(rows, shown, weight, self.merges, size, self.longest)
        text, sizes = merging.spelled(pairs, size, self.longest)
        pieces = merging.encoded(rows, real(rows) & known[rows], pairs, size)
        total = size + self.merges
        before = jnp.pad(pieces[:, :-1], ((0, 0), (1, 0)), constant_values=total)
        each = jnp.where((pieces >= 0) & self._whole(rows, pieces, sizes), weight[:, None], 0)
        counts = jnp.zeros((total + 1, total), each.dtype).at[before, pieces].add(each)
        seen, alone = counts.sum(1, keepdims=True), counts.sum(0) / each.sum()
        p = jnp.where(seen > 0, counts / jnp.where(seen > 0, seen, 1), alone)
        return replace(self, known=known, pairs=pairs, text=text, sizes=sizes, p=p)

    def _whole(self, rows: Array, pieces: Array, sizes: Array) -> Array:
        """(n, L) whether a piece begins where there was room for any. Near the end of a row that
        was cut at its full length there is none, and long pieces would seem rare there."""
        behind = jnp.cumsum(jnp.where(pieces >= 0, sizes[pieces], 0), axis=1)
        begins = behind - sizes[pieces]
        return (rows == 0).any(1)[:, None] | (begins + sizes.max() <= rows.shape[1])

    def _vocabulary(self, rows: Array, weight: Array) -> Array:
        """(V,) which characters the vocabulary holds: the end, and the most frequent others."""
        each = jnp.where(real(rows), weight[:, None], 0)
        counts = jnp.zeros(self.vocab_size, each.dtype).at[rows].add(each).at[0].set(jnp.inf)
        rank = jnp.argsort(jnp.argsort(-counts, stable=True), stable=True)
        return rank <= jnp.where(self.characters > 0, self.characters, self.vocab_size)

    def opened(self, n):
        return jnp.broadcast_to(self._begun(self.p[-1]), (n, *self.text.shape))

    def _begun(self, p: Array) -> Array:
        """(..., P, longest) the belief that a piece of probabilities p (..., P) begins."""
        blank = jnp.zeros((*p.shape, self.longest), p.dtype)
        return blank.at[..., 0].set(p)

    def read(self, state, token, place):
        belief = jnp.where(place == 0, state, self._after(state, token))
        if self.prompt is not None:
            after, kept = self.prompt
            belief = jnp.where(((place == kept) & (kept > 0))[:, None, None], after, belief)
        spoken = jax.nn.one_hot(self.text, self.vocab_size, dtype=belief.dtype)
        return jnp.log(jnp.einsum("npw,pwv->nv", belief, spoken)), belief

    def _after(self, belief: Array, token: Array) -> Array:
        """The belief (n, P, longest) about the next character, once this one has been read."""
        seen = jnp.where(self.text == token[:, None, None], belief, 0)
        total = seen.sum((1, 2), keepdims=True)
        seen = jnp.where(total > 0, seen / jnp.where(total > 0, total, 1), self.opened(1))
        last = jnp.arange(self.longest) == self.sizes[:, None] - 1
        done = jnp.where(last, seen, 0).sum(2)
        inside = jnp.pad(jnp.where(last, 0, seen)[:, :, :-1], ((0, 0), (0, 0), (1, 0)))
        return inside + self._begun(done @ self.p[:-1])

    def token_log_probs(self, rows):
        def work(_, rows):
            before = shifted(rows)

            def step(state, place):
                logits, state = self.read(state, before[:, place], place)
                return state, token_log_prob(logits, rows[:, place])

            each = jax.lax.scan(step, self.opened(len(rows)), jnp.arange(rows.shape[1]))[1]
            return jnp.where(real(rows), each.T, 0)

        return in_parts(self, work, jax.random.key(0), rows)

    def redraw(self, key, rows, keep, sampler=None):
        if self.level == "token" and isinstance(sampler, TokenSampler):
            return self.reshaped(sampler).redraw(key, rows, keep)
        return super().redraw(key, rows, keep, sampler)

    def written(self, key, rows, keep, sampler, tell=None):
        if self.level == "byte" or self.prompt is not None:
            return super().written(key, rows, keep, sampler, tell)
        prompted = replace(self, prompt=(self._after_prompt(rows, keep), keep))
        return prompted.written(key, rows, keep, sampler, tell)

    def _after_prompt(self, rows: Array, keep: Array) -> Array:
        """(n, P, longest) the belief behind the last piece of the first ``keep`` characters."""
        shown = real(rows) & (jnp.arange(rows.shape[1]) < keep[:, None]) & self.known[rows]
        pieces = merging.encoded(rows, shown, self.pairs, self.vocab_size)
        count = (pieces >= 0).sum(1)
        last = jnp.take_along_axis(pieces, jnp.maximum(count - 1, 0)[:, None], 1)[:, 0]
        return self._begun(self.p[jnp.where(count > 0, last, len(self.p) - 1)])

    def reshaped(self, sampler):
        pieces = self.level == "token" and not self.blank
        if pieces and isinstance(sampler, TokenSampler):
            return replace(self, p=reshape(self.p, sampler))
        return super().reshaped(sampler)

    def validate(self):
        errors = super().validate()
        if self.vocab_size < 2 or self.length < 1:
            errors.append("BytePairs needs at least 2 characters and a length of at least 1.")
        return errors
