"""The figure of a calibration: bars as estimated, and the reliability diagram of scores."""

import numpy as np

from collapse.commands.calibrate.figure import draw
from collapse.commands.calibrate.findings import calibrate
from collapse.commands.calibrate.reading import read_verdicts
from collapse.report.style import house_style


def write(place, scores, labels):
    rows = (f"{score},{label}" for score, label in zip(scores, labels, strict=True))
    (place / "v.csv").write_text("score,label\n" + "\n".join(rows) + "\n")
    return place / "v.csv"


def test_the_diagram_is_of_the_bins_and_the_bars_of_the_estimates(tmp_path):
    """Scores of 0.25 and 0.75, of which a half and all are right."""
    path = write(tmp_path, [0.25] * 40 + [0.75] * 60, [0, 1] * 20 + [1] * 60)
    found = calibrate(read_verdicts([path], []))
    with house_style():
        figure = draw(found)
    points = [row for row in figure.rows if row["mark"] == "points"]
    np.testing.assert_allclose([row["x"] for row in points], [0.25, 0.75])
    np.testing.assert_allclose([row["centre"] for row in points], [0.5, 1])
    bars = {row["label"]: row for row in figure.rows if row["mark"] == "bar"}
    error = bars["expected calibration error"]  # (40 x 0.25 + 60 x 0.25) / 100
    np.testing.assert_allclose(error["centre"], 0.25)
    assert error["low"] < 0.25 < error["high"]


def test_it_is_written_where_it_is_asked_for(run, tmp_path):
    write(tmp_path, [0.25] * 40 + [0.75] * 60, [0, 1] * 20 + [1] * 60)
    code, out, _ = run("calibrate", "v.csv", "--figure", "audit.svg")
    assert code == 0
    assert "Figure: audit.svg" in out
    assert (tmp_path / "audit.svg").read_text().startswith("<?xml")
    code, _, err = run("calibrate", "v.csv", "--figure", "audit.gif")
    assert code == 2
    assert "--figure audit.gif: its name must end in .pdf, .png, .svg." in err
