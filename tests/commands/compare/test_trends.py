"""Trends, waits, half-lives and jumps of one run, from the command, on curves that are known."""

import json

import numpy as np
import pytest
from scipy import stats

from collapse.commands.compare.trends import course
from collapse.curve import Curve
from collapse.stats.intervals import median_interval
from collapse.stats.trends import jumps, steps
from tests.benchmarks.jumps import KINDS, LEVEL, NONE, shares_called
from tests.made import made_run

T, SEEDS = 20, 8
ENTROPY = Curve("nats", 0, better="more")
AT = np.arange(T + 1)
RNG = np.random.default_rng(2)
STEP = np.where(AT < 13, 4.0, 1.0) + 0.2 * RNG.normal(size=(SEEDS, T + 1))
DECAY = 4 * 0.5 ** (AT / RNG.uniform(3, 6, (SEEDS, 1)))


@pytest.fixture
def saved(tmp_path):
    """A run on disk whose two arms fall at once, at generation 13, and little by little."""
    curves = {"entropy": np.stack([STEP, DECAY])}
    made_run(tmp_path / "made", ("step", "decay"), curves, {"entropy": ENTROPY})
    return tmp_path / "made"


def rows_of(run, *arguments):
    code, out, err = run("compare", *arguments, "--json")
    assert code == 0, err
    return {row["arm"]: row for row in json.loads(out)["courses"]}


def test_a_known_jump_is_found_and_a_decay_is_none(saved, run):
    rows = rows_of(run, saved, "--level", 2)
    jump = rows["step"]["jump"]
    assert jump["is"]
    assert [jump["when"][k] for k in ("value", "low", "high")] == [13, 13, 13]
    assert jump["height"]["low"] < -3 < jump["height"]["high"] + 0.3
    assert rows["step"]["words"] == "falls at once"
    assert rows["step"]["wait"]["value"] == 13
    assert not rows["decay"]["jump"]["is"]
    assert rows["decay"]["words"] == "falls"


def test_trend_half_life_and_wait_are_those_of_the_seeds(saved, run):
    """scipy's slope of each seed and interval of their mean; half-lives as they were put in."""
    row = rows_of(run, f"{saved}:decay", "--level", 2)["decay"]
    own = [stats.linregress(AT[1:], curve[1:]).slope for curve in DECAY]  # of models alone
    low, high = stats.t.interval(0.95, SEEDS - 1, np.mean(own), stats.sem(own))
    found = [row["trend"][k] for k in ("value", "low", "high")]
    np.testing.assert_allclose(found, [np.mean(own), low, high], rtol=1e-9)
    lives = np.log(0.5) / np.log(DECAY[:, 1] / DECAY[:, 0])
    assert row["half_life"]["value"] == pytest.approx(median_interval(lives).value)
    assert row["half_life"]["low"] == pytest.approx(lives.min())
    assert row["wait"]["value"] == np.median(np.ceil(lives - 1e-9))


def test_two_arms_have_their_courses_too(saved, run):
    assert set(rows_of(run, f"{saved}:step", f"{saved}:decay")) == {"step", "decay"}


def test_the_table_and_the_file(saved, run, tmp_path):
    code, out, _ = run("compare", saved, "--out", tmp_path / "c")
    assert code == 0
    assert "13 (13 .. 13)" in out
    assert "t, 95 %, 8 seeds" in out
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["comparison.json"]


def test_mistakes_are_sentences(saved, run):
    for arguments, says in (
        ([saved, "--generation", "3"], "--generation needs two runs"),
        ([f"{saved}:stp"], "did you mean step?"),
        ([saved, "--interval", "tt"], "--interval must be"),
    ):
        code, out, err = run("compare", *arguments)
        assert (code, out) == (2, "")
        assert says in err


def test_curves_without_an_answer_have_none():
    """No half-life of a distance or from undefined real data; infinite seeds have no slope; fewer
    than six seeds tell no jump."""
    distance = course(STEP, Curve("nats", 0, better="less"), None, None)
    assert distance["half_life"] is None
    late = course(np.c_[np.full(SEEDS, np.nan), STEP], ENTROPY, 2.0, None)
    assert (late["from"], late["half_life"], late["jump"]["when"].value) == (1, None, 14)
    assert late["wait"].value == 14
    lost = np.where(AT > 15, np.inf, STEP)
    assert course(lost, ENTROPY, None, None)["trend"] is None
    assert not course(STEP[:5], ENTROPY, None, None)["jump"]["is"]
    assert course(STEP[:6], ENTROPY, None, None)["jump"]["is"]
    never = course(STEP, ENTROPY, -9.0, None)
    assert never["words"] == "falls at once"
    assert never["wait"].value == np.inf


def test_steps_are_the_levels_apart():
    when, _ = jumps(STEP)
    height, share = steps(STEP, when)
    np.testing.assert_allclose(height, STEP[:, 13:].mean(1) - STEP[:, :13].mean(1))
    once = (STEP[:, 13] - STEP[:, 12]) / height
    np.testing.assert_allclose(share, once)
    assert steps(np.ones((1, 5)), np.array([2.0]))[1] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_how_often_a_jump_is_called(kind):
    """At most in 5 of 100 runs that have none, and in 95 where it is twice the noise."""
    share = shares_called(kind, seeds=8, sets=200)["jump"]
    assert share > 0.95 if kind == "step of 2 sd" else share < 0.05


@pytest.mark.parametrize(("seeds", "sets"), [(2, 400), (8, 400), (100, 400), (1000, 100)])
@pytest.mark.parametrize("kind", NONE)
def test_nothing_is_called_where_nothing_changes(kind, seeds, sets):
    """However many seeds: of curves that stay, at most the 5 of 100 trends that 95 % intervals are
    allowed, and as many jumps. With generation 0 in it, which is exact and a third of a standard
    deviation off, as the first model of real data is, a thousand seeds tell both of a level."""
    share = shares_called(kind, seeds, sets)
    allowed = 0.05 + 3.5 * np.sqrt(0.05 * 0.95 / sets)
    assert share["trend"] < allowed
    assert share["jump"] < allowed
    if seeds > 5:
        assert share["trend"] > 0  # and the interval is not simply too wide
    if kind == LEVEL and seeds == 1000:
        assert shares_called(kind, seeds, 20, from_real=True)["trend"] > 0.9


def test_courses_of_two_runs_are_headed_by_run_and_arm(tmp_path, run):
    curves, meanings = {"entropy": STEP[None]}, {"entropy": ENTROPY}
    for name in ("one", "two"):
        made_run(tmp_path / name, ("step",), curves, meanings)
    code, out, err = run("compare", "one", "two")
    assert code == 0, err
    heads = [line.strip() for line in out.splitlines() if "over generations" in line]
    assert heads == [f"{name}:step, over generations" for name in ("one", "two")]
    assert "\nstep, over generations" in "\n" + run("compare", "one")[1]
