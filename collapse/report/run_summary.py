"""What a run came to: the closing table, half-lives, and items to look at."""

import math
from typing import TYPE_CHECKING

import numpy as np

from collapse.suggest import listed

if TYPE_CHECKING:  # numbers and figures that are of no run import no jax
    from collapse.runs.run import Run
    from collapse.stats.intervals import Band


def half_life(curve: np.ndarray) -> float:
    """Generations until a curve (T + 1,) is down to half its value at generation 0, the real
    data; between generations interpolated in its logarithm. Infinite when not reached, and not a
    number where nobody knows: of a curve that is not a number somewhere before."""
    target = curve[0] / 2
    below = np.flatnonzero(curve <= target)
    if np.isnan(curve[: below[0] if len(below) else None]).any():
        return math.nan
    if not len(below) or not target > 0:
        return math.inf
    t = int(below[0])
    if t == 0 or curve[t] <= 0:
        return float(t)
    before, after = np.log(curve[t - 1]), np.log(curve[t])
    return t - 1 + float((before - np.log(target)) / (before - after))


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Mean over seeds and the ends of its 95 % interval by Student's t, which are not numbers where
    there is one seed.

    Seeds where the curve is not defined (not a number) are left out. Infinite seeds are not: the
    mean is then infinite, and the ends are the least and the greatest seed.
    """
    from collapse.stats.intervals import t_band  # and scipy with it

    band = t_band(values)
    return band.centre, band.low, band.high


def table(run: "Run") -> list[dict]:
    """One row per arm and headline curve: means at generation 1 and at the last, and the interval
    of that, inside the range of the curve."""
    from collapse.stats.intervals import of_curve  # and scipy with it

    rows = []
    last = run.generations
    for arm in run.arms:
        for name in run.manifest["headline"]:
            if name not in run.curves:
                continue
            meaning = run.meaning(name)
            real, first, end = (
                of_curve(x, meaning, "t") for x in run.curve(arm, name).T[[0, 1, last]]
            )
            row = {"arm": arm, "measure": name, "unit": meaning.unit, "real": real.centre}
            row |= {"first": first.centre, "last": end.centre}
            row |= {"low": end.low, "high": end.high, "cut": end.cut}
            rows.append(row | {"generation": last, "seeds": end.seeds})
    return rows


def half_lives(run: "Run") -> dict[str, dict]:
    """Per arm that has an effective number: its half-life, the median over seeds and the interval
    of that, as ``collapse compare`` has it."""
    if "effective_number" not in run.curves:
        return {}
    found = {arm: life(run.curve(arm, "effective_number")) for arm in run.arms}
    return {arm: each.as_dict() for arm, each in found.items() if each.seeds}


def life(curves: np.ndarray) -> "Band":
    """The half-life of curves (S, T + 1): its median over seeds, with the interval of that."""
    from collapse.stats.intervals import median_band  # and scipy with it

    return median_band(np.array([half_life(seed) for seed in curves]))


def warnings(run: "Run") -> list[str]:
    """What a reader of the curves must know: starved or silent judges, undefined fits."""
    said = []
    for arm in run.arms:
        n = run.manifest["arms"][arm]["parts"]["n"]
        kept = run.curve(arm, "kept")[:, 1:]
        items = run.manifest["arms"][arm].get("rows", "items").startswith("items")
        short = kept < n
        if items and short.any():
            said.append(
                f"{arm}: the judge kept fewer than n = {n} items in {short.mean():.0%} of the "
                f"generations (least: {int(np.nanmin(kept))}). Raise the arm's candidates."
            )
        undefined = np.nansum(run.curve(arm, "degenerate"))
        if undefined:
            said.append(
                f"{arm}: {int(undefined)} fits had nothing to fit and kept the previous parameters."
            )
        said += abstentions(run, arm) + past_precision(run, arm) + diverged(run, arm)
        said += blurred(run, arm)
    return said


def abstentions(run: "Run", arm: str) -> list[str]:
    """How often a judge outside JAX said nothing."""
    if "abstained" not in run.curves:
        return []
    silent = np.nan_to_num(run.curve(arm, "abstained")[:, 1:])
    if not silent.any():
        return []
    asked = run.manifest["arms"][arm]["parts"]["candidates"] * silent.size
    return [
        f"{arm}: the judge abstained on {int(silent.sum())} of {asked} texts "
        f"({silent.sum() / asked:.1%}), which rank last. If that is much, ask it more plainly."
    ]


def past_precision(run: "Run", arm: str) -> list[str]:
    """Where numbers have become smaller than the precision in use can tell apart."""
    if "past_precision" not in run.curves:
        return []
    past = np.nan_to_num(run.curve(arm, "past_precision")) > 0
    if not past.any():
        return []
    first, precision = int(past.any(0).argmax()), run.manifest["layout"]["precision"]
    remedy = "--precision double" if precision == "single" else "statistics, which carry logarithms"
    return [
        f"{arm}: from generation {first} on, {past.any(1).sum()} of {len(past)} seeds are past "
        f"{precision} precision: a variance, or the differences between their items, are below "
        f"what it tells from 0. See further with {remedy}."
    ]


def blurred(run: "Run", arm: str) -> list[str]:
    """Where a judge had to order rewards that the precision in use hardly tells apart."""
    if "blurred" not in run.curves:
        return []
    tied = np.nan_to_num(run.curve(arm, "blurred")) > 0
    if not tied.any():
        return []
    first, precision = int(tied.any(0).argmax()), run.manifest["layout"]["precision"]
    remedy = "use --precision double, or " if precision == "single" else ""
    return [
        f"{arm}: from generation {first} on, {tied.any(1).sum()} of {len(tied)} seeds were judged "
        f"by rewards so much alike that {precision} precision rounds many to the same number: "
        f"which of them is kept is chance. To go on, {remedy}take what all rewards have in common "
        "off them."
    ]


def diverged(run: "Run", arm: str) -> list[str]:
    """Fits that went to infinity: which seeds, and from which generation on."""
    if "diverged" not in run.curves:
        return []
    gone = np.nan_to_num(run.curve(arm, "diverged")) > 0
    if not gone.any():
        return []
    seeds = [
        f"{seed} (generation {int(row.argmax())})" for seed, row in enumerate(gone) if row.any()
    ]
    return [
        f"{arm}: training diverged, and the parameters before it stayed, in seed "
        f"{listed(seeds, most=5)}. Lower model.training.learning_rate or model.training.clip."
    ]


def shown_generations(run: "Run") -> list[int]:
    """The first, the middle and the last generation of a run."""
    return sorted({1, max(1, round(run.generations / 2)), run.generations})


def samples(run: "Run", most: int = 5) -> dict[str, dict[int, list[str]]]:
    """{arm: {generation: items}} of seed 0, for the generations of ``shown_generations``."""
    wanted = shown_generations(run)
    found = {}
    for arm in run.arms:
        lines = [x for x in run.samples(arm) if x["seed"] == 0 and x["generation"] in wanted]
        if any(line["items"] for line in lines):  # summaries and supports have no items to show
            found[arm] = {line["generation"]: line["items"][:most] for line in lines}
    return found


def plain(value):
    """Numbers that JSON can hold: what is not finite becomes null, or text for an infinity."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (float, np.floating)):
        if math.isfinite(value):
            return float(value)
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value.item() if isinstance(value, np.generic) else value
