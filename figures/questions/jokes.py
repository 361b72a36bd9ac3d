"""Entropy, distinct-2 and effective number of the jokes run, one column wide."""

from collapse.report.draw import (
    arms_with,
    draw_curve,
    draw_level,
    ends,
    generations_label,
    legend,
    log_axis,
)
from collapse.report.style import panels, tiny

CURVES = (
    ("entropy", "entropy (nats)"),
    ("distinct_2", "distinct-2"),
    ("effective_number", "effective number"),
)


def draw(run, band=None):
    figure, axes = panels(len(CURVES), height=1.35)
    made = []
    for axis, (name, label) in zip(axes, CURVES, strict=True):
        for arm, index in arms_with(run, name).items():
            made.append((name, draw_curve(axis, run, arm, name, index, band=band)))
        axis.set_ylabel(label)
        ends(axis, run.generations)
    sizes = {about["parts"]["n"] for about in run.manifest["arms"].values()}
    if len(sizes) == 1:  # arms of several sizes have no common ceiling
        _ceiling(axes[2], run, *sizes)
    log_axis(axes[2])
    longest = max(len(run.label(arm)) for arm in run.arms)
    legend(figure, 1 if longest > 30 else 2, fontsize=tiny())
    axes[2].set_xlabel(generations_label(made, about="0: real data; "))
    return figure


def _ceiling(axis, run, n: int) -> None:
    about = {"label": f"ceiling n = {n}", "measure": "effective_number", "unit": "items"}
    draw_level(axis, n, about, linewidth=0.6)
    axis.annotate(
        about["label"],
        (run.generations, n),
        (0, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=tiny(),
        color="0.35",
    )
