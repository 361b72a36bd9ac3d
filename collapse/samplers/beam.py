"""Beam search: the most probable continuation found with several hypotheses in parallel."""

from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, Any, final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.decode_loops import in_parts, over_places
from collapse.numerics.tokens import draw_token
from collapse.part import at_least, register
from collapse.samplers.whole import WholeRows
from collapse.types import Batch

if TYPE_CHECKING:
    from collapse.models.networks.autoregressive import Autoregressive


@register("beam", "beam search after a sampled opening")
@final
class Beam(WholeRows):
    """Each row starts with ``opening`` sampled tokens and continues with the most probable
    continuation found by beam search with ``width`` hypotheses (1 is greedy decoding).

    Beam search is deterministic. The sampled opening replaces the prompts that are continued in
    papers (Drayson and Lampos 2025, width 5); without an opening all rows are equal. A hypothesis
    that has ended stays in the beam with its log-probability; there is no length normalisation. If
    the width is the number of possible rows, the most probable row is found.
    """

    unknown = "Beam search has no known row probabilities"

    width: int = at_least(1, default=5, static=True)
    _: KW_ONLY
    opening: Array | int = 1

    def draw(self, noise, model, n, group, taken=None):
        search = lambda key, rows: self.search(key, model, len(rows))  # noqa: E731
        rows = in_parts(model, search, noise, jnp.zeros(n), wide=self.width)
        return Batch(rows, jnp.ones(n), jnp.zeros(n, jnp.int32))

    def search(self, key: Array, model: "Autoregressive", n: int) -> Array:
        """(n, L) the best hypothesis of each of n beams."""
        width, size = self.width, model.vocab_size
        axes = row_axes(model)
        first_row = width * jnp.arange(n)[:, None]
        alone = jnp.where(jnp.arange(width) == 0, 0.0, -jnp.inf)  # one hypothesis at the start

        def step(carry, place):
            state, (token, score) = carry  # (n, width) each
            logits, state = model.read(state, token.ravel(), place)
            ended = (token == 0) & (place > 0)
            log_p = jax.nn.log_softmax(logits).reshape(n, width, size)
            # An ended hypothesis has one continuation, of log-probability 0.
            log_p = jnp.where(
                ended[..., None], jnp.where(jnp.arange(size) == 0, 0, -jnp.inf), log_p
            )
            sums = (score[..., None] + log_p).reshape(n, -1)
            best, at = jax.lax.top_k(sums, width)
            parent, best_token = at // size, at % size
            # In the opening only the first hypothesis is active, and its tokens are sampled.
            drawn = draw_token(
                jax.random.fold_in(key, place), logits.reshape(n, width, size)[:, 0], None
            )
            drawn = jnp.where(ended[:, 0], 0, drawn)[:, None]
            opening = place < self.opening
            parent = jnp.where(opening, jnp.arange(width), parent)
            token = jnp.where(opening, drawn, best_token).astype(jnp.int32)
            score = jnp.where(opening, score, best)
            state = reordered(state, axes, (first_row + parent).ravel())
            return (state, (token, score)), (token, parent)

        carry = (jnp.zeros((n, width), jnp.int32), jnp.broadcast_to(alone, (n, width)))
        tokens, parents = over_places(model, step, n * width, carry)

        def back(hypothesis, history):
            token, parent = (jnp.take_along_axis(x, hypothesis[:, None], 1)[:, 0] for x in history)
            return parent, token

        # Hypotheses are in order of falling probability, so the best is the first.
        last = jnp.zeros(n, jnp.int32)
        return jax.lax.scan(back, last, (tokens, parents), reverse=True)[1].T

    def validate(self):
        opening = float(self.opening)
        if opening.is_integer() and 0 <= opening < 1 << 31:
            return super().validate()
        error = f"Beam opening must be a whole number of at least 0, not {opening:g}."
        return [*super().validate(), error]


def row_axes(model: "Autoregressive") -> Any:
    """The row axis of each array of a decoding state: the one whose length grows with the rows."""
    two, three = (jax.eval_shape(lambda n=n: model.opened(n)) for n in (2, 3))

    def differing_axis(a, b):
        return next(i for i, (x, y) in enumerate(zip(a.shape, b.shape, strict=True)) if x != y)

    return jax.tree.map(differing_axis, two, three)


def reordered(state: Any, axes: Any, rows: Array) -> Any:
    """The state with row i replaced by its row ``rows[i]``."""
    return jax.tree.map(lambda x, axis: jnp.take(x, rows, axis=axis), state, axes)
