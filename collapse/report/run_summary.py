"""The results of a run: means at its end, half-lives, warnings, and items to look at."""

from typing import TYPE_CHECKING

import numpy as np

from collapse.suggest import listed

if TYPE_CHECKING:  # other results import no jax
    from collapse.runs.run import Run
    from collapse.stats.estimate import Estimate


def table(run: "Run") -> list[dict]:
    """One row per arm and headline curve: estimates of the mean over seeds for the real data, the
    first model and the last generation, by Student's t."""
    from collapse.stats.intervals import of_curve  # and scipy with it

    rows = []
    for arm in run.arms:
        for name in run.manifest["headline"]:
            if name not in run.curves:
                continue
            curve, meaning = run.curve(arm, name), run.meaning(name)
            at = {"real": 0, "first": 1, "last": run.generations}
            estimates = {k: of_curve(curve[:, t], meaning, "t") for k, t in at.items()}
            row = {"arm": arm, "measure": name, "unit": meaning.unit, "generation": at["last"]}
            rows.append(row | estimates)
    return rows


def half_lives(run: "Run") -> dict[str, "Estimate"]:
    """The half-life of the effective number of each arm that has one: median over seeds."""
    from collapse.stats.trends import median_half_life  # and scipy with it

    if "effective_number" not in run.curves:
        return {}
    lives = {arm: median_half_life(run.curve(arm, "effective_number")) for arm in run.arms}
    return {arm: life for arm, life in lives.items() if life.n}


def warnings(run: "Run") -> list[str]:
    """Warnings about a run: judges that keep too little or abstain, failed fits, lost precision."""
    lines = []
    bare = [a for a in run.arms if run.manifest["arms"][a]["parts"].get("measures") == []]
    if bare:
        lines.append(
            f"No measures are recorded of {listed(bare)}: name some with measures=. A model of your"
            " own has no default measures unless it defines gives()."
        )
    for arm in run.arms:
        n = run.manifest["arms"][arm]["parts"]["n"]
        kept = run.curve(arm, "kept")[:, 1:]
        items = run.manifest["arms"][arm].get("rows", "items").startswith("items")
        short = kept < n
        if items and short.any():
            lines.append(
                f"{arm}: the judge kept fewer than n = {n} items in {short.mean():.0%} of the "
                f"generations (least: {int(np.nanmin(kept))}). Raise the arm's candidates."
            )
        undefined = np.nansum(run.curve(arm, "degenerate"))
        if undefined:
            lines.append(
                f"{arm}: {int(undefined)} fits had nothing to fit and kept the previous parameters."
            )
        for check in (abstentions, past_precision, diverged, blurred):
            lines += check(run, arm)
    return lines


def abstentions(run: "Run", arm: str) -> list[str]:
    """How often an external judge abstained."""
    if "abstained" not in run.curves:
        return []
    silent = np.nan_to_num(run.curve(arm, "abstained")[:, 1:])
    if not silent.any():
        return []
    asked = run.manifest["arms"][arm]["parts"]["candidates"] * silent.size
    return [
        f"{arm}: the judge abstained on {int(silent.sum())} of {asked} texts "
        f"({silent.sum() / asked:.1%}), which rank last. If that is too often, simplify the prompt."
    ]


def past_precision(run: "Run", arm: str) -> list[str]:
    """Variances or differences between items below the floating-point precision in use."""
    if "past_precision" not in run.curves:
        return []
    past = np.nan_to_num(run.curve(arm, "past_precision")) > 0
    if not past.any():
        return []
    first, precision = int(past.any(0).argmax()), run.manifest["layout"]["precision"]
    remedy = "--precision double" if precision == "single" else "statistics, which carry logarithms"
    return [
        f"{arm}: from generation {first} on, {past.any(1).sum()} of {len(past)} seeds are past "
        f"{precision} precision: a variance, or the differences between items, are rounded to 0. "
        f"To go further, use {remedy}."
    ]


def blurred(run: "Run", arm: str) -> list[str]:
    """Rewards so close that rounding makes many of them equal."""
    if "blurred" not in run.curves:
        return []
    tied = np.nan_to_num(run.curve(arm, "blurred")) > 0
    if not tied.any():
        return []
    first, precision = int(tied.any(0).argmax()), run.manifest["layout"]["precision"]
    remedy = "use --precision double, or " if precision == "single" else ""
    return [
        f"{arm}: from generation {first} on, {tied.any(1).sum()} of {len(tied)} seeds were judged "
        f"by rewards so close that {precision} precision rounds many to the same number, so that "
        f"chance decides which are kept. To fix this, {remedy}subtract from all rewards what they "
        "have in common."
    ]


def diverged(run: "Run", arm: str) -> list[str]:
    """Fits that diverged: which seeds, and from which generation on."""
    if "diverged" not in run.curves:
        return []
    gone = np.nan_to_num(run.curve(arm, "diverged")) > 0
    if not gone.any():
        return []
    seeds = [
        f"{seed} (generation {int(row.argmax())})" for seed, row in enumerate(gone) if row.any()
    ]
    return [
        f"{arm}: training diverged, and the previous parameters were kept, in seed "
        f"{listed(seeds, most=5)}. Lower model.training.learning_rate or model.training.clip."
    ]


def shown_generations(run: "Run") -> list[int]:
    """The first, the middle and the last generation of a run."""
    return sorted({1, max(1, round(run.generations / 2)), run.generations})


def samples(run: "Run", most: int = 5) -> dict[str, dict[int, list[str]]]:
    """{arm: {generation: items}} of seed 0, for the generations of ``shown_generations``."""
    wanted = shown_generations(run)
    items = {}
    for arm in run.arms:
        lines = [x for x in run.samples(arm) if x["seed"] == 0 and x["generation"] in wanted]
        if any(line["items"] for line in lines):  # summaries and supports have no items to show
            items[arm] = {line["generation"]: line["items"][:most] for line in lines}
    return items
