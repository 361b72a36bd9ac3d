"""Every claim of every question has a case of sabotage, by name: something that turns its verdict
over. The cases run in the test files of the questions, most of them as slow tests; here they are
counted.
"""

import pytest

from tests.scenarios import (
    test_questions_q1 as q1,
    test_questions_q2 as q2,
    test_questions_q3 as q3,
    test_questions_q4 as q4,
)
from tests.scenarios.questions import OTHER_ARM, QUESTIONS, RECORD, SETTING, claims_of

CASES = [case for file in (q1, q2, q3, q4) for case in file.sabotaged()]  # (scenario, claim, kind)


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_claim_is_sabotaged(name):
    tried = {claim for scenario, claim, _ in CASES if scenario == name}
    assert sorted(set(claims_of(name)) - tried) == []


def test_records_are_altered_only_where_no_arm_shows_what_is_claimed():
    assert {kind for *_, kind in CASES} == {SETTING, OTHER_ARM, RECORD}
    altered = [claims_of(name)[claim] for name, claim, kind in CASES if kind == RECORD]
    assert [claim.name for claim in altered if claim.evidence == "together"] == []
