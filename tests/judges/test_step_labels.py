"""Labels of steps: by hand, as often wrong as they should be, and what a learner makes of them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import (
    Arm,
    FunctionReward,
    ProcessGradient,
    ScoreOnly,
    StepLabels,
    Steps,
    TokenTable,
    UserError,
)
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.types import Batch, View

LIMIT = 4.5
ROWS = np.array([[2, 2, 1], [1, 1, 0], [2, 1, 2], [1, 2, 0]])  # tokens 2 are right steps
RIGHT = np.array([[1, 1, 0], [0, 0, 0], [1, 0, 1], [0, 1, 0]])


def is_right(rows):
    return (rows == 2) * 1.0


def ends_right(rows):
    return (rows[:, 2] == 2) * 1.0


@eqx.filter_jit
def verdict_of(judge, rows, key):
    batch = Batch(jnp.asarray(rows), jnp.ones(len(rows)), jnp.zeros(len(rows), jnp.int32))
    view = View(batch, None, None, None, jnp.array(1), len(rows))
    return judge.judge(key, view)[0]


def test_labels_and_rewards_by_hand():
    found = verdict_of(StepLabels(Steps(is_right, aggregation="sum")), ROWS, jax.random.key(0))
    np.testing.assert_array_equal(found.notes["steps"], RIGHT)
    np.testing.assert_array_equal(found.reward, [2, 0, 2, 1])
    np.testing.assert_array_equal(found.weight, 1)


@pytest.mark.parametrize("error", [0.0, 0.3])
def test_a_reflection_errs_behind_wrong_outcomes_alone(error):
    """Behind a right one all steps are labelled right; a judge that does not know the outcome errs
    everywhere, anew for equal items."""
    many, real = np.tile(ROWS, (5000, 1)), np.tile(ROWS != 0, (5000, 1))
    knows = StepLabels(Steps(is_right, flip=error), outcome=ends_right)
    blind = StepLabels(Steps(is_right, flip=error))
    wrong = {}
    for name, judge in (("knows", knows), ("blind", blind)):
        labels = np.asarray(verdict_of(judge, many, jax.random.key(1)).notes["steps"])
        wrong[name] = labels != np.tile(RIGHT, (5000, 1))
    ended = np.tile(ROWS[:, 2] == 2, 5000)
    assert (wrong["knows"][ended][:, 1] == 1).all()  # its second step is wrong
    for rates in (wrong["knows"][~ended][real[~ended]], wrong["blind"][real]):
        assert abs(rates.mean() - error) <= LIMIT * np.sqrt(error * (1 - error) / rates.size)
    if error:
        assert 0 < wrong["blind"][::4].mean() < 1


def test_the_learner_reads_the_labels():
    """A learner with a function and one with the labels of a judge make the same model."""

    def arm(judge, **learner):
        return Arm(
            truth=TokenTable.uniform(3, 3),
            judge=judge,
            learner=ProcessGradient(learning_rate=2.0, baseline="others", **learner),
            n=64,
            group=8,
            generations=3,
        )

    labelled = arm(StepLabels(Steps(is_right)))
    scored = arm(ScoreOnly(FunctionReward(ends_right)), function=is_right)
    found, law = (run_arm(jax.random.key(2), x, 2)["curves"] for x in (labelled, scored))
    np.testing.assert_array_equal(found["entropy"], law["entropy"])
    turned = arm(StepLabels(Steps(lambda rows: 1 - is_right(rows))))
    other = run_arm(jax.random.key(2), turned, 2)["curves"]["entropy"]
    assert (np.abs(other - law["entropy"])[:, 2:] > 1e-3).any()


def test_what_labels_no_steps_is_refused():
    with pytest.raises(UserError, match="StepLabels needs a steps as reward, not FunctionReward"):
        StepLabels(FunctionReward(ends_right))
    unlabelled = Arm(
        truth=TokenTable.uniform(3, 3),
        judge=ScoreOnly(FunctionReward(ends_right)),
        learner=ProcessGradient(),
        n=16,
    )
    with pytest.raises(UserError, match="a function that scores the steps of items, or a judge"):
        prepare(unlabelled)
    with pytest.raises(UserError, match="flip"):
        prepare(Arm(truth=TokenTable.uniform(3, 3), judge=StepLabels(Steps(is_right, flip=1.5))))
