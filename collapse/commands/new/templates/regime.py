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
    parts = {"judge": cl.KeepAll(), "learner": cl.MaximumLikelihood(), "sampler": cl.Plain()}
    parts |= {"truth": cl.zipf(100), "model": cl.zipf(100), "measures": (cl.ItemDiversity(),)}
    arms = {"mine": cl.Arm(regime=MyPart(), **parts, n=200)}
    return cl.Scenario(name="my-part", title="Mine", arms=arms, source="", headline=("entropy",))


if __name__ == "__main__":
    fresh = cl.Pool(jnp.zeros(10, int), *[jnp.ones(10)] * 5, {})
    for t, real in ((4, 0), (5, 5)):
        pool = MyPart(n=10).absorb(jax.random.key(0), fresh, fresh, cl.zipf(9), cl.Plain(), t)
        assert (pool.source == -1).sum() == real  # real rows have the source -1
