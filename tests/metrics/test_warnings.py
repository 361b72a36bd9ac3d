"""Numbers that may mislead are told, by what a metric declares; others are not."""

import warnings

import numpy as np
import pytest

from collapse.metrics import METRICS, MetricWarning
from tests.metrics.test_declared import DATA, SETTINGS

BLIND = [n for n, one in METRICS.items() if one.needs == "vectors" and "scale" in one.blind_to]
SEEING = [n for n, one in METRICS.items() if one.needs == "vectors" and n not in BLIND]
PAIRS = [n for n, one in METRICS.items() if one.needs.endswith("reference")]
SIZED = [n for n in PAIRS if not METRICS[n].bias.startswith("none")]


def told(name, *data) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        METRICS[name](*data, **SETTINGS.get(name, {}))
    assert all(one.category is MetricWarning for one in caught)
    assert all(one.filename == __file__ for one in caught), "it names the line of the caller"
    return [str(one.message) for one in caught]


def test_these_are_the_ones():
    assert set(BLIND) == {"pairwise_cosine", "vendi"}
    assert set(SEEING) == {"vendi_rbf", "nearest_entropy", "gaussian_entropy"}
    assert {"frechet", "recall", "knn_coverage", "wasserstein", "energy_distance"} <= set(SIZED)
    assert {"mmd_squared", "density", "tail_mass", "perplexity"} == set(PAIRS) - set(SIZED)


@pytest.mark.parametrize("name", BLIND)
def test_raw_vectors_and_an_index_that_is_blind_to_scale(name):
    (vectors,) = DATA["vectors"]
    (sentence,) = told(name, vectors)
    assert sentence.startswith(f"{name} is blind to a shrinking spread")
    assert "use vendi_rbf, nearest_entropy, gaussian_entropy if length has a meaning" in sentence
    assert sentence.endswith(".")
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert told(name, unit) == told(name, unit.astype(np.float16)) == []
    assert len(told(name, 2 * unit)) == 1
    with pytest.warns(MetricWarning):
        METRICS[name](vectors=vectors)


@pytest.mark.parametrize("name", SEEING)
def test_raw_vectors_and_an_index_that_sees_scale(name):
    assert told(name, *DATA["vectors"]) == []


@pytest.mark.parametrize("name", PAIRS)
def test_unequal_sizes_matter_where_the_number_depends_on_size(name):
    sample, reference = DATA[METRICS[name].needs]
    fewer = sample[: len(reference) // 2]
    said = told(name, fewer, reference)
    assert len(said) == (name in SIZED)
    if said:
        assert f"the sample has {len(fewer)} and the reference {len(reference)}" in said[0]
        assert f"draw {len(fewer)} of the reference at random" in said[0]
        assert METRICS[name].bias in said[0]
    assert told(name, sample[: len(reference)], reference[: len(sample)]) == []


def test_modes_are_no_sample_and_a_function_alone_is_silent():
    sample, modes = DATA["vectors, modes"]
    assert told("mode_coverage", sample, modes[:4]) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        METRICS["vendi"].function(sample)
        METRICS["frechet"].function(sample[:20], modes)
