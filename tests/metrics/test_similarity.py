"""Similarity against loops over pairs, eigenvalues of the whole kernel and closed forms."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import linalg

from collapse.metrics import similarity
from collapse.metrics.similarity import character_ngrams, vendi, vendi_rbf

FEW = settings(max_examples=25, deadline=None, derandomize=True, database=None)
SEEDS = st.integers(0, 10_000)
ORDERS = (0, 0.5, 1, 2, 3, math.inf)


def hill(share, order):
    share = share[share > 1e-12]
    if order == 1:
        return math.exp(-(share * np.log(share)).sum())
    return 1 / share.max() if order == math.inf else (share**order).sum() ** (1 / (1 - order))


def rbf(a, b, width):
    return np.exp(-((a[:, None] - b) ** 2).sum(2) / (2 * width**2))


@pytest.mark.parametrize("shape", [(60, 8), (20, 40)])
def test_vendi_is_the_hill_number_of_the_kernels_eigenvalues(shape):
    """By the dual and by the kernel, for every order."""
    rows = np.random.default_rng(0).normal(size=shape)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    for order in ORDERS:
        expected = hill(linalg.eigvalsh(unit @ unit.T / len(rows)), order)
        assert vendi(rows, order) == pytest.approx(expected, rel=1e-9)
        expected = hill(linalg.eigvalsh(rbf(rows, rows, 2.0) / len(rows)), order)
        assert vendi_rbf(rows, 2.0, order) == pytest.approx(expected, rel=1e-9)


def test_vendi_counts_groups_that_share_nothing():
    """m orthogonal directions, equally often: m of them at every order; copies change nothing."""
    rows = np.repeat(np.eye(6)[:4], 5, axis=0)
    for order in ORDERS:
        assert vendi(rows, order) == pytest.approx(4)
        assert vendi(np.ones((9, 3)), order) == pytest.approx(1)
        assert vendi_rbf(50 * rows, 1.0, order) == pytest.approx(4)


@FEW
@given(SEEDS)
def test_vendi_falls_with_its_order_and_stays_within_its_bounds(seed):
    rows = np.random.default_rng(seed).normal(size=(30, 5))
    for scores in ([vendi(rows, q) for q in ORDERS], [vendi_rbf(rows, 1.0, q) for q in ORDERS]):
        assert all(a >= b - 1e-9 for a, b in zip(scores, scores[1:], strict=False))
        assert scores[-1] >= 1
        assert scores[0] <= 30 + 1e-9
    assert vendi(rows, 0) <= 5 + 1e-9


def test_only_the_radial_kernel_sees_the_spread_shrink():
    rows = np.random.default_rng(1).normal(size=(200, 4))
    assert vendi(rows / 2) == pytest.approx(vendi(rows))
    assert vendi_rbf(rows / 2, 1.0) < 0.6 * vendi_rbf(rows, 1.0)
    merged = np.concatenate([rows[:20]] * 10)
    assert vendi_rbf(merged, 1.0) < 0.6 * vendi_rbf(rows, 1.0)
    assert vendi(rows * [1, 0, 0, 0]) < 1.99 < vendi(rows)


@FEW
@given(SEEDS)
def test_pairwise_cosine_is_the_mean_over_pairs(seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(rng.normal(), 1, (12, 3))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    pairs = [unit[i] @ unit[j] for i in range(12) for j in range(i)]
    assert similarity.pairwise_cosine(rows) == pytest.approx(np.mean(pairs), abs=1e-12)
    closer = similarity.pairwise_cosine(np.concatenate([rows, rows[:1], rows[:1]]))
    assert -1 <= similarity.pairwise_cosine(rows) <= 1
    assert similarity.pairwise_cosine(np.repeat(rows[:1], 5, 0)) == pytest.approx(1)
    assert closer <= 1


def test_mmd_is_the_mean_over_pairs():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(30, 2)), rng.normal(0.5, 1, (40, 2))
    xx, yy, xy = rbf(x, x, 1.3), rbf(y, y, 1.3), rbf(x, y, 1.3)
    off = lambda k: k[~np.eye(len(k), dtype=bool)].mean()  # noqa: E731
    expected = off(xx) + off(yy) - 2 * xy.mean()
    assert similarity.mmd_squared(x, y, 1.3) == pytest.approx(expected, abs=1e-12)
    far = np.linalg.norm(y[:, None] - y, axis=2)[np.triu_indices(40, 1)]
    assert similarity.median_distance(y) == pytest.approx(np.median(far))
    assert similarity.mmd_squared(x, y) == similarity.mmd_squared(x, y, np.median(far))


def test_mmd_has_no_bias_and_sees_the_spread_halve():
    """The mean over 200 pairs of samples of one source is 0, to 4 standard errors."""
    rng = np.random.default_rng(3)
    null = [similarity.mmd_squared(*rng.normal(size=(2, 20, 2)), 1.0) for _ in range(200)]
    assert abs(np.mean(null)) < 4 * np.std(null) / math.sqrt(200)
    x, y = rng.normal(size=(2, 300, 2))
    assert similarity.mmd_squared(x / 2, y) > 0.03 > 5 * abs(similarity.mmd_squared(x, y))


def test_blocks_and_large_samples():
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(2500, 2))
    assert similarity.median_distance(rows) == pytest.approx(2 * math.sqrt(math.log(2)), rel=0.03)
    once, twice = similarity.mmd_squared(rows, rows[:50], 1.0), 0.0
    twice = rbf(rows, rows[:50], 1.0).mean()
    own = (rbf(rows[:50], rows[:50], 1.0).sum() - 50) / (50 * 49)
    all_of = sum(rbf(rows[i : i + 500], rows, 1.0).sum() for i in range(0, 2500, 500)) - 2500
    assert once == pytest.approx(all_of / (2500 * 2499) + own - 2 * twice, abs=1e-12)


TEXTS = ["A cat sat.", "a cat sat.", "The dog ran off", "", "grüße, 猫", "the dog ran on"]


def test_the_embedder_puts_equal_texts_together_and_like_ones_near():
    rows = character_ngrams(TEXTS)
    assert rows.shape == (6, 1024)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(6), abs=1e-6)
    cosine = rows @ rows.T
    assert cosine[0, 1] == pytest.approx(1)  # but for capitals
    assert cosine[2, 5] > 0.6 > 0.2 > cosine[0, 2]
    assert cosine[2, 3] < 0.2


@pytest.mark.parametrize(("piece", "together"), [(1, 4096), (4, 2), (7, 1), (1 << 20, 2)])
def test_the_embedder_counts_piece_by_piece_as_it_counts_at_once(monkeypatch, piece, together):
    """Bit for bit: counts are whole numbers, and pieces overlap by what spans their border."""
    whole = character_ngrams(TEXTS)
    monkeypatch.setattr(similarity, "PIECE", piece)
    monkeypatch.setattr(similarity, "TOGETHER", together)
    np.testing.assert_array_equal(character_ngrams(TEXTS), whole)
    for n in (1, 2):
        found = character_ngrams(TEXTS[:3], n)
        monkeypatch.setattr(similarity, "PIECE", 1 << 20)
        np.testing.assert_array_equal(character_ngrams(TEXTS[:3], n), found)


def test_the_embedder_of_long_texts_takes_little_memory():
    """10 MB of text: 0.5 GB when it was counted at once."""
    texts = ["many words " * 500_000, "other words " * 400_000]
    tracemalloc.start()
    try:
        character_ngrams(texts)
        assert tracemalloc.get_traced_memory()[1] < 150 << 20
    finally:
        tracemalloc.stop()


def test_the_embedder_is_scikit_learns_tf_idf_but_for_collisions():
    text = pytest.importorskip("sklearn.feature_extraction.text", reason="needs scikit-learn")

    def analyzer(x):
        padded = f"  {x.lower()}  "
        return [padded[i : i + 3] for i in range(len(padded) - 2)]

    theirs = text.TfidfVectorizer(analyzer=analyzer).fit_transform(TEXTS).toarray()
    ours = character_ngrams(TEXTS, columns=1 << 16)
    assert ours @ ours.T == pytest.approx(theirs @ theirs.T, abs=1e-6)
