"""A learner of my own (docs/howto/learner.md). ``python my_part.py`` runs the check below.

collapse run my_part.py
"""

import jax
import jax.numpy as jnp

import collapse as cl


class MyPart(cl.Learner):
    """Moves the parameters only a part of the way to the maximum-likelihood fit."""

    step: float = 0.3  # 1: the fit itself; a setting: --set learner.step=0.5

    def learn(self, key, model, data, reference):
        """The next model, and the learner as it is afterwards."""
        fitted, _ = cl.MaximumLikelihood().learn(key, model, data, reference)
        return jax.tree.map(lambda old, new: old + self.step * (new - old), model, fitted), self


def scenario():
    truth = cl.zipf(100)
    arms = {"control": cl.Arm(truth=truth, n=200)}
    arms["mine"] = cl.Arm(truth=truth, learner=MyPart(), n=200)
    return cl.Scenario(name="my-part", arms=arms, headline=("entropy",))


if __name__ == "__main__":
    # From (1/2, 1/2), data of nothing but outcome 0, three tenths of the way to (1, 0).
    zero, one = jnp.zeros(10, int), jnp.ones(10)
    data = cl.Pool(zero, one, one, one, zero, zero, {})
    model, _ = MyPart(step=0.3).learn(jax.random.key(0), cl.Categorical([0.5, 0.5]), data, None)
    assert jnp.allclose(model.p, jnp.array([0.65, 0.35])), model.p
