"""What a report card refuses, and in which words: before anything long is compiled."""

import json

import pytest

import collapse
from collapse import Judge
from collapse.commands.judge.runs import Bench, bench
from collapse.loop.check_judge import signature_errors
from collapse.numerics.pytree import replace
from collapse.scenario.load import build
from collapse.scenario.registry import part_named, parts

SMALL = ("--seeds", "2", "--generations", "2", "-n", "40")
JUDGES = """
import jax.numpy as jnp
import numpy as np
from collapse import ExternalReward, Judge, TopFraction

class Typo(Judge):
    def scores(self, key, view):
        return view.log_prob()

class NoKey(Judge):
    def score(self, view):
        return view.log_prob()

class UsesNumpy(Judge):
    def score(self, key, view):
        return np.log(np.asarray(view.log_prob()))

class UsesIf(Judge):
    def score(self, key, view):
        return view.log_prob() if view.items[0, 0] > 3 else -view.log_prob()

class UsesInt(Judge):
    def score(self, key, view):
        return view.log_prob() * int(view.items[0, 0])

class Forgets(Judge):
    def score(self, key, view):
        view.log_prob()

class Negative(Judge):
    def weigh(self, key, view, reward):
        return jnp.full(len(view.items), -1.0)

class Square(Judge):
    def score(self, key, view):
        return view.items

def forgets(items):
    items + 1

asked = TopFraction(ExternalReward(lambda texts: [1.0 for _ in texts]))
"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.py").write_text(JUDGES)


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("Typo", ["The judge Typo defines neither score nor weigh (did you mean score?)"]),
        ("NoKey", ["score of NoKey takes (self, view)", "mine.py, line 11)", "score(self, key, "]),
        ("UsesNumpy", ["The judge UsesNumpy raised", "mine.py, line 16).", "use jax.numpy"]),
        ("UsesIf", ["The judge UsesIf raised", "mine.py, line 20).", "write jnp.where("]),
        ("UsesInt", ["The judge UsesInt raised", "mine.py, line 24).", "use jax.numpy"]),
        ("Forgets", ["The judge Forgets returned None as its score: end the method with return"]),
        ("Square", ["The judge Square returned a score of shape (200, "]),
        ("forgets", ["The function forgets returned None: end it with return"]),
        ("asked", ["This judge is outside JAX: say with --calls how many different questions"]),
        ("Typpo", ["There is no judge Typpo in mine.py (did you mean Typo?)"]),
        ("", ["mine.py is missing the name of the judge: write mine.py:NAME; in it are: Typo"]),
    ],
)
def test_a_judge_gone_wrong_is_told_by_its_own_name(run, tmp_path, monkeypatch, name, sentences):
    monkeypatch.setattr(Bench, "lanes", lambda *_: pytest.fail("the lanes were run"))
    where = f"mine.py:{name}" if name else "mine.py"
    code, out, err = run("judge", where, *SMALL)
    assert (code, out) == (2, "")
    for sentence in sentences:
        assert sentence in err
    assert "Disturbed" not in err
    assert "--judge mine.py" not in err
    assert not (tmp_path / "cards").exists()


@pytest.mark.usefixtures("mine")
def test_weights_are_looked_at_before_the_lanes(run, monkeypatch):
    monkeypatch.setattr(Bench, "lanes", lambda *_: pytest.fail("the lanes were run"))
    code, _, err = run("judge", "mine.py:Negative", *SMALL)
    assert code == 2
    assert "The judge Negative returned weights from -1 to -1 at generation 1" in err


def test_sizes_and_places_are_told_at_once(run, tmp_path):
    (tmp_path / "plain").write_text("")
    sizes = ("--seeds", "1", "--generations", "1", "-n", "1")
    code, _, err = run("judge", "nothing", *sizes, "--out", "plain/card")
    assert code == 2
    for word in ("--seeds must be at least 2", "--generations must be at least 2", "no judge"):
        assert word in err
    assert "-n must be at least 10, not 1: " in err
    assert "--n " not in err
    assert "plain is a file: --out needs a directory" in err


def test_a_file_without_judges_says_so(run, tmp_path):
    (tmp_path / "empty.py").write_text("x = 1\n")
    told = run("judge", "empty.py")[2]
    assert "empty.py is missing the name of the judge: write empty.py:NAME; and it defines" in told


def test_every_judge_of_ours_is_written_as_judges_are():
    named = [part_named("judge", p.name) for p in parts() if p.kind == "judge" and _alone(p.name)]
    composed = collapse.Switch((collapse.KeepAll(), collapse.BestOf()), starts=(0, 2))
    for judge in (*named, composed):
        assert signature_errors(judge) == []
    assert len(named) > 15


def _alone(name):
    try:
        return part_named("judge", name)
    except collapse.UserError:  # it needs settings of its own
        return None


class Whole(Judge):
    def judge(self, key, view):
        return collapse.KeepAll().judge(key, view)


class Silent(Judge):
    strength: float = 1.0


def test_a_whole_verdict_is_enough_and_a_silent_part_is_found():
    assert signature_errors(Whole()) == []
    (told,) = signature_errors(collapse.Switch((Whole(), Silent()), starts=(0, 2)))
    assert "The judge Silent defines neither score nor weigh: write" in told


class Reference(Judge):
    def score(self, key, view):
        return view.reference_log_prob()


@pytest.mark.slow
def test_a_card_keeps_the_reference_and_a_run_says_how(run, tmp_path):
    bench(Reference(), build("answers"), 2, 2, 40, 0)
    (tmp_path / "mine.py").write_text(
        "from collapse import Judge\n\n\nclass Reference(Judge):\n"
        "    def score(self, key, view):\n        return view.reference_log_prob()\n"
    )
    line = ("run", "answers", "--judge", "mine.py:Reference", "--seeds", "1", "--dry-run")
    code, _, err = run(*line)
    assert code == 2
    assert "if it reads the reference, add --set keep_reference=true." in err
    assert run(*line, "--set", "keep_reference=true")[0] == 0


# Another card in the place


def test_another_card_is_not_overwritten(run, tmp_path, monkeypatch):
    """The same judge and sizes may replace a card; another judge, other sizes, a card that cannot
    be read and another world may not."""
    from collapse.commands.judge import command
    from collapse.commands.judge.document import asked

    tried = bench(collapse.TopFraction(), build("answers"), 2, 2, 40, 0)
    about = asked(tried, "answers")
    place = tmp_path / "cards"
    command.refuse_other_card(place, about)
    place.mkdir()
    (place / "notes.txt").write_text("mine")
    command.refuse_other_card(place, about)
    (place / "card.png").write_bytes(b"")
    with pytest.raises(collapse.UserError, match=r"holds a card.png without a readable card"):
        command.refuse_other_card(place, about)
    card = {k: about[k] for k in ("identity", "world")} | {"judge": "typicality"}
    card["settings"] = {k: v for k, v in about.items() if k not in card}
    (place / "card.json").write_text(json.dumps(card))
    command.refuse_other_card(place, about)
    longer = replace(tried.arm, n=80)
    other = replace(tried.arm, truth=build("answers").arms["no-judge"].model)
    for changed, word in (
        (Bench(tried.arm, collapse.KeepAll(), None, 2, 0), "the judge"),
        (Bench(longer, tried.judge, None, 2, 0), "n"),
        (Bench(tried.arm, tried.judge, None, 3, 0), "seeds"),
        (Bench(tried.arm, tried.judge, None, 2, 1), "key"),
        (Bench(other, tried.judge, None, 2, 0), "world"),
    ):
        with pytest.raises(collapse.UserError, match=f"another card: it differs in .*{word}"):
            command.refuse_other_card(place, asked(changed, "answers"))
