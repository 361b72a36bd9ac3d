"""``collapse figure``: options that change a figure, checked before anything is run or drawn."""

import csv
import json

import numpy as np
import pytest
from matplotlib.figure import Figure

from collapse.commands import figure as command
from collapse.curve import Curve
from collapse.errors import UserError
from collapse.report.style import VENUES, venue_of
from collapse.runs.run import load
from tests.made import made_run
from tests.shared import ROOT, shared

TINY = str(ROOT / "tests" / "tiny.py")


@pytest.fixture
def saved(run, monkeypatch):
    """A run, and the figures that are drawn of it."""
    assert run("run", TINY)[0] == 0
    drawn = []
    savefig = Figure.savefig

    def keep(figure, *arguments, **named):
        drawn.append(figure)
        return savefig(figure, *arguments, **named)

    monkeypatch.setattr(Figure, "savefig", keep)
    return drawn


@pytest.mark.slow
def test_a_run_without_what_its_figure_needs_says_how_to_get_it(run):
    assert run("run", "garg-golden", "--seeds", "2", "--generations", "2")[0] == 0
    code, out, _ = run("figure", "garg-golden")
    assert code == 0
    said = " ".join(out.split())
    assert "also shows what `collapse reproduce garg-golden` computes: run that" in said
    assert "collapse reproduce" not in run("figure", "garg-golden", "--curves", "risk")[1]


def rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


@pytest.mark.parametrize("name", [*VENUES, "4x2.5"])
def test_a_venue_sets_width_and_size_of_text(run, saved, tmp_path, name):
    assert run("figure", "runs/tiny", "--venue", name, "--out", "out")[0] == 0
    figure, venue = saved[-1], venue_of(name)
    width = figure.get_figwidth()
    assert width in (venue.column, venue.full)
    if venue.height:
        assert figure.get_figheight() == venue.height
    assert figure.axes[0].yaxis.label.get_size() == venue.font
    assert figure.axes[0].get_yticklabels()[0].get_size() == venue.small
    figure.canvas.draw()
    box = figure.get_tightbbox()
    assert box.x0 >= -0.02
    assert box.x1 <= width + 0.02


def test_arms_curves_labels_and_scale(run, saved, tmp_path):
    options = ("--curves", "gini,entropy", "--arms", "judged", "--label", "judged=mine, at last")
    code, out, _ = run("figure", "runs/tiny", *options, "--out", "out", "--json")
    assert code == 0
    written = json.loads(out)["written"]["runs/tiny"]
    assert [path.rsplit(".")[-1] for path in written] == ["pdf", "png", "svg", "csv"]
    found = [row for row in rows(tmp_path / "out" / "tiny.csv") if row["mark"] == "curve"]
    assert {row["arm"] for row in found} == {"judged"}
    assert {row["label"] for row in found} == {"mine, at last"}
    assert list(dict.fromkeys(row["measure"] for row in found)) == ["gini", "entropy"]
    options = ("--curves", "effective_number", "--log", "y", "--out", "out")
    assert run("figure", "runs/tiny", *options)[0] == 0
    assert saved[-1].axes[0].get_yscale() == "log"


def test_published_points_are_open_marks(run, saved, tmp_path, write):
    file = write(
        "points.csv", "arm,curve,generation,value\njudged,entropy,1,0.5\njudged,entropy,2,0.4\n"
    )
    options = ("--curves", "entropy", "--out", "out", "--data", file)
    assert run("figure", "runs/tiny", *options)[0] == 0
    found = [row for row in rows(tmp_path / "out" / "tiny.csv") if row["mark"] == "published"]
    assert [float(row["centre"]) for row in found] == [0.5, 0.4]
    (marks,) = [line for line in saved[-1].axes[0].lines if line.get_label() == "published"]
    assert marks.get_markerfacecolor() == "none"
    for old, new, said in (
        ("judged", "juged", "did you mean judged?"),
        (",entropy", ",entrpy", "did you mean entropy?"),
        ("arm,", "setting,", "lacks columns of published points: arm"),
    ):
        wrong = write("wrong.csv", file.read_text().replace(old, new))
        code, _, error = run("figure", "runs/tiny", *options[:-1], wrong)
        assert code == 2
        assert said in error


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--venue", "neurip"), "did you mean neurips?"),
        (("--venue", "0.1x300"), "1 to 40 inches"),
        (("--arms", "juged"), "did you mean judged?"),
        (("--label", "juged=x"), "did you mean judged?"),
        (("--label", "judged"), "must be ARM=TEXT"),
        (("--log", "z"), "--log must be y"),
        (("--curves", "entrop"), "did you mean entropy?"),
        (("--curves", "precision"), "the measure precision-recall records it"),
        (("--data", "nothing.csv"), "no file nothing.csv"),
    ],
)
def test_mistakes_are_named_before_anything_is_run_or_drawn(run, monkeypatch, options, said):
    monkeypatch.setattr(command, "run_to_disk", lambda *_: pytest.fail("ran"))
    monkeypatch.setattr(command, "write_figure", lambda *_: pytest.fail("drew"))
    code, _, error = run("figure", TINY, *options)
    assert code == 2
    assert said in error


def test_all_mistakes_at_once(run):
    code, _, error = run("figure", TINY, "--venue", "x", "--log", "z", "--interval", "q")
    assert code == 2
    assert error.count("Error:") == 3


@pytest.mark.slow
def test_values_that_are_not_positive_have_no_logarithm(run, tmp_path, write):
    source = '''"""A curve through zero"""
import collapse as cl

def scenario():
    arm = cl.Arm(truth=cl.Gaussian(0.0, 1.0), measures=(cl.Moments(),), n=5, generations=2)
    return cl.Scenario(name="zero", arms={"one": arm}, headline=("log_variance",), seeds=2)
'''
    write("zero.py", source)
    code, _, error = run("figure", "zero.py", "--log", "y", "--curves", "log_variance")
    assert code == 2
    assert "--log y: log_variance of one is" in error
    assert not list((tmp_path / "runs" / "zero").glob("*.png"))


@pytest.mark.data
def test_the_published_gaussian_points_agree_with_the_laws():
    """Means of 100 published runs against the exact means, in their own standard errors."""
    from collapse.commands.reproduce.rows import built
    from collapse.laws import gaussian
    from collapse.scenario.load import find, load_file

    path = shared("curves/collapse_or_thrive_gaussian_1d.csv")
    table = rows(path)
    points = load_file(find("kazdan-gaussian"), "scenario").published(table)
    assert len(points) == len(table) == 800
    arms = built("kazdan-gaussian", "laptop").arms
    assert {arm for arm, *_ in points} <= set(arms)
    for row in table:
        n, t, law = int(row["n"]), int(row["iteration"]), gaussian.accumulate_variance
        if row["setting"] == "Accumulate" and t in (1, 5, 20, 100):
            error = float(row["var_ratio_sd"]) / np.sqrt(int(row["runs"]))
            assert abs(float(row["var_ratio_mean"]) - law(t, n)) < 4 * error, (n, t)


def test_a_run_without_measures_is_told(run, tmp_path):
    """A model that does not say what it draws has no default measures."""
    curves = {"kept": np.full((1, 2, 3), 100.0)}
    made_run(tmp_path / "bare", ("a",), curves, {"kept": Curve("items")}, headline=[])
    code, _, err = run("figure", "bare")
    assert code == 2
    assert "The run made has no headline curve to draw." in err
    with pytest.raises(UserError, match="no headline curve"):
        load(tmp_path / "bare").plot()
