"""Boolean expressions: law and reading against an enumeration, and against Python's own grammar."""

import ast
import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import collapse
from collapse import Expressions
from collapse.errors import UserError
from collapse.loop.simulate import run_arm
from collapse.models.truths.boolean_parser import SYMBOLS, correct, is_true

LIMIT = 4.5
NUMBER = {symbol: i for i, symbol in enumerate(SYMBOLS)}
UNEVEN = {"kinds": [0.3, 0.2, 0.4, 0.1], "true": 0.6, "depth": 2}


def enumerated(depth, kinds, true):
    """{text: probability} of every expression, written down from the rules."""
    constants = {"True": true, "False": 1 - true}
    if depth == 0:
        return constants
    below = enumerated(depth - 1, kinds, true)
    law = {text: kinds[0] * p for text, p in constants.items()}
    law |= {f"not {text}": kinds[1] * p for text, p in below.items()}
    for (a, p), (b, q) in itertools.product(below.items(), repeat=2):
        law[f"( {a} and {b} )"] = kinds[2] * p * q
        law[f"( {a} or {b} )"] = kinds[3] * p * q
    return law


def law_of(answers):
    """{text of a row: probability}, the values by Python."""
    plain = enumerated(UNEVEN["depth"], UNEVEN["kinds"], UNEVEN["true"])
    if answers:
        return {f"{text} = {eval(text)}": p for text, p in plain.items()}
    true = {text: p for text, p in plain.items() if eval(text)}
    return {text: p / sum(true.values()) for text, p in true.items()}


def rows_of(texts, length):
    rows = np.zeros((len(texts), length), np.int32)
    for row, text in zip(rows, texts, strict=True):
        numbers = [NUMBER[symbol] for symbol in text.split()]
        row[: len(numbers)] = numbers
    return rows


def value_of(text):
    """True, False, or None where Python does not take the text for a boolean expression."""
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        return None
    allowed = (ast.Expression, ast.BoolOp, ast.UnaryOp, ast.Constant, ast.Load)
    allowed += (ast.And, ast.Or, ast.Not)
    if not all(isinstance(node, allowed) for node in ast.walk(tree)):
        return None  # "()" is a tuple, and "True(False)" a call
    return eval(compile(tree, "", "eval"))


@eqx.filter_jit
def score(truth, rows):
    return truth.log_prob(rows)


@eqx.filter_jit
def draw(truth, n):
    return truth.sample(jax.random.key(0), n)


read, read_alone = jax.jit(correct), jax.jit(is_true)


@pytest.mark.slow
@pytest.mark.parametrize("answers", [True, False])
def test_law_entropy_and_support_are_the_enumerations(answers):
    truth, law = Expressions(**UNEVEN, answers=answers), law_of(answers)
    rows = rows_of(list(law), truth.length)
    found = np.asarray(score(truth, jnp.asarray(rows)), float)
    np.testing.assert_allclose(found, np.log(list(law.values())), rtol=1e-5)
    assert np.exp(found).sum() == pytest.approx(1, rel=1e-5)
    assert truth.entropy() == pytest.approx(stats.entropy(list(law.values())), rel=1e-5)
    assert truth.support_size == len(law) == (302 if answers else 151)
    assert rows.max() < truth.vocab_size
    assert (rows[:, -1] == 0).all()
    assert (rows[:, -2] > 0).any()  # no shorter row would do
    other = Expressions(kinds=[0.2, 0.3, 0.4, 0.1], true=0.6, depth=2, answers=answers)
    assert np.abs(np.asarray(score(other, jnp.asarray(rows))) - found).max() > 0.1


@pytest.mark.parametrize("answers", [True, False])
def test_samples_follow_the_enumeration(answers):
    """Pearson's statistic in its exact standard deviations; a sample of other kinds is far off."""
    law, n = law_of(answers), 20_000
    number = {text: i for i, text in enumerate(law)}
    p = np.array(list(law.values()))

    def z(truth):
        rows, counted = np.unique(np.asarray(draw(truth, n)), axis=0, return_counts=True)
        count = np.zeros(len(p))
        for row, times in zip(rows, counted, strict=True):
            count[number[truth.text(row)]] += times
        square = ((count - n * p) ** 2 / (n * p)).sum() - (len(p) - 1)
        return square / np.sqrt(2 * (len(p) - 1) + ((1 / p).sum() - len(p) ** 2) / n)

    assert abs(z(Expressions(**UNEVEN, answers=answers))) < LIMIT
    changed = Expressions(kinds=[0.2, 0.3, 0.4, 0.1], true=0.6, depth=2, answers=answers)
    assert z(changed) > 2 * LIMIT


def test_every_short_row_is_read_as_python_reads_it():
    """All 19,607 rows of up to 5 tokens, with both answers; some are as Python, most are not."""
    symbols = [symbol for symbol in SYMBOLS if symbol not in ("", "=")]
    texts = [" ".join(x) for k in range(1, 6) for x in itertools.product(symbols, repeat=k)]
    values = [value_of(text) for text in texts]
    assert sum(value is not None for value in values) == 128
    for answer in (True, False):
        rows = rows_of([f"{text} = {answer}" for text in texts], 8)
        expected = np.array([value is answer for value in values])
        np.testing.assert_array_equal(read(rows), expected)
        assert not np.asarray(read_alone(rows)).any()
    alone = read_alone(rows_of(texts, 8))
    np.testing.assert_array_equal(alone, [value is True for value in values])


@pytest.mark.slow
def test_long_rows_with_one_token_changed_are_read_as_python_reads_them():
    truth, rng = Expressions(kinds=[0.1, 0.3, 0.3, 0.3], depth=4), np.random.default_rng(0)
    rows = np.array(draw(truth, 2000))
    assert np.asarray(read(rows)).all()
    place = rng.integers(0, (rows > 0).sum(1) - 2)
    every = np.arange(len(rows))
    rows[every, place] = rng.integers(1, 8, len(rows))
    changed = np.delete(rows[1000:], 3, axis=1)  # one token less besides
    rows = np.concatenate([rows, np.pad(changed, ((0, 0), (0, 1)))])
    halves = [truth.text(row).split("=") for row in rows]
    expected = [str(value_of(half[0].strip())) == half[-1].strip() for half in halves]
    np.testing.assert_array_equal(read(rows), expected)
    assert 0.1 < np.mean(expected) < 0.9
    # What the grammar itself makes is part of what is correct.
    possible = np.isfinite(np.asarray(score(truth, rows)))
    assert possible.sum() < np.sum(expected)
    assert not (possible & ~np.array(expected)).any()


@pytest.mark.slow
def test_rows_that_only_look_right():
    wrong = ["True = False", "True = True True", "True = = True", "True = not False", "= True"]
    wrong += [
        "True",
        "True =",
        "( ) = True",
        "True ( False ) = True",
        "( True = True )",
        "not = True",
    ]
    wrong += ["( True = True", "True ) = True", "True = True = True", ""]
    assert not np.asarray(read(rows_of(wrong, 8))).any()
    assert np.asarray(read(rows_of(["True = True", "( ( False ) ) = False"], 8))).all()
    assert np.asarray(read(rows_of(["True = True"], 3))).all()  # filled to its end
    late = np.array([[2, 8, 2, 0, 2], [2, 0, 8, 2, 0], [2, 8, 2, 99, 0], [-1, 8, 2, 0, 0]])
    assert not np.asarray(read(late)).any()
    deep = "( " * 30 + "True" + " )" * 30 + " = True"
    assert np.asarray(read(rows_of([deep], 64))).all()
    outside = rows_of(["True or False = True", "( True ) = True", "( True or True ) = False"], 16)
    assert np.isinf(np.asarray(score(Expressions(depth=2), outside))).all()
    too_deep = rows_of(["not not not True = False"], 16)
    assert np.isinf(np.asarray(score(Expressions(depth=2), too_deep))).all()
    assert np.isfinite(np.asarray(score(Expressions(depth=3), too_deep))).all()


@pytest.mark.slow
def test_a_verifier_for_free_keeps_what_is_right():
    """A bigram model gets most values wrong; behind the verifier more of it is right each time."""
    arm = collapse.Arm(
        truth=Expressions(),
        model=collapse.NGram(len(SYMBOLS)),
        judge=collapse.NoisyVerifier(
            collapse.FunctionReward(correct), keep_right=1.0, keep_wrong=0.0, expected=0.2
        ),
        regime=collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=collapse.Plain(),
        measures=(collapse.Judged(),),
        n=200,
        generations=6,
    )
    curves = run_arm(jax.random.key(0), arm, seeds=2)["curves"]
    kept = np.asarray(curves["share_kept"])
    assert (kept[:, 1] < 0.5).all()
    assert (kept[:, 6] > kept[:, 1] + 0.2).all()


@pytest.mark.slow
def test_mistakes_in_sentences():
    assert Expressions().validate() == []
    assert len(Expressions(kinds=[0.5, 0.5], true=1.0, depth=9).validate()) == 3
    with pytest.raises(UserError, match="Expressions is a truth and cannot be fitted"):
        Expressions().fit(None, None)
    truth = Expressions(depth=2)
    numbers, bound = truth.identify(jnp.asarray(draw(truth, 50)))
    assert len(set(np.asarray(numbers).tolist())) == len({truth.text(r) for r in draw(truth, 50)})
    assert bound == 50
