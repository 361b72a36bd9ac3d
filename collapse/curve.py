"""What a number means: the words in which the metrics and the curves of measures are declared."""

import math
from dataclasses import dataclass

from collapse.errors import UserError

BLINDNESS = {
    "scale": "all numbers times a positive constant",
    "shift": "a constant added to all items",
    "rotation": "all items turned alike",
    "order": "items or documents in another order",
    "word order": "tokens shuffled inside a document",
    "words": "tokens renamed, one for one",
    "copies": "every item repeated as often",
}
BETTER = ("more", "less", None)
OWN = "none: the model's own"  # of curves that look at no item


@dataclass(frozen=True)
class Curve:
    """What the numbers of one curve of a measure mean.

    ``low`` and ``high`` are the least and the greatest it can be. ``better`` is "more" if larger is
    more diverse or nearer to the truth, "less" if smaller is, None if neither. ``blind_to`` names
    changes, in the words of ``BLINDNESS``, that leave it as it is; where it compares with the
    truth, the same change of both, and of outcomes or members "order" is that of their numbers.
    ``bias`` says what more data does to it. ``heavy``: nothing keeps a few seeds from being far
    from the others, or infinite, so that figures show the median over seeds and not the mean.
    """

    unit: str
    low: float = -math.inf
    high: float = math.inf
    better: str | None = None
    blind_to: tuple[str, ...] = ()
    bias: str = "not declared"
    heavy: bool = False

    def __post_init__(self):
        unknown = [str(word) for word in self.blind_to if word not in BLINDNESS]
        unknown += [str(self.better)] if self.better not in BETTER else []
        if unknown:
            known = f"better is more, less or None; blind_to is of {', '.join(BLINDNESS)}"
            raise UserError(f"Not words a curve is declared in: {', '.join(unknown)}. {known}.")
        if not self.low < self.high:
            raise UserError(f"A curve from {self.low:g} to {self.high:g} has no range: low < high.")

    def as_dict(self) -> dict:
        """What a manifest holds; None for an end that is not there."""
        ends = {k: getattr(self, k) if math.isfinite(getattr(self, k)) else None for k in ENDS}
        return {"unit": self.unit, **ends, "better": self.better, "heavy": self.heavy}

    @staticmethod
    def of(saved: dict) -> "Curve":
        """The curve of a manifest: its unit, range, direction and tails."""
        ends = {k: saved[k] for k in ENDS if saved[k] is not None}
        return Curve(saved["unit"], **ends, better=saved["better"], heavy=saved["heavy"])


ENDS = ("low", "high")
