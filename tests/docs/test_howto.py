"""Every program of the how-to pages runs and does what the page says; what the pages quote of error
messages is what is said."""

import dataclasses
import importlib.util
import inspect
import itertools
import json
import re
import sys
import types

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as cl
from collapse.commands.new.command import KINDS
from collapse.numerics.pytree import seed_keys
from collapse.scenario.claims import check
from tests.shared import ROOT

HOWTO = ROOT / "docs" / "howto"
TINY = ROOT / "tests" / "tiny.py"
LIMIT = 4.5  # standard errors


def programs() -> dict[str, str]:
    """{file name: text} of all Python blocks; each says its name in its first line."""
    found = {}
    for page in sorted(HOWTO.glob("*.md")):
        for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
            found[re.match(r"# (\w+\.py)\n", block)[1]] = block
    return found


PROGRAMS = programs()


@pytest.fixture
def use(tmp_path):
    """Write one of the programs, changed or not, into the folder of the test and import it."""

    def used(name: str, old: str = "", new: str = "") -> types.ModuleType:
        assert old in PROGRAMS[name]
        path = tmp_path / name
        path.write_text(PROGRAMS[name].replace(old, new))
        spec = importlib.util.spec_from_file_location(f"howto_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return used


def said(page: str, error: str) -> None:
    """Hold what an error says against the page: some quotation of it is in there."""
    text = re.sub(r"```.*?```", "", (HOWTO / f"{page}.md").read_text(), flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    quoted = [x for x in re.findall(r"`([^`]+)`", text) if " " in x]
    assert any(x.removesuffix(" ...") in error for x in quoted), error


def errors(function, *arguments, **named) -> str:
    with pytest.raises(cl.UserError) as told:
        function(*arguments, **named)
    return "\n".join(told.value.sentences)


def z_scores(curve, law) -> np.ndarray:
    """(G,) of the means over seeds."""
    spread = curve.std(0, ddof=1) / np.sqrt(len(curve))
    return (curve.mean(0) - law) / spread


def test_there_is_a_page_for_each_kind_that_can_be_begun():
    assert {page.stem for page in HOWTO.glob("*.md")} == {*KINDS, "published", "sweep"}
    for kind in KINDS:
        assert f"collapse new {kind}" in (HOWTO / f"{kind}.md").read_text()


# Sweeps


def test_a_grid_in_python(use, capsys):
    """Fresh data keep more of a table the larger their share, and the larger n."""
    found = use("swept.py").found
    assert capsys.readouterr().out.startswith("(4, 2)")
    assert (np.diff(found.values(), axis=0) > 0).all()
    assert (np.diff(found.values(), axis=1) > 0).all()


# Judges


def test_judges_keep_what_they_say(use):
    mine = use("my_judge.py")
    items = jnp.array([[2, 1, 1], [3, 1, 0], [4, 0, 0], [5, 1, 1], [6, 1, 1]])
    batch = cl.Batch(items, jnp.ones(5), jnp.zeros(5, int))
    view = cl.View(batch, None, None, None, jnp.array(1), 1)
    key = jax.random.key(0)
    assert mine.Short().judge(key, view)[0].weight.tolist() == [0, 0, 1, 0, 0]
    weight = mine.Coin().judge(key, view)[0].weight
    np.testing.assert_allclose(weight, [0.9, 0.1, 0.9, 0.1, 0.9], rtol=1e-6)


@pytest.mark.slow
def test_a_judge_remembers_all_candidates(use):
    """Of 3 generations of 200 candidates each, and keeps by that what it sees in the fourth."""
    scenario = use("bored.py").scenario()
    arm = cl.prepare(scenario.arms["bored"])
    keys = seed_keys(jax.random.key(0), [0, 1])
    state, _ = cl.begin(arm, keys)
    state, _ = cl.advance(arm, state, keys, jnp.int32(1), jnp.int32(3))
    assert arm.candidates == 200
    assert state.judge.seen.sum(1).tolist() == [600, 600]
    judge = jax.tree.map(lambda x: x[0], state.judge)
    batch = cl.Batch(jnp.arange(20), jnp.ones(20), jnp.zeros(20, int))
    view = cl.View(batch, None, None, None, jnp.array(4), 20)
    kept = judge.judge(keys[0], view)[0].weight
    np.testing.assert_allclose(kept, np.minimum(1, 31 / (1 + np.asarray(judge.seen))), rtol=1e-6)
    assert (kept < 1).any()


@pytest.mark.slow
def test_a_note_of_a_judge_becomes_a_curve(use):
    """Of 200 candidates a generation: none seen in the first, more in each later one."""
    run = cl.simulate(use("bored.py").scenario().arms, seeds=2)
    times = run.curve("bored", "times_seen").mean(0)
    assert np.isnan(times[0])
    assert times[1] == 0
    assert (np.diff(times[1:]) > 0).all()
    assert times[2] < 200
    assert np.isnan(run.curve("control", "times_seen")).all()


def test_a_memory_that_changes_its_shape_is_refused(use):
    for old, new in (
        ("seen=seen)", "seen=seen[:-1])"),
        ("notes), dataclasses.replace(self, seen=seen)", "notes)"),
        ("self.seen[view.items]}", "self.seen.mean()}"),
    ):
        wrong = use("bored.py", old, new)
        said("judge", errors(cl.prepare, wrong.scenario().arms["bored"]))


SCORE = "return -self.strength * (view.items != 0).sum(-1)"
WEIGH = "jnp.where(view.items[:, 0] % 2 == 0, 0.9, 0.1)"


@pytest.mark.parametrize(
    ("judge", "old", "new"),
    [
        ("Short", "def score(", "def scoer("),
        ("Short", "def score(self, key, view)", "def score(self, view)"),
        ("Short", SCORE, "return view.items"),
        ("Short", SCORE, "return view.items + 'x'"),
        ("Short", SCORE, "return jnp.full(len(view.items), jnp.nan)"),
        ("Coin", WEIGH, "jnp.full(len(view.items), 3.0)"),
        ("Coin", WEIGH, "jnp.zeros(len(view.items))"),
    ],
)
def test_what_the_page_quotes_of_judges(run, tmp_path, judge, old, new):
    text = PROGRAMS["my_judge.py"]
    assert old in text
    (tmp_path / "my_judge.py").write_text(text.replace(old, new))
    code, _, err = run("run", TINY, "--judge", f"my_judge.py:{judge}", "--set", "judge.share=0.2")
    if "judge.share" in err:  # a share is no setting: candidates are as many as the page says
        code, _, err = run("run", TINY, "--judge", f"my_judge.py:{judge}")
    assert code == 2
    pattern = err.replace("120", "300")  # of the half that Coin keeps
    said("judge", re.sub(r"shape \(300, \d+\)", "shape (300, 3)", pattern))


# A model: brute force over all hidden paths


def paths(model, row):
    """Every hidden path with the probability of path and row."""
    start, move, emit = (
        np.exp(np.asarray(x, float)) for x in (model.start, model.move, model.emit)
    )
    for path in itertools.product(range(len(start)), repeat=len(row)):
        p = start[path[0]] * emit[path[0], row[0]]
        for t in range(1, len(row)):
            p *= move[path[t - 1], path[t]] * emit[path[t], row[t]]
        yield path, p


def small(mine, **settings):
    draw = lambda i, *shape: jax.random.normal(jax.random.key(i), shape)  # noqa: E731
    start, move, emit = (jax.nn.log_softmax(x) for x in (draw(1, 3), draw(2, 3, 3), draw(3, 3, 2)))
    return mine.HMM(start, move, emit, length=4, **settings)


def test_the_forward_algorithm_sums_over_all_hidden_paths(use):
    model = small(use("my_hmm.py"))
    rows = np.array(list(itertools.product(range(2), repeat=4)), np.int32)
    expected = [sum(p for _, p in paths(model, row)) for row in rows]
    np.testing.assert_allclose(np.exp(model.log_prob(jnp.array(rows))), expected, rtol=2e-6)
    assert np.isclose(np.sum(expected), 1)
    numbers, bound = model.identify(jnp.array(rows))
    assert sorted(numbers.tolist()) == list(range(bound))


def test_one_step_of_em_is_that_of_expected_counts(use):
    """Baum-Welch by enumeration of hidden paths, for rows that count differently."""
    model = small(use("my_hmm.py"), steps=1)
    rows = np.array([[0, 1, 1, 0], [1, 1, 1, 1], [0, 0, 1, 0]], np.int32)
    count = np.array([2.0, 0.5, 3.0])
    start, move, emit = np.zeros(3), np.zeros((3, 3)), np.zeros((3, 2))
    for row, weight in zip(rows, count, strict=True):
        every = list(paths(model, row))
        total = sum(p for _, p in every)
        for path, p in every:
            share = weight * p / total
            start[path[0]] += share
            for t, state in enumerate(path):
                emit[state, row[t]] += share
                if t:
                    move[path[t - 1], state] += share
    one = jnp.ones(3)
    fitted = model.fit(None, cl.Pool(jnp.array(rows), jnp.array(count), one, one, one, one, {}))
    for made, counts in ((fitted.start, start), (fitted.move, move), (fitted.emit, emit)):
        np.testing.assert_allclose(np.exp(made), counts / counts.sum(-1, keepdims=True), atol=2e-5)


@pytest.mark.slow
def test_em_never_loses_likelihood_and_samples_have_the_law(use):
    model = small(use("my_hmm.py"))
    n = 20_000
    rows = model.sample(jax.random.key(4), n)
    numbers, bound = model.identify(rows)
    every = jnp.array(list(itertools.product(range(2), repeat=4)), jnp.int32)
    p = np.zeros(bound)
    p[np.asarray(model.identify(every)[0])] = np.exp(model.log_prob(every))
    counts = np.bincount(numbers, minlength=bound)
    chi2 = ((counts - n * p) ** 2 / (n * p)).sum()
    assert abs(chi2 - (bound - 1)) < LIMIT * np.sqrt(2 * (bound - 1))
    one = jnp.ones(500)
    pool = cl.Pool(rows[:500], one, one, one, one, one, {})
    likelihood = [
        float(small(use("my_hmm.py"), steps=k).fit(None, pool).log_prob(pool.rows).sum())
        for k in (1, 2, 5, 20)
    ]
    assert all(b > a - 1e-2 for a, b in itertools.pairwise(likelihood))
    assert likelihood[-1] > float(model.log_prob(pool.rows).sum())


@pytest.mark.slow
def test_the_hidden_markov_model_collapses(use):
    arms = use("my_hmm.py").scenario().arms
    run = cl.simulate(arms, seeds=4)
    numbers = {arm: run.curve(arm, "effective_number").mean(0) for arm in run.arms}
    assert numbers["replace"][-1] < numbers["fresh-mix"][-1] < numbers["fresh-mix"][0]
    assert "distinct_2" in run.curves  # it says that it draws tokens


def test_what_the_page_quotes_of_models(use):
    """Where it does not say what it draws it is tried; where it does, it is not."""
    tried = "def gives(self):", "def gives_not(self):"
    for old, new in (
        ("pool.rows)", "pool.rowz)"),
        ("def identify(self", "def identify_not(self"),
        ("return HMM(*fitted,", "return dict("),
        ("HMM(*fitted,", "HMM(fitted[0][:, None] + 0 * fitted[1], *fitted[1:],"),
    ):
        scope: dict = {}
        exec(PROGRAMS["my_hmm.py"].replace(*tried).replace(old, new), scope)
        assert old in PROGRAMS["my_hmm.py"]
        truth = scope["scenario"]().arms["replace"].truth
        said("model", errors(cl.prepare, cl.Arm(truth=truth, measures=(cl.ItemDiversity(),))))
    untold = use("my_hmm.py", *tried).scenario().arms["replace"].truth
    shorter = dataclasses.replace(untold, length=5)
    said("model", errors(cl.prepare, cl.Arm(truth=untold, model=shorter, measures=())))
    hmm = use("my_hmm.py").scenario().arms["replace"].truth
    said("model", errors(cl.prepare, cl.Arm(truth=hmm, measures=(cl.Moments(),))))
    nine = cl.Empirical.of(np.ones((9, 9), np.int32), 4)
    said("model", errors(cl.prepare, cl.Arm(truth=nine, model=hmm)))


def test_a_laplace_model_is_fitted_by_median_and_deviation(use):
    """By hand, for rows that count 1, 3, 0 and 1; and its moments are the default measures."""
    laplace = use("laplace.py")
    arm = laplace.scenario().arms["replace"]
    assert arm.measures == (cl.Moments(),)
    count, one = jnp.array([1.0, 3.0, 0.0, 1.0]), jnp.ones(4)
    rows = jnp.array([[9.0], [2.0], [-5.0], [1.0]])
    fitted = arm.model.fit(None, cl.Pool(rows, count, one, one, one, one, {}))
    assert float(fitted.location[0]) == 2
    assert float(fitted.scale[0]) == pytest.approx((7 + 1) / 5)
    assert float(fitted.log_prob(jnp.array([[2.0]]))[0]) == pytest.approx(-np.log(2 * 8 / 5))
    cl.prepare(arm)
    said("model", errors(cl.Items, "points", {"dimension": 1}))
    flat = use("laplace.py", "(n, len(self.scale))", "(n,)").scenario().arms["replace"]
    said("model", errors(cl.prepare, flat))


# A regime


@pytest.mark.slow
def test_the_memory_fades(use):
    """In exact mode the recursion itself; of items the same mean, and every row with its weight."""
    arms = use("fading.py").scenario().arms
    keep, p = np.array([0.5, 0.9, 0.6, 0.8]), np.array([0.4, 0.3, 0.2, 0.1])
    seen, mass, law = p, 1.0, [p]
    for _ in range(4):
        kept = law[-1] * keep / (law[-1] @ keep)
        seen, mass = (0.5 * mass * seen + kept) / (0.5 * mass + 1), 0.5 * mass + 1
        law.append(seen)
    gini = [1 - (x**2).sum() for x in law]
    run = cl.simulate(arms["exact"], seeds=1)
    np.testing.assert_allclose(run.curve("arm", "model_gini")[0, 1:], gini, rtol=2e-6)
    many = cl.Arm(**{**vars(arms["items"]), "n": 4000, "measures": (cl.ModelDiversity(),)})
    found = cl.simulate(many, seeds=64).curve("arm", "model_gini")[:, 1:]
    assert np.abs(z_scores(found, np.array(gini) * (1 - 1 / 4000))).max() < LIMIT + 1

    arm = cl.prepare(arms["items"])
    keys = seed_keys(jax.random.key(0), [0])
    state, _ = cl.begin(arm, keys)
    state, _ = cl.advance(arm, state, keys, jnp.int32(1), jnp.int32(3))
    count = np.asarray(state.pool.count[0]).reshape(6, 200)
    assert count.tolist() == [
        [0.125] * 200,
        [0.25] * 200,
        [0.5] * 200,
        [1.0] * 200,
        *[[0.0] * 200] * 2,
    ]
    assert (np.asarray(state.pool.born[0]).reshape(6, 200)[:4] == np.arange(4)[:, None]).all()


@pytest.mark.slow
def test_the_memory_goes_on_where_a_run_is_extended(use, run):
    use("fading.py")
    assert run("run", "fading.py", "--generations", "2", "--seeds", "2")[0] == 0
    code, _, err = run("run", "fading.py", "--generations", "4", "--seeds", "2")
    assert code == 0, err


def test_what_the_page_quotes_of_regimes(use):
    fading = use("fading.py")
    truth = cl.Categorical([0.4, 0.6])
    said("regime", errors(cl.prepare, cl.Arm(truth=truth, regime=fading.Fading(factor=2.0))))
    only = use("fading.py", "    factor: float", '    kinds = ("items",)\n    factor: float')
    exact = {"sampler": cl.Support(), "regime": only.Fading()}
    said("regime", errors(cl.prepare, cl.Arm(truth=truth, **exact)))
    small = use("fading.py", "return mixed(old", "return fresh\n        return mixed(old")
    items = {"statistics": False, "regime": small.Fading()}
    said("regime", errors(cl.prepare, cl.Arm(truth=truth, **items)))
    wrong = use("fading.py", "return merged(old, fresh)", "return merged(old, frsh)")
    exact = {"sampler": cl.Support(), "regime": wrong.Fading()}
    said("regime", errors(cl.prepare, cl.Arm(truth=truth, **exact)))


# Samplers


@pytest.mark.slow
def test_at_least_so_many_tokens_stay(use):
    """Exactly, after one generation of (0.6, 0.2, 0.15, 0.05): p = 0.5 alone would leave one."""
    mine = use("at_least.py")
    truth = cl.Categorical([0.6, 0.2, 0.15, 0.05])
    for least, left in ((1, [1.0]), (3, np.array([0.6, 0.2, 0.15]) / 0.95)):
        sampler = cl.Support(of=mine.AtLeast(p=0.5, least=least))
        run = cl.simulate(cl.Arm(truth=truth, sampler=sampler, generations=2), seeds=1)
        expected = 1 - (np.array(left) ** 2).sum()
        assert run.curve("arm", "model_gini")[0, 2] == pytest.approx(expected, abs=1e-6)
    arms = mine.scenario().arms
    run = cl.simulate(arms, seeds=4)
    support = {arm: run.curve(arm, "model_support")[:, -1].mean() for arm in arms}
    assert 3 <= support["at-least"] < support["plain"]


@pytest.mark.slow
@pytest.mark.parametrize("of", [2, 3])
def test_the_likelier_items_have_the_law_of_a_maximum(use, of):
    """P(the likeliest of k is at most the i-th likeliest) by the distribution function."""
    p = np.array([0.5, 0.3, 0.15, 0.05])  # falling, so that outcome 3 is the least likely
    above = 1 - np.concatenate([[0], p.cumsum()])  # P(outcome >= i)
    expected = above[:-1] ** of - above[1:] ** of
    n = 40_000
    sampler = use("likelier.py").Likelier(of=of)
    drawn = sampler.draw(jax.random.key(1), cl.Categorical(p), n, 1).rows
    found = np.bincount(drawn, minlength=4) / n
    assert (np.abs(found - expected) < LIMIT * np.sqrt(expected * (1 - expected) / n)).all()
    cl.prepare(cl.Arm(truth=cl.Gaussian(0.0, 1.0), sampler=sampler, measures=(cl.Moments(),)))


def test_what_the_page_quotes_of_samplers(use):
    mine = use("at_least.py")
    said("sampler", errors(cl.prepare, cl.Arm(truth=cl.zipf(9), sampler=mine.AtLeast(p=2.0))))
    points = cl.Gaussian(0.0, 1.0)
    said("sampler", errors(cl.prepare, cl.Arm(truth=points, sampler=mine.AtLeast())))
    wrong = use("likelier.py", "argmax(1)", "argmaxx(1)")
    said("sampler", errors(cl.prepare, cl.Arm(truth=cl.zipf(9), sampler=wrong.Likelier())))


# A measure, a learner


@pytest.mark.slow
def test_the_measure_agrees_with_the_law_of_a_normal(use):
    arms = use("outside.py").scenario().arms
    run = cl.simulate(arms, seeds=64)
    outside, surprise = (run.curve("control", name)[:, :1] for name in ("outside", "surprise"))
    assert abs(z_scores(outside, 0.0455003)) < LIMIT
    assert abs(z_scores(surprise, 0.5 * np.log(2 * np.pi * np.e))) < LIMIT
    assert run.curve("judged", "outside")[:, 5].mean() < 0.01


def test_what_the_page_quotes_of_measures(use):
    mine = use("outside.py")
    words = {"self.radius": "self.radios"}
    for old, new in words.items():
        wrong = use("outside.py", old, new)
        said("measure", errors(cl.prepare, cl.Arm(truth=cl.zipf(9), measures=(wrong.Outside(),))))
    said("measure", errors(use, "outside.py", 'cl.Curve("share", 0, 1, bias="none")', '"share"'))
    assert mine.Outside().radius == 2


@pytest.mark.slow
def test_the_mean_of_all_fits_keeps_the_product(use):
    """Heterozygosity falls by 1 - 1 / (n t^2) in generation t, of plain refits by 1 - 1 / n."""
    arms = use("averaged.py").scenario().arms
    run = cl.simulate(arms, seeds=400)
    t = np.arange(1, 21)
    for arm, factors in (("averaged", 1 - 1 / (50 * t**2)), ("control", np.full(20, 1 - 1 / 50))):
        law = 0.7 * factors.cumprod()
        assert np.abs(z_scores(run.curve(arm, "model_gini")[:, 1:], law)).max() < LIMIT
    assert 0.965 < (1 - 1 / (50 * np.arange(1, 10_000.0) ** 2)).prod() < 0.97


def test_what_the_page_quotes_of_learners(use):
    wrong = use("averaged.py", "fits: jax", "needs_net = True\n    fits: jax")
    texts = cl.Empirical.of(np.ones((9, 9), np.int32), 4)
    learner = wrong.Averaged()
    said("learner", errors(cl.prepare, cl.Arm(truth=texts, model=cl.NGram(4), learner=learner)))
    wrong = use("averaged.py", "/ fits,", "/ fitz,")
    said("learner", errors(cl.prepare, cl.Arm(truth=cl.zipf(9), learner=wrong.Averaged())))
    shorter = "return jax.tree.map(lambda x: x[:-1], mean),"
    wrong = use("averaged.py", "return mean,", shorter)
    said("learner", errors(cl.prepare, cl.Arm(truth=cl.zipf(9), learner=wrong.Averaged())))


# A scenario and its figure


@pytest.mark.slow
def test_the_scenario_runs_on_its_sentences_and_on_a_users(use, run, tmp_path):
    use("lengths.py")
    code, out, err = run("run", "lengths.py")
    assert code == 0, err
    assert "a dog saw me" in out
    assert cl.load(tmp_path / "runs" / "lengths").label("short") == "shortest fifth"
    (tmp_path / "my_text.csv").write_text("text\n" + "one two three four\nfive six\n" * 20)
    code, out, err = run("run", "lengths.py", "--data", "my_text.csv", "--out", "runs/mine")
    assert code == 0, err
    assert "five six" in out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def scenario(", "def scenarios("),
        ("arms = {", "arms = nonsense and {"),
        ("    return cl.Scenario(", "    return dict("),
        ("model=cl.NGram(size), judge", "model=cl.NGram(size), group=-1, judge"),
    ],
)
def test_what_the_page_quotes_of_scenarios(run, tmp_path, old, new):
    text = PROGRAMS["lengths.py"]
    assert old in text
    (tmp_path / "lengths.py").write_text(text.replace(old, new))
    code, _, err = run("run", "lengths.py", "--dry-run")
    assert code == 2
    said("scenario", re.sub(r"line \d+", "line 12", err))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("two_panels", {".pdf", ".png", ".svg"}),
        ("with_numbers", {".pdf", ".png", ".svg", ".csv"}),
    ],
)
def test_the_file_says_how_its_run_is_drawn(use, run, tmp_path, name, kinds):
    module = use(f"{name}.py")
    assert run("run", f"{name}.py", "--seeds", "3", "--generations", "3")[0] == 0
    code, out, err = run("figure", f"{name}.py", "--out", "one", "--json")
    assert code == 0, err
    files = json.loads(out)["written"][f"{name}.py"]
    assert {f".{file.rsplit('.', 1)[1]}" for file in files} == kinds
    assert run("figure", f"{name}.py", "--out", "two")[0] == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    saved = cl.load(tmp_path / "runs" / name.replace("_", "-"))
    figure = module.draw(saved)
    labels = [
        text.get_text() for text in (figure.legends or [figure.axes[0].get_legend()])[0].texts
    ]
    assert labels == saved.arms


@pytest.mark.slow
def test_the_law_of_the_page_is_drawn_over_the_curve(use):
    module = use("with_law.py")
    made = cl.simulate(module.scenario(), seeds=64)
    upper, lower = (figure := module.draw(made)).axes
    assert tuple(figure.get_size_inches())[1] == pytest.approx(2 * 1.6)
    (law,) = [line for line in upper.lines if line.get_label() == "Wright (1931)"]
    found = made.curve("replace", "model_gini")
    assert np.abs(z_scores(found[:, 1:], law.get_ydata()[1:])).max() < LIMIT
    assert lower.get_ylabel() == "entropy (nats)"


def test_the_claim_of_the_page_holds_and_the_table_has_every_field(use):
    scenario = use("drift.py").scenario()
    (claim,) = scenario.claims
    made = cl.simulate(scenario)
    record = {"curves": {"model_gini": made.curve("no-judge", "model_gini")}}
    assert check(claim, record).verdict == "passes"
    record["curves"]["model_gini"] *= 0.98
    assert check(claim, record).verdict == "FAILS"
    fields = {field.name for field in dataclasses.fields(cl.Claim)}
    page = (HOWTO / "scenario.md").read_text().split("| field of `cl.Claim`")[1]
    rows = [line.split("|")[1] for line in page.split("\n\n")[0].splitlines()[2:]]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == fields
    told = inspect.getdoc(cl.Claim)
    assert all(f"\n{name} " in told for name in fields)


@pytest.mark.slow
def test_a_run_by_its_directory_runs_no_file(use, run, tmp_path):
    use("two_panels.py")
    assert run("run", "two_panels.py", "--seeds", "2", "--generations", "2")[0] == 0
    (tmp_path / "two_panels.py").write_text("raise SystemExit('run')")
    code, _, err = run("figure", "runs/two-panels")
    assert code == 0, err
    assert (tmp_path / "runs" / "two-panels" / "two-panels.csv").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "more"),
    [
        ('"hill_0"', '"hill_0"; {}["x"]', ()),
        ("    return figure\n", "", ()),
        ("", "", ("--interval", "median")),
    ],
)
def test_what_the_page_quotes_of_figures(use, run, tmp_path, old, new, more):
    text = PROGRAMS["two_panels.py"].replace('run.curve(arm, "hill_0")', 'run.curve(arm, "hill_0")')
    assert old in text
    if new.endswith('["x"]'):
        old, new = "    left, right", '    {}["x"]\n    left, right'
    (tmp_path / "two_panels.py").write_text(text.replace(old, new) if old else text)
    assert run("run", "two_panels.py", "--seeds", "2", "--generations", "2")[0] == 0
    code, _, err = run("figure", "two_panels.py", *more)
    assert code == 2
    said("figure", re.sub(r"line \d+", "line 10", err))


# Papers


@pytest.mark.slow
def test_the_paper_is_reproduced_and_a_changed_number_is_noticed(use, run, tmp_path):
    use("coin_drift.py")
    code, out, _ = run("reproduce", "coin_drift.py", "--json")
    assert code == 0
    verdicts = {row["claim"]: row["verdict"] for row in json.loads(out)["claims"]}
    assert [*verdicts.values()] == ["holds in shape", "holds"]
    use("coin_drift.py", "lambda t: 2 * P", "lambda t: 1.8 * P")
    _, out, _ = run("reproduce", "coin_drift.py", "--json")
    assert json.loads(out)["claims"][0]["verdict"] == "does not hold"
