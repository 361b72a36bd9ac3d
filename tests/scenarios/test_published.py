"""The shipped papers: their files say which paper they are of, build at every size, and their
claims pass on their own arms and fail on others."""

import functools

import jax
import numpy as np
import pytest

from collapse.commands.reproduce.papers import papers
from collapse.commands.reproduce.rows import built
from collapse.numerics.pytree import replace
from collapse.scenario.claims import check
from collapse.scenario.published import TOGETHER, decidable, paper_of, together
from collapse.scenario.scenario import SIZES, scenario_files

NAMES = sorted({name for names in papers().values() for name in names})


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_file_names_the_papers_of_its_claims(name):
    scenario = built(name, "quick")
    said = {paper_of(c, scenario) for c in scenario.claims if c.kind == "published"}
    assert said == {key for key, names in papers().items() if name in names}
    assert all(said)
    assert set(scenario.minutes) <= set(SIZES)
    for claim in scenario.claims:
        if claim.kind == "published":
            assert claim.source
            assert claim.evidence in {*scenario.arms, *scenario.evidence}


def test_published_files_make_published_claims():
    for name, file in scenario_files().items():
        if file.parent.name == "published":
            scenario = built(name, "quick")
            law_only = name in ("gaussian-replace", "zipf-drift")
            assert law_only or any(c.kind == "published" for c in scenario.claims), name


# Each closed-form paper: (name, generations, sabotage of an arm, claims that must notice)


@functools.cache
def record_of(name: str, seeds: int, *arms: str, **_):
    from collapse.loop.simulate import run_arm

    scenario = built(name, "quick")
    names = arms or tuple(scenario.arms)
    return {k: run_arm(jax.random.key(0), scenario.arms[k], seeds)["curves"] for k in names}


def verdicts(name: str, curves: dict) -> dict[str, str]:
    scenario = built(name, "quick")
    claims = [c for c in scenario.claims if c.evidence == TOGETHER and decidable(c, "quick")]
    return {c.name: check(c, together(curves)).verdict for c in claims}


def with_arm(name: str, seeds: int, arm: str, **fields) -> dict:
    """The curves of a scenario, one of its arms changed."""
    from collapse.loop.simulate import run_arm

    changed = replace(built(name, "quick").arms[arm], **fields)
    made = run_arm(jax.random.key(0), changed, seeds)["curves"]
    return record_of(name, seeds) | {arm: made}


@pytest.mark.slow
def test_suresh_holds_and_a_wrong_size_is_noticed():
    name, seeds = "suresh-survival", 2000
    good = verdicts(name, record_of(name, seeds))
    assert set(good.values()) <= {"holds", "holds in shape"}
    bad = verdicts(name, with_arm(name, seeds, "poisson-1", n=12))
    assert bad["Poisson rate 1, n = 10: chance that it is not 0"] == "does not hold"
    bad = verdicts(name, with_arm(name, seeds, "coin-0.01", n=200))
    assert sum(verdict == "does not hold" for verdict in bad.values()) == 1


@pytest.mark.slow
def test_gerstgrasser_holds_and_new_inputs_are_noticed():
    from collapse import LinearRegression

    name, seeds = "gerstgrasser-regression", 2000
    good = verdicts(name, record_of(name, seeds))
    assert set(good.values()) <= {"holds", "holds in shape"}
    fresh = LinearRegression(np.ones(8) / np.sqrt(8))
    bad = verdicts(name, with_arm(name, seeds, "accumulate", model=fresh))
    assert bad["accumulate: test error in units of the first"] == "does not hold"


@pytest.mark.slow
def test_shumailov_holds_but_for_equation_5():
    name, seeds = "shumailov-gaussian", 400
    good = verdicts(name, record_of(name, seeds))
    assert set(good.values()) <= {"holds", "holds in shape"}
    scenario = built(name, "quick")
    (wrong,) = (claim for claim in scenario.claims if claim.evidence == "one fit")
    found = check(wrong, scenario.evidence["one fit"](jax.random.key(0), seeds))
    assert found.verdict == "does not hold"
    assert found.estimate.value == pytest.approx(2.5 / 50**2, rel=0.1)  # as the note says
    bad = verdicts(name, with_arm(name, seeds, "replace-50", n=30))
    assert bad["E[W2^2] to the truth, M = 50"] == "does not hold"


@pytest.mark.slow
def test_the_discrete_chain_holds_and_another_truth_is_noticed():
    from collapse import Categorical

    name, seeds = "shumailov-discrete", 4000
    assert set(verdicts(name, record_of(name, seeds)).values()) <= {"holds", "holds in shape"}
    other = Categorical(np.array([0.45, 0.35, 0.15, 0.05]))
    bad = verdicts(name, with_arm(name, seeds, "four-states", truth=other, model=other))
    assert bad["Chance to end in state i: its first probability"] == "does not hold"


@pytest.mark.slow
def test_kazdan_holds_and_the_other_estimator_is_noticed():
    from collapse import Gaussian

    name, seeds = "kazdan-gaussian", 400
    good = verdicts(name, record_of(name, seeds))
    assert "does not hold" not in good.values()
    unbiased = Gaussian(0.0, 1.0, ddof=1)
    bad = verdicts(name, with_arm(name, seeds, "replace-10", model=unbiased))
    shrinks = "Replace, d = 1, n = 10: the variance shrinks"
    assert good[shrinks] == "holds"
    assert bad[shrinks] == "does not hold"


def test_own_mistakes_of_kim_agree_with_each_other_and_with_the_common_one_by_chance():
    from collapse.scenario.load import find, load_file

    module = load_file(find("kim-agreement"), "scenario")
    first, second, common = (
        np.asarray(table.p)[:, 1:] / module.WRONG.sum()
        for table in (module.independent(0), module.independent(1), module.common())
    )
    for one, other in ((first, second), (first, common), (second, common)):
        assert (one * other).sum(1).mean() == pytest.approx(1 / 3, abs=1e-6)
    assert (common * common).sum(1).mean() > 0.5
