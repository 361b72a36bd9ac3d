"""A regime of my own (docs/howto/regime.md). ``python my_part.py`` runs the check below.

collapse run my_part.py
"""

import jax
import jax.numpy as jnp

import collapse as cl
from collapse.regimes.base import mixed, real_rows


class MyPart(cl.Regime):
    """Trains on generated rows; every fifth generation half of them are new real rows."""

    every: int = 5

    def taken(self, t):  # how many of the rows that the judge kept the next pool takes
        return jnp.where(t % self.every == 0, self.n // 2, self.n)

    def absorb(self, key, pool, fresh, truth, sampler, t, model=None, judged=None):
        """The pool after generation t, from that before it and the judged rows ``fresh``."""
        count = self.n - self.taken(t)
        return mixed(real_rows(key, truth, sampler, fresh, count, t, judged), fresh, count)


def scenario():
    truth = cl.zipf(100)
    arms = {"control": cl.Arm(truth=truth, n=200)}
    arms["mine"] = cl.Arm(truth=truth, regime=MyPart(), n=200)
    return cl.Scenario(name="my-part", arms=arms, headline=("entropy",))


if __name__ == "__main__":
    key, one = jax.random.key(0), jnp.ones(10)
    fresh = cl.Pool(jnp.zeros(10, int), one, one, one, one, one, {})
    for t, real in ((4, 0), (5, 5)):
        t = jnp.array(t)
        pool = MyPart(n=10).absorb(key, fresh, fresh, cl.zipf(9), cl.Plain(), t)
        assert (pool.source == -1).sum() == real  # real rows have the source -1
