"""What a report card asks of a judge, and the numbers that answer it."""

from collections import Counter

import numpy as np

from collapse.commands.judge.bisection import Threshold
from collapse.commands.judge.disturbed import ShareOf
from collapse.commands.judge.runs import LANES, Bench
from collapse.curve import Curve
from collapse.report.run_summary import life
from collapse.rewards.base import is_text
from collapse.stats.intervals import median_band, of_curve

EARLY = 10  # the generation at which quality is weighed against entropy
BONUS = 20.0  # what a planted exploit earns, in standard deviations of the judge's reward
LEVELS = (0.9, 0.5)
HELD = 0.1  # share of the output below which an exploit is held
SHARES_APART = Curve("difference of shares", -1, 1)
NATS_APART = Curve("difference in nats")
LOST = Curve("share lost", high=1)  # below 0 where it is gained


def ask(bench: Bench, say=lambda text: None) -> dict:
    """Every run of the card: curves by lane, and the thresholds. ``say`` is told how far it is."""
    keeps = {level: Threshold(level) for level in LEVELS}
    say("the judge alone, and shares of real data")
    grid = [i / 8 for i in range(9)]
    first = bench.lanes([{"share": share} for share in grid] + [{"blind": 1.0}])
    items = bench.items
    for lane, share in enumerate(grid):
        for threshold in keeps.values():
            threshold.learn(share, kept_share(first, lane))
    scale = reward_scale(first)
    say("exploit, noise and biases")
    tops = {"noise": {"noise": scale}, "position": {"place": scale}}
    tops |= {"length": {"length": 0.1 * scale}} if is_text(items[0, 0]) else {}
    planted = {"bonus": BONUS * scale}
    held = Threshold(1 - HELD) if bench.exploit is not None else None
    exploit_grid = [i / 4 for i in range(5)] if held else []
    lanes = list(tops.values()) + [planted | {"share": s} for s in exploit_grid]
    wanted = {level: keeps[level].wanted(3) for level in LEVELS}
    lanes += [{"share": s} for level in LEVELS for s in wanted[level]]
    second = bench.lanes(lanes)
    disturbed = {name: lane_of(second, i) for i, name in enumerate(tops)}
    at = len(tops)
    exploited = lane_of(second, at) if held else None
    for i, share in enumerate(exploit_grid):
        held.learn(share, 1 - second["exploit_share"][at + i, :, -1])
    at += len(exploit_grid)
    for level in LEVELS:
        for share in wanted[level]:
            keeps[level].learn(share, kept_share(second, at))
            at += 1
    say("the thresholds, finer")
    _refine(bench, keeps, held, planted)
    return {
        "alone": lane_of(first, 0),
        "control": lane_of(first, len(grid)),
        "disturbed": disturbed,
        "exploited": exploited,
        "keeps": keeps,
        "held": held,
        "scale": scale,
        "items": items,
        "meanings": meanings(bench),
    }


def meanings(bench: Bench) -> dict[str, Curve]:
    """What each curve of the card declares of itself."""
    return {k: curve for each in bench.arm.measures for k, curve in each.curves.items()}


def _refine(bench: Bench, keeps: dict, held: Threshold | None, planted: dict) -> None:
    each = LANES // (len(keeps) + (held is not None))
    sought = [(threshold, {}) for threshold in keeps.values()]
    sought += [(held, planted)] if held else []
    shares = [threshold.wanted(each) for threshold, _ in sought]
    lanes = [top | {"share": s} for (_, top), own in zip(sought, shares, strict=True) for s in own]
    found = bench.lanes(lanes)
    for i, (threshold, _) in enumerate(sought):
        for j, share in enumerate(shares[i]):
            lane = i * each + j
            is_held = threshold is held
            values = 1 - found["exploit_share"][lane, :, -1] if is_held else kept_share(found, lane)
            threshold.learn(share, values)


def lane_of(curves: dict, lane: int) -> dict[str, np.ndarray]:
    return {name: curve[lane] for name, curve in curves.items()}


def kept_share(curves: dict, lane: int) -> np.ndarray:
    """(S,) effective number at the last generation over that of the first model."""
    number = curves["effective_number"][lane]
    return number[:, -1] / number[:, 1]


def reward_scale(curves: dict) -> float:
    """Standard deviation of the judge's reward over the candidates of generation 1; 1 for a judge
    without rewards."""
    scale = float(np.sqrt(np.nanmean(curves["reward_variance"][0, :, 1])))
    return scale if np.isfinite(scale) and scale > 0 else 1.0


def halved(curves: dict) -> dict:
    """The effective number's half-life, as a run and a comparison have it."""
    return life(curves["effective_number"]).as_dict()


def reads_reward(found: dict) -> bool:
    """Whether noise on the reward changes anything at all: a judge that weighs items as they are,
    or gives its verdict as a whole, has no reward that could be disturbed."""
    alone, noisy = found["alone"], found["disturbed"]["noise"]
    return not np.array_equal(alone["entropy"], noisy["entropy"], equal_nan=True)


def early(curves: dict) -> int:
    """The generation at which quality is weighed, or the last of a shorter card."""
    return min(EARLY, curves["valid"].shape[1] - 1)


def banded(values: np.ndarray, curve: Curve) -> dict:
    """Mean over seeds and its interval by Student's t, inside the range of the curve."""
    band = of_curve(values, curve, "t")
    return {"mean": band.centre, "low": band.low, "high": band.high, "cut": band.cut}


def bought(found: dict) -> dict:
    """Quality against entropy at generation ``EARLY``, relative to the random filter: what one nat
    of entropy buys, with its standard error by the delta method."""
    alone, control = found["alone"], found["control"]
    t = early(alone)
    gain = alone["valid"][:, t] - control["valid"][:, t]  # the same seeds
    cost = control["entropy"][:, t] - alone["entropy"][:, t]
    gained, paid = banded(gain, SHARES_APART), banded(cost, NATS_APART)
    answer = {"generation": t, "gain": gained, "nats": paid, "per_nat": None, "error": None}
    error = cost.std(ddof=1) / np.sqrt(len(cost)) if len(cost) > 1 else 0.0
    if cost.mean() > 2 * error and cost.mean() > 0:
        ratio = gain.mean() / cost.mean()
        spread = (gain - ratio * cost).std(ddof=1) if len(cost) > 1 else 0.0
        answer["per_nat"] = ratio
        answer["error"] = float(spread / np.sqrt(len(cost)) / cost.mean())
    return answer


def takeover(curves: dict) -> dict:
    """When the exploit is more than half of the output: median over seeds of the first generation,
    infinite where it never is; and how much of the output it is at the end."""
    share = curves["exploit_share"]
    firsts = [np.flatnonzero(seed > 0.5) for seed in share]
    first = median_band(np.array([float(f[0]) if len(f) else np.inf for f in firsts]))
    end = banded(share[:, -1], ShareOf.curves["exploit_share"])
    return {"generation": first.centre, "share_at_end": end}


def prompts(curves: dict) -> dict | None:
    """Share of the entropy lost within a prompt and across prompts, from the first model on."""
    if "per_prompt_entropy" not in curves:
        return None
    lost = {}
    for name in ("per_prompt", "across_prompt"):
        curve = curves[f"{name}_entropy"]
        lost[name] = banded(1 - curve[:, -1] / curve[:, 1], LOST)
    return lost


def most_said(items: np.ndarray, show, most: int = 3) -> list[str]:
    """The commonest of the items shown of the last generation, over all seeds."""
    texts = Counter(show(item) for seed in items for item in seed[-1])
    return [text for text, _ in texts.most_common(most)]
