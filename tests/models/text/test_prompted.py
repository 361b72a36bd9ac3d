"""Prompted tables: given tokens stay, gaps follow the table, prompts are asked equally often, and
what is learned in one prompt holds in the others."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import (
    GRPO,
    Arm,
    FunctionReward,
    HeldOutPrompts,
    Plain,
    Power,
    PromptedTable,
    Replace,
    ScoreOnly,
    Tempered,
    TokenTable,
    UserError,
    prepare,
)
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.types import Pool
from tests.samplers.enumerated import counted, p_value

P = np.array([[0, 0.7, 0.3], [0, 0.2, 0.8], [0, 0.6, 0.4], [0, 0.5, 0.5]])
GIVEN = np.array([[1, 0, 0], [0, 2, 0]])  # 1 _ _ and _ 2 _
MODEL = PromptedTable(TokenTable(P, 3), given=GIVEN)
# All rows and their probabilities, by hand: the prompt, then p(token | token before).
LAW = {(1, 1, a, b): 0.5 * P[1, a] * P[a, b] for a in (1, 2) for b in (1, 2)}
LAW |= {(2, a, 2, b): 0.5 * P[3, a] * P[2, b] for a in (1, 2) for b in (1, 2)}
N = 40_000


def draw(model, sampler=Plain(), group=1, n=N):  # noqa: B008
    batch = jax.jit(lambda key: sampler.draw(key, model, n, group))(jax.random.key(0))
    return np.asarray(batch.rows)


@pytest.mark.slow
def test_rows_follow_the_table_around_what_is_given():
    """By chi-square within each prompt; prompts come up equally often, but for one."""
    rows, (listed, p) = draw(MODEL), (list(LAW), np.array(list(LAW.values())))
    assert (rows[:, 0] == 1).sum() == N / 2
    assert p_value(counted(listed, rows), p) > 1e-4
    assert p_value(counted(listed, rows), np.full(len(p), 1 / len(p))) < 1e-9
    np.testing.assert_allclose(np.exp(MODEL.log_prob(jnp.array(listed))), p, rtol=1e-5)
    other = jnp.array([[1, 2, 1, 1], [2, 1, 1, 1]])  # not what is given
    assert np.isneginf(np.asarray(MODEL.log_prob(other))).all()


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [2.0, 4.0])
def test_samplers_sharpen_what_is_written_and_not_the_prompt(alpha):
    """A temperature sharpens tokens, power sampling answers; both ask the prompts equally often."""
    listed = list(LAW)
    power = np.array([LAW[row] ** alpha for row in listed]).reshape(2, 4)
    cold = P[:, 1:] ** alpha / (P[:, 1:] ** alpha).sum(1, keepdims=True)
    tokens = [cold[1, a - 1] * cold[a, b - 1] if k == 1 else cold[3, x - 1] * cold[2, b - 1]
              for k, x, a, b in listed]  # fmt: skip
    sharpened = power / power.sum(1, keepdims=True) / 2
    found = counted(listed, draw(MODEL, Power(alpha, block=3, steps=30)))
    assert p_value(found, sharpened.ravel()) > 1e-4
    assert p_value(found, np.array(tokens) / 2) < 1e-9
    assert p_value(counted(listed, draw(MODEL, Tempered(1 / alpha))), np.array(tokens) / 2) > 1e-4


def test_a_group_answers_one_prompt():
    rows = draw(MODEL, group=8, n=64).reshape(8, 8, 4)
    assert (rows[:, :, 0] == rows[:, :1, 0]).all()
    assert (rows[:, 0, 0] == 1).sum() == 4


@pytest.mark.slow
def test_a_fit_counts_what_follows_a_token_and_prompts_share_it():
    """The table's own counts, by hand: after 2 come 1 and 2, in two prompts."""
    rows = jnp.array([[1, 1, 2, 1], [2, 1, 2, 2], [2, 1, 2, 2]])
    one, zero = jnp.ones(3), jnp.zeros(3, jnp.int32)
    fitted = MODEL.fit(None, Pool(rows, one, one, one, zero, zero, {}))
    np.testing.assert_allclose(fitted.table.p[2], [0, 1 / 3, 2 / 3], rtol=1e-6)
    moved = replace(MODEL, table=fitted.table)
    assert float(moved.log_prob(rows[:1])[0]) == pytest.approx(np.log(0.5 / 3))


@pytest.mark.slow
def test_given_tokens_have_no_gradient():
    """Of ln p of one row: only the contexts before its gaps move."""
    row = jnp.array([[2, 1, 2, 1]])  # the first and the last token are written
    slope = np.asarray(jax.grad(lambda net: MODEL.log_prob_at(net, row)[0])(MODEL.net))
    assert (np.abs(slope).sum(1) > 0).tolist() == [False, False, True, True]
    np.testing.assert_allclose(slope[2], [0, 0.4, -0.4], atol=1e-6)


def arm(**more):
    right = FunctionReward(lambda rows: (rows[:, 3] == 2) * 1.0)
    other = np.array([[2, 2, 0]])
    return Arm(**{
        "truth": MODEL, "judge": ScoreOnly(right), "learner": GRPO(learning_rate=2.0),
        "regime": Replace(real_start=False), "n": 64, "group": 8, "generations": 3,
        "measures": (HeldOutPrompts(right, given=other, each=2000),),
    } | more)  # fmt: skip


@pytest.mark.slow
def test_held_out_prompts_are_answered_by_the_model():
    """held_out_reward: at first the table's own chance, 0.4; it rises by what other prompts
    teach."""
    found = run_arm(jax.random.key(0), arm(), 4)["curves"]["held_out_reward"]
    assert np.abs(found[:, :2] - 0.4).max() < 4.5 * np.sqrt(0.24 / 2000)
    assert (found[:, -1] > 0.5).all()


def test_mistakes_are_sentences():
    wrong = {
        "shape": np.array([[1, 0]]),
        "whole numbers": np.array([[0.5, 0, 0]]),
        "below 3": np.array([[3, 0, 0]]),
        "needs a gap": np.array([[1, 2, 1]]),
    }
    for words, given in wrong.items():
        (told,) = PromptedTable(TokenTable(P, 3), given=given).validate()
        assert words in told
    asked = HeldOutPrompts(FunctionReward(lambda rows: rows[:, 0]), given=GIVEN)
    with pytest.raises(UserError, match="asks a PromptedTable"):
        prepare(arm(truth=TokenTable(P, 3), measures=(asked,), group=None))
