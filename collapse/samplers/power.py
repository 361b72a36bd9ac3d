"""Power sampling: whole rows drawn in proportion to p^alpha, by Markov chain Monte Carlo."""

from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, NamedTuple, final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.decode_loops import in_parts
from collapse.numerics.tokens import real, token_log_prob
from collapse.part import Numbers, positive, register
from collapse.samplers.base import Tempered
from collapse.samplers.whole import WholeRows
from collapse.types import Batch

if TYPE_CHECKING:
    from collapse.models.networks.autoregressive import Autoregressive


class Chain(NamedTuple):
    """Rows of a Markov chain, and the log-probability of each token under model and proposal."""

    rows: Array  # (n, L)
    log_p: Array  # (n, L) nats, 0 beyond the end
    log_q: Array  # (n, L)


@register("power", "power distribution p^alpha over whole rows, by Metropolis-Hastings")
@final
class Power(WholeRows):
    """Rows from p(row)^alpha, renormalised, by Metropolis-Hastings in blocks (Karan and Du 2025).

    A row grows by ``block`` positions at a time. At each length, ``steps`` times: a position of the
    row (its end included) is drawn uniformly, all tokens from there on are proposed anew, and the
    proposal is accepted with probability min(1, p'^alpha q len / (p^alpha q' len')), where q is the
    proposal probability of the redrawn tokens and 1 / len that of the position. Proposals come from
    the model at temperature ``proposal``; None means 1 / alpha, and 1 is the unmodified model.

    The distribution is p^alpha only after enough steps; ten are not enough even for tiny chains.
    The measure ``Acceptance`` gives the acceptance rate. Sequences are sharpened and not tokens: a
    token with one probable continuation can beat a more probable token with many continuations,
    which no temperature does. Over generations alpha compounds: p_t ~ p_0^(alpha^t).
    """

    unknown = "Power sampling gives the probability of a row only up to a factor"

    alpha: Numbers = positive(default=4.0)
    _: KW_ONLY
    block: Array | int = 16
    steps: Array | int = 10
    proposal: Numbers | None = positive(default=None)

    def draw(self, noise, model, n, group, taken=None):
        start = model.prompted(jax.random.fold_in(noise, 0), n, group)
        rows = in_parts(model, lambda key, part: self.run(key, model, part), noise, start)
        return Batch(rows, jnp.ones(n), jnp.zeros(n, jnp.int32))

    def run(self, key: Array, model: "Autoregressive", start: Array) -> Array:
        """(n, L) rows of the chains after all blocks.

        Rows have all positions from the first block on. The positions after the current block
        follow the proposal given the tokens before them, as if they were drawn once their block is
        reached.
        """
        first, walk = jax.random.split(key)
        keep = jnp.full(len(start), model.prompt_length, jnp.int32)
        chain = self.proposed(first, model, start, keep)
        block, steps = jnp.asarray(self.block, int), jnp.asarray(self.steps, int)

        def one_step(i, chain):
            stop = jnp.minimum((i // steps + 1) * block, model.length)
            return self.move(jax.random.fold_in(walk, i), model, chain, stop)[0]

        return jax.lax.fori_loop(0, -(-model.length // block) * steps, one_step, chain).rows

    def move(self, key: Array, model, chain: Chain, stop: Array) -> tuple[Chain, Array]:
        """One step of chains whose target distribution covers the positions below ``stop``; also
        returns (n,) whether each accepted the proposal."""
        cut, redraw, accept = jax.random.split(key, 3)
        inside = jnp.arange(model.length) < stop
        prompt = model.prompt_length  # is never redrawn
        length = jnp.maximum((real(chain.rows) & inside).sum(1), prompt + 1)
        keep = jax.random.randint(cut, length.shape, prompt, length)
        new = self.proposed(redraw, model, chain.rows, keep)
        redrawn = inside & (jnp.arange(model.length) >= keep[:, None])
        gain = self.alpha * (new.log_p - chain.log_p) - (new.log_q - chain.log_q)
        ratio = jnp.where(redrawn, gain, 0).sum(1)
        new_length = jnp.maximum((real(new.rows) & inside).sum(1), prompt + 1)
        ratio = ratio + jnp.log(length - prompt) - jnp.log(new_length - prompt)
        accepted = jnp.log(jax.random.uniform(accept, length.shape)) < ratio
        choose = lambda new, old: jnp.where(accepted[:, None], new, old)  # noqa: E731
        return jax.tree.map(choose, new, chain), accepted

    def proposed(self, key: Array, model, rows: Array, keep: Array) -> Chain:
        """The rows with all tokens from position ``keep`` (n,) on drawn from the proposal."""
        warm = Tempered(1 / self.alpha if self.proposal is None else self.proposal)

        def log_probs(logits, token):
            return token_log_prob(logits, token), token_log_prob(warm.shaped(logits), token)

        return Chain(*model.written(key, rows, keep, warm, log_probs))

    def accepted(self, key: Array, model: "Autoregressive", rows: Array) -> Array:
        """(n,) whether one more step from each row would be accepted."""

        def one_more(key, rows):
            look, step = jax.random.split(key)
            length = jnp.int32(model.length)
            chain = self.proposed(look, model, rows, jnp.full(len(rows), length))
            return self.move(step, model, chain, length)[1]

        return in_parts(model, one_more, key, rows)

    def validate(self):
        errors = super().validate()
        for name, least in (("block", 1), ("steps", 0)):
            value = float(getattr(self, name))
            if value < least or value != int(value):
                errors.append(
                    f"Power {name} must be a whole number of at least {least}, not {value:g}."
                )
        return errors
