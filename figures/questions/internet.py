"""AI share and diversity by year, and the detectors and AI shares of new pages that keep it."""

import numpy as np

from collapse import plot
from collapse.laws.web import web_path
from collapse.report.draw import draw_curve, ends, legend
from collapse.report.style import COLUMN, panels, tiny

CURVES = (
    ("synthetic_share", "AI share of training text"),
    ("model_entropy", "entropy (nats)"),
    ("kl_truth_model", "KL of human text (nats)"),
)
ARMS = ("human", "growing", "plateau", "detector", "quota", "cut-off-misdated")
FALSE_ALARM, POWER, THINGS, YEARS = 0.05, 2.5, 200, 20  # as in the scenario
HITS, SHARES = np.linspace(0, 0.98, 25), np.linspace(0.02, 0.8, 27)


def draw(run, band=None):
    figure, axes = panels(2, height=1.9, width=2 * COLUMN, columns=2)
    for axis, (name, label) in zip(axes, CURVES, strict=False):
        for index, arm in enumerate(arm for arm in ARMS if arm in run.arms):
            draw_curve(axis, run, arm, name, index, band=band)
        axis.set(ylabel=label, xlabel="generation (1 is 2023; nothing is random)")
        ends(axis, run.generations)
    kept = np.array([[diversity_kept(share, hit) for share in SHARES] for hit in HITS])
    grows = (1 - FALSE_ALARM) / (POWER - 1)  # AI pages per human page that grow a preference
    line = grows / (1 - HITS) / (1 + grows / (1 - HITS))
    law = (line[line <= SHARES[-1]], HITS[line <= SHARES[-1]])
    plot.heat_map(axes[3], SHARES, HITS, kept, "diversity kept, 2042", threshold=0.9, law=law)
    axes[3].lines[-1].set_label("_law")
    axes[3].set(xlabel="AI share of new pages", ylabel="hit of the detector")
    axes[3].set(xlim=(SHARES[0], SHARES[-1]), ylim=(HITS[0], HITS[-1]))
    figure.notes.append(
        "Last panel: black, where 90 % of the diversity is kept; dashed, the law above which a "
        "small preference grows."
    )
    legend(figure, 3, fontsize=tiny())
    return figure


def diversity_kept(share: float, hit: float) -> float:
    """Effective number of things said in 2042, as a share of what people say: by the law."""
    p = 1 / np.arange(1, THINGS + 1)
    p = p / p.sum()
    false_alarm = FALSE_ALARM * (hit > 0)
    models, _ = web_path(p, np.full(YEARS, share), POWER, hit, false_alarm)
    entropy = -(models * np.log(models)).sum(-1)
    return float(np.exp(entropy[-1] - entropy[0]))
