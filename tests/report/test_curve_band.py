"""What figures show of a curve: the interval that suits it, inside its range, and said in words."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from collapse.curve import Curve
from collapse.report.curve_band import drawn, words
from collapse.report.draw import draw_headline
from collapse.report.figures import Look, write_figure
from collapse.runs.run import Run
from collapse.stats.intervals import median_interval
from tests.redrawing import rows_of

T, SEEDS = 6, 8
SHARE, VARIANCE = Curve("share", 0, 1), Curve("item units^2", 0, heavy=True)
RNG = np.random.default_rng(4)
SHARES = np.clip(0.04 * np.abs(RNG.normal(size=(SEEDS, T))) ** 3, 0, 1)  # near 0, and skewed
VARIANCES = np.exp(2 * RNG.normal(size=(SEEDS, T)))


def test_t_stays_inside_the_range_and_says_so():
    """The ends are scipy's but for those below 0, which is where a share ends."""
    found = drawn(SHARES, SHARE)
    low, high = stats.t.interval(0.95, SEEDS - 1, SHARES.mean(0), stats.sem(SHARES))
    assert (low < 0).any()
    np.testing.assert_allclose(found.low, np.maximum(low, 0), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(found.high, high, rtol=1e-6)
    assert words([("p", found)]) == "mean and 95 % t band, cut at the range, 8 seeds"
    free = drawn(SHARES, Curve("share"))  # as of a run whose curves declared no range
    np.testing.assert_allclose(free.low, low, rtol=1e-6)
    assert words([("p", free)]) == "mean and 95 % t band, 8 seeds"
    assert "cut at the range" in words([("p", found), ("p", free)])  # of any arm


def test_heavy_tails_have_the_median_and_order_statistics():
    found = drawn(VARIANCES, VARIANCE)
    for t, at in enumerate(VARIANCES.T):
        band = median_interval(at)
        assert (found.centre[t], found.low[t], found.high[t]) == (band.value, band.low, band.high)
        assert found.low[t] in at
    assert words([("v", found)]) == "median and its 95 % interval, 8 seeds"
    assert words([("v", drawn(VARIANCES[:3], VARIANCE))]) == "median and its 75 % interval, 3 seeds"


def test_infinite_seeds_leave_a_median():
    values = VARIANCES.copy()
    values[:2, 3] = np.inf
    assert np.isfinite(drawn(values, VARIANCE).centre[3])
    for method in ("t", "bootstrap"):
        found = drawn(values, VARIANCE, method)
        assert np.isinf(found.centre[3])
        assert np.isnan([found.low[3], found.high[3]]).all()  # no ends, as nothing is drawn there
        assert np.isfinite(found.high[[0, 1, 2, 4]]).all()


def test_what_is_asked_for_is_drawn():
    found = drawn(VARIANCES, VARIANCE, "bootstrap")
    np.testing.assert_allclose(found.centre, VARIANCES.mean(0))
    assert words([("v", found)]) == "mean and 95 % bootstrap band, 8 seeds"
    assert drawn(SHARES, SHARE, "median").method == "median"
    assert words([("v", drawn(VARIANCES[:1], VARIANCE))]) == "median, no band, 1 seed"


def test_undefined_generations_are_gaps():
    values = np.c_[np.full(SEEDS, np.nan), SHARES]
    for method in ("t", "median", "bootstrap"):
        found = drawn(values, SHARE, method)
        assert np.isnan([found.centre[0], found.low[0], found.high[0]]).all()
        assert np.isfinite(found.low[1:]).all()


def test_seeds_that_are_not_there_are_not_counted():
    """One seed has come to the end and seven to generation 2: the band is of those there, and
    where one is left there is none. Undefined is another thing than missing."""
    values = SHARES.copy()
    there = np.arange(T) <= np.where(np.arange(SEEDS) == 0, T - 1, 2)[:, None]
    values[~there] = np.nan
    values[1, 1] = np.nan
    found = drawn(values, SHARE, there=there)
    assert found.seeds.tolist() == [SEEDS] * 3 + [1] * (T - 3)
    assert found.defined.tolist() == [SEEDS, SEEDS - 1, SEEDS] + [1] * (T - 3)
    np.testing.assert_allclose(found.centre[3:], values[0, 3:])
    assert np.isnan(found.low[3:]).all()
    assert np.isnan(found.high[3:]).all()
    low = stats.t.interval(
        0.95,
        SEEDS - 2,
        np.nanmean(values[:, 1]),
        np.nanstd(values[:, 1], ddof=1) / (SEEDS - 1) ** 0.5,
    )[0]
    np.testing.assert_allclose(found.low[1], max(low, 0), rtol=1e-6)
    assert words([("p", found)]).endswith("1 to 8 seeds where they have a number")
    alone = drawn(values[:1], SHARE, there=there[:1])
    assert words([("p", alone)]) == "mean, no band, 1 seed"


@pytest.mark.parametrize("method", ["t", "median", "bootstrap"])
@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_few_seeds_have_the_band_that_is_said_or_none(method, seeds):
    """Of two values the least and the greatest hold the median every second time; resampling them
    gives the same two, which are no interval of 95 %."""
    found = drawn(VARIANCES[:seeds], VARIANCE, method)
    said = words([("v", found)])
    if seeds == 1 or (method == "bootstrap" and seeds == 2):
        assert np.isnan([found.low, found.high]).all()
        assert "no band" in said
        return
    percent = {"t": 95, "bootstrap": 95, "median": 100 * (1 - 2.0 ** (1 - seeds))}[method]
    assert f"{percent:g} %" in said
    assert (found.low < found.high).all()


def made(manifest_of=lambda curves: {"curves": {k: c.as_dict() for k, c in curves.items()}}):
    curves = {"p": SHARE, "v": VARIANCE}
    parts = {"truth": "one", "n": 9}
    manifest = {"scenario": "made", "arms": {"one": {"parts": parts}}, "headline": ["p", "v"]}
    manifest |= {"seeds": SEEDS, "finished": True, "generations": T - 1} | manifest_of(curves)
    return Run(Path("made"), manifest, {"p": SHARES[None], "v": VARIANCES[None]})


def test_the_figure_says_which_band_is_of_which_curve():
    axes = draw_headline(made()).axes
    label = axes[-1].get_xlabel().replace("\n", " ")
    assert "p: mean and 95 % t band; " in label
    assert "v: median and its 95 % interval; cut at the range, 8 seeds" in label
    (line,) = [x for x in axes[1].lines if len(x.get_ydata()) == T]
    np.testing.assert_allclose(line.get_ydata(), np.median(VARIANCES, 0))
    asked = draw_headline(made(), "median").axes[-1].get_xlabel().replace("\n", " ")
    assert asked == "generation (median and its 95 % interval, 8 seeds)"


def test_runs_saved_before_curves_declared_a_range_are_drawn_as_before():
    old = made(lambda curves: {"units": {k: c.unit for k, c in curves.items()}})
    assert old.meaning("p") == Curve("share")
    axes = draw_headline(old).axes
    assert axes[0].get_ylabel() == "p\n(share)"
    assert axes[-1].get_xlabel() == "generation (mean and 95 % t band, 8 seeds)"


@pytest.mark.parametrize("band", [None, "bootstrap"])
def test_the_numbers_are_those_drawn_and_the_bytes_the_same(tmp_path, band):
    written = [write_figure(made(), tmp_path / name, Look(band)) for name in ("a", "b")]
    for one, other in zip(*written, strict=True):
        assert one.read_bytes() == other.read_bytes()
    rows = rows_of(written[0][-1].read_text())
    floors = [row for row in rows if row["mark"] == "level"]
    assert [row["measure"] for row in floors] == ["p", "v"]
    for row in [row for row in rows if row["mark"] != "level"]:
        curve = {"p": SHARE, "v": VARIANCE}[row["measure"]]
        values = {"p": SHARES, "v": VARIANCES}[row["measure"]]
        found = drawn(values, curve, band)
        t = int(row["generation"])
        np.testing.assert_allclose(float(row["centre"]), found.centre[t], rtol=1e-6)
        np.testing.assert_allclose(float(row["low"]), found.low[t], rtol=1e-6)
        assert row["band"] == found.method == (band or {"p": "t", "v": "median"}[row["measure"]])
        assert (row["seeds"], row["defined"]) == (str(SEEDS), str(SEEDS))
