"""Base class of measures: pure functions of a generation that return named, declared curves."""

from abc import abstractmethod
from typing import ClassVar

from jax import Array

from collapse.curve import Curve
from collapse.errors import UserError
from collapse.part import Part
from collapse.types import View


class Measure(Part):
    """One or more numbers per generation. ``curves`` declares each by name, with its unit, range
    and further properties: {"p": Curve("probability", 0, 1)}."""

    curves: ClassVar[dict[str, Curve]] = {}
    reads: ClassVar[str] = "output"  # "model" if it reads only model and truth and no items

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

    @abstractmethod
    def measure(self, key: Array, view: View) -> dict[str, Array]:
        """{curve: number} for this generation; NaN where a curve is undefined (a judge's curves at
        generation 0, a divergence without closed form)."""
