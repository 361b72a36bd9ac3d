"""Every metric on data at the edge: a number within its limits, or a sentence, and nothing else."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from collapse.errors import UserError
from collapse.metrics import METRICS, counts as by_counts

FEW = settings(max_examples=60, deadline=None, derandomize=True, database=None)
UNDEFINED = {"collision"}  # not a number for a single answer, as it says

EDGES = [0.0, 1.0, -1.0, 0.5, 5e-324, 1e-200, 1e-69, 1e-16, 1e16, 1e69, 1e200, 1e308]
WRONG = [math.nan, math.inf, -math.inf, -5e-324]
REAL = st.one_of(st.sampled_from(EDGES), st.sampled_from(WRONG), st.floats(-3, 3))
WHOLE = [0, 1, 2, 3, 2**31, 2**53 + 1, 2**62, 2**61, 2**63 - 1, 2**64, 10**40]
COUNT = st.one_of(st.sampled_from(WHOLE), st.sampled_from([-1, 1.5, math.nan, math.inf]))
COUNTS = st.one_of(
    st.lists(st.integers(0, 5), max_size=4),
    st.lists(st.sampled_from(WHOLE), max_size=4),
    st.lists(COUNT, max_size=4),
    st.just([[1, 2], [3, 4]]),
    st.just(["a", "b"]),
    st.lists(st.sampled_from([2**62, 2**61, 1]), min_size=1).map(lambda x: np.array(x, np.int64)),
    st.lists(st.sampled_from([200, 255, 1]), min_size=1).map(lambda x: np.array(x, np.uint8)),
)
NUMBERS = st.one_of(st.lists(REAL, max_size=8), st.lists(st.sampled_from(EDGES), max_size=8))
PLACES = st.one_of(
    st.lists(st.sampled_from(EDGES), min_size=2, max_size=2),
    st.lists(REAL, min_size=2, max_size=2),
    st.lists(st.floats(-3, 3), min_size=2, max_size=2),
)
VECTORS = st.one_of(
    st.lists(PLACES, max_size=8),
    st.lists(st.lists(st.floats(1, 3), min_size=2, max_size=2), min_size=6, max_size=8).flatmap(
        lambda rows: st.sampled_from([1e-200, 1e-60, 1.0, 1e60, 1e200]).map(
            lambda by: (by * np.array(rows)).tolist()
        )
    ),
)
TOKEN = st.one_of(st.sampled_from(["a", "b", "", 0, None]), st.just(math.nan), st.just([1]))
DOCUMENTS = st.one_of(
    st.lists(st.lists(st.sampled_from("ab"), max_size=5), max_size=4),
    st.lists(st.lists(TOKEN, max_size=5), max_size=4),
    st.just([math.nan]),
    st.lists(st.integers(-(2**40), 2**40), max_size=4).map(lambda x: np.array(x, np.int64)),
)
TEXTS = st.lists(st.one_of(st.text(max_size=6), st.sampled_from(["", "\ud800", "\0", None])))
SHARES = st.one_of(
    st.lists(st.integers(0, 9), min_size=3, max_size=3)
    .filter(any)
    .map(lambda x: [i / sum(x) for i in x]),
    st.sampled_from([[1.0, 0.0, 0.0], [1 - 1e-16, 1e-16, 0.0], [1.0, 5e-324, 0.0]]),
    NUMBERS,
)
DATA = {
    "counts": (COUNTS,),
    "tokens": (DOCUMENTS,),
    "texts": (TEXTS,),
    "vectors": (VECTORS,),
    "numbers": (NUMBERS,),
    "vectors, reference": (VECTORS, VECTORS),
    "vectors, modes": (VECTORS, VECTORS),
    "numbers, reference": (NUMBERS, NUMBERS),
    "tokens, reference": (DOCUMENTS, DOCUMENTS),
    "distributions": (SHARES, SHARES),
    "answers": (DOCUMENTS,),
}
BY_NAME = {
    "collision_across": (DOCUMENTS, DOCUMENTS),
    "agreement_when_wrong": (DOCUMENTS, DOCUMENTS, DOCUMENTS),
    "pass_at": (COUNTS, st.one_of(COUNT, COUNTS)),
    "novelty_utility": (st.lists(NUMBERS, max_size=3),),
    "frontier_area": (NUMBERS, NUMBERS),
}
SIZE = st.sampled_from([1, 2, 3, 0, -1, 1.5, math.nan, math.inf, 10**9])
LEVEL = st.sampled_from([0.0, 1e-300, 0.1, 1.0, 1e300, -1.0, math.nan, math.inf])
ORDER = st.sampled_from([0, 1e-9, 0.5, 1 - 1e-12, 1, 1 + 1e-12, 2, 50, 1e6, math.inf, -1, math.nan])
SETTINGS = {
    "hill": {"order": ORDER},
    "top_share": {"m": SIZE},
    "distinct": {"n": SIZE},
    "ngram_entropy": {"n": SIZE},
    "self_repetition": {"n": SIZE},
    "self_bleu": {"most": st.sampled_from([1, 4, 0, -1, 1.5, math.nan])},
    "rouge_l_homogenisation": {"pairs": SIZE},
    "levenshtein_diversity": {"pairs": SIZE},
    "expectation_adjusted_distinct": {
        "vocabulary": st.sampled_from([1, 2, 9, 0, 1.5, 1e300, math.nan, math.inf]),
        "n": st.sampled_from([1, 2, 3, 0, math.nan]),
    },
    "hdd": {"draws": SIZE},
    "mtld": {"threshold": LEVEL},
    "vendi": {"order": ORDER},
    "vendi_rbf": {"bandwidth": LEVEL, "order": ORDER},
    "mmd_squared": {"bandwidth": st.one_of(st.none(), LEVEL)},
    "mode_coverage": {"spread": LEVEL, "within": LEVEL},
    "precision": {"k": SIZE},
    "recall": {"k": SIZE},
    "density": {"k": SIZE},
    "knn_coverage": {"k": SIZE},
    "nearest_entropy": {"k": SIZE},
    "wasserstein": {"power": st.sampled_from([1, 1.5, 2, 50, 1e6, math.inf, 0.5, math.nan])},
    "sliced_wasserstein": {"directions": st.sampled_from([1, 5, 0, 1.5, math.nan])},
    "tail_mass": {"share": LEVEL},
    "pass_at": {"k": SIZE},
}


def asked(one, data, chosen) -> tuple:
    """The number, or the sentence that refuses the data."""
    try:
        return one.function(*data, **chosen), None
    except UserError as mistake:
        return None, str(mistake)


@pytest.mark.slow
@pytest.mark.parametrize("name", METRICS)
def test_a_number_within_its_limits_or_a_sentence(name):
    one = METRICS[name]

    @FEW
    @given(
        st.tuples(*BY_NAME.get(name, DATA.get(one.needs))),
        st.fixed_dictionaries(SETTINGS.get(name, {})),
    )
    def check(data, chosen):
        value, said = asked(one, data, chosen)
        if said is not None:
            assert said.endswith(".")
            return
        if name in UNDEFINED and math.isnan(value):
            assert sum(data[0]) == 1
            return
        slack = 1e-9 * (1 + max(abs(x) for x in (one.low, one.high, 0) if np.isfinite(x)))
        assert one.low - slack <= value <= one.high + slack

    check()


OF_COUNTS = [n for n, one in METRICS.items() if one.needs == "counts"]
GIVEN = {"hill": {"order": 2}, "top_share": {"m": 1}}


@pytest.mark.parametrize("name", OF_COUNTS)
def test_no_count_is_too_large(name):
    """A million times and 10^15 times as many answers of each kind: as shares say."""
    function, more = METRICS[name].function, GIVEN.get(name, {})
    far = [function([m * x for x in (4, 2, 1)], **more) for m in (10**6, 10**15, 2**62)]
    assert far[0] == pytest.approx(far[1], rel=1e-5)
    assert far[1] == pytest.approx(far[2], rel=1e-9)


@pytest.mark.parametrize("name", OF_COUNTS)
@pytest.mark.parametrize("wrong", [[], [0, 0], [3, -1], [2, math.nan], [math.inf, 1], [[1], [2]]])
def test_what_counts_nothing_is_refused(name, wrong):
    with pytest.raises(UserError, match=r"[Cc]ount|answers to count"):
        METRICS[name].function(wrong, **GIVEN.get(name, {}))


def test_numbers_that_were_false():
    assert METRICS["collision"]([2**62, 2**61, 1]) == pytest.approx(5 / 9, rel=1e-12)  # was -1
    assert METRICS["hill"].function([1, 1, 2], order=1 + 1e-13) == pytest.approx(2**1.5, rel=1e-9)
    assert METRICS["hill"].function([1, 1], order=5000) == pytest.approx(2)  # was inf
    with pytest.raises(UserError, match="m must be a whole number of at least 1, not 0"):
        METRICS["top_share"]([3, 1], 0)  # was 1
    assert METRICS["wasserstein"]([1e60], [0.0], 50) == pytest.approx(1e60)  # was inf
    assert METRICS["pairwise_cosine"].function([[1e-200, 0.0], [0.0, 1.0]]) == 0  # was refused
    with pytest.raises(UserError, match="has 4 rows, and this needs at least 5"):
        METRICS["spacing_entropy"]([1.0, 2.0, 3.0, 5.0])  # was NaN, and a warning of another
    for half in (by_counts.miller_madow, by_counts.chao_shen, by_counts.collision):
        with pytest.raises(UserError, match="Count 0 is 0.5, not a whole number"):
            half([0.5, 0.5])
