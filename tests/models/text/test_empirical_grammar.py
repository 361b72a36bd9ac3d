"""Token truths known exactly: a corpus against a Counter, a grammar against its enumeration."""

import itertools
from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse import Empirical, Grammar
from collapse.data.jokes import TEMPLATES, WORDS, joke_templates
from collapse.scenario.text_truth import jokes as built_in_jokes
from collapse.types import Pool

LIMIT = 4.5


def pool(rows, weight):
    one, zero = jnp.ones(len(rows)), jnp.zeros(len(rows), jnp.int32)
    return Pool(jnp.asarray(rows), one, jnp.asarray(weight, float), one, zero, zero, {})


def weights_of(rows, weight):
    """{row: total weight}"""
    total = Counter()
    for row, w in zip(np.asarray(rows).tolist(), np.asarray(weight, float), strict=True):
        total[tuple(row)] += w
    return total


def z_of_counts(rows, law):
    """Pearson's statistic of how often each row of a law {row: p} was drawn, in units of its
    exact standard deviation; infinite where a row outside the law was drawn."""
    seen = weights_of(rows, np.ones(len(rows)))
    law = {row: p for row, p in law.items() if p > 0}
    if not seen.keys() <= law.keys():
        return np.inf
    p = np.array(list(law.values()))
    n, k = len(rows), len(p)
    count = np.array([seen[row] for row in law])
    excess = ((count - n * p) ** 2 / (n * p)).sum() - (k - 1)
    return excess / np.sqrt(2 * (k - 1) + ((1 / p).sum() - k**2 - 2 * k + 2) / n)


# Empirical


@pytest.fixture(scope="module")
def corpus():
    """300 rows of up to 4 tokens of 5, many of them equal, some of full length."""
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 5, (300, 4))
    rows[np.cumsum(rows == 0, 1) > 0] = 0
    return rows.astype(np.int32)


@pytest.fixture(scope="module")
def queries(corpus):
    """All 625 rows of 4 tokens: those in the corpus, those before, between and behind them."""
    return np.array(list(itertools.product(range(5), repeat=4)), np.int32)


@pytest.fixture(scope="module")
def score():
    return jax.jit(lambda model, rows: model.log_prob(rows))


def check_shares(log_prob, queries, total):
    """Shares are exact to the single precision of their whole; what is not there, is not."""
    expected = np.array([total[tuple(row)] for row in queries.tolist()]) / sum(total.values())
    np.testing.assert_array_equal(np.isneginf(log_prob), expected == 0)
    np.testing.assert_allclose(np.exp(log_prob), expected, atol=5e-7)


def test_log_prob_of_a_corpus_is_its_counter(corpus, queries, score):
    """ln(count / K) for rows in the corpus, -inf for all others."""
    log_prob = np.asarray(score(Empirical.of(corpus, 5), queries))
    check_shares(log_prob, queries, weights_of(corpus, np.ones(300)))
    with pytest.raises(AssertionError):
        check_shares(log_prob, queries, weights_of(corpus[1:], np.ones(299)))


def test_support_size_counts_distinct_rows(corpus):
    assert int(Empirical.of(corpus, 5).support_size) == len(set(map(tuple, corpus.tolist())))
    assert int(Empirical.of(corpus[:1], 5).support_size) == 1


@pytest.fixture(scope="module")
def refit():
    """Empirical.fit, compiled."""

    def fit(rows, weight):
        return Empirical(rows[:1], jnp.ones(1), 9).fit(None, pool(rows, weight))

    return jax.jit(fit)


def test_weighted_fit(corpus, queries, refit, score):
    """Soft weights, some 0: shares of the summed weight."""
    weight = np.random.default_rng(1).uniform(0, 1, 300) * np.resize([1, 1, 0], 300)
    log_prob = np.asarray(score(refit(corpus, weight), queries))
    check_shares(log_prob, queries, weights_of(corpus, weight))


def test_support_size_after_a_fit_leaves_out_rows_of_weight_0(corpus, refit):
    """Rows that the judge rejected are not in the support."""
    weight = (corpus[:, 0] != 3) * 0.5
    fitted = refit(corpus, weight)
    left = set(map(tuple, corpus[weight > 0].tolist()))
    assert int(fitted.support_size) == len(left)


def test_weighted_fit_of_many_rows(refit, score):
    """5,000 rows of soft weight: rows of weight 0 stay impossible and no row is NaN, though sums
    of floats are rounded."""
    rng = np.random.default_rng(2)
    rows = rng.integers(1, 9, (5000, 6)).astype(np.int32)
    weight = rng.uniform(0, 1, 5000) * (rng.random(5000) < 0.5)
    log_prob = np.asarray(score(refit(rows, weight), rows))
    assert not np.isnan(log_prob).any()
    check_shares(log_prob, rows, weights_of(rows, weight))


@pytest.mark.parametrize("weighted", [False, True])
def test_samples_have_the_frequencies_of_the_corpus(corpus, weighted, refit):
    weight = np.resize([0, 1, 0.5, 2, 0], 300) if weighted else np.ones(300)
    model = Empirical.of(corpus, 5)
    if weighted:
        model = refit(corpus, weight)
    total = weights_of(corpus, weight)
    law = {row: w / weight.sum() for row, w in total.items()}
    draw = jax.jit(lambda model, key: model.sample(key, 50_000))
    drawn = np.asarray(draw(model, jax.random.key(0)))
    assert abs(z_of_counts(drawn, law)) < LIMIT
    uniform = {row: 1 / len(law) for row in law}
    assert abs(z_of_counts(drawn, uniform)) > 2 * LIMIT


def test_identify_tells_rows_apart(corpus):
    numbers, bound = jax.jit(lambda model, rows: model.identify(rows))(
        Empirical.of(corpus, 5), corpus
    )
    numbers = np.asarray(numbers)
    _, inverse = np.unique(corpus, axis=0, return_inverse=True)
    assert numbers.max() < bound
    np.testing.assert_array_equal(numbers[:, None] == numbers, inverse[:, None] == inverse)


# Grammar


SMALL = [
    (2.0, [{1: 1.0}, {2: 3.0, 3: 1.0}, {1: 1.0, 4: 2.0}]),
    (1.0, [{5: 1.0, 1: 1.0}]),
    (0.5, [{2: 1.0}, {1: 1.0, 2: 1.0, 3: 2.0}]),
    (1.5, [{4: 1.0}, {2: 3.0, 3: 1.0}, {1: 1.0}]),
]


def enumerate_grammar(templates):
    """{row: probability} by writing every row of every template; rows end with 0."""
    length = max(len(slots) for _, slots in templates) + 1
    whole = sum(weight for weight, _ in templates)
    law = Counter()
    for weight, slots in templates:
        for words in itertools.product(*slots):
            p = weight / whole
            for word, slot in zip(words, slots, strict=True):
                p *= slot[word] / sum(slot.values())
            law[words + (0,) * (length - len(words))] += p
    return law


@pytest.fixture(scope="module")
def small():
    return Grammar.of(SMALL, 6), enumerate_grammar(SMALL)


def test_grammar_log_prob_is_the_enumeration(small, score):
    """All 6^4 rows: those the grammar makes with their probability, no others."""
    grammar, law = small
    rows = np.array(list(itertools.product(range(6), repeat=4)), np.int32)
    with np.errstate(divide="ignore"):
        expected = np.log([law[tuple(row)] for row in rows.tolist()])
    np.testing.assert_allclose(score(grammar, rows), expected, rtol=1e-5, atol=1e-6)
    assert sum(law.values()) == pytest.approx(1)


def test_grammar_entropy_and_support_are_the_enumerations(small):
    grammar, law = small
    assert grammar.entropy() == pytest.approx(stats.entropy(list(law.values())), rel=1e-6)
    assert int(grammar.support_size) == len(law)


def test_grammar_samples(small):
    """Frequencies of all rows; an enumeration with one slot changed is told apart."""
    grammar, law = small
    draw = jax.jit(lambda grammar, key: grammar.sample(key, 50_000))
    drawn = np.asarray(draw(grammar, jax.random.key(0)))
    assert abs(z_of_counts(drawn, law)) < LIMIT
    changed = [(2.0, [{1: 1.0}, {2: 2.0, 3: 1.0}, {1: 1.0, 4: 2.0}]), *SMALL[1:]]
    assert abs(z_of_counts(drawn, enumerate_grammar(changed))) > 2 * LIMIT


@pytest.fixture(scope="module")
def refit_grammar():
    """Grammar.fit, compiled."""
    return jax.jit(lambda grammar, rows, weight: grammar.fit(None, pool(rows, weight)))


def test_grammar_fit_recovers_its_law(small, refit_grammar):
    """Fitted to all its rows by their probability, a grammar is itself again; the rows outside
    it are left out."""
    grammar, law = small
    rows = np.array([*law, (3, 3, 3, 3), (0, 0, 0, 0)], np.int32)
    weight = np.array([*law.values(), 0.7, 0.2])
    other = [(1.0, [dict.fromkeys(slot, 1.0) for slot in slots]) for _, slots in SMALL]
    fitted = refit_grammar(Grammar.of(other, 6), rows, weight)
    np.testing.assert_allclose(fitted.template, grammar.template, rtol=1e-5)
    np.testing.assert_allclose(fitted.slot, grammar.slot, rtol=1e-5, atol=1e-7)


def test_grammar_fit_is_by_weighted_frequency(small, refit_grammar):
    """Template shares and slot shares of a weighted sample, counted by hand."""
    grammar, _ = small
    rows = np.array([[1, 2, 4, 0], [1, 2, 1, 0], [5, 0, 0, 0], [4, 3, 1, 0]], np.int32)
    fitted = refit_grammar(grammar, rows, np.array([0.5, 0.25, 0.25, 0]))
    np.testing.assert_allclose(fitted.template, [0.75, 0.25, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(fitted.slot[0, 2], [0, 1 / 3, 0, 0, 2 / 3, 0], rtol=1e-6)
    np.testing.assert_allclose(fitted.slot[2], grammar.slot[2])  # never seen: as it was


def test_grammar_fit_needs_a_row_of_its_own(small):
    grammar, _ = small
    rows = np.array([[3, 3, 3, 3], [5, 0, 0, 0]], np.int32)
    assert not bool(grammar.defined(pool(rows, [1, 0])))
    assert bool(grammar.defined(pool(rows, [1, 0.1])))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_entropy_without_one_of_the_templates():
    """A template of probability 0, as after a fit that lost it, adds nothing to the entropy."""
    grammar = Grammar.of([(1.0, [{1: 1.0, 2: 1.0}]), (0.0, [{3: 1.0}])], 4)
    assert grammar.entropy() == pytest.approx(np.log(2), rel=1e-6)


def test_support_without_one_of_the_templates():
    """A template of probability 0 makes no rows."""
    grammar = Grammar.of([(1.0, [{1: 1.0, 2: 1.0}]), (0.0, [{3: 1.0}])], 4)
    assert int(grammar.support_size) == 2


# The built-in jokes


@pytest.fixture(scope="module")
def jokes():
    """The built-in grammar, and the enumeration of the word templates."""
    text = built_in_jokes()
    truth, held_out, tokenizer, data = text.truth, text.held_out, text.tokenizer, text.data
    templates, vocabulary = joke_templates()
    number = {word: i for i, word in enumerate(vocabulary)}
    numbered = [
        (weight, [{number[word]: w for word, w in slot.items()} for slot in slots])
        for weight, slots in templates
    ]
    return truth, enumerate_grammar(numbered), held_out, tokenizer, data


@pytest.fixture(scope="module")
def told(jokes):
    """10,000 jokes and their log-probabilities."""

    def tell(truth, key):
        rows = truth.sample(key, 10_000)
        return rows, truth.log_prob(rows)

    rows, log_prob = jax.jit(tell)(jokes[0], jax.random.key(1))
    return np.asarray(rows), np.asarray(log_prob, float)


def test_no_word_stands_twice_in_a_slot():
    """A word twice in one list would silently lose one of its two weights."""
    for name, words in WORDS.items():
        words = words.split()
        assert len(words) == len(set(words)), name
    for _, text in TEMPLATES:
        for part in text.split():
            assert not part.startswith("{") or part[1:-1] in WORDS


def test_jokes_are_unambiguous(jokes):
    """No two templates make the same row: as many rows as the templates have derivations."""
    truth, law, *_ = jokes
    templates, vocabulary = joke_templates()
    derivations = sum(int(np.prod([len(slot) for slot in slots])) for _, slots in templates)
    assert len(law) == derivations
    assert int(truth.support_size) == derivations
    assert vocabulary[0] == ""
    assert len(set(vocabulary)) == len(vocabulary) == truth.vocab_size
    # The check can fail: with the same template twice there are fewer rows than derivations.
    twice = [*SMALL, SMALL[0]]
    assert len(enumerate_grammar(twice)) < sum(
        int(np.prod([len(slot) for slot in slots])) for _, slots in twice
    )


def test_joke_probabilities_are_the_enumerations(jokes, score):
    """Every joke one by one, and all of them together: 1."""
    truth, law, *_ = jokes
    found = np.asarray(score(truth, jnp.asarray(list(law), jnp.int32)), float)
    np.testing.assert_allclose(found, np.log(list(law.values())), rtol=1e-5)
    assert np.exp(found).sum() == pytest.approx(1, rel=1e-5)


def test_joke_entropy_is_exact(jokes, told):
    """Equal to that of the enumeration, and to the mean of -ln p of samples within 4.5 standard
    errors."""
    truth, law, _, _, data = jokes
    exact = stats.entropy(list(law.values()))
    assert truth.entropy() == pytest.approx(exact, rel=1e-5)
    assert data["entropy"] == truth.entropy()
    surprise = -told[1]
    se = surprise.std() / np.sqrt(len(surprise))
    assert abs(surprise.mean() - exact) / se < LIMIT
    assert abs(surprise.mean() - np.log(len(law))) / se > 2 * LIMIT  # not the uniform's entropy


def test_joke_samples_and_held_out_jokes_are_jokes(jokes, told):
    _, law, held_out, tokenizer, _ = jokes
    drawn = told[0]
    assert abs(z_of_counts(drawn, law)) < LIMIT
    assert {tuple(row) for row in np.asarray(held_out).tolist()} <= law.keys()
    first = tokenizer.decode([int(token) for token in drawn[0]]).split()[0]
    assert first in {template.split()[0] for _, template in TEMPLATES}


def test_a_grammar_fitted_to_jokes_is_the_joke_grammar(jokes, refit_grammar):
    """By the law of large numbers made exact: weights are the probabilities themselves."""
    truth, law, *_ = jokes
    fitted = refit_grammar(truth, np.array(list(law), np.int32), np.array(list(law.values())))
    np.testing.assert_allclose(fitted.template, truth.template, rtol=1e-4)
    np.testing.assert_allclose(fitted.slot, truth.slot, rtol=1e-3, atol=1e-6)
