"""Conditional tables: groups of answers to one prompt, judges by prompt, diversity, pass@k."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse import (
    Arm,
    BestOf,
    Choice,
    Conditional,
    DiversityLoss,
    FunctionReward,
    KeepAll,
    MaximumLikelihood,
    PassAt,
    Plain,
    PromptDiversity,
    Replace,
    RightAnswers,
    Support,
    Tempered,
    Tilt,
    TopFraction,
    UserError,
)
from collapse.laws.choice import choice
from collapse.laws.solving import (
    beta_of_pass_rates,
    beta_pass_rate,
    crossing,
    pass_rate,
    refit_pass_rate,
    rewarded_pass_rates,
)
from collapse.loop.simulate import run_arm
from collapse.metrics.formulas import pass_at
from collapse.types import Batch, View

LIMIT = 4.5
PROMPT = np.array([0.5, 0.3, 0.2])
P = np.array([[0.6, 0.3, 0.1, 0.0], [0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]])
RIGHT = np.array([[0, 0, 1, 0], [0, 1, 1, 0], [1, 0, 0, 0]], float)
MODEL = Conditional(P, PROMPT)


def right(rows):
    return jnp.asarray(RIGHT)[rows[:, 0], rows[:, 1]]


DIVERSITY = (PromptDiversity(),)


def arm_of(judge, sampler, measures=DIVERSITY, **settings):
    usual = {"n": 3000, "generations": 4} | settings
    return Arm(
        truth=MODEL,
        model=MODEL,
        judge=judge,
        regime=Replace(),
        learner=MaximumLikelihood(),
        sampler=sampler,
        measures=measures,
        **usual,
    )


@pytest.mark.slow
def test_a_group_answers_one_prompt():
    """Prompts in their shares, one for each group; answers by the prompt's row, tempered or not."""
    group, n = 4, 80_000
    rows = np.asarray(MODEL.sample_groups(jax.random.key(0), n, group)).reshape(-1, group, 2)
    assert (rows[:, :, 0] == rows[:, :1, 0]).all()
    asked = np.bincount(rows[:, 0, 0], minlength=3)
    assert stats.chisquare(asked, PROMPT * n / group).pvalue > 1e-4
    for c in range(3):
        answers = np.bincount(rows[rows[:, 0, 0] == c][..., 1].ravel(), minlength=4)
        alive = P[c] > 0
        assert answers[~alive].sum() == 0
        assert stats.chisquare(answers[alive], P[c][alive] * answers.sum()).pvalue > 1e-4
    cold = np.asarray(MODEL.sample_groups(jax.random.key(1), n, group, Tempered(0.5)))
    answers = np.bincount(cold[cold[:, 0] == 0][:, 1], minlength=4)[:3]
    sharp = P[0, :3] ** 2 / (P[0] ** 2).sum()
    assert stats.chisquare(answers, sharp * answers.sum()).pvalue > 1e-4
    assert stats.chisquare(answers, P[0, :3] * answers.sum()).pvalue < 1e-9


def enumerated(k, best):
    """(3, 4) what is kept of each prompt's answers when ``best`` chooses among k of that prompt."""
    kept = np.zeros((3, 4))
    for c in range(3):
        for group in itertools.product(range(4), repeat=k):
            chances = best(RIGHT[c][list(group)])
            for answer, chance in zip(group, chances, strict=True):
                kept[c, answer] += P[c][list(group)].prod() * chance
    return kept


def softmax(r):
    return np.exp(2.0 * r) / np.exp(2.0 * r).sum()


def first_best(r):
    return (r == r.max()) / (r == r.max()).sum()  # ties alike: on average over places


@pytest.mark.slow
@pytest.mark.parametrize(
    ("judge", "best"),
    [
        (Choice(FunctionReward(right), k=3, strength=2.0), softmax),
        (BestOf(FunctionReward(right), k=3), first_best),
    ],
)
def test_exact_judges_compare_the_answers_of_a_prompt(judge, best):
    """Against enumeration of all groups of each prompt; told from groups across prompts."""
    record = run_arm(jax.random.key(0), arm_of(judge, Support(), generations=2), 1)
    law = enumerated(3, best)
    entropy = -np.sum(PROMPT[:, None] * law * np.log(np.where(law > 0, law, 1)))
    assert record["curves"]["per_prompt_entropy"][0, 2] == pytest.approx(entropy, rel=1e-4)
    marginal = PROMPT @ law
    across = -np.sum(marginal * np.log(marginal))
    assert record["curves"]["across_prompt_entropy"][0, 2] == pytest.approx(across, rel=1e-4)
    sampled = run_arm(jax.random.key(1), arm_of(judge, Plain(), generations=2), 40)
    found = sampled["curves"]["per_prompt_entropy"][:, 2]
    error = found.std(ddof=1) / np.sqrt(40)
    assert abs(found.mean() - entropy) < LIMIT * error + 2e-3
    joint = (PROMPT[:, None] * P).ravel()
    wrong = choice(joint, RIGHT.ravel(), 3, 2.0 if best is softmax else 60.0)[-1].reshape(3, 4)
    wrong = PROMPT @ (wrong / wrong.sum(1, keepdims=True))
    assert abs(across + np.sum(wrong * np.log(wrong))) > 1e-3  # of 1e-4 above


@pytest.mark.slow
def test_a_tilt_by_prompt_takes_the_diversity_of_each():
    """Every prompt with its own favourite: H(answer | prompt) falls to nothing, H(answer) does
    not fall below what the prompts differ by."""
    own = Tilt(FunctionReward(lambda rows: (rows[:, 1] == rows[:, 0]) * 3.0))
    record = run_arm(jax.random.key(0), arm_of(own, Support(), generations=6), 1)
    within, across = (record["curves"][f"{x}_prompt_entropy"][0] for x in ("per", "across"))
    prompts = -np.sum(PROMPT * np.log(PROMPT))
    assert within[6] < 0.02
    assert across[6] == pytest.approx(prompts, abs=0.02)
    np.testing.assert_allclose(
        record["curves"]["prompt_information"][0], across - within, atol=1e-6
    )


def test_pass_at_k_is_unbiased():
    """Every count of right answers by enumeration; the mean over draws is 1 - (1 - p)^k, which the
    plug-in estimate misses."""
    size, k, p = 8, 3, 0.2
    counts = np.arange(size + 1)
    found = np.asarray(pass_at(jnp.asarray(counts), size, k), float)
    for c in counts:
        outcomes = np.r_[np.ones(c), np.zeros(size - c)]
        subsets = list(itertools.combinations(range(size), k))
        hits = np.mean([outcomes[list(s)].any() for s in subsets])
        assert found[c] == pytest.approx(hits, abs=1e-6)
    chance = stats.binom.pmf(counts, size, p)
    assert chance @ found == pytest.approx(1 - (1 - p) ** k, rel=1e-5)
    assert abs(chance @ (1 - (1 - counts / size) ** k) - (1 - (1 - p) ** k)) > 0.02


@pytest.mark.slow
def test_pass_at_k_of_a_model():
    """Exactly and from groups of 8, against the problems' own rates."""
    measures = (PassAt(FunctionReward(right), ks=(1, 2, 8)),)
    rates = (P * RIGHT).sum(1)
    law = PROMPT @ (1 - (1 - rates[:, None]) ** np.array([1, 2, 8]))
    exact = run_arm(jax.random.key(0), arm_of(KeepAll(), Support(), measures), 1)
    sampled = run_arm(
        jax.random.key(0), arm_of(KeepAll(), Plain(), measures, group=8, generations=1), 60
    )
    for k, value in zip((1, 2, 8), law, strict=True):
        name = f"pass_at_{k}"
        np.testing.assert_allclose(exact["curves"][name][0], value, rtol=1e-5)
        found = sampled["curves"][name][:, 1]
        error = found.std(ddof=1) / np.sqrt(60)
        assert abs(found.mean() - value) < LIMIT * error
    with pytest.raises(UserError, match="PassAt 8 needs groups"):
        run_arm(jax.random.key(0), arm_of(KeepAll(), Plain(), measures), 2)


@pytest.mark.slow
def test_pass_at_k_reads_the_model():
    """Its own rates, for k far beyond the groups that are drawn: those of exact mode."""
    reward = FunctionReward(right)
    measures = (PassAt(reward, ks=(1, 64), of="model"),)
    rates = (P * RIGHT).sum(1)
    law = PROMPT @ (1 - (1 - rates[:, None]) ** np.array([1, 64]))
    record = run_arm(jax.random.key(0), arm_of(KeepAll(), Plain(), measures, generations=1), 1)
    found = [record["curves"][f"pass_at_{k}"][0, 0] for k in (1, 64)]
    np.testing.assert_allclose(found, law, rtol=1e-5)
    with pytest.raises(UserError, match="of must be output or model"):
        run_arm(jax.random.key(0), arm_of(KeepAll(), Plain(), (PassAt(reward, of="me"),)), 1)


def test_right_answers_kept_lost_and_gained_by_hand():
    """A model and a reference of two prompts, three answers each, two of them right."""
    before = Conditional(np.array([[0.5, 0.5, 0.0], [0.3, 0.0, 0.7]]), np.full(2, 0.5))
    now = Conditional(np.array([[0.2, 0.0, 0.8], [0.4, 0.6, 0.0]]), np.full(2, 0.5))
    reward = FunctionReward(lambda rows: (rows[:, 1] < 2) * 1.0)
    rows, mass = now.support()
    batch = Batch(rows, mass, jnp.zeros(len(mass), int), "support")
    view = View(batch, now, before, None, jnp.array(2), 4)
    found = RightAnswers(reward, least=0.1).measure(None, view)
    expected = {"preserved_answers": 2 / 4, "lost_answers": 1 / 4, "gained_answers": 1 / 4}
    assert {name: float(x) for name, x in found.items()} == expected
    with pytest.raises(UserError, match="RightAnswers needs keep_reference"):
        run_arm(jax.random.key(0), arm_of(KeepAll(), Plain(), (RightAnswers(reward),)), 1)


def test_loss_of_diversity_by_hand():
    """Half of the answers are wrong at first, of two kinds each; then the wrong ones go, and one of
    the two right ones. A second prompt has no right answer before."""
    before = Conditional(np.array([[0.25] * 4, [0.0, 0.0, 0.5, 0.5]]), np.array([0.75, 0.25]))
    now = Conditional(np.array([[1.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0]]), before.prompt)
    reward = FunctionReward(lambda rows: (rows[:, 1] < 2) * 1.0)
    rows, mass = now.support()
    batch = Batch(rows, mass, jnp.zeros(len(mass), int), "support")
    view = View(batch, now, before, None, jnp.array(2), 4)
    found = {k: float(x) for k, x in DiversityLoss(reward).measure(None, view).items()}
    # Prompt 0: 3/4 differ, then 1/2 of two kinds of right answers alone, then none.
    expected = {"wrong_removed": 0.75 * 0.25, "right_narrowed": 0.75 * 0.5, "wrong_narrowed": 0.0}
    assert found == pytest.approx(expected)
    gini = lambda model: 1 - (np.asarray(model.p) ** 2).sum(1) @ np.asarray(model.prompt)  # noqa: E731
    assert sum(found.values()) == pytest.approx(gini(before) - gini(now))
    with pytest.raises(UserError, match="DiversityLoss needs keep_reference"):
        run_arm(jax.random.key(0), arm_of(KeepAll(), Plain(), (DiversityLoss(reward),)), 1)


def test_pass_rates_of_beta_problems():
    """Closed form against draws; the crossing of base and trained model, and where it moves."""
    rng = np.random.default_rng(0)
    p = rng.beta(0.2, 2.0, 200_000)
    for k in (1, 16, 256):
        hits = 1 - (1 - p) ** k
        error = hits.std() / np.sqrt(len(p))
        assert abs(float(beta_pass_rate(0.2, 2.0, k)) - hits.mean()) < LIMIT * error
        assert pass_rate(p, [k])[0] == pytest.approx(hits.mean(), rel=1e-9)
    base = beta_of_pass_rates((0.099, 0.672), (1, 256))
    np.testing.assert_allclose(base, (0.2204, 2.006), rtol=2e-3)
    trained = [
        beta_of_pass_rates(x, (1, 256)) for x in ((0.261, 0.663), (0.336, 0.653), (0.425, 0.643))
    ]
    crossings = [crossing(base, fit) for fit in trained]
    np.testing.assert_allclose(crossings, (180, 150, 138), rtol=0.02)
    assert np.isnan(crossing(base, (0.3, 2.0)))


def test_pass_rates_of_rewarded_problems():
    """The exact chain against 20,000 chains in plain NumPy, and the first fit against its own law;
    no reward, or one that is a little larger, is told from it."""
    rng, seeds, each, group, rate = np.random.default_rng(1), 20_000, 8, 4, 1.0
    skill = np.linspace(0.02, 0.6, 10)
    settings = (each * len(skill), group)
    law = rewarded_pass_rates(skill, *settings, rate, 4, [1, 16])
    assert law[0, 1] == pytest.approx(refit_pass_rate(skill, settings[0], 16), abs=1e-7)
    p = np.broadcast_to(skill, (seeds, len(skill)))
    for t in range(1, 5):
        size, worth = (1, 1.0) if t == 1 else (group, np.exp(rate))
        even = np.full(len(skill), 1 / len(skill))
        asked = rng.multinomial(settings[0] // size, even, seeds) * size
        right = rng.binomial(asked, p)
        wrong = asked - right
        p = np.where(asked > 0, worth * right / np.maximum(worth * right + wrong, 1e-9), p)
        found = np.stack([(1 - (1 - p) ** k).mean(1) for k in (1, 16)], 1)
        error = found.std(0, ddof=1) / np.sqrt(seeds)
        assert np.abs((found.mean(0) - law[t - 1]) / error).max() < LIMIT
    for other in (0.0, 1.1):
        wrong = rewarded_pass_rates(skill, *settings, other, 4, [1, 16])
        assert np.abs((found.mean(0) - wrong[-1]) / error).max() > LIMIT


def test_mistakes_are_sentences():
    assert Conditional(P, [0.5, 0.5]).validate()
    assert Conditional(P * 2, PROMPT).validate()
    assert Conditional(P, PROMPT * 2).validate()
    assert not MODEL.validate()


@pytest.mark.slow
def test_top_fractions_compare_answers_to_one_prompt():
    """In groups of 200 about as exact mode does by prompt; without groups, prompts compete."""
    judge = TopFraction(FunctionReward(lambda rows: rows[:, 0] * 10.0 + rows[:, 1]), fraction=0.5)
    curves = []
    for sampler, group, seeds in ((Support(), 200, 1), (Plain(), 200, 30), (Plain(), None, 30)):
        arm = arm_of(judge, sampler, generations=2, group=group)
        record = run_arm(jax.random.key(0), arm, seeds)
        curves.append(record["curves"]["per_prompt_entropy"][:, 2].mean())
    exact, grouped, whole = curves
    best = np.array([[0.1, 0.3, 0.1, 0.0], [0.0, 0.0, 0.1, 0.4], [0.0, 0.0, 0.25, 0.25]]) * 2
    law = -np.sum(PROMPT[:, None] * best * np.log(np.where(best > 0, best, 1)))
    assert exact == pytest.approx(law, rel=1e-4)
    assert abs(grouped - law) < 0.03  # 200 are not endlessly many
    assert abs(whole - law) > 0.08
