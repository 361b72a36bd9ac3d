"""Base classes and checks of samplers that decode token by token and of those that draw whole
rows."""

from typing import ClassVar

from collapse.samplers.base import Sampler


class WholeRows(Sampler):
    """Base class of samplers whose rows are not products of next-token draws: the probability of a
    row when it was drawn is unknown."""

    unknown: ClassVar[str] = ""  # the reason, as the start of a sentence

    def check_compatible(self, arm):
        errors = not_token_by_token(self, arm)
        if arm.learner.corrected:
            learner = type(arm.learner).__name__
            errors.append(
                f"{self.unknown}, and {learner} with corrected=true needs log-probabilities: "
                "use Tempered."
            )
        return errors


def not_token_by_token(sampler: Sampler, arm) -> list[str]:
    """Error sentences if a model of the arm cannot be decoded token by token; empty if all can."""
    names = [type(m).__name__ for m in arm.model.singles if not m.token_by_token]
    if not names:
        return []
    return [
        f"{type(sampler).__name__} reads its model token by token, which {names[0]} does not "
        "offer: use a TokenTable, a GRU or another network that writes text."
    ]
