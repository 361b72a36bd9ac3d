"""How a curve of one arm goes over the generations: its trend, how long it takes, where it jumps.

Whatever is asked is worked out for every seed, and the intervals are over seeds.
"""

import numpy as np

from collapse.commands.compare.progress import so_far
from collapse.curve import Curve
from collapse.report.run_summary import life
from collapse.runs.run import Run
from collapse.stats.intervals import BANDS, LEVEL, Band, jumps, median_band, slopes, steps, waits

FEWEST = 4  # generations of a curve: fewer have two levels and a line alike
STEEP = 0.5  # the share of a jump that its one generation must bring


def courses(run: Run, arms: list[str], level: float | None, method: str | None) -> list[dict]:
    """A row for each arm and headline curve, of the seeds that are there; ``level`` is the one to
    wait for."""
    names = [name for name in run.manifest["headline"] if name in run.curves]
    return [
        {"run": str(run.directory), "arm": arm, "measure": name, "unit": run.meaning(name).unit}
        | course(so_far(run, arm, name), run.meaning(name), level, method)
        for arm in arms
        for name in names
    ]


def course(curves: np.ndarray, meaning: Curve, level: float | None, method: str | None) -> dict:
    """Of curves (S, T + 1): the trend a generation, the half-life, the wait for ``level`` and the
    jump, each with its interval, and in words. ``method`` is that of the trend; None: the median
    for heavy tails, else Student's t. A question without an answer here has None.

    Half-lives and waits count from the real data, generation 0. Trend and jump look at models
    alone: the step from real data, which are often exact, to the first model is neither, and
    hundreds of seeds would call it one wherever a curve stays.
    """
    first = int(np.isfinite(curves).any(0).argmax()) if len(curves) else 0
    start_of_models = max(first, 1)  # rewards begin there anyway
    models = curves[:, start_of_models:]
    sound = models[np.isfinite(models).all(1)]  # seeds that are numbers throughout
    found = {"trend": None, "half_life": None, "wait": None, "jump": None}
    if np.isfinite(curves).any():
        start = float(np.nanmedian(curves[:, first]))
        if meaning.better == "more" and meaning.low >= 0 and first == 0:
            found["half_life"] = life(curves)
        if level is not None:
            found["wait"] = median_band(first + waits(curves[:, first:], level, start > level))
    if len(sound) and sound.shape[1] >= FEWEST:
        kind = method or ("median" if meaning.heavy else "t")
        found["trend"] = BANDS[kind](slopes(sound))
        # A variance walks in its logarithm, where its steps are alike however far it is down.
        walks = meaning.heavy and (sound > 0).all()
        found["jump"] = _jump(np.log(sound) if walks else sound, start_of_models)
    told = {k: v.as_dict() if isinstance(v, Band) else v for k, v in found.items()}
    told |= {"from": start_of_models, "to": curves.shape[1] - 1, "words": words(found)}
    return told


def _jump(curves: np.ndarray, first: int) -> dict:
    """When, how far and how much better two levels fit than a line; and whether it is a jump: the
    change is told from none (which fewer than six seeds cannot), and in the median seed two levels
    fit better and more than half of the change comes in one generation. The height is in the
    units of what is given."""
    when, better = jumps(curves)
    height, share = steps(curves, when)
    bands = {"when": median_band(first + when), "height": median_band(height)}
    bands |= {"better": median_band(better), "at_once": median_band(share)}
    sudden = bands["better"].centre > 0 and bands["at_once"].centre > STEEP
    return {"is": bool(bands["height"].tells and sudden)} | {
        k: band.as_dict() for k, band in bands.items()
    }


def words(found: dict) -> str:
    """What the intervals say, in a few words."""
    trend, jump = found["trend"], found["jump"]
    if trend is None:
        return "no trend: too few generations, or not numbers"
    if not trend.covers >= LEVEL:
        return "no trend: too few seeds for an interval"
    if jump["is"]:
        return f"{'falls' if jump['height']['centre'] < 0 else 'rises'} at once"
    if trend.tells:
        return "rises" if trend.centre > 0 else "falls"
    return "no trend that can be told"
