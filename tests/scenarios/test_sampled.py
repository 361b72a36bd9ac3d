"""Claims that list all samples: each passes on its own arm and fails on one slightly wrong.

What is wrong is a number, so that both run by the same compiled program.
"""

import numpy as np
import pytest

from collapse import TableReward
from collapse.numerics.pytree import replace
from tests.scenarios.held import all_fail, all_pass, failing, late, record_of, scenario_of

JUDGES, SAMPLERS, CHANGES = "sampled-judge-laws", "sampler-laws", "schedule-laws"
SPACE = "gaussian-laws"


def judge_of(arm):
    return scenario_of(JUDGES).arms[arm].judge


def with_strength(reward_or_judge, by):
    return replace(reward_or_judge, strength=by * reward_or_judge.strength)


def other_judge(arm):
    """The judge of the arm, a little wrong."""
    judge = judge_of(arm)
    return {
        "best-of": lambda: replace(judge, reward=TableReward([0.0, 1.0, 0.9])),
        "choice": lambda: with_strength(judge, 1.1),
        "pluralist": lambda: replace(judge, chances=(0.72, 0.28)),
        "mmr": lambda: replace(judge, trade=0.5),
        "dpp": lambda: with_strength(judge, 1.3),
        "tilt": lambda: with_strength(judge, 1.1),
        "threshold": lambda: replace(judge, at=0.51),
        "noisy": lambda: replace(judge, keep_wrong=0.33),
        "crowded": lambda: replace(judge, reward=TableReward([1.0, 3.0, 2.2])),
        "bernoulli": lambda: replace(judge, chance=np.array([0.43, 1.0, 0.7])),
        "weights": lambda: replace(judge, chance=np.array([0.43, 1.0, 0.7])),
        "top": lambda: replace(judge, reward=TableReward([0.0, 1.0, 0.9])),
        "elites": lambda: replace(judge, reward=TableReward([1.0, 0.0, 0.5])),
        "fair": lambda: replace(judge, chances=(0.65, 0.35)),
    }[arm]()


ARMS = ("best-of", "choice", "pluralist", "mmr", "dpp", "tilt", "threshold", "noisy", "crowded")


@pytest.mark.slow
@pytest.mark.parametrize("arm", [*ARMS, "bernoulli", "weights", "top", "elites", "fair"])
def test_judges_of_samples_are_told(arm):
    own, about = record_of(JUDGES, arm), "share"
    assert all_pass(JUDGES, arm, own)
    assert all_fail(JUDGES, arm, late(own), about)
    assert all_fail(JUDGES, arm, record_of(JUDGES, arm, judge=other_judge(arm)), about)
    told = {
        "weights": ("effective_sample_size", 1.02),
        "top": ("share_kept", 1.001),
        "choice": ("pass_at_2", 1.02),
    }
    if arm in told:
        curve, factor = told[arm]
        wrong = {"curves": {**own["curves"], curve: factor * own["curves"][curve]}}
        assert len(failing(JUDGES, arm, wrong)) == 1


@pytest.mark.slow
def test_the_upper_half_of_normals_is_told():
    own = record_of(JUDGES, "top-normals")
    assert all_pass(JUDGES, "top-normals", own)
    assert all_fail(JUDGES, "top-normals", late(own))
    biased = {
        name: 0.8 * curve if name == "variance" else curve for name, curve in own["curves"].items()
    }
    assert all_fail(JUDGES, "top-normals", {"curves": biased}, "variance")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arm", "fields"),
    [("tempered", {"temperature": 0.85}), ("top-k", {"k": 3}), ("top-p", {"p": 0.7})],
)
def test_samplers_of_outcomes_are_told(arm, fields):
    own = record_of(SAMPLERS, arm)
    assert all_pass(SAMPLERS, arm, own)
    assert all_fail(SAMPLERS, arm, late(own))
    sampler = replace(scenario_of(SAMPLERS).arms[arm].sampler, **fields)
    assert all_fail(SAMPLERS, arm, record_of(SAMPLERS, arm, sampler=sampler))


@pytest.mark.slow
def test_n_grams_are_told():
    """Warmer; longer rows liked half as much again."""
    trigram, weighted = (scenario_of(SAMPLERS).arms[arm] for arm in ("trigram", "weighted"))
    for arm, wrong in (
        ("trigram", {"sampler": replace(trigram.sampler, temperature=0.8)}),
        ("weighted", {"judge": with_strength(weighted.judge, 1.5)}),
    ):
        own = record_of(SAMPLERS, arm)
        assert all_pass(SAMPLERS, arm, own)
        assert all_fail(SAMPLERS, arm, late(own))
        assert all_fail(SAMPLERS, arm, record_of(SAMPLERS, arm, **wrong))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arm", "fields"), [("penalised", {"theta": 2.0}), ("table", {"k": 3}), ("endless", {})]
)
def test_tables_and_endless_items_are_told(arm, fields):
    """Another penalty, nothing cut, and more of the real items."""
    assert all_pass(SAMPLERS, arm, record_of(SAMPLERS, arm))
    own = scenario_of(SAMPLERS).arms[arm]
    wrong = {"sampler": replace(own.sampler, **fields)}
    if arm == "endless":
        wrong = {"regime": replace(own.regime, share=0.4)}
    assert all_fail(SAMPLERS, arm, record_of(SAMPLERS, arm, **wrong))


@pytest.mark.parametrize(("n", "passes"), [(300, True), (270, False)])
def test_counts_are_those_of_plain_numpy(n, passes):
    rng, p = np.random.default_rng(1), np.array([0.4, 0.3, 0.2, 0.1])
    chain = [np.tile(p, (10_000, 1))]
    for _ in range(3):
        chain.append(np.array([rng.multinomial(n, row) for row in chain[-1]]) / n)
    curves = {f"share_{i}": np.stack([p[:, i] for p in chain], 1) for i in range(4)}
    assert all_pass(SAMPLERS, "counts", {"curves": curves}) is passes


def starts(part, at):
    return replace(part, share=replace(part.share, starts=np.array([0, at])))


@pytest.mark.slow
def test_a_change_one_generation_off_is_told():
    """Of real rows, and of what the reward is multiplied by; of the judge by a late record."""
    arms = scenario_of(CHANGES).arms
    judge = arms["endless"].judge
    scaled = replace(judge.reward, by=replace(judge.reward.by, starts=np.array([0, 4])))
    for arm, wrong in (
        ("real-rows", {"regime": starts(arms["real-rows"].regime, 4)}),
        ("endless", {"regime": starts(arms["endless"].regime, 2)}),
        ("endless", {"judge": replace(judge, reward=scaled)}),
    ):
        assert all_pass(CHANGES, arm, record_of(CHANGES, arm))
        assert all_fail(CHANGES, arm, record_of(CHANGES, arm, **wrong))
    own = record_of(CHANGES, "switched")
    assert all_pass(CHANGES, "switched", own)
    assert all_fail(CHANGES, "switched", late(own))


@pytest.mark.slow
def test_rows_that_are_kept_are_told():
    own = record_of(CHANGES, "accumulated")
    assert all_pass(CHANGES, "accumulated", own)
    assert all_fail(CHANGES, "accumulated", late(own))
    assert all_fail(CHANGES, "accumulated", record_of(CHANGES, "real-rows"))


@pytest.mark.slow
@pytest.mark.parametrize("arm", ["previous", "base"])
def test_the_weight_of_a_prior_is_told(arm):
    own = record_of(CHANGES, arm)
    assert all_pass(CHANGES, arm, own)
    assert all_fail(CHANGES, arm, late(own))
    learner = replace(scenario_of(CHANGES).arms[arm].learner, prior=5.0)
    assert all_fail(CHANGES, arm, record_of(CHANGES, arm, learner=learner))


@pytest.mark.slow
def test_a_gaussian_in_space_is_told():
    """Variances an eighth larger or smaller, and one generation off where that shows."""
    own = record_of(SPACE, "space")
    assert all_pass(SPACE, "space", own)
    assert all_fail(SPACE, "space", late(own), "mean squared error of the mean")
    assert all_fail(SPACE, "space", late(own), "log-determinant")
    truth = scenario_of(SPACE).arms["space"].truth
    turned = replace(truth, cov=truth.cov.at[0, 1].set(0.5).at[1, 0].set(0.5))
    assert all_fail(SPACE, "space", record_of(SPACE, "space", truth=turned), "each pair of axes")
    wider = replace(truth, cov=1.125 * truth.cov)
    assert all_fail(SPACE, "space", record_of(SPACE, "space", truth=wider))
