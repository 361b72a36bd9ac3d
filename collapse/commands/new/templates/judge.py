"""A judge of my own (docs/howto/judge.md). ``python my_part.py`` runs the check below.

    collapse run jokes --judge my_part.py:MyPart
    collapse judge my_part.py:MyPart

The first runs a scenario with it, the second makes its report card.
"""

import jax
import jax.numpy as jnp

import collapse as cl


class MyPart(cl.Judge):
    """Prefers short items and keeps the best fifth of the candidates."""

    share = 0.2  # an arm that keeps n items is given n / share candidates
    strength: float = 1.0  # a setting: --set judge.strength=2

    def score(self, key, view):
        """(m,) one real number for each candidate. JAX traces this method: use jax.numpy."""
        length = (view.items != 0).sum(-1)  # token rows (m, L) have zeros behind their end
        return -self.strength * length


if __name__ == "__main__":
    # Of five candidates one is kept, the shortest.
    items = jnp.tril(jnp.ones((5, 5), int))
    batch = cl.Batch(items, mass=jnp.ones(5), source=jnp.zeros(5, int))
    view = cl.View(batch, model=None, reference=None, truth=None, t=jnp.array(1), n=1)
    verdict, _ = MyPart().judge(jax.random.key(0), view)
    assert verdict.weight.tolist() == [1, 0, 0, 0, 0], verdict.weight
