"""The same pair in both orders, and the same answers judged again."""

import numpy as np

from collapse.commands.calibrate.audit import Audit, Base
from collapse.commands.calibrate.columns import TIE
from collapse.stats.clusters import jackknife, numbered, totals
from collapse.stats.estimate import missing
from collapse.stats.proportions import pooled_sd

BOTH = ("consistent", "first_twice", "second_twice", "favours_first")


def places(audit: Audit) -> None:
    """Add how verdicts change when the two items change places."""
    verdicts = audit.verdicts
    if verdicts.pair is None:
        reason = "neither text_a and text_b nor a column pair says which rows compare the same two"
        audit.found |= dict.fromkeys(BOTH, missing("share", reason))
        return
    orders: tuple[dict, dict] = {}, {}
    rows = zip(verdicts.pair, verdicts.turned, _judges(verdicts), strict=True)
    for row, (pair, turned, judge) in enumerate(rows):
        if pair >= 0:
            orders[int(turned)].setdefault((pair, judge), row)
    same, other = orders
    both = np.array([(same[key], other[key]) for key in same if key in other], int)
    if not len(both):
        reason = "no two items are shown in both orders"
        audit.found |= dict.fromkeys(BOTH, missing("share", reason))
        return
    sides = np.sign(verdicts.chosen - TIE)[both]  # 1 the first, -1 the second, 0 a tie
    consistent = sides[:, 0] == -sides[:, 1]
    first, second = ((sides == side).all(1) for side in (1, -1))
    at = both[:, 0]
    audit.found["consistent"] = audit.share(consistent.astype(float), at)
    audit.found["first_twice"] = audit.share(first.astype(float), at)
    audit.found["second_twice"] = audit.share(second.astype(float), at)
    turned = first | second
    if turned.any():
        audit.found["favours_first"] = audit.share(first[turned].astype(float), at[turned])
    else:
        audit.found["favours_first"] = missing("share", "no verdict changed with the places")
    audit.bases["favours_first"] = Base(0.5, "no favour for a place")
    chance = sum(np.mean(sides[:, 0] == x) * np.mean(sides[:, 1] == -x) for x in (1, -1, 0))
    alone = "two verdicts that know nothing of each other"
    audit.bases["consistent"] = Base(float(chance), alone)
    for name, side in (("first_twice", 1), ("second_twice", -1)):
        audit.bases[name] = Base(float((sides == side).mean(0).prod()), alone)
    audit.notes.append(
        f"both orders: {len(both)} pair{'s' * (len(both) != 1)}; "
        f"{int(consistent.sum())} with the same verdict, "
        f"{int(first.sum())} for the first both times, {int(second.sum())} for the second, "
        f"{int((~consistent & ~turned).sum())} a tie in one order"
    )
    if len(both) < 10:
        audit.notes.append(f"pairs in both orders: {len(both)}, too few to tell much of places")


def repeats(audit: Audit) -> None:
    """Add how often a judge says the same of the same, and the noise in between."""
    verdicts = audit.verdicts
    values = np.sign(verdicts.chosen - TIE) if verdicts.paired else verdicts.score
    values = verdicts.accepted if values is None else values
    shown = verdicts.pair if verdicts.paired else verdicts.item
    none = missing("share", "no answers are judged twice by the same judge, in the same order")
    audit.found["repeated"] = none
    if shown is None:
        return
    turned = verdicts.turned if verdicts.paired else np.zeros(len(values), bool)
    known = shown >= 0
    keys = numbered(zip(shown[known], turned[known], _judges(verdicts)[known], strict=True))
    counts = np.bincount(keys) if len(keys) else np.zeros(0, int)
    if not (counts > 1).any():
        return
    rows = np.flatnonzero(known)[counts[keys] > 1]
    again = np.unique(keys[counts[keys] > 1], return_inverse=True)[1]
    codes = np.unique(values[rows], return_inverse=True)[1]
    size = np.bincount(again)
    cells, same = np.unique(np.stack([again, codes], 1), axis=0, return_counts=True)
    # Of all pairs of verdicts on the same; a group counts by the number of its verdicts.
    agreed = np.bincount(cells[:, 0], same * (same - 1)) / (size - 1)
    at = np.unique(again, return_index=True)[1]
    cluster = audit.cluster(rows[at])
    sums = totals(np.stack([agreed, size], 1), cluster)
    what = verdicts.cluster_of if cluster is not None else "pair" if verdicts.paired else "answer"
    if (size == size[0]).all() and size[0] == 2:
        audit.found["repeated"] = audit.share(agreed / size, rows[at])
    else:
        found = jackknife(sums, lambda s: s[..., 0] / s[..., 1], "share", 0, 1, what)
        audit.agreed("repeated", found, what)
    chance = float(((np.bincount(codes) / len(codes)) ** 2).sum())
    audit.bases["repeated"] = Base(chance, "two verdicts that know nothing of each other")
    low, high = int(size.min()), int(size.max())
    times = f"{low}" if low == high else f"{low} to {high}"
    items = "pairs" if verdicts.paired else "answers"
    audit.notes.append(f"judged again: {len(size)} {items}, {times} times each")
    if verdicts.score is not None and not verdicts.paired:
        means = totals(values[rows], again) / size
        rest = values[rows] - means[again]
        squares = np.stack([totals(rest**2, again), size - 1], 1)
        audit.found["repeat_noise"] = pooled_sd(*totals(squares, cluster).T, "score units", what)
        spread = float(values[rows].std(ddof=1))
        audit.bases["repeat_noise"] = Base(spread, "the spread of its scores over these answers")


def _judges(verdicts) -> np.ndarray:
    names = verdicts.judges or [None] * verdicts.rows
    return numbered(names)
