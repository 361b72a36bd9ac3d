"""Base class of measures: pure functions of a generation that return named, declared curves."""

from abc import abstractmethod
from typing import ClassVar

from jax import Array

from collapse.curve import Curve
from collapse.errors import UserError
from collapse.part import Part, offers
from collapse.types import View


class Measure(Part):
    """One or more numbers per generation. ``curves`` declares each by name, with its unit, range
    and further properties: {"p": Curve("probability", 0, 1)}. ``asks`` lists the capabilities
    (``models/capabilities.py``) that it reads of the model and of the truth."""

    curves: ClassVar[dict[str, Curve]] = {}
    asks: ClassVar[dict[str, tuple[str, ...]]] = {}  # {"model": ("mean",), "truth": ("mean",)}
    reads: ClassVar[str] = "output"  # "model" if it reads only model and truth and no items
    reads_data: ClassVar[bool] = False  # True if it needs ``view.data``, the training data

    def __init_subclass__(cls, **settings):
        super().__init_subclass__(**settings)
        declared = vars(cls).get("curves", {})  # a property if curves depend on settings
        plain = isinstance(declared, dict) and not all(
            isinstance(curve, Curve) for curve in declared.values()
        )
        if plain or "units" in vars(cls):
            raise UserError(
                f"{cls.__name__} must declare its curves as curves = {{NAME: Curve(UNIT)}}, with "
                "collapse.Curve."
            )

    def check_compatible(self, arm) -> list[str]:
        """A sentence with all capabilities of ``asks`` that the model and the truth lack."""
        lacks = []
        for part, names in self.asks.items():
            if missing := [name for name in names if not offers(getattr(arm, part), name)]:
                lacks.append(f"the {part} has no {', no '.join(missing)}")
        if not lacks:
            return []
        model, truth = type(arm.model).__name__, type(arm.truth).__name__
        return [
            f"The measure {type(self).__name__} is not compatible with the model {model} and the "
            f"truth {truth} ({'; '.join(lacks)}): leave it out, or choose another."
        ]

    @abstractmethod
    def measure(self, key: Array, view: View) -> dict[str, Array]:
        """{curve: number} for this generation; NaN where a curve is undefined (a judge's curves at
        generation 0, a divergence without closed form)."""
