"""Declaration of metrics: functions of data alone, with the properties needed to interpret them.

A metric is called on user data, without a simulation: ``distinct(documents, n=2)``. Each is
declared where it is defined and listed in ``METRICS``, in the order of definition.
"""

import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from collapse.curve import BETTER, BLINDNESS
from collapse.errors import UserError
from collapse.suggest import listed

NEEDS = {
    "counts": "(K,) counts of each distinct item",
    "tokens": "a list of documents, each a list of tokens; or one integer array (N,), a stream",
    "texts": "a list of strings",
    "vectors": "(n, d) one row per item",
    "numbers": "(n,)",
    "vectors, reference": "(n, d) and (m, d): the sample and the reference",
    "vectors, modes": "(n, d) and (K, d): the sample and the centres of the modes",
    "numbers, reference": "(n,) and (m,)",
    "tokens, reference": "two lists of documents: the sample and the reference",
    "distributions": "p (K,) and q (K,): probabilities of the same K outcomes",
    "answers": "a list of groups, such as the answers to one prompt, in any hashable form",
    "scores": "numbers from a judge; the docstring says which",
}

SMALLEST, LARGEST = 1e-70, 1e70  # range of numbers whose fourth powers are floats
UNIT = 1e-3  # tolerance for unit length, as in half precision


class MetricWarning(UserWarning):
    """Warning that a number is correct but may mislead: the reason, and what to use instead."""


@dataclass(frozen=True)
class Metric:
    """A metric: a function and the properties of its values. Calling the metric warns
    (``MetricWarning``) if its value may mislead for the given data; calling the function does not.

    ``better`` is "more" if larger is more diverse (one set) or more faithful (two sets), "less" if
    smaller is, None if neither. ``blind_to`` names changes of the data that do not affect it; for
    two sets, the same change of both. ``bias`` describes its dependence on the amount of data.
    """

    name: str
    function: Callable[..., float]
    unit: str
    low: float
    high: float
    better: str | None
    needs: str
    blind_to: frozenset[str]
    bias: str
    source: str

    def __call__(self, *data, **settings) -> float:
        value = self.function(*data, **settings)
        given = inspect.signature(self.function).bind(*data, **settings).arguments
        for sentence in self.doubts(*list(given.values())[: 1 + ("," in self.needs)]):
            warnings.warn(sentence, MetricWarning, stacklevel=2)
        return value

    @property
    def depends_on_size(self) -> bool:
        """Whether its value depends on the number of items."""
        return not self.bias.startswith("none")

    def doubts(self, data, reference=None) -> list[str]:
        """Reasons why its value for these data may mislead, as sentences."""
        sentences = []
        if self.needs == "vectors" and "scale" in self.blind_to:
            lengths = np.linalg.norm(as_vectors(data, "The vectors", 1), axis=1)
            if (np.abs(lengths - 1) > UNIT).any():
                sentences.append(
                    f"{self.name} is blind to a shrinking spread, and these vectors are not of "
                    f"unit length ({lengths.min():.3g} to {lengths.max():.3g}): use "
                    f"{listed(self._seeing_scale())} if length has a meaning, or else divide each "
                    "vector by its length."
                )
        if self.needs.endswith("reference") and self.depends_on_size:
            n, m = len(data), len(reference)
            if n != m:
                larger = "sample" if n > m else "reference"
                sentences.append(
                    f"{self.name} depends on the number of items ({self.bias}), and the "
                    f"sample has {n:,} and the reference {m:,}: draw {min(n, m):,} of the {larger} "
                    "at random, several times, and take the mean."
                )
        return sentences

    def _seeing_scale(self) -> list[str]:
        """Names of metrics of the same data that respond to a shrinking spread."""
        alike = (one for one in METRICS.values() if one.needs == self.needs)
        return [one.name for one in alike if "scale" not in one.blind_to]


METRICS: dict[str, Metric] = {}


def metric(
    *,
    unit: str,
    low: float = 0.0,
    high: float = np.inf,
    better: str | None,
    needs: str,
    blind_to: tuple[str, ...] = (),
    bias: str,
    source: str,
):
    """Decorator that declares a function as a metric under its own name."""
    unknown = {needs} - set(NEEDS) | set(blind_to) - set(BLINDNESS)
    unknown |= {better} - set(BETTER)
    if unknown:
        raise ValueError(
            f"Unknown words in the declaration of a metric: {sorted(map(str, unknown))}."
        )

    def declare(function):
        meaning = (unit, low, high, better, needs, frozenset(blind_to), bias, source)
        METRICS[function.__name__] = Metric(function.__name__, function, *meaning)
        return function

    return declare


def as_vectors(rows, name: str, least: int = 2) -> np.ndarray:
    """(n, d) float64 rows, checked; (n,) numbers become (n, 1)."""
    try:
        rows = np.asarray(rows, float)
    except (TypeError, ValueError):
        raise UserError(f"{name} must hold numbers, in rows of equal length.") from None
    rows = rows[:, None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise UserError(f"{name} must be (n, d), one row per item, not {rows.shape}.")
    if len(rows) < least:
        raise UserError(f"{name} has {len(rows)} rows, and this needs at least {least}: add items.")
    bad = ~np.isfinite(rows).all(1)
    if bad.any():
        raise UserError(
            f"{name} row {int(bad.argmax())} holds a NaN or an infinity, as do {int(bad.sum()) - 1}"
            " more rows: drop or repair them."
        )
    size = np.abs(rows).max()
    if size > LARGEST or 0 < size < SMALLEST:
        raise UserError(
            f"{name} has a largest value of {size:g}, whose powers overflow or underflow in double "
            f"precision: use units in which it lies between {SMALLEST:g} and {LARGEST:g}."
        )
    return rows


def as_whole(value, name: str, least: int = 1) -> int:
    """The value of a setting that must be a whole number of at least ``least``."""
    try:
        whole = int(value)
    except (TypeError, ValueError, OverflowError):
        whole = None
    if whole is None or whole != value or whole < least:
        raise UserError(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return whole


def comparable(things, what: str) -> None:
    """Raise ``UserError`` for values that cannot be counted: without a hash, or NaN, which is not
    equal to itself."""
    try:
        odd = [thing for thing in set(things) if thing != thing]
    except TypeError:
        raise UserError(f"{what} must be a string, a number or a tuple, not a list.") from None
    if odd:
        raise UserError(f"{what} is NaN, which is not equal to itself: replace missing values.")


def two_sets(sample, reference, least: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """The checked rows of both sets, which must have equally many columns."""
    sample = as_vectors(sample, "The sample", least)
    reference = as_vectors(reference, "The reference", least)
    if sample.shape[1] != reference.shape[1]:
        raise UserError(
            f"The sample has {sample.shape[1]} columns and the reference {reference.shape[1]}: "
            "embed both in the same way."
        )
    return sample, reference


def as_numbers(values, name: str, least: int = 2) -> np.ndarray:
    """(n,) float64 numbers, checked."""
    rows = as_vectors(values, name, least)
    if rows.shape[1] != 1:
        raise UserError(f"{name} must be (n,), one number per item, not {rows.shape}.")
    return rows[:, 0]


def as_texts(texts, least: int = 1) -> list[str]:
    """The texts, checked to be strings and at least ``least``."""
    if isinstance(texts, str):
        raise UserError("The texts must be a list of strings, not one string: split it first.")
    texts = list(texts)
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise UserError(f"Text {place} must be a string, not a {type(text).__name__}.")
    if len(texts) < least:
        raise UserError(f"There are {len(texts)} texts, and this needs at least {least}.")
    return texts
