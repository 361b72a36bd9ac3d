"""Entropy, distinct-2 and effective number of the jokes run, one column wide."""

from matplotlib.ticker import MaxNLocator

from collapse.figures import draw_curve, generations_label, panels

CURVES = (
    ("entropy", "entropy (nats)"),
    ("distinct_2", "distinct-2"),
    ("effective_number", "effective number"),
)


def draw(run, band=None):
    figure, axes = panels(len(CURVES), height=1.35)
    made = []
    for axis, (name, label) in zip(axes, CURVES, strict=True):
        for index, arm in enumerate(run.arms):
            made.append((name, draw_curve(axis, run, arm, name, index, run.label(arm), band)))
        axis.set_ylabel(label)
        axis.set_xlim(0, run.generations)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[2].set_yscale("log")
    n = max(about["parts"]["n"] for about in run.manifest["arms"].values())
    axes[2].axhline(n, color="0.5", linewidth=0.6, linestyle=":")
    axes[2].annotate(
        f"ceiling n = {n}",
        (run.generations, n),
        (0, -2),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=6,
        color="0.35",
    )
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2, fontsize=6.5)
    axes[2].set_xlabel(generations_label(made, about="0: real data; "))
    return figure
