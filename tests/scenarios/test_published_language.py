"""Papers on language and on several models: claims hold on their own arms and fail on others."""

import jax
import pytest

from collapse import (
    CovarianceScale,
    Extrapolated,
    MultiModel,
    Replace,
    Truncated,
)
from collapse.commands.reproduce.rows import built
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.scenario.claims import check
from collapse.scenario.load import find, load_file
from collapse.scenario.published import together

HOLDS = ("holds", "holds in shape")
# scenario, seeds, arm, its changed constant, claim that must notice, other arms that it reads
SABOTAGE = [
    (
        "vu-population", 1000, "alpha-0.5", {"regime": MultiModel(alpha=0.7, beta=0.5)},
        "Mean of both coefficients, alpha = 0.5", ("alpha-0",),
    ),
    (
        "hodel-ecosystem", 300, "models-1", {"sampler": CovarianceScale(0.9)},
        "Variance of the pooled rows of 1 models", (),
    ),
    (
        "kim-agreement", 50, "one-another", {"regime": MultiModel(alpha=0.9, beta=1.0)},
        "One generation of learning from one another", (),
    ),
    (
        "zhu-editing", 4000, "edit-ever-less", {"regime": Replace()},
        "Editing ever fewer rows keeps it bounded", (),
    ),
    (
        "neon-extrapolation", 2, "away-0.8", {"learner": Extrapolated(0.5)},
        "A step of the size of the temperature undoes it", (),
    ),
    (
        "shabgahi-truncation", 1, "below-0.6", {"learner": Truncated(0.9, steps=400)},
        "It never gets surer than the threshold", (),
    ),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "seeds", "arm", "changed", "claim", "others"), SABOTAGE)
def test_a_changed_constant_is_noticed(name, seeds, arm, changed, claim, others):
    scenario = built(name, "quick")
    (wanted,) = (c for c in scenario.claims if c.name == claim)
    curves = {k: run_arm(jax.random.key(0), scenario.arms[k], seeds)["curves"] for k in others}
    good, bad = (
        run_arm(jax.random.key(0), one, seeds)["curves"]
        for one in (scenario.arms[arm], replace(scenario.arms[arm], **changed))
    )
    assert check(wanted, together(curves | {arm: good})).verdict in HOLDS
    assert check(wanted, together(curves | {arm: bad})).verdict == "does not hold"


CONSTANTS = [  # scenario, constant of its file, another value, evidence, claim that must notice
    (
        "zhu-editing", "THRESHOLD", 0.0, "texts",
        "Tokens of probability 0.99 and more drawn anew: the word pairs stay",
    ),
    (
        "drayson-detector", "SEPARATION", 0.0, "tables",
        "The detector prevents collapse: 97 % of the entropy are left, weights (1 - c)^10",
    ),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "constant", "value", "evidence", "claim"), CONSTANTS)
def test_a_changed_constant_of_the_file_is_noticed(
    name, constant, value, evidence, claim, monkeypatch
):
    module, verdicts = load_file(find(name), "scenario"), []
    for _ in range(2):
        scenario = module.scenario("quick")
        (wanted,) = (c for c in scenario.claims if c.name == claim)
        record = scenario.evidence[evidence](jax.random.key(0), scenario.seeds)
        verdicts.append(check(wanted, record).verdict)
        monkeypatch.setattr(module, constant, value)
    assert verdicts[0] in HOLDS
    assert verdicts[1] == "does not hold"
