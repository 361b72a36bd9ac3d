"""One argument without a name, the one the class is named after; everything else by name."""

import dataclasses
import inspect

import numpy as np
import pytest

import collapse as c
from collapse.judges.policies import _Scored
from collapse.part import unnamed
from collapse.scenario.registry import load, part_named, parts

# What each listed part takes without a name; a part that is not here takes nothing so. A model
# takes the parameters of its law.
UNNAMED = {
    "Bernoulli": "p",
    "Extrapolated": "weight",
    "Truncated": "threshold",
    "AgreementWhenWrong": "right",
    "Poisson": "rate",
    "Gaussian": "mean cov",
    "GaussianMixture": "weights means covs",
    "KDE": "bandwidth",
    "LinearRegression": "w",
    "LogisticRegression": "w",
    "Categorical": "p",
    "Conditional": "p prompt",
    "Answers": "p prompt slips slip spelling",
    "Bigram": "p prompt",
    "NGram": "vocab_size",
    "TokenTable": "p length",
    "BytePairs": "vocab_size length",
    "HashedNGram": "vocab_size length",
    "Web": "share",
    "Completions": "share",
    "TokenEditing": "threshold",
    "MarginalMoments": "dimensions",
    "GivenRows": "rows",
    "PromptedTable": "table",
    "Empirical": "rows ends vocab_size",
    "Grammar": "template slot",
    "Population": "members",
    "Sources": "public privates",
    "TwoMoons": "sd",
    "Circles": "sd",
    "SwissRoll": "sd",
    "Perceptron": "inputs",
    "GRU": "vocab_size length",
    "Transformer": "vocab_size length",
    "CouplingFlow": "d",
    "VAE": "d",
    "FlowMatching": "d",
    "DDPM": "d",
    "StudentT": "df",
    "CovarianceScale": "factor",
    "Guidance": "weight",
    "Corrupted": "strength",
    "Statistic": "of",
    "KeptStatistic": "of",
    "Support": "of",
    "Tempered": "temperature",
    "TopK": "k",
    "TopP": "p",
    "Power": "alpha",
    "Beam": "width",
    "Likeliest": "k",
    "Penalised": "theta",
    "Likelihood": "per",
    "TableReward": "values",
    "Distance": "target",
    "Scaled": "reward",
    "Confidence": "centres",
    "Steps": "function",
    "Noise": "reward",
    "Typicality": "reward",
    "Verbosity": "reward",
    "Position": "reward",
    "SelfPreference": "reward",
    "Format": "reward",
    "Exploit": "reward",
    "Flipped": "reward",
    "Drift": "reward",
    "SwapAveraged": "reward",
    "ExternalReward": "ask",
    "Panel": "rewards",
    "RandomFraction": "fraction",
    "Threshold": "at",
    "TopFraction": "fraction",
    "BestOf": "k",
    "Choice": "k",
    "BernoulliKeep": "chance",
    "Tilt": "strength",
    "Pluralist": "judges",
    "importance": "strength",
    "Learned": "teacher",
    "Switch": "judges",
    "PriorWeighted": "prior",
    "BehindDetector": "learner",
    "DetectorResampled": "learner",
    "Preference": "beta",
    "Incremental": "share",
    "Expanding": "share",
    "FixedRealMix": "share",
    "FreshMix": "share",
    "WeightedFreshMix": "share",
    "FreshMixPopulation": "share",
    "FillHardest": "below",
    "RealKeep": "share",
    "Dreams": "share",
    "Islands": "rate",
    "PopulationSelection": "share",
    "Wording": "vocab_size",
    "TailMass": "share",
    "Perplexity": "held_out",
    "HeldOutLogDensity": "held_out",
    "ModeCoverage": "share",
    "PrecisionRecall": "k",
    "MemberMeans": "axis",
    "MemberCollision": "pairs",
    "OutcomeShares": "count",
    "PassAt": "reward",
    "Rarefaction": "ks",
    "HeldOutPrompts": "reward",
    "StepErrors": "function",
    "RightAnswers": "reward",
    "DiversityLoss": "reward",
    "Unlikeliness": "reward",
    "GoldReward": "reward",
    "Acceptance": "sampler",
}
LISTED = {part.where: load(part.where) for part in parts()}
CLASSES = [found for found in LISTED.values() if inspect.isclass(found)]


def told(part) -> dict:
    return {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}


def default(kind: type, name: str):
    return inspect.signature(kind).parameters[name].default


@pytest.mark.parametrize("part", LISTED.values(), ids=LISTED)
def test_what_each_listed_part_takes_without_a_name(part):
    assert " ".join(unnamed(part)) == UNNAMED.get(part.__name__, "")


NUMBERED = [
    kind
    for kind in CLASSES
    if (first := unnamed(kind)) and isinstance(default(kind, first[0]), (int, float))
]


@pytest.mark.parametrize("kind", NUMBERED, ids=lambda kind: kind.__name__)
def test_a_number_sets_what_the_name_says_and_nothing_else(kind):
    first = unnamed(kind)[0]
    number = type(default(kind, first))(7)
    plain, found = told(kind()), told(kind(number))
    numbers = {name for name, value in plain.items() if isinstance(value, (int, float))}
    assert {name for name in numbers if found[name] != plain[name]} == {first}
    assert found[first] == number


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_one_more_without_a_name_is_refused_in_a_sentence(kind):
    count = len(unnamed(kind)) + 1
    with pytest.raises(c.UserError, match=f"{kind.__name__} takes .* and was given {count} arg"):
        kind(*[1.0] * count)


ON_REWARDS = [kind for kind in CLASSES if issubclass(kind, _Scored)]


@pytest.mark.parametrize("kind", ON_REWARDS, ids=lambda kind: kind.__name__)
def test_a_reward_given_to_a_judge_is_its_reward(kind):
    more = {"cell": len, "cells": 2} if kind is c.MapElites else {}
    reward = c.Steps(len) if kind is c.StepLabels else c.Length()
    found, named = told(kind(reward, **more)), told(kind(reward=reward, **more))
    assert found == named
    assert found["reward"] is reward
    for wrong in ((reward, 0.5), (reward, reward)):
        with pytest.raises(c.UserError, match="a reward without a name, and was given 2"):
            kind(*wrong, **more)
    with pytest.raises(c.UserError, match="a reward without a name"):
        kind(reward, reward=reward, **more)
    with pytest.raises(
        c.UserError, match=f"{kind.__name__} needs a (reward|steps) as reward, not 0.5"
    ):
        kind(reward=0.5, **more)


def test_what_was_wrong_without_a_word():
    assert (c.TopP(0.8).p, c.TopP(0.8).temperature) == (0.8, 1.0)
    assert (c.TopK(5).k, c.TopK(5).temperature) == (5, 1.0)
    assert (c.TopFraction(0.2).fraction, c.BestOf(4).k, c.Choice(3).k) == (0.2, 4, 3)
    assert (c.Threshold(0.5).at, c.Tilt(2.0).strength) == (0.5, 2.0)


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: c.Noise(0.5), "Noise needs a reward as reward, not 0.5: write numbers by name"),
        (lambda: c.Tilt(reward=c.Length), r"not the class Length: write Length\(\)"),
        (lambda: c.Scaled(np.sum), "not a function: wrap it in FunctionReward"),
        (lambda: c.BehindDetector(0.9), "BehindDetector needs a learner as learner, not 0.9"),
        (lambda: c.Support(3), "Support needs a sampler as of, not 3"),
        (lambda: c.Panel(c.Length()), "Panel needs a tuple of rewards as rewards, not Length"),
        (lambda: c.Pluralist((c.BestOf(), 2)), "Pluralist needs a judge as judges, not 2"),
        (lambda: c.TopFraction(share=0.2), "no setting named share: it has fraction, reward"),
        (lambda: c.Plain(temperature=2.0), "Plain has no setting named temperature: it has none"),
        (lambda: c.TopP(0.8, p=0.9), "TopP was given p twice"),
        (lambda: c.Switch((c.KeepAll(),)), "Switch needs a value for starts"),
    ],
)
def test_sentences_about_arguments(build, said):
    with pytest.raises(c.UserError, match=said):
        build()


def test_a_part_that_is_named_alone_says_what_keeps_it_from_being_built(monkeypatch):
    monkeypatch.setenv("COLLAPSE_LLM_URL", "not an address")
    with pytest.raises(c.UserError, match="Endpoint url must be"):
        part_named("judge", "llm")
    with pytest.raises(c.UserError, match="The judge switch cannot be used by name alone"):
        part_named("judge", "switch")
    assert part_named("sampler", "top_p").p == 0.9


def test_an_error_inside_a_part_stays_what_it_is():
    class Broken(c.Judge):
        def __init__(self, *given):
            raise TypeError("from inside")

    with pytest.raises(TypeError, match="from inside"):
        Broken(1, 2)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (c.TopP(p=0.0), ["TopP p must lie in (0, 1], not 0."]),
        (c.TopP(p=1.0), []),
        (c.MMR(trade=0.0), []),
        (c.MMR(trade=float("nan")), ["MMR trade must lie in [0, 1], not nan."]),
        (c.MMR(trade=np.ones(2)), ["MMR trade must be one number, not 2."]),
        (c.Tempered(0.0), ["Tempered temperature must be above 0, not 0."]),
        (c.Panel((c.Length(),), sd=None), []),  # None is its default
        (c.KDE(kernel="box"), ["KDE kernel must be gaussian or tophat, not 'box'."]),
        (c.NGram(9, order=5), ["NGram order must be 1, 2, 3 or 4, not 5."]),
        (
            c.FreshMix(c.Schedule([0.5, 1.5], [1, 2])),
            ["FreshMix share must lie in [0, 1], not 1.5."],
        ),
    ],
)
def test_a_field_declares_its_range(part, said):
    """The ends of an interval, arrays, what is no number, options, and numbers that change."""
    assert part.validate() == said
