"""The questions of a report card, and the numbers that answer them."""

from collections import Counter

import numpy as np

from collapse.commands.judge.disturbed import ShareOf
from collapse.commands.judge.runs import LANES, Bench
from collapse.curve import Curve
from collapse.rewards.base import is_text
from collapse.stats.estimate import LEVEL, Estimate
from collapse.stats.intervals import median_interval, of_curve, t_quantile
from collapse.stats.threshold import Threshold
from collapse.stats.trends import median_half_life

EARLY = 10  # generation at which quality is compared with entropy
BONUS = 20.0  # reward of a planted exploit, in standard deviations of the judge's reward
LEVELS = (0.9, 0.5)
HELD = 0.1  # share of the output below which an exploit is held
SHARES_APART = Curve("difference of shares", -1, 1)
NATS_APART = Curve("difference in nats")
LOST = Curve("share lost", high=1)  # negative if it is gained


def ask(bench: Bench, say=lambda text: None) -> dict:
    """Run everything for a card: curves by lane, and thresholds. ``say`` gets a line of
    progress."""
    keeps = {level: Threshold(level) for level in LEVELS}
    say("the judge alone, and with shares of real data")
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
    say("refining the thresholds")
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
    """The declaration of each curve of the card."""
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
    """Standard deviation of the judge's reward over the candidates of generation 1; 1 if it has
    none."""
    scale = float(np.sqrt(np.nanmean(curves["reward_variance"][0, :, 1])))
    return scale if np.isfinite(scale) and scale > 0 else 1.0


def halved(curves: dict) -> Estimate:
    """The half-life of the effective number, as for a run and a comparison."""
    return median_half_life(curves["effective_number"])


def reads_reward(found: dict) -> bool:
    """Whether noise on the reward changes anything: a judge that weighs items directly, or gives
    its verdict as a whole, has no reward."""
    alone, noisy = found["alone"], found["disturbed"]["noise"]
    return not np.array_equal(alone["entropy"], noisy["entropy"], equal_nan=True)


def early(curves: dict) -> int:
    """The generation of quality against entropy: ``EARLY``, or the last one of a shorter card."""
    return min(EARLY, curves["valid"].shape[1] - 1)


def bought(found: dict) -> dict:
    """Quality against entropy at generation ``EARLY``, relative to the random filter: the gain in
    right answers, the cost in nats, and their ratio with an interval by the delta method."""
    alone, control = found["alone"], found["control"]
    t = early(alone)
    gain = alone["valid"][:, t] - control["valid"][:, t]  # of the same seeds
    cost = control["entropy"][:, t] - alone["entropy"][:, t]
    gained, paid = of_curve(gain, SHARES_APART, "t"), of_curve(cost, NATS_APART, "t")
    answer = {"generation": t, "gain": gained, "nats": paid, "per_nat": None}
    n = len(cost)
    error = cost.std(ddof=1) / np.sqrt(n) if n > 1 else 0.0
    if cost.mean() > 2 * error and cost.mean() > 0:
        ratio = gain.mean() / cost.mean()
        spread = (gain - ratio * cost).std(ddof=1) if n > 1 else 0.0
        half = t_quantile(max(n - 1, 1)) * spread / np.sqrt(n) / cost.mean()
        answer["per_nat"] = Estimate(
            ratio, ratio - half, ratio + half, LEVEL, "t (delta method)", n
        )
    return answer


def takeover(curves: dict) -> dict:
    """The first generation at which the exploit is more than half of the output (infinite if it
    never is), and its share of the output at the end."""
    share = curves["exploit_share"]
    firsts = [np.flatnonzero(seed > 0.5) for seed in share]
    first = median_interval(np.array([float(f[0]) if len(f) else np.inf for f in firsts]))
    end = of_curve(share[:, -1], ShareOf.curves["exploit_share"], "t")
    return {"generation": first, "share_at_end": end}


def prompts(curves: dict) -> dict | None:
    """Share of the entropy lost within a prompt and across prompts, from the first model to the
    last."""
    if "per_prompt_entropy" not in curves:
        return None
    lost = {}
    for name in ("per_prompt", "across_prompt"):
        curve = curves[f"{name}_entropy"]
        lost[name] = of_curve(1 - curve[:, -1] / curve[:, 1], LOST, "t")
    return lost


def most_said(items: np.ndarray, show, most: int = 3) -> list[str]:
    """The most frequent samples of the last generation, over all seeds."""
    texts = Counter(show(item) for seed in items for item in seed[-1])
    return [text for text, _ in texts.most_common(most)]
