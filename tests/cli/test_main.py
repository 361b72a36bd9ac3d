"""The command line, as a user meets it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.shared import ROOT, SHARED

DATA = SHARED
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real corpora is absent")
TINY = str(ROOT / "tests" / "tiny.py")


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


JUDGES = """
import jax.numpy as jnp
from collapse import Judge

class Short(Judge):
    def score(self, key, view):
        return -(view.items != 0).sum(-1)

def long(items):
    return (items != 0).sum(-1)

class Raises(Judge):
    def score(self, key, view):
        return view.items.nonsense

class NotANumber(Judge):
    def score(self, key, view):
        return jnp.full(len(view.items), jnp.nan)

class WrongShape(Judge):
    def score(self, key, view):
        return view.items

class Nothing(Judge):
    def weigh(self, key, view, reward):
        return jnp.zeros(len(view.items))

class TooMuch(Judge):
    def weigh(self, key, view, reward):
        return jnp.full(len(view.items), 3.0)

class NeedsMore(Judge):
    strength: float
"""


def test_list_names_scenarios_and_parts(run):
    code, out, _ = run("list")
    assert code == 0
    assert all(word in out for word in ("jokes", "zipf-drift", "best-of-k", "real-keep"))
    code, out, _ = run("list", "judges", "--json")
    assert {row["kind"] for row in json.loads(out)["rows"]} == {"judge"}


def test_help_and_list_import_neither_jax_nor_scipy_nor_pyplot():
    code = (
        "import sys; from collapse.cli import main as cli; sys.argv = ['collapse', 'list'];\n"
        "try: cli.main()\nexcept SystemExit: pass\n"
        "print([m for m in ('jax', 'scipy', 'matplotlib', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


@pytest.mark.slow
def test_run_writes_shows_and_resumes(run, tmp_path):
    code, out, err = run("run", TINY)
    assert code == 0, err
    assert all(text in out for text in ("no-judge", "gen 3", "Half-life", "samples of seed 0"))
    checkpoint = tmp_path / "runs" / "tiny" / "checkpoints" / "judged" / "1.npz"
    before = checkpoint.stat().st_mtime_ns
    assert run("run", TINY)[0] == 0
    assert checkpoint.stat().st_mtime_ns == before
    assert run("run", TINY, "--seeds", "3", "--generations", "4")[0] == 0
    curves = np.load(tmp_path / "runs" / "tiny" / "curves.npz")
    assert curves["entropy"].shape == (2, 3, 5)
    assert np.isfinite(curves["entropy"]).all()


@pytest.mark.slow
def test_json_is_one_document_on_stdout(run):
    code, out, err = run("run", TINY, "--json", "--out", "z")
    document = json.loads(out)
    assert code == 0
    assert document["finished"]
    assert document["directory"] == "z"
    assert {"arm", "measure", "real", "first", "last", "unit"} <= document["table"][0].keys()
    assert document["half_life"].keys() == {"no-judge", "judged"}
    assert "tiny" in err


@pytest.mark.slow
def test_dry_run_says_sizes_and_writes_nothing(run, tmp_path):
    code, out, _ = run("run", "jokes", "--dry-run", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["arms"]["typical-fifth"]["candidates"] == 5000
    assert 400 < document["megabytes"] < 3000
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_a_judge_of_ones_own_replaces_judges_and_leaves_controls(run, tmp_path):
    write(tmp_path / "mine.py", JUDGES)
    code, _, err = run("run", TINY, "--judge", "mine.py:Short", "--out", "s")
    assert code == 0, err
    manifest = json.loads((tmp_path / "s" / "manifest.json").read_text())
    judges = {k: arm["parts"]["judge"]["class"] for k, arm in manifest["arms"].items()}
    assert judges["no-judge"] == "keep-all"
    assert judges["judged"].endswith("Short")
    # The judge's source is part of what the run is: a changed judge is another run.
    write(tmp_path / "mine.py", JUDGES.replace("-(view.items", "-2 * (view.items"))
    code, _, err = run("run", TINY, "--judge", "mine.py:Short", "--out", "s")
    assert code == 2
    assert "belongs to another run" in err


@pytest.mark.slow
def test_a_plain_function_is_a_reward(run, tmp_path):
    write(tmp_path / "mine.py", JUDGES)
    code, out, err = run("run", TINY, "--judge", "mine.py:long", "--out", "l", "--json")
    assert code == 0, err
    assert json.loads(out)["finished"]


@pytest.mark.parametrize(
    ("judge", "sentence"),
    [
        ("Raises", "raised AttributeError on the first generation"),
        ("NotANumber", "returned NaN as the score of 300 of 300 candidates"),
        ("WrongShape", "returned a score of shape (300, "),
        ("Nothing", "kept none of 300 candidates"),
        ("TooMuch", "must lie in [0, 1]"),
        ("NeedsMore", "Give every field a default"),
        ("Shrt", "did you mean Short?"),
    ],
)
def test_bad_judges(run, tmp_path, judge, sentence):
    write(tmp_path / "mine.py", JUDGES)
    code, _, err = run("run", TINY, "--judge", f"mine.py:{judge}")
    assert code == 2
    assert sentence in err.replace("\n", " ")
    assert not (tmp_path / "runs").exists()


def test_bad_judge_files(run, tmp_path):
    write(tmp_path / "a.py", "import not_there\n")
    write(tmp_path / "b.py", "def f(:\n")
    for name, sentence in (("a", "at line 1"), ("b", "SyntaxError at line 1"), ("c", "no judge f")):
        code, _, err = run("run", "jokes", "--judge", f"{name}.py:X")
        assert code == 2
        assert sentence in err


@pytest.mark.parametrize(
    ("arguments", "sentences"),
    [
        (["jokess"], ["did you mean jokes?"]),
        (["jokes", "--seeds", "0"], ["--seeds must be at least 1"]),
        (["jokes", "--set", "nojudge:n=3"], ["did you mean no-judge?"]),
        (["jokes", "--set", "judge.fractoin=.5"], ["did you mean fraction?"]),
        (["jokes", "--set", "judge=best-of-kk"], ["did you mean best-of-k?"]),
        (["jokes", "--set", "judge.fraction=1.5"], ["must lie in (0, 1], not 1.5"]),
        (["jokes", "--set", "judge.fraction=0"], ["must lie in (0, 1], not 0"]),
        (["jokes", "--set", "n=many"], ["n must be a number"]),
        (["jokes", "--set", "n=1.5"], ["n must be a whole number"]),
        (["jokes", "--set", "measures=3"], ["part of the scenario"]),
        (["jokes", "--set", "model.order=9"], ["order must be 1, 2, 3 or 4"]),
        (["jokes", "--set", "nonsense"], ["write it as path=value"]),
        (["gaussian-replace", "--set", "sampler=top-k"], ["reshapes tokens"]),
        (["jokes", "--precision", "half"], ["single or double"]),
        (["jokes", "--field", "x"], ["give one with --data"]),
        (["jokes", "--length", "9", "--vocab", "300"], ["--length says how", "--vocab says how"]),
        (["jokes", "--data", "prose", "--vocab", "300"], ["give --tokens bpe with it"]),
        (["jokes", "--data", "prose", "--length", "1"], ["A length of 1 is too short"]),
        (
            ["vae-digits", "--data", "images.csv", "--field", "x", "--tokens", "word"],
            ["takes images, not text: leave out --field and --tokens"],
        ),
        ([], ["Name a scenario"]),
        (
            ["jokess", "--seeds", "0", "--generations", "-1", "--data", "nowhere.csv"],
            ["did you mean jokes?", "--seeds", "--generations", "There is no file nowhere.csv"],
        ),
        (
            ["jokes", "--seeds", "0", "--set", "modle.order=2", "--judge", "nobody.py:X"],
            ["--seeds", "did you mean model?", "There is no judge file nobody.py"],
        ),
    ],
)
def test_mistakes_are_sentences_all_at_once(run, tmp_path, arguments, sentences):
    code, out, err = run("run", *arguments)
    assert code == 2
    assert out == ""
    for sentence in sentences:
        assert sentence in err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("name", "content", "options", "sentence"),
    [
        ("empty.txt", b"", [], "is empty"),
        ("one.txt", b"a single joke\n", [], "a single item"),
        ("bytes.txt", b"\xff\xfe\xfa", [], "is not UTF-8"),
        ("broken.json", b'["a", ', [], "broken JSON at line 1"),
        ("two.csv", b"id,joke\n1,why oh why\n2,because of that\n", ["--field", "jok"], "joke"),
        ("two.csv", b"id,joke\n1,why oh why\n2,because of that\n", ["--tokens", "wrd"], "word"),
    ],
)
def test_bad_corpora(run, tmp_path, name, content, options, sentence):
    (tmp_path / name).write_bytes(content)
    code, _, err = run("run", "jokes", "--data", name, *options)
    assert code == 2
    assert sentence in err


def test_data_for_a_scenario_that_takes_none(run, tmp_path):
    write(tmp_path / "a.txt", "one two three\nfour five six\n")
    code, _, err = run("run", "zipf-drift", "--data", "a.txt")
    assert code == 2
    assert "takes no text with --data" in err


@pytest.mark.slow
def test_a_users_corpus_is_read_guessed_and_printed(run, tmp_path):
    lines = [f"the {a} {b} the {c} ." for a in "abc" for b in ("saw", "bit") for c in "defgh"]
    write(tmp_path / "mine.txt", "\n".join(lines))
    code, out, err = run("run", TINY, "--data", "mine.txt")
    assert code == 0, err
    assert "unit: line" in out
    assert "tokens: word" in out
    # Without a name, the jokes scenario takes the file.
    code, out, err = run("run", "--data", "mine.txt", "--dry-run", "--json")
    assert code == 0, err
    assert json.loads(out)["scenario"] == "jokes"
    assert any("30 items" in note for note in json.loads(out)["notes"])
    code, out, err = run("run", "--data", "mine.txt", "--length", "3", "--dry-run", "--json")
    assert code == 0, err
    assert any("cut at 3 tokens (30 items)" in note for note in json.loads(out)["notes"])


@pytest.mark.slow
def test_the_built_in_prose_needs_no_file(run):
    code, out, err = run("run", TINY, "--data", "prose", "--json")
    assert code == 0, err
    assert json.loads(out)["finished"]
    code, _, err = run("run", TINY, "--data", "prose", "--tokens", "wrd")
    assert code == 2
    assert "did you mean word?" in err


@pytest.mark.slow
def test_a_scenario_file_of_ones_own(run, tmp_path):
    source = (ROOT / "scenarios" / "published" / "zipf_drift.py").read_text()
    write(tmp_path / "mine.py", source.replace('name="zipf-drift"', 'name="mine"'))
    code, out, err = run("run", "mine.py", "--seeds", "2", "--generations", "3", "--json")
    assert code == 0, err
    assert json.loads(out)["scenario"] == "mine"
    code, out, _ = run("figure", "runs/mine", "--json")  # no script of that name: the plain figure
    assert code == 0
    assert (tmp_path / "runs" / "mine" / "mine.pdf").is_file()


@pytest.mark.slow
def test_settings_swap_parts_and_reach_one_arm(run, tmp_path):
    code, _, err = run(
        *["run", TINY, "--set", "judged:judge=best-of-k", "--set", "judged:judge.k=3"],
        *["--set", "judged:judge.reward=length", "--set", "no-judge:regime=accumulate"],
        *["--set", "no-judge:sampler=top-p", "--set", "no-judge:sampler.p=0.8"],
    )
    assert code == 0, err
    arms = json.loads((tmp_path / "runs/tiny/manifest.json").read_text())["arms"]
    judge = arms["judged"]["parts"]["judge"]
    assert (judge["k"], judge["reward"]["class"]) == (3, "length")
    assert arms["no-judge"]["parts"]["regime"]["class"] == "accumulate"
    assert arms["no-judge"]["parts"]["sampler"]["p"] == pytest.approx(0.8)
    assert arms["judged"]["parts"]["candidates"] == 180


@pytest.mark.slow
def test_a_run_that_samples_smoothed_says_so(run):
    code, out, _ = run("run", TINY, "--set", "judged:model.sample_smoothed=true", "--dry-run")
    assert code == 0
    _, out, err = run(
        *["run", TINY, "--set", "judged:model.sample_smoothed=true", "--dry-run", "--json"]
    )
    (note,) = json.loads(out)["notes"]
    assert "SMOOTHED" in note
    assert "judged" in note


def test_figure_runs_first_when_nothing_is_saved_and_says_so(run, monkeypatch):
    from collapse.commands import figure as command

    asked = []
    monkeypatch.setattr(command, "run_to_disk", lambda *a: asked.append(a) or _stop())
    code, out, err = run("figure", "zipf-drift")
    assert code == 2
    assert "running zipf-drift first" in out
    assert len(asked) == 1


def _stop():
    from collapse.errors import UserError

    raise UserError("stop here")


def test_figure_mistakes(run, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "did you mean jokes" in run("figure", "joke")[2]
    code, _, err = run("figure", "empty")
    assert code == 2
    assert "holds no run" in err
    code, _, err = run("figure", "tiny", "--interval", "medain")
    assert code == 2
    assert "did you mean median?" in err


@pytest.mark.slow
def test_figures_have_the_same_bytes_every_time(run, tmp_path):
    assert run("run", TINY)[0] == 0
    written = []
    for out in ("one", "two"):
        assert run("figure", "runs/tiny", "--out", out)[0] == 0
        written.append({p.name: p.read_bytes() for p in sorted((tmp_path / out).iterdir())})
    assert written[0] == written[1]
    assert set(written[0]) == {"tiny.pdf", "tiny.png", "tiny.svg", "tiny.csv"}


@pytest.mark.slow
def test_ctrl_c_leaves_a_directory_that_resumes(tmp_path):
    """A real process, a real signal, which a shell's background jobs are born deaf to."""
    start = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "runpy.run_module('collapse', run_name='__main__')"
    )
    command = [sys.executable, "-c", start, "run", "zipf-drift", "--seeds", "64", "--generations"]
    command += ["20000", "--out", "r"]
    environment = os.environ | {"COLLAPSE_CACHE": str(tmp_path / "cache")}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "r" / "manifest.json").is_file() and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(12)
    process.send_signal(signal.SIGINT)
    try:
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert b"Stopped and saved in r" in err
    assert b"Traceback" not in err
    curves = np.load(tmp_path / "r" / "curves.npz")
    done = np.isfinite(curves["model_entropy"][0]).sum(1)
    assert 0 < done.max() < 20001
    assert not json.loads((tmp_path / "r" / "manifest.json").read_text())["finished"]


@pytest.mark.slow
@pytest.mark.data
@needs_data
@pytest.mark.parametrize(
    ("path", "guesses"),
    [
        ("text/jokes/reddit-cleanjokes.csv", ["in the column Joke", "tokens: word"]),
        ("text/fortunes/riddles.txt", ["unit: fortune", "tokens: word"]),
        ("llm_outputs/jokegpt/jokes_clean.txt", ["unit: line", "tokens: word"]),
        ("text/tinyshakespeare.txt", ["unit: blob", "tokens: char"]),
        ("text/wikitext-2/train_sampled.txt.gz", ["unit: blob", "tokens: word"]),
    ],
)
def test_real_corpora_run(run, path, guesses):
    code, out, err = run("run", TINY, "--data", DATA / path)
    assert code == 0, err
    for guess in guesses:
        assert guess in out


# Verify

CLAIMS = """
"A law and its opposite"

import numpy as np

import collapse


def scenario():
    draws = lambda key, seeds: {"curves": {"x": np.random.default_rng(0).normal(size=seeds)}}
    claim = lambda name, expected: collapse.Claim(
        name, "law", "none", "draws", "x", expected, spread=1.0
    )
    claims = (claim("mean is 0", 0.0), claim("mean is 1", 1.0))
    return collapse.Scenario(
        "laws", "t", {}, "none", (), 500, claims=claims[: COUNT], evidence={"draws": draws}
    )
"""


def test_verify_prints_a_row_per_claim_and_exits_with_1_if_one_fails(run, tmp_path):
    good = write(tmp_path / "good.py", CLAIMS.replace("COUNT", "1"))
    code, out, _ = run("verify", good)
    assert code == 0
    assert "passes  mean is 0" in out
    assert "1 claim" in out
    bad = write(tmp_path / "bad.py", CLAIMS.replace("COUNT", "2"))
    code, out, _ = run("verify", bad, "--json")
    assert code == 1
    rows = json.loads(out)["claims"]
    assert [row["verdict"] for row in rows] == ["FAILS", "passes"]  # the worst first
    wanted = {"claim", "kind", "source", "expected", "measured", "standard_error", "z", "detects"}
    assert wanted <= set(rows[0])
    assert rows[0]["first"]["key"] != rows[0]["key"]


def test_mistakes_of_verify_are_sentences(run):
    for arguments, part in (
        (["verify", "answers"], "makes no claims"),
        (["verify", "no-such"], "There is no scenario"),
        (["verify", "--seeds", "1"], "--seeds must be at least 2"),
        (["verify", "--precision", "half"], "--precision must be"),
    ):
        code, _, err = run(*arguments)
        assert code == 2
        assert part in err
