"""Every metric sees a collapse: of a sample that repeats an item, has lost a mode or is half as
wide, its number moves to the side that it declares as worse.

What a metric does not see is listed here, and is tried as well, so that the list stays true.
"""

import numpy as np
import pytest

from collapse.errors import UserError
from collapse.metrics import METRICS

RNG = np.random.default_rng(11)
SETTINGS = {
    "hill": {"order": 1.5},
    "top_share": {"m": 2},
    "expectation_adjusted_distinct": {"vocabulary": 60},
    "vendi_rbf": {"bandwidth": 1.0},
    "mode_coverage": {"spread": 0.3, "within": 2},
    "pass_at": {"drawn": 10, "k": 2},
}
MODES = np.array([[4.0, 1, 1], [1, 4, 1], [1, 1, 4], [-3, 1, 1]])


def points(n):
    """Around four modes, (n, 3), and which mode each is of."""
    mode = np.arange(n) % 4
    return MODES[mode] + RNG.normal(0, 0.5, (n, 3)), mode


def documents(n):
    """Of four topics with ten words each and ten words of all, and which topic each is of."""
    topic = np.arange(n) % 4
    own, common = RNG.integers(0, 10, (n, 12)), RNG.integers(40, 50, (n, 12))
    words = np.where(RNG.random((n, 12)) < 0.7, own + 10 * topic[:, None], common)
    return [[f"w{w}" for w in row] for row in words], topic


SAMPLE, MODE = points(240)
REFERENCE, _ = points(240)
TEXT, TOPIC = documents(60)


def repeated(kind: np.ndarray) -> np.ndarray:
    """Places of items of which every second is the first instead."""
    return np.where(np.arange(len(kind)) % 2, 0, np.arange(len(kind)))


def without_a_mode(kind: np.ndarray) -> np.ndarray:
    """Places of items, those of the last mode filled by items of the other modes."""
    kept = np.flatnonzero(kind != kind.max())
    places = np.arange(len(kind))
    places[kind == kind.max()] = kept[: (kind == kind.max()).sum()]
    return places


def halved(sample: np.ndarray) -> np.ndarray:
    """Half as wide about its mean."""
    return (sample + sample.mean(0)) / 2


ROWS = {
    "repeat an item": SAMPLE[repeated(MODE)],
    "drop a mode": SAMPLE[without_a_mode(MODE)],
    "halve the spread": halved(SAMPLE),
}
LISTS = {
    "repeat an item": [TEXT[i] for i in repeated(TOPIC)],
    "drop a mode": [TEXT[i] for i in without_a_mode(TOPIC)],
}
COUNTS = {
    "repeat an item": [21, 8, 5, 3, 1, 1],
    "drop a mode": [9, 8, 5, 4, 1],
    "halve the spread": [14, 9, 3, 1],
}
P = np.array([0.4, 0.25, 0.15, 0.12, 0.08])
SHARES = {
    "repeat an item": (P + [0.3, 0, 0, 0, 0]) / 1.3,
    "drop a mode": P * [1, 1, 1, 1, 0] / 0.92,
    "halve the spread": P**2 / (P**2).sum(),
}
ANSWERS = [list("aabcd"), list("abcde"), list("aabbc")]
FEWER = {
    "repeat an item": [[*group[:3], group[0], group[0]] for group in ANSWERS],
    "drop a mode": [["a" if x == "b" else x for x in group] for group in ANSWERS],
}
LINE = SAMPLE[:, 0]


def texts(lists):
    return [" ".join(document) for document in lists]


# What it needs: the data as they are, and after each change.
CASES = {
    "counts": (([9, 8, 5, 3, 2, 1],), {how: (x,) for how, x in COUNTS.items()}),
    "tokens": ((TEXT,), {how: (x,) for how, x in LISTS.items()}),
    "texts": ((texts(TEXT),), {how: (texts(x),) for how, x in LISTS.items()}),
    "vectors": ((SAMPLE,), {how: (x,) for how, x in ROWS.items()}),
    "numbers": ((LINE,), {how: (x[:, 0],) for how, x in ROWS.items()}),
    "vectors, reference": ((SAMPLE, REFERENCE), {how: (x, REFERENCE) for how, x in ROWS.items()}),
    "vectors, modes": ((SAMPLE, MODES), {how: (x, MODES) for how, x in ROWS.items()}),
    "numbers, reference": (
        (LINE, REFERENCE[:, 0]),
        {how: (x[:, 0], REFERENCE[:, 0]) for how, x in ROWS.items()},
    ),
    "distributions": ((P, P), {how: (x, P) for how, x in SHARES.items()}),
    "answers": ((ANSWERS,), {how: (x,) for how, x in FEWER.items()}),
}
BY_NAME = {
    "collision_across": ((ANSWERS, ANSWERS), {how: (x, x) for how, x in FEWER.items()}),
    "agreement_when_wrong": (
        (ANSWERS, ANSWERS, [None] * len(ANSWERS)),
        {how: (x, x, [None] * len(x)) for how, x in FEWER.items()},
    ),
    "pass_at": (([4, 2, 7],), {"drop a mode": ([4, 0, 7],)}),
    "novelty_utility": (([[5, 4, 3]],), {"repeat an item": ([[5, 4, 0]],)}),
    "frontier_area": (([3, 2, 1], [1, 2, 3]), {"drop a mode": ([3, 1], [1, 3])}),
}
UNSEEN = {
    ("precision", "repeat an item"): "each copy is as real as the item",
    ("precision", "drop a mode"): "what is left is real",
}


def tried():
    for name, one in METRICS.items():
        _, changes = BY_NAME[name] if name in BY_NAME else CASES.get(one.needs, ((), {}))
        if one.better is not None:
            yield from ((name, how) for how in changes)


@pytest.mark.parametrize(("name", "how"), list(tried()))
def test_a_collapse_moves_the_number_to_the_worse(name, how):
    one = METRICS[name]
    data, changes = BY_NAME[name] if name in BY_NAME else CASES[one.needs]
    before = one.function(*data, **SETTINGS.get(name, {}))
    try:
        after = one.function(*changes[how], **SETTINGS.get(name, {}))
    except UserError:  # of copies there is no density, which is told
        assert how == "repeat an item"
        assert name in ("nearest_entropy", "spacing_entropy")
        return
    worse = after < before if one.better == "more" else after > before
    gap = abs(after - before) > 1e-3 * max(abs(before), 1e-9) + 1e-9
    assert (worse and gap) == ((name, how) not in UNSEEN), (before, after)


def test_every_index_with_a_better_side_is_tried():
    names = {name for name, _ in tried()}
    assert names == {name for name, one in METRICS.items() if one.better is not None}


@pytest.mark.parametrize("name", ["spacing_entropy", "nearest_entropy", "gaussian_entropy"])
def test_half_the_spread_is_ln_2_less_a_dimension(name):
    one = METRICS[name]
    data = LINE if one.needs == "numbers" else SAMPLE
    columns = 1 if data.ndim == 1 else 3
    gone = one.function(data) - one.function(halved(data))
    assert gone == pytest.approx(columns * np.log(2), rel=1e-9)
