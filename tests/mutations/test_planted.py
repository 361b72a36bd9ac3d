"""The planted bugs still fit the code: each replaces a line that is there once, by another one."""

import ast

import pytest

from collapse.scenario.scenario import scenario_files
from tests.mutations.planted import MUTATIONS
from tests.shared import ROOT


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_every_bug_can_still_be_planted(mutation):
    text = (ROOT / mutation.file).read_text()
    assert text.count(mutation.old) == 1
    changed = text.replace(mutation.old, mutation.new)
    ast.parse(changed)
    before, after = text.splitlines(), changed.splitlines()
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    assert mutation.where.split(":")[0] in scenario_files()
    assert all((ROOT / file).exists() for file in mutation.tests.split())


def test_there_are_sixty_different_ones():
    assert len(MUTATIONS) >= 60
    assert len({mutation[1:4] for mutation in MUTATIONS}) == len(MUTATIONS)
    assert len({mutation.what for mutation in MUTATIONS}) == len(MUTATIONS)
