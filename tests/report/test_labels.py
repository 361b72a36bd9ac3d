"""Text of others in figures: drawn as it stands, without a warning; and the numbers come first."""

import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from collapse.report.labels import FAMILIES, SQUARE, families, lacking, legible
from collapse.report.overwrite import write_result
from collapse.stats.estimate import Estimate

CASES = {
    "costs $5 and $6": "costs $5 and $6",
    r"a $\frac{$ b": r"a $\frac{$ b",
    r"one \$ and two $": r"one \$ and two $",
    "$$": "$$",
    "\ufeffone\u200b\u202etwo": "onetwo",
    "_x": " _x",
    "two\nlines\ttab": "two lines tab",
    "\u732b and \U000f0000": f"{SQUARE} and {SQUARE}",
    "\u043a\u043e\u0442 \u2260 \u05d7\u05ea\u05d5\u05dc": (
        "\u043a\u043e\u0442 \u2260 \u05d7\u05ea\u05d5\u05dc"
    ),
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd \u2764\ufe0f": (
        f"{SQUARE} {SQUARE} \u2764"
    ),
    "\u0645\u06cc\u200c\u062e\u0648\u0627": "\u0645\u06cc\u200c\u062e\u0648\u0627",
    "\x1b[31m": "\\u001b[31m",
    "a" * 40: "a" * 25 + "\u2026",
    "\ufeff": "",
}


@pytest.fixture(scope="module")
def drawn():
    """The figure of all cases as ticks and in a legend, and what is written in it."""
    with rc_context({"font.family": FAMILIES}):
        figure = Figure(figsize=(6, 4))
        canvas = FigureCanvasAgg(figure)
        axis = figure.subplots()
        axis.set_yticks(range(len(CASES)), [legible(text) for text in CASES])
        for i, text in enumerate(CASES):
            axis.plot([i], [i], label=legible(text) or "none")
        axis.legend()
        canvas.draw()  # warnings are errors in tests: of glyphs that are missing, too
    return figure


def test_texts_are_drawn_as_they_stand(drawn):
    shown = [tick.label1 for tick in drawn.axes[0].yaxis.get_major_ticks()]
    for text, wanted in zip(shown, CASES.values(), strict=True):
        plain, mathematics = text._preprocess_math(text.get_text())
        assert (plain, mathematics) == (wanted, False)
    assert len(drawn.axes[0].get_legend().get_texts()) == len(CASES)


def test_characters_that_no_font_has_are_told():
    (said,) = lacking(["cat \u732b\u732b", "\U000f0000", "\ufeff$"])
    assert f"shows {SQUARE} for characters that its fonts lack: \u732b, \U000f0000." in said
    assert lacking(["plain", "\u05d0\u2026\n\x1b"]) == []


def test_the_numbers_are_written_before_the_figure(tmp_path, monkeypatch):
    """A figure that fails costs no numbers; one that does not is listed beside them."""

    def fails():
        raise ValueError("no figure")

    out = tmp_path / "x"
    with pytest.raises(ValueError, match="no figure"):
        write_result(out, "measure", {"n": 3}, fails)
    assert json.loads((out / "measure.json").read_text())["n"] == 3
    assert [path.name for path in out.iterdir()] == ["measure.json"]
    monkeypatch.setattr("collapse.report.figures.save_drawing", lambda draw, stem: [stem])
    document = write_result(out, "measure", {"n": 3}, fails)
    assert document["written"] == [str(out / "measure"), str(out / "measure.json")]
    assert json.loads((out / "measure.json").read_text()) == document


@pytest.mark.parametrize("names", [["$_x$.txt"], ["$_x$.txt", "_\u732b.txt"]])
def test_measure(run, names):
    for name in names:
        text = "\n".join([r"a $\frac{$ b", r"a $\frac{$ b", "\ufeff\ufeff", "\u732b"])
        Path(name).write_text(text)
    code, out, err = run("measure", *names, "--json", "--out", "m")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["corpora"]["$_x$"]["different"] == 3
    assert [Path(path).suffix for path in document["written"]] == [".pdf", ".png", ".json"]
    assert any("its fonts lack: \u732b" in note for note in document["notes"])


def test_the_other_figures_of_texts(monkeypatch):
    """Labels of compared arms, and the names on a report card."""
    from collapse.commands.compare import command
    from collapse.commands.judge import figure

    class Pair:
        label, measures, generations, farthest = "$_a and _b$", ("entropy",), 1, 1

        def difference(self, *_):
            return Estimate(0.0, -1.0, 1.0, 0.95, "t", 2)

    with rc_context({"font.family": FAMILIES}):
        drawn = command.draw([Pair()], "t")
        drawn.canvas.draw()
        (shown,) = drawn.axes[0].get_legend().get_texts()
        assert shown._preprocess_math(shown.get_text()) == (Pair.label, False)
        for panel in ("diversity", "quality", "prompts", "shares", "exploit", "sensitivity"):
            monkeypatch.setattr(figure, f"_{panel}", lambda *_: np.nan)
        settings = {"scenario": "\ufeffs$", "n": 1, "seeds": 2}
        card = {"exploit": None, "judge": r"$\frac{$", "settings": settings}
        figure.draw(card, {}).canvas.draw()


def test_fonts_that_are_installed_follow_those_of_matplotlib():
    wanted = families(["No Such Font", "DejaVu Sans Mono"])
    assert wanted == ("STIXGeneral", "DejaVu Sans", "DejaVu Sans Mono")
    assert FAMILIES[:2] == wanted[:2]


def test_a_label_ends_between_characters():
    """A letter with its marks is whole or not there."""
    letter = "e\u0323\u0301"
    assert legible(letter * 9, 26) == letter * 8 + "\u2026"


def test_long_texts_are_looked_at_where_they_are_shown():
    assert lacking(["a" * 1000 + "\u732b"]) == []
    assert legible("\u200b" * 500 + "b" * 10**6) == "b" * 25 + "\u2026"


def ink(text: str) -> np.ndarray:
    """The darkness of each column of pixels of a text, from its first to its last."""
    with rc_context({"font.family": FAMILIES}):
        figure = Figure(figsize=(2, 1), dpi=200)
        canvas = FigureCanvasAgg(figure)
        figure.text(0.1, 0.4, legible(text), fontsize=20)
        canvas.draw()
    dark = 255 - np.asarray(canvas.buffer_rgba())[..., 0].astype(float)
    columns = np.flatnonzero(dark.sum(0))
    return dark.sum(0)[columns[0] : columns[-1] + 1]


def test_right_to_left_is_drawn_so_and_its_letters_are_joined():
    """A wide mem before a narrow yod stands on the right of it; three joined behs need less room
    than three that a non-joiner keeps apart."""
    columns = ink("\u05dd\u05d9")
    assert np.flatnonzero(columns == 0).max() < 0.4 * len(columns)  # the gap between the two
    beh = "\u0628"
    assert len(ink(3 * beh)) < 0.8 * len(ink("\u200c".join(3 * beh)))
