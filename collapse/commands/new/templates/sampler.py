"""A sampler of my own (docs/howto/sampler.md). ``python my_part.py`` runs the check below.

collapse run my_part.py
"""

import jax
import jax.numpy as jnp

import collapse as cl


class MyPart(cl.Sampler):
    """Draws two items for each one that is wanted, and takes the likelier of the two."""

    def draw(self, noise, model, n, group, taken=None):
        """A batch of n items; ``noise`` is a key. A group of items answers one prompt."""
        rows = model.sample_groups(noise, 2 * n, 2 * group)
        pairs = rows.reshape(n, 2, *rows.shape[1:])
        better = model.log_prob(rows).reshape(n, 2).argmax(1)
        return cl.Batch(pairs[jnp.arange(n), better], jnp.ones(n), jnp.zeros(n, jnp.int32))


def scenario():
    truth = cl.zipf(100)
    arms = {"control": cl.Arm(truth=truth, n=200)}
    arms["mine"] = cl.Arm(truth=truth, sampler=MyPart(), n=200)
    return cl.Scenario(name="my-part", arms=arms, headline=("entropy",))


if __name__ == "__main__":
    # The less likely outcome, of probability 1/4, is drawn where both of a pair are it: 1/16.
    drawn = MyPart().draw(jax.random.key(0), cl.Categorical([0.75, 0.25]), 10_000, 1)
    assert abs(drawn.rows.mean() - 1 / 16) < 0.01  # four standard errors
