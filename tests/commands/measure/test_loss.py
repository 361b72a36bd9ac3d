"""The loss of diversity, split: by hand, and unbiased against the tables that answers are from."""

import numpy as np
import pytest

from collapse.commands.measure.loss import PARTS, losses
from collapse.commands.measure.tally import Corpus
from collapse.metrics.formulas import diversity_loss
from tests.commands.measure.test_command import measured, rows
from tests.commands.measure.test_models import ASK, table

LIMIT = 4.0  # standard errors


def test_a_table_by_hand(run):
    """q1: A says a, a, which is right, and B says a and d. q2: A says c, c and B c and d, all
    wrong."""
    document = measured(run, rows("a.jsonl", table()), *ASK)
    found = document["models"]["wrong"]["loss"]
    assert (found["since"], found["prompts"], list(found["to"])) == ("A", 2, ["B"])
    parts = {name: of["value"] for name, of in found["to"]["B"].items()}
    assert parts == {
        "lost": -1.0,
        "wrong_removed": -0.5,
        "right_narrowed": 0.0,
        "wrong_narrowed": -0.5,
    }
    assert any("differ less often than two of A by -1" in note for note in document["notes"])


def test_without_a_prompt_that_all_were_asked_twice_there_is_none(run):
    said = {"A": {"q1": ["a", "a"], "q2": ["c"]}, "B": {"q1": ["a"], "q2": ["c", "d"]}}
    document = measured(run, rows("a.jsonl", table(said=said)), *ASK)
    assert document["models"]["wrong"]["loss"] is None


def test_answers_give_what_their_tables_have():
    """4,000 prompts, 60 answers to each before and 7 after: the mean over prompts is that of the
    tables, in standard errors."""
    rng, prompts = np.random.default_rng(4), 4000
    right = np.arange(5) < 3
    tables = np.array([[0.3, 0.3, 0.2, 0.1, 0.1], [0.7, 0.1, 0.1, 0.1, 0.0]])

    def said(p, each):
        answer = rng.choice(5, (prompts, each), p=p).ravel()
        flags = right[answer].astype(np.int8)
        return Corpus("x", answer, np.repeat(np.arange(prompts), each), right=flags)

    def pairs(p):
        both = [p[k].sum() ** 2 for k in (right, ~right)]
        return np.array(both + [(p[k] ** 2).sum() for k in (right, ~right)])

    law = diversity_loss(*(pairs(p) for p in tables))
    assert law.sum() == pytest.approx((tables[1] ** 2).sum() - (tables[0] ** 2).sum())
    before, after = said(tables[0], 60), said(tables[1], 7)
    found = losses([before, after])["to"]["x"]
    for name, value in zip(PARTS, law, strict=True):
        error = (found[name].high - found[name].low) / 2 / 1.96
        assert abs(found[name].value - value) < LIMIT * error, name
        assert abs(value) < 0.05 or abs(value) > LIMIT * error, name
