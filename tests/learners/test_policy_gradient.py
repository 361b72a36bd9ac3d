"""Learning from rewards against its optima, fixed points and gradients, exactly and from samples.

Exact mode runs the learner on whole supports: what comes out is compared with NumPy and the laws.
"""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize

from collapse import (
    GRPO,
    Accumulate,
    Arm,
    Categorical,
    Conditional,
    FunctionReward,
    ModelDiversity,
    Plain,
    PolicyGradient,
    Replace,
    RewardWeighted,
    Schedule,
    ScoreOnly,
    Support,
    TableReward,
    Tempered,
    UserError,
    begin,
    prepare,
)
from collapse.laws import gradient
from collapse.learners.advantage import advantage, pass_advantage
from collapse.loop.generation import advance
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace, seed_keys
from collapse.types import Batch, View

LIMIT = 4.5
P = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
REWARD = np.array([0.5, -0.3, 1.0, 0.2, 0.9])


def arm_of(learner, p=P, reward=REWARD, **settings):
    model = Categorical(p) if np.ndim(p) == 1 else Conditional(p, np.full(len(p), 1 / len(p)))
    judge = settings.pop("judge", ScoreOnly(TableReward(reward)))
    usual = {"sampler": Support(), "regime": Replace(), "keep_reference": True, "n": 1000}
    parts = {"truth": model, "model": model, "judge": judge, "learner": learner}
    return Arm(measures=(ModelDiversity(),), **parts, **usual | settings)


def tables(arm, generations, seeds=1, key=0):
    """(seeds, generations, ...) p of the model after each generation, from 1 on."""
    arm = prepare(arm)
    keys = seed_keys(jax.random.key(key), range(seeds))
    states, _ = begin(arm, keys)
    found = []
    for t in range(1, generations + 1):
        states, _ = advance(arm, states, keys, jnp.int32(t), jnp.int32(1))
        found.append(np.asarray(states.model.p, float))
    return np.stack(found, 1)


def tilted(reference, power):
    log = np.log(reference) + power
    return np.exp(log - log.max()) / np.exp(log - log.max()).sum()


def test_reward_weighting_reaches_the_kl_optimum_at_once():
    """With rate 1 / anchor, whatever the model was; told from the next strength."""
    beta = 0.4
    learner = RewardWeighted(learning_rate=1 / beta, kl_coef=beta)
    found = tables(arm_of(learner), 4)[0]
    np.testing.assert_allclose(found[0], P, rtol=1e-5)  # the first fit
    for p in found[1:]:
        np.testing.assert_allclose(p, gradient.kl_optimum(P, REWARD, beta), rtol=1e-4)
    assert np.abs(found[1] - gradient.kl_optimum(P, REWARD, 0.5)).max() > 0.02


def test_without_an_anchor_the_strength_adds_up():
    """A KL penalty to the previous model alone: p_T is p_0 e^(T r)."""
    found = tables(arm_of(RewardWeighted(learning_rate=0.7)), 5)[0]
    for t, p in enumerate(found):
        np.testing.assert_allclose(p, tilted(P, 0.7 * t * REWARD), rtol=1e-4)


def test_any_anchor_bounds_the_loss():
    """p' = p^(1 - w) ref^w e^(r / b): the fixed point is ref e^(r / (w b)), found as
    (1 - w)^t."""
    weight, b = 0.3, 2.0
    learner = RewardWeighted(learning_rate=1 / b, kl_coef=weight * b)
    found = tables(arm_of(learner), 40)[0]
    fixed = tilted(P, REWARD / (weight * b))
    np.testing.assert_allclose(found[-1], fixed, rtol=1e-3)
    apart = np.log(found[:12] / fixed)
    apart -= apart[:, :1]
    np.testing.assert_allclose(apart[1:, 1:], (1 - weight) * apart[:-1, 1:], atol=1e-4)


@pytest.mark.slow
def test_entropy_bonus_flattens_the_reference_too():
    """ref^(b / (b + e)) e^(r / (b + e)); without an anchor the bonus fills the junk."""
    beta, bonus = 0.5, 0.8
    learner = RewardWeighted(learning_rate=1 / (beta + bonus), kl_coef=beta, entropy=bonus)
    found = tables(arm_of(learner), 3)[0][-1]
    np.testing.assert_allclose(
        found, tilted(P ** (beta / (beta + bonus)), REWARD / (beta + bonus)), rtol=1e-4
    )
    good, junk, worse = 3, 200, 2.0
    p = np.r_[np.full(good, 0.33), np.full(junk, 0.01 / junk)]
    p /= p.sum()
    reward = np.r_[np.zeros(good), np.full(junk, -worse)]
    free = tables(arm_of(RewardWeighted(learning_rate=1.0, entropy=1.0), p, reward), 2)[0][-1]
    share = junk * np.exp(-worse) / (good + junk * np.exp(-worse))
    assert free[good:].sum() == pytest.approx(share, rel=1e-4)
    anchored = RewardWeighted(learning_rate=1.0, kl_coef=1.0)
    held = tables(arm_of(anchored, p, reward), 2)[0][-1]
    assert held[good:].sum() < 0.01 < share


@pytest.mark.slow
@pytest.mark.parametrize("learner", [PolicyGradient, RewardWeighted])
def test_a_scheduled_entropy_coefficient_is_that_of_its_generation(learner):
    """Bit for bit: with the bonus up to generation 3, and as a run without one from 3 on."""
    falls = Schedule([0.4, 0.0], starts=[1, 4])
    path = tables(arm_of(learner(learning_rate=0.5, entropy=falls)), 5)[0]
    held = tables(arm_of(learner(learning_rate=0.5, entropy=0.4)), 5)[0]
    np.testing.assert_array_equal(path[:3], held[:3])
    without = tables(arm_of(learner(learning_rate=0.5), p=path[2]), 3)[0]
    np.testing.assert_allclose(path[3:], without[1:], atol=2e-6)
    assert np.abs(path[3] - held[3]).max() > 1e-3


def test_a_negative_entropy_coefficient_is_refused():
    with pytest.raises(UserError, match="PolicyGradient entropy must be at least 0, not -1"):
        prepare(arm_of(PolicyGradient(entropy=Schedule([0.1, -1.0], starts=[1, 4]))))


@pytest.mark.parametrize(("anchor", "entropy"), [(None, None), (0.5, 0.2)])
def test_gradient_step_is_the_gradient(anchor, entropy):
    """One exact step from p moves the logits by rate p (A - mean A): finite differences of the
    objective itself are the oracle."""
    rate, p = 0.3, tilted(P, np.array([0.1, 0.4, -0.2, 0.0, 0.3]))
    learner = PolicyGradient(learning_rate=rate, kl_coef=anchor, entropy=entropy)
    arm = prepare(arm_of(learner))
    keys = seed_keys(jax.random.key(0), range(1))
    states, _ = begin(arm, keys)
    moved = states.model.with_params(jnp.log(jnp.asarray(p))[None])
    pool = states.pool
    notes = pool.notes | {"advantage": jnp.asarray(REWARD - p @ REWARD)[None]}
    one = jax.tree.map(lambda x: x[0], (moved, pool, notes, states.reference))
    model, pool, notes, reference = one
    drawn = dict(mass=jnp.asarray(p) * 1000, source=jnp.zeros(5, jnp.int32), notes=notes)
    after = arm.learner.learn(keys[0], model, replace(pool, **drawn), reference)[0].p

    def objective(logits):
        q = np.exp(logits) / np.exp(logits).sum()
        value = q @ REWARD - (anchor or 0) * (q @ np.log(q / P))
        return value - (entropy or 0) * (q @ np.log(q))

    logits, h = np.log(p), 1e-6
    slope = [(objective(logits + h * e) - objective(logits - h * e)) / (2 * h) for e in np.eye(5)]
    np.testing.assert_allclose(np.asarray(after), tilted(p, rate * np.array(slope)), rtol=1e-4)
    assert np.abs(np.asarray(after) - tilted(p, -rate * np.array(slope))).max() > 1e-3


def test_entropy_falls_by_the_covariance():
    """dH = -rate Cov(ln p, d), d = p A for a gradient of the logits, A for the natural one."""
    for learner, direction in (
        (PolicyGradient(learning_rate=0.02), gradient.vanilla_direction),
        (RewardWeighted(learning_rate=0.02), lambda p, r: r - p @ r),
    ):
        found = tables(arm_of(learner), 3)[0].astype(float)
        entropy = -(found * np.log(found)).sum(1)
        law = gradient.entropy_change(found[1], direction(found[1], REWARD), 0.02, order=2)
        assert entropy[2] - entropy[1] == pytest.approx(float(law), abs=3e-6)
        assert abs(law) > 5e-5


def test_group_relative_rewards_follow_the_success_map():
    """Many small steps a generation with a KL penalty to the reference end where sigmoid(logit
    p_ref + 1 / (beta sqrt(p (1 - p)))) says (Mroueh 2025); the law among the right stays."""
    p, right, beta = np.array([0.15, 0.05, 0.5, 0.3]), np.array([1.0, 1.0, 0, 0]), 2.0
    learner = GRPO(learning_rate=1.0, kl_coef=beta, steps=300)
    found = tables(arm_of(learner, p, right), 6)[0]
    solved = found[:, :2].sum(1)
    chain = [0.2]
    for _ in range(5):
        chain.append(float(gradient.grpo_step(chain[-1], 0.2, beta)))
    np.testing.assert_allclose(solved, chain, rtol=2e-3)
    assert abs(chain[1] - chain[3]) > 0.005
    np.testing.assert_allclose(found[:, 0] / solved, 0.75, rtol=1e-3)


def test_group_relative_rewards_have_a_basin():
    """From inside the basin success settles below 1; with a weak penalty it runs to 1."""
    p, right = np.array([0.05, 0.95]), np.array([1.0, 0.0])
    for beta, held in ((1.0, True), (0.6, False)):
        assert bool(gradient.grpo_holds(0.05, 0.05, beta)) == held
        learner = GRPO(baseline="standardised", learning_rate=1.0, kl_coef=beta)
        exact = RewardWeighted(learning_rate=1 / beta, kl_coef=beta, baseline="standardised")
        found = tables(arm_of(exact, p, right), 30)[0][-1, 0]
        end = gradient.grpo_fixed_points(0.05, beta)[0] if held else 1.0
        assert found == pytest.approx(end, abs=1e-3)
        assert learner.kl_coef == beta


def sampled_steps(baseline, group, seeds=4000, rate=0.5):
    """(seeds, K) change of the logits by one step from n = 8 draws of P."""
    learner = PolicyGradient(learning_rate=rate, baseline=baseline)
    reward = REWARD + 2.0
    arm = arm_of(learner, reward=reward, sampler=Plain(), n=8, group=group, keep_reference=False)
    arm = prepare(arm)
    keys = seed_keys(jax.random.key(3), range(seeds))
    states, _ = begin(arm, keys)
    start = states.model
    model = replace(start, p=jnp.broadcast_to(jnp.asarray(P), start.p.shape))
    rows = jax.vmap(lambda k: jax.random.choice(k, 5, (8,), p=jnp.asarray(P)))(keys)
    given = jnp.asarray(reward)[rows]

    def one(model, pool, rows, given, key):
        batch = Batch(rows, jnp.ones(8), jnp.zeros(8, jnp.int32))
        view = View(batch, model, None, None, jnp.int32(1), 8, group)
        notes = {"advantage": advantage(given, view, baseline)}
        data = replace(pool, rows=rows, source=jnp.zeros(8, jnp.int32), notes=notes)
        return arm.learner.learn(key, model, data, None)[0].p

    after = np.asarray(jax.jit(jax.vmap(one))(model, states.pool, rows, given, keys), float)
    log = np.log(after) - np.log(P)
    return log - (log * P).sum(1, keepdims=True)


@pytest.mark.slow
def test_baselines_leave_the_mean_and_take_the_variance():
    """Without a baseline and with the mean of the others, the step is unbiased for p A; the mean of
    all is (G - 1) / G of it. The variance without one is that of the formula, by NumPy."""
    slope = P * (REWARD - P @ REWARD)
    law = 0.5 * (slope - P @ slope)
    spread = {}
    for baseline, group, factor in (("none", 1, 1.0), ("others", 8, 1.0), ("mean", 8, 7 / 8)):
        steps = sampled_steps(baseline, group)
        error = steps.std(0, ddof=1) / np.sqrt(len(steps))
        assert (np.abs(steps.mean(0) - factor * law) < LIMIT * error).all(), baseline
        spread[baseline] = steps.var(0, ddof=1)
    assert (np.abs(law / 8) > LIMIT * error).any()  # the factor 7 / 8 would have been seen
    reward = REWARD + 2.0
    score = np.eye(5) - P  # gradient of ln p with respect to the logits, by outcome
    move = 0.5 * reward[:, None] * score
    move -= (move * P).sum(1, keepdims=True)
    second = (P[:, None] * move**2).sum(0) - (P[:, None] * move).sum(0) ** 2
    np.testing.assert_allclose(spread["none"], second / 8, rtol=0.12)
    assert (spread["others"] < 0.5 * spread["none"]).all()


def test_groups_that_agree_teach_nothing():
    """All right or all wrong: with chance p^G + (1 - p)^G the standardised gradient is zero."""
    solved, size, groups = 0.8, 4, 40_000
    rng = np.random.default_rng(0)
    right = (rng.random((groups, size)) < solved) * 1.0
    rows = jnp.zeros(groups * size, jnp.int32)
    batch = Batch(rows, jnp.ones(groups * size), rows)
    view = View(batch, Categorical(P), None, None, jnp.int32(1), groups * size, size)
    found = np.asarray(advantage(jnp.asarray(right.ravel()), view, "standardised"))
    silent = (found.reshape(groups, size) == 0).all(1).mean()
    law = solved**size + (1 - solved) ** size
    assert abs(silent - law) < LIMIT * np.sqrt(law * (1 - law) / groups)
    assert abs(silent - solved**size) > 2e-4
    some = np.ptp(right, axis=1) > 0
    rates = right.mean(1, keepdims=True)[some]
    expected = (right[some] - rates) / np.sqrt(rates * (1 - rates))
    np.testing.assert_allclose(found.reshape(groups, size)[some], expected, rtol=1e-4)


@pytest.mark.slow
def test_samples_agree_with_exact_mode():
    """Mean of p after two updates from 20,000 items against the exact chain."""
    learner = RewardWeighted(learning_rate=0.5, kl_coef=0.5)
    law = tables(arm_of(learner), 3)[0][-1]
    found = tables(arm_of(learner, sampler=Plain(), n=20_000), 3, seeds=24)[:, -1]
    error = found.std(0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(0) - law) < LIMIT * error + 2e-4).all()
    assert (np.abs(found.mean(0) - P) > LIMIT * error).any()


@pytest.mark.slow
def test_stored_log_probabilities_correct_a_reshaped_sampler():
    """Items drawn at temperature 2 and weighed back give the same step as items drawn plainly; not
    weighed back they are refused."""
    with pytest.raises(UserError, match=r"unmodified model.*corrected"):
        prepare(arm_of(RewardWeighted(), sampler=Tempered(2.0)))
    law = tables(arm_of(RewardWeighted(learning_rate=0.5)), 2)[0][-1]
    hot = Support(Tempered(2.0))
    found = tables(arm_of(RewardWeighted(learning_rate=0.5, corrected=True), sampler=hot), 2)[0][-1]
    np.testing.assert_allclose(found, law, rtol=1e-4)
    wrong = tables(arm_of(RewardWeighted(learning_rate=0.5), sampler=hot), 2)[0][-1]
    assert np.abs(wrong - law).max() > 0.01


@pytest.mark.slow
def test_stale_rows_are_refused_or_corrected():
    """Under accumulate, rows of all past models weighed by the ratio to today's: the expected step
    is that of fresh rows."""
    with pytest.raises(UserError, match=r"older models.*Accumulate"):
        prepare(arm_of(PolicyGradient(), sampler=Plain(), regime=Accumulate()))
    n, seeds = 2000, 200
    settings = dict(sampler=Plain(), n=n, keep_reference=False)
    learner = PolicyGradient(learning_rate=0.5, corrected=True, baseline="none")
    arm = arm_of(learner, regime=Accumulate(), generations=3, **settings)
    found = tables(arm, 3, seeds=seeds)
    # Generation 3 learns from n real rows (examples), n drawn from model 1 and n from model 2.
    assert found.shape == (seeds, 3, 5)
    expected = []
    for seed in range(seeds):
        q = found[seed, 1]
        step = 2 * q * (REWARD - q @ REWARD) + (found[seed, 0] - q)
        expected.append(tilted(q, 0.5 * step / 3))
    apart = found[:, 2] - np.array(expected)
    error = apart.std(0, ddof=1) / np.sqrt(seeds)
    assert (np.abs(apart.mean(0)) < LIMIT * error + 1e-6).all()
    still = found[:, 1] - np.array(expected)
    assert (np.abs(still.mean(0)) > 10 * error).any()


def test_mistakes_are_sentences():
    for learner, sampler, words in (
        (GRPO(), Plain(), "group"),
        (PolicyGradient(kl_coef=1.0), Plain(), "keep_reference"),
        (PolicyGradient(baseline="best", steps=0, learning_rate=-1.0), Plain(), "baseline"),
    ):
        with pytest.raises(UserError, match=words):
            prepare(arm_of(learner, sampler=sampler, keep_reference=False))


def test_prompts_are_learned_apart():
    """A conditional table: each prompt's answers follow their own optimum, prompts keep their
    share; per-prompt entropy falls while that across prompts stays."""
    p = np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3]])

    reward = FunctionReward(lambda rows: (rows[:, 0] == rows[:, 1]) * 1.0)
    arm = arm_of(RewardWeighted(learning_rate=2.0, kl_coef=0.5), p, judge=ScoreOnly(reward))
    arm = Arm(**{**vars(arm), "measures": ()})
    found = tables(arm, 2)[0][-1]
    for row, (start, table) in enumerate(zip(p, found, strict=True)):
        np.testing.assert_allclose(table, tilted(start, 2.0 * (np.arange(3) == row)), rtol=1e-4)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_pass_advantages_are_those_of_all_sets(k):
    """Of eight answers: each set of k has reward 1 if one of it is right; an answer's advantage is
    the mean, over the sets it is in, of the reward standardised over all sets."""
    for solved in range(9):
        right = np.arange(8) < solved
        sets = [set(s) for s in itertools.combinations(range(8), k)]
        reward = np.array([max(right[list(s)]) for s in sets], float)
        spread = reward.std() or 1.0
        standard = (reward - reward.mean()) / spread
        each = [
            np.mean([z for z, s in zip(standard, sets, strict=True) if i in s]) for i in range(8)
        ]
        found = pass_advantage(jnp.asarray(right)[None], k)[0]
        np.testing.assert_allclose(found, each, atol=1e-5)
        assert float(jnp.abs(found.sum())) < 1e-5


def test_pass_advantages_reach_the_learner():
    learner = PolicyGradient(baseline="pass-at-k", k=2, learning_rate=0.5)
    reward = np.array([1.0, 0, 0, 0, 0])
    found = tables(arm_of(learner, reward=reward, sampler=Plain(), group=4, n=4000), 2)[0]
    assert found[1][0] > found[0][0] + 0.01
    with pytest.raises(UserError, match="groups of more than k = 2"):
        prepare(arm_of(learner))
    with pytest.raises(UserError, match="groups of more than k = 2"):
        prepare(arm_of(learner, sampler=Plain(), group=2, n=1000))


@pytest.mark.parametrize("divergence", ["reverse", "forward", "js"])
def test_an_anchor_of_each_divergence_rests_at_its_optimum(divergence):
    """The maximum of E[r] - kl_coef D(p, ref) by a general optimiser, and not of another D."""
    coef = 0.6

    def divergences(p):
        m = (p + P) / 2
        kl = lambda a, b: (a * np.log(a / b)).sum()  # noqa: E731
        js = (kl(p, m) + kl(P, m)) / 2
        return {"reverse": kl(p, P), "forward": kl(P, p), "js": js}

    def optimum(of):
        def loss(logits):
            p = tilted(np.ones(len(P)), logits)
            return coef * divergences(p)[of] - p @ REWARD

        return tilted(np.ones(len(P)), optimize.minimize(loss, np.log(P), tol=1e-12).x)

    learner = RewardWeighted(learning_rate=0.5, kl_coef=coef, divergence=divergence)
    found = tables(arm_of(learner), 150)[0][-1]
    np.testing.assert_allclose(found, optimum(divergence), atol=2e-4)
    other = "forward" if divergence == "reverse" else "reverse"
    assert np.abs(found - optimum(other)).max() > 0.01


@pytest.mark.slow
def test_each_side_of_the_clip_stops_its_own_rows():
    """After a first step, the ratios of what gained are above 1 + clip_high and of what lost below
    1 - clip: with both narrow nothing moves any more; a wide one lets its side go on."""
    reward = np.array([1.0, 0, 0, 0, -1.0])

    def after(steps, low, high):
        learner = PolicyGradient(learning_rate=2.0, steps=steps, clip=low, clip_high=high)
        return tables(arm_of(learner, reward=reward), 2)[0][-1]

    once = after(1, 0.01, 0.01)
    both = after(4, 0.01, 0.01)
    up, down = after(4, 0.01, 10.0), after(4, 0.999, 0.01)
    assert once[0] / P[0] > 1.01
    assert once[4] / P[4] < 0.99
    assert abs(both[0] - once[0]) < abs(up[0] - once[0])
    assert up[0] > both[0] + 0.02
    assert down[4] < both[4] - 0.005
    same = after(4, 0.2, 0.2)
    learner = PolicyGradient(learning_rate=2.0, steps=4, clip=0.2)
    np.testing.assert_array_equal(same, tables(arm_of(learner, reward=reward), 2)[0][-1])
    with pytest.raises(UserError, match="clip_high needs clip"):
        prepare(arm_of(PolicyGradient(clip_high=0.3)))


@pytest.mark.slow
def test_a_sampled_run_stays_a_distribution():
    """Many policy steps from few samples: probabilities sum to 1 and the reward rises."""
    learner = GRPO(learning_rate=0.5, kl_coef=0.1, steps=2, clip=0.2)
    arm = arm_of(learner, sampler=Plain(), n=64, group=8, generations=12)
    record = run_arm(jax.random.key(0), arm, 16)
    entropy = record["curves"]["model_entropy"]
    assert np.isfinite(entropy).all()
    assert record["health"]["bad"].max() == 0
    assert entropy[:, -1].mean() < entropy[:, 1].mean() - 0.05
