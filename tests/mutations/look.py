"""The first claim that fails: ``python -m tests.mutations.look [--but] SCENARIO[:EVIDENCE] ...``.

Evidence is looked at piece by piece, as ``collapse verify`` does, until a claim fails; with
``--but``, all that verify looks at by default but what is named. Prints the failing claim, and
exits with 3; with 0 where all pass.
"""

import sys
from collections.abc import Iterator

from collapse.commands.verify.verification import Evidence, evidence_of, look, with_claims
from collapse.numerics.device import start_jax
from collapse.scenario.scenario import claiming

FAILING = 3  # the exit code where a claim fails: Python's own are 1 and 2


def named(places: list[str]) -> Iterator[Evidence]:
    """The evidence of the named scenarios; of one that is named with a piece, that piece alone."""
    for place in places:
        name, _, piece = place.partition(":")
        for evidence in evidence_of(with_claims([name])[0]):
            if piece in ("", evidence.name):
                yield evidence


def by_default() -> Iterator[Evidence]:
    for name, folder in claiming().items():
        if folder == "laws":
            yield from evidence_of(with_claims([name])[0], extra=False)


def failing(pieces: Iterator[Evidence]) -> str:
    """The first claim that fails, with its scenario, and whether verify looks at it only when the
    scenario is named; nothing where all pass."""
    for evidence in pieces:
        for finding in look(evidence, evidence.scenario.seeds):
            if finding.verdict == "FAILS":
                extra = " (extra)" if evidence.name in evidence.scenario.extra else ""
                return f"{evidence.scenario.name}: {finding.claim.name}{extra}"
    return ""


def main(arguments: list[str]) -> int:
    start_jax("single")
    places = [name for name in arguments if name != "--but"]
    pieces = named(places)
    if "--but" in arguments:
        seen = {(e.scenario.name, e.name) for e in pieces}
        pieces = (e for e in by_default() if (e.scenario.name, e.name) not in seen)
    found = failing(pieces)
    print(found)
    return FAILING if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
