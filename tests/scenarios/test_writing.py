"""What every network that writes text must satisfy, against sums over all its rows."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import collapse as c
from collapse.loop.settle import unjudged
from collapse.types import Batch
from tests.scenarios.writing import (
    counted,
    fresh,
    gru,
    listed,
    log_probs,
    read_aloud,
    some_rows,
    stirred,
    transformer,
)
from tests.shared import slots

BOTH = pytest.mark.parametrize("make", [gru, transformer])


@pytest.mark.slow
@BOTH
def test_decoding_agrees_with_reading_whole_rows(make):
    """Token by token, over three segments of the cache; another network is told apart."""
    model = stirred(make(7, 70), by=0.2)
    rows = some_rows(model)
    whole = np.asarray(log_probs(model, rows))
    np.testing.assert_allclose(read_aloud(model, rows), whole, atol=1e-4)
    assert np.abs(read_aloud(stirred(make(7, 70), 1, 0.2), rows) - whole).max() > 0.1


@pytest.mark.slow
@BOTH
def test_a_later_token_leaves_earlier_ones_alone(make):
    model = stirred(make(6, 12))
    rows = some_rows(model)
    for place in (0, 5, 10):
        other = rows.at[:, place].set(rows[:, place] % 5 + 1)
        apart = np.abs(np.asarray(log_probs(model, other) - log_probs(model, rows)))
        assert apart[:, :place].max(initial=0) < 1e-6
        assert (apart[:, place + 1 :].max(0) > 1e-4).any()


@pytest.mark.slow
@BOTH
def test_probabilities_of_all_rows_sum_to_one(make):
    model = stirred(make())
    rows, p = listed(model)
    assert len(rows) == 15  # 1 + 2 + 4 that end, 8 that do not
    assert float(p.sum()) == pytest.approx(1, abs=1e-5)
    unended = np.asarray(np.meshgrid(*[range(3)] * 3)).reshape(3, -1).T  # some go on after an end
    assert float(np.exp(log_probs(model, jnp.asarray(unended)).sum(1)).sum()) > 1.05


def reshaped(model, sampler):
    """p of every row once each next-token distribution is reshaped, by summing over rows."""
    rows, p = (np.asarray(x, float) for x in listed(model))
    found = np.ones(len(rows))
    for i, row in enumerate(rows):
        for place in range(model.length):
            if place and row[place - 1] == 0:
                break
            same = (rows[:, :place] == row[:place]).all(1)
            share = np.array(
                [p[same & (rows[:, place] == v)].sum() for v in range(model.vocab_size)]
            )
            share = (share / share.sum()) ** (1 / float(sampler.temperature))
            if hasattr(sampler, "k"):
                share[np.argsort(-share)[sampler.k :]] = 0
            found[i] *= share[int(row[place])] / share.sum()
    return found


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("sampler", [None, c.Tempered(2.0), c.TopK(k=2)])
def test_draws_have_the_law_of_the_probabilities(make, sampler):
    """Chi-square over all rows; told from the law of another sampler."""
    model, n = stirred(make(), 2), 20_000
    rows, p = listed(model)
    law = np.asarray(p, float) if sampler is None else reshaped(model, sampler)
    law /= law.sum()
    drawn = eqx.filter_jit(lambda m, key: m.sample(key, n, sampler))(model, jax.random.key(3))
    seen = counted(drawn, rows)
    assert seen.sum() == n
    assert seen[law == 0].sum() == 0
    assert stats.chisquare(seen[law > 0], n * law[law > 0]).pvalue > 1e-3
    other = reshaped(model, c.Tempered(1.3))
    assert stats.chisquare(seen, n * other / other.sum()).pvalue < 1e-9


@pytest.mark.slow
@BOTH
def test_redrawing_keeps_the_start_and_draws_the_rest_given_it(make):
    model, n = stirred(make(), 4), 12_000
    support, p = (np.asarray(x, float) for x in listed(model))
    start = np.array([2, 1, 1], np.int32)
    redraw = eqx.filter_jit(lambda m, key, rows, keep: m.redraw(key, rows, keep))
    keep = jnp.asarray(np.arange(n) % 4, jnp.int32)
    found = np.asarray(redraw(model, jax.random.key(5), jnp.tile(start, (n, 1)), keep))
    for kept in range(4):
        rows = found[np.asarray(keep) == kept]
        assert (rows[:, :kept] == start[:kept]).all()
        law = p * (support[:, :kept] == start[:kept]).all(1)
        law, seen = law / law.sum(), counted(rows, support)
        if kept < 3:
            assert stats.chisquare(seen[law > 0], len(rows) * law[law > 0]).pvalue > 1e-3
        if kept == 1:  # the rest of rows of any start has another law
            rest = np.array([p[(support[:, 1:] == row[1:]).all(1)].sum() for row in support])
            rest = rest[law > 0] / rest[law > 0].sum()
            assert stats.chisquare(seen[law > 0], len(rows) * rest).pvalue < 1e-6


@pytest.mark.slow
@BOTH
def test_training_approaches_the_entropy_of_a_known_law(make):
    """A first-order chain of 4 tokens: the cross-entropy, over all rows, comes within 0.03 nats of
    the entropy and is never below it; before training it is far from it."""
    rng = np.random.default_rng(0)
    truth = c.TokenTable(rng.dirichlet(np.full(4, 0.5), 5), 5)
    rows, p = listed(truth)
    drawn = truth.sample(jax.random.key(0), 20_000)
    batch = Batch(drawn, jnp.ones(len(drawn)), jnp.zeros(len(drawn), jnp.int32))
    pool = unjudged(batch, len(drawn), {})
    model = make(4, 5, width=32, training=c.Training(steps=480, learning_rate=5e-3))
    entropy = -float((p * jnp.where(p > 0, jnp.log(p), 0)).sum())
    cross = lambda m: -float(p @ log_probs(m, rows).sum(1))  # noqa: E731
    found = eqx.filter_jit(model.fit)(jax.random.key(1), pool)
    assert 0 < cross(found) - entropy < 0.03
    assert cross(model.with_params(fresh(model, 1))) - entropy > 0.3
    losses = np.asarray(found.fitted.losses) * model.length
    assert abs(losses[-1] - entropy) < 0.15  # nats of a row, from minibatches


@pytest.mark.slow
def test_rows_of_another_length_or_size_are_told():
    truth = c.TokenTable.uniform(4, 5)
    parts = (c.KeepAll(), c.Replace(), c.MaximumLikelihood(), c.Plain())
    for model, words in (
        (gru(4, 6), r"GRU .* 6 tokens out of 4, .* 5 tokens out of 4: set model.length=5"),
        (
            transformer(4, 4),
            r"Transformer is fitted to rows of 4 tokens out of 4, .* TokenTable draws rows of 5",
        ),
        (transformer(3, 5), r"5 tokens out of 3, .* 5 tokens out of 4: set model.vocab_size=4"),
    ):
        with pytest.raises(c.UserError, match=words):
            c.prepare(c.Arm(**slots(truth, model, *parts)))
    with pytest.raises(
        c.UserError, match="GRU is fitted to rows of .* tokens .* the truth Gaussian draws points"
    ):
        c.prepare(c.Arm(**slots(c.Gaussian(), gru(), *parts)))
    assert c.prepare(c.Arm(**slots(truth, transformer(4, 5), *parts))).model.net is not None


@BOTH
def test_held_out_rows_are_checked(make):
    name = type(make()).__name__
    held = c.Training(held_out=np.full((4, 5), 9))
    wrong = make(training=held).validate()
    assert len(wrong) == 2
    assert f"{name} need shape (n, 3)" in wrong[0]
    assert "tokens from 0 to 2" in wrong[1]
    assert make(training=c.Training(held_out=np.ones((4, 3), int))).validate() == []
    assert len(make(1, 0).validate()) == 1
