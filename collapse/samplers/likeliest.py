"""Best of k by the model's own likelihood."""

from typing import final

import jax.numpy as jnp

from collapse.part import at_least, register
from collapse.samplers.whole import WholeRows
from collapse.types import Batch


@register("likeliest", "the likeliest of k rows, by the model's own log-probability")
@final
class Likeliest(WholeRows):
    """Of ``k`` rows drawn from the model, all to one prompt where it has prompts, the one of the
    highest log-probability: best of n with the model as its own judge (sharpening, Huang et al.
    2024).

    A row x of probability p(x), with F(x) the probability of all rows that are at most as likely
    and G(x) of those that are less likely, is drawn with probability F^k - G^k, shared in
    proportion to p among equally likely rows. It costs k rows for each one.
    """

    unknown = "The likeliest of k rows has no known probability"

    k: int = at_least(1, default=8, static=True)

    def draw(self, noise, model, n, group, taken=None):
        rows = model.sample_groups(noise, n * self.k, group * self.k)
        log_prob = model.log_prob(rows).reshape(n, self.k)
        rows = rows.reshape(n, self.k, *rows.shape[1:])
        best = log_prob.argmax(1)[:, None, None]
        return Batch(jnp.take_along_axis(rows, best, 1)[:, 0], jnp.ones(n), jnp.zeros(n, jnp.int32))
