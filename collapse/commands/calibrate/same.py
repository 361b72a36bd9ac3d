"""Which verdicts are on the same question, the same answer and the same pair of answers."""

import numpy as np

from collapse.files.rows import Shown, Verdict
from collapse.stats.clusters import numbered


def clusters(rows) -> np.ndarray | None:
    """The number of each row's question; None if a row has none."""
    return numbered(r.question for r in rows) if all(r.question for r in rows) else None


def key_of(row: Verdict, item: Shown) -> tuple | None:
    """What an answer is known by: its question and turn, and its text, else its model."""
    who = item.model if item.text is None else item.text
    alone = item.text is None and row.question is None
    return None if who is None or alone else (row.question, row.turn, who)


def numbers(keys) -> np.ndarray | None:
    """The number of each key (n,), -1 for None; None if all are None."""
    if all(key is None for key in keys):
        return None
    return np.where([key is None for key in keys], -1, numbered(keys))


def by_person(people, keys) -> dict[str, dict]:
    """The outcome of each person for each answer, by its key."""
    found: dict[str, dict] = {}
    for row, key in zip(people, keys, strict=True):
        if key is not None:
            found.setdefault(row.judge, {}).setdefault(key, row.outcome)
    return found


def _sides(row: Verdict) -> tuple | None:
    """The two items of a pair, in the order shown; by the column pair if there are no texts."""
    if row.first.text is None and row.other.get("pair") is not None:
        # Without texts, a and b are told apart by the order of models or of the column position.
        first = row.other.get("a_first", True)
        sides = ((row.other["pair"], 0), (row.other["pair"], 1))
        return sides if first else sides[::-1]
    sides = key_of(row, row.first), key_of(row, row.second)
    return None if None in sides or sides[0] == sides[1] else sides


def orders(rows) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The pair of items of each row, and whether it is shown in the second of its orders."""
    sides = [_sides(row) for row in rows]
    if all(both is None for both in sides):
        return None, None
    keys = [None if both is None else tuple(sorted(both, key=repr)) for both in sides]
    turned = [both is not None and both != key for both, key in zip(sides, keys, strict=True)]
    return numbers(keys), np.array(turned)


def _models(row: Verdict) -> tuple | None:
    """The two items of a pair by question and model, in the order shown."""
    if row.question is None or row.first.model is None or row.second is None:
        return None
    sides = tuple((row.question, row.turn, item.model) for item in (row.first, row.second))
    return None if sides[0] == sides[1] else sides


def persons_of_pairs(people, rows) -> dict[str, np.ndarray]:
    """Each person's outcome for the pair of each row, in the order in which the judge saw it. Pairs
    are known by their texts, or by question and models where no text is that of the judge's."""
    result: dict[str, np.ndarray] = {}
    for sides_of in (_sides, _models):
        found: dict[str, dict] = {}
        for row in people:
            if (sides := sides_of(row)) is not None:
                own = found.setdefault(row.judge, {})
                own.setdefault(sides, row.outcome)
                own.setdefault(sides[::-1], 1 - row.outcome)
        shown = [sides_of(row) for row in rows]
        result = {n: np.array([of.get(s, np.nan) for s in shown], float) for n, of in found.items()}
        if any(np.isfinite(x).any() for x in result.values()):
            break
    return result
