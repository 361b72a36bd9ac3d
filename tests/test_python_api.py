"""The Python API, as a user who forgets things meets it: lists for arrays, and sentences."""

import jax
import numpy as np
import pytest

import collapse as c
from collapse.loop.simulate import run_arm
from collapse.runs.run import Run
from collapse.scenario.prepare import prepare_scenario, scenario_errors


def arm(**parts):
    usual = {"truth": c.Gaussian(), "model": c.Gaussian(), "judge": c.KeepAll()}
    usual |= {"regime": c.Replace(), "learner": c.MaximumLikelihood(), "sampler": c.Plain()}
    return c.Arm(**(usual | {"measures": (), "n": 20, "generations": 2} | parts))


LISTS = {
    "gaussian": lambda x: c.Gaussian(x([0.0, 0.0]), x([[1.0, 0.0], [0.0, 1.0]])),
    "mixture": lambda x: c.GaussianMixture(
        x([1.0]), x([[0.0, 1.0]]), x([[[1.0, 0.0], [0.0, 1.0]]])
    ),
    "regression": lambda x: c.LinearRegression(x([1.0, 2.0]), spectrum=x([1.0, 2.0])),
    "logistic": lambda x: c.LogisticRegression(x([1.0, 2.0]), separation=x([1.0, 0.0])),
    "student": lambda x: c.StudentT(location=x([0.0, 1.0])),
    "flow": lambda x: c.CouplingFlow(2, centre=x([0.0, 1.0]), scale=x([1.0, 2.0])),
    "ddpm": lambda x: c.DDPM(2, centre=x([0.0, 1.0]), scale=x([1.0, 2.0])),
    "ngram": lambda x: c.NGram(3, rows=x([[1, 2], [2, 0]]), weight=x([1.0, 2.0])),
    "kde": lambda x: c.KDE.of(x([[0.0, 1.0], [2.0, 3.0]])),
    "empirical": lambda x: c.Empirical.of(x([[1, 2], [2, 0]]), 3),
    "precision": lambda x: c.PrecisionRecall(rows=x([[0.0], [1.0]])),
    "perplexity": lambda x: c.Perplexity(x([[1, 2], [2, 0]])),
    "pluralist": lambda x: c.Pluralist((c.KeepAll(), c.KeepAll()), chances=x([0.25, 0.75])),
    "training": lambda x: c.Training(held_out=x([[0.0, 1.0]])),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_taken_where_arrays_are(name):
    """And mean the same."""
    listed, arrays = (LISTS[name](kind) for kind in (lambda x: x, np.array))
    assert jax.tree.structure(listed) == jax.tree.structure(arrays)
    for one, other in zip(jax.tree.leaves(listed), jax.tree.leaves(arrays), strict=True):
        np.testing.assert_array_equal(one, other)


def test_lists_are_taken_where_tuples_of_parts_are():
    two = [c.Gaussian(), c.Gaussian()]
    ready = c.prepare(arm(model=c.Population(two), measures=[c.MemberSpread()]), checked=False)
    assert isinstance(ready.model.members, tuple)
    assert isinstance(ready.measures, tuple)
    ready = c.prepare(arm(truth=c.Sources(None, two), model=c.Population(two)), checked=False)
    assert len(ready.truth.privates) == 2
    judge = c.Switch([c.KeepAll(), c.TopFraction(c.Panel([c.Likelihood()]))], starts=[0, 2])
    assert isinstance(
        c.prepare(arm(judge=judge), checked=False).judge.judges[1].reward.rewards, tuple
    )


SENTENCES = {
    "judge must be a Judge, not the class KeepAll: write KeepAll": {"judge": c.KeepAll},
    "judge must be a Judge, not str": {"judge": "keep-all"},
    "Arm needs a model as truth, not KeepAll": {"truth": c.KeepAll()},
    "n must be a whole number, not 10.5": {"n": 10.5},
    "generations must be a whole number, not '3'": {"generations": "3"},
    "measures must be a tuple of measures, not Moments": {"measures": c.Moments()},
    "measures.0 must be a Measure": {"measures": (c.Moments,)},
    "statistics must be True or False": {"statistics": "no"},
    "sampler: temperature of Tempered cannot be a list": {"sampler": c.Tempered([0.5, 1.0])},
    "sampler: CovarianceScale holds a value that is not a number": {
        "sampler": c.CovarianceScale("x")
    },
    "judge: TopFraction fraction must be one number, not 2": {
        "judge": c.TopFraction(fraction=np.array([0.1, 0.2]))
    },
    "training of CouplingFlow must be a Training": {"model": c.CouplingFlow(2, training=3)},
    "size of NGram must be a whole number": {"model": c.NGram("3")},
    "known_mean of Gaussian must be True or False": {"model": c.Gaussian(known_mean=3)},
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_stands_in_the_wrong_place_is_told(sentence):
    with pytest.raises(c.UserError, match=sentence):
        run_arm(0, arm(**SENTENCES[sentence]))


CALLS = {
    "TopFraction needs a reward as reward, not str": lambda: c.TopFraction("likelihood"),
    "not the class Likelihood: write Likelihood": lambda: c.TopFraction(c.Likelihood),
    "Pluralist needs a judge as judges, not 3": lambda: c.Pluralist((c.KeepAll(), 3)),
    "Population needs a model as members, not 3": lambda: c.Population((3,)),
    "is no array: give numbers, or lists of numbers": lambda: c.Gaussian([0, 0], [[1, 0], [1]]),
    "'a' is no array": lambda: c.Poisson("a"),
    "size must be a whole number of at least 2, not 0": lambda: c.uniform(0),
    "size must be a whole number of at least 2, not 2.5": lambda: c.zipf(2.5),
    "of at least 2, not -1": lambda: c.geometric(-1, 0.5),
    "of at least 2, not 'x'": lambda: c.zipf_mandelbrot("x"),
    "of at least 2, not 1": lambda: c.hutter_bigram(1, 1.0),
    "side must be a whole number": lambda: c.grid_of_gaussians(0),
    "key must be one key": lambda: c.hutter_bigram(4, 1.0, key="x"),
    "KDE.of needs rows": lambda: c.KDE.of([]),
    "Empirical.of needs rows .* of whole numbers": lambda: c.Empirical.of([[1.5, 2.0]], 3),
    "at least one template": lambda: c.Grammar.of([], 3),
    "An Arm is needed, not str": lambda: run_arm(0, "jokes"),
    "collapse.prepare first": lambda: c.begin(arm(), jax.random.key(0)),
    "keys must be": lambda: c.begin(c.prepare(arm(), checked=False), jax.random.key(0)),
    "through collapse.prepare first": lambda: c.advance(arm(), None, jax.random.key(0), 1, 1),
}


@pytest.mark.parametrize("sentence", CALLS)
def test_odd_arguments_are_sentences(sentence):
    with pytest.raises(c.UserError, match=sentence):
        CALLS[sentence]()


def test_a_whole_number_is_a_key_for_tables_too():
    one, other = (c.hutter_bigram(4, 1.0, key=key) for key in (3, jax.random.key(3)))
    np.testing.assert_array_equal(one.p, other.p)


def test_unknown_arms_and_curves_are_told_with_what_there_is(tmp_path):
    curves = {"entropy": np.zeros((2, 1, 3))}
    run = Run(tmp_path, {"arms": {"replace": {}, "mix": {}}, "generations": 2}, curves)
    assert run.curve("mix", "entropy").shape == (1, 3)
    with pytest.raises(c.UserError) as caught:
        run.curve("mixx", "entropie")
    assert len(caught.value.sentences) == 2
    assert "did you mean mix?" in str(caught.value)
    assert "did you mean entropy?" in str(caught.value)
    with pytest.raises(c.UserError, match="no arm in .* 'other'.*; choose from: replace, mix"):
        run.samples("other")


def test_a_scenario_without_arms_is_told():
    nothing = c.Scenario("empty", "Empty", {}, "none", ())
    assert "has no arms" in scenario_errors(nothing)[0]
    with pytest.raises(c.UserError, match="empty has no arms"):
        prepare_scenario(nothing)
