"""Small text networks for tests: with parameters that matter, all their rows, reading aloud."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import collapse as c
from collapse.types import Pool


def transformer(size=3, length=3, **settings):
    return c.Transformer(size, length, **{"layers": 2, "width": 8, "heads": 2} | settings)


def gru(size=3, length=3, **settings):
    return c.GRU(size, length, **{"width": 8} | settings)


def stirred(model, seed=0, by=0.5):
    """The model with every parameter, zeros and ones included, moved by normals of sd ``by``."""
    rng = np.random.default_rng(seed)
    move = lambda x: jnp.asarray(x + by * rng.normal(size=x.shape), x.dtype)  # noqa: E731
    return model.with_params(jax.tree.map(move, fresh(model)))


@eqx.filter_jit
def fresh(model, seed: int = 0):
    """Parameters as before any training."""
    return model.initial(jax.random.key(seed))


@eqx.filter_jit
def read_aloud(model, rows, late: int = 0):
    """(n, L) log-probability of each token, from the state that decoding carries; ``late`` tells a
    wrong place."""

    def step(carry, place):
        state, token = carry
        logits, state = model.read(state, token, jnp.maximum(place - late, 0))
        token = rows[:, place]
        each = jnp.take_along_axis(jax.nn.log_softmax(logits), token[:, None], 1)[:, 0]
        return (state, token), each

    carry, found = (model.opened(len(rows)), jnp.zeros(len(rows), jnp.int32)), []
    for start, stop in model.segments():
        carry = (model.widened(carry[0], stop), carry[1])
        carry, each = jax.lax.scan(step, carry, jnp.arange(start, stop))
        found.append(each)
    return jnp.concatenate(found).T


@eqx.filter_jit
def log_probs(model, rows):
    """(n, L) log-probability of each token, of whole rows at once."""
    return model.token_log_probs(rows)


@eqx.filter_jit
def listed(model):
    """All rows and the probability of each."""
    return model.support()


def some_rows(model, n=12, seed=0):
    """(n, L) rows that never end."""
    rng = np.random.default_rng(seed)
    return jnp.asarray(rng.integers(1, model.vocab_size, (n, model.length)), jnp.int32)


def counted(rows, support) -> np.ndarray:
    """How often each row of the support occurs."""
    size = int(np.asarray(support).max()) + 1
    weights = size ** np.arange(support.shape[1])
    number = np.asarray(rows) @ weights
    return (number[:, None] == (np.asarray(support) @ weights)[None]).sum(0)


def exact_pool(rows, p, advantage=None) -> Pool:
    """Outcomes drawn from a model, as if infinitely many; ``advantage`` of each is noted."""
    one, zero = jnp.ones(len(p)), jnp.zeros(len(p), jnp.int32)
    notes = {} if advantage is None else {"advantage": jnp.asarray(advantage, float)}
    return Pool(rows, 1000 * jnp.asarray(p), one, one, zero, zero, notes)
