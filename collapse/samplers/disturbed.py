"""Samplers that disturb what they draw: random noise, and recombination of two draws."""

from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError
from collapse.items import Items
from collapse.part import Numbers, register, within
from collapse.samplers.base import Sampler
from collapse.types import Batch


@register("corrupted", "model output with random noise")
@final
class Corrupted(Sampler):
    """Draws of the model, corrupted. Points get normal noise of standard deviation ``strength``, in
    item units. Outcomes, and tokens one by one, are replaced with probability ``strength`` by a
    random one, each with equal probability (the K-allele model of population genetics); 1 gives
    random items. The end of a text stays where it is."""

    strength: Numbers = within("[0, inf)", default=0.1)

    def takes(self):
        return Items("points", {}, ("pixels", "labelled", "classes", "rows", "outcomes", "tokens"))

    def draw(self, noise, model, n, group, taken=None):
        drawing, changing = jax.random.split(noise)
        rows = self.changed(changing, model, model.sample_groups(drawing, n, group))
        return Batch(rows, jnp.ones(n), jnp.zeros(n, jnp.int32))

    def changed(self, key: Array, model, rows: Array) -> Array:
        """The rows (n, ...) with noise."""
        if not jnp.issubdtype(rows.dtype, jnp.integer):
            return rows + self.strength * jax.random.normal(key, rows.shape, rows.dtype)
        choosing, drawing = jax.random.split(key)
        first, end = random_tokens(model)
        other = jax.random.randint(drawing, rows.shape, first, end, rows.dtype)
        hit = jax.random.uniform(choosing, rows.shape) < self.strength
        return jnp.where(hit & (rows >= first), other, rows)

    def check_compatible(self, arm):
        kinds = {items.kind for one in arm.truth.singles if (items := one.gives())}
        if kinds & {"outcomes", "tokens"} and np.max(self.strength) > 1:
            return [f"Corrupted strength is a probability here, at most 1, not {self.strength:g}."]
        return []


def random_tokens(model) -> tuple[int, int]:
    """The first token or outcome that a model can be given in place of another, and the number
    behind the last."""
    items = model.gives()
    if items is None or items.kind not in ("outcomes", "tokens"):
        raise UserError(
            f"Corrupted replaces outcomes or tokens, and {type(model).__name__} does not say how"
            " many there are: write its method gives."
        )
    return (
        (0, items.sizes["outcomes"]) if items.kind == "outcomes" else (1, items.sizes["vocab_size"])
    )


@register("recombined", "the first part of one draw, then the rest of another")
@final
class Recombined(Sampler):
    """The first part of one draw of the model and the rest of another (one-point crossover, Holland
    1975). The cut lies between two numbers of a row or two tokens of the first text, each place
    with equal probability; a text that has ended before it stays as it is. Rows of two numbers come
    out as if each number had been drawn by itself."""

    def takes(self):
        return Items("points", {}, ("pixels", "labelled", "classes", "rows", "tokens"))

    def draw(self, noise, model, n, group, taken=None):
        drawing, cutting = jax.random.split(noise)
        rows = model.sample_groups(drawing, 2 * n, group)
        if rows.ndim != 2 or rows.shape[1] < 2:
            raise UserError(
                "Recombined joins parts of two rows, and items of shape"
                f" {rows.shape[1:]} have no parts: it needs rows of at least two numbers."
            )
        first, rest = rows[:n], rows[n:]
        text = jnp.issubdtype(rows.dtype, jnp.integer)
        size = (first != 0).sum(1) if text else jnp.full(n, rows.shape[1])
        places = jnp.maximum(size - 1, 1)
        cut = 1 + (jax.random.uniform(cutting, (n,)) * places).astype(int)
        joined = jnp.where(jnp.arange(rows.shape[1]) < cut[:, None], first, rest)
        if text:
            joined = jnp.where(jnp.cumsum(joined == 0, axis=1) > 0, 0, joined)
        return Batch(joined, jnp.ones(n), jnp.zeros(n, jnp.int32))
