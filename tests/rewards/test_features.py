"""Rewards that look inside an item, against SciPy, NumPy and laws a little wrong."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import collapse
from collapse import Confidence, Likelihood, Ratio, Schedule, Similarity, Steps
from collapse.loop.prepare import prepare
from collapse.rewards.features import embedding
from collapse.types import Batch, View

LIMIT = 4.5
RNG = np.random.default_rng(0)
CENTRES = np.array([[0.0, 0.0], [1.5, 0.0], [0.0, 2.0]])
PRIOR = np.array([0.5, 0.3, 0.2])
POINTS = RNG.normal(size=(200, 2))


def view_of(items, model=None, reference=None, mass=None, t=1):
    m, kind = len(items), "items" if mass is None else "support"
    mass = jnp.ones(m) if mass is None else jnp.asarray(mass)
    batch = Batch(jnp.asarray(items), mass, jnp.zeros(m, jnp.int32), kind)
    return View(batch, model, reference, None, jnp.array(t), m)


@eqx.filter_jit
def scored(reward, key, view):
    return reward.score(key, view)


def score(reward, view):
    return np.asarray(scored(reward, jax.random.key(0), view), float)


# Confidence


def posterior(sd, prior=PRIOR):
    """Bayes' rule, class by class."""
    density = [stats.multivariate_normal(centre, sd**2).pdf(POINTS) for centre in CENTRES]
    joint = prior * np.stack(density, 1)
    return joint / joint.sum(1, keepdims=True)


def test_confidence_is_bayes_rule():
    view, law = view_of(POINTS), posterior(0.8)
    found = score(Confidence(CENTRES, sd=0.8, prior=PRIOR, strength=5.0), view)
    np.testing.assert_allclose(found, 5 * law.max(1), rtol=1e-4)
    for wrong in (posterior(0.9), posterior(0.8, np.full(3, 1 / 3))):
        assert np.abs(found - 5 * wrong.max(1)).max() > 0.1
    for i in range(3):
        one = score(Confidence(CENTRES, sd=0.8, prior=PRIOR, of=i), view)
        np.testing.assert_allclose(one, law[:, i], rtol=1e-3, atol=1e-7)
    equal = score(Confidence(CENTRES, sd=0.8), view)
    np.testing.assert_allclose(equal, posterior(0.8, np.full(3, 1 / 3)).max(1), rtol=1e-4)


def test_confidence_far_away_is_a_number():
    far = view_of(np.array([[1e4, 0.0], [-1e4, 1e4]]))
    np.testing.assert_allclose(score(Confidence(CENTRES, sd=0.1), far), [1, 1])


# Similarity


def cosines(x):
    x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-30)
    return x @ x.T


def test_similarity_to_a_target_and_to_the_others():
    vectors = RNG.normal(size=(50, 3))
    vectors[7] = 0
    view, every = view_of(vectors), cosines(vectors)
    target = np.array([1.0, 2.0, -1.0])
    found = score(Similarity(width=3, target=target), view)
    law = vectors @ target / np.maximum(np.linalg.norm(vectors, axis=1), 1e-30) / np.sqrt(6)
    np.testing.assert_allclose(found, law, atol=1e-6)
    others = (every.sum(1) - np.diag(every)) / 49
    found = score(Similarity(width=3), view)
    np.testing.assert_allclose(found, others, atol=1e-6)
    assert np.abs(found - every.mean(1)).max() > 0.01  # with itself among the others


def test_similarity_of_outcomes_is_the_chance_to_meet_the_same():
    """Of infinitely many items, and as their mean over samples."""
    p = np.array([0.5, 0.3, 0.2])
    exact = score(Similarity(width=3), view_of(np.arange(3), mass=p))
    np.testing.assert_allclose(exact, p, rtol=1e-6)
    items = RNG.choice(3, 2000, p=p)
    found = score(Similarity(width=3), view_of(items))
    count = np.bincount(items)
    np.testing.assert_allclose(found, (count[items] - 1) / 1999, rtol=1e-4)


def by_hand(items):
    return jnp.stack([items.sum(1), items[:, 0]], 1).astype(float)


def test_an_embedding_of_ones_own():
    rows = np.array([[1, 2, 0], [3, 0, 0], [2, 2, 2]])
    found = score(Similarity(embed=by_hand, width=2), view_of(rows))
    every = cosines(np.array([[3.0, 1], [3, 3], [6, 2]]))
    np.testing.assert_allclose(found, (every.sum(1) - 1) / 2, rtol=1e-5)


def test_embedding_of_all_kinds_of_items():
    rows = jnp.array([[1, 5, 5, 0], [4, 1, 0, 0]])
    np.testing.assert_array_equal(embedding(rows, 6), [[0, 1, 0, 0, 0, 2], [0, 1, 0, 0, 1, 0]])
    np.testing.assert_array_equal(embedding(rows, 4)[0], [0, 3, 0, 0])  # 1 and 5 share a place
    np.testing.assert_array_equal(embedding(jnp.array([0, 2]), 3), np.eye(3)[[0, 2]])
    np.testing.assert_array_equal(embedding(jnp.ones((1, 2)), 3), [[1, 1, 0]])


# Steps


def as_they_are(items):
    """Items that are their own step scores, for tokens 1 (wrong) and 2 (right)."""
    return items - 1.0


def numbers(items):
    return items


def test_ways_of_steps_by_hand():
    rows = np.array([[2, 2, 1, 2], [2, 2, 0, 0], [1, 2, 2, 0], [0, 0, 0, 0]])
    law = {
        "sum": [3, 2, 2, 0],
        "mean": [0.75, 1, 2 / 3, 0],
        "product": [0, 1, 0, 0],
        "min": [0, 1, 0, 0],
        "first-error": [2, 2, 0, 0],
    }
    for way, expected in law.items():
        found = score(Steps(as_they_are, aggregation=way), view_of(rows))
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    all_real = score(Steps(as_they_are, aggregation="sum", mask=jnp.ones_like), view_of(rows))
    np.testing.assert_allclose(all_real, [3, 0, 1, -4])
    chances = np.array([[0.9, 0.8, 0.5], [0.6, 0.4, 1.0]])
    found = score(Steps(numbers), view_of(chances))
    np.testing.assert_allclose(found, [0.36, 0.24], rtol=1e-6)
    found = score(Steps(numbers, aggregation="first-error"), view_of(chances))
    np.testing.assert_allclose(found, [3, 1])


Q, L, MANY = 0.8, 4, 100_000
LABELS = (RNG.random((MANY, L)) < Q).astype(float)


@pytest.mark.parametrize("flip", [None, 0.1])
def test_the_product_of_independent_steps(flip):
    """Its mean is (q + f - 2 q f)^L, that of the first error sum_j q'^j; not those of L - 1 steps,
    nor of unflipped labels."""
    q = Q if flip is None else (1 - flip) * Q + flip * (1 - Q)
    found = score(Steps(numbers, flip=flip), view_of(LABELS)).mean()
    error = np.sqrt(q**L * (1 - q**L) / MANY)
    assert abs(found - q**L) < LIMIT * error
    assert abs(found - q ** (L - 1)) > LIMIT * error
    assert flip is None or abs(found - Q**L) > LIMIT * error
    first = score(Steps(numbers, aggregation="first-error", flip=flip), view_of(LABELS))
    law = sum(q**j for j in range(1, L + 1))
    assert abs(first.mean() - law) < LIMIT * first.std() / np.sqrt(MANY)


def test_flips_by_schedule():
    planned = Steps(numbers, aggregation="sum", flip=Schedule([0.0, 1.0], [1, 3]))
    for t, expected in ((1, LABELS.sum(1)), (3, L - LABELS.sum(1))):
        np.testing.assert_allclose(score(planned, view_of(LABELS, t=t)), expected)


# Ratio


def test_ratio_is_the_importance_weight():
    p, reference = np.array([0.5, 0.3, 0.2, 0.0]), np.array([0.25, 0.25, 0.0, 0.5])
    models = collapse.Categorical(p), collapse.Categorical(reference)
    found = score(Ratio(), view_of(np.arange(4), *models))
    np.testing.assert_allclose(found, [np.log(0.5), np.log(0.25 / 0.3), -np.inf, 0], rtol=1e-5)
    rows = np.array([[1, 2, 0], [2, 2, 1]])

    def fit(weight):
        given = {"rows": jnp.asarray(rows), "weight": jnp.asarray(weight)}
        return collapse.NGram(3, smoothing=0.1, **given)

    view = view_of(rows, fit([1.0, 1.0]), fit([3.0, 1.0]))
    own, its = (score(Likelihood("item", under=u), view) for u in ("model", "reference"))
    np.testing.assert_allclose(score(Ratio(), view), its - own, rtol=1e-5)
    assert np.abs(its - own).min() > 0.05


# Mistakes


def arm(reward, truth=None, **fields):
    truth = truth or collapse.Gaussian(np.zeros(2), np.eye(2))
    return collapse.Arm(
        truth=truth,
        model=truth,
        judge=collapse.TopFraction(reward),
        regime=collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=fields.pop("sampler", collapse.Plain()),
        n=20,
        generations=2,
        **fields,
    )


OUTCOMES = collapse.Categorical(PRIOR)


@pytest.mark.parametrize(
    ("reward", "truth", "sentence"),
    [
        (Confidence(CENTRES), OUTCOMES, "needs points of 2 numbers"),
        (Confidence(np.eye(3)), None, "needs points of 3 numbers"),
        (Confidence(np.zeros(2)), None, "at least two classes"),
        (Confidence(CENTRES, sd=0.0), None, "sd must be above 0"),
        (Confidence(CENTRES, of=3), None, "of must be a class"),
        (Confidence(CENTRES, prior=[0.5, 0.5]), None, "prior must be 3 weights"),
        (Similarity(width=3, target=np.ones(2)), None, "target must have shape"),
        (Similarity(width=1), None, "do not fit width=1"),
        (Similarity(embed=by_hand, width=5), None, "must be \\(m, width\\)"),
        (Steps(numbers, aggregation="loudest"), None, "aggregation must be .* or "),
        (Steps(numbers, flip=2.0), None, "flip must lie in"),
        (Steps(jnp.ravel), None, "one score for each step"),
        (Ratio(), OUTCOMES, "keep_reference"),
    ],
)
def test_mistakes_are_sentences(reward, truth, sentence):
    with pytest.raises(collapse.UserError, match=sentence):
        prepare(arm(reward, truth))


def test_flipped_steps_have_no_exact_form():
    reward = Steps(lambda items: items[:, None] > 0, mask=lambda items: items[:, None] >= 0)
    prepare(arm(reward, OUTCOMES, sampler=collapse.Support()))
    flipped = Steps(reward.function, mask=reward.mask, flip=0.1)
    with pytest.raises(collapse.UserError, match="no exact form"):
        prepare(arm(flipped, OUTCOMES, sampler=collapse.Support()))
