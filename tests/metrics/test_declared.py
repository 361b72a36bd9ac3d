"""What each metric declares of itself: its range, what it cannot see, and that it sees the rest."""

import numpy as np
import pytest

from collapse.errors import UserError
from collapse.metrics import METRICS, metric
from collapse.metrics.base import BLINDNESS, NEEDS

RNG = np.random.default_rng(7)
LONG = [[f"w{t % 23}" for t in RNG.zipf(1.2, 31)] for _ in range(13)]
OTHER = [[f"w{t % 19}" for t in np.random.default_rng(8).zipf(1.4, 17)] for _ in range(9)]
DATA = {
    "counts": (np.array([7, 4, 3, 1, 1, 1]),),
    "tokens": (LONG,),
    "tokens, reference": (LONG, OTHER),
    "texts": ([" ".join(document) for document in LONG],),
    "vectors": (RNG.normal(1, 1, (40, 3)),),
    "numbers": (RNG.normal(1, 1, 40),),
    "vectors, reference": (RNG.normal(1.2, 0.8, (40, 3)), RNG.normal(1, 1, (40, 3))),
    "vectors, modes": (RNG.normal(1.2, 0.8, (40, 3)), RNG.normal(1, 1, (40, 3))),
    "numbers, reference": (RNG.normal(1.2, 0.8, 40), RNG.normal(1, 1, 40)),
    "distributions": (RNG.dirichlet(np.ones(6)), RNG.dirichlet(np.ones(6))),
    "answers": (RNG.integers(0, 4, (5, 8)).tolist(),),
}
SETTINGS = {
    "hill": {"order": 1.5},
    "top_share": {"m": 2},
    "expectation_adjusted_distinct": {"vocabulary": 40, "n": 2},
    "ngram_entropy": {"n": 2},
    "vendi_rbf": {"bandwidth": 1.0},
    "mode_coverage": {"spread": 0.2},
    "agreement_when_wrong": {"right": [0] * 3},
}
PLAIN = [name for name, one in METRICS.items() if one.needs in DATA and one.needs != "scores"]


def data_of(one):
    two = DATA[one.needs]
    of_two = ("collision_across", "agreement_when_wrong")  # answers of two models
    return (two[0][:3], two[0][2:]) if one.name in of_two else two


def shuffled(document, seed):
    return [document[i] for i in np.random.default_rng(seed).permutation(len(document))]


def changed(one, how, data, seed=1):
    """The same change of each of the sets; None where it makes no sense."""
    needs, first = one.needs, data[0]
    if how in ("scale", "shift", "rotation") and needs.split(",")[0] in ("vectors", "numbers"):
        if how == "rotation" and first.ndim == 1:
            return None
        generator = np.random.default_rng(seed)
        turn = np.linalg.qr(generator.normal(size=(first.shape[-1],) * 2))[0]
        factor, step = np.exp(generator.uniform(-2, 2)), generator.uniform(1, 5)
        change = {"scale": lambda x: factor * x, "shift": lambda x: x + step}
        change["rotation"] = lambda x: x @ turn
        return tuple(change[how](x) for x in data)
    if how == "order" and needs == "answers":
        return tuple([shuffled(group, seed) for group in x] for x in data)
    if how == "order":  # of distributions: outcomes, the same in both
        moved = [shuffled(x, seed) for x in data]
        return tuple(np.array(x) if isinstance(data[0], np.ndarray) else x for x in moved)
    if how == "word order" and needs.startswith("tokens"):
        return tuple([shuffled(document, seed + 1) for document in x] for x in data)
    if how == "words" and needs.startswith("tokens"):
        return tuple([[f"{token}x" for token in document] for document in x] for x in data)
    if how == "copies" and needs == "counts":
        return (2 * first,)
    if how == "copies" and needs == "answers":
        return tuple([[*group, *group] for group in x] for x in data)
    if how == "copies" and needs == "texts":
        return (first + first,)
    if how == "copies" and needs.startswith("tokens"):
        return tuple([*x, *x] for x in data)
    if how == "copies" and needs != "distributions":
        return tuple(np.concatenate([x, x]) for x in data)
    return None


@pytest.mark.filterwarnings("ignore::collapse.metrics.MetricWarning")
@pytest.mark.parametrize("name", PLAIN)
def test_blind_to_what_it_says_and_to_nothing_else(name):
    """Each change of the data leaves the number as it is if and only if the metric declares so."""
    one = METRICS[name]
    data, settings = data_of(one), SETTINGS.get(name, {})
    before = one(*data, **settings)
    assert one.low <= before <= one.high
    for how in BLINDNESS:
        after = changed(one, how, data)
        if after is None:
            assert how not in one.blind_to, how
            continue
        try:
            same = one(*after, **settings) == pytest.approx(before, rel=1e-9, abs=1e-9)
        except UserError:  # copies, of which a density is refused
            same = False
        assert same == (how in one.blind_to), (how, before)


def test_every_index_is_told_apart_by_its_words():
    assert len({one.function for one in METRICS.values()}) == len(METRICS)
    for name, one in METRICS.items():
        assert one.name == name == one.function.__name__
        assert one.needs in NEEDS
        assert one.low < one.high
        assert one.function.__doc__
        assert one.unit
        assert one.bias
        assert one.source


def test_an_index_is_declared_in_the_agreed_words():
    with pytest.raises(ValueError, match="colour"):
        metric(unit="x", better="more", needs="colour", bias="none", source="none")


ERRORS = [
    ("distinct", ([],), "0 documents"),
    ("distinct", ([[]],), "no token at all"),
    ("distinct", (["a b"],), "Document 0 must be a list"),
    ("distinct", ("a b",), "a list of documents"),
    ("distinct", ([[["a"]]],), "not a list"),
    ("distinct", ([["a"]], 2), "No document has 2 tokens"),
    ("distinct", ([["a"]], 0), "n must be a whole number of at least 1"),
    ("expectation_adjusted_distinct", ([["a", "b"]], 1), "2 different words occur"),
    ("hdd", ([["a"] * 5],), "draws 42 of 5 tokens"),
    ("mtld", ([["a"]], 1.5), r"\(0, 1\)"),
    ("self_bleu", ([["a"]],), "at least 2"),
    (
        "self_bleu",
        ([["a"], ["b"]], 0),
        "BLEU looks at, must be a whole number",
    ),
    ("rouge_l_homogenisation", ([["a"], ["b"]], 0), "number of pairs must be"),
    ("self_repetition", ([["a"]],), "at least 2"),
    ("perplexity", ([], [["a"]]), "sample has 0 documents"),
    ("perplexity", ([["a"]], []), "reference has 0 documents"),
    ("perplexity", ([["a"]], [[]]), "reference holds no token"),
    ("perplexity", ("a b", [["a"]]), "sample must be a list of documents"),
    ("perplexity", ([["a"], "b"], [["a"]]), "Document 1 must be a list"),
    ("compression_ratio", ([],), "0 texts"),
    ("compression_ratio", (["", ""],), "all empty"),
    ("levenshtein_diversity", (["a", None],), "Text 1 must be a string"),
    ("levenshtein_diversity", ("ab",), "not one string"),
    ("vendi", ([[1.0, 2.0], [np.nan, 1.0]],), "row 1 holds a NaN"),
    ("vendi", ([[1.0, 2.0]],), "has 1 rows"),
    ("vendi", ([[1.0, 2.0], [0.0, 0.0]],), "Vector 1 is all zeros"),
    ("vendi", ([[1.0], [1.0, 2.0]],), "rows of equal length"),
    ("vendi", (np.eye(2), -1), "order"),
    ("vendi_rbf", (np.eye(2), 0), "bandwidth must be a distance"),
    ("mmd_squared", (np.eye(3), np.ones((3, 3))), "More than half of the pairs"),
    ("precision", (np.eye(6), np.eye(6)[:, :2]), "embed both"),
    ("precision", (np.eye(9), np.eye(9)[:7]), "The reference has 7 rows and the sample 9"),
    ("recall", (np.eye(5), np.eye(5)), "at least 6"),
    ("density", (np.eye(9), np.eye(9), 0), "k must be a whole number of at least 1, not 0"),
    ("spacing_entropy", ([1.0] * 9,), "All 9 items are the same"),
    ("spacing_entropy", ([1.0] * 90 + [2.0, 3.0],), "Of 92 items only 3 are different"),
    ("nearest_entropy", (np.repeat(np.eye(4), 9, 0),), "Of 36 items only 4 are different"),
    ("gaussian_entropy", (np.eye(3),), "more than 3 items"),
    ("gaussian_entropy", (np.c_[np.arange(9.0), np.arange(9.0)],), "lie in a hyperplane"),
    ("kl_sample_reference", ([0.5, 0.5], [1.0]), "2 outcomes and q 1"),
    ("total_variation", ([3, 1], [0.5, 0.5]), "p must be probabilities"),
    ("wasserstein", ([1, 2], [1, 2], 0.5), "at least 1"),
    ("wasserstein", (np.eye(2), [1, 2]), "one number per item"),
    ("sliced_wasserstein", (np.eye(2), np.eye(2), 0), "number of directions must be"),
    ("mode_coverage", (np.eye(2), np.eye(2), 0), "above 0"),
    ("tail_mass", ([1], [1, 2, 3]), "needs 10 rows of reference, not 3"),
    ("tail_mass", ([1], [1, 2, 3], 1.5), r"\(0, 1\)"),
    ("pass_at", ([3], 2, 1), "Prompt 0 has 3 right of 2"),
    ("pass_at", ([1], 2, 3), "pass@3 needs 3"),
    ("novelty_classes", ([],), "no answers"),
    ("novelty_classes", ("ab",), "list of groups"),
    ("novelty_classes", ([[1], 2],), "Group 1 must be a list"),
    ("collision_within", ([[1, 1], [1]],), "Group 1 has 1 answers"),
    ("collision_across", ([[1]], [[1], [2]]), "1 prompts and the other 2"),
    ("agreement_when_wrong", ([[1]], [[1]], [1, 2]), "2 have a right answer"),
    ("agreement_when_wrong", ([[1]], [[1]], [1]), "never both wrong"),
    ("frontier_area", ([1, 2], [1]), "2 settings"),
    ("frontier_area", ([-1, 2], [1, 2]), "not be negative"),
]


@pytest.mark.parametrize(("name", "data", "says"), ERRORS)
def test_mistakes_are_sentences(name, data, says):
    with pytest.raises(UserError, match=says) as caught:
        METRICS[name](*data)
    assert str(caught.value).endswith(".")
