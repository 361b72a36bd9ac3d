"""The claims of the questions, by the beginning of their names, and when a case of sabotage turns
the verdict of one over."""

import functools

from collapse.commands.reproduce.rows import built
from collapse.scenario.scenario import scenario_files

QUESTIONS = sorted(k for k, file in scenario_files().items() if file.parent.name == "questions")
# How a case turns a verdict over:
SETTING = "another setting of an arm, or of a function that gives evidence"
OTHER_ARM = "the curves of another arm, which differs by settings"
RECORD = "numbers exchanged or planted in the record"


@functools.cache
def claims_of(name: str) -> dict:
    return {claim.name: claim for claim in built(name, "quick").claims}


def named(name: str, beginning: str) -> list[str]:
    """The claim of a scenario with this name, or else all with this beginning. At least one."""
    claims = claims_of(name)
    found = [beginning] if beginning in claims else [x for x in claims if x.startswith(beginning)]
    assert found, f"{name} has no claim {beginning!r}"
    return found


def about(name: str, evidence: str) -> list[str]:
    """The claims of a scenario about this evidence."""
    return [claim.name for claim in claims_of(name).values() if claim.evidence == evidence]


def turns(name: str, claim: str, good: str, bad: str) -> bool:
    """Whether a verdict turns over: a claim that holds no longer does, and one that does not hold,
    which its note explains, holds."""
    assert good.startswith("holds") or claims_of(name)[claim].note, (claim, good)
    return good.startswith("holds") != bad.startswith("holds")
