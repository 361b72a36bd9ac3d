"""A figure says what was run, and its CSV holds all that is drawn."""

import numpy as np
import pytest

from collapse import Categorical
from collapse.commands.compare.command import draw as compare_draw
from collapse.commands.compare.pairs import Pair
from collapse.numerics.pytree import replace
from collapse.report.draw import FLOORS, WIDE, draw_headline
from collapse.report.figures import draw_run, notes_of, stated
from collapse.report.recorded_figure import COLUMNS, MARKS
from collapse.report.typeset import escaped, paragraph, typeset
from collapse.scenario.load import build
from tests.redrawing import made_up, pixels, redrawn, rows_of
from tests.shared import ROOT

TINY = str(ROOT / "tests" / "tiny.py")
DOCS = ROOT / "docs"


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["jokes", "zipf-drift", "gaussian-replace", "gaussian-laws", "learner-laws", "answers"]
)
def test_the_csv_holds_what_is_drawn_and_redraws_it(tmp_path, name):
    """Scripts, laws and headlines: every line, band, point and level of the picture is in the CSV
    and nothing else, and the same picture comes of its numbers. One seed is not finished."""
    done = {arm: [8] for arm in list(build(name).arms)[:1]} if name == "jokes" else None
    seeds = 1 if done else 6
    run = made_up(name, tmp_path, seeds=seeds, done=done, changes=["--size quick"])
    figure, made = pixels(lambda: draw_run(run))
    assert np.abs(redrawn(figure, figure.csv()) - made).max() <= 2  # levels of 255
    for row in rows_of(figure.csv()):
        assert row["mark"] in MARKS
        assert "Run with --size quick." in row["notes"]
        assert ("Unfinished" in row["notes"]) == bool(done)


def test_what_is_not_recorded_is_found(tmp_path):
    """The two ways in which a CSV can be false: a line that it lacks, a row that nobody sees."""
    run = made_up(TINY, tmp_path)
    figure, _ = pixels(lambda: draw_headline(run))
    figure.axes[0].plot([0, 1], [0, 1])
    with pytest.raises(KeyError):
        redrawn(figure, figure.csv())
    figure, _ = pixels(lambda: draw_headline(run))
    ghost = "1,9," + figure.csv().splitlines()[1].split(",", 2)[2]
    with pytest.raises(AssertionError):
        redrawn(figure, figure.csv() + ghost + "\n")
    with pytest.raises(ValueError, match="colour"):
        figure.record(figure.axes[0], "curve", [], {"colour": "red"}, {"centre": [0.0]})


@pytest.mark.slow
def test_a_run_that_was_changed_says_so_in_the_picture_and_the_csv(tmp_path):
    """A judge of one's own is not called what the one was that it took the place of."""
    own = "my$judge.py:picky"
    labels = {"typical-fifth": f"{own}, replace", "typical-fifth-fresh": f"{own}, fresh mix"}
    changes = [f"--judge {own}", "--set n=64"]
    run = made_up("jokes", tmp_path, seeds=2, labels=labels, changes=changes)
    figure, _ = pixels(lambda: draw_run(run))
    shown = [text.get_text() for text in figure.legends[0].get_texts()]
    assert shown == ["no-judge", "random-fifth"] + [
        rf"my\$judge.py:picky, {regime}" for regime in ("replace", "fresh mix")
    ]
    said = "Run with --judge my$judge.py:picky --set n=64."
    assert figure.get_supxlabel().replace("\n", " ") == said.replace("$", r"\$")
    assert {row["notes"] for row in rows_of(figure.csv())} == {said}
    assert "my$judge.py:picky, replace" in {row["label"] for row in rows_of(figure.csv())}


def test_an_unfinished_run_counts_the_seeds_that_are_there(tmp_path):
    """Of 96 seeds one is done, one is half way and the others have not begun: the label and the CSV
    know of one or two, and an arm that has not begun is no curve."""
    seeds, last = 96, 3
    done = {"no-judge": [last, 1] + [-1] * (seeds - 2), "judged": [-1] * seeds}
    run = made_up(TINY, tmp_path, seeds=seeds, done=done)
    figure = stated(draw_headline(run), run)
    label = figure.axes[-1].get_xlabel().replace("\n", " ")
    assert label == "generation (mean and 95 % t band, cut at the range, 1 to 2 seeds)"
    rows = [row for row in rows_of(figure.csv()) if row["mark"] == "curve"]
    assert {row["arm"] for row in rows} == {"no-judge"}
    assert [row["seeds"] for row in rows if row["measure"] == "entropy"] == ["2", "2", "1", "1"]
    assert [bool(row["low"]) for row in rows[: last + 1]] == [True, True, False, False]
    (note,) = notes_of(run)
    assert note.endswith(
        "of 96 seeds, there are at generation 3: no-judge 1; judged 0 (not begun)."
    )
    assert note in rows[0]["notes"]
    assert notes_of(made_up(TINY, tmp_path)) == []


def test_the_level_of_real_data_is_drawn(tmp_path):
    """The noise floor: a dotted line where generation 0 is, in every panel."""
    saved = made_up(TINY, tmp_path)
    for axis, name in zip(draw_headline(saved).axes, saved.manifest["headline"], strict=True):
        (floor,) = [line for line in axis.lines if line.get_linestyle() == ":"]
        real = saved.curve("no-judge", name)[:, 0].mean()
        np.testing.assert_allclose(floor.get_ydata(), real)


@pytest.mark.slow
def test_a_level_of_real_data_belongs_to_a_truth(tmp_path):
    """Arms of one truth share a line; of two, each kind has its own; of many there is none."""
    scenario = build("zipf-drift")
    arm = replace(scenario.arms["replace"], generations=2)

    def levels(sizes):
        arms = {f"a{i}": replace(arm, n=n) for i, n in enumerate(sizes)}
        run = made_up(replace(scenario, arms=arms, claims=()), tmp_path, seeds=2)
        figure = draw_headline(run)
        found = [row for row in figure.rows if row["mark"] == "level" and row["panel"] == 1]
        lines = [
            x for x in figure.axes[0].lines if x.get_linestyle() == ":" and len(x.get_xdata()) == 2
        ]
        return run, found, [line.get_color() for line in lines], figure

    run, found, colours, _ = levels((10, 10, 10))
    assert [row["label"] for row in found] == ["real data"]
    run, found, colours, figure = levels((10, 20, 10))
    assert [row["label"] for row in found] == ["real data of a0, a2", "real data of a1"]
    curves = [line.get_color() for line in figure.axes[0].lines if len(line.get_xdata()) == 3]
    assert colours == curves[:2]
    assert figure.notes == [
        "Dotted: real data, in the colour of the first arm that starts from them."
    ]
    for row, name in zip(found, ("a0", "a1"), strict=True):
        real = run.curve(name, scenario.headline[0])[:, 0].mean()
        np.testing.assert_allclose(row["centre"], real)
    assert levels(range(10, 10 + FLOORS + 1))[1] == []
    other = replace(arm, truth=Categorical(np.ones(5) / 5), model=Categorical(np.ones(5) / 5))
    run = made_up(replace(scenario, arms={"a": arm, "b": other}), tmp_path, seeds=2)
    assert sum(row["mark"] == "level" for row in draw_headline(run).rows) == 2 * 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["learner-laws", "categorical-laws", "gaussian-laws"])
def test_nothing_is_clipped_and_no_panel_is_crowded(tmp_path, name):
    """Titles and labels are inside the picture, panels as high as they are legible."""
    run = made_up(name, tmp_path, seeds=3)
    figure, _ = pixels(lambda: draw_run(run))
    width, height = figure.get_size_inches() * figure.dpi
    assert (width / figure.dpi, height / figure.dpi) <= (6.9, 10)
    for axis in figure.axes:
        box = axis.get_tightbbox()
        assert min(box.x0, box.y0) >= -1
        assert box.x1 <= width + 1
        assert box.y1 <= height + 1
        assert axis.get_window_extent().height / figure.dpi > 0.6


@pytest.mark.slow
def test_many_arms_have_the_width_of_two_columns_and_a_look_each(tmp_path):
    scenario = build("zipf-drift")
    arm = replace(scenario.arms["replace"], generations=2)
    arms = {f"arm-{i:02}": arm for i in range(12)}
    run = made_up(replace(scenario, arms=arms), tmp_path, seeds=2)
    figure, _ = pixels(lambda: draw_headline(run))
    few = draw_headline(made_up(replace(scenario, arms={"a": arm}), tmp_path, seeds=2))
    assert len(arms) >= WIDE
    assert figure.get_figwidth() == 2 * few.get_figwidth()
    looks = {
        (line.get_color(), str(line.get_linestyle()), str(line._unscaled_dash_pattern))
        for line in figure.legends[0].get_lines()
    }
    assert len(looks) == len(arms) + 1  # and the real data
    box, panel = figure.legends[0].get_window_extent(), figure.axes[0].get_window_extent()
    assert box.x0 > panel.x1  # beside the curves, not over them


def test_text_of_users_is_shown_as_it_is_and_units_are_typeset():
    assert escaped("a$b$\ufeff\x1b.py") == r"a\$b\$\u001b.py"
    assert escaped("x^2_1") == "x^2_1"
    assert typeset("item units^2") == r"item units$^{\mathrm{2}}$"
    assert typeset("(1 - 1/n)^t") == r"(1 - 1/n)$^{\mathrm{t}}$"
    assert typeset("e^(-d/tau) of H_t, not share_kept") == (
        r"e$^{\mathrm{-d/tau}}$ of H$_{\mathrm{t}}$, not share_kept"
    )
    assert typeset("$5^2") == r"\$5$^{\mathrm{2}}$"
    lines = paragraph("the mean is (1 - 1/n)^t for 8 seeds", 18, typeset).split("\n")
    assert lines == ["the mean is", r"(1 - 1/n)$^{\mathrm{t}}$ for", "8 seeds"]


def test_a_comparison_of_a_directory_with_signs_of_mathematics_is_drawn(tmp_path):
    runs = [made_up(TINY, tmp_path / name) for name in ("one", "a$^{$b")]
    pair = Pair(runs[0], "judged", runs[1], "no-judge")
    figure, _ = pixels(lambda: compare_draw([pair], "t"))
    (text,) = figure.axes[0].get_legend().get_texts()
    assert text.get_text() == r"a\$^{\$b:no-judge less judged"


def test_columns_are_documented():
    page = (DOCS / "statistics.md").read_text()
    assert all(f"`{word}`" in page for word in (*COLUMNS, *MARKS))
