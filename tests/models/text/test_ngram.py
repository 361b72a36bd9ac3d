"""The n-gram model against a plain dictionary of Counters that reads the same rows."""

from collections import Counter, defaultdict
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import NGram
from collapse.models.text.ngram_sampling import bigram_walk, general_walk
from collapse.numerics.tokens import lengths
from collapse.types import Pool

LIMIT = 4.5
V, R, L = 6, 40, 6  # tokens, training rows, tokens in a row
N = 20_000  # rows drawn


class Table:
    """The oracle: for every context of 0 .. order - 1 tokens, how often each token followed."""

    def __init__(self, rows, weight, order, size):
        self.order, self.size = order, size
        self.counts = defaultdict(Counter)
        for row, w in zip(np.asarray(rows).tolist(), np.asarray(weight, float), strict=True):
            for history, token in self.steps(row):
                for length in range(order):
                    self.counts[history[len(history) - length :]][token] += w

    def steps(self, row):
        """(history of order - 1 tokens, token) up to and with the end symbol; the start of the
        row is as many tokens of its own kind, written as the vocabulary size."""
        history = (self.size,) * (self.order - 1)
        for token in row:
            yield history, token
            history = (*history, token)[1:] if self.order > 1 else ()
            if token == 0:
                return

    def followers(self, history):
        """Counts after the longest suffix of the history that some token has followed."""
        for skip in range(len(history) + 1):
            found = self.counts.get(history[skip:])
            if found and sum(found.values()) > 0:
                return found
        raise AssertionError("an empty table")

    def probability(self, history, token, smoothing=0.0):
        found = self.followers(history)
        total = sum(found.values()) + smoothing * self.size
        return (found[token] + smoothing) / total

    def distribution(self, history, smoothing=0.0):
        return np.array([self.probability(history, w, smoothing) for w in range(self.size)])


def random_rows(rng, count, length, size, cut=True):
    """Rows that end early, rows that fill their length (``cut``) and empty rows."""
    p = np.r_[0.8, 1 / np.arange(1, size)]
    rows = rng.choice(size, (count, length), p=p / p.sum())
    ends = np.cumsum(rows == 0, 1) > 0
    rows[ends] = 0
    if not cut:
        rows[:, -1] = 0
    return rows.astype(np.int32)


@pytest.fixture(scope="module")
def rows():
    rows = random_rows(np.random.default_rng(0), R, L, V)
    assert 5 < (rows[:, -1] != 0).sum() < 35  # some are cut
    assert (rows[:, 0] == 0).any()  # and one is empty
    rows[0] = [1, 2, 3, 2, 1, 5]
    rows[rows == 5] = 4
    rows[0, -1] = 5  # token 5 was never followed by any: its context always backs off
    return rows


WEIGHTS = {
    "equal": np.full(R, 0.7),
    "0/1": np.resize([1, 0, 1, 1, 0], R).astype(float),
    "soft": np.random.default_rng(3).uniform(0, 1, R) * np.resize([1, 1, 0], R),
}


@cache
def sampler(order, size=V, n=N):
    def draw(key, rows, weight):
        return NGram(size, order=order, rows=rows, weight=weight).sample(key, n)

    return jax.jit(draw)


def draw(order, rows, weight, key=0):
    weight = jnp.asarray(weight, jnp.float32)
    return np.asarray(sampler(order)(jax.random.key(key), jnp.asarray(rows), weight))


def transitions(samples, order, size):
    """{history: counts of the next token}, over all steps of all rows."""
    reader = Table([], [], order, size)
    patterns, times = np.unique(samples, axis=0, return_counts=True)
    found = defaultdict(lambda: np.zeros(size))
    for row, count in zip(patterns.tolist(), times, strict=True):
        for history, token in reader.steps(row):
            found[history][token] += count
    return found


def z_of_transitions(found, distribution):
    """Pearson's statistic of all next-token tables in units of its exact standard deviation;
    infinite where something impossible was drawn."""
    excess, variance = 0.0, 0.0
    for history, seen in found.items():
        p, n = distribution(history), seen.sum()
        if seen[p == 0].any():
            return np.inf
        seen, p = seen[p > 0], p[p > 0]
        k = len(p)
        if k > 1:
            excess += ((seen - n * p) ** 2 / (n * p)).sum() - (k - 1)
            variance += 2 * (k - 1) + ((1 / p).sum() - k**2 - 2 * k + 2) / n
    return excess / np.sqrt(variance)


# Sampling


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(WEIGHTS))
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_samples_follow_the_table(rows, order, kind):
    """Next-token frequencies after every history, back-off after cut rows included."""
    weight = WEIGHTS[kind]
    found = transitions(draw(order, rows, weight), order, V)
    table = Table(rows, weight, order, V)
    assert abs(z_of_transitions(found, table.distribution)) < LIMIT


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_samples_sabotaged(rows, order):
    """The same check sees equal weights in place of soft ones, and another order."""
    found = transitions(draw(order, rows, WEIGHTS["soft"]), order, V)
    equal = Table(rows, WEIGHTS["soft"] > 0, order, V)
    assert abs(z_of_transitions(found, equal.distribution)) > 2 * LIMIT
    if order > 1:
        shorter = Table(rows, WEIGHTS["soft"], order - 1, V)
        z = z_of_transitions(found, lambda history: shorter.distribution(history[1:]))
        assert abs(z) > 2 * LIMIT


@pytest.mark.slow
def test_rows_end_at_their_first_end_symbol(rows):
    """After token 0 there is nothing but 0."""
    drawn = draw(3, rows, WEIGHTS["equal"])
    assert ((drawn[:, :-1] == 0) <= (drawn[:, 1:] == 0)).all()
    assert drawn.shape == (N, L)
    assert drawn.min() >= 0
    assert drawn.max() < V


@pytest.mark.slow
@pytest.mark.parametrize("order", [2, 3, 4])
def test_samples_hold_no_new_ngram(order):
    """Unsmoothed and without cut rows, every n-gram drawn, starts and ends included, is in the
    training rows; an order lower, new ones appear."""
    rows = random_rows(np.random.default_rng(5), R, L, V, cut=False)
    drawn = draw(order, rows, np.ones(R))

    def grams(rows):
        reader = Table([], [], order, V)
        return {(*h, w) for row in np.unique(rows, axis=0).tolist() for h, w in reader.steps(row)}

    assert grams(drawn) <= grams(rows)
    assert not grams(draw(order - 1, rows, np.ones(R))) <= grams(rows)


@pytest.mark.slow
def test_first_tokens_have_the_frequencies_of_first_tokens():
    """The start of a row is a context: tokens that never begin a row are never drawn first."""
    rows = np.resize([[1, 3, 3, 3, 3, 0], [2, 3, 3, 3, 0, 0], [1, 3, 0, 0, 0, 0]], (R, L))
    for order in (2, 3, 4):
        first = draw(order, rows, np.ones(R))[:, 0]
        share = (rows[:, 0] == 1).mean()
        z = ((first == 1).mean() - share) / np.sqrt(share * (1 - share) / N)
        assert abs(z) < LIMIT
        assert set(first.tolist()) == {1, 2}
    assert (draw(1, rows, np.ones(R))[:, 0] == 3).mean() > 0.3


# The walk, exactly


def exact_tables(walk, contexts):
    """{context: {token: units}} of a walk, read off its arrays."""
    token, low, mass, below = (
        np.asarray(x, np.int64) for x in (walk.token, walk.low, walk.mass, walk.below)
    )
    tables = []
    for context in contexts:
        begin, end = low[context], low[context] + mass[context]
        inside = np.minimum(below[1:], end) - np.maximum(below[:-1], begin)
        units = Counter()
        for w, amount in zip(token, inside, strict=True):
            if amount > 0:
                units[int(w)] += int(amount)
        tables.append(units)
    return tables


def shares(counter):
    total = sum(counter.values())
    return {token: count / total for token, count in counter.items() if count}


@cache
def walker(order, size=V):
    return jax.jit(lambda rows, weight: general_walk(rows, weight, order, size))


def histories(rows, order, size):
    """The history of every place (R * (L + 1)), read on past the end of its row."""
    rows = np.pad(rows, ((0, 0), (order - 1, 0)), constant_values=size).tolist()
    return [tuple(row[j : j + order - 1]) for row in rows for j in range(len(row) - order + 2)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(WEIGHTS))
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_walk_owns_exactly_the_counts(rows, order, kind):
    """Every place's span of units holds the tokens that followed its longest seen context, each
    as often as it did; soft weights to the 2^-30 they are resolved to."""
    weight = WEIGHTS[kind].astype(np.float32)
    walk = walker(order)(jnp.asarray(rows), jnp.asarray(weight))
    table = Table(rows, weight, order, V)
    real = [(i, h) for i, h in enumerate(histories(rows, order, V)) if 0 not in h]
    found = exact_tables(walk, [i for i, _ in real])
    for (_, history), units in zip(real, found, strict=True):
        expected = shares(table.followers(history))
        assert shares(units).keys() == expected.keys()
        for token, share in shares(units).items():
            assert share == pytest.approx(expected[token], rel=1e-6 if kind == "soft" else 1e-12)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_walk_goes_on_from_the_context_it_has_made(rows, order):
    """The entry an occurrence points to is the place behind it: its history ends in its token."""
    walk = walker(order)(jnp.asarray(rows), jnp.ones(R))
    past = histories(rows, order, V)
    token, follows, below = (np.asarray(x) for x in (walk.token, walk.follows, walk.below))
    for occurrence in np.flatnonzero(np.diff(below)):
        assert past[follows[occurrence]][-1] == token[occurrence]


@pytest.mark.slow
@pytest.mark.parametrize("size", [V, 500])
@pytest.mark.parametrize("kind", ["equal", "0/1"])
def test_fast_bigram_walk_is_the_general_one(rows, kind, size):
    """Both its ways of sorting (in a table, by keys) own the same counts as the general walk."""
    rows = np.where(rows > 0, rows * (size // V) - 1, 0).astype(np.int32)
    weight = jnp.asarray(WEIGHTS[kind], jnp.float32)
    fast = jax.jit(bigram_walk, static_argnums=2)(jnp.asarray(rows), weight, size)
    general = walker(2, size)(jnp.asarray(rows), weight)
    before = [h[0] for h in histories(rows, 2, size)]
    real = [i for i, token in enumerate(before) if token != 0]
    one = exact_tables(fast, [before[i] for i in real])
    other = exact_tables(general, real)
    assert one == other
    assert int(fast.start) == size
    np.testing.assert_array_equal(fast.follows, fast.token)


def test_fast_bigram_path_is_taken_in_law(rows):
    """Order 2 with equal weights goes by the fast path, with nearly equal ones by the general:
    both draw the same transitions, from other random bits."""
    weight = np.ones(R)
    nearly = np.where(np.arange(R) == 0, 1.0001, 1.0)
    fast, general = (draw(2, rows, w, key=7) for w in (weight, nearly))
    assert (fast != general).any()
    table = Table(rows, weight, 2, V)
    for drawn in (fast, general):
        assert abs(z_of_transitions(transitions(drawn, 2, V), table.distribution)) < LIMIT


@pytest.mark.slow
def test_order_two_samples_in_double_precision(rows):
    """Both of its paths have one type of integers, so that ``--precision double`` runs."""
    with jax.enable_x64(True):
        model = NGram(V, order=2, rows=jnp.asarray(rows, jnp.int32), weight=jnp.ones(R))
        drawn = np.asarray(jax.jit(lambda key: model.sample(key, N))(jax.random.key(0)))
    table = Table(rows, np.ones(R), 2, V)
    assert abs(z_of_transitions(transitions(drawn, 2, V), table.distribution)) < LIMIT


@pytest.mark.slow
def test_large_vocabulary(rows):
    """Above 40,000 tokens order 2 goes by the general walk, in sorted keys."""
    size = 50_000
    big = np.where(rows > 0, rows * 9_999, 0).astype(np.int32)
    drawn = np.asarray(
        sampler(2, size)(jax.random.key(0), jnp.asarray(big), jnp.ones(R, jnp.float32))
    )
    found = transitions(drawn // 9_999, 2, V)
    assert abs(z_of_transitions(found, Table(rows, np.ones(R), 2, V).distribution)) < LIMIT


# Log-probability


@cache
def scorer(order, size=V):
    def score(queries, rows, weight, smoothing):
        model = NGram(size, order=order, smoothing=smoothing, rows=rows, weight=weight)
        return model.token_log_prob(queries), model.log_prob(queries)

    return jax.jit(score)


def check_scores(queries, rows, weight, order, smoothing, size=V):
    weight = np.asarray(weight, np.float32)
    tokens, whole = scorer(order, size)(
        jnp.asarray(queries), jnp.asarray(rows), weight, jnp.float32(smoothing)
    )
    table = Table(rows, weight, order, size)
    expected, found, sums = [], [], []
    for row, line in zip(queries.tolist(), np.asarray(tokens), strict=True):
        p = [table.probability(h, w, smoothing) for h, w in table.steps(row)]
        with np.errstate(divide="ignore"):
            logs = np.log(p)
        expected.append(logs)
        found.append(line[: len(logs)])
        sums.append(logs.sum())
    found, expected = np.concatenate(found), np.concatenate(expected)
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-5)
    np.testing.assert_allclose(whole, sums, rtol=2e-5, atol=1e-5)
    return expected


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(WEIGHTS))
@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("smoothing", [0, 0.01, 1])
def test_token_log_prob_is_the_tables(rows, order, kind, smoothing):
    """(count(c, w) + a) / (count(c) + a V) at the longest suffix c that was followed: on training
    rows, on rows with unseen contexts and on rows cut at full length."""
    queries = np.concatenate([rows[:10], random_rows(np.random.default_rng(9), 30, L, V)])
    queries[12:14] = [[5, 5, 5, 1, 5, 4], [1, 5, 2, 0, 0, 0]]
    expected = check_scores(queries, rows, WEIGHTS[kind], order, smoothing)
    if order > 1:
        assert np.isinf(expected).any() == (smoothing == 0)


def test_log_prob_sabotaged(rows):
    """The check fails when smoothing is off by a little and when the order is."""
    table = Table(rows, np.ones(R), 2, V)
    found, _ = scorer(2)(jnp.asarray(rows), jnp.asarray(rows), np.ones(R, np.float32), 0.01)
    history, token = (V,), int(rows[1, 0])
    first = float(np.exp(found[1, 0]))
    assert first == pytest.approx(table.probability(history, token, 0.01), rel=1e-5)
    assert first != pytest.approx(table.probability(history, token, 0.1), rel=1e-5)
    assert first != pytest.approx(table.probability((), token, 0.01), rel=1e-5)


@pytest.mark.parametrize("width", [3, 9])
def test_log_prob_of_rows_of_another_length(rows, width):
    """Held-out rows may be shorter or longer than the training rows."""
    queries = random_rows(np.random.default_rng(width), 20, width, V)
    check_scores(queries, rows, WEIGHTS["soft"], 3, 0.01)


@pytest.mark.parametrize("order", [2, 3])
def test_log_prob_with_a_vocabulary_too_large_for_tables(rows, order):
    """The same by sorted keys in place of a table of (V + 1) V cells."""
    spread = np.where(rows > 0, rows * 80, 0).astype(np.int32)
    check_scores(spread, spread, WEIGHTS["soft"], order, 0.01, size=500)


@pytest.mark.slow
def test_smoothed_probabilities_sum_to_one(rows):
    """Over all next tokens, after a seen and after an unseen context."""
    for start in ([1, 2], [5, 5]):
        queries = np.array([[*start, w, 0, 0, 0] for w in range(V)], np.int32)
        tokens, _ = scorer(3)(jnp.asarray(queries), jnp.asarray(rows), np.ones(R, np.float32), 0.3)
        assert float(jnp.exp(tokens[:, 2]).sum()) == pytest.approx(1, rel=1e-5)


def test_fit_takes_rows_and_counts(rows):
    """A fitted model is its rows, each weighing mass times weight."""
    one, zero = jnp.ones(R), jnp.zeros(R, jnp.int32)
    data = Pool(jnp.asarray(rows), 2 * one, one / 4, one, zero, zero, {})
    fitted = NGram(V, order=3, smoothing=0.5).fit(None, data)
    assert (fitted.order, fitted.vocab_size, float(fitted.smoothing)) == (3, V, 0.5)
    np.testing.assert_array_equal(fitted.weight, np.full(R, 0.5))
    np.testing.assert_array_equal(fitted.rows, rows)


def test_identify_numbers_rows(rows):
    """Equal rows, equal number; below the bound."""
    numbers, bound = jax.jit(NGram(V).identify)(jnp.asarray(rows))
    _, inverse = np.unique(rows, axis=0, return_inverse=True)
    numbers = np.asarray(numbers)
    assert numbers.max() < bound
    np.testing.assert_array_equal(numbers[:, None] == numbers, inverse[:, None] == inverse)


def test_lengths_count_the_end_symbol(rows):
    """Up to and with the first 0, or the whole row."""
    expected = [len(list(Table([], [], 1, V).steps(row))) for row in rows.tolist()]
    np.testing.assert_array_equal(lengths(jnp.asarray(rows)), expected)
    assert set(expected) >= {1, L}


# Smoothed sampling, which is off by default


@cache
def noisy(order, size, n):
    def draw(key, rows, weight, smoothing):
        return NGram(
            size, order=order, smoothing=smoothing, sample_smoothed=True, rows=rows, weight=weight
        ).sample(key, n)

    return jax.jit(draw)


def check_smoothed(order, smoothing, rows, weight, known):
    """z of next-token frequencies against the smoothed table, at known or unknown contexts."""
    drawn = noisy(order, V, N)(
        jax.random.key(2), jnp.asarray(rows), jnp.asarray(weight, jnp.float32), smoothing
    )
    table = Table(rows, weight, order, V)
    found = {
        history: seen
        for history, seen in transitions(np.asarray(drawn), order, V).items()
        if bool(table.counts.get(history)) is known
    }
    assert found
    return z_of_transitions(found, lambda history: table.distribution(history, smoothing))


@pytest.fixture(scope="module")
def ended():
    """Rows that all end, in which tokens 4 and 5 never occur."""
    rows = random_rows(np.random.default_rng(11), R, L, 4, cut=False)
    assert rows.max() == 3
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("smoothing", [1.0, 10.0])
def test_smoothed_samples_have_the_predicted_share_of_noise(ended, order, smoothing):
    """A uniform token with probability a V / (count(c) + a V), after contexts that were seen."""
    assert abs(check_smoothed(order, smoothing, ended, np.ones(R), known=True)) < LIMIT


@pytest.mark.slow
def test_smoothed_samples_after_an_unseen_context(ended):
    """As in log_prob, an unseen context backs off: then the noise has probability
    a V / (count() + a V), and the rest are unigrams."""
    assert abs(check_smoothed(2, 10.0, ended, np.ones(R), known=False)) < LIMIT


@pytest.fixture(scope="module")
def zipfian():
    """400 rows of about ten Zipf tokens out of 3,574, as many as a corpus of jokes has; rows of
    the first generation, with a = 0.01 and unsmoothed; and the table."""
    size, count = 3574, 400
    p = 1 / np.arange(1, size)
    rng = np.random.default_rng(12)
    rows = 1 + rng.choice(size - 1, (count, 14), p=p / p.sum())
    rows[np.arange(14) >= rng.integers(6, 14, count)[:, None]] = 0
    given = jax.random.key(3), jnp.asarray(rows, jnp.int32), jnp.ones(count)
    drawn, plain = noisy(2, size, count)(*given, 0.01), sampler(2, size, count)(*given)
    return np.asarray(drawn), np.asarray(plain), Table(rows, np.ones(count), 2, size)


def novel(drawn, table, smoothing):
    """Steps whose bigram the training rows lack, how many the law predicts, and its variance.

    Each step is new with probability noise(c) (1 - followers(c) / V), so that steps minus
    predictions are a martingale. Unseen contexts are left out.
    """
    seen, mean, variance = 0, 0.0, 0.0
    for row in drawn.tolist():
        for history, token in table.steps(row):
            followers = table.counts.get(history)
            if not followers:
                continue
            noise = smoothing * table.size
            noise /= sum(followers.values()) + noise
            p = noise * (1 - len(followers) / table.size)
            seen, mean, variance = seen + (token not in followers), mean + p, variance + p * (1 - p)
    return seen, mean, variance


@pytest.mark.slow
def test_a_little_smoothing_is_mostly_noise(zipfian):
    """Why samples are unsmoothed: with a = 0.01 and V = 3,574, a V = 36 outweighs the count of
    most contexts, and the first generation is full of bigrams nobody ever said."""
    drawn, plain, table = zipfian
    seen, mean, _ = novel(drawn, table, 0.01)
    steps = sum(len(list(table.steps(row))) for row in drawn.tolist())
    assert mean / steps > 0.2
    assert seen / steps > 0.2
    assert novel(plain, table, 0.01)[0] == 0


def test_the_noise_of_a_little_smoothing_is_as_predicted(zipfian):
    """The number of new bigrams in units of the standard deviation of its law."""
    drawn, _, table = zipfian
    seen, mean, variance = novel(drawn, table, 0.01)
    assert abs(seen - mean) / np.sqrt(variance) < LIMIT
