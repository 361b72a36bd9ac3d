"""What is measured of a corpus: intervals that hold what they say, prompts, pairs, a reference."""

from itertools import permutations
from math import log

import numpy as np
import pytest

from collapse.commands.measure import bootstrap, corpus_measures
from collapse.commands.measure.reference import compare, histogram, part_model, part_perplexity
from collapse.commands.measure.similarity import ALL, alike, pairs
from collapse.commands.measure.tally import Corpus
from collapse.commands.measure.words import Words
from collapse.metrics import counts as metrics
from collapse.metrics.perplexity import perplexities, perplexity

LIMIT = 4.0


def zipf(size, exponent=1.0):
    p = np.arange(1, size + 1.0) ** -exponent
    return p / p.sum()


@pytest.mark.slow
@pytest.mark.parametrize(("n", "p"), [(200, zipf(100)), (300, zipf(5000, 0.8))])
def test_intervals_hold_the_effective_number_of_n_answers(n, p):
    """Coverage over 100 samples, of what samples of that size have in the mean: 91 to 95 % with
    more of them. By quantiles of what plain resampling finds, without the answers not given, it is
    far less."""
    generator = np.random.default_rng(0)
    samples = generator.multinomial(n, p, 100)
    many = generator.multinomial(n, p, 1000)
    for place, order in ((0, 1), (1, 2)):
        law = np.exp(np.mean([np.log(metrics.hill(x, order)) for x in many]))
        held = bare = 0
        for sample in samples:
            sample = sample[sample > 0]
            value = metrics.hill(sample, order)
            resampled = bootstrap.over_answers(sample)[:, place]
            logs = -np.log(resampled) if place else resampled
            band = bootstrap.interval_of_number(value, logs, n, n)
            held += band.low <= law <= band.high
            plain = generator.multinomial(n, sample / n, 100)
            low, high = np.quantile([metrics.hill(x, order) for x in plain], (0.025, 0.975))
            bare += low <= law <= high
        assert held / 100 > 0.86, order
        assert bare / 100 < 0.8 or order == 2


def test_intervals_over_prompts_hold_the_entropy_within_a_prompt():
    """Coverage over 100 samples of 30 prompts, each of a concentration of its own."""
    generator = np.random.default_rng(5)
    values, bands = [], []
    group = np.repeat(np.arange(30), 10)
    for _ in range(100):
        answer = np.concatenate(
            [
                50 * i + generator.choice(50, 10, p=zipf(50, generator.uniform(0, 3)))
                for i in range(30)
            ]
        )
        answer = np.unique(answer, return_inverse=True)[1]
        counts = np.unique(group * 2000 + answer, return_counts=True)[1]
        values.append(-(counts / 300 * np.log(counts / 10)).sum())
        bands.append(
            bootstrap.interval(values[-1], bootstrap.over_prompts(answer, group)[:, 2], 40)
        )
    held = np.mean([band.low <= np.mean(values) <= band.high for band in bands])
    assert 0.86 < held < 0.999


def test_resampling_in_blocks_changes_only_the_draws(monkeypatch):
    counts = np.random.default_rng(1).multinomial(500, zipf(60))
    at_once = bootstrap.over_answers(counts)
    monkeypatch.setattr(bootstrap, "AT_ONCE", 1500)
    blocks = bootstrap.over_answers(counts)
    assert len(at_once) == len(blocks) == bootstrap.RESAMPLES
    for a, b in zip(at_once.T, blocks.T, strict=True):
        error = np.hypot(a.std(ddof=1), b.std(ddof=1)) / len(a) ** 0.5
        assert abs(a.mean() - b.mean()) < LIMIT * error
        assert a.std() == pytest.approx(b.std(), rel=0.25)


def test_resampled_answers_are_as_likely_as_they_should_be():
    """Without singletons nothing is unseen: the entropy of resamples is that of a multinomial."""
    counts = np.array([50, 30, 20])
    resampled = bootstrap.over_answers(counts)
    plain = np.random.default_rng(2).multinomial(100, counts / 100, 4000)
    law = np.array([(metrics.entropy(x), 1 / metrics.hill(x, 2)) for x in plain])
    for found, expected in zip(resampled.T, law.T, strict=True):
        error = np.hypot(found.std(ddof=1) / 200**0.5, expected.std(ddof=1) / 4000**0.5)
        assert abs(found.mean() - expected.mean()) < LIMIT * error


def test_prompts_that_differ_widen_the_interval():
    """Ten prompts, each with answers of its own, twenty times the same or all different: answers
    are not drawn one by one, and the interval over prompts says so."""
    group = np.repeat(np.arange(10), 20)
    answer = np.where(group < 5, group, 100 + np.arange(200)).astype(np.int32)
    over = bootstrap.over_prompts(np.unique(answer, return_inverse=True)[1], group)
    assert over[:, 0].std() > 3 * bootstrap.over_answers(np.bincount(answer))[:, 0].std()


def corpus(answer, group=None, name="x"):
    group = None if group is None else np.array(group, np.int32)
    return Corpus(name, np.array(answer, np.int32), group)


def test_within_and_across_prompts_by_hand():
    """Two prompts: one always answered 0, one half 1 and half 2."""
    answer, group = np.array([0, 0, 0, 0, 1, 1, 2, 2]), np.repeat([0, 1], 4)
    found = corpus_measures.within_prompts(answer, group)
    assert found["per_prompt_entropy"].value == pytest.approx(log(2) / 2)
    assert found["across_prompt_entropy"].value == pytest.approx(log(2) / 2 + log(4) / 2 - 0)
    assert found["prompt_information"] == pytest.approx(log(2))
    assert found["ceiling"] == pytest.approx(log(4))
    assert found["different_a_prompt"] == 1.5
    assert found["same_answer"] == pytest.approx((1 + 4 / 12) / 2)
    assert 0 <= found["by_chance"] < log(2)


def test_shuffled_answers_tell_nothing_more_than_chance():
    generator = np.random.default_rng(2)
    answer, group = generator.choice(50, 600, p=zipf(50)), np.repeat(np.arange(60), 10)
    found = corpus_measures.within_prompts(answer, group)
    assert found["prompt_information"] > 1  # by small numbers alone
    assert found["prompt_information"] == pytest.approx(found["by_chance"], rel=0.05)


def test_a_single_answer_and_a_prompt_asked_once():
    found = corpus_measures.within_prompts(np.array([0, 1]), np.array([0, 1]))
    assert np.isnan(found["same_answer"])
    assert found["ceiling"] == 0
    one = corpus_measures.measure(corpus([0]), ["why"], Words(["why"]))
    number = one["effective_number"]
    assert (number.value, np.isnan([number.low, number.high]).all()) == (1, True)
    assert np.isnan(one["collision"])


def test_what_never_or_always_repeats_has_no_interval():
    texts = [f"t{i}" for i in range(9)]
    words = Words(texts)
    for answer in (range(9), [3] * 9):
        found = corpus_measures.measure(corpus(list(answer)), texts, words)
        assert np.isnan(found["effective_number"].low)
    assert corpus_measures.measure(corpus([1, 1, 2]), texts, words)["effective_number"].low >= 1


def test_order_of_answers_changes_nothing():
    texts = ["a b", "b c", "d"]
    words = Words(texts)
    every = [
        corpus_measures.measure(corpus(list(order)), texts, words)
        for order in permutations([0, 0, 1, 2])
    ]
    for found in every:
        for key in ("entropy", "effective_number", "hill_2", "distinct_2", "curve", "top_shares"):
            assert found[key] == every[0][key]


def test_two_corpora_by_hand():
    a, b = corpus([0, 0, 1]), corpus([0, 1, 2, 2])
    found = alike(a, b)
    assert found["same_answer"] == pytest.approx((2 * 1 + 1 * 1) / 12)
    assert found["relative"] == pytest.approx(2 * 0.25 / (1 / 3 + 1 / 6))
    assert found["answers_in_common"] == pytest.approx(0.25 + 0.25)
    assert alike(a, corpus([7, 8]))["same_answer"] == 0


def test_two_corpora_answer_the_same_prompt():
    """Equal answers to other prompts do not count, nor prompts that one was not asked."""
    a, b = corpus([0, 0, 1, 5], [0, 0, 1, 2]), corpus([0, 1, 0], [0, 1, 1])
    assert alike(a, b)["same_answer"] == pytest.approx((1 + 0.5) / 2)
    assert np.isnan(alike(a, corpus([0], [9]))["same_answer"])
    # Of the prompts in common: prompt 0 twice the same and prompt 1 never, in a.
    b = corpus([0, 0, 5, 5], [0, 0, 1, 1])
    assert alike(corpus([0, 0, 1, 5, 7], [0, 0, 1, 1, 2]), b)["relative"] == pytest.approx(
        2 * (1 + 0.5) / 2 / (0.5 + 1)
    )
    assert alike(corpus([0, 0, 1]), b)["same_answer"] == pytest.approx(4 / 12)


def test_samples_of_one_source_are_relatively_alike():
    """Morisita's index is 1 in the mean for one source, at any sizes."""
    generator = np.random.default_rng(3)
    p = zipf(30)
    found = [
        alike(corpus(generator.choice(30, 40, p=p)), corpus(generator.choice(30, 90, p=p)))
        for _ in range(300)
    ]
    relative = np.array([one["relative"] for one in found])
    # A ratio of means is not their mean: a hundredth is allowed.
    assert abs(relative.mean() - 1) < LIMIT * relative.std(ddof=1) / 300**0.5 + 0.01
    assert np.mean([one["answers_in_common"] for one in found]) < 0.9  # this one feels the sizes


def test_many_corpora_are_compared_with_the_first_and_the_next():
    assert len(pairs(ALL)) == ALL * (ALL - 1) // 2
    assert len(pairs(ALL + 10)) == 2 * (ALL + 10) - 3


def test_a_sample_of_the_reference_lies_on_its_floor_and_another_does_not():
    generator = np.random.default_rng(4)
    texts = [f"word{i} word{i % 17} word{i % 5}" for i in range(200)]
    words = Words(texts)
    reference = corpus(generator.choice(200, 400, p=zipf(200)), name="reference")
    same = compare(corpus(generator.choice(200, 300, p=zipf(200))), reference, words)
    narrow = compare(corpus(generator.choice(200, 300, p=zipf(200, 3.0))), reference, words)
    assert same["m"] == narrow["m"] == 200
    for key in ("words_in_common", "answers_in_common"):
        floor = same["floor"][key]
        assert floor.low <= floor.value <= floor.high
        assert abs(same["against"][key].value - floor.value) < 0.08
        assert narrow["against"][key].value < floor.low - 0.1
    halves = same["reference"]["effective_number_of_halves"]
    assert halves.low <= same["reference"]["effective_number"] <= halves.high
    assert narrow["sample"]["effective_number"] < halves.low / 3
    assert 0.8 < same["copies"] <= 1
    floor = same["floor"]["perplexity"]
    assert abs(same["against"]["perplexity"].value / floor.value - 1) < 0.1
    assert narrow["against"]["perplexity"].value < 0.7 * floor.low
    for compared in (same, narrow):
        bins = compared["perplexities"]
        for side in ("against", "floor"):
            assert len(bins[side]) == len(bins["edges"]) - 1
            assert sum(bins[side]) == pytest.approx(1)
    common = [bins["edges"][np.argmax(bins[side])] for side in ("against", "floor")]
    assert common[0] < common[1]


def test_perplexities_of_a_part_are_those_of_its_answers():
    """Texts with counts, against the index of as many documents; all answers are in a bin."""
    texts = ["a b c", "a c", "d", "...", "b b b"]
    words = Words(texts)
    ours, theirs = np.array([2, 0, 1, 1, 3]), np.array([1, 4, 0, 1, 0])
    given, reference = (
        [
            text.replace(".", "").split()
            for text, k in zip(texts, counts, strict=True)
            for _ in range(k)
        ]
        for counts in (ours, theirs)
    )
    mean, each = part_perplexity(ours, part_model(theirs, words), words)
    assert mean == pytest.approx(perplexity(given, reference), rel=1e-12)
    assert each == pytest.approx(perplexities(given, reference), rel=1e-12)
    bins = histogram({"against": np.array([1.0, 9.9, 10.0]), "floor": np.array([12.5, 12.6])})
    assert bins["edges"] == pytest.approx(10 ** (np.arange(13) / 10))
    assert bins["against"] == pytest.approx([1 / 3, *[0] * 8, 1 / 3, 1 / 3, 0])
    assert bins["floor"] == [*[0] * 10, 0.5, 0.5]
