"""Killed between any two of its writes, every command does the same when it is given again."""

import itertools
import json
import shutil

import numpy as np
import pytest

from collapse.errors import UserError
from collapse.files.atomic import clear, replaced, write_whole
from collapse.runs.directory import run_scenario
from collapse.runs.run import load
from tests.killed import killed_at, temporaries
from tests.made import made_run
from tests.runs.test_run import assert_equal, make


def files_of(root):
    return {path.name: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.mark.slow
def test_a_run_killed_at_any_write_is_gone_on_with(tmp_path):
    """From nothing, and where it is made longer and gets more seeds; what is there in between can
    be looked at, and nothing of it stays."""
    sizes = {"seeds": 3, "generations": 5}
    whole = run_scenario(make(**sizes), tmp_path / "whole")
    run_scenario(make(seeds=1, generations=2), tmp_path / "short")
    for before in (None, "short"):
        for number in itertools.count(1):
            out = tmp_path / f"{before}{number}"
            if before:
                shutil.copytree(tmp_path / before, out)
            with killed_at(out, number) as dead:
                run_scenario(make(**sizes), out)
            if not dead:
                break
            assert temporaries(out)
            if before:
                looked = load(out)
                seeds, steps = looked.manifest["seeds"], looked.generations + 1
                assert {x.shape for x in looked.curves.values()} == {(2, seeds, steps)}
            elif not (out / "curves.npz").is_file():
                with pytest.raises(UserError, match=r"no run|no curves yet"):
                    load(out)
            again = run_scenario(make(**sizes), out)
            assert_equal(whole.curves, again.curves)
            assert again.manifest["finished"]
            assert not temporaries(out)
            assert files_of(out / "samples") == files_of(tmp_path / "whole" / "samples")
        assert number >= 9  # two manifests, the curves, two files of samples, four checkpoints


@pytest.fixture
def quick_drawings(monkeypatch):
    """Figures as files of a few bytes: what they show is of no matter here."""

    def save(draw, stem, formats=("pdf", "png"), venue=None):
        paths = [stem.with_name(f"{stem.name}.{end}") for end in formats]
        if draw.__qualname__.startswith("write_figure"):  # whose numbers are written after it
            draw()
        for path in paths:
            write_whole(path, b"drawn")
        return paths

    monkeypatch.setattr("collapse.report.figures.save_drawing", save)


def kill_and_repeat(run, root, written, *arguments):
    """Kill the command at each of its writes under ``root``; the same again works every time, and
    leaves the same files as one that was never killed. The numbers that a figure is of are written
    before it, and once more after it, with its paths."""
    wanted = None
    for number in itertools.count(1):
        if root.exists():
            for path in root.iterdir():
                path.unlink()
        with killed_at(root, number) as dead:
            run(*arguments)
        if dead:
            assert temporaries(root)
        code, _, err = run(*arguments)
        assert code == 0, err
        assert not temporaries(root)
        wanted = wanted or files_of(root)
        assert files_of(root) == wanted
        if not dead:
            break
    assert set(wanted) == set(written)
    twice = any(name.endswith(".json") for name in written) and len(written) > 1
    assert number == len(written) + twice + 1


def three(stem):
    return [f"{stem}.{end}" for end in ("json", "pdf", "png")]


def test_measure(run, tmp_path, quick_drawings):
    (tmp_path / "a.txt").write_text("\n".join(f"answer {i % 7}" for i in range(40)))
    kill_and_repeat(run, tmp_path / "m", three("measure"), "measure", "a.txt", "--out", "m")


@pytest.mark.slow
def test_compare_and_figure(run, tmp_path, quick_drawings):
    """Two arms, one run alone, and the figure of a run, which stands beside it or elsewhere."""
    saved = run_scenario(make(seeds=2, generations=2), tmp_path / "r")
    out = tmp_path / "c"
    kill_and_repeat(run, out, three("comparison"), "compare", "r:a", "r:b", "--out", "c")
    shutil.rmtree(out)
    kill_and_repeat(run, out, ["comparison.json"], "compare", "r", "--out", "c")
    shutil.rmtree(out)
    names = [f"{saved.manifest['scenario']}.{end}" for end in ("csv", "pdf", "png", "svg")]
    kill_and_repeat(run, out, names, "figure", "r", "--out", "c")


def test_a_run_killed_before_its_first_curves_is_no_scenario(run, tmp_path):
    """Its figure says what to do, and does not look for a scenario of that name."""
    made_run(tmp_path / "r", ["a"], {"x": np.zeros((1, 2, 3))}, {})
    (tmp_path / "r" / "curves.npz").unlink()
    for line in (("figure", "r"), ("compare", "r")):
        code, _, err = run(*line)
        assert code == 2
        assert "holds no curves yet: run the same command again to resume it" in err


def test_forecast(run, tmp_path, quick_drawings, monkeypatch):
    (tmp_path / "a.txt").write_text(
        "\n".join(f"said {i}" for i in range(12) for _ in range(60 >> i))
    )
    shares = {"effective_number": np.ones((4, 3)), "top_3_mass": np.ones((4, 3))}
    monkeypatch.setattr("collapse.commands.forecast.command.retrained", lambda *_: shares)
    monkeypatch.setattr("collapse.commands.forecast.command.verdict", lambda *_: [])
    line = ("forecast", "a.txt", "--real", 0, "--out", "f", "--json")
    kill_and_repeat(run, tmp_path / "f", three("forecast"), *line)


def test_calibrate(run, tmp_path):
    rows = [{"label": i % 2, "score": float(i % 2 + i % 7)} for i in range(60)]
    (tmp_path / "v.jsonl").write_text("\n".join(map(json.dumps, rows)))
    line = ("calibrate", "v.jsonl", "--threshold", 3, "--out", "j/mine.py")
    kill_and_repeat(run, tmp_path / "j", ["mine.py"], *line)


def test_judge(run, tmp_path, quick_drawings, monkeypatch):
    """The card is a stand-in: its real numbers take the compiler half a minute."""

    def card(judge, tried, found, show, scenario, took):
        about = collapse_card.asked(tried, scenario)
        kept = {k: about[k] for k in ("identity", "world")} | {"judge": judge}
        return kept | {"settings": {k: v for k, v in about.items() if k not in kept}}

    from collapse.commands.judge import document as collapse_card
    from collapse.commands.judge.runs import bench

    tried = []  # the first time, which is a few seconds

    def once(*given, **sizes):
        tried.extend([] if tried else [bench(*given, **sizes)])
        return tried[0]

    monkeypatch.setattr("collapse.commands.judge.runs.bench", once)
    monkeypatch.setattr("collapse.commands.judge.questions.ask", lambda *_: {})
    monkeypatch.setattr("collapse.commands.judge.document.card_of", card)
    monkeypatch.setattr("tests.conftest.problems", lambda document: [])  # the stand-in is no card
    line = ("judge", "typicality", "--seeds", 2, "--generations", 2, "-n", 40, "--out", "k")
    kill_and_repeat(run, tmp_path / "k", three("card"), *line, "--json")


def test_only_own_temporaries_of_the_dead_are_removed(tmp_path):
    """Not those of a process that is writing now, and nothing with another name."""
    others = [".a.json", ".a.json.swp", ".a.json.ABCDEFGH", ".b.json.abcdefgh", "a.json.abcdefgh"]
    for name in (*others, ".a.json.abcd_fg1"):
        (tmp_path / name).write_text("")
    with replaced(tmp_path / "a.json") as file:
        clear(tmp_path, r"a\.json")
        file.write(b"whole")
    assert (tmp_path / "a.json").read_bytes() == b"whole"
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*others, "a.json"}
