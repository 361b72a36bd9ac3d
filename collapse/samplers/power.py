"""Power sampling: whole rows in proportion to p^alpha, by a Markov chain over rows."""

from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, NamedTuple, final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.decode_loops import in_parts
from collapse.numerics.tokens import real, token_log_prob
from collapse.part import Numbers, register
from collapse.samplers.base import Tempered
from collapse.samplers.whole import WholeRows
from collapse.types import Batch

if TYPE_CHECKING:
    from collapse.models.networks.autoregressive import Autoregressive


class Chain(NamedTuple):
    """Rows of a chain, and what model and proposal say of each of their tokens."""

    rows: Array  # (n, L)
    log_p: Array  # (n, L) nats, 0 beyond the end
    log_q: Array  # (n, L)


@register("power", "whole rows to the power alpha, by a chain")
@final
class Power(WholeRows):
    """Rows from p(row)^alpha, renormalised, by Metropolis-Hastings in blocks (Karan and Du 2025).

    A row grows by ``block`` places at a time. At each length, ``steps`` times: a place is drawn
    among those of the row (its end included), everything from there on is proposed anew, and the
    proposal taken with probability min(1, p'^alpha q len / (p^alpha q' len')), q being that of what
    was redrawn and 1 / len that of the place. Proposals are by the model at temperature
    ``proposal``, 1 / alpha where that is None; 1 is the model as it is.

    The law is p^alpha only after steps enough, which ten are not even for tiny chains: the measure
    ``Acceptance`` tells how many proposals are taken. Sequences, not tokens, are sharpened: a
    token with one likely future beats a likelier token with many futures, which no temperature
    does. Fed back, alpha compounds: p_t ~ p_0^(alpha^t).
    """

    unknown = "Power knows the probability of a row only up to a factor"

    alpha: Numbers = 4.0
    _: KW_ONLY
    block: Array | int = 16
    steps: Array | int = 10
    proposal: Numbers | None = None

    def draw(self, noise, model, n, group, taken=None):
        start = jnp.zeros((n, model.length), jnp.int32)
        rows = in_parts(model, lambda key, part: self.run(key, model, part), noise, start)
        return Batch(rows, jnp.ones(n), jnp.zeros(n, jnp.int32))

    def run(self, key: Array, model: "Autoregressive", start: Array) -> Array:
        """(n, L) where the chains are after all blocks.

        Rows have all their places from the first block on: what lies behind the block has the law
        of the proposal given what is before it, as if it were drawn once its block is reached.
        """
        first, walk = jax.random.split(key)
        chain = self.proposed(first, model, start, jnp.zeros(len(start), jnp.int32))
        block, steps = jnp.asarray(self.block, int), jnp.asarray(self.steps, int)

        def turn(i, chain):
            stop = jnp.minimum((i // steps + 1) * block, model.length)
            return self.move(jax.random.fold_in(walk, i), model, chain, stop)[0]

        return jax.lax.fori_loop(0, -(-model.length // block) * steps, turn, chain).rows

    def move(self, key: Array, model, chain: Chain, stop: Array) -> tuple[Chain, Array]:
        """One step of chains whose target reaches up to place ``stop``, and (n,) whether each
        took what was proposed."""
        cut, redraw, accept = jax.random.split(key, 3)
        inside = jnp.arange(model.length) < stop
        length = (real(chain.rows) & inside).sum(1)
        keep = jax.random.randint(cut, length.shape, 0, length)
        new = self.proposed(redraw, model, chain.rows, keep)
        redrawn = inside & (jnp.arange(model.length) >= keep[:, None])
        gain = self.alpha * (new.log_p - chain.log_p) - (new.log_q - chain.log_q)
        ratio = jnp.where(redrawn, gain, 0).sum(1)
        ratio = ratio + jnp.log(length) - jnp.log((real(new.rows) & inside).sum(1))
        taken = jnp.log(jax.random.uniform(accept, length.shape)) < ratio
        choose = lambda new, old: jnp.where(taken[:, None], new, old)  # noqa: E731
        return jax.tree.map(choose, new, chain), taken

    def proposed(self, key: Array, model, rows: Array, keep: Array) -> Chain:
        """The rows with everything from place ``keep`` (n,) on drawn from the proposal."""
        warm = Tempered(1 / self.alpha if self.proposal is None else self.proposal)

        def tell(logits, token):
            return token_log_prob(logits, token), token_log_prob(warm.shaped(logits), token)

        return Chain(*model.written(key, rows, keep, warm, tell))

    def accepted(self, key: Array, model: "Autoregressive", rows: Array) -> Array:
        """(n,) whether one more step from each row would be taken."""

        def one_more(key, rows):
            look, step = jax.random.split(key)
            length = jnp.int32(model.length)
            chain = self.proposed(look, model, rows, jnp.full(len(rows), length))
            return self.move(step, model, chain, length)[1]

        return in_parts(model, one_more, key, rows)

    def validate(self):
        errors = []
        if not float(self.alpha) > 0:
            errors.append(f"Power alpha must be above 0, not {float(self.alpha):g}.")
        if self.proposal is not None and not float(self.proposal) > 0:
            errors.append(
                f"Power proposal, a temperature, must be above 0, not {float(self.proposal):g}."
            )
        for name, least in (("block", 1), ("steps", 0)):
            value = float(getattr(self, name))
            if value < least or value != int(value):
                errors.append(
                    f"Power {name} must be a whole number from {least} on, not {value:g}."
                )
        return errors
