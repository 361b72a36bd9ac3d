"""What a measurement is asked to check: two corpora against each other, and gates."""

from dataclasses import dataclass, field

from collapse.commands.measure.gates import Gate, gates_of
from collapse.commands.measure.power import wanted_of
from collapse.commands.measure.thresholds import Threshold
from collapse.errors import UserError, attempt


@dataclass(frozen=True)
class Checks:
    """``compare``: two corpora; ``power``: differences whose number of prompts is asked for."""

    compare: bool = False
    power: list[Threshold] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)

    def as_dict(self) -> dict:
        return {
            "compare": self.compare,
            "power": list(map(str, self.power)),
            "gates": list(map(str, self.gates)),
        }


def checks_of(
    compare: bool, power: list[str], below: list[str], above: list[str], reference: bool
) -> Checks:
    """The checks that the options ask for. Raises ``UserError`` with all errors."""
    errors: list[str] = []
    wanted = attempt(errors, wanted_of, power) or []
    gates = attempt(errors, gates_of, below, above, reference) or []
    if power and not compare:
        errors.append("--power needs --compare: the variance is that of a difference of two sets.")
    if errors:
        raise UserError(*errors)
    return Checks(compare, wanted, gates)
