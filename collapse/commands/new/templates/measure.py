"""A measure of my own (docs/howto/measure.md). ``python my_part.py`` runs the check below.

collapse run my_part.py
"""

import jax
import jax.numpy as jnp

import collapse as cl


class MyPart(cl.Measure):
    """The share of the n items that occur once: the Good-Turing estimate of the mass not drawn."""

    curves = {"my_part": cl.Curve("share", low=0, high=1, bias="falls with n")}

    def measure(self, key, view):
        """{curve: number} of a generation; ``view.output`` is what the model says, unjudged."""
        numbers, bound = view.truth.identify(view.output.rows)
        counts = jnp.zeros(bound).at[numbers].add(view.output.mass)
        return {"my_part": (counts == 1).sum() / counts.sum()}


def scenario():
    arm = cl.Arm(truth=cl.zipf(1000), measures=(MyPart(), cl.ItemDiversity()), n=500)
    return cl.Scenario(name="my-part", arms={"mine": arm})


if __name__ == "__main__":
    # Of the items 0, 0, 1, 2 two occur once.
    batch = cl.Batch(jnp.array([0, 0, 1, 2]), mass=jnp.ones(4), source=jnp.zeros(4, int))
    truth = cl.uniform(5)
    view = cl.View(batch, model=truth, reference=None, truth=truth, t=jnp.array(1), n=4)
    assert MyPart().measure(jax.random.key(0), view)["my_part"] == 0.5
