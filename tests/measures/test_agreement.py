"""The curves of a simulation are the indices of the same data: JAX against NumPy.

Where a curve and an index are the same quantity, in single precision. The largest differences are
on the page of the measures; ``python -m tests.measures.test_agreement`` prints them.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.metrics import METRICS
from collapse.types import Batch, View

RNG = np.random.default_rng(21)
ROUNDING = 5e-6  # of single precision, relative


@eqx.filter_jit
def measured(measure, view):
    return measure.measure(jax.random.key(0), view)


def curves(measure, rows, model=None, truth=None, **fields):
    batch = Batch(jnp.asarray(rows), jnp.ones(len(rows)), jnp.zeros(len(rows), jnp.int32))
    model = model or c.uniform(40)
    view = View(batch, model, None, truth or model, jnp.array(1), len(rows), **fields)
    return {name: float(x) for name, x in measured(measure, view).items()}


def of_items():
    """400 draws of Zipf's law over 40 outcomes."""
    p = 1 / np.arange(1, 41)
    rows = RNG.choice(40, 400, p=p / p.sum())
    counts = np.bincount(rows, minlength=40)
    counts = counts[counts > 0]
    found = curves(c.ItemDiversity(), rows)
    p = counts / counts.sum()
    return found, {
        "entropy": METRICS["entropy"](counts),
        "entropy_chao_shen": METRICS["chao_shen"](counts),
        "hill_0": METRICS["hill"](counts, 0),
        "effective_number": METRICS["hill"](counts, 1),
        "hill_2": METRICS["hill"](counts, 2),
        "gini": 1 - METRICS["collision"](counts) * (1 - 1 / 400) - 1 / 400,  # with replacement
        "top_3_mass": METRICS["top_share"](counts, m=3),
    }


def of_wording():
    """200 rows of up to 9 of 30 words, rare ones too."""
    p = 1 / np.arange(1, 31)
    rows = 1 + RNG.choice(30, (200, 9), p=p / p.sum()).astype(np.int32)
    rows[np.arange(9) >= RNG.integers(1, 10, 200)[:, None]] = 0
    documents = [[int(token) for token in row if token] for row in rows]
    expected = {f"distinct_{n}": METRICS["distinct"](documents, n) for n in (1, 2, 3, 4)}
    expected["ead_1"] = METRICS["expectation_adjusted_distinct"](documents, 30, 1)
    expected |= {f"entropy_{n}gram": METRICS["ngram_entropy"](documents, n) for n in (1, 2)}
    return curves(c.Wording(31), rows), expected


def of_distributions():
    p, q = RNG.dirichlet(np.ones(25), 2)
    one, two = c.Categorical(p), c.Categorical(q)
    found = {}
    for measure in (c.Divergence(), c.TotalVariation(), c.ModelDiversity()):
        found |= curves(measure, [0], one, two)
    return found, {
        "kl_model_truth": METRICS["kl_sample_reference"](p, q),
        "kl_truth_model": METRICS["kl_reference_sample"](p, q),
        "total_variation": METRICS["total_variation"](p, q),
    }


def of_neighbours():
    """The same balls; float32 rows, so that both sides see the same numbers."""
    output = RNG.normal(0.5, 0.7, (150, 3)).astype(np.float32)
    real = RNG.normal(size=(150, 3)).astype(np.float32)
    found = curves(c.PrecisionRecall(k=5, rows=jnp.asarray(real)), output)
    return found, {name: METRICS[name](output, real, k=5) for name in ("precision", "recall")}


def of_modes():
    means = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0], [6.0, 6.0]])
    truth = c.GaussianMixture(np.full(4, 0.25), means, np.stack([0.25 * np.eye(2)] * 4))
    rows = means[RNG.integers(0, 3, 80)] + 0.6 * RNG.normal(size=(80, 2))
    found = curves(c.ModeCoverage(share=0.0), rows, truth, truth)
    return found, {"mode_coverage": METRICS["mode_coverage"](rows, means, spread=0.5)}


def of_answers():
    right = (RNG.random((40, 8)) < 0.3).astype(np.int32)
    measure = c.PassAt(c.FunctionReward(lambda rows: rows * 1.0), ks=(1, 4))
    found = curves(measure, right.ravel(), group=8)
    count = right.sum(1)
    return found, {f"pass_at_{k}": METRICS["pass_at"](count, 8, k) for k in (1, 4)}


SETUPS = (of_items, of_wording, of_distributions, of_neighbours, of_modes, of_answers)


def differences(setup) -> dict[str, float]:
    """{curve: relative difference from its index}."""
    found, expected = setup()
    return {name: abs(found[name] - value) / abs(value) for name, value in expected.items()}


@pytest.mark.parametrize("setup", SETUPS)
def test_curves_are_the_indices_of_the_same_data(setup):
    for name, gap in differences(setup).items():
        assert gap < ROUNDING, name


def test_the_comparison_can_fail():
    """One item more, or a window of n one longer, is far beyond rounding."""
    found, expected = of_items()
    counts = np.r_[np.bincount(RNG.integers(0, 40, 399), minlength=40), 1]
    assert abs(found["entropy"] / METRICS["entropy"](counts[counts > 0]) - 1) > 1e3 * ROUNDING
    found, expected = of_wording()
    assert abs(found["distinct_2"] / expected["distinct_3"] - 1) > 1e3 * ROUNDING


if __name__ == "__main__":
    for each in SETUPS:
        for curve, gap in differences(each).items():
            print(f"{curve}: {gap:.1e}")
