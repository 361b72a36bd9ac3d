"""What a measure is: a pure function of a generation with named curves, each with a unit."""

from abc import abstractmethod
from typing import ClassVar

import equinox as eqx
from jax import Array

from collapse.types import View


class Measure(eqx.Module):
    """One or more numbers per generation. ``units`` names every curve and its unit."""

    units: ClassVar[dict[str, str]] = {}
    reads: ClassVar[str] = "output"  # "model" where it looks at no item, only at model and truth

    @abstractmethod
    def measure(self, key: Array, view: View) -> dict[str, Array]:
        """{curve: number}. Not a number where the curve is not defined (generation 0 of a
        judge's curves, a divergence without closed form)."""

    def misfits(self, arm) -> list[str]:
        """Why it cannot measure what the arm draws, each a sentence."""
        return []

    def mistakes(self) -> list[str]:
        return []
