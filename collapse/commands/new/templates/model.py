"""A model of my own (docs/howto/model.md). ``python my_part.py`` runs the check below.

collapse run my_part.py
"""

import jax
import jax.numpy as jnp

import collapse as cl


class MyPart(cl.Model):
    """The geometric distribution: P(k) = p (1 - p)^k for k = 0, 1, 2, ..."""

    p: jax.Array | float = 0.2

    def fit(self, key, pool):  # maximum likelihood; row i stands for pool.count[i] items
        return MyPart(p=1 / (1 + pool.count @ pool.rows / pool.count.sum()))

    def sample(self, key, n):  # (n,) items
        return jax.random.geometric(key, self.p, (n,)) - 1

    def log_prob(self, rows):  # (n,) in nats
        return jnp.log(self.p) + jnp.where(rows > 0, rows * jnp.log1p(-self.p), 0)

    def identify(self, rows):  # a number for each item, and a bound above all numbers
        return jnp.minimum(rows, 999), 1000


def scenario():
    arms = {"mine": cl.Arm(truth=MyPart(p=0.1), measures=(cl.ItemDiversity(),), n=200)}
    return cl.Scenario(name="my-part", arms=arms)


if __name__ == "__main__":
    key, one = jax.random.key(0), jnp.ones(3)
    pool = cl.Pool(jnp.array([0, 1, 5]), one, one, one, one, one, {})
    slope = jax.grad(lambda p: MyPart(p=p).log_prob(pool.rows).sum())(MyPart().fit(key, pool).p)
    assert abs(slope) < 1e-4, "the fit does not maximise the likelihood"
