"""One card of typicality for all tests of cards: it takes the compiler half a minute."""

import pytest

from collapse.commands.judge.questions import ask
from collapse.commands.judge.runs import bench
from collapse.scenario.load import build, load_judge

SEEDS, LAST, N = 6, 30, 400


@pytest.fixture(scope="session")
def world():
    return build("answers")


@pytest.fixture(scope="session")
def tried(world):
    return bench(load_judge("typicality"), world, SEEDS, LAST, N, 0)


@pytest.fixture(scope="session")
def found(tried):
    return ask(tried)
