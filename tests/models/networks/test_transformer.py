"""The transformer: a block by NumPy, its cache, its pieces, and its mistakes."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.models.networks.training import in_pieces
from tests.scenarios.writing import fresh, log_probs, some_rows, stirred, transformer


def normed(part, x):
    x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return x * part["scale"] + part["shift"]


def affine(part, x):
    return x @ part["w"] + part["b"]


def by_hand(model, net, row, causal=True):
    """(L,) log-probabilities of one row: every head and every place by itself, in double
    precision, as in Vaswani et al. (2017) with norms before."""
    x = net["embed"][np.r_[0, row[:-1]]] + net["places"][: len(row)]
    each = model.width // model.heads
    for block in net["blocks"]:
        q, k, v = np.split(affine(block["attend"], normed(block["norm"], x)), 3, axis=1)
        mixed = np.zeros_like(x)
        for head in range(model.heads):
            own = slice(head * each, (head + 1) * each)
            for i in range(len(row)):
                seen = slice(0, i + 1 if causal else len(row))
                weight = np.exp(k[seen, own] @ q[i, own] / np.sqrt(each))
                mixed[i, own] = weight @ v[seen, own] / weight.sum()
        x = x + affine(block["mix"], mixed)
        up = affine(block["up"], normed(block["norm_mlp"], x))
        bent = 0.5 * up * (1 + np.tanh(np.sqrt(2 / np.pi) * (up + 0.044715 * up**3)))
        x = x + affine(block["down"], bent)
    x = normed(net["norm"], x)
    logits = x @ net["embed"].T if model.tied else affine(net["output"], x)
    return logits[np.arange(len(row)), row] - np.log(np.exp(logits).sum(1))


@pytest.mark.slow
@pytest.mark.parametrize(("size", "tied"), [(6, False), (6, True), (600, False)])
def test_the_network_is_that_of_the_paper(size, tied):
    """Few tokens go by products with ones and many by gathering: the same."""
    model = stirred(transformer(size, 9, tied=tied), by=0.3)
    rows = some_rows(model, 3)
    net = jax.tree.map(lambda x: np.asarray(x, float), model.net)
    law = [by_hand(model, net, row) for row in np.asarray(rows)]
    np.testing.assert_allclose(log_probs(model, rows), law, atol=2e-5)
    looking_ahead = by_hand(model, net, np.asarray(rows[0]), causal=False)
    assert np.abs(looking_ahead - law[0]).max() > 1e-2


def test_the_cache_grows_in_segments_and_batches_fit_it():
    for length in (5, 32, 70, 256, 1024):
        model = transformer(9, length, width=64, heads=4)
        segments = model.segments()
        assert [stop for _, stop in segments[:-1]] == [start for start, _ in segments[1:]]
        assert (segments[0][0], segments[-1][1]) == (0, length)
        assert len(segments) <= 8
        if 8 < model.at_once < 256:
            state = jax.eval_shape(lambda m: m.widened(m.opened(m.at_once), m.length), model)
            bytes_ = sum(x.size * x.dtype.itemsize for x in jax.tree.leaves(state))
            assert 5e6 < bytes_ <= 6.5e6
    assert model.at_once < 50


@pytest.mark.slow
def test_a_draw_in_several_batches_is_one_draw():
    """More rows than go at once: every row is there, and no two batches are alike."""

    class Narrow(c.Transformer):
        at_once = 8

    model = Narrow(5, 6, layers=1, width=8, heads=2)
    model = model.with_params(fresh(model))
    rows = np.asarray(eqx.filter_jit(lambda m: m.sample(jax.random.key(0), 20))(model))
    assert rows.shape == (20, 6)
    assert (rows < 5).all()
    assert (rows[:7] != rows[7:14]).any()


@pytest.mark.slow
def test_a_gradient_in_pieces_is_the_gradient():
    model = stirred(transformer(5, 6))
    rows, key = some_rows(model, 12), jax.random.key(0)
    slope = jax.value_and_grad(lambda net, rows, key: model.losses(net, rows, key).mean())
    found = {p: jax.jit(lambda p=p: in_pieces(slope, model.net, rows, key, p))() for p in (5, None)}
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), *found.values())
    part = jax.jit(lambda: slope(model.net, rows[:4], key))()  # one piece alone is another
    assert abs(float(part[0] - found[5][0])) > 1e-3


def test_mistakes_are_sentences():
    assert transformer().validate() == []
    assert "multiple of heads" in transformer(width=10, heads=4).validate()[0]
    assert "at least 1, not 0" in transformer(layers=0).validate()[0]
    with pytest.raises(c.UserError, match="5 tokens are longer than the 3 positions"):
        log_probs(stirred(transformer()), jnp.ones((2, 5), jnp.int32))
