"""Mistakes in claims are sentences that name the claim."""

import numpy as np
import pytest

import collapse as cl
from collapse.scenario.claims import check

RECORD = {"curves": {"entropy": np.zeros((4, 21))}}


def claim(**changed) -> cl.Claim:
    fields = {"name": "drift", "kind": "law", "source": "mine", "evidence": "no-judge"}
    return cl.Claim(**fields | {"observe": "entropy", "expected": 0.0} | changed)


def test_a_claim_of_no_known_kind_or_side_is_refused():
    """All that is wrong at once; else it would be tested as if it were a law."""
    with pytest.raises(cl.UserError) as told:
        claim(kind="lawful", side="above", at=20)
    kind, side, at = told.value.sentences
    assert kind.startswith("The claim 'drift': There is no kind 'lawful' (did you mean law?)")
    assert "no side 'above'" in side
    assert "choose from: both, at most, at least" in side
    assert "at must be a tuple of generations" in at


def test_a_bound_without_a_side_is_refused():
    """It would be tested on both sides, as a law."""
    with pytest.raises(cl.UserError, match="'drift': a bound is on one side: give side='at most'"):
        claim(kind="bound")
    assert claim(kind="bound", side="at most").side == "at most"


def unknown_name(_):
    return nobody  # noqa: F821


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"observe": "entropyy"}, "no curve of no-judge 'entropyy' .did you mean entropy"),
        ({"at": (1, 50)}, "about generation 50, and the last one of no-judge is 20"),
        ({"expected": unknown_name}, "expected of the claim 'drift' raised NameError"),
        ({"observe": lambda record: record["curves"]["x"]}, "observe of .* raised KeyError: 'x'"),
    ],
)
def test_what_a_claim_cannot_read_is_told(changed, sentence):
    assert check(claim(at=(1, 20)), RECORD).verdict == "passes"
    with pytest.raises(cl.UserError, match=sentence):
        check(claim(**changed), RECORD)


def test_a_mistake_in_a_claim_of_a_file_is_told_with_its_line(run, tmp_path):
    (tmp_path / "mine.py").write_text(
        "import collapse as cl\n\n\ndef scenario():\n"
        "    claim = cl.Claim('drift', 'law', 'mine', 'draws', 'x', 0.0)\n"
        "    return cl.Scenario(name='mine', claims=(claim,), evidence={'draws': draws})\n\n\n"
        "def draws(key, seeds):\n    return nobody\n"
    )
    code, _, error = run("verify", "mine.py")
    assert code == 2
    assert "The evidence 'draws' raised NameError" in error
    assert "mine.py, line 10" in error
