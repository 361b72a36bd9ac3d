"""Figures draw the law that their run obeys, and none that it does not."""

from dataclasses import replace

import pytest

from collapse import Accumulate, runs
from collapse.doors import prepare
from collapse.figures import write_figure
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
