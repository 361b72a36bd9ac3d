"""Every listed truth with every listed model: refused by both names, or its run works."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.items import check_compatible
from collapse.loop.prepare import as_arrays, fit_errors
from collapse.loop.simulate import run_arm
from collapse.loop.trial import check_fit
from collapse.models.base import Model
from collapse.models.text.answers import spelt
from collapse.numerics.pytree import replace
from collapse.scenario.registry import parts
from tests.models.text.test_token_table import pool_of
from tests.shared import slots

K, D = 4, 2  # outcomes or tokens; dimensions
ROWS = np.array([[1, 2, 0], [2, 1, 0], [1, 1, 2], [2, 3, 0]], np.int32)
TABLE = np.full((2, K), 1 / K)


def with_net(model):
    """As a truth: with the parameters that it would have before its first fit."""
    return replace(model, net=model.initial(jax.random.key(0)))


def listed() -> dict:
    """name: (as a truth, as a model), each of the sizes that fit most others."""
    normal = c.Gaussian(np.zeros(D), np.eye(D))
    mixture = c.eight_gaussians()
    points, wide = jnp.zeros((5, D)), {"d": D, "hidden": 4}
    grammar = c.Grammar.of([(1.0, [{1: 0.5, 2: 0.5}, {1: 1.0}])], K)
    spelling = spelt(2, K, 6, (3, 4), 0)
    fitted = c.NGram(K, rows=jnp.asarray(ROWS), weight=jnp.ones(len(ROWS)))
    pieces = c.BytePairs(K, 3, merges=1).fit(jax.random.key(0), pool_of(ROWS))
    made = {
        "bernoulli": c.Bernoulli(0.4),
        "poisson": c.Poisson(2.0),
        "gaussian": normal,
        "gaussian-mixture": mixture,
        "kde": (c.KDE.of(points), c.KDE()),
        "linear-regression": c.LinearRegression(np.zeros(D - 1)),
        "logistic-regression": c.LogisticRegression(np.zeros(D - 1)),
        "categorical": c.uniform(2),
        "conditional": c.Conditional(np.full((K, K), 1 / K), np.full(K, 1 / K)),
        "answers": c.Answers(TABLE, [0.5, 0.5], TABLE, 0.02, spelling),
        "bigram": c.hutter_bigram(K, 1.0),
        "ngram": (fitted, c.NGram(K)),
        "token-table": c.TokenTable.uniform(K, 3),
        "byte-pairs": (pieces, c.BytePairs(K, 3, merges=1)),
        "hashed-ngram": c.HashedNGram(K, 3),
        "prompted-table": c.PromptedTable(
            c.TokenTable.uniform(K, 2), given=np.zeros((K - 1, 2), int)
        ),
        "empirical": c.Empirical.of(ROWS, K),
        "grammar": grammar,
        "population": c.Population.of([normal, normal]),
        "sources": c.Sources(normal, (normal, normal)),
        "two-moons": c.TwoMoons(),
        "circles": c.Circles(),
        "rosenbrock": c.Rosenbrock(),
        "swiss-roll": c.SwissRoll(flat=True),
        "perceptron": c.Perceptron(D - 1, hidden=4),
        "gru": c.GRU(K, 3, width=4),
        "transformer": c.Transformer(K, 3, layers=1, width=4, heads=1),
        "coupling-flow": c.CouplingFlow(D, layers=2, hidden=4, depth=1),
        "vae": c.VAE(D, latent=1, hidden=4, decoder="gaussian"),
        "flow-matching": c.FlowMatching(**wide),
        "ddpm": c.DDPM(**wide),
        "student-t": c.StudentT(location=np.zeros(D)),
        "glyphs": c.Glyphs(),
        "expressions": c.Expressions(depth=0),
    }
    both = {k: x if isinstance(x, tuple) else (x, x) for k, x in made.items()}
    network = lambda pair: (with_net(pair[0]), pair[1]) if isinstance(pair[1], c.Network) else pair  # noqa: E731
    return {name: network(pair) for name, pair in both.items()}


LISTED = listed()
DENSITIES = ("gaussian", "gaussian-mixture", "kde", "population", "coupling-flow", "vae")
DENSITIES += ("flow-matching", "ddpm")
CLASSIFIERS = ("logistic-regression", "perceptron")
WRITERS = ("ngram", "token-table", "empirical", "grammar", "gru", "transformer")
WRITERS += ("byte-pairs", "hashed-ngram", "prompted-table")
SHAPES = ("two-moons", "circles", "rosenbrock", "swiss-roll", "student-t", "sources")
FITS = {  # what has a meaning together, written down apart from what the parts declare
    **dict.fromkeys((*DENSITIES, *SHAPES), DENSITIES),
    **dict.fromkeys(CLASSIFIERS, CLASSIFIERS),
    **dict.fromkeys(WRITERS, WRITERS),
    **dict.fromkeys(("bernoulli", "categorical"), ("bernoulli", "categorical")),
    **dict.fromkeys(("conditional", "bigram"), ("conditional", "bigram")),
    "linear-regression": (*DENSITIES, "linear-regression"),  # a density of inputs and label
    "kde": (*DENSITIES, "linear-regression", *CLASSIFIERS),  # the user's rows, whatever they are
    "poisson": ("poisson",),
    "answers": ("answers",),
    "glyphs": ("kde",),  # of 64 pixels, where the others have 2 numbers
    "expressions": (),  # of 9 tokens, where the others have 4
}


def names_in(part) -> set:
    return {type(part).__name__, *(type(single).__name__ for single in part.singles)}


def test_every_listed_truth_fits_every_listed_model_or_is_refused_by_both_names():
    assert set(LISTED) == set(FITS) == {p.name for p in parts() if p.kind == "model"}
    for one, (truth, _) in LISTED.items():
        for other, (_, model) in LISTED.items():
            wrong = check_compatible(truth, model)
            assert (not wrong) == (other in FITS[one]), (one, other, wrong)
            for sentence in wrong:
                assert any(name in sentence for name in names_in(truth)), sentence
                assert any(name in sentence for name in names_in(model)), sentence


@pytest.mark.slow
@pytest.mark.parametrize("double", [False, True])
def test_what_fits_can_be_fitted_and_drawn_from(double):
    """In both precisions. A fit sees no more of a truth than the shape and type of its items."""
    tried = {}
    with jax.enable_x64(double):
        both = {name: as_arrays(pair) for name, pair in listed().items()}
        for one, (truth, _) in both.items():
            rows = jax.eval_shape(lambda truth=truth: truth.sample(jax.random.key(0), 4))
            for other in FITS[one]:
                spec = (other, rows.shape, rows.dtype)
                if spec not in tried:
                    tried[spec] = check_fit(truth, both[other][1])
    assert {name for name, _, _ in tried} == {k for k, (_, model) in LISTED.items() if model.learns}


OTHER_SIZES = [
    (c.Gaussian([0, 0, 0], np.eye(3)), c.Gaussian(), "give both the same sizes"),
    (c.Glyphs(), c.VAE(D), r"set model.d=64\."),
    (c.TwoMoons(), c.VAE(D), r"VAE is fitted to points of 2 numbers in \[0, 1\]"),
    (c.SwissRoll(), c.CouplingFlow(D), r"set model.d=3\."),
    (c.TokenTable.uniform(K, 5), c.GRU(K, 3, width=4), r"5 tokens out of 4: set model.length=5\."),
    (c.Empirical.of(ROWS, K), c.NGram(3), r"set model.vocab_size=4\."),
    (LISTED["answers"][0], c.NGram(5), r"set model.vocab_size=14\."),
    (c.uniform(5), c.Bernoulli(0.5), "one of 2 outcomes, .* one of 5 outcomes"),
    (c.Gaussian(), c.Population.of([c.uniform(3)] * 2), r"Categorical \(of Population\)"),
    (c.NGram(3), c.NGram(3), "has been fitted to nothing"),
    (c.Gaussian(), c.Sources(c.Gaussian()), "Sources is a truth only"),
    (c.LogisticRegression([1.0]), c.FlowMatching(1, hidden=4, classes=3), "2 classes"),
]


@pytest.mark.parametrize("case", range(len(OTHER_SIZES)))
def test_other_sizes_and_truths_that_are_not_ready_are_told(case):
    truth, model, sentence = OTHER_SIZES[case]
    with pytest.raises(c.UserError, match=sentence):
        c.prepare(arm(truth, model), checked=False)


def test_what_fits_in_another_size_is_let_through():
    assert check_compatible(LISTED["answers"][0], c.NGram(20)) == []  # words that do not occur
    assert (
        check_compatible(c.LogisticRegression([1.0]), c.FlowMatching(1, hidden=4, classes=2)) == []
    )
    assert check_compatible(c.LogisticRegression([1.0]), c.KDE(0.0)) == []  # real rows, drawn again
    assert check_compatible(c.LogisticRegression([1.0]), c.KDE(0.1)) != []  # labels that are none
    assert check_compatible(c.Glyphs(), c.VAE(64)) == []


def arm(truth, model, judge=None, measures=(), n=10**9, regime=None, sampler=None):
    parts = judge or c.KeepAll(), regime or c.Replace(), c.MaximumLikelihood()
    return c.Arm(**slots(truth, model, *parts, sampler or c.Plain(), measures), n=n, generations=2)


EXAMPLES = [
    (c.zipf(1000), c.Gaussian(0.0, 1.0)),
    (c.Gaussian(0.0, 1.0), c.zipf(1000)),
    (c.uniform(K), c.KDE()),
    (c.Sources(c.Gaussian()), c.Poisson(1.0)),
    (c.Sources(c.Gaussian()), c.Bernoulli(0.5)),
    (c.hutter_bigram(K, 1.0), c.Gaussian(np.zeros(D), np.eye(D))),
    (c.Empirical.of(ROWS, K), c.Gaussian(np.zeros(D), np.eye(D))),
    (LISTED["grammar"][0], c.LinearRegression([1.0])),
    (LISTED["grammar"][0], c.hutter_bigram(K, 1.0)),
    (c.KDE.of(np.zeros((5, D))), c.TokenTable.uniform(K, 3)),
    (c.Gaussian(np.zeros(D), np.eye(D)), c.LogisticRegression([1.0])),
    (c.uniform(K), c.Poisson(1.0)),
]


def test_what_does_not_fit_is_told_before_anything_is_traced(monkeypatch):
    """In ``simulate`` too, with the names of the parts that are to blame and of no others."""
    from collapse.loop import simulate

    monkeypatch.setattr(simulate, "_all_generations", lambda *_: pytest.fail("traced"))
    for truth, model in EXAMPLES:
        with pytest.raises(c.UserError) as caught:
            run_arm(0, arm(truth, model))
        assert len(caught.value.sentences) == 1
        assert "KeepAll" not in str(caught.value)
        for part in (truth, model):
            assert any(name in str(caught.value) for name in names_in(part))


READERS = [
    (c.TopFraction(c.Distance([0.0, 0.0])), (), "Distance reads points, and the truth Categorical"),
    (c.TopFraction(c.TableReward(np.arange(5))), (), "TableReward reads one of 5 outcomes"),
    (c.TopFraction(c.Scaled(c.Length(), by=2.0)), (), "Length reads rows of tokens"),
    (c.BernoulliKeep(np.full(3, 0.5)), (), "BernoulliKeep reads one of 3 outcomes"),
    (None, (c.PrecisionRecall(),), "PrecisionRecall reads points"),
    (None, (c.Perplexity(jnp.asarray(ROWS)),), "Perplexity reads rows of tokens"),
]


def test_judges_and_measures_that_cannot_read_the_items_are_told_all_at_once():
    for judge, measures, sentence in READERS:
        with pytest.raises(c.UserError, match=sentence):
            c.prepare(arm(c.uniform(K), c.uniform(K), judge, measures), checked=False)
    every = arm(c.uniform(K), c.Gaussian(), READERS[0][0], READERS[4][1])
    assert len(fit_errors(every)) == 3


def test_a_sampler_whose_rows_a_regime_cannot_put_together_is_told():
    """What runs all the same would have no meaning: weights by source, of rows without one."""
    for regime, sampler in (
        (c.MultiModel(), c.Support()),
        (c.PastMixture(), c.Support()),
        (c.Balanced(), c.Statistic()),
        (c.RealKeep(), c.Statistic()),
    ):
        both = f"{type(regime).__name__} accepts .* sampler {type(sampler).__name__} draws"
        with pytest.raises(c.UserError, match=both):
            c.prepare(arm(c.uniform(K), c.uniform(K), regime=regime, sampler=sampler))


def test_the_measure_that_does_not_fit_is_named():
    every = (c.ModelDiversity(), c.Wasserstein(), c.TotalVariation())
    with pytest.raises(c.UserError) as caught:
        c.prepare(arm(c.uniform(K), c.uniform(K), measures=every, n=20))
    (sentence,) = caught.value.sentences
    assert sentence.startswith(
        "The measure Wasserstein is not compatible with the model Categorical and the"
    )
    assert "Categorical has no w2_squared" in sentence
    every = (c.Moments(), c.ItemDiversity(), c.SupportCoverage())
    with pytest.raises(c.UserError) as caught:
        c.prepare(arm(c.Gaussian(), c.Gaussian(), measures=every, n=20))
    said = [f"The measure {name}: Gaussian draws" for name in ("ItemDiversity", "SupportCoverage")]
    assert [
        text[: len(one)] for text, one in zip(caught.value.sentences, said, strict=True)
    ] == said


class Own(Model):
    """A model of a user's: it declares nothing of its items, so that it is tried."""

    shape: tuple = eqx.field(static=True, default=())
    dtype: str = eqx.field(static=True, default="float32")
    broken: bool = eqx.field(static=True, default=False)

    def fit(self, key, pool):
        return self if not self.broken else self.nothing

    def sample(self, key, n):
        return jnp.zeros((n, *self.shape), self.dtype)

    def log_prob(self, rows):
        return jnp.zeros(len(rows))


def test_models_of_ones_own_are_tried_on_a_handful_of_items():
    """On shapes and types; a truth, a model, or one of several."""
    cases = [
        (c.Gaussian(), Own((1,)), None),
        (Own((3,)), Own((3,)), None),
        (c.Gaussian(), Own((2,)), r"shape \(1,\) and type float32, draws .* shape \(2,\)"),
        (c.uniform(K), Own((), "float32"), "type int32, draws items of shape .* type float32"),
        (c.Gaussian(), Own(broken=True), "Own cannot be fitted to the items of the truth Gaussian"),
        (
            Own((3,)),
            c.Poisson(1.0),
            "Poisson cannot be fitted to the items of the truth Own, items",
        ),
        (Own((3,)), c.Population.of([c.Poisson(1.0)] * 2), "Population cannot be fitted .* Own"),
    ]
    for truth, model, sentence in cases:
        if sentence is None:
            c.prepare(arm(truth, model), checked=False)
            continue
        with pytest.raises(c.UserError, match=sentence):
            c.prepare(arm(truth, model), checked=False)


def test_the_command_line_tells_it_too(run, tmp_path):
    text = """
import collapse as c

def scenario():
    arm = c.Arm(truth=c.zipf(1000), model=c.Gaussian(0.0, 1.0), measures=(c.Moments(),), n=10**9)
    return c.Scenario("odd", "Odd", {"one": arm}, "none", ("variance",))
"""
    (tmp_path / "odd.py").write_text(text)
    code, _, err = run("run", "odd.py")
    assert code == 2
    assert "Gaussian is fitted to points of 1 numbers, and the truth Categorical draws" in err
    assert "one of 1000 outcomes" in err


class Flat(Model):
    """A user's model of one number, whose rows have shape (n,) where (n, 1) is needed."""

    d: int = eqx.field(static=True, default=0)  # 0 for no axis

    def fit(self, key, pool):
        return self

    def sample(self, key, n):
        return jax.random.normal(key, (n, self.d) if self.d else (n,))

    def log_prob(self, rows):
        return -jnp.abs(rows).reshape(len(rows), -1).sum(-1)

    def gives(self):
        return c.Items("points", {"d": 1})


@pytest.mark.parametrize("d", [0, 2])
def test_points_are_rows_of_numbers(d):
    with pytest.raises(c.UserError, match=r"gives points of 1 numbers.* rows of shape \(n, d\)"):
        c.prepare(c.Arm(truth=Flat(d), n=20))
    c.prepare(c.Arm(truth=Flat(1), n=20), checked=False)


def test_a_measure_names_all_capabilities_that_are_missing():
    with pytest.raises(c.UserError) as caught:
        c.prepare(c.Arm(truth=Flat(1), measures=(c.Moments(), c.Spread()), n=20))
    moments, spread = caught.value.sentences
    assert (
        "(the model has no mean, no covariance, no log_variance; the truth has no mean)" in moments
    )
    assert "(the truth has no mean, no covariance)" in spread


def test_a_model_that_is_not_fitted_is_asked_for_nothing():
    """A kernel density without rows has a mean all the same, once it is fitted."""
    two = c.Gaussian(np.zeros(2), np.eye(2))
    arm = c.Arm(truth=two, model=c.KDE(bandwidth=0.5), n=20, generations=1)
    assert isinstance(arm.measures[0], c.Moments)
    assert arm.measures[0].check_compatible(arm) == []
