"""Near duplicates against plain sets, union-find and planted clusters."""

import numpy as np
import pytest

from collapse.metrics import duplicates
from collapse.metrics.duplicates import (
    adjusted_rand,
    connected,
    linked,
    minhash,
    near_pairs,
    shingles,
)

LETTERS = list("abcdefghij ")


def plain(text, length=5):
    """The set of runs of characters of a text."""
    text = f" {text} "
    length = min(length, len(text))
    return {text[i : i + length] for i in range(len(text) - length + 1)}


def jaccard(a, b):
    return len(a & b) / len(a | b)


def merged(pairs, n):
    """Clusters of n items by union-find, as a set of sets."""
    root = list(range(n))

    def find(i):
        while root[i] != i:
            i = root[i]
        return i

    for i, j in pairs:
        root[find(i)] = find(j)
    return {frozenset(j for j in range(n) if find(j) == find(i)) for i in range(n)}


def as_sets(labels):
    return {frozenset(np.flatnonzero(labels == label)) for label in np.unique(labels)}


def planted(clusters, copies, seed, length=150, errors=3):
    """Texts in clusters: random ones, each with some copies of which few letters are changed."""
    generator, texts = np.random.default_rng(seed), []
    for _ in range(clusters):
        base = generator.choice(LETTERS, length)
        for _ in range(copies):
            other = base.copy()
            other[generator.integers(0, length, errors)] = "x"
            texts.append("".join(other))
    return texts, np.repeat(np.arange(clusters), copies)


@pytest.mark.parametrize("seed", range(4))
def test_every_pair_of_plain_sets(seed):
    generator = np.random.default_rng(seed)
    texts = ["".join(generator.choice(LETTERS, generator.integers(1, 14))) for _ in range(30)]
    texts += [text[:-1] + "y" for text in texts] + ["a", "", texts[0]]
    sets = [plain(text) for text in texts]
    law = {
        (i, j): jaccard(sets[i], sets[j])
        for i in range(len(sets))
        for j in range(i + 1, len(sets))
        if jaccard(sets[i], sets[j]) >= 0.3
    }
    (i, j, index), method = near_pairs(shingles(texts), 0.3)
    assert method == "exact"
    assert dict(zip(zip(i, j, strict=True), index, strict=True)) == pytest.approx(law)
    for threshold in (0.3, 0.5, 0.8):
        kept = [pair for pair, value in law.items() if value >= threshold]
        labels = connected((i, j, index), len(texts), threshold)
        assert as_sets(labels) == merged(kept, len(texts))


def test_by_hand():
    """ " abcdefg " has 5 runs of 5 characters, and " abcdefx " shares 3 of them: 3 / 7."""
    (_, _, index), _ = near_pairs(shingles(["abcdefg", "abcdefx"]), 0.4)
    assert index.tolist() == [pytest.approx(3 / 7)]


def test_a_character_is_a_grapheme_cluster():
    """Letters with marks, and emoji of several code points, count as one character each."""
    family = "\U0001f469\u200d\U0001f467"
    assert shingles([family * 6]).sum() == 3  # blank + 4, 5, 4 + blank
    assert shingles(["e\u0323\u0301" * 3]).sum() == 1  # five with the blanks
    assert shingles(["\u0e01\u0e33" * 3]).sum() == 1


def test_planted_clusters_are_found_by_both_methods(monkeypatch):
    texts, truth = planted(40, 5, 0)
    exact = connected(near_pairs(shingles(texts), 0.5)[0], len(texts), 0.5)
    monkeypatch.setattr(duplicates, "EXACT", 0)
    pairs, method = near_pairs(shingles(texts), 0.5)
    assert method == "minhash"
    assert as_sets(exact) == as_sets(connected(pairs, len(texts), 0.5)) == as_sets(truth)


def test_minhash_takes_no_pair_below_and_finds_as_many_as_the_law(monkeypatch):
    """Of pairs with Jaccard index s, 1 - (1 - s^4)^24 are found: within four standard errors."""
    texts, _ = planted(800, 2, 1, length=60, errors=4)
    sets = shingles(texts)
    (i, j, index), _ = near_pairs(sets, 0.35)
    monkeypatch.setattr(duplicates, "EXACT", 0)
    (a, b, found), _ = near_pairs(sets, 0.35)
    exact = dict(zip(zip(i, j, strict=True), index, strict=True))
    some = dict(zip(zip(a, b, strict=True), found, strict=True))
    assert {pair: exact[pair] for pair in some} == pytest.approx(some)
    p = 1 - (1 - index**4) ** 24
    assert len(index) > 200
    assert abs(len(some) - p.sum()) < 4 * np.sqrt((p * (1 - p)).sum())


def test_large_buckets_stay_together(monkeypatch):
    """More texts with an equal band than are compared in pairs: still one cluster."""
    texts, truth = planted(2, 3 * duplicates.BUCKET, 2, length=300, errors=2)
    monkeypatch.setattr(duplicates, "EXACT", 0)
    pairs, _ = near_pairs(shingles(texts), 0.8)
    assert as_sets(connected(pairs, len(texts), 0.8)) == as_sets(truth)


def test_signatures_estimate_the_index():
    texts, _ = planted(1, 2, 3, length=400, errors=12)
    sets = shingles(texts)
    signature = minhash(sets, 2000)
    law = jaccard(*map(plain, texts))
    assert abs((signature[:, 0] == signature[:, 1]).mean() - law) < 4 * np.sqrt(
        law * (1 - law) / 2000
    )


def test_a_part_of_the_shingles_has_the_same_index(monkeypatch):
    texts, _ = planted(1, 2, 4, length=20_000, errors=900)
    law = jaccard(*map(plain, texts))
    monkeypatch.setattr(duplicates, "SHINGLES", 8000)
    assert duplicates.one_of(texts) == 5
    sets = shingles(texts)
    assert 4000 < sets.sum() < 12_000
    (_, _, index), _ = near_pairs(sets, 0.1)
    assert abs(index[0] - law) < 4 * np.sqrt(law * (1 - law) / (sets.sum() / 2))


def test_vectors_by_average_linkage():
    """Directions at 0, 10 and 40 degrees: the third has a mean cosine of (cos 40 + cos 30) / 2 =
    .816 with the first two, which have .985."""
    angle = np.radians([0, 10, 40])
    rows = np.stack([np.cos(angle), np.sin(angle)], 1) * [[3], [1], [0.5]]
    all_one, two, none = linked(rows, (0.81, 0.82, 0.99))
    assert [len(as_sets(each)) for each in (all_one, two, none)] == [1, 2, 3]
    assert two[0] == two[1]
    assert linked(rows[:1], (0.5,))[0].tolist() == [0]


def test_adjusted_rand_by_hand():
    """Hubert and Arabie 1985: cells 2, rows 4, columns 2 of 10 pairs: (2 - .8) / (3 - .8)."""
    a, b = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 2, 2])
    assert adjusted_rand(a, b) == pytest.approx((2 - 0.8) / (3 - 0.8))
    assert adjusted_rand(a, 7 - a) == 1
    assert adjusted_rand(np.arange(5), np.arange(5)) == 1
    assert adjusted_rand(np.zeros(5, int), np.arange(5)) == 0
