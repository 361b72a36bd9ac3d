"""Risk, accuracy and the spread of members: against sums written out and large samples."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse import Categorical, Conditional, Gaussian
from collapse.laws.ridge import ridge_risk
from collapse.measures.population import AgreementWhenWrong, MemberMeans, MemberSpread
from collapse.measures.risk import Accuracy, CrossRisk, DownstreamRidge, ExcessRisk, Labels
from collapse.models.distributions.regression import LinearRegression
from collapse.models.networks.classifiers import LogisticRegression
from collapse.models.population import Population, Sources
from collapse.types import Batch, View

LIMIT = 4.5
W, SPECTRUM = np.array([1.0, -2.0, 0.5]), np.array([2.0, 1.0, 0.3])


def view(model, truth):
    return View(None, model, None, truth, jnp.array(1), 1)


def curves(measure, model, truth):
    found = measure.measure(jax.random.key(0), view(model, truth))
    assert set(found) == set(measure.curves)
    return {name: float(x) for name, x in found.items()}


def line(*w):
    return LinearRegression(np.array(w))


def plane(*mean):
    return Gaussian(np.array(mean), np.eye(2))


def test_excess_risk_is_the_mean_squared_error_above_the_truth():
    """In the covariance of the inputs: against errors on 200,000 rows."""
    truth = LinearRegression(W, noise_level=0.4, spectrum=SPECTRUM)
    model = LinearRegression(W + [0.3, 0.0, -1.0], noise_level=0.4, spectrum=SPECTRUM)
    found = curves(ExcessRisk(), model, truth)["risk"]
    assert found == pytest.approx(2 * 0.09 + 0.3, rel=1e-5)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200_000, 3)) * np.sqrt(SPECTRUM)
    y = x @ W + 0.4 * rng.normal(size=len(x))
    above = (y - x @ np.asarray(model.w)) ** 2 - (y - x @ W) ** 2
    assert abs(above.mean() - found) < LIMIT * above.std() / np.sqrt(len(x))
    assert curves(ExcessRisk(), truth, truth)["risk"] == 0


@pytest.mark.slow
def test_downstream_ridge_has_the_risk_of_theory():
    """6 dimensions, 15 rows, a model off by a known distance; and without the penalty it fails."""
    truth, dim = LinearRegression(np.ones(6), noise_level=1.0), 6
    off = np.array([1.0, -1.0, 0.5, 0.0, 0.0, 0.5])
    measure = DownstreamRidge(rows=15, penalty=0.5, noise=0.6)

    def one(key, sign):
        model = LinearRegression(truth.w + sign * jnp.asarray(off), noise_level=1.0)
        return measure.measure(key, view(model, truth))["downstream_risk"]

    # Either sign as likely: a model that is right on average.
    keys, signs = jax.random.split(jax.random.key(1), 8_000), jnp.tile(jnp.array([1.0, -1.0]), 4000)
    sample = np.asarray(jax.jit(jax.vmap(one))(keys, signs), float)
    law = ridge_risk(15, dim, 0.5, dim, 0.6, off @ off)
    error, allowed = sample.std() / np.sqrt(len(sample)), 0.005 * law
    assert abs(sample.mean() - law) < LIMIT * error + allowed
    for wrong in (
        ridge_risk(15, dim, 2.0, dim, 0.6, off @ off),
        ridge_risk(15, dim, 0.5, dim, 0.6, 0.5 * off @ off),
        ridge_risk(15, dim, 0.5, dim, 1.0, off @ off),
    ):
        assert abs(sample.mean() - wrong) > LIMIT * error + allowed
    assert len(DownstreamRidge(rows=0, penalty=-1.0, noise=-1.0).validate()) == 3


def test_cross_risk_tells_own_from_other():
    truth = Sources(None, (line(1.0, 0.0), line(0.0, 0.0)))
    members = Population.of([line(1.0, 2.0), line(0.0, 1.0)])
    found = curves(CrossRisk(), members, truth)
    assert found == {"own_risk": (4 + 1) / 2, "other_risk": (5 + 2) / 2}
    start = curves(CrossRisk(), truth, truth)
    assert start == {"own_risk": 0, "other_risk": 1}


def test_accuracy_is_the_share_of_classes_named():
    """Against 200,000 inputs of the two classes; the truth's own weights are the best there are."""
    mean = np.array([0.8, -0.4])
    truth = LogisticRegression(2 * mean, separation=jnp.asarray(mean, float))
    best = curves(Accuracy(), truth, truth)
    assert best["accuracy"] == pytest.approx(stats.norm.cdf(np.linalg.norm(mean)), rel=1e-5)
    assert best["excess_error"] == pytest.approx(0, abs=1e-6)
    assert best["alignment"] == pytest.approx(1)
    model = LogisticRegression(np.array([1.0, 0.5]), bias=0.3)
    found = curves(Accuracy(), model, truth)
    rng = np.random.default_rng(2)
    side = rng.choice([-1, 1], 200_000)
    x = side[:, None] * mean + rng.normal(size=(200_000, 2))
    named = (np.sign(x @ [1.0, 0.5] + 0.3) == side).mean()
    error = np.sqrt(0.25 / 200_000)
    assert abs(named - found["accuracy"]) < LIMIT * error
    without = curves(Accuracy(), LogisticRegression(np.array([1.0, 0.5])), truth)["accuracy"]
    assert abs(named - without) > LIMIT * error
    assert found["alignment"] == pytest.approx(0.6 / np.linalg.norm(mean) / np.sqrt(1.25))
    assert curves(Accuracy(), LogisticRegression(np.zeros(2), bias=1.0), truth)["accuracy"] == 0.5


def test_labels_agree_as_often_as_the_likelier_one_is_drawn():
    """E max(p, 1 - p) of a calibrated classifier by quadrature; always, if it says the likelier."""
    mean, n = np.array([0.8, -0.4]), 50_000
    truth = LogisticRegression(2 * mean, separation=jnp.asarray(mean, float))
    far = np.linalg.norm(mean)
    grid = np.linspace(-8, 8, 4001)  # along the separation
    density = 0.5 * (stats.norm.pdf(grid - far) + stats.norm.pdf(grid + far))
    p = 1 / (1 + np.exp(-2 * far * grid))
    expected = np.trapezoid(density * np.maximum(p, 1 - p), grid)

    def seen(model):
        rows = model.sample(jax.random.key(3), n)
        batch = Batch(rows, jnp.ones(n), jnp.zeros(n, jnp.int32))
        found = Labels().measure(None, View(batch, model, None, truth, jnp.array(1), n))
        return {name: float(x) for name, x in found.items()}

    drawn, certain = (
        seen(truth),
        seen(LogisticRegression(mean, bias=0.0, separation=jnp.asarray(mean, float))),
    )
    assert abs(drawn["agreement"] - expected) < LIMIT * np.sqrt(expected * (1 - expected) / n)
    assert abs(drawn["positives"] - 0.5) < LIMIT * 0.5 / np.sqrt(n)
    assert abs(certain["agreement"] - expected) > LIMIT * 0.5 / np.sqrt(n)  # not calibrated
    likeliest = LogisticRegression(
        mean, bias=0.0, separation=jnp.asarray(mean, float), labels="likeliest"
    )
    assert seen(likeliest)["agreement"] == pytest.approx(1)
    shifted = seen(LogisticRegression(2 * mean, bias=1.0, separation=jnp.asarray(mean, float)))
    assert shifted["positives"] > 0.6


def test_member_spread_adds_up_to_the_mixture():
    """Between and within by numpy on a large sample of the mixture; of outcomes by 1 - sum p^2."""
    members = Population.of([Gaussian(0.0, 1.0), Gaussian(2.0, 3.0), Gaussian(-1.0, 0.5)])
    found = curves(MemberSpread(), members, members)
    assert found["between"] == pytest.approx(np.var([0, 2, -1]), rel=1e-5)
    assert found["within"] == pytest.approx(1.5)
    rows = np.asarray(members.sample(jax.random.key(3), 60_000), float)
    square = (rows - rows.mean()) ** 2
    assert abs(square.mean() - found["together"]) < LIMIT * square.std() / np.sqrt(60_000)
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    outcomes = Population.of([Categorical(q) for q in p])
    found = curves(MemberSpread(), outcomes, outcomes)
    assert found["within"] == pytest.approx(1 - (p**2).sum(1).mean(), rel=1e-5)
    assert found["together"] == pytest.approx(1 - (p.mean(0) ** 2).sum(), rel=1e-5)


def test_member_means_are_numbered():
    members = Population.of([plane(1.0, 5.0), plane(2.0, 6.0)])
    assert curves(MemberMeans(0), members, None) == {"mean_0": 1, "mean_1": 2, "average": 1.5}
    assert curves(MemberMeans(1), members, None) == {"mean_0": 5, "mean_1": 6, "average": 5.5}
    truth = Sources(plane(9.0, 9.0))
    assert curves(MemberMeans(0), truth, None) == {"mean_0": 9, "mean_1": 9, "average": 9}


def test_members_agree_as_all_pairs_of_their_wrong_answers_do():
    """Against sums over prompts, pairs of members and wrong answers; prompts of unequal weight."""
    p = np.random.default_rng(4).dirichlet(np.ones(4), (3, 2))
    prompt, right = np.array([0.2, 0.8]), [1, 3]
    members = Population.of([Conditional(table, prompt) for table in p])
    same = both = 0.0
    for question, answer in enumerate(right):
        for a, b in ((0, 1), (0, 2), (1, 2)):
            one, two = (np.delete(p[k, question], answer) for k in (a, b))
            same += prompt[question] * one @ two
            both += prompt[question] * one.sum() * two.sum()
    found = curves(AgreementWhenWrong(right), members, members)
    assert found["agreement_when_wrong"] == pytest.approx(same / both, rel=1e-5)
    wrong = 1 - p[:, [0, 1], right] @ prompt
    assert found["wrong"] == pytest.approx(wrong.mean(), rel=1e-5)
