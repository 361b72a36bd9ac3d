"""The answers of the page of questions: short, and every number is that of a claim."""

import re

import pytest

from collapse.scenario.load import build
from tests.shared import ROOT

ANSWERS = sorted((ROOT / "docs" / "questions").glob("*.md"))
NAMED = re.compile(r"\{([^{}]+)\}")
LONGEST = 150  # words


@pytest.mark.parametrize("path", ANSWERS, ids=[path.stem for path in ANSWERS])
def test_an_answer_is_short_and_on_the_page(path):
    title, text = path.read_text().split("\n", 1)
    assert title.startswith("# ")
    assert title.endswith("?")
    assert NAMED.search(text)
    assert len(NAMED.sub("1.23", text).split()) <= LONGEST  # with intervals: docs/questions.py
    assert f"#{title}" in (ROOT / "docs" / "questions.md").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("path", ANSWERS, ids=[path.stem for path in ANSWERS])
def test_every_number_is_of_a_claim(path):
    claims = {claim.name for claim in build(path.stem).claims}
    assert not set(NAMED.findall(path.read_text())) - claims


def test_the_twelve_questions_have_an_answer():
    assert len(ANSWERS) >= 12
