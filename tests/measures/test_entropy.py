"""Entropies and effective numbers of counts against scipy and the formulas written out."""

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from collapse import Arm, Categorical, ItemDiversity, ModelDiversity, Rarefaction, UserError
from collapse.loop.prepare import prepare
from collapse.metrics.counts import rarefied
from collapse.metrics.formulas import chao_shen, entropy, gini, hill, top_share
from collapse.types import Batch, View

LIMIT = 4.5
SIZE = 8  # counts are padded with zeros to this length, so that everything compiles once
FEW = settings(max_examples=25, deadline=None, derandomize=True, database=None)
COUNTS = st.lists(st.integers(0, 50), min_size=SIZE, max_size=SIZE).filter(any)

EXAMPLES = {
    "one item": [7],
    "one item, once": [1],
    "two equal": [3, 3],
    "all singletons": [1, 1, 1, 1, 1],
    "one singleton": [9, 4, 1],
    "zeros between": [0, 5, 0, 0, 2, 1],
    "skewed": [1000, 10, 3, 1, 1, 1],
}


def shannon(counts):
    return entropy(counts / counts.sum())


@jax.jit
def all_of(counts):
    p = counts / counts.sum()
    return {
        "shannon": entropy(p),
        "chao_shen": chao_shen(counts),
        "hill_0": hill(p, 0),
        "hill_half": hill(p, 0.5),
        "hill_1": hill(p, 1),
        "hill_2": hill(p, 2),
        "hill_3": hill(p, 3),
        "gini": gini(p),
        "top_1": top_share(counts, 1),
        "top_3": top_share(counts, 3),
        "top_99": top_share(counts, 99),
    }


def found(counts):
    counts = np.pad(np.asarray(counts, float), (0, SIZE - len(counts)))
    return {name: float(x) for name, x in all_of(jnp.asarray(counts)).items()}


def chao_shen_by_hand(counts):
    """Chao and Shen (2003), eq. 2, in double precision."""
    counts = [c for c in counts if c > 0]
    n, singletons = sum(counts), counts.count(1)
    if len(counts) == 1:
        return 0.0
    coverage = 1 - (n - 1 if singletons == n else singletons) / n
    total = 0.0
    for c in counts:
        p = coverage * c / n
        total -= p * math.log(p) / (1 - (1 - p) ** n)
    return total


def by_hand(counts):
    counts = np.array([c for c in counts if c > 0], float)
    p = np.sort(counts / counts.sum())[::-1]
    return {
        "shannon": stats.entropy(counts),
        "chao_shen": chao_shen_by_hand(counts.tolist()),
        "hill_0": len(p),
        "hill_half": np.sqrt(p).sum() ** 2,
        "hill_1": np.exp(stats.entropy(counts)),
        "hill_2": 1 / (p**2).sum(),
        "hill_3": (p**3).sum() ** -0.5,
        "gini": 1 - (p**2).sum(),
        "top_1": p[0],
        "top_3": p[:3].sum(),
        "top_99": 1.0,
    }


@pytest.mark.parametrize("counts", EXAMPLES.values(), ids=EXAMPLES)
def test_formulas(counts):
    """scipy.stats.entropy and the definitions, zeros and single items included."""
    expected = by_hand(counts)
    for name, value in found(counts).items():
        assert value == pytest.approx(expected[name], rel=2e-5, abs=2e-6), name
    with np.errstate(all="raise"):  # the same formulas of NumPy arrays
        for name, value in all_of.__wrapped__(np.array([*counts, 0.0])).items():
            assert value == pytest.approx(expected[name], rel=1e-12, abs=1e-12), name


def test_known_values():
    """ln K of K equal items, 0 of one; the formulas are not all the same thing."""
    equal = found([4] * SIZE)
    assert equal["shannon"] == pytest.approx(np.log(SIZE), rel=1e-6)
    for name in ("hill_0", "hill_half", "hill_1", "hill_2", "hill_3"):
        assert equal[name] == pytest.approx(SIZE, rel=1e-5)
    one = found([5])
    assert [one[name] for name in ("shannon", "chao_shen", "gini")] == [0, 0, 0]
    skewed = found(EXAMPLES["skewed"])
    numbers = [skewed[name] for name in ("hill_0", "hill_half", "hill_1", "hill_2", "hill_3")]
    assert (np.diff(numbers) < -0.001).all()  # Hill numbers fall with their order


@FEW
@given(COUNTS)
def test_formulas_of_any_counts(counts):
    expected = by_hand(counts)
    for name, value in found(counts).items():
        assert value == pytest.approx(expected[name], rel=2e-5, abs=5e-6), name


@FEW
@given(COUNTS, st.permutations(range(SIZE)))
def test_order_means_nothing(counts, order):
    """Names of items do not matter."""
    straight, mixed = found(counts), found([counts[i] for i in order])
    for name, value in straight.items():
        assert mixed[name] == pytest.approx(value, rel=1e-5, abs=1e-6), name


@FEW
@given(COUNTS)
def test_merging_two_items_lowers_diversity(counts):
    """Telling fewer things apart cannot raise an entropy, and cannot lower a top share. The
    Chao-Shen estimate is no such functional: it turns on singletons."""
    merged = found([counts[0] + counts[1], 0, *counts[2:]])
    for name, value in found(counts).items():
        if name.startswith("top"):
            assert merged[name] >= value - 1e-6, name
        elif name != "chao_shen":
            assert merged[name] <= value + 1e-5 * (1 + value), name


@FEW
@given(COUNTS, st.integers(2, 20))
def test_scale_means_nothing_to_the_plug_in_numbers(counts, scale):
    straight, scaled = found(counts), found([c * scale for c in counts])
    for name in ("shannon", "hill_0", "hill_2", "gini", "top_3"):
        assert scaled[name] == pytest.approx(straight[name], rel=1e-5, abs=1e-6), name


@pytest.fixture(scope="module")
def zipf_sample():
    """Entropy estimates of 2,000 samples of 150 from a Zipf law of 200 outcomes."""
    p = 1 / np.arange(1, 201)
    p /= p.sum()
    counts = np.random.default_rng(0).multinomial(150, p, 2000)
    plug_in, corrected = jax.jit(lambda c: (jax.vmap(shannon)(c), jax.vmap(chao_shen)(c)))(
        jnp.asarray(counts, float)
    )
    return stats.entropy(p), np.asarray(plug_in, float), np.asarray(corrected, float)


def test_chao_shen_is_less_biased_than_the_plug_in(zipf_sample):
    """On a Zipf sample that misses most outcomes, its bias is a fifth of the plug-in's, and its
    mean squared error smaller too."""
    truth, plug_in, corrected = zipf_sample
    assert plug_in.mean() < truth - 0.3
    assert abs(corrected.mean() - truth) < 0.2 * abs(plug_in.mean() - truth)
    assert ((corrected - truth) ** 2).mean() < 0.3 * ((plug_in - truth) ** 2).mean()


def test_plug_in_bias_is_about_k_minus_1_over_2n():
    """Miller (1955): with all K outcomes well sampled, E[plug-in] = H - (K - 1) / 2N."""
    k, n = 10, 400
    counts = np.random.default_rng(1).multinomial(n, np.full(k, 1 / k), 20_000)
    values = np.asarray(jax.jit(jax.vmap(shannon))(jnp.asarray(counts, float)), float)
    se = values.std() / np.sqrt(len(values))
    # The next term of the bias, (1 - sum 1/p) / 12 N^2, is 5e-5: written out.
    law = np.log(k) - (k - 1) / (2 * n) + (1 - k * k) / (12 * n**2)
    assert abs(values.mean() - law) / se < LIMIT
    assert abs(values.mean() - np.log(k)) / se > 2 * LIMIT


# The measures


@eqx.filter_jit
def measured(measure, view):
    return measure.measure(None, view)


def view_of(rows, p, n, mass=None, exact=False):
    m = len(rows)
    mass = jnp.ones(m) if mass is None else jnp.asarray(mass, float)
    kind = "support" if exact else "items"
    batch = Batch(jnp.asarray(rows), mass, jnp.zeros(m, jnp.int32), kind)
    model = Categorical(np.asarray(p, float))
    return View(batch, model, None, model, jnp.array(1), n)


def check_items(curves, counts):
    expected = by_hand(counts)
    names = {
        "entropy": "shannon",
        "entropy_chao_shen": "chao_shen",
        "hill_0": "hill_0",
        "effective_number": "hill_1",
        "hill_2": "hill_2",
        "gini": "gini",
        "top_3_mass": "top_3",
    }
    assert curves.keys() == names.keys() == ItemDiversity.curves.keys()
    for curve, name in names.items():
        assert float(curves[curve]) == pytest.approx(expected[name], rel=2e-5, abs=2e-6), curve


def test_item_diversity_counts_the_first_n_candidates():
    """The output is the first n candidates, whatever comes behind them."""
    rows = [3, 3, 1, 0, 3, 1, 4, 4, 4, 4, 2]
    curves = measured(ItemDiversity(), view_of(rows, np.full(5, 0.2), 6))
    check_items(curves, np.bincount(rows[:6]))
    with pytest.raises(AssertionError):
        check_items(curves, np.bincount(rows))


def test_item_diversity_of_an_exact_batch_is_that_of_its_masses():
    """Then the rows are the support and mass their probability: no sampling, no n."""
    p = np.array([0.5, 0.25, 0.125, 0.125])
    curves = measured(ItemDiversity(), view_of(range(4), p, 2, mass=p, exact=True))
    assert float(curves["entropy"]) == pytest.approx(stats.entropy(p), rel=1e-5)
    assert float(curves["hill_0"]) == 4
    assert float(curves["gini"]) == pytest.approx(1 - (p**2).sum(), rel=1e-5)


def test_model_diversity_is_of_the_probabilities():
    p = np.array([0.6, 0.3, 0.0, 0.1])
    curves = measured(ModelDiversity(), view_of([0, 0, 0], p, 3))
    assert float(curves["model_entropy"]) == pytest.approx(stats.entropy(p), rel=1e-5)
    assert float(curves["model_gini"]) == pytest.approx(1 - (p**2).sum(), rel=1e-5)
    assert float(curves["model_support"]) == 3
    assert curves.keys() == ModelDiversity.curves.keys()


def test_different_items_among_k():
    """Against all ways to draw k of the output, and of probabilities in exact mode; the index
    ``rarefied`` agrees."""
    counts, k = [4, 2, 1, 1], 3
    rows = np.repeat(np.arange(4), counts)
    law = np.mean([len(set(x)) for x in itertools.combinations(rows, k)])
    truth, n = Categorical(np.full(4, 0.25)), len(rows)

    def found(rows, mass, kind):
        batch = Batch(jnp.asarray(rows), jnp.asarray(mass, float), jnp.zeros(len(rows), int), kind)
        view = View(batch, None, None, truth, jnp.array(1), n)
        return float(Rarefaction((1, k)).measure(None, view)[f"different_in_{k}"])

    assert found(rows, np.ones(n), "items") == pytest.approx(law, rel=1e-5)
    assert float(rarefied(np.array(counts), k)) == pytest.approx(law)
    p = np.array(counts) / n
    exact = sum(1 - (1 - x) ** k for x in p)
    assert found(np.arange(4), p, "support") == pytest.approx(exact, rel=1e-5)
    assert abs(exact - law) > 0.1


@pytest.mark.parametrize(
    ("ks", "words"),
    [((0,), "Rarefaction ks must be whole numbers"), ((10,), "Rarefaction 10 needs at least as")],
)
def test_tries_that_cannot_be_counted_are_refused(ks, words):
    arm = Arm(truth=Categorical([0.5, 0.5]), measures=(Rarefaction(ks),), n=5)
    with pytest.raises(UserError, match=words):
        prepare(arm)
