"""Networks that explode, and what does not fit them: frozen and flagged, or refused."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import collapse as c
from collapse.learners.base import moved
from collapse.loop import memory
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.models.networks.training import Fit, bounded
from collapse.numerics.pytree import replace
from collapse.runs.directory import run_scenario
from collapse.scenario.prepare import prepare_scenario
from tests.models.networks.pools import fitted, pool_of
from tests.scenarios.writing import gru, stirred, transformer
from tests.shared import slots

TRUTH = c.Empirical.of([[1, 2, 0], [2, 1, 0], [1, 1, 2], [2, 2, 0]], 3)


class Slope(c.Network):
    """A parameter whose loss is ``steep`` times it: every step of any training lowers it."""

    steep: float = 1.0

    def initial(self, key):
        return {"x": jnp.zeros(1)}

    def losses(self, net, rows, key):
        return self.steep * jnp.exp(jnp.abs(net["x"][0])) + 0 * rows.sum(1)

    def sample(self, key, n):
        return jnp.zeros((n, 2)) + self.net["x"]

    def log_prob(self, rows):
        return -self.losses(self.net, rows, None)


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "exploded"), [(1e-3, False), (50.0, True)])
def test_a_loss_that_explodes_and_stays_a_number_is_told(rate, exploded):
    """Steps of 50 over a valley of width 1: the loss is e^50 and more, which is a number."""
    training = c.Training(steps=8, batch=4, learning_rate=rate, schedule="constant")
    model = Slope(training=training, net={"x": jnp.full(1, 0.25)})
    after = fitted(model, pool_of(np.zeros((8, 2))))
    assert np.isfinite(after.fitted.losses).all()
    assert bool(after.fitted.diverged) == exploded
    assert (float(after.net["x"][0]) == 0.25) == exploded  # the parameters before it


@pytest.mark.slow
def test_held_out_rows_that_never_had_a_loss_are_no_choice():
    """Not a number from the first look on: nothing was chosen, so that nothing is kept."""
    held_out = np.full((4, 2), np.nan, np.float32)
    training = c.Training(steps=8, batch=4, held_out=held_out)
    model = c.VAE(2, latent=1, hidden=4, training=training)
    assert bool(fitted(model, pool_of(np.zeros((8, 2)))).fitted.diverged)
    sound = c.Training(steps=8, batch=4, held_out=np.zeros((4, 2), np.float32))
    model = c.VAE(2, latent=1, hidden=4, training=sound)
    assert not bool(fitted(model, pool_of(np.zeros((8, 2)))).fitted.diverged)


def arm_of(model, learner=None, truth=TRUTH, judge=None, **more):
    parts = judge or c.KeepAll(), c.Replace(), learner or c.MaximumLikelihood(), c.Plain()
    sizes = {"n": 40, "generations": 3, "measures": (c.ItemDiversity(),)} | more
    return c.Arm(**slots(truth, model, *parts), **sizes)


@pytest.mark.slow
@pytest.mark.parametrize("learner", [c.PolicyGradient, c.GRPO, c.Preference])
@pytest.mark.parametrize(("rate", "diverges"), [(1e-3, False), (1e38, True)])
def test_a_gradient_that_leads_to_infinity_is_not_followed(learner, rate, diverges):
    """The network stays as it was, says only tokens there are, and the record tells of it."""
    reward = c.Likelihood()
    groups = {c.GRPO: c.TopFraction(reward, fraction=1.0), c.Preference: c.Choice(reward, k=2)}
    judge = groups.get(learner, c.TopFraction(reward, fraction=1.0))
    group = {"group": 4} if learner is c.GRPO else {}
    more = {"keep_reference": True} | group
    model = gru(training=c.Training(steps=16, batch=8, start="warm"))
    arm = arm_of(model, learner(learning_rate=rate), judge=judge, **more)
    found = run_arm(jax.random.key(0), arm, 2)
    first = 2 if learner is c.Preference else 1  # real rows are no pairs
    told = found["health"]["diverged"][:, first:]
    assert told.all() == told.any() == diverges
    assert found["items"].max() < 3
    assert np.isfinite(found["curves"]["entropy"]).all()


@pytest.mark.slow
@pytest.mark.parametrize(("factor", "diverges"), [(1.1, False), (1e30, True), (np.inf, True)])
def test_parameters_out_of_range_are_not_taken_where_their_loss_is_a_number(factor, diverges):
    """Scores of 10^30 still make log-probabilities, of which some are 0 and none is NaN."""
    model = replace(stirred(gru()), fitted=Fit.none())
    rows = jnp.array([[1, 2, 0], [2, 1, 0]], jnp.int32)
    output = jax.tree.map(lambda x: factor * x, model.net["output"])
    if np.isfinite(factor):
        assert np.isfinite(model.log_prob_at(model.net | {"output": output}, rows)).all()
    data = replace(pool_of(rows), rows=rows)
    after = moved(model, model.net | {"output": output}, data, jnp.array(True))
    assert bool(after.diverged()) == diverges
    np.testing.assert_array_equal(after.net["output"]["w"] == model.net["output"]["w"], diverges)


@pytest.mark.parametrize("size", [1.0, 1e19, 1e30, 3e38])
def test_a_gradient_too_large_to_square_is_bounded_and_not_lost(size):
    """In its own direction, of the norm that was asked for, whatever the compiler makes of it."""
    slope = {"a": size * jnp.array([0.6, 0.0]), "b": size * jnp.array([-0.8])}
    bound = jax.jit(lambda slope: bounded(0.5).update(slope, optax.EmptyState())[0])
    found = bound(slope)
    np.testing.assert_allclose(np.append(found["a"], found["b"]), [0.3, 0, -0.4], rtol=1e-6)
    plain = optax.clip_by_global_norm(0.5)
    same = jax.jit(lambda slope: plain.update(slope, optax.EmptyState())[0])(slope)
    lost = not np.allclose(same["b"], found["b"])
    assert lost == (size > 1e19)  # sabotage: what the usual bound makes of it
    whole = bound({"a": jnp.array([0.15, 0.0]), "b": jnp.array([-0.2])})
    np.testing.assert_allclose(np.append(whole["a"], whole["b"]), [0.15, 0, -0.2], rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (c.VAE(5, latent=2, hidden=8), "VAE is fitted to points of 5 numbers"),
        (c.FlowMatching(3, hidden=8), "FlowMatching is fitted to points of 3 numbers"),
        (c.DDPM(3, hidden=8), "DDPM is fitted to points of 3 numbers"),
        (c.CouplingFlow(4), "CouplingFlow is fitted to points of 4 numbers"),
        (
            c.Perceptron(4, hidden=8),
            "Perceptron is fitted to points of 5 numbers of which the last is",
        ),
    ],
)
def test_points_and_images_of_another_size_are_refused(model, sentence):
    """Also where they are fewer, which a network of points could take for noise."""
    arm = arm_of(model, truth=c.Glyphs(), measures=(c.Moments(),))
    with pytest.raises(c.UserError, match=f"{sentence}.* Glyphs draws points of 64 numbers in"):
        prepare(arm)
    assert prepare(
        arm_of(c.VAE(64, latent=2, hidden=8), truth=c.Glyphs(), measures=(c.TrainingLoss(),))
    )


@pytest.mark.slow
def test_tokens_outside_the_vocabulary_are_refused():
    model, fine = gru(), TRUTH.rows
    for rows in ([[1, 9, 0], [2, 1, 0]], [[1, -1, 0], [2, 1, 0]]):
        with pytest.raises(c.UserError, match="its rows must hold 0 to 2; they hold"):
            prepare(arm_of(model, truth=c.Empirical.of(rows, 3)))
        with pytest.raises(c.UserError, match="Perplexity has held-out rows of tokens"):
            prepare(arm_of(model, measures=(c.Perplexity(jnp.asarray(rows)),)))
    prepare(arm_of(model, measures=(c.Perplexity(fine),)))


@pytest.mark.slow
@pytest.mark.parametrize("field", ["net", "base"])
def test_parameters_of_another_model_are_refused(field):
    other, own = (stirred(x).net for x in (transformer(), gru()))
    training = c.Training(start="base")
    for given in (other, stirred(gru(width=4)).net):
        with pytest.raises(c.UserError, match=f"The {field} of GRU has other parameters"):
            prepare(arm_of(gru(training=training, **{field: given})))
    prepare(arm_of(gru(training=training, **{field: own})))


@pytest.mark.slow
def test_the_command_line_refuses_what_does_not_fit_in_memory(run, monkeypatch):
    monkeypatch.setattr(memory, "free_megabytes", lambda: 500.0)
    for command in ("run", "verify"):
        code, _, said = run(command, "mad-points", "--size", "quick")
        assert code == 2
        assert "This needs about" in said


@pytest.mark.slow
def test_precision_is_recorded_and_a_run_is_not_gone_on_with_in_another(tmp_path):
    training = c.Training(steps=8, batch=8, compute="bfloat16")
    arms = {"a": arm_of(gru(training=training), n=20, generations=1)}
    scenario = c.Scenario("one", "One", arms, "none", ("entropy",), seeds=1)
    manifest = run_scenario(prepare_scenario(scenario), tmp_path / "r").manifest
    assert manifest["arms"]["a"]["parts"]["model"]["training"]["compute"] == "bfloat16"
    assert manifest["layout"]["precision"] == "single"
    with jax.enable_x64(True), pytest.raises(c.UserError, match="differs in: .*; precision"):
        run_scenario(prepare_scenario(scenario), tmp_path / "r")
