"""``collapse compare``: which seeds are there, which share random numbers, what is said."""

import json

import numpy as np
import pytest
from scipy import stats

import collapse
from collapse.commands.compare.pairs import Pair, pairs_of
from collapse.commands.compare.progress import farthest
from collapse.curve import Curve
from collapse.runs.directory import run_scenario
from collapse.runs.run import load
from collapse.scenario.prepare import prepare_scenario
from collapse.scenario.scenario import Scenario
from tests.made import made_run

T, SEEDS = 6, 8
LIMIT = 4.0
KINDS = {"entropy": Curve("nats", 0, better="more"), "share": Curve("share", 0, 1)}
KINDS["effective_number"] = Curve("items", 1, better="more")


def made(path, arms, done=None, rows=None, key=0, precision="single"):
    """A run on disk of ``arms`` {arm: {measure: (S, T + 1)}}, as far as ``done`` {arm: (S,)}."""
    names = list(dict.fromkeys(name for curves in arms.values() for name in curves))
    shape = next(iter(next(iter(arms.values())).values())).shape
    curves = {k: np.full((len(arms), *shape), np.nan) for k in names}
    for i, (arm, own) in enumerate(arms.items()):
        for name, values in own.items():
            there = (
                np.arange(shape[1]) <= np.array((done or {}).get(arm, [T] * len(values)))[:, None]
            )
            curves[name][i] = np.where(there, values, np.nan)
    meanings = {name: KINDS[name] for name in names}
    changed = {"layout": {"key": key, "precision": precision}}
    made_run(path, arms, curves, meanings, rows=rows, done=done, **changed)
    return path


def asked(run, *arguments):
    code, out, err = run("compare", *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def falling(rng, by=0.5, seeds=SEEDS):
    return 4 - by * np.arange(T + 1) + 0.1 * rng.normal(size=(seeds, T + 1))


# What is missing


def test_a_run_that_is_not_finished_is_told_and_compared_as_far_as_it_is(run, tmp_path, rng):
    """Of one arm no seed is at the end: no verdict is given there. Two seeds of both are
    at generation 3, which is where they are compared unless another is asked for."""
    far = {"a": [6, 6, 3, 3, 1, -1, -1, -1], "b": [3, 3, 3, 0, -1, -1, -1, -1]}
    arms = {"a": {"entropy": falling(rng)}, "b": {"entropy": falling(rng, 0.2)}}
    where = made(tmp_path / "r", arms, far)
    document = asked(run, f"{where}:a", f"{where}:b")
    assert document["generation"] == 3
    (row,) = document["rows"]
    assert [row[k]["n"] for k in ("first", "second", "difference")] == [3, 3, 3]
    assert row["differs"]
    said = " ".join(document["cautions"])
    for arm, seeds in (("a", "4"), ("b", "3")):
        assert f"of 8 seeds of {arm}, {seeds} have reached generation 3 of 6, 1 have not" in said
    assert "1 have not, 3 have not begun" in said
    late = asked(run, f"{where}:a", f"{where}:b", "--generation", "6")
    assert late["rows"][0]["differs"] is None
    assert late["rows"][0]["difference"]["value"] is None
    assert "no seed of b in" in late["verdict"][0]
    assert "has reached generation 6" in late["verdict"][0]
    assert "No significant difference" not in " ".join(late["verdict"])


def test_one_seed_of_both_has_no_interval_and_is_no_finding(run, tmp_path, rng):
    done = {"a": [6] + [-1] * 7, "b": [6] + [-1] * 7}
    arms = {"a": {"entropy": falling(rng)}, "b": {"entropy": falling(rng, 0.2)}}
    where = made(tmp_path / "r", arms, done)
    code, out, _ = run("compare", f"{where}:a", f"{where}:b")
    assert code == 0
    assert "only one seed has a value in both" in out
    assert "t, no interval, 1 seed" in out
    for wrong in ("No significant", "differs", "nan", "inf"):
        assert wrong not in out
    alone = asked(run, where)
    assert {row["words"] for row in alone["courses"]} == {"no trend: too few seeds for an interval"}
    assert len(alone["cautions"]) == 2


def test_an_arm_without_a_measure_has_no_half_life_of_it(run, tmp_path, rng):
    """Only one arm records the effective number: no "inf (inf .. inf)" of the other."""
    arms = {"a": {"effective_number": 4 + falling(rng)}, "b": {"entropy": falling(rng)}}
    where = made(tmp_path / "r", arms)
    code, out, _ = run("compare", f"{where}:a", f"{where}:b")
    assert code == 0
    assert "inf" not in out
    assert "b in" in out
    assert "does not record it" in out
    document = asked(run, f"{where}:a", f"{where}:b")
    assert {row["differs"] for row in document["rows"]} == {None}
    life = document["half_lives"][0]["second"]
    assert (life["value"], life["n"]) == (None, 0)


def test_unfinished_seeds_are_not_taken_to_last(run, tmp_path, rng):
    """Half-lives are those of the seeds that are there; a seed stopped before it halves is none
    that lasts, and that is said in a table of one run, too."""
    curve = np.tile(np.array([8.0, 8, 6, 5, 3, 2, 2]), (SEEDS, 1))
    where = made(tmp_path / "r", {"a": {"effective_number": curve}}, {"a": [6] * 3 + [2] * 5})
    (row,) = asked(run, where)["courses"]
    assert (row["half_life"]["n"], row["to"]) == (3, 6)
    assert 3 < row["half_life"]["high"] < 4
    never = made(tmp_path / "n", {"a": {"effective_number": np.full((SEEDS, T + 1), 8.0)}})
    _, out, _ = run("compare", never, "--level", "2")
    assert "> 6" in out
    assert "never" not in out


def test_farthest():
    for done, last in (([6, 6, 2], 6), ([6, 2, -1], 2), ([6, -1, -1], 6), ([-1, -1], -1), ([4], 4)):
        assert farthest(np.array(done)) == last


def test_what_is_the_same_cannot_be_told_apart(run, tmp_path, rng):
    curve = falling(rng)
    where = made(tmp_path / "r", {"a": {"entropy": curve}, "b": {"entropy": curve}})
    document = asked(run, f"{where}:a", f"{where}:b")
    assert document["rows"][0]["differs"] is False
    assert document["verdict"] == [
        "No significant difference with these seeds: entropy (b less a)."
    ]


def test_five_seeds_have_no_median_that_tells(run, tmp_path, rng):
    """The least and the greatest of five hold the median 94 times in 100, of two every other time:
    no finding is made of them, of a difference or of a trend."""
    arms = {"a": {"entropy": falling(rng)}, "b": {"entropy": falling(rng, 0.2)}}
    for seeds, told in ((2, False), (5, False), (6, True)):
        own = {arm: {"entropy": each["entropy"][:seeds]} for arm, each in arms.items()}
        where = made(tmp_path / str(seeds), own)
        document = asked(run, f"{where}:a", f"{where}:b", "--interval", "median")
        (row,) = document["rows"]
        assert row["differs"] == (told or None)
        words = {course["words"] for course in document["courses"]}
        assert words == ({"falls"} if told else {"no trend: too few seeds for an interval"})
        said = " ".join(document["verdict"])
        assert ("too few for a 95 % interval of the median" in said) != told


# Ranges


def test_no_difference_of_shares_is_above_one(run, tmp_path):
    high, low = np.zeros((4, T + 1)), np.zeros((4, T + 1))
    high[:, T] = [0.1, 1.0, 1.0, 1.0]
    where = made(tmp_path / "r", {"a": {"share": low}, "b": {"share": high}})
    row = asked(run, f"{where}:a", f"{where}:b")["rows"][0]
    bare = stats.t.interval(0.95, 3, high[:, T].mean(), stats.sem(high[:, T]))
    assert bare[1] > 1
    assert (row["difference"]["high"], row["difference"]["clipped"]) == (1, True)
    assert (row["second"]["high"], row["second"]["clipped"]) == (1, True)


# Random numbers in common


@pytest.fixture(scope="module")
def chains(tmp_path_factory):
    """One Gaussian chain four times under one key: by summaries, by items, by items again with a
    larger n, and by items with fresh data."""
    truth = collapse.Gaussian(0.0, 1.0)

    def arm(statistics, n=40, regime=None):
        return collapse.Arm(
            truth=truth,
            model=truth,
            judge=collapse.KeepAll(),
            regime=regime or collapse.Replace(),
            learner=collapse.MaximumLikelihood(),
            sampler=collapse.Plain(),
            measures=(collapse.Moments(),),
            n=n,
            generations=4,
            statistics=statistics,
        )

    arms = {"summaries": arm(True), "items": arm(False), "larger": arm(False, 60)}
    arms["fresh"] = arm(False, regime=collapse.FreshMix(0.3))
    about = {"name": "chains", "title": "", "source": "none", "headline": ("log_variance",)}
    where = tmp_path_factory.mktemp("chains") / "r"
    run_scenario(prepare_scenario(Scenario(arms=arms, seeds=256, **about)), where)
    return where


@pytest.mark.slow
def test_summaries_and_items_are_not_paired_and_items_are(chains, run):
    """Over 256 seeds: what shares no random numbers is not correlated, and is compared by Welch's
    t, as scipy does it; what shares them is."""
    saved = load(chains)
    values = {arm: saved.curve(arm, "log_variance")[:, 2] for arm in saved.arms}
    for other, paired in (("summaries", False), ("fresh", True)):
        r = np.corrcoef(values["items"], values[other])[0, 1]
        assert (abs(r) < LIMIT / 16) != paired, (other, r)
        document = asked(run, f"{chains}:items", f"{chains}:{other}", "--generation", "2")
        (row,) = document["rows"]
        assert document["paired"] == row["paired"] == paired
        test = stats.ttest_rel if paired else stats.ttest_ind
        more = {} if paired else {"equal_var": False}
        ends = test(values[other], values["items"], **more).confidence_interval(0.95)
        found = [row["difference"][k] for k in ("low", "high")]
        np.testing.assert_allclose(found, [ends.low, ends.high], rtol=1e-4)
        told = "one draws items and the other sufficient statistics" in " ".join(
            document["cautions"]
        )
        assert told != paired
        assert (row["correlation"] is None) != paired
    _, out, _ = run("compare", f"{chains}:items", f"{chains}:summaries")
    assert "t, 95 %, 256 seeds, not paired" in out


def test_keys_precision_and_kinds_of_rows_decide(tmp_path, rng):
    arms = {"a": {"entropy": falling(rng)}, "b": {"entropy": falling(rng)}}
    one = made(tmp_path / "one", arms, rows={"b": "sufficient statistics: no need of items"})
    double = made(tmp_path / "double", arms, precision="double")
    other = made(tmp_path / "other", arms, key=3)
    for second, why in (
        (f"{one}:a", ""),
        (f"{one}:b", "one draws items and the other sufficient statistics"),
        (f"{double}:a", "one has single and one double precision, which draw different numbers"),
        (f"{other}:a", "the runs have different keys"),
    ):
        (pair,) = pairs_of(f"{one}:a", second)
        assert (pair.unpaired, pair.paired) == (why, not why)


def test_pairs_without_a_correlation_are_told(run, tmp_path, rng):
    """One key and one kind of rows, and yet nothing in common, as of two kinds of model: the
    differences of the seeds hold for any correlation, and a sentence says that there is none."""
    shared = rng.normal(size=(40, T + 1))
    for noise, told in ((rng.normal(size=(40, T + 1)), True), (shared, False)):
        b = 3 + noise + 0.1 * rng.normal(size=(40, T + 1))
        arms = {"a": {"entropy": 3 + shared}, "b": {"entropy": b}}
        where = made(tmp_path / str(told), arms)
        document = asked(run, f"{where}:a", f"{where}:b")
        assert document["paired"]
        assert (
            "the correlation over seeds is not significant" in " ".join(document["cautions"])
        ) == told


@pytest.mark.parametrize("correlation", [-0.9, 0.0, 0.9])
def test_differences_of_seeds_hold_for_any_correlation_and_welchs_only_for_none(correlation):
    """Coverage of a difference of 0 over 2,000 sets of 8 seeds. Welch's interval is right where
    seeds share nothing; it is too narrow for seeds that go against each other."""
    rng, sets = np.random.default_rng(1), 2000
    cov = [[1, correlation], [correlation, 1]]
    held = {True: 0, False: 0}
    for _ in range(sets):
        a, b = rng.multivariate_normal([0, 0], cov, 8).T
        for paired in held:
            band = Fake(a, b, paired).difference("x", 0, "t")
            held[paired] += band.low <= 0 <= band.high
    error = np.sqrt(0.95 * 0.05 * sets)
    assert abs(held[True] - 0.95 * sets) < LIMIT * error
    # Welch's number of degrees is an approximation, 1 to 2 points too careful at 8 seeds.
    assert (held[False] < 0.95 * sets - LIMIT * error) == (correlation < 0)


class Fake(Pair):
    """A pair of seeds that are made up."""

    def __init__(self, a, b, paired):
        for name, value in (("made", (a[:, None], b[:, None])), ("first", self), ("second", self)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "is_paired", paired)

    unpaired = property(lambda self: "" if self.is_paired else "made so")

    def curves(self, name):
        return self.made

    def meaning(self, name):
        return Curve("")
