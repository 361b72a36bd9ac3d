"""The Gaussian chain: quantiles over seeds, and the exact law over them."""

import numpy as np

from collapse.errors import UserError
from collapse.laws.gaussian import replace_log_variance, replace_w2_squared
from collapse.report.draw import draw_band, draw_law, draw_line, ends, legend, log_axis, there
from collapse.report.law_figure import as_shipped, plainly_replaced
from collapse.report.style import COLOURS, letters, panels, tiny
from collapse.report.typeset import paragraph

CURVES = (("log_variance", "ln variance"), ("w2", "$W_2^2$ to the truth"))
SHADES = ((50, 4, 0.3), (95, 40, 0.15))  # percent of the seeds, seeds that this takes, opacity


def draw(run, band=None):
    if band:
        raise UserError(
            "The figure of gaussian-replace shows the quantiles of all seeds beside the exact law, "
            "and no interval: leave out --interval."
        )
    arm = run.arms[0]
    parts = run.manifest["arms"][arm]["parts"]
    n, ddof = parts["n"], parts["model"].get("ddof")
    t = np.arange(run.generations + 1)
    figure, axes = panels(2, height=1.7)
    lawful = plainly_replaced(run, arm) and as_shipped(run, arm, "truth", "learner")
    lawful = lawful and parts["model"]["class"] == "gaussian"

    log = {"arm": arm, "measure": "log_variance", "unit": run.meaning("log_variance").unit}
    said = _seeds(axes[0], run, arm, run.curve(arm, "log_variance"), log)
    if lawful:
        mean, spread = replace_log_variance(t, n, ddof)
        draw_law(axes[0], t, mean, log | {"label": "exact mean"}, linestyle="-")
        for sign in (-1, 1):
            edge = mean + sign * 1.96 * np.sqrt(spread)
            about = log | {"label": "exact mean \N{PLUS-MINUS SIGN} 1.96 sd"}
            draw_law(axes[0], t, edge, about, linestyle=":", linewidth=0.9)
    square = {"arm": arm, "measure": "w2 squared", "unit": f"({run.meaning('w2').unit})^2"}
    _seeds(axes[1], run, arm, run.curve(arm, "w2") ** 2, square)
    if lawful and ddof == 1:
        about = square | {"label": "exact mean"}
        draw_law(axes[1], t, replace_w2_squared(t, n), about, linestyle="-")

    for axis, (_, label) in zip(axes, CURVES, strict=True):
        axis.set_ylabel(label)
    log_axis(axes[1])  # a few seeds are far above the others
    legend(figure, 2, fontsize=tiny())
    axes[1].set_xlabel(paragraph(f"generation (n = {n}; {said})", letters(56)))
    ends(axes[1], run.generations)
    return figure


def _seeds(axis, run, arm, values, about) -> str:
    """Quantiles and mean of the seeds that are there at each generation; says which. Quantiles that
    so few seeds do not have are left out."""
    here = there(run, arm)
    values = np.where(here, values, np.nan)
    counts = here.sum(0)
    t = np.flatnonzero(counts)
    values, counts = values[:, t], counts[t]
    drawn = []
    for percent, least, shade in SHADES:
        if not len(t) or counts.min() < least:
            continue
        edges = [(100 - percent) / 200, (100 + percent) / 200]
        low, high = np.nanquantile(values, edges, axis=0)
        more = about | {"label": f"{percent} % of seeds", "band": f"{percent} % of seeds"}
        draw_band(axis, t, low, high, more, counts, color=COLOURS[0], alpha=shade)
        drawn.append(f"{percent}")
    mean = np.nanmean(values, 0) if len(t) else []
    draw_line(axis, t, mean, about | {"label": "mean over seeds"}, counts, linestyle="--")
    if run.meaning(about["measure"].split()[0]).heavy and len(t):  # a few seeds make its mean
        label = about | {"label": "median over seeds"}
        middle = np.nanmedian(values, 0)
        draw_line(axis, t, middle, label, counts, color=COLOURS[2], linestyle="-.")
    bands = f"bands: {' and '.join(drawn)} % of " if drawn else ""
    many = dict.fromkeys((int(counts.min()), int(counts.max()))) if len(t) else {0: None}
    return f"{bands}{' to '.join(map(str, many))} seed{'s' if max(many) > 1 else ''}"
