"""``collapse rerun``: equal bits, or the reason why not."""

import json
import shutil

import numpy as np
import pytest

from collapse.commands.request import Options
from collapse.commands.rerun import recorded
from collapse.curve import Curve
from collapse.runs.run import load
from tests.made import made_run
from tests.shared import ROOT

TINY = str(ROOT / "tests" / "tiny.py")
SMALL = ("--seeds", "2", "--generations", "2", "--set", "n=20", "--out", "r")


@pytest.fixture
def saved(run, tmp_path):
    shutil.copy(TINY, tmp_path / "tiny.py")
    assert run("run", "tiny.py", *SMALL, "--key", "7")[0] == 0
    return "r"


def test_a_run_is_repeated_bit_for_bit(run, saved):
    code, out, err = run("rerun", saved, "--name", "tiny.py")
    assert code == 0, err
    assert "are equal bit for bit" in out


def test_what_differs_is_named(run, saved, tmp_path):
    code, _, err = run("rerun", saved)
    assert code == 2
    assert "tiny is no scenario of collapse: say where its file is, --name FILE.py." in err
    text = (tmp_path / "tiny.py").read_text()
    (tmp_path / "other.py").write_text(text.replace("fraction=0.2", "fraction=0.5"))
    code, out, _ = run("rerun", saved, "--name", "other.py", "--json")
    document = json.loads(out)
    assert code == 1
    assert not document["repeated"]
    assert any("it differs in judge.fraction" in reason for reason in document["reasons"])


@pytest.mark.slow
def test_a_number_that_was_changed_is_found(run, saved, monkeypatch):
    """A curve whose last bit is another, under the digest that a forger would write."""
    from collapse.commands import rerun

    def forged(directory):
        whole = load(directory)
        whole.curves["entropy"][0, 1, 2] = np.nextafter(whole.curves["entropy"][0, 1, 2], 9)
        return whole

    monkeypatch.setattr(rerun, "load", forged)
    code, out, _ = run("rerun", saved, "--name", "tiny.py")
    assert code == 1
    assert "no-judge/entropy differs by" in out
    assert "nothing else differs" in out


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("--judge evil.py:Judge", "Its judge is code: say where its file is, --judge evil.py"),
        ("--judge evil.py", "Its judge is code"),
        ("--set judge=evil.py:Judge", "is code: collapse runs none that a manifest names"),
        ("--length many", "was run with '--length many', which is no number"),
    ],
)
def test_no_code_is_run_because_a_manifest_names_it(run, tmp_path, change, sentence):
    """A run from elsewhere may come with a file of code beside it."""
    (tmp_path / "evil.py").write_text("open('was_run', 'w')")
    meaning = {"entropy": Curve("nats", 0, 4)}
    curves = {"entropy": np.ones((1, 2, 3))}
    made_run(tmp_path / "r", ["a"], curves, meaning, scenario="jokes", changes=[change])
    code, _, err = run("rerun", "r")
    assert code == 2
    assert sentence in " ".join(err.split())
    assert not (tmp_path / "was_run").exists()


def test_options_that_a_run_records_are_taken_up(tmp_path):
    """Also double precision, and code that is given once more."""
    changes = ["--precision double", "--set judge=mine.py:J", "--set n=20", "--length 5"]
    meaning, curves = {"entropy": Curve("nats", 0, 4)}, {"entropy": np.ones((1, 2, 3))}
    layout = {"precision": "double"}
    where = tmp_path / "r"
    made_run(where, ["a"], curves, meaning, scenario="jokes", changes=changes, layout=layout)
    options = recorded(load(where), Options(settings=["judge=mine.py:J"]))
    assert options.settings == ["judge=mine.py:J", "n=20"]
    assert (options.precision, options.length) == ("double", 5)
