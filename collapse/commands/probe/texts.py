"""Probes of a judge of texts outside JAX: a Python function, or an LLM behind an address."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from collapse.commands.probe import selection
from collapse.commands.probe.families import FAMILIES, Item, probes
from collapse.commands.probe.found import Found, earned
from collapse.errors import UserError
from collapse.judges.base import Judge
from collapse.loop.external_judge import answers_of
from collapse.rewards.external import asks_external
from collapse.rewards.llm.endpoint import Endpoint
from collapse.stats.intervals import t_interval
from collapse.stats.proportions import share

LEAST = 5  # probes of a family, and 4 times as many ordinary items
SINGLE = "it scores texts one by one"


@dataclass
class Panel:
    """A judge of texts with its function ``ask``, and what may be asked: ``calls`` questions."""

    judge: Judge
    items: list[Item]
    calls: int
    seed: int

    def __post_init__(self):
        self.ask: Callable = asks_external(self.judge)[0].ask
        self.group = int(self.judge.group)
        two = len(inspect.signature(self.ask).parameters) > 1
        self.compares = self.group > 1 and two and getattr(self.ask, "mode", "") != "rubric"

    @property
    def price(self) -> int:
        """Questions that one comparison costs."""
        if isinstance(self.ask, Endpoint):
            return 2 if self.ask.swap else 1
        return self.group

    def scores(self, texts: list[str], ask: Callable | None = None) -> np.ndarray:
        """The judge's numbers for texts, in groups if it compares; NaN for abstentions."""
        return answers_of(ask or self.ask, texts, self.group, type(self.judge).__name__, "")


def probe_texts(panel: Panel) -> Found:
    """What each family of probes earns, within the budget of calls. Raises ``UserError``."""
    rng = np.random.default_rng(panel.seed)
    order = rng.permutation(len(panel.items))
    items = [panel.items[i] for i in order]
    if isinstance(panel.ask, Endpoint):
        prompt = panel.ask.rubric
        items = [item if item.prompt else replace(item, prompt=prompt) for item in items]
    return _in_groups(panel, items, rng) if panel.compares else _alone(panel, items, rng)


def _made(items: list[Item], most: int, rng) -> tuple[dict, dict[str, str]]:
    """Probes by the name of their family, and why others have none."""
    made = {family: probes(family, items, most, rng) for family in FAMILIES}
    lacking = {family.name: family.lacks for family, texts in made.items() if not texts}
    return {family: texts for family, texts in made.items() if texts}, lacking


def _alone(panel: Panel, items: list[Item], rng) -> Found:
    least = LEAST * (len(FAMILIES) + 4)
    if panel.calls < least:
        raise UserError(f"--calls must be at least {least}, not {panel.calls}: a probe needs it.")
    ordinary = items[: max(panel.calls // 4, 4 * LEAST)]
    made, lacking = _made(ordinary, (panel.calls - len(ordinary)) // len(FAMILIES), rng)
    texts = [item.text for item in ordinary] + [text for each in made.values() for text, _ in each]
    scores = panel.scores(texts)
    own, others = scores[: len(ordinary)], scores[len(ordinary) :]
    spoken = own[~np.isnan(own)]
    if len(spoken) < len(own) / 2:
        why = getattr(panel.ask, "why_abstained", str)()
        raise UserError(
            f"The judge abstained on {len(own) - len(spoken)} of {len(own)} ordinary items"
            f"{': ' if why else ''}{why}. There is nothing to compare probes with."
        )
    middle, top = float(np.quantile(spoken, 0.5)), float(np.quantile(spoken, 0.9))
    kept = selection.kept_alone(panel.judge, own, others, panel.seed)
    found, at = [earned("ordinary items", "as they are", own, middle, top)], 0
    for family, each in made.items():
        part = slice(at, at + len(each))
        row = earned(family.name, family.about, others[part], middle, top)
        growth = selection.growth_of(kept.of(part), panel.seed)
        row |= {"growth": growth, "real_share": selection.real_share_of(growth)}
        row["example"] = each[_best(others[part])][0]
        edited = [
            (x, own[i]) for x, (_, i) in zip(others[part], each, strict=True) if i is not None
        ]
        row["change"] = _change(edited)
        found.append(row)
        at += len(each)
    lacking["swapped order"] = SINGLE
    return Found("texts", len(ordinary), len({*texts}), middle, top, found, lacking)


def _best(scores: np.ndarray) -> int:
    return int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))


def _change(pairs: list[tuple[float, float]]):
    """The mean change of the score by an edit, with a t interval; None for texts that edit none."""
    changes = np.array([score - own for score, own in pairs])
    changes = changes[~np.isnan(changes)]
    return t_interval(changes) if len(changes) > 1 else None


def _in_groups(panel: Panel, items: list[Item], rng) -> Found:
    """Each probe among ordinary items, in a place by chance: whether it is kept."""
    k, each = panel.group, panel.calls // (panel.price * (len(FAMILIES) + 2))
    if each < LEAST:
        least = LEAST * panel.price * (len(FAMILIES) + 2)
        raise UserError(f"--calls must be at least {least}, not {panel.calls}: a probe needs it.")
    made, lacking = _made(items, each, rng)
    found, rewards = [], {}
    for family, own in made.items():
        texts = [own[i % len(own)][0] for i in range(each)]
        groups = [_group(text, own[i % len(own)][1], items, k, rng) for i, text in enumerate(texts)]
        rewards[family] = (groups, texts)
    asked = [text for groups, _ in rewards.values() for group, _ in groups for text in group]
    said = panel.scores(asked)
    weights = selection.kept_in_groups(panel.judge, said).reshape(-1, k)
    silent = np.isnan(said).reshape(-1, k).any(1)
    at = 0
    for family, (groups, texts) in rewards.items():
        rows = range(at, at + len(groups))
        kept = np.array([weights[r, place] for r, (_, place) in zip(rows, groups, strict=True)])
        won = share(kept > rng.uniform(size=len(kept)))
        growth = replace(won, value=won.value * k, low=won.low * k, high=won.high * k, unit="")
        found.append(
            {
                "name": family.name,
                "about": family.about,
                "n": len(kept),
                "abstained": int(silent[at : at + len(groups)].sum()),
                "earns": won,
                "top": None,
                "growth": growth,
                "real_share": selection.real_share_of(growth),
                "change": None,
                "example": texts[int(np.argmax(kept))],
            }
        )
        at += len(groups)
    order, more = _swapped(panel, items, each, rng)
    used = len(asked) // k * panel.price
    return Found("groups", len(items), used + more, None, None, found, lacking, k, order)


def _group(text: str, edited: int | None, items: list[Item], k: int, rng) -> tuple[list[str], int]:
    """The probe among k - 1 ordinary items, none of which it was made from; and its place."""
    others = [i for i in rng.permutation(len(items)) if i != edited][: k - 1]
    place = int(rng.integers(k))
    group = [items[i].text for i in others]
    return [*group[:place], text, *group[place:]], place


def _swapped(panel: Panel, items: list[Item], count: int, rng) -> tuple[dict, int]:
    """How often the verdict on ordinary items changes with their order, and what asking cost."""
    ask, k = panel.ask, panel.group
    averaged = isinstance(ask, Endpoint) and ask.swap
    ask = replace(ask, swap=False) if isinstance(ask, Endpoint) else ask
    groups = [[items[i].text for i in rng.permutation(len(items))[:k]] for _ in range(count)]
    texts = [text for group in groups for text in group]
    back = [text for group in groups for text in group[::-1]]
    first = panel.scores(texts, ask).reshape(-1, k)
    second = panel.scores(back, ask).reshape(-1, k)[:, ::-1]
    both = ~(np.isnan(first) | np.isnan(second)).any(1)
    first, second = first[both], second[both]
    best, then = (x == x.max(1, keepdims=True) for x in (first, second))
    decided = best[best.sum(1) == 1]
    order = {
        "flips": share((best != then).any(1).astype(float)) if len(best) else None,
        "first": share(decided[:, 0].astype(float)) if len(decided) else None,
        "averaged": averaged,
    }
    return order, 2 * count * (1 if isinstance(ask, Endpoint) else k)
