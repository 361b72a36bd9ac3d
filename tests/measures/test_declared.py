"""What each curve declares of itself: its range, what it cannot see, and that it sees the rest."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.curve import BLINDNESS, Curve
from collapse.measures.fidelity import tail_bound
from collapse.measures.outcomes import OutcomeShares
from collapse.measures.population import (
    AgreementWhenWrong,
    MemberCollision,
    MemberMeans,
    MemberSpread,
)
from collapse.measures.risk import Accuracy, CrossRisk, DownstreamRidge, ExcessRisk, Labels
from collapse.measures.tails import Share, Undecided
from collapse.numerics.pytree import replace
from collapse.types import Batch, Pool, View
from tests.shared import shipped_curves

RNG = np.random.default_rng(11)
ANGLE = 0.7
TURN = np.array([[np.cos(ANGLE), -np.sin(ANGLE)], [np.sin(ANGLE), np.cos(ANGLE)]])
POINTWISE = ("scale", "shift", "rotation")


def view_of(rows, model, truth, reference=None, **fields):
    m = len(rows)
    batch = Batch(jnp.asarray(rows), jnp.ones(m), jnp.zeros(m, jnp.int32))
    return View(batch, model, reference, truth, jnp.array(1), m, **fields)


def moved(points, how):
    """Points (n, d), or means, after a change of all items alike."""
    change = {"scale": lambda x: 3 * x, "shift": lambda x: x + 2, "rotation": lambda x: x @ TURN.T}
    return change[how](points) if how in POINTWISE else points


def spread(cov, how):
    """Covariances (..., d, d) after it."""
    if how == "rotation":
        return TURN @ cov @ TURN.T
    return 9 * cov if how == "scale" else cov


def placed(rows, how, seed=0):
    """Rows in another order, or twice as many."""
    if how == "order":
        return np.random.default_rng(seed).permutation(rows)
    return np.concatenate([rows, rows]) if how == "copies" else rows


# Each gives the measures and the view after a change of the data; None where that makes no sense.


def texts(rng, count):
    rows = rng.integers(0, 6, (count, 5), dtype=np.int32)
    rows[:, 0] = np.maximum(rows[:, 0], 1)
    rows[np.cumsum(rows == 0, 1) > 0] = 0
    return rows


REAL = texts(RNG, 30)
SAID = np.concatenate([REAL[RNG.integers(0, 12, 20)], texts(RNG, 12)])


def reworded(rows, how, seed):
    if how == "words":
        return np.array([0, 3, 5, 1, 2, 4], np.int32)[rows]
    if how == "word order":
        rng = np.random.default_rng(seed)
        ends = (rows != 0).sum(1)
        return np.stack(
            [np.r_[rng.permutation(r[:e]), r[e:]] for r, e in zip(rows, ends, strict=True)]
        )
    return placed(rows, how, seed)


def of_text(how):
    if how in POINTWISE:
        return None
    real, said = reworded(REAL, how, 1), reworded(SAID, how, 2)
    truth = c.Empirical.of(real, 6)
    model = c.NGram(6, order=2, smoothing=0.1, rows=jnp.asarray(said), weight=jnp.ones(len(said)))
    tail = c.TailMass(0.3, bound=tail_bound(truth, 0.3))
    measures = (
        c.ItemDiversity(),
        c.Rarefaction((10,)),
        c.Wording(60),
        c.SupportCoverage(),
        tail,
        c.Perplexity(jnp.array(real)),
        c.ReferencePerplexity(),
    )
    reference = c.NGram(6, smoothing=0.1, rows=jnp.asarray(real), weight=jnp.ones(len(real)))
    return measures, view_of(said, model, truth, reference)


def of_points(how):
    if how in ("words", "word order"):
        return None
    rng = np.random.default_rng(3)
    rows, real = 0.7 * rng.normal(size=(40, 2)) + [3, 1], rng.normal(size=(40, 2))
    rows, real = (placed(moved(x, how), how) for x in (rows, real))
    means = moved(np.array([[0.0, 0.0], [4.0, 1.0], [0.0, 9.0]]), how)
    covs = spread(np.stack([np.diag([1.0, 0.5])] * 3), how)
    truth = c.GaussianMixture(np.full(3, 1 / 3), means, covs)
    measures = (c.Spread(), c.ModeCoverage(), c.PrecisionRecall(rows=jnp.asarray(real)))
    one = jnp.ones(len(real))
    data = Pool(jnp.asarray(real), one, one, one, one, one, {})
    return (*measures, c.NearestTraining()), view_of(rows, truth, truth, data=data)


def of_a_tail(how):
    if how in ("words", "word order"):
        return None
    rng = np.random.default_rng(5)
    truth = c.Gaussian(moved(np.zeros(2), how), spread(np.diag([2.0, 0.5]), how))
    rows = placed(moved(2.0 * rng.normal(size=(30, 2)), how), how)
    return (c.TailMass(0.1, bound=tail_bound(truth, 0.1)),), view_of(rows, truth, truth)


def of_held_out_points(how):
    if how in ("words", "word order"):
        return None
    held = placed(moved(np.random.default_rng(4).normal(size=(30, 2)), how), how)
    model = c.Gaussian(moved(np.array([0.5, 0.2]), how), spread(np.diag([2.0, 0.5]), how))
    measure = c.HeldOutLogDensity(held_out=jnp.asarray(held))
    return (measure,), view_of(np.zeros((2, 2)), model, model)


def of_gaussians(how):
    if how not in (None, *POINTWISE):
        return None
    one = c.Gaussian(moved(np.array([1.0, -0.5]), how), spread(np.diag([2.0, 0.3]), how))
    two = c.Gaussian(moved(np.zeros(2), how), spread(np.array([[1.0, 0.4], [0.4, 1.0]]), how))
    measures = (c.Divergence(), c.Wasserstein(), c.Moments(), c.MarginalMoments())
    return measures, view_of(np.zeros((2, 2)), one, two)


def of_mixtures(how):
    if how not in (None, "order", *POINTWISE):
        return None
    parts = []
    for shift in (0.0, 0.6):
        means = moved(np.array([[0.0, 0.0], [2.0, 1.0]]) + shift, how)
        covs = spread(np.stack([np.eye(2), np.diag([2.0, 0.5])]), how)
        weights = np.array([0.3, 0.7])
        turned = slice(None, None, -1 if how == "order" else 1)
        parts.append(c.GaussianMixture(weights[turned], means[turned], covs[turned]))
    return (c.MixtureDistance(),), view_of(np.zeros((2, 2)), *parts)


def of_outcomes(how):
    if how != "order":
        return None if how else _outcomes(np.arange(5))
    return _outcomes(np.array([3, 0, 4, 1, 2]))


def _outcomes(order):
    model = c.Categorical(np.array([0.5, 0.2, 0.3, 0.0, 0.0])[order])
    truth = c.Categorical(np.array([0.2, 0.3, 0.1, 0.25, 0.15])[order])
    measures = (c.Divergence(), c.TotalVariation(), c.MissingMass(), c.SquaredError())
    measures += (c.ModelDiversity(), Undecided(), Share(0), OutcomeShares(1))
    return measures, view_of(np.arange(5), model, truth)


def of_prompts(how):
    if how not in (None, "order"):
        return None
    tables = np.random.default_rng(6).dirichlet(np.ones(3), (2, 3))
    prompt, order = np.array([0.2, 0.5, 0.3]), np.array([2, 0, 1])
    if how:
        tables, prompt = tables[:, order][:, :, order], prompt[order]
    models = [c.Bigram(table, prompt) for table in tables]
    measures = (c.PromptDiversity(), c.ConditionalVariation())
    return measures, view_of(np.zeros((3, 2), int), *models)


def of_wrong_answers(how):
    if how not in (None, "order"):
        return None
    tables = np.random.default_rng(6).dirichlet(np.ones(4), (3, 2))
    members = [c.Conditional(table, np.array([0.3, 0.7])) for table in tables]
    members = c.Population.of(members[::-1] if how else members)
    return (AgreementWhenWrong([0, 2]),), view_of([], members, members)


def of_classifiers(how):
    if how not in (None, "rotation"):
        return None
    far, w = moved(np.array([[0.8, -0.4], [1.0, 0.5]]), how)
    truth = c.LogisticRegression(2 * far, separation=jnp.asarray(far))
    return (Accuracy(),), view_of([], c.LogisticRegression(w, bias=0.3), truth)


def of_labels(how):
    if how not in (None, "order", "copies", "rotation"):
        return None
    rng = np.random.default_rng(3)
    x, said = rng.normal(size=(30, 2)), rng.random((30, 1)) < 0.3
    rows = placed(np.concatenate([moved(x, how), said], 1), how)
    w = moved(np.array([[1.0, 0.5]]), how)[0]
    return (Labels(),), view_of(jnp.asarray(rows), c.LogisticRegression(w), c.LogisticRegression(w))


def of_regressions(how):
    if how not in (None, "scale"):
        return None
    size = 9.0 if how else 1.0
    one, two = (
        c.LinearRegression(
            np.array(w), noise_level=size**0.5, ridge=0.0, spectrum=size * np.array([2.0, 1.0])
        )
        for w in ([1.0, 0.2], [0.5, -0.5])
    )
    noisy = DownstreamRidge(rows=30, noise=size**0.5)
    return (ExcessRisk(), noisy), view_of([], one, two)


def of_sources(how):
    if how not in (None, "order"):
        return None
    members = [c.LinearRegression(np.array(w)) for w in ([1.0, 2.0], [0.0, 1.0], [3.0, 0.5])]
    own = [c.LinearRegression(np.array(w)) for w in ([1.0, 0.0], [0.5, 0.0], [0.0, 0.0])]
    if how:
        members, own = members[::-1], own[::-1]
    return (CrossRisk(),), view_of([], c.Population.of(members), c.Sources(None, tuple(own)))


def of_members(how):
    if how not in (None, "order", *POINTWISE):
        return None
    means, covs = np.array([[0.5, 1.0], [2.0, 0.5], [-1.0, 4.0]]), np.diag([1.0, 0.4])
    members = [c.Gaussian(moved(m, how), spread(k * covs, how)) for k, m in enumerate(means, 1)]
    members = c.Population.of([*members[1:], members[0]] if how == "order" else members)
    return (MemberSpread(), MemberMeans(0, members=3)), view_of([], members, members)


def of_what_members_say(how):
    if how not in (None, "order"):
        return None
    rows, source = np.random.default_rng(7).integers(0, 4, 30), np.arange(30) % 3
    if how:
        rows, source = rows[::-1], (source[::-1] + 1) % 3
    view = view_of(rows, c.uniform(4), c.uniform(4))
    batch = replace(view.batch, source=jnp.asarray(source, jnp.int32))
    return (MemberCollision(members=3),), replace(view, batch=batch)


def of_verdicts(how):
    if how not in (None, "order", "copies"):
        return None
    reward, weight = RNG_REWARDS
    order = placed(np.arange(len(reward)), how)
    mass, zero = jnp.ones(len(order)), jnp.zeros(len(order), jnp.int32)
    weight = jnp.asarray(weight[order])
    fresh = Pool(zero, mass, weight, mass, zero, zero, {})
    verdict = c.Verdict(weight, jnp.asarray(reward[order]))
    model = c.Categorical(np.array([0.5, 0.5]))
    gold = c.GoldReward(c.FunctionReward(lambda rows: jnp.asarray(reward)[rows]))
    measures = (c.Judged(), gold)
    return measures, view_of(order, model, model, verdict=verdict, fresh=fresh)


RNG_REWARDS = np.random.default_rng(8).random((2, 12))


def of_answers(how):
    if how not in (None, "order"):
        return None
    right = np.random.default_rng(9).random((6, 8)) < 0.3
    right = np.random.default_rng(1).permuted(right, axis=1) if how else right
    measure = c.PassAt(c.FunctionReward(lambda rows: rows * 1.0), ks=(1, 4))
    model = c.Categorical(np.array([0.5, 0.5]))
    return (measure,), view_of(right.ravel().astype(np.int32), model, model, group=8)


def of_steps(how):
    if how not in (None, "order", "copies"):
        return None
    rows = placed(np.random.default_rng(7).integers(1, 3, (20, 3)), how)
    one, zero = jnp.ones(len(rows)), jnp.zeros(len(rows), jnp.int32)
    notes = {"advantage": jnp.asarray(rows[:, 0] - 1.5)}
    fresh = Pool(jnp.asarray(rows), one, one, one, zero, zero, notes)
    measure = c.StepErrors(lambda x: x == 1, outcome=lambda x: (x[:, 2] == 2) * 1.0)
    return (measure,), view_of(rows, None, None, fresh=fresh)


def of_right_answers(how):
    if how not in (None, "order"):
        return None
    tables = np.random.default_rng(5).dirichlet(np.full(6, 0.3), (2, 4))
    tables = tables[:, [2, 0, 3, 1]] if how else tables
    model, first = (c.Conditional(table, np.full(4, 0.25)) for table in tables)
    right = c.FunctionReward(lambda rows: (rows[:, 1] < 3) * 1.0)
    measures = (c.RightAnswers(right, least=0.1), c.DiversityLoss(right))
    return measures, view_of([], model, model, first)


def of_training_data(how):
    if how not in (None, "order", "copies"):
        return None
    order = placed(np.arange(6), how)
    mass, zero = jnp.ones(len(order)), jnp.zeros(len(order), jnp.int32)
    source = jnp.asarray(np.array([-1, 0, -1, 1, 0, -1])[order])
    data = Pool(zero, mass, jnp.asarray(np.arange(1.0, 7)[order] / 7), mass, source, zero, {})
    model = c.uniform(2)
    return (c.SyntheticShare(),), view_of([], model, model, data=data)


def of_given_rows(how):
    if how in POINTWISE:
        return None
    table = np.random.default_rng(4).dirichlet(np.ones(6), 7)
    table[2, 3] = 0
    table[2] /= table[2].sum()
    new = np.array([0, 3, 5, 1, 2, 4, 6]) if how == "words" else np.arange(7)
    named = np.empty_like(table)
    named[np.ix_(new, new[:6])] = table
    model = c.TokenTable(named, 5)
    return (c.GivenRows(reworded(REAL, how, 1)),), view_of(REAL, model, model)


def of_latents(how):
    if how in ("words", "word order"):
        return None
    rng = np.random.default_rng(2)
    layers = [
        {"w": jnp.asarray(rng.normal(size=(2, 5))), "b": jnp.asarray(rng.normal(size=5))},
        {"w": jnp.asarray(rng.normal(size=(5, 4))), "b": jnp.zeros(4)},
    ]
    first = c.VAE(2, latent=2, layers="dense", depth=1, net={"encoder": layers, "decoder": []})
    rows = placed(moved(rng.normal(size=(20, 2)), how), how)
    return (c.LatentSpread(),), view_of(jnp.asarray(rows, jnp.float32), first, first, first)


SETUPS = {name[3:]: made for name, made in list(globals().items()) if name.startswith("of_")}


@eqx.filter_jit
def measured(measures, view):
    found = {}
    for measure in measures:
        found |= measure.measure(jax.random.key(0), view)
    return found


def looked_at(made):
    measures, view = made
    declared = {name: curve for measure in measures for name, curve in measure.curves.items()}
    return declared, {name: float(x) for name, x in measured(measures, view).items()}


@pytest.mark.slow
@pytest.mark.parametrize("setup", SETUPS)
def test_blind_to_what_it_says_and_to_nothing_else(setup):
    """Each change of the data leaves the number as it is if and only if the curve declares so."""
    declared, before = looked_at(SETUPS[setup](None))
    for name, curve in declared.items():
        assert curve.low <= before[name] <= curve.high, name
    for how in BLINDNESS:
        made = SETUPS[setup](how)
        if made is None:
            continue
        for name, after in looked_at(made)[1].items():
            same = after == pytest.approx(before[name], rel=2e-4, abs=2e-5)
            assert same == (how in declared[name].blind_to), (name, how, before[name], after)


@pytest.mark.slow
def test_every_word_of_a_declaration_was_tried():
    tried = {}
    for made in SETUPS.values():
        for how in BLINDNESS:
            if made(how) is not None:
                for measure in made(None)[0]:
                    for name in measure.curves:
                        tried.setdefault(name, set()).add(how)
    for name, curve in shipped_curves().items():
        assert set(curve.blind_to) <= tried.get(name, set()), name
        assert curve.bias != "not declared", name
        assert curve.unit, name


def test_a_curve_is_declared_in_the_agreed_words():
    with pytest.raises(c.UserError, match="colour, best"):
        Curve("x", better="best", blind_to=("colour",))
    with pytest.raises(c.UserError, match="from 1 to 0"):
        Curve("x", 1, 0)
    for wrong in ({"units": {"p": "x"}}, {"curves": {"p": "x"}}):
        with pytest.raises(c.UserError, match="Mine must declare its curves"):
            type("Mine", (c.Measure,), {"__module__": __name__, **wrong})


def test_a_manifest_holds_what_figures_need():
    curve = Curve("x", 0, better="less", heavy=True)
    assert curve.as_dict() == {
        "unit": "x",
        "low": 0,
        "high": None,
        "better": "less",
        "heavy": True,
    }
    assert Curve.of(curve.as_dict()) == Curve("x", 0, better="less", heavy=True)
