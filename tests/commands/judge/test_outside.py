"""Report cards of judges outside JAX: the same numbers as inside, within a budget of questions."""

import json

import jax
import numpy as np
import pytest

import collapse
from collapse import ExternalReward, FunctionReward, TopFraction, UserError
from collapse.commands.judge.command import USUAL, budget_errors, calls_errors
from collapse.commands.judge.outside import Memory, _digests, left_out
from collapse.commands.judge.runs import bench


def show(item):
    return " ".join(map(str, item))


def words(texts):
    """As many words as an answer of the world has."""
    return [float(len(text.split()) - 1) for text in texts]


def words_inside(items):
    return (items[:, 2:] != 0).sum(-1) * 1.0


class Counting:
    def __init__(self, function=words):
        self.function, self.texts = function, []

    def __call__(self, texts):
        self.texts += texts
        return self.function(texts)


def test_each_different_text_is_asked_once():
    ask = Counting(lambda texts: [float(text.split()[0]) for text in texts])
    memory = Memory(TopFraction(ExternalReward(ask)), show, 3)
    items = np.array([[[1, 2], [3, 4], [1, 2]], [[3, 4], [3, 4], [5, 6]]])
    np.testing.assert_array_equal(memory(items), [[1, 3, 1], [3, 3, 5]])
    assert sorted(ask.texts) == ["1 2", "3 4", "5 6"]
    np.testing.assert_array_equal(memory(items[:1]), [[1, 3, 1]])
    assert len(ask.texts) == 3
    with pytest.raises(UserError, match="budget of 3 calls is used up: 3 different .* 1 more"):
        memory(np.array([[[7, 8], [1, 2]]]))


def test_groups_are_questions_where_they_are_compared():
    seen = []

    def first_is_better(texts, group):
        seen.append((list(texts), group))
        return [float(i % group == 0) for i in range(len(texts))]

    memory = Memory(collapse.BestOf(ExternalReward(first_is_better), k=2), show, 9)
    items = np.array([[1, 1], [2, 2], [1, 1], [2, 2], [2, 2], [1, 1]])
    np.testing.assert_array_equal(memory(items), [1, 0, 1, 0, 1, 0])
    assert [len(texts) for texts, group in seen] == [4]
    assert len(memory.known) == 2


def test_digests_tell_rows_apart_and_places():
    rows = np.random.default_rng(0).integers(0, 50, (200_000, 6)).astype(np.int32)
    different = len(np.unique(rows, axis=0))
    assert len(np.unique(_digests(rows))) == different
    assert len(np.unique(_digests(np.array([[1, 2], [2, 1], [0, 3], [3, 0]])))) == 4


def test_a_silent_judge_is_told_at_its_first_questions():
    memory = Memory(TopFraction(ExternalReward(lambda t: [np.nan] * len(t))), show, 9)
    with pytest.raises(UserError, match="abstained on 2 of its first 2 questions"):
        memory(np.array([[1, 1], [2, 2]]))


def test_a_budget_is_asked_for_and_only_of_judges_outside():
    assert "--calls" in budget_errors(True, None)[0]
    assert "leave it out" in budget_errors(False, 9)[0]
    assert calls_errors(0) == ["--calls must be at least 1, not 0."]
    assert budget_errors(True, 9) == budget_errors(False, None) == []


def test_what_is_left_out_is_said():
    (sizes, noise) = left_out({"seeds": 8, "generations": 50, "n": 400}, USUAL)
    assert sizes.startswith("seeds 8 instead of 16, n 400 instead of 1000, as every different text")
    assert "noise" in noise
    assert left_out(USUAL, USUAL) == [noise]


@pytest.mark.slow
def test_an_error_of_the_judge_is_a_sentence(world, caplog):
    def fails(texts):
        raise ValueError("no such text")

    fine, broken = "budget of 5 calls is used up", "raised ValueError: no such text"
    for ask, calls, sentence in ((words, 5, fine), (fails, 600, broken)):
        with pytest.raises(UserError, match=sentence):
            bench(TopFraction(ExternalReward(ask)), world, 2, 2, 20, 0, calls=calls)
    assert "Traceback" not in caplog.text


@pytest.mark.slow
def test_the_card_of_a_python_judge_is_that_of_its_twin_in_jax(world):
    """The same random numbers, the same scores: the same curves in every lane, with real data, a
    planted exploit, noise and a liking for the first."""
    ask = Counting()
    judges = (TopFraction(ExternalReward(ask)), TopFraction(FunctionReward(words_inside)))
    settings = [{"share": 0.0}, {"share": 0.5}, {"bonus": 9.0}, {"noise": 1.0}, {"place": 1.0}]
    outside, inside = (
        bench(judge, world, 2, 4, 40, 0, calls=600).lanes(settings) for judge in judges
    )
    for name, curve in inside.items():
        np.testing.assert_allclose(outside[name], curve, rtol=1e-6, err_msg=name)
    assert len(ask.texts) == len(set(ask.texts)) <= 600
    assert np.ptp(inside["effective_number"][:, 0, -1]) > 0  # the lanes differ


@pytest.mark.slow
def test_the_command_writes_the_card_with_its_budget(run, tmp_path):
    (tmp_path / "mine.py").write_text(
        "def words(texts):\n    return [float(len(text.split())) for text in texts]\n"
    )
    sizes = ("--seeds", "2", "--generations", "3", "-n", "40")
    code, out, err = run("judge", "mine.py:words", "--calls", "600", *sizes, "--json")
    assert code == 0, err
    card = json.loads(out)
    assert card["outside"]["used"] <= card["outside"]["calls"] == 600
    assert "n 40 instead of 1000" in card["outside"]["left_out"][0]
    assert (tmp_path / "cards/words/card.png").exists()


def test_callbacks_see_every_lane_and_seed():
    """Under two vmaps, as in a card."""
    from collapse.commands.judge.outside import Remembered
    from collapse.types import Batch, View

    memory = Memory(TopFraction(ExternalReward(words)), show, 100)
    reward = Remembered(memory=memory)

    def one(items):
        batch = Batch(items, jax.numpy.ones(len(items)), jax.numpy.zeros(len(items), int))
        return reward.score(None, View(batch, None, None, None, 1, len(items)))

    items = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5) % 7
    np.testing.assert_array_equal(jax.jit(jax.vmap(jax.vmap(one)))(items), np.full((2, 3, 4), 4.0))
