"""Learners that move a model start from the first fit, not from the model as it was given."""

import jax
import numpy as np
import pytest

from collapse import (
    GRPO,
    Arm,
    Categorical,
    Choice,
    Plain,
    PolicyGradient,
    Preference,
    Replace,
    ScoreOnly,
    TableReward,
    begin,
    prepare,
)
from collapse.loop.generation import advance
from collapse.numerics.pytree import seed_keys

P = np.array([0.6, 0.3, 0.1, 0.0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("learner", "judge"),
    [
        (PolicyGradient(learning_rate=0.1), ScoreOnly(TableReward(np.arange(4)))),
        (GRPO(learning_rate=0.1), ScoreOnly(TableReward(np.arange(4)))),
        (Preference(learning_rate=0.1), Choice(TableReward(np.arange(4)), k=2)),
    ],
)
def test_generation_1_is_the_first_fit(learner, judge):
    """Whatever blank model it is given: the shares in its real data, lost outcomes and all."""
    arm = prepare(
        Arm(
            truth=Categorical(P),
            model=Categorical(np.full(4, 0.25)),
            judge=judge,
            regime=Replace(),
            learner=learner,
            sampler=Plain(),
            n=40,
            generations=1,
            group=None if isinstance(learner, Preference) else 4,
            keep_reference=True,
        )
    )
    keys = seed_keys(jax.random.key(0), range(3))
    states, _ = begin(arm, keys)
    rows = np.asarray(states.pool.rows)
    shares = np.stack([np.bincount(row, minlength=4) / 40 for row in rows])
    after, _ = advance(arm, states, keys, np.int32(1), np.int32(1))
    np.testing.assert_allclose(after.model.p, shares, atol=1e-6)
    assert np.isfinite(np.asarray(after.model.p)).all()
