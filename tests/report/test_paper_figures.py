"""The figures of papers: their CSV holds what is drawn, also of the results of functions."""

import csv

import jax
import numpy as np
import pytest

from collapse.errors import UserError
from collapse.files.atomic import write_arrays
from collapse.plot import published
from collapse.report.draw import legend
from collapse.report.draw_means import draw_means
from collapse.report.figures import draw_run, make_log, missing_evidence, script_of
from collapse.report.style import panels
from collapse.runs.evidence import folder_of, write_about
from collapse.scenario.load import build
from tests.redrawing import made_up, pixels, redrawn
from tests.shared import ROOT

SCRIPTS = sorted(path.stem for path in (ROOT / "figures" / "published").glob("*.py"))
NOT_REDRAWN = {"zhang_typicality", "vae_digits"}  # bars, and images of a real run
SEEDS = 6


def reproduced(name, out):
    """A made-up run of a scenario, with the evidence that its figure reads, of few seeds."""
    run = made_up(name, out / "runs" / name, seeds=SEEDS)
    functions, files = build(name).evidence, {}
    folder = folder_of(run.directory, name)
    for each in vars(script_of(run)).get("EVIDENCE", ()):
        write_about(folder, 0.0, files)
        assert missing_evidence(script_of(run), run)
        made = functions[each](jax.random.key(0), SEEDS)["curves"]
        write_arrays(folder / f"{len(files)}.npz", {k: np.asarray(x) for k, x in made.items()})
        files[each] = f"{len(files)}.npz"
        vars(run).pop("evidence")  # it was read before
    write_about(folder, 0.0, files)
    return run


@pytest.mark.slow
@pytest.mark.parametrize("script", sorted({*SCRIPTS} - NOT_REDRAWN))
def test_the_csv_holds_what_is_drawn(script, tmp_path):
    run = reproduced(script.replace("_", "-"), tmp_path)
    assert missing_evidence(script_of(run), run) == []
    figure, made = pixels(lambda: draw_run(run))
    assert np.abs(redrawn(figure, figure.csv()) - made).max() <= 2  # levels of 255


@pytest.mark.slow
def test_the_law_is_where_the_means_are(tmp_path):
    """Interpolation of Garg et al.: a wrong weight below a mean would be seen."""
    run = reproduced("garg-golden", tmp_path)
    rows = list(csv.DictReader(draw_run(run).csv().splitlines()))
    means = [row for row in rows if row["panel"] == "1" and row["mark"] == "curve"]
    law = [row for row in rows if row["panel"] == "1" and row["mark"] == "law"]
    x, y = (np.array([float(row[k]) for row in law]) for k in ("x", "centre"))
    for row in means:
        half = (float(row["high"]) - float(row["low"])) / 2
        assert abs(np.interp(float(row["x"]), x, y) - float(row["centre"])) < 2 * half
    assert len({row["x"] for row in means}) == len(means) > 3


def test_without_evidence_the_curves_of_the_run_are_drawn(tmp_path):
    run = made_up("garg-golden", tmp_path, seeds=3)
    assert missing_evidence(script_of(run), run) == ["interpolated", "ridge"]
    assert {row["measure"] for row in draw_run(run).rows} == {"risk"}


def test_marks_of_no_curve_that_are_not_positive_have_no_logarithm():
    figure, (axis,) = panels(1, over="share")
    draw_means(axis, [0.1, 0.2], np.array([[1.0, -2.0], [1.0, -2.0]]), "loss")
    with pytest.raises(UserError, match=r"--log y: loss of the figure is -2 at x = 0\.2"):
        make_log(figure)


def test_labels_of_published_points_and_of_a_range_are_in_the_legend():
    figure, (axis,) = panels(1, over="share")
    published(axis, [0.5], [1.0], "table 2")
    axis.fill_between([0, 1], 0, 1, label="range of table 3")
    legend(figure, 1)
    shown = {text.get_text() for text in figure.legends[0].get_texts()}
    assert shown == {"table 2", "range of table 3"}
