"""Loss of held-out rows against the number of models, a line for each of some generations."""

import numpy as np

from collapse.curve import Curve
from collapse.report.draw import legend, log_axis, sentence
from collapse.report.draw_means import draw_means
from collapse.report.recorded_figure import record
from collapse.report.style import COLUMN, panels, style

CURVES = (("held_out_log_density", "held-out log-density"),)
MODELS = (1, 4, 8)
AT = (1, 3, 10)
LOSS = Curve("nats per item", heavy=True)
KINDS = {"models": "collective output", "lineages": "own output"}


def draw(run, band=None):
    shown = {kind: arms for kind in KINDS if (arms := _arms(run, kind))}
    figure, axes = panels(1, height=2.5, width=len(shown) * COLUMN, columns=len(shown))
    for axis in axes[1:]:
        axis.sharey(axes[0])
    made = []
    for axis, (kind, arms) in zip(axes, shown.items(), strict=True):
        for index, t in enumerate(t for t in AT if t <= run.generations):
            logs = [run.curve(arm, "held_out_log_density") for arm in arms.values()]
            excess = np.stack([x[:, 0] - x[:, t] for x in logs], 1)  # generation 0 is the truth
            found = draw_means(axis, list(arms), excess, f"generation {t}", index, band, LOSS)
            made.append(("loss", found))
            best, look = int(np.argmin(found.centre)), {"color": style(index)["color"]}
            x, y = list(arms)[best : best + 1], found.centre[best : best + 1]
            (ring,) = axis.plot(x, y, "o", markersize=7, markerfacecolor="none", **look)
            about = {"label": f"best number at generation {t}"}
            record(axis, "points", [ring], about, {"x": x, "centre": y})
        axis.set_xscale("log", base=2)
        axis.set_xticks(MODELS, [str(m) for m in MODELS])
        axis.minorticks_off()
        log_axis(axis)
        axis.set(xlabel="number of models", xlim=(0.85, 9.4))
        axis.set_title(KINDS[kind])
    axes[0].set_ylabel("loss above that of the truth\n(nats per held-out row)")
    legend(figure, 4)
    text = "Rings: the best number of models (paper: 1 at generation 1, 4 at generation 10)."
    figure.notes.append(f"{text} {sentence(made)}")
    return figure


def _arms(run, kind):
    """{number of models: arm} of the arms of a kind; one model reads its own output either way."""
    named = {m: "models-1" if m == 1 else f"{kind}-{m}" for m in MODELS}
    return {m: arm for m, arm in named.items() if arm in run.arms}
