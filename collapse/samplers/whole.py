"""What samplers share that read their model token by token, and those that choose whole rows."""

from typing import ClassVar

from collapse.samplers.base import Sampler


class WholeRows(Sampler):
    """Base of the samplers whose rows are no product of next-token draws: what a row's probability
    was when it was drawn is not known."""

    unknown: ClassVar[str] = ""  # why, as the beginning of a sentence

    def check_compatible(self, arm):
        errors = not_token_by_token(self, arm)
        if getattr(arm.learner, "corrected", False):
            learner = type(arm.learner).__name__
            errors.append(
                f"{self.unknown}, and {learner} with corrected=true asks for log-probabilities: "
                "use Tempered."
            )
        return errors


def not_token_by_token(sampler: Sampler, arm) -> list[str]:
    """Why the models of an arm cannot be decoded place by place: nothing, if they can."""
    members = getattr(arm.model, "members", (arm.model,))
    names = [type(m).__name__ for m in members if not m.token_by_token]
    if not names:
        return []
    return [
        f"{type(sampler).__name__} reads its model token by token, which {names[0]} does not "
        "offer: use a TokenTable, a GRU or another network that writes text."
    ]
