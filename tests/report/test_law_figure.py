"""Figures draw the laws that their run obeys, and none that it does not."""

import jax
import numpy as np
import pytest

from collapse import Accumulate
from collapse.commands import figure as command
from collapse.commands.figure_options import Chosen
from collapse.commands.request import Options, scenario_of
from collapse.loop.prepare import prepare
from collapse.numerics.pytree import replace
from collapse.report.draw import exponential
from collapse.report.figures import draw_run, write_figure
from collapse.report.law_figure import drawn_claims
from collapse.report.typeset import typeset
from collapse.scenario.load import build, load_file
from collapse.scenario.scenario import shipped
from tests.redrawing import made_up
from tests.shared import ROOT

TINY = str(ROOT / "tests" / "tiny.py")
DOCS = ROOT / "docs"


@pytest.mark.parametrize("statistics", [None, False])
def test_the_law_is_drawn_over_the_gaussian_chain(tmp_path, statistics):
    """Whether it drew statistics, as it does, or items; not over that of another regime, and not
    over that of another truth, whose variance is not 1."""
    scenario = build("gaussian-replace")
    arm = replace(scenario.arms["replace"], generations=4, statistics=statistics)
    draw = load_file(shipped("figures") / "published" / "gaussian_replace.py", "figure").draw
    wide = replace(arm.truth, cov=4 * arm.truth.cov)
    for other, law in ((arm, True), (replace(arm, regime=Accumulate()), False)):
        saved = made_up(replace(scenario, arms={"replace": prepare(other)}), tmp_path)
        axis = draw(saved).axes[0]
        assert ("exact mean" in axis.get_legend_handles_labels()[1]) == law
    saved = made_up(
        replace(scenario, arms={"replace": prepare(replace(arm, truth=wide))}), tmp_path
    )
    assert "exact mean" not in draw(saved).axes[0].get_legend_handles_labels()[1]
    assert all(path.stat().st_size > 0 for path in write_figure(saved, tmp_path))


@pytest.mark.parametrize(("seeds", "bands"), [(2, []), (10, ["50"]), (50, ["50", "95"])])
def test_quantiles_are_of_as_many_seeds_as_have_them(tmp_path, seeds, bands):
    """A twentieth of two seeds is none of them: no band that would be called 95 % of seeds."""
    run = made_up("gaussian-replace", tmp_path, seeds=seeds)
    figure = draw_run(run)
    found = {(row["panel"], row["band"]) for row in figure.rows if row["mark"] == "band"}
    assert found == {(panel, f"{band} % of seeds") for panel in (1, 2) for band in bands}
    assert f"{' and '.join(bands)} % of {seeds} seeds" in figure.axes[1].get_xlabel() or not bands


@pytest.mark.slow
def test_a_law_is_of_arms_as_they_ship(tmp_path):
    """An arm that was changed has no law; one that is drawn by no law is named."""
    assert {group[0].evidence for group in drawn_claims(made_up("gaussian-laws", tmp_path))} == {
        "unbiased",
        "plane",
        "narrowed",
        "space",
    }
    changed = scenario_of(Options(name="gaussian-laws", settings=["plane:n=20"]))
    run = made_up(changed, tmp_path, changes=changed.changes)
    assert {group[0].evidence for group in drawn_claims(run)} == {"unbiased", "narrowed", "space"}
    figure = draw_run(run)
    assert "Not drawn, as no law is about them: plane." in figure.notes
    assert "Run with --set plane:n=20." in figure.notes
    elsewhere = made_up("gaussian-laws", tmp_path)
    elsewhere.manifest["scenario"] = TINY
    assert drawn_claims(elsewhere) == []  # and the file is not run for it


@pytest.mark.slow
def test_laws_are_found_for_runs_in_double_precision(tmp_path, monkeypatch):
    """Numbers that tell whether an arm is as it ships are rounded otherwise there."""
    with jax.enable_x64(True):
        run = made_up("gaussian-laws", tmp_path)
        assert run.manifest["layout"]["precision"] == "double"
        assert len(drawn_claims(run)) > 10
    monkeypatch.setattr(command, "_saved_run", lambda *_: run)
    asked = []
    monkeypatch.setattr(command, "start_jax", asked.append)
    monkeypatch.setattr(command, "say", lambda *_: None)
    command.figure("gaussian-laws", tmp_path, Chosen(), quiet=True)
    assert asked == ["double"]


@pytest.mark.slow
def test_the_law_of_a_heavy_tail_is_over_means_and_the_curve_a_median(tmp_path):
    """Of a variance over 60 generations whose mean is claimed of four: the median on a logarithmic
    axis to the last generation, the means where they are claimed, and the law there and no farther.
    """
    run = made_up("gaussian-laws", tmp_path)
    run.curves["variance"][:] *= np.exp(-0.2 * np.arange(run.generations + 1))
    figure = draw_run(run)
    rows = [row for row in figure.rows if row["panel"] == 1]
    assert {row["measure"] for row in rows} == {"variance"}
    by = {mark: [row for row in rows if row["mark"] == mark] for mark in ("curve", "points", "law")}
    values = run.curve("unbiased", "variance")
    assert [row["band"] for row in by["curve"][:1]] == ["median"]
    np.testing.assert_allclose([row["centre"] for row in by["curve"]], np.median(values, 0))
    assert [row["generation"] for row in by["points"]] == [1, 2, 4]
    means = values[:, [1, 2, 4]].mean(0)
    np.testing.assert_allclose([row["centre"] for row in by["points"]], means, rtol=1e-6)
    assert [row["generation"] for row in by["law"]] == [1, 2, 3, 4]
    axis = figure.axes[0]
    assert axis.get_yscale() == "log"
    assert axis.get_xlim() == (0, run.generations)
    assert "units$^{\\mathrm{2}}$" in axis.get_ylabel()


def test_what_is_exponential():
    t = np.arange(20)
    assert exponential(t, np.exp(-0.5 * t))
    assert not exponential(t, 1 + 3.0 * t)  # over more than a factor of ten, and straight
    assert not exponential(t, np.exp(-0.01 * t))
    assert not exponential(t, np.exp(-0.5 * t) - 1e-3)


def test_every_text_that_is_declared_can_be_drawn():
    """Names of claims, all of which are on a page, and units, as matplotlib reads mathematics."""
    from matplotlib.mathtext import MathTextParser

    rows = (DOCS / "laws.md").read_text().splitlines()
    texts = {row.split("|")[1].strip() for row in rows if row.startswith("| ")}
    raised = {typeset(text) for text in texts | {"nats^2", "item units^2d"}} - texts
    assert len(raised) > 10
    parser = MathTextParser("path")
    for text in raised:
        parser.parse(text)
