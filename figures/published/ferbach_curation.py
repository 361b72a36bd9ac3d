"""Mean and variance of the reward of curated models, and how even classes stay, by generation."""

import numpy as np

from collapse import plot
from collapse.errors import UserError
from collapse.laws import choice
from collapse.report.draw import draw_headline, draw_line, ends, legend, log_axis
from collapse.report.style import COLUMN, panels, style

SHARES = tuple(f"share_{i}" for i in range(8))
CURVES = (*((share, "share") for share in SHARES), ("model_entropy", "entropy"))
ENDLESS = "endless-choice"
REWARDED = {
    "curated": "chosen of 4",
    ENDLESS: "chosen of endless many",
    "with-real": "chosen of 4, with real data",
}
CLASSES = {"classes": "by confidence", "classes-with-real": "by confidence, with real data"}


def draw(run, band=None):
    if not all({*arms} & {*run.arms} for arms in (REWARDED, CLASSES)):
        return draw_headline(run, band)
    if band:
        raise UserError("The figure of ferbach-curation shows exact arms: leave out --interval.")
    figure, (reward, variance, entropy) = panels(1, 2.3, 2 * COLUMN, columns=3)
    t, seeds = np.arange(1, run.generations + 1), np.ones(run.generations, int)
    for index, (arm, label) in enumerate(REWARDED.items()):
        if arm in run.arms:
            parts = run.manifest["arms"][arm]["parts"]
            rewards = np.array(parts["judge"]["reward"]["values"])
            p = np.stack([run.curve(arm, share)[0, 1:] for share in SHARES], -1).astype(float)
            for axis, values in zip((reward, variance), moments(p, rewards), strict=True):
                draw_line(axis, t, values, {"label": label}, seeds, **style(index))
            if arm == ENDLESS:
                p = choice.choice_limit(parts["truth"]["p"], rewards, t - 1)
                for axis, values in zip((reward, variance), moments(p, rewards), strict=True):
                    plot.law(axis, t, values, "Lemma 2.1")
    for index, (arm, label) in enumerate(CLASSES.items()):
        if arm in run.arms:
            values = run.curve(arm, "model_entropy")[0, 1:]
            draw_line(entropy, t, values, {"label": label}, seeds, **style(index + 3))
    log_axis(variance)
    reward.set_ylabel("mean of $e^r$, reward r")
    variance.set_ylabel("variance of $e^r$")
    entropy.set_ylabel("entropy of the classes (nats)")
    for axis in (reward, variance, entropy):
        ends(axis, run.generations)
        axis.set(xlabel="generation", xlim=(1, run.generations))
    legend(figure, 3)
    return figure


def moments(p: np.ndarray, rewards: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of e^r under the models p (T, 8), each (T,)."""
    p, odds = p / p.sum(-1, keepdims=True), np.exp(rewards)
    mean = p @ odds
    return mean, (p * (odds - mean[:, None]) ** 2).sum(-1)
