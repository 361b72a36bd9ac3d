"""The loop itself: prefixes, calls of any length, sharing of randomness, one program per arm."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse
from collapse.loop import generation
from collapse.loop.generation import advance
from collapse.loop.prepare import parts_of, prepare
from collapse.loop.simulate import run_arm
from collapse.loop.start import begin
from collapse.loop.sweep import run_arms
from collapse.numerics.pytree import replace, seed_keys
from collapse.samplers.base import Plain
from collapse.scenario import identity
from collapse.scenario.registry import load, parts
from tests.shared import slots


def toy(judge=None, regime=None, **fields):
    truth = collapse.zipf(30)
    settings = {"n": 40, "generations": 7, "measures": (collapse.ItemDiversity(),)} | fields
    return collapse.Arm(
        truth=truth,
        model=truth,
        judge=judge or collapse.KeepAll(),
        regime=regime or collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=Plain(),
        **settings,
    )


def bigram(judge=None, regime=None, **fields):
    rows = np.random.default_rng(0).integers(0, 9, (60, 6)).astype(np.int32)
    truth = collapse.Empirical.of(rows, 9)
    settings = {"n": 50, "generations": 7, "measures": (collapse.ItemDiversity(),)} | fields
    return collapse.Arm(
        truth=truth,
        model=collapse.NGram(9),
        judge=judge or collapse.KeepAll(),
        regime=regime or collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=Plain(),
        **settings,
    )


def driven(arm, chunks, seeds=3):
    """The record of a run driven ``chunks`` generations a call."""
    arm = prepare(arm)
    keys = seed_keys(jax.random.key(0), range(seeds))
    state, first = begin(arm, keys)
    rows = [jax.tree.map(lambda x: np.asarray(x)[:, None], first)]
    t = 1
    for steps in chunks:
        state, row = advance(arm, state, keys, jnp.int32(t), jnp.int32(steps))
        rows.append(jax.tree.map(lambda x, steps=steps: np.asarray(x)[:steps].swapaxes(0, 1), row))
        t += steps
    return jax.tree.map(lambda *x: np.concatenate(x, 1), *rows)


def assert_same(a, b):
    assert jax.tree.structure(a) == jax.tree.structure(b)
    for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        np.testing.assert_array_equal(np.asarray(x), np.asarray(y))


@pytest.mark.slow
def test_generation_1_is_the_first_fit():
    """One step of expectation-maximisation on the real rows, no more; and a reference is one."""
    truth = collapse.GaussianMixture([0.5, 0.5], [[-1.0], [1.0]], np.ones((2, 1, 1)), iterations=1)
    kept = toy().judge, collapse.Replace(), collapse.MaximumLikelihood(), Plain()
    arm = prepare(
        collapse.Arm(**slots(truth, truth, *kept), n=40, generations=2, keep_reference=True)
    )
    keys = seed_keys(jax.random.key(0), range(3))
    states, _ = begin(arm, keys)
    once = jax.vmap(lambda pool: arm.model.fit(keys[0], pool).means)(states.pool)
    np.testing.assert_allclose(states.reference.means, once, rtol=1e-6)
    np.testing.assert_array_equal(states.model.means, np.broadcast_to(truth.means, (3, 2, 1)))
    states, _ = advance(arm, states, keys, jnp.int32(1), jnp.int32(1))
    np.testing.assert_allclose(states.model.means, once, rtol=1e-5)
    assert np.abs(once - np.asarray(truth.means)).min() > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("make", [toy, bigram])
@pytest.mark.parametrize("regime", [collapse.Replace(), collapse.Accumulate()])
def test_calls_of_1_2_7_or_T_generations_agree_bit_for_bit(make, regime):
    arm = make(collapse.TopFraction(fraction=0.5), regime)
    whole = driven(arm, [7])
    assert_same(whole, driven(arm, [1] * 7))
    assert_same(whole, driven(arm, [2, 2, 2, 1]))
    assert_same(whole, run_arm(jax.random.key(0), arm, 3))


@pytest.mark.slow
@pytest.mark.parametrize("make", [toy, bigram])
def test_a_longer_run_begins_with_the_shorter_one(make):
    short = run_arm(jax.random.key(0), make(), 3)
    long = run_arm(jax.random.key(0), make(generations=40), 3)
    assert_same(short, jax.tree.map(lambda x: x[:, :8], long))


@pytest.mark.slow
def test_accumulate_agrees_across_lengths_to_rounding():
    # Its pool is laid out for the whole run, so another length is another program.
    short = run_arm(jax.random.key(0), toy(regime=collapse.Accumulate()), 3)
    longer = toy(regime=collapse.Accumulate(), generations=12)
    long = run_arm(jax.random.key(0), longer, 3)
    for name, curve in short["curves"].items():
        np.testing.assert_allclose(curve, long["curves"][name][:, :8], rtol=1e-5)


@pytest.mark.slow
def test_arms_share_their_randomness_and_other_keys_do_not():
    a = run_arm(jax.random.key(0), toy(), 3)
    b = run_arm(jax.random.key(0), toy(collapse.RandomFraction(0.5)), 3)
    c = run_arm(jax.random.key(1), toy(), 3)
    first = [np.asarray(x["items"][:, 0]) for x in (a, b, c)]
    np.testing.assert_array_equal(first[0], first[1])
    assert (first[0] != first[2]).any()


@pytest.mark.slow
def test_seeds_differ_from_each_other():
    items = np.asarray(run_arm(jax.random.key(0), toy(), 3)["items"])
    assert (items[0] != items[1]).any()
    assert (items[1] != items[2]).any()


def count_traces(monkeypatch, arms):
    """Times that a generation is traced while the arms run."""
    seen = []
    real = generation.generation
    monkeypatch.setattr(generation, "generation", lambda *a: seen.append(1) or real(*a))
    for arm in arms:
        run_arm(jax.random.key(0), arm, 2)
    return len(seen)


@pytest.mark.slow
def test_changing_a_judge_or_a_share_never_recompiles(monkeypatch):
    def arm(strength, share):
        judge = collapse.Choice(collapse.Likelihood(), k=2, strength=strength)
        return toy(judge, collapse.FreshMix(share), n=33)

    one = count_traces(monkeypatch, [arm(1.0, 0.1)])
    assert one > 0
    assert count_traces(monkeypatch, [arm(2.0, 0.1), arm(3, 0.5), arm(np.float32(4), 1)]) == 0


def test_state_keeps_structure_and_types():
    arm = prepare(bigram(collapse.TopFraction(fraction=0.5), collapse.RealKeep(0.2)))
    keys = seed_keys(jax.random.key(0), range(2))
    before = jax.eval_shape(lambda k: begin(arm, k)[0], keys)
    after = jax.eval_shape(
        lambda s, k: advance(arm, s, k, jnp.int32(1), jnp.int32(1))[0], before, keys
    )
    assert jax.tree.structure(before) == jax.tree.structure(after)
    for a, b in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        assert (a.shape, a.dtype, a.weak_type) == (b.shape, b.dtype, b.weak_type)


def test_no_two_parts_share_a_tree_structure():
    """jax's own register_dataclass takes two classes with like fields for one, in 0.10."""
    rows = np.arange(6).reshape(3, 2).astype(np.int32)
    point = collapse.Categorical([0.5, 0.5])
    made = {
        "bernoulli": collapse.Bernoulli(0.5),
        "poisson": collapse.Poisson(1.0),
        "gaussian-mixture": collapse.eight_gaussians(),
        "linear-regression": collapse.LinearRegression(np.ones(2)),
        "logistic-regression": collapse.LogisticRegression(np.ones(2)),
        "bigram": collapse.hutter_bigram(3, 1.5),
        "population": collapse.Population.of([point, point]),
        "sources": collapse.Sources(point, (point,)),
        "table": collapse.TableReward([0.0, 1.0]),
        "bernoulli-keep": collapse.BernoulliKeep([0.0, 1.0]),
        "pluralist": collapse.Pluralist((collapse.KeepAll(), collapse.KeepAll())),
        "categorical": collapse.zipf(3),
        "ngram": collapse.NGram(5),
        "empirical": collapse.Empirical.of(rows, 6),
        "grammar": collapse.Grammar.of([(1.0, [{1: 1.0}])], 3),
        "wording": collapse.Wording(5),
        "perplexity": collapse.Perplexity(jnp.asarray(rows)),
        "scaled": collapse.Scaled(collapse.Length()),
        "noise": collapse.Noise(collapse.Length()),
        "distance": collapse.Distance(0.0),
        "conditional": collapse.Conditional([[0.5, 0.5]], [1.0]),
        "external": collapse.ExternalReward(len),
        "confidence": collapse.Confidence([[0.0], [1.0]]),
        "steps": collapse.Steps(lambda items: items),
        "step-labels": collapse.StepLabels(collapse.Steps(lambda items: items)),
        "map-elites": collapse.MapElites(cell=lambda items: items, cells=2),
        "process": collapse.ProcessGradient(function=lambda items: items),
        "answers": collapse.Answers([[1.0]], [1.0], [[1.0]], 0.0, [[[1, 2]]]),
        "token-table": collapse.TokenTable.uniform(3, 2),
        "byte-pairs": collapse.BytePairs(3, 2),
        "prompted-table": collapse.PromptedTable(collapse.TokenTable.uniform(3, 2), given=rows),
        "hashed-ngram": collapse.HashedNGram(3, 2),
        "perceptron": collapse.Perceptron(2),
        "gru": collapse.GRU(3, 2),
        "transformer": collapse.Transformer(3, 2),
        "pass-at": collapse.PassAt(collapse.Length()),
        "step-errors": collapse.StepErrors(len, outcome=len),
        "held-out-prompts": collapse.HeldOutPrompts(collapse.Length(), given=rows),
        "right-answers": collapse.RightAnswers(collapse.Length()),
        "diversity-loss": collapse.DiversityLoss(collapse.Length()),
        "agreement-when-wrong": collapse.AgreementWhenWrong([0]),
        "gold-reward": collapse.GoldReward(collapse.Length()),
        "unlikeliness": collapse.Unlikeliness(collapse.Length()),
        "typicality": collapse.Typicality(collapse.Length()),
        "verbosity": collapse.Verbosity(collapse.Length()),
        "position": collapse.Position(collapse.Length()),
        "self-preference": collapse.SelfPreference(collapse.Length()),
        "format": collapse.Format(collapse.Length(), function=lambda items: items[:, 0] > 0),
        "exploit": collapse.Exploit(collapse.Length(), on=[True, False]),
        "flipped": collapse.Flipped(collapse.Length()),
        "drift": collapse.Drift(collapse.Length(), towards=collapse.Likelihood()),
        "swap-averaged": collapse.SwapAveraged(collapse.Length()),
        "panel": collapse.Panel((collapse.Length(),)),
        "switch": collapse.Switch((collapse.KeepAll(), collapse.RandomFraction()), starts=(0, 5)),
    }
    own = [p for p in parts() if isinstance(load(p.where), type)]  # the rest are pairs of these
    built = [made[p.name] if p.name in made else load(p.where)() for p in own]
    assert len({type(part) for part in built}) == len(own)
    structures = [jax.tree.structure(part) for part in built]
    for i, a in enumerate(structures):
        assert a == jax.tree.structure(jax.tree.map(lambda x: x, built[i]))
        assert all(a != b for b in structures[:i])


def test_a_judge_that_reads_the_truth_must_say_so():
    class Reads(collapse.Judge):
        def score(self, key, view):
            return view.truth.log_prob(view.items)

    class Complex(collapse.Judge):
        def score(self, key, view):
            return view.items * 1j

    with pytest.raises(
        collapse.UserError, match="The judge Reads raised.*declare uses_truth = True"
    ):
        prepare(replace(toy(), judge=Reads()))
    with pytest.raises(collapse.UserError, match="The judge Complex returned a score of complex"):
        prepare(replace(toy(), judge=Complex()))
    Reads.uses_truth = True
    prepare(replace(toy(), judge=Reads()))


@pytest.mark.slow
def test_two_hundred_like_judges_each_run_their_own_program():
    """The fault would show here: a judge that silently runs another judge."""

    class Scale(eqx.Module):
        x: jax.Array

    def kind(number):
        return type(f"Scale{number}", (Scale,), {"value": lambda self: self.x * number})

    kinds = [kind(i) for i in range(60)]
    run = jax.jit(lambda part: part.value())
    assert [int(run(kind(jnp.float32(1)))) for kind in kinds] == list(range(60))


@pytest.mark.slow
def test_undefined_fit_keeps_the_previous_parameters_and_is_counted():
    never = collapse.Threshold(collapse.FunctionReward(lambda x: x * 0.0), at=1.0, expected=1.0)
    arm = toy(never, measures=(collapse.ModelDiversity(),))
    record = run_arm(jax.random.key(0), arm, 3)
    np.testing.assert_array_equal(record["health"]["degenerate"][:, 2:], 1)
    np.testing.assert_array_equal(record["health"]["kept"][:, 1:], 0)
    entropy = record["curves"]["model_entropy"]
    np.testing.assert_array_equal(entropy[:, 1:], np.broadcast_to(entropy[:, 1:2], (3, 7)))


@pytest.mark.slow
def test_shortfall_is_recorded():
    rare = collapse.Threshold(collapse.FunctionReward(lambda x: -x * 1.0), at=-1.0, expected=1.0)
    record = run_arm(jax.random.key(0), toy(rare), 3)
    kept = np.asarray(record["health"]["kept"])
    assert (kept[:, 0] == 40).all()
    assert (kept[:, 1] < 40).all()


@pytest.mark.slow
def test_bad_weights_are_counted_and_never_spread():
    class Bad(collapse.Judge):
        share = 1.0

        def weigh(self, key, view, reward):
            return jnp.where(jnp.arange(len(reward)) < 3, jnp.nan, 2.0)

    record = driven(toy(Bad()), [7], seeds=2)
    np.testing.assert_array_equal(record["health"]["bad"][:, 1:], 40)
    assert np.isfinite(np.asarray(record["curves"]["entropy"])).all()


@pytest.mark.slow
def test_a_judge_that_returns_nan_is_told_and_not_hidden():
    """In memory as on disk: the generation and the seed where it began."""

    class Late(collapse.Judge):
        from_: jax.Array
        share = 0.5

        def score(self, key, view):
            return jnp.where(view.t >= self.from_, jnp.nan, 1.0) * view.items

    arm = toy(Late(3.0))
    told = "Late returned NaN or a weight outside .* 80 of 80 candidates at generation 3, seed 5"
    with pytest.raises(collapse.UserError, match=told):
        run_arm(0, arm, range(5, 7))
    with pytest.raises(collapse.UserError, match=told):
        run_arms(0, [toy(Late(99.0)), arm], range(5, 7))


def test_a_key_may_be_a_whole_number_and_odd_keys_and_seeds_are_sentences():
    assert_same(run_arm(3, toy(), 2), run_arm(jax.random.key(3), toy(), [0, 1]))
    for key in (-1, True, 0.5, jax.random.PRNGKey(0), jax.random.split(jax.random.key(0))):
        with pytest.raises(collapse.UserError, match="key must be one key"):
            run_arm(key, toy(), 2)
    cases = {"at least 1, not 0": 0, "at least 1, not -2": -2, "seeds must be how many": 2.5}
    for sentence, seeds in cases.items():
        with pytest.raises(collapse.UserError, match=sentence):
            run_arms(0, [toy()], seeds)
    for seeds in ([], [-1], [0.5], "3", range(0)):
        with pytest.raises(collapse.UserError, match="seeds must be how many"):
            run_arm(0, toy(), seeds)
    with pytest.raises(collapse.UserError, match="at least one arm"):
        run_arms(0, [])


@pytest.mark.slow
def test_notes_ride_in_the_pool():
    class Noting(collapse.Judge):
        share = 0.5

        def judge(self, key, view):
            verdict, judge = super().judge(key, view)
            return replace(verdict, notes={"steps": jnp.ones((len(view.items), 4))}), judge

    arm = prepare(toy(Noting()))
    keys = seed_keys(jax.random.key(0), range(2))
    state, _ = begin(arm, keys)
    state, _ = advance(arm, state, keys, jnp.int32(1), jnp.int32(2))
    assert state.pool.notes["steps"].shape == (2, 40, 4)
    assert float(state.pool.notes["steps"].min()) == 1


def test_a_judge_that_learns_rides_in_the_state():
    class Counting(collapse.Judge):
        seen: jax.Array
        share = 1.0

        def weigh(self, key, view, reward):
            return jnp.ones(len(reward))

        def judge(self, key, view):
            verdict, _ = super().judge(key, view)
            return verdict, Counting(self.seen + len(view.items))

    arm = prepare(toy(Counting(0.0)))
    keys = seed_keys(jax.random.key(0), range(2))
    state, _ = begin(arm, keys)
    state, _ = advance(arm, state, keys, jnp.int32(1), jnp.int32(5))
    np.testing.assert_array_equal(state.judge.seen, 5 * 40)


def test_truth_is_hidden_from_a_judge_that_does_not_declare_it():
    class Peeking(collapse.Judge):
        def score(self, key, view):
            return view.truth.log_prob(view.items)

    with pytest.raises(collapse.UserError, match="Peeking raised AttributeError"):
        prepare(toy(Peeking()))

    class Oracle(Peeking):
        uses_truth = True

    assert prepare(toy(Oracle())).candidates == 200


def test_prepare_reports_every_mistake_at_once():
    arm = toy(collapse.TopFraction(fraction=1.5), collapse.FreshMix(-1.0), n=0, generations=0)
    with pytest.raises(collapse.UserError) as caught:
        prepare(arm)
    assert len(caught.value.sentences) == 4


def test_prepare_makes_every_number_a_strong_array():
    arm = prepare(toy(collapse.Choice(strength=2), collapse.FreshMix(0.3)))
    for path, part in parts_of(arm):
        for leaf in jax.tree.leaves(part):
            assert isinstance(leaf, jax.Array), path
            assert not leaf.weak_type, path


def test_candidates_follow_the_judges_share():
    assert prepare(toy(collapse.TopFraction(fraction=0.2))).candidates == 200
    assert prepare(toy(collapse.BestOf(k=3))).candidates == 120
    assert prepare(toy(collapse.KeepAll())).candidates == 40
    assert prepare(toy(collapse.RandomFraction(0.3))).candidates == 134


@pytest.mark.slow
def test_fit_once_more_from_the_same_key_is_the_same_run_in_another_order_of_arms():
    """Arms do not touch each other: whatever runs before, the bits are the same."""
    one = run_arm(jax.random.key(0), toy(), 2)
    run_arm(jax.random.key(0), bigram(), 2)
    assert_same(one, run_arm(jax.random.key(0), toy(), 2))


def test_the_door_refuses_what_does_not_fit():
    def weigh(self, key, view):
        return jnp.zeros(view.rows.shape[0])

    class Greedy(collapse.Judge):
        share = 0.0
        score = weigh

    class Modest(collapse.Judge):
        share = 20.0
        score = weigh

    smoothed = collapse.NGram(9, sample_smoothed=True)
    cases = [
        (toy(Greedy()), "share 0"),
        (toy(Modest()), "share 20"),
        (toy(collapse.BestOf(k=4), group=2), "group must be"),
        (toy(group=-3), "group must be"),
        (
            replace(bigram(), model=collapse.NGram(5)),
            (
                r"NGram is fitted to .* out of 5, .* Empirical draws .* out of 9: set"
                r" model.vocab_size=9"
            ),
        ),
        (
            toy(measures=(collapse.Moments(),)),
            "The measure Moments is not compatible with the model Categorical",
        ),
        (replace(bigram(), model=smoothed, sampler=collapse.TopK()), "cannot be combined"),
    ]
    for arm, sentence in cases:
        with pytest.raises(collapse.UserError, match=sentence):
            prepare(arm)


def test_a_mix_keeps_what_the_judge_kept_when_it_kept_too_few():
    """Six kept of ten, half real: five real rows and the first five kept, none empty."""
    regime = collapse.FreshMix(0.5, n=10)
    rows = jnp.arange(10)
    weight = (rows < 6).astype(float)
    zero = jnp.zeros(10)
    one = jnp.ones(10)
    fresh = collapse.Pool(100 + rows, one, weight, zero, 0 * rows, 0 * rows, {})
    truth = collapse.Categorical([0.0, 1.0])
    pool = regime.absorb(jax.random.key(0), fresh, fresh, truth, Plain(), jnp.int32(1))
    np.testing.assert_array_equal(pool.rows, [1] * 5 + [100, 101, 102, 103, 104])
    np.testing.assert_array_equal(pool.count, 1)


def test_a_part_of_ours_is_told_by_its_registered_name_and_a_users_by_its_module():
    class Mine(collapse.KeepAll):
        pass

    assert identity.describe(collapse.TopFraction(0.5))["class"] == "top-fraction"
    assert identity.describe(Mine())["class"].endswith(".Mine"), "a name is not inherited"
    assert "source" in identity.describe(Mine())
    unnamed = collapse.Training(steps=2)  # not a part that can be named alone
    assert identity.describe(unnamed)["class"] == "Training"


def test_a_function_of_ours_is_told_by_its_name_and_a_users_by_its_source():
    from collapse.judges.diversity import alike

    assert identity.describe(alike) == {"function": "alike", "bound": [[], None]}
    assert "source" in identity.describe(lambda items: items)
