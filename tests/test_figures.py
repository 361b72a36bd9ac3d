"""Figures draw the law that their run obeys, and none that it does not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from collapse import Accumulate, runs
from collapse.doors import prepare
from collapse.figures import draw_headline, write_figure
from collapse.scenario import build, load_file, shipped
from collapse.trees import change


@pytest.mark.parametrize("statistics", [None, False])
def test_the_law_is_drawn_over_the_gaussian_chain(tmp_path, statistics):
    """Whether it drew statistics, as it does, or items; not over that of another regime."""
    scenario = build("gaussian-replace")
    arm = change(scenario.arms["replace"], generations=4, statistics=statistics)
    draw = load_file(shipped("figures") / "gaussian_replace.py", "figure").draw
    for regime, law in ((arm.regime, True), (Accumulate(), False)):
        out = tmp_path / type(regime).__name__
        own = replace(scenario, arms={"replace": prepare(change(arm, regime=regime))}, seeds=6)
        runs.run(own, out)
        saved = runs.load(out)
        axis = draw(saved).axes[0]
        assert ("exact mean" in axis.get_legend_handles_labels()[1]) == law
        assert all(path.stat().st_size > 0 for path in write_figure(saved, out))


def test_the_level_of_real_data_is_drawn(tmp_path):
    """The noise floor: a dotted line where generation 0 is, in every panel."""
    runs.run(runs.prepared(build(str(Path(__file__).parent / "tiny.py"))), tmp_path / "run")
    saved = runs.load(tmp_path / "run")
    for axis, name in zip(draw_headline(saved).axes, saved.manifest["headline"], strict=True):
        (floor,) = [line for line in axis.lines if line.get_linestyle() == ":"]
        real = saved.curve("no-judge", name)[:, 0].mean()
        np.testing.assert_allclose(floor.get_ydata(), real)
