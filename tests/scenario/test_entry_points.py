"""Judges of installed packages: found by name, listed, and told apart from broken ones."""

import importlib
import sys
import types

import pytest

import collapse
from collapse.commands import listing
from collapse.rewards.external import asks_external
from collapse.scenario.load import load_judge

PACKAGE = """
import collapse


class Picky(collapse.Judge):
    def score(self, key, view):
        return -view.items


def small(items):
    return -items


number = 3
"""


@pytest.fixture(autouse=True)
def _installed(tmp_path, monkeypatch):
    """A package on the path, as pip would leave it: its module, and what it says it offers."""
    (tmp_path / "offering.py").write_text(PACKAGE)
    about = tmp_path / "offering-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: offering\nVersion: 1.0\n")
    offers = {
        "picky": "Picky",
        "small": "small",
        "number": "number",
        "gone": "Gone",
        "tilt": "Picky",
    }
    lines = [f"{name} = offering:{thing}" for name, thing in offers.items()]
    (about / "entry_points.txt").write_text("\n".join(["[collapse.judges]", *lines]))
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield
    sys.modules.pop("offering", None)


def test_installed_judges_are_found_by_name():
    judge = load_judge("picky")
    assert type(judge).__name__ == "Picky"
    assert isinstance(judge, collapse.Judge)
    assert isinstance(load_judge("small"), collapse.TopFraction)
    assert isinstance(sys.modules["offering"], types.ModuleType)


def test_a_name_of_ours_stays_ours():
    with pytest.raises(collapse.UserError, match="has settings without default"):
        load_judge("bernoulli-keep")
    assert type(load_judge("tilt")) is collapse.Tilt


def test_installed_judges_are_listed():
    rows = {row["name"]: row["about"] for row in listing.listed("judges")}
    assert rows["picky"] == "installed: offering:Picky"
    assert not rows["tilt"].startswith("installed")


def test_broken_offers_are_sentences():
    with pytest.raises(collapse.UserError, match="installed judge gone .* could not be loaded"):
        load_judge("gone")
    with pytest.raises(collapse.UserError, match="number in offering:number is not a judge"):
        load_judge("number")
    with pytest.raises(collapse.UserError, match="did you mean"):
        load_judge("typicalty")


MADE = """
from collapse import Length, NoisyVerifier, TopFraction

Calibrated = NoisyVerifier(keep_right=0.7, keep_wrong=0.1)
longest = Length()
number = 3
"""


def test_a_file_may_hold_a_judge_that_is_made_already(tmp_path):
    file = tmp_path / "made.py"
    file.write_text(MADE)
    judge = load_judge(f"{file}:Calibrated")
    assert type(judge) is collapse.NoisyVerifier
    assert judge.keep_right == 0.7
    reward = load_judge(f"{file}:longest")
    assert type(reward) is collapse.TopFraction
    assert type(reward.reward) is collapse.Length
    with pytest.raises(collapse.UserError, match="number in .* is not a judge"):
        load_judge(f"{file}:number")
    with pytest.raises(collapse.UserError, match="did you mean Calibrated"):
        load_judge(f"{file}:Calibratd")


def test_a_function_of_texts_and_an_endpoint_are_judges_outside_jax(tmp_path):
    file = tmp_path / "outside.py"
    file.write_text(
        "import collapse\n\n\ndef puns(texts):\n    return [len(text) for text in texts]\n\n\n"
        "def inside(items):\n    return items\n\n\n"
        "scores = collapse.Endpoint('http://127.0.0.1:1/v1', 'm', 'r')\n"
        "pairs = collapse.Endpoint('http://127.0.0.1:1/v1', 'm', 'r', mode='pairwise')\n"
    )
    for name, kind in {"puns": "TopFraction", "scores": "TopFraction", "pairs": "BestOf"}.items():
        judge = load_judge(f"{file}:{name}")
        assert type(judge).__name__ == kind
        assert asks_external(judge)
    assert not asks_external(load_judge(f"{file}:inside"))
