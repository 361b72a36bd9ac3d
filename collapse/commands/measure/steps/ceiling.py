"""The score as a function of entropy, R = -a e^H + b (Cui et al. 2025, arXiv:2505.22617), fitted on
early steps and held against later ones. Without entropy left, H = 0, the score is b - a."""

import math

import numpy as np

from collapse.stats.lines import line

EARLY = 1 / 3  # of the steps are fitted
FEWEST = 4  # steps that are fitted
SATURATED = 0.9  # of the largest entropy that so many answers can have


def ceiling(rows: list[dict], m: int, limits: tuple[float, float] = (-math.inf, math.inf)) -> dict:
    """The fit and its ``ceiling``, or ``reason`` why there is none. ``rows`` are of ``by_step``;
    ``m`` answers to a prompt were compared; ``limits`` are those of the score."""
    logged = rows[0]["logged_entropy"] is not None
    entropy = [row["logged_entropy"] if logged else row["entropy"].value for row in rows]
    h, score = np.array(entropy, float), np.array([row["score"].value for row in rows])
    early = math.ceil(len(rows) * EARLY)
    about = {"entropy": "logged" if logged else "answers", "early": early, "steps": len(rows)}
    reason = _reason(h, score, early, None if logged else m)
    made = None if reason else line(np.exp(h[:early]), score[:early])
    if made is None:
        return about | {"reason": reason or "the entropy of the early steps does not change"}
    later = [(made.new(math.exp(x)), y) for x, y in zip(h[early:], score[early:], strict=True)]
    misses = np.array([y - predicted.value for predicted, y in later])
    top = made.mean(1.0)
    possible = limits[0] <= top.value <= limits[1]
    return about | {
        "a": -made.slope,
        "b": made.intercept,
        "slope": made.slope_estimate(),
        "ceiling": top.within(*limits) if possible else top,
        "possible": possible,
        "later": {
            "steps": len(later),
            "rmse": float(np.sqrt((misses**2).mean())),
            "bias": float(misses.mean()),
            "inside": sum(bool(p.low <= y <= p.high) for p, y in later),
        },
        "predicted": [float(x) for x in made.value(np.exp(h))],
    }


def _reason(h: np.ndarray, score: np.ndarray, early: int, m: int | None) -> str:
    """Why the steps allow no fit, or nothing; ``m`` is None if entropies were logged."""
    if not np.isfinite(h).all():
        return "no prompt was asked twice in a step, so that answers have no entropy"
    if m is not None and h.min() > SATURATED * math.log(m):
        return (
            "nearly all answers to a prompt differ, so that their entropy is that of their number: "
            "name a column of final answers by --field, or log the entropy of the policy"
        )
    if early < FEWEST:
        return f"a third of the steps is {early}, and at least {FEWEST} are fitted"
    if np.ptp(score[:early]) == 0:
        return "the score of the early steps does not change"
    return ""
