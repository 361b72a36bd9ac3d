"""Measures of what is lost, against numpy on models written down by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import Categorical, OutcomeShares
from collapse.measures.tails import (
    ConditionalVariation,
    MissingMass,
    Rate,
    Share,
    SquaredError,
    Survival,
    Undecided,
)
from collapse.models.distributions.bernoulli import Bernoulli
from collapse.models.distributions.poisson import Poisson
from collapse.models.text.bigram import Bigram
from collapse.types import View


def curves(measure, model, truth):
    view = View(None, model, None, truth, jnp.array(1), 1)
    found = measure.measure(jax.random.key(0), view)
    assert set(found) == set(measure.curves)
    assert measure.reads == "model"
    return {name: float(value) for name, value in found.items()}


def test_missing_mass_is_the_truths_probability_of_the_lost():
    truth = Categorical([0.5, 0.3, 0.15, 0.05])
    lost = Categorical([0.6, 0.0, 0.4, 0.0])
    assert curves(MissingMass(), lost, truth)["missing_mass"] == pytest.approx(0.35)
    assert curves(MissingMass(), truth, truth)["missing_mass"] == 0
    coin = curves(MissingMass(), Bernoulli(0.0), Bernoulli(0.3))
    assert coin["missing_mass"] == pytest.approx(0.3)
    tables = np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([[1.0, 0.0], [0.2, 0.8]])
    pair = [Bigram(p, [0.25, 0.75]) for p in tables]
    assert curves(MissingMass(), pair[1], pair[0])["missing_mass"] == pytest.approx(0.125)


def test_conditional_variation_weighs_by_context():
    tables = np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([[1.0, 0.0], [0.1, 0.9]])
    truth, model = (Bigram(p, [0.25, 0.75]) for p in tables)
    found = curves(ConditionalVariation(), model, truth)["conditional_variation"]
    assert found == pytest.approx(0.25 * 0.5 + 0.75 * 0.1)


def test_survival_and_squared_error():
    for model, alive in (
        (Poisson(0.0), 0),
        (Poisson(0.1), 1),
        (Bernoulli(0), 0),
        (Bernoulli(1), 1),
    ):
        assert curves(Survival(), model, model)["survival"] == alive
    first, second = Categorical([0.5, 0.5, 0.0]), Categorical([0.2, 0.5, 0.3])
    assert curves(SquaredError(), first, second)["squared_error"] == pytest.approx(0.18)
    assert curves(SquaredError(), first, first)["squared_error"] == 0


def test_share_and_rate():
    model = Categorical([0.5, 0.3, 0.2])
    assert curves(Share(), model, model)["share"] == 0.5
    assert curves(Share(2), model, model)["share"] == pytest.approx(0.2)
    outcomes = {f"share_{i}": pytest.approx(p) for i, p in enumerate((0.5, 0.3))}
    assert curves(OutcomeShares(2), model, model) == outcomes
    assert curves(Rate(), Poisson(0.7), Poisson(0.1))["rate"] == pytest.approx(0.7)


def test_undecided_until_one_outcome_is_left():
    for model, expected in (
        (Categorical([0.5, 0.0, 0.5]), 1),
        (Categorical([0.0, 1.0, 0.0]), 0),
        (Bernoulli(0.2), 1),
        (Bernoulli(0), 0),
        (Bernoulli(1), 0),
    ):
        assert curves(Undecided(), model, model)["undecided"] == expected
