"""``collapse reproduce``: verdicts from runs on disk, which are resumed and not repeated."""

import json

import pytest

from collapse.commands.reproduce import evidence
from collapse.commands.reproduce.papers import bibliography, papers

SOURCE = '''"""A coin on its own tosses"""

import numpy as np

import collapse as cl
from collapse.scenario.published import comparison, number, shape


def draws(key, seeds):
    return {"curves": {"x": np.random.default_rng(0).normal(2.0, 0.1, seeds)}}


def scenario(size: str = "quick") -> cl.Scenario:
    coin = cl.Categorical(np.array([0.3, 0.7]))
    arms = {
        name: cl.Arm(truth=coin, regime=regime, measures=(cl.ModelDiversity(),), n=20,
                     generations=8)
        for name, regime in (("replace", cl.Replace()), ("fresh", cl.FreshMix(0.5)))
    }
    gini = lambda r, arm: r["curves"][f"{arm}/model_gini"][:, [4, 8]]
    claims = (
        number("law", "eq. 1", lambda r: gini(r, "replace"),
               lambda t: 0.42 * (1 - 1 / 20) ** t, (4, 8)),
        shape("order", "fig. 1", lambda r: gini(r, "fresh") - gini(r, "replace"), "is more",
              above=0.0, at=(4, 8), differs="a coin"),
        number("wrong", "eq. 2", lambda r: gini(r, "replace"), 0.42, (4, 8), note="a misprint"),
        number("draws", "table 1", "x", 2.0, evidence="draws"),
        number("late", "table 2", "x", 2.0, evidence="draws", size="laptop"),
    )
    return comparison(arms, evidence={"draws": draws}, name="coin", paper="shumailov2024",
                      minutes={"quick": 0.1, "paper": 9}, seeds=400, claims=claims)
'''


@pytest.fixture
def coin(write):
    return write("coin.py", SOURCE)


def by_name(out):
    return {row["claim"]: row for row in json.loads(out)["claims"]}


@pytest.mark.slow
def test_each_verdict_with_its_reason_and_interval(run, coin, tmp_path):
    code, out, _ = run("reproduce", coin, "--json")
    assert code == 0
    rows = by_name(out)
    verdicts = {name: row["verdict"] for name, row in rows.items()}
    assert verdicts == {
        "wrong": "does not hold",
        "late": "needs more compute",
        "order": "holds in shape",
        "law": "holds",
        "draws": "holds",
    }
    assert list(verdicts)[:3] == ["wrong", "late", "order"]  # sorted by verdict
    assert rows["wrong"]["reason"] == "a misprint"
    assert "--size laptop" in rows["late"]["reason"]
    assert rows["draws"]["ours"]["value"] == pytest.approx(2.0, abs=0.02)
    document = json.loads(out)
    assert document["scenarios"][0]["seconds"] > 0
    assert json.loads((tmp_path / "reproduced/quick/reproduced.json").read_text()) == document


def test_what_is_whole_is_not_repeated_and_what_changed_is(run, coin, monkeypatch):
    _, first, _ = run("reproduce", coin, "--json")

    def never(*_, **__):
        raise AssertionError("run again")

    monkeypatch.setattr(evidence, "run_scenario", never)
    monkeypatch.setattr(evidence, "write_arrays", never)
    _, second, _ = run("reproduce", coin, "--json")
    assert by_name(second) == by_name(first)
    assert json.loads(second)["scenarios"] == json.loads(first)["scenarios"]  # and its time
    coin.write_text(SOURCE.replace("0.42 * (1 - 1 / 20) ** t", "0.42 * (1 - 1 / 10) ** t"))
    monkeypatch.setattr(evidence, "write_arrays", lambda *_: None)
    monkeypatch.setattr(evidence, "read_arrays", lambda *_: {"x": [2.0] * 400})
    _, third, _ = run("reproduce", coin, "--json")
    assert by_name(third)["law"]["verdict"] == "does not hold"


@pytest.mark.slow
def test_a_changed_arm_is_run_beside_the_earlier_one(run, coin, tmp_path):
    """And the earlier run is used again when the change is taken back."""
    _, first, _ = run("reproduce", coin, "--json")
    coin.write_text(SOURCE.replace("n=20", "n=10"))
    code, out, _ = run("reproduce", coin, "--json")
    assert code == 0
    assert by_name(out)["law"]["verdict"] == "does not hold"
    coin.write_text(SOURCE)
    _, again, _ = run("reproduce", coin, "--json")
    assert by_name(again) == by_name(first)
    places = [json.loads(x)["scenarios"][0]["directory"] for x in (first, out, again)]
    assert places[0] == places[2] == "reproduced/quick/runs/coin"
    assert places[1].startswith("reproduced/quick/runs/coin-")


def test_an_interrupted_run_goes_on(run, coin, monkeypatch):
    """Killed after the first arm: its checkpoint is used, and the result is the same."""
    from collapse.runs.blocks import Block

    _, whole, _ = run("reproduce", coin, "--json", "--out", "whole")
    opened, steps = Block.open, []

    def dies(block):
        if block.name == "fresh":
            raise KeyboardInterrupt
        return opened(block)

    with monkeypatch.context() as killing:
        killing.setattr(Block, "open", dies)
        code, _, _ = run("reproduce", coin, "--json", "--out", "killed")
    assert code != 0
    step = Block.step
    monkeypatch.setattr(Block, "step", lambda b, n: steps.append(b.name) or step(b, n))
    _, resumed, _ = run("reproduce", coin, "--json", "--out", "killed")
    assert by_name(resumed) == by_name(whole)
    assert "fresh" in steps


def test_a_size_at_which_it_does_not_run_is_named(run, coin):
    _, out, _ = run("reproduce", coin, "--json", "--size", "laptop")
    document = json.loads(out)
    assert {row["verdict"] for row in document["claims"]} == {"needs more compute"}
    assert "--size paper" in document["claims"][0]["reason"]
    assert document["scenarios"][0]["seconds"] is None


def test_names_sizes_and_files_are_refused_before_anything_runs(run, coin, monkeypatch):
    monkeypatch.setattr(evidence, "run_scenario", lambda *_: pytest.fail("ran"))
    for wrong, said in (
        (("shumailov2023",), "did you mean shumailov2024?"),
        (("kazdan-gausian",), "did you mean kazdan-gaussian?"),
        (("answers",), "no paper or published scenario 'answers'"),
        ((coin, "--size", "fast"), "no size 'fast'"),
        ((coin, "--out", coin), "is a file"),
        ((coin, "--list", "--cite"), "not both"),
    ):
        code, _, error = run("reproduce", *wrong)
        assert code == 2
        assert said in error
    coin.write_text(SOURCE.replace('paper="shumailov2024"', 'paper=""'))
    code, _, error = run("reproduce", coin)
    assert code == 2
    assert "say of no paper" in error


def test_list_and_cite_run_nothing(run, coin):
    code, out, _ = run("reproduce", coin, "--list", "--json")
    assert code == 0
    assert {row["verdict"] for row in json.loads(out)["claims"]} == {"not run"}
    assert by_name(out)["law"]["printed"] == "0.3421, 0.2786"
    code, out, _ = run("reproduce", coin, "--list")
    assert "quick 0.1 min, paper 9 min" in out
    code, out, _ = run("reproduce", coin, "--cite")
    assert out.startswith("@article{shumailov2024,")


def test_the_table_shows_printed_and_ours(run, coin):
    code, out, _ = run("reproduce", coin)
    assert code == 0
    assert "5 claims of 1 paper: 2 holds, 1 holds in shape, 1 needs more compute" in out
    assert "a misprint" in out


def test_every_paper_has_a_bibtex_entry():
    entries = bibliography()
    assert set(papers()) <= set(entries)
    for key, entry in entries.items():
        assert entry.count("{") == entry.count("}"), key
        for field in ("author", "title", "year"):
            assert f"\n  {field} = {{" in entry, key
