"""``--set``: what is accepted takes effect, and what cannot is refused by name."""

import pytest

import collapse
from collapse.commands import listing
from collapse.commands.request import Options, scenario_of
from collapse.errors import UserError
from collapse.numerics.pytree import replace
from collapse.scenario.overrides import apply, replace_judge
from tests.cli.test_main import JUDGES, TINY, write


def scenario(**fields) -> collapse.Scenario:
    arm = collapse.Arm(
        truth=collapse.Gaussian(),
        model=collapse.Gaussian(),
        judge=fields.pop("judge", collapse.KeepAll()),
        regime=collapse.FreshMix(0.5),
        learner=collapse.MaximumLikelihood(),
        sampler=collapse.Plain(),
        measures=(collapse.Moments(),),
        **{"n": 20, "generations": 2} | fields,
    )
    return collapse.Scenario("laws", "t", {"one": arm, "half-old": arm}, "none", ("variance",))


def test_optional_settings_are_read_by_their_declared_type():
    """Not by the value they have, which says nothing where it is None."""
    arms = apply(scenario(), ["statistics=false", "half-old:candidates=40"]).arms
    assert arms["one"].statistics is False
    assert arms["half-old"].candidates == 40
    assert apply(scenario(statistics=False), ["statistics=none"]).arms["one"].statistics is None
    assert apply(scenario(candidates=40), ["candidates=none"]).arms["one"].candidates is None
    cases = {"statistics=3": "true or false", "candidates=1.5": "whole number"}
    cases |= {"model.mean=3": "a list of shape", "n=none": "must be a number"}
    for setting, sentence in cases.items():
        with pytest.raises(UserError, match=sentence):
            apply(scenario(), [setting])


def test_a_wrong_value_is_told_of_the_arms_that_have_the_field():
    """And not that a control lacks it; where none has it, the parts that lack it are named."""
    arms = scenario().arms | {"judged": scenario(judge=collapse.TopFraction(0.2)).arms["one"]}
    both = replace(scenario(), arms=arms)
    for setting, sentences in {
        "judge.fraction=abc": ["fraction must be a number, not 'abc'"],
        "judge.fractoin=0.1": ["KeepAll has no fields", "did you mean fraction"],
    }.items():
        with pytest.raises(UserError) as told:
            apply(both, [setting])
        assert len(told.value.sentences) == len(sentences)
        for sentence, said in zip(sentences, told.value.sentences, strict=True):
            assert sentence in said


@pytest.mark.slow
def test_a_setting_that_the_door_would_overwrite_is_refused(run):
    """The number of rows of a regime is that of its arm."""
    code, _, err = run("run", TINY, "--set", "judged:regime.n=100")
    assert code == 2
    assert "judged:regime.n=100: regime.n is set by the arm to 60" in err
    fine = ["n=50", "judged:judge.fraction=0.3", "judged:candidates=61"]
    assert scenario_of(Options(TINY, settings=fine)).arms["judged"].n == 50


@pytest.mark.slow
def test_the_judge_of_one_arm_is_taken_from_a_file(run, tmp_path):
    write(tmp_path / "mine.py", JUDGES)
    ready = scenario_of(Options(TINY, settings=[f"judged:judge={tmp_path}/mine.py:Short"]))
    assert type(ready.arms["judged"].judge).__name__ == "Short"
    assert ready.arms["judged"].candidates == 300
    assert type(ready.arms["no-judge"].judge) is collapse.KeepAll
    # It is tried before the run, as one given by --judge is.
    code, _, err = run("run", TINY, "--set", "judged:judge=mine.py:NotANumber")
    assert code == 2
    assert "returned NaN as the score of 300 of 300 candidates" in err
    code, _, err = run("run", TINY, "--set", "judged:judge=mine.py:Shrt")
    assert code == 2
    assert "did you mean Short?" in err


def test_a_copy_with_a_misspelt_field_is_refused():
    with pytest.raises(UserError, match=r"field of Gaussian 'maen' \(did you mean mean\?\)"):
        replace(collapse.Gaussian(), maen=1.0)


def test_every_heading_of_the_list_stands_once():
    headings = [line for line in listing.text(listing.listed()).split("\n") if line[:1].strip()]
    assert len(headings) == len(set(headings)) > 5
    kinds = [row["kind"] for row in listing.listed()]
    assert kinds == sorted(kinds, key=kinds.index)


def test_controls_are_no_judges_that_could_be_replaced():
    laws = scenario(judge=collapse.RandomFraction(0.5))
    with pytest.raises(UserError, match="has a judge, except for controls, which keep all or"):
        replace_judge(laws, collapse.TopFraction())
