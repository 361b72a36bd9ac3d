"""Logistic regression against scipy, and against the classes its inputs come from."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import expit

from collapse.models.networks.classifiers import LogisticRegression, Perceptron
from collapse.models.networks.training import Training
from collapse.types import Pool

LIMIT = 4.5
fit = eqx.filter_jit(lambda model, data: model.fit(None, data))
sample = eqx.filter_jit(lambda model, key, n: model.sample(key, n))
log_prob = eqx.filter_jit(lambda model, rows: model.log_prob(rows))
MEAN = np.array([0.8, -0.4])


def pool(rows, weight):
    weight = jnp.asarray(weight, float)
    born = jnp.zeros(len(weight), jnp.int32)
    return Pool(jnp.asarray(rows, float), weight * 0 + 1, weight, weight * 0, born, born, {})


def data(seed, n=60):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2)) * [1, 3]
    label = rng.uniform(size=n) < expit(x @ [1.0, -0.5] + 0.3)
    return np.column_stack([x, label]), rng.uniform(size=n)


def best(rows, weight, ridge):
    """The penalised maximum likelihood by scipy."""
    x, sign = np.column_stack([rows[:, :-1], np.ones(len(rows))]), 2 * rows[:, -1] - 1

    def loss(v):
        return np.average(np.logaddexp(0, -sign * (x @ v)), weights=weight) + ridge / 2 * v @ v

    return optimize.minimize(loss, np.zeros(x.shape[1]), tol=1e-10).x


@pytest.mark.parametrize("ridge", [1e-3, 0.3])
def test_fit_is_the_penalised_maximum(ridge):
    rows, weight = data(0)
    fitted = fit(LogisticRegression(np.zeros(2), ridge=ridge), pool(rows, weight))
    found = np.append(fitted.w, fitted.bias)
    np.testing.assert_allclose(found, best(rows, weight, ridge), rtol=2e-3, atol=2e-4)
    even = best(rows, np.ones(60), ridge)
    assert not np.allclose(found, even, rtol=1e-2)


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_separable_and_one_sided_data_stay_finite(scale):
    """Separable data take the weights that the ridge allows; so do labels of one kind."""
    rows, _ = data(1)
    rows[:, :2] *= scale
    for label in (rows[:, 0] > 0, np.ones(60)):
        rows[:, 2] = label
        fitted = fit(LogisticRegression(np.zeros(2)), pool(rows, np.ones(60)))
        found = np.append(fitted.w, fitted.bias)
        assert np.isfinite(found).all()
        expected = best(rows, np.ones(60), 1e-3)
        np.testing.assert_allclose(found, expected, rtol=0.02, atol=0.02 / scale)
    empty = fit(LogisticRegression(np.zeros(2)), pool(rows, np.zeros(60)))
    assert np.isfinite(np.append(empty.w, empty.bias)).all()


def test_samples_have_calibrated_labels_of_two_classes():
    """Inputs of the mixture; labels by the posterior, so that inputs of label 1 are one class."""
    model = LogisticRegression(2 * MEAN, separation=jnp.asarray(MEAN, float))
    rows = np.asarray(sample(model, jax.random.key(2), 40_000), float)
    x, label = rows[:, :2], rows[:, 2]
    assert set(label) == {0.0, 1.0}
    assert abs(label.mean() - 0.5) < LIMIT * 0.5 / 200
    ones = x[label == 1]
    assert np.abs((ones.mean(0) - MEAN) * np.sqrt(len(ones))).max() < LIMIT
    assert stats.kstest(ones[:, 0] - MEAN[0], "norm").pvalue > 1e-5
    log_p = np.asarray(log_prob(model, jnp.asarray(rows)), float)
    p = expit(x @ (2 * MEAN))
    np.testing.assert_allclose(np.exp(log_p), np.where(label == 1, p, 1 - p), atol=1e-5)


def test_likeliest_labels_are_the_sign_of_the_margin():
    model = LogisticRegression(MEAN, bias=0.2, labels="likeliest")
    rows = sample(model, jax.random.key(3), 500)
    x, label = np.asarray(rows[:, :2]), np.asarray(rows[:, 2])
    np.testing.assert_array_equal(label, x @ MEAN + 0.2 > 0)
    assert np.abs(x.mean(0)).max() < LIMIT / np.sqrt(500)
    assert (np.asarray(log_prob(model, rows)) == 0).all()
    assert (np.asarray(log_prob(model, rows.at[:, 2].set(1 - label))) == -np.inf).all()


def test_mistakes_are_told():
    assert LogisticRegression(MEAN).validate() == []
    assert (
        len(
            LogisticRegression(
                MEAN, bias=0.0, separation=jnp.ones(3), ridge=0.0, labels="best"
            ).validate()
        )
        == 3
    )


def test_perceptron_without_hidden_layers_is_logistic_regression():
    rows, weight = data(4, 400)
    weight = np.where(np.arange(400) < 200, weight, 0)  # what weighs nothing is not looked at
    rows[200:, 2] = 1 - rows[200:, 2]
    model = Perceptron(depth=0, training=Training(steps=3200, batch=100, learning_rate=0.02))
    (layer,) = eqx.filter_jit(model.fit)(jax.random.key(5), pool(rows, weight)).net
    found = np.append(layer["w"], layer["b"])
    wanted = best(rows, weight, 0.0)
    np.testing.assert_allclose(found, wanted, atol=0.05)
    assert np.abs(found - best(rows, np.ones(400), 0.0)).max() > 0.1


@pytest.mark.slow
def test_perceptron_learns_what_no_line_parts():
    """Labels by the sign of x y: the chance of an error falls from a half to a few in a hundred."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(2000, 2))
    rows = np.column_stack([x, x[:, 0] * x[:, 1] > 0])
    errors = {}
    for depth in (0, 1):
        model = Perceptron(depth=depth, training=Training(steps=800, learning_rate=0.02))
        fitted = eqx.filter_jit(model.fit)(jax.random.key(7), pool(rows[:1000], np.ones(1000)))
        said = np.asarray(fitted.margin(jnp.asarray(x[1000:], jnp.float32))) > 0
        errors[depth] = (said != rows[1000:, 2]).mean()
    assert errors[0] > 0.4
    assert errors[1] < 0.08


@pytest.mark.slow
def test_perceptron_draws_labels_as_its_log_prob_says():
    model = Perceptron(separation=jnp.asarray(MEAN, float))
    net = model.initial(jax.random.key(8))
    net[-1]["w"] *= 10  # far from even odds
    model = model.with_params(net)
    rows = sample(model, jax.random.key(9), 20_000)
    x, label = rows[:, :2], np.asarray(rows[:, 2])
    p = np.asarray(model.chance(x), float)
    assert p.std() > 0.1
    assert abs((label - p).sum()) < LIMIT * np.sqrt((p * (1 - p)).sum())
    told = np.exp(np.asarray(log_prob(model, rows), float))
    np.testing.assert_allclose(told, np.where(label == 1, p, 1 - p), rtol=1e-4)
    assert len(Perceptron(0, hidden=0, separation=jnp.ones(3), labels="best").validate()) == 4
