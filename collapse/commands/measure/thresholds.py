"""Numbers that the user names with a value: ``same_answer=0.3``, ``effective_number=0.9x``."""

import math
import re
from typing import NamedTuple

from collapse.errors import UserError
from collapse.suggest import unknown

FORM = re.compile(r"\s*([\w-]+)\s*=\s*([-+.\deE]+)\s*([xX%]?)\s*")


class Threshold(NamedTuple):
    """``value`` of the number ``name``; ``relative``: so many times another."""

    name: str
    value: float
    relative: bool

    def __str__(self) -> str:
        return f"{self.name}={self.value:g}{'x' if self.relative else ''}"


def threshold(option: str, given: str, known) -> Threshold:
    """``given`` of an option, NAME=NUMBER, NAME=NUMBERx or, of a share, NAME=NUMBER%; ``known`` are
    the possible names. Raises ``UserError``."""
    found = FORM.fullmatch(given)
    try:
        value = float(found[2]) if found else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UserError(
            f"{option} {given} is not NAME=NUMBER, such as {option} effective_number=20, or "
            "NAME=NUMBERx for so many times another number."
        )
    name = found[1].replace("-", "_")
    if name not in known:
        raise UserError(f"{option} {given}: {unknown('number', name, known)}")
    return Threshold(name, value / 100 if found[3] == "%" else value, found[3] in ("x", "X"))
