"""What the other models think: against their mixture, written out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.loop.prepare import prepare
from collapse.types import Batch, View

P = np.random.default_rng(2).dirichlet(np.ones(3), 3)


def score(model, items, source):
    items, source = jnp.asarray(items), jnp.asarray(source, jnp.int32)
    batch = Batch(items, jnp.ones(len(items)), source)
    view = View(batch, model, None, None, jnp.array(1), len(items))
    return np.asarray(c.PeerLikelihood().score(jax.random.key(0), view), float)


def test_it_is_the_mixture_of_the_members_that_did_not_draw_the_item():
    items, source = np.tile(np.arange(3), 3), np.repeat(np.arange(3), 3)
    found = score(c.Population.of([c.Categorical(p) for p in P]), items, source)
    others = np.stack([np.delete(P, k, axis=0).mean(0) for k in range(3)])
    np.testing.assert_allclose(found, np.log(others[source, items]), rtol=1e-5)


def test_what_nobody_else_would_say_has_no_likelihood():
    members = c.Population.of([c.Categorical([1.0, 0.0]), c.Categorical([0.0, 1.0])])
    np.testing.assert_array_equal(score(members, [0, 1], [0, 1]), [-np.inf, -np.inf])


def test_a_model_without_peers_is_told():
    judge = c.TopFraction(c.PeerLikelihood(), fraction=0.5)
    with pytest.raises(c.UserError, match="a Population of at least two"):
        prepare(c.Arm(truth=c.zipf(4), judge=judge, n=8, generations=1))
