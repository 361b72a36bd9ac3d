"""What a measure is: a pure function of a generation with named curves, each declared."""

from abc import abstractmethod
from typing import ClassVar

from jax import Array

from collapse.curve import Curve
from collapse.errors import UserError
from collapse.items import Items
from collapse.part import Part
from collapse.types import View


class Measure(Part):
    """One or more numbers per generation. ``curves`` names every one of them, with its unit, its
    range and what else a reader must know: {"p": Curve("probability", 0, 1)}."""

    curves: ClassVar[dict[str, Curve]] = {}
    reads: ClassVar[str] = "output"  # "model" where it looks at no item, only at model and truth

    def __init_subclass__(cls, **settings):
        super().__init_subclass__(**settings)
        declared = vars(cls).get("curves", {})  # else a property, of its settings
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
        """{curve: number}. Not a number where the curve is not defined (generation 0 of a
        judge's curves, a divergence without closed form)."""

    def takes(self) -> Items | None:
        """The items it can read; None for any, or where it does not say."""
        return None

    def check_compatible(self, arm) -> list[str]:
        """Why it cannot measure what the arm draws, each a sentence."""
        return []

    def validate(self) -> list[str]:
        return []
