"""Gates: numbers that a set of answers must not be below or above, for people's CI."""

from typing import NamedTuple

from collapse.commands.measure.prompt_values import cells, same_answer
from collapse.commands.measure.tally import Corpus
from collapse.commands.measure.thresholds import Threshold, threshold
from collapse.errors import UserError, attempt
from collapse.report.numbers import estimate, number
from collapse.stats.estimate import Estimate
from collapse.stats.intervals import t_interval

PLAIN = ("effective_number", "hill_2", "entropy", "entropy_chao_shen", "collision", "different")
PLAIN += ("sample_coverage", "distinct_1", "distinct_2", "distinct_3")
PROMPTED = ("same_answer", "different_a_prompt", "per_prompt_entropy", "across_prompt_entropy")
PROMPTED += ("prompt_information",)
NAMES = PLAIN + PROMPTED
# A reference of another size has other values of all numbers but these.
ANY_SIZE = ("collision", "same_answer")
EQUAL_SIZE = ("effective_number", "hill_2", "entropy", "different")
EQUAL_SIZE += ("distinct_1", "distinct_2", "distinct_3")


class Gate(NamedTuple):
    """``fail`` is below or above."""

    fail: str
    at: Threshold

    def __str__(self) -> str:
        return f"--fail-{self.fail} {self.at}"


def gates_of(below: list[str], above: list[str], reference: bool) -> list[Gate]:
    """The gates that the options ask for. Raises ``UserError`` with all errors."""
    errors: list[str] = []
    gates = []
    for fail, given in (("below", below), ("above", above)):
        found = [attempt(errors, threshold, f"--fail-{fail}", text, NAMES) for text in given]
        gates += [Gate(fail, at) for at in found if at is not None]
    for gate in gates:
        if gate.at.relative and not reference:
            errors.append(f"{gate} is relative: name what it is relative to by --reference.")
        elif gate.at.relative and gate.at.name not in ANY_SIZE + EQUAL_SIZE:
            errors.append(
                f"{gate}: {gate.at.name} depends on the number of answers, so that it is not "
                f"compared with a reference. Choose from: {', '.join(EQUAL_SIZE + ANY_SIZE)}."
            )
    if errors:
        raise UserError(*errors)
    return gates


def check(gates: list[Gate], found: dict, corpora: list[Corpus]) -> list[dict]:
    """Whether each corpus of a measurement passes each gate. Raises ``UserError`` for a number that
    a corpus does not have."""
    rows, errors = [], []
    for gate in gates:
        for corpus in corpora:
            row = attempt(errors, _checked, gate, corpus, found)
            rows += [row] if row else []
    if errors:
        raise UserError(*errors)
    return rows


def _checked(gate: Gate, corpus: Corpus, found: dict) -> dict:
    name, least = corpus.name, gate.at.value
    value = _value(gate, name, found["corpora"][name])
    if gate.at.name == "same_answer":
        value = t_interval(same_answer(cells(corpus)).value).within(0, 1)
    if gate.at.relative:
        value, reference = _beside(gate, name, value, found["reference"])
        least *= reference
    passed = value.value >= least if gate.fail == "below" else value.value <= least
    return {
        "gate": str(gate),
        "corpus": name,
        "number": gate.at.name,
        "value": value,
        "threshold": least,
        "passed": passed,
        "certain": bool(value.low > least or value.high < least),
    }


def _value(gate: Gate, name: str, about: dict) -> Estimate:
    """A number of a corpus, with its interval if it has one."""
    key = gate.at.name
    value = about.get("prompts", {}).get(key) if key in PROMPTED else about[key]
    if value is None:
        raise UserError(f"{gate}: {name} has no prompts. Name their column by --prompt.")
    value = value if isinstance(value, Estimate) else Estimate(float(value))
    if not value.known:
        why = "no prompt was asked twice" if key in PROMPTED else "its answers are too short"
        raise UserError(f"{gate}: {name} has no {key}, as {why}. Leave out this gate.")
    return value


def _beside(gate: Gate, name: str, value: Estimate, reference: dict) -> tuple[Estimate, float]:
    """The number of a corpus and that of the reference, at equal size where it depends on size."""
    key = gate.at.name
    if key in EQUAL_SIZE:
        compared = reference["compared"][name]
        value, other = Estimate(compared["sample"][key]), Estimate(compared["reference"][key])
        if not (value.known and other.known):
            raise UserError(f"{gate}: there are no two words in a row to compare {name} by.")
        return value, other.value
    return value, _value(gate, "the reference", reference["corpus"]).value


def sentence(row: dict) -> str:
    """A gate that fails, and by what numbers."""
    side = row["gate"].split()[0].removeprefix("--fail-")
    value = Estimate.of(row["value"])
    text = f"{row['corpus']} fails {row['gate']}: {row['number']} is {estimate(value)}, {side} "
    text += number(row["threshold"])
    known = value.low == value.low  # else there is no interval
    return text + (
        "; the threshold is inside its interval." if known and not row["certain"] else "."
    )


def failed(found: dict) -> list[str]:
    """A sentence for each gate that fails."""
    return [sentence(row) for row in found["gates"] if not row["passed"]]
