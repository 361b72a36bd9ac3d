"""Training: against closed-form optima, its stops, its starts, and a fit that diverges."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.loop.settle import unjudged
from collapse.loop.simulate import run_arm
from collapse.models.networks.network import Network
from collapse.models.networks.training import CHECKS, Fit, Training, rounded, train
from collapse.numerics.pytree import replace
from collapse.types import Batch, Pool


class Mean(Network):
    """A normal of variance 1 whose mean is trained: its optimum is the pool's weighted mean."""

    d: int = eqx.field(static=True, default=2)

    def initial(self, key):
        return {"mean": jax.random.normal(key, (self.d,))}

    def losses(self, net, rows, key):
        return 0.5 * ((rows - net["mean"]) ** 2).sum(1)

    def sample(self, key, n):
        return self.net["mean"] + jax.random.normal(key, (n, self.d))

    def log_prob(self, rows):
        return -self.losses(self.net, rows, None)


def pool_of(rows, weight=None) -> Pool:
    n = len(rows)
    pool = unjudged(Batch(jnp.asarray(rows), jnp.ones(n), jnp.zeros(n, jnp.int32)), n, {})
    return pool if weight is None else replace(pool, weight=jnp.asarray(weight, float))


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).normal(size=(300, 2)) * [1.0, 0.5] + [2.0, -1.0]


LONG = Training(steps=1600, batch=64, learning_rate=0.02)


@pytest.mark.slow
def test_finds_the_weighted_mean(rows):
    """Half the rows weigh nothing: minibatches are drawn by weight, and never from empty slots."""
    weight = (np.arange(300) < 150) * np.linspace(0.2, 1.0, 300)
    rows = np.where(weight[:, None] > 0, rows, np.nan)
    fit = eqx.filter_jit(Mean(training=LONG).fit)
    found = fit(jax.random.key(1), pool_of(rows, weight))
    want = np.average(rows[:150], axis=0, weights=weight[:150])
    np.testing.assert_allclose(found.net["mean"], want, atol=0.03)
    assert abs(rows[:150].mean(0) - want).max() > 0.03  # the unweighted mean would be told apart
    losses = found.fitted.losses
    assert losses.shape == (CHECKS,)
    assert losses[-1] < losses[0]
    assert not found.diverged()


def test_stops_early_on_held_out_rows(rows):
    """Held-out rows with another mean: the best parameters on the way are kept, as seen from
    outside, and training stops once it has looked twice without a better one."""
    held = jnp.asarray(rows[:50] * 0 + [1.0, -0.5])
    settings = replace(LONG, held_out=held, schedule="constant", learning_rate=0.004)
    model = replace(Mean(training=settings), net={"mean": jnp.zeros(2)})
    net, fitted = jax.jit(lambda key, pool: train(key, model.net, model.losses, pool, settings))(
        jax.random.key(2), pool_of(rows)
    )
    seen = np.asarray(fitted.held_out)
    best = int(np.nanargmin(seen))
    assert np.isnan(seen[best + 3 :]).all()
    assert np.isfinite(seen[: best + 3]).all()
    assert np.isnan(seen).any()
    found = float(model.losses(net, held, None).mean())
    assert found == pytest.approx(seen[best], rel=1e-5)
    assert found < seen[best + 1]
    told = c.TrainingLoss().measure(None, _view(replace(model, fitted=fitted)))
    assert float(told["held_out_loss"]) == seen[best + 2]  # the last that was looked at
    assert float(told["loss_1"]) == np.asarray(fitted.losses)[0]


def _view(model):
    return c.View(None, model, None, None, jnp.array(1), 1)


@pytest.mark.slow
def test_where_a_fit_starts(rows):
    """Warm starts are at the old parameters, a base is returned to, scratch forgets both."""
    few = Training(steps=CHECKS, batch=4, learning_rate=1e-6, schedule="constant")
    here, base = {"mean": jnp.full(2, 7.0)}, {"mean": jnp.full(2, -7.0)}
    ends = {}
    for start in ("scratch", "warm", "base"):
        model = Mean(training=replace(few, start=start), net=here, base=base)
        ends[start] = np.asarray(model.fit(jax.random.key(0), pool_of(rows)).net["mean"])
    np.testing.assert_allclose(ends["warm"], 7, atol=1e-3)
    np.testing.assert_allclose(ends["base"], -7, atol=1e-3)
    assert abs(ends["scratch"]).max() < 5


def test_a_fit_that_diverges_keeps_the_parameters_before(rows):
    """One seed's data hold an infinity: it is frozen and flagged, its neighbours go on."""
    good, bad = pool_of(rows), pool_of(np.where(np.arange(300)[:, None] == 7, np.inf, rows))
    model = Mean(training=replace(LONG, start="scratch"), net={"mean": jnp.full(2, 0.25)})
    fit = eqx.filter_jit(model.fit)
    both = [fit(jax.random.key(3), pool) for pool in (good, bad)]
    assert [bool(m.diverged()) for m in both] == [False, True]
    np.testing.assert_array_equal(both[1].net["mean"], 0.25)
    assert abs(np.asarray(both[0].net["mean"]) - rows.mean(0)).max() < 0.05


@pytest.mark.slow
def test_divergence_is_in_the_record_and_leaves_other_seeds_alone():
    """A learning rate far too large, with no bound on the gradient."""

    class Cliff(Mean):
        def losses(self, net, rows, key):  # infinite once the mean is past 3, as some seeds get
            loss = super().losses(net, rows, key)
            return loss + jnp.where(net["mean"].sum() > 1.0, jnp.inf, 0.0)

    arm = c.Arm(
        truth=c.Gaussian(np.zeros(2), np.eye(2)),
        model=Cliff(training=Training(steps=80, batch=16, learning_rate=0.02)),
        judge=c.KeepAll(),
        regime=c.Replace(),
        learner=c.MaximumLikelihood(),
        sampler=c.Plain(),
        measures=(),
        n=100,
        generations=3,
    )
    gone = run_arm(jax.random.key(0), arm, 12)["health"]["diverged"]
    assert gone.shape == (12, 4)
    assert (gone[:, 0] == 0).all()
    assert 0 < gone[:, 1].sum() < 12


def arm_of(model, learner, **settings):
    parts = {"truth": c.Gaussian(np.zeros(2), np.eye(2)), "model": model, "learner": learner}
    parts |= {"judge": c.KeepAll(), "regime": c.Replace(), "sampler": c.Plain()}
    return c.Arm(**parts | {"n": 100, "generations": 3} | settings)


class Means(c.Measure):
    """Curve: mean, the first of a ``Mean``."""

    reads = "model"
    curves = {"mean": c.Curve("1")}

    def measure(self, key, view):
        mean = view.model.net["mean"][0] if isinstance(view.model, Mean) else view.model.mean[0]
        return {"mean": mean}


@pytest.mark.slow
@pytest.mark.parametrize("start", ["base", "warm"])
def test_a_pretrained_network_is_tuned_from_its_base_or_from_the_one_before(start):
    """With a small rate, every generation is a step of that length from where it starts."""
    far = {"mean": jnp.full(2, 50.0)}
    few = Training(steps=CHECKS, batch=4, learning_rate=1e-4, schedule="constant", start=start)
    real = {"measures": (Means(),), "regime": c.FreshMix(1.0)}  # so that all pull the same way
    arm = arm_of(Mean(training=few, net=far, base=far), c.Pretrained(), **real)
    pretrained = run_arm(jax.random.key(0), arm, 2)["curves"]["mean"][:, 1:]
    scratch = replace(arm, model=Mean(training=replace(few, start="scratch")))
    scratch = replace(scratch, learner=c.MaximumLikelihood())
    afresh = run_arm(jax.random.key(0), scratch, 2)["curves"]["mean"][:, 1:]
    assert (abs(pretrained - 50) < 0.1).all()
    assert (abs(afresh) < 10).all()
    away = 50 - pretrained.mean(0)  # a step of Adam is as long as its rate
    want = 1e-4 * CHECKS * (np.arange(3) + 2 if start == "warm" else np.full(3, 2))
    np.testing.assert_allclose(away, want, rtol=0.05)


def test_pretraining_that_would_be_forgotten_is_refused():
    with pytest.raises(c.UserError, match="model.training.start"):
        c.prepare(arm_of(Mean(), c.Pretrained()))
    with pytest.raises(c.UserError, match="closed form"):
        c.prepare(arm_of(c.Gaussian(np.zeros(2), np.eye(2)), c.Pretrained()))


@pytest.mark.slow
def test_losses_are_in_the_record():
    """Of the mean of a normal: half the squared distance, falling to half the dimension; none at
    generation 0."""
    far = {"mean": jnp.full(2, 3.0)}  # where every fit starts
    model = Mean(training=replace(LONG, steps=400, start="base"), net=far, base=far)
    arm = arm_of(model, c.MaximumLikelihood(), n=2000)
    arm = replace(arm, measures=(c.TrainingLoss(),), generations=2)
    curves = run_arm(jax.random.key(0), arm, 4)["curves"]
    assert np.isnan(curves["training_loss"][:, 0]).all()
    assert np.isnan(curves["held_out_loss"]).all()
    parts = np.stack([curves[f"loss_{i + 1}"] for i in range(CHECKS)], -1)[:, 1:]
    np.testing.assert_array_equal(curves["training_loss"][:, 1:], parts[..., -1])
    np.testing.assert_allclose(parts[..., -1].mean(), 1.0, atol=0.05)
    assert (parts[..., 0] > parts[..., -1]).mean() > 0.9


@pytest.mark.slow
def test_epochs_count_all_items_of_a_pool(rows):
    """Each fit ends where as many steps given by hand end; a pool of half the weight takes half."""
    pool = pool_of(rows)
    half = pool_of(rows, np.full(300, 0.5))
    settings = Training(batch=15, epochs=4.0)

    def fitted(pool, settings):
        return Mean(training=settings, net={"mean": jnp.zeros(2)}).fit(jax.random.key(5), pool).net

    for data, steps in ((pool, 80), (half, 40)):
        by_hand = fitted(data, replace(settings, epochs=None, steps=steps))
        np.testing.assert_array_equal(fitted(data, settings)["mean"], by_hand["mean"])
    assert (fitted(pool, settings)["mean"] != fitted(half, settings)["mean"]).all()


def test_mistakes_are_sentences():
    wrong = Training(
        steps=2, start="cold", schedule="none", learning_rate=0.0, patience=0
    ).validate()
    assert len(wrong) == 5
    assert Training().validate() == []


@pytest.mark.slow
@pytest.mark.parametrize("held", [None, [[1.0, -0.5]]])
def test_part_by_part_is_the_whole_fit(rows, held):
    """As many calls as a fit has parts, and nothing changes but the progress until the last."""
    held = held if held is None else jnp.asarray(held)
    settings = replace(LONG, held_out=held, schedule="constant", learning_rate=0.004, start="warm")
    model = replace(Mean(training=settings), net={"mean": jnp.zeros(2)}, fitted=Fit.none())
    fit, key, pool = eqx.filter_jit(lambda m, k, p: m.fit(k, p)), jax.random.key(2), pool_of(rows)
    whole = fit(model, key, pool)
    parts = model.part_by_part()
    for done in range(1, CHECKS + 1):
        parts = fit(parts, key, pool)
        assert parts.progress.done == done % CHECKS
        assert (parts.net["mean"] == 0).all() == (done < CHECKS)
    np.testing.assert_allclose(parts.net["mean"], whole.net["mean"], rtol=1e-6)
    for mine, its in zip(jax.tree.leaves(parts.fitted), jax.tree.leaves(whole.fitted), strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-5)
    assert np.isnan(whole.fitted.held_out).any() or held is None  # it stopped early
    again = fit(parts, jax.random.key(3), pool)  # the next fit starts from its own beginning
    assert again.progress.done == 1
    assert np.isfinite(again.progress.losses[0])


WRITERS = {
    "transformer": c.Transformer(9, 12, layers=1, width=32, heads=2),
    "gru": c.GRU(9, 12, width=32),
    "vae": c.VAE(12, hidden=32),
    "flow-matching": c.FlowMatching(d=12, hidden=32),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_bfloat16_multiplies_matrices_in_it_and_nothing_else(name):
    """Every product of the loss and its gradient has factors of bfloat16 and sums of more; the loss
    and the direction of the gradient are those of single precision but for its eight bits."""
    model = WRITERS[name]
    net = model.initial(jax.random.key(0))
    rng = np.random.default_rng(1)
    text = name in ("transformer", "gru")
    rows = rng.integers(0, 9, (16, 12)) if text else rng.random((16, 12)).astype(np.float32)
    key = jax.random.key(2)

    def of(compute):
        return lambda net: model.losses(rounded(net, compute), rows, key).mean()

    low, high = (jax.jit(jax.value_and_grad(of(compute))) for compute in ("bfloat16", "full"))
    products = list(found_in(jax.make_jaxpr(of("bfloat16"))(net).jaxpr, "dot_general"))
    assert products
    for product in products:
        assert all(factor.aval.dtype == jnp.bfloat16 for factor in product.invars)
        assert product.outvars[0].aval.dtype == jnp.float32
    (loss, slope), (loss_high, slope_high) = low(net), high(net)
    assert loss.dtype == jnp.float32
    assert float(loss) == pytest.approx(float(loss_high), rel=0.01)
    assert loss != loss_high
    flat, flat_high = (jax.flatten_util.ravel_pytree(x)[0] for x in (slope, slope_high))
    assert flat.dtype == jnp.float32
    cosine = flat @ flat_high / jnp.linalg.norm(flat) / jnp.linalg.norm(flat_high)
    assert cosine > 0.995


def found_in(jaxpr, name: str):
    """Every use of a primitive, in inner programs too."""
    for equation in jaxpr.eqns:
        if equation.primitive.name == name:
            yield equation
        for value in equation.params.values():
            for part in value if isinstance(value, (tuple, list)) else [value]:
                inner = getattr(part, "jaxpr", part)
                if hasattr(inner, "eqns"):
                    yield from found_in(inner, name)


@pytest.mark.slow
def test_trained_in_bfloat16_it_finds_as_good_a_model():
    """A language of two letters: what the model says next to its entropy, either way."""
    rng = np.random.default_rng(3)
    rows = np.cumsum(rng.random((256, 8)) < 0.2, axis=1) % 2 + 1
    settings = Training(steps=400, batch=32, learning_rate=5e-3)
    losses = {}
    for compute in ("full", "bfloat16"):
        model = c.GRU(3, 8, width=16, training=replace(settings, compute=compute))
        fit = eqx.filter_jit(model.fit)(jax.random.key(0), pool_of(rows))
        assert jax.tree.leaves(fit.net)[0].dtype == jnp.float32
        losses[compute] = float(fit.losses(fit.net, rows, None).mean())
    assert losses["bfloat16"] == pytest.approx(losses["full"], rel=0.02)
    assert losses["bfloat16"] != losses["full"]
    assert losses["full"] < 0.6  # ln 2 for letters that are told from nothing, 0.50 at best


def test_unknown_compute_is_refused():
    (told,) = Training(compute="float16").validate()
    assert "full or bfloat16" in told
