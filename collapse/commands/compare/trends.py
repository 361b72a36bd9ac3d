"""The course of a curve over generations: its trend, half-life, waiting time and jump.

Each is computed for every seed; intervals are over seeds.
"""

import numpy as np

from collapse.commands.compare.progress import so_far
from collapse.curve import Curve
from collapse.runs.run import Run
from collapse.stats.estimate import LEVEL
from collapse.stats.intervals import INTERVALS, median_interval
from collapse.stats.trends import jumps, median_half_life, slopes, steps, waits

FEWEST = 4  # generations of a curve: fewer have two levels and a line alike
STEEP = 0.5  # the share of a jump that its one generation must bring


def courses(run: Run, arms: list[str], level: float | None, method: str | None) -> list[dict]:
    """A row for each arm and headline curve, of the seeds that are done. ``level`` is the value
    whose waiting time is estimated; None: none."""
    names = [name for name in run.manifest["headline"] if name in run.curves]
    return [
        {"run": str(run.directory), "arm": arm, "measure": name, "unit": run.meaning(name).unit}
        | course(so_far(run, arm, name), run.meaning(name), level, method)
        for arm in arms
        for name in names
    ]


def course(curves: np.ndarray, meaning: Curve, level: float | None, method: str | None) -> dict:
    """Trend per generation, half-life, waiting time for ``level`` and jump of curves (S, T + 1), as
    estimates, and ``words``. What does not apply is None.

    ``method`` is that of the trend; None: the median for heavy tails, else Student's t. Half-lives
    and waiting times count from the real data, generation 0. Trend and jump are of models alone:
    the step from real data, which are often exact, to the first model is neither, and hundreds of
    seeds would call it one of them even if the curve then stays level.
    """
    first = int(np.isfinite(curves).any(0).argmax()) if len(curves) else 0
    start_of_models = max(first, 1)  # rewards begin there
    models = curves[:, start_of_models:]
    sound = models[np.isfinite(models).all(1)]  # seeds without NaN or infinity
    row: dict = {"trend": None, "half_life": None, "wait": None, "jump": None}
    if np.isfinite(curves).any():
        start = float(np.nanmedian(curves[:, first]))
        if meaning.better == "more" and meaning.low >= 0 and first == 0:
            row["half_life"] = median_half_life(curves)
        if level is not None:
            reached = waits(curves[:, first:], level, start > level)
            row["wait"] = median_interval(first + reached)
    if len(sound) and sound.shape[1] >= FEWEST:
        kind = method or ("median" if meaning.heavy else "t")
        row["trend"] = INTERVALS[kind](slopes(sound))
        # A variance is a random walk in its logarithm, where its steps have one size.
        walks = meaning.heavy and (sound > 0).all()
        row["jump"] = _jump(np.log(sound) if walks else sound, start_of_models)
    return row | {"from": start_of_models, "to": curves.shape[1] - 1, "words": words(row)}


def _jump(curves: np.ndarray, first: int) -> dict:
    """When and how far the curves jump, how much better two levels fit than a line, and whether it
    ``is`` a jump: the interval of the change excludes 0 (which fewer than six seeds cannot), and in
    the median seed two levels fit better and more than half of the change comes in one generation.
    """
    when, better = jumps(curves)
    height, share = steps(curves, when)
    each = {"when": first + when, "height": height, "better": better, "at_once": share}
    medians = {name: median_interval(values) for name, values in each.items()}
    sudden = medians["better"].value > 0 and medians["at_once"].value > STEEP
    return {"is": bool(medians["height"].excludes_zero and sudden)} | medians


def words(row: dict) -> str:
    """The trend or jump of a row in a few words."""
    trend, jump = row["trend"], row["jump"]
    if trend is None:
        return "no trend: too few generations, or values are NaN"
    if not trend.level >= LEVEL:
        return "no trend: too few seeds for an interval"
    if jump["is"]:
        return f"{'falls' if jump['height'].value < 0 else 'rises'} at once"
    if trend.excludes_zero:
        return "rises" if trend.value > 0 else "falls"
    return "no significant trend"
