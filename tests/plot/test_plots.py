"""Every type of plot: Axes in and out, and the CSV holds the numbers that are drawn."""

import inspect

import numpy as np
import pytest

import collapse as cl
from collapse.report.recorded_figure import MARKS
from collapse.stats.estimate import Estimate
from tests.plot.drawn import EXAMPLES
from tests.redrawing import rows_of

FREE = {"rule", "end", "infinite", "neutral"}  # drawn for the eye, without numbers of their own
PAGE = {"panels", "style", "house_style", "Drawing", "Venue"}


@pytest.fixture
def panel():
    with cl.plot.house_style():
        figure, (axis,) = cl.plot.panels(1, height=2.5)
        yield figure, axis


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_csv_holds_every_mark(panel, name):
    figure, axis = panel
    EXAMPLES[name](axis)
    figure.canvas.draw()
    rows = rows_of(figure.csv())
    assert {row["mark"] for row in rows} <= set(MARKS)
    told = {f"{row['panel']}.{row['series']}" for row in rows}
    drawn = {
        artist.get_gid()
        for artist in (*axis.lines, *axis.collections, *axis.images)
        if artist.get_gid() not in FREE
    }
    assert drawn <= told


def test_every_function_is_in_an_example():
    """Those of the page are the means; the others are all drawn above."""
    functions = {name for name in cl.plot.__all__ if callable(getattr(cl.plot, name))} - PAGE
    source = inspect.getsource(inspect.getmodule(EXAMPLES["grown"]))
    assert {name for name in functions if f"plot.{name}(" not in source} == {"curves"}
    for name in functions:
        parameters = list(inspect.signature(getattr(cl.plot, name)).parameters)
        assert parameters[0] == "ax"
        assert getattr(cl.plot, name).__doc__


def test_a_power_law_has_its_exponent(panel):
    _, axis = panel
    x = np.geomspace(1, 1e4, 9)
    assert cl.plot.scaling(axis, x, 3 * x**-0.4, "law") == pytest.approx(-0.4)
    bent = np.where(x < 100, x**-0.5, 0.1)
    assert cl.plot.scaling(axis, x, bent, "cut", fit=(1, 90)) == pytest.approx(-0.5)


def test_the_law_of_entropy_and_reward_is_fitted_to_the_first_points(panel):
    _, axis = panel
    h = np.linspace(2, 0.1, 30)
    reward = 0.9 - 0.1 * np.exp(h)
    bent = np.where(np.arange(30) < 10, reward, 0.0)
    found = cl.plot.entropy_reward(axis, h, bent, "GRPO", share=1 / 3)
    np.testing.assert_allclose(found, (0.1, 0.9), rtol=1e-6)


def test_histograms_are_shares_and_ranks_are_sorted(panel):
    figure, axis = panel
    cl.plot.histograms(axis, {0: np.arange(100.0), 3: np.zeros(10)}, bins=10)
    rows = rows_of(figure.csv())
    for generation, bins in (("0", 10), ("3", 10)):
        shares = [float(row["centre"]) for row in rows if row["generation"] == generation]
        assert len(shares) == bins
        assert sum(shares) == pytest.approx(1)
    cl.plot.rank_frequency(axis, {5: np.array([1, 0, 5, 2])})
    rows = [row for row in rows_of(figure.csv()) if row["generation"] == "5"]
    assert [float(row["centre"]) for row in rows] == [0.625, 0.25, 0.125]


def test_what_is_never_reached_is_a_mark_at_the_top_and_infinite_in_the_csv(panel):
    figure, axis = panel
    never = Estimate(float("inf"), n=4)
    cl.plot.threshold(axis, [1, 2], [Estimate(3.0, 2.0, 4.0, n=4), never], "half-life")
    assert [row["centre"] for row in rows_of(figure.csv())] == ["3", "inf"]
    (mark,) = [line for line in axis.lines if line.get_gid() == "infinite"]
    assert mark.get_xdata().tolist() == [2]


@pytest.mark.slow
def test_curves_of_a_run_with_a_law(panel):
    figure, axis = panel
    arm = cl.Arm(truth=cl.zipf(9), measures=(cl.ModelDiversity(),), n=20, generations=3)
    run = cl.simulate(arm, seeds=4)
    start = run.curve("arm", "model_gini")[0, 0]

    def law(t):
        return start * (1 - 1 / 20) ** t

    assert cl.plot.curves(axis, run, "model_gini", law=law) is axis
    rows = [row for row in rows_of(figure.csv()) if row["mark"] == "law"]
    np.testing.assert_allclose([float(row["centre"]) for row in rows], law(np.arange(4)), rtol=1e-6)
    with pytest.raises(cl.UserError, match="no curve"):
        cl.plot.curves(axis, run, "model_ginny")


def test_a_users_own_axes_do_as_well():
    from matplotlib.figure import Figure

    axis = Figure().subplots()
    cl.plot.pass_at_k(axis, [1, 2, 4], [0.1, 0.2, 0.3], "base")
    assert axis.get_ylabel() == "pass@k"
