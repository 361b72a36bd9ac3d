"""The report card: its lanes are runs of the judge, its numbers follow the laws, it says so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import collapse
from collapse.commands.judge.disturbed import Disturbed
from collapse.commands.judge.document import card_of
from collapse.commands.judge.runs import bench
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.report.document import document
from collapse.types import Batch, View
from tests.schemas import problems
from tests.shared import ROOT

SEEDS, N = 6, 400  # of the card in conftest
SLIP, WRONG = 0.02, 10


@pytest.mark.slow
def test_a_lane_is_the_run_of_the_judge(tried, found):
    """The judge alone, by ``simulate`` and the plain regime: the same curves."""
    record = run_arm(jax.random.key(0), tried.arm, SEEDS)
    for name in ("effective_number", "valid", "reward_mean"):
        np.testing.assert_allclose(found["alone"][name], record["curves"][name], rtol=1e-4)
    noisy = found["disturbed"]["noise"]["effective_number"]
    assert (noisy[:, 2:] != record["curves"]["effective_number"][:, 2:]).any()


def test_a_planted_exploit_ends_where_it_must(found):
    """Top fifths that are all exploit: (1 - slip) times the synthetic share, and the slips. The
    share of real data that holds it is near 1 - 1 / G = 0.8, G = 5 (an exploit held below a tenth
    is not yet gone: a little less)."""
    held = found["held"].values
    for share in (0.0, 0.25):  # more real data take longer
        ends = 1 - held[share]
        law = (1 - SLIP) * (1 - share) + SLIP / WRONG
        spread = np.sqrt(law * (1 - law) / N / SEEDS)
        assert abs(ends.mean() - law) < 4.5 * spread
        assert abs(ends.mean() - (1 - share)) > spread or share
    assert 0.6 < found["held"].result()["share"].value < 0.82
    assert found["alone"]["exploit_share"][:, -1].mean() < 0.05


@pytest.mark.slow
def test_the_control_is_asked_in_the_same_groups(tried, found):
    """A random fifth by ``simulate``, in groups of 20; told from one that is asked one by one."""
    judge = collapse.RandomFraction(0.2)
    curves = []
    for group in (tried.arm.group, 1):
        arm = replace(tried.arm, judge=judge, group=group, candidates=None)
        curves.append(run_arm(jax.random.key(0), arm, SEEDS)["curves"]["effective_number"])
    assert tried.arm.group == 20
    np.testing.assert_allclose(found["control"]["effective_number"], curves[0], rtol=1e-4)
    assert (found["control"]["effective_number"][:, 2:] != curves[1][:, 2:]).any()


def test_the_control_keeps_more(found):
    assert found["control"]["effective_number"][:, -1].min() > (
        found["alone"]["effective_number"][:, -1].max()
    )


def test_the_document_holds_what_was_measured(tried, found, world):
    card = card_of("typicality", tried, found, world.show, "answers", 1.0)
    again = json.loads(json.dumps(document("judge", card) | {"written": []}))
    assert problems(again) == []
    assert len(again["verdict"]) == 3
    last = found["alone"]["effective_number"][:, -1].mean()
    assert again["effective_number"]["last"]["value"] == pytest.approx(last)
    assert f"effective number of answers is {last:.0f} instead of" in again["verdict"][0]
    gain = (found["alone"]["valid"] - found["control"]["valid"])[:, 10].mean()
    cost = (found["control"]["entropy"] - found["alone"]["entropy"])[:, 10].mean()
    assert again["quality"]["bought"]["per_nat"]["value"] == pytest.approx(gain / cost)
    assert again["reads_reward"]
    early = again["quality"]["early"]["value"]
    assert early == pytest.approx(found["alone"]["valid"][:, 10].mean())
    share = again["real_share_that_keeps"]["50%"]["share"]["value"]
    assert f"{share:.0%} to keep 50%" in again["verdict"][2]
    within, across = (again["prompts"][k]["value"] for k in ("per_prompt", "across_prompt"))
    assert within > across > 0


def test_disturbances_add_up():
    """Reward by hand: bonus for the exploit, a place, tokens; nothing of it at zero."""
    rows = np.array([[1, 5, 2, 2, 0], [2, 6, 3, 4, 5], [1, 7, 3, 0, 0], [2, 8, 2, 2, 2]])
    batch = Batch(jax.numpy.asarray(rows), np.ones(4), np.zeros(4, np.int32))
    view = View(batch, None, None, None, 1, 4, 2)
    judge = collapse.TopFraction(collapse.Length())
    stutters = collapse.judges.presets.stutters
    settings = {"bonus": 10.0, "place": 0.5, "length": 2.0, "exploit": stutters}
    found = Disturbed(judge, **settings).score(jax.random.key(0), view)
    own = np.array([4, 5, 3, 5])
    np.testing.assert_allclose(found, 3 * own + [10.5, 0, 0.5, 10], rtol=1e-6)
    np.testing.assert_allclose(Disturbed(judge).score(jax.random.key(0), view), own)
    noise = Disturbed(judge, noise=3.0).score(jax.random.key(0), view) - own
    assert (np.abs(noise) > 1e-3).all()


def command(where, *more, cwd):
    line = [sys.executable, "-m", "collapse", "judge", where, *more]
    cache = {"COLLAPSE_CACHE": str(ROOT / ".pytest_cache/xla")}
    return subprocess.run(line, cwd=cwd, capture_output=True, text=True, env=os.environ | cache)


@pytest.mark.slow
def test_the_command_writes_a_card(tmp_path):
    """A judge of one's own, as the docs have it; one document on stdout, files where it says."""
    (tmp_path / "my_judge.py").write_text(
        "from collapse import Judge\n\n\nclass Picky(Judge):\n"
        "    def score(self, key, view):\n        return -(view.items != 0).sum(-1)\n"
    )
    sizes = ("--seeds", "2", "--generations", "4", "-n", "60")
    done = command("my_judge.py:Picky", *sizes, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    card = json.loads(done.stdout)
    assert [str(Path("cards/Picky") / f"card.{x}") for x in ("pdf", "png", "json")] == card[
        "written"
    ]
    assert json.loads((tmp_path / "cards/Picky/card.json").read_text()) == card
    assert (tmp_path / "cards/Picky/card.png").read_bytes()[:4] == b"\x89PNG"
    # It likes short items: what it converges to is shorter than what people say.
    assert all(len(text.split()) <= 6 for text in card["converges_to"]["most_said"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("return jnp.nan * view.items[:, 0]", "returned NaN as the score"),
        ("return view.items", "returned a score of shape"),
        ("return 1 / 0", "raised ZeroDivisionError"),
    ],
)
def test_a_bad_judge_is_told_in_a_sentence(tmp_path, source, words):
    (tmp_path / "bad.py").write_text(
        "import jax.numpy as jnp\nfrom collapse import Judge\n\n\nclass Bad(Judge):\n"
        f"    def score(self, key, view):\n        {source}\n"
    )
    sizes = ("--seeds", "2", "--generations", "2", "-n", "40")
    done = command("bad.py:Bad", *sizes, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "cards").exists()


def test_mistakes_come_all_at_once(tmp_path):
    done = command("nothing", "--scenario", "nowhere", "--seeds", "1", cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) >= 3


def test_a_scenario_without_items_is_refused(world):
    arm = replace(world.arms["no-judge"], sampler=collapse.Support())
    exact = replace(world, arms={"only": arm})
    with pytest.raises(collapse.UserError, match="draws no items"):
        bench(collapse.KeepAll(), exact, 2, 2, 40, 0)
