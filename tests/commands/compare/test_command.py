"""``collapse compare``: two runs or arms, seed by seed."""

import json

import numpy as np
import pytest
from scipy import stats

from collapse.commands.compare.pairs import pairs_of
from collapse.numerics.pytree import replace
from collapse.runs.directory import run_scenario
from collapse.runs.run import load
from collapse.scenario.load import build
from collapse.scenario.prepare import prepare_scenario
from tests.shared import ROOT

TINY = str(ROOT / "tests" / "tiny.py")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The directories of three runs: one, the same with another n and more seeds, another key."""
    root = tmp_path_factory.mktemp("runs")
    scenario = build(TINY)
    more = {k: replace(arm, n=90) for k, arm in scenario.arms.items()}
    made = {
        "one": (scenario, 0, 6),
        "more": (replace(scenario, arms=more), 0, 8),
        "other": (scenario, 5, 7),
    }
    for name, (each, key, seeds) in made.items():
        run_scenario(prepare_scenario(replace(each, seeds=seeds)), root / name, key=key)
    return root


@pytest.mark.slow
def test_arms_of_one_run_are_paired_by_seed(saved, run):
    """The interval is that of the differences of the seeds, which scipy gives too; that of two
    independent samples is another."""
    code, out, _ = run(
        "compare",
        f"{saved / 'one'}:no-judge",
        f"{saved / 'one'}:judged",
        "--json",
        "--generation",
        2,
    )
    document = json.loads(out)
    assert (code, document["paired"], document["generation"]) == (0, True, 2)
    one = load(saved / "one")
    a, b = (one.curve(arm, "entropy")[:, 2] for arm in ("no-judge", "judged"))
    row = next(row for row in document["rows"] if row["measure"] == "entropy")
    low, high = stats.ttest_rel(b, a).confidence_interval(0.95)
    np.testing.assert_allclose(
        [row["difference"]["low"], row["difference"]["high"]], [low, high], rtol=1e-5
    )
    apart = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    assert abs(apart.low - low) > 1e-3
    assert row["differs"]
    assert "entropy (judged less no-judge)" in document["verdict"][0]


def test_common_arms_and_common_seeds_of_two_runs(saved, run):
    code, out, _ = run(
        "compare",
        saved / "one",
        saved / "more",
        "--json",
        "--generation",
        1,
        "--interval",
        "median",
    )
    document = json.loads(out)
    assert [row["arms"] for row in document["rows"][::2]] == ["no-judge", "judged"]
    assert {row["difference"]["n"] for row in document["rows"]} == {6}
    assert {row["difference"]["method"] for row in document["rows"]} == {"median"}
    a, b = (load(saved / name).curve("judged", "entropy")[:6, 1] for name in ("one", "more"))
    found = document["rows"][-1]["difference"]["value"]
    assert found == pytest.approx(np.median(b - a))


def test_other_keys_are_not_paired(saved, run):
    code, out, _ = run("compare", saved / "one", saved / "other", "--json")
    document = json.loads(out)
    assert not document["paired"]
    assert "different keys" in document["cautions"][0]
    pair = pairs_of(f"{saved / 'one'}:judged", f"{saved / 'other'}:judged")[0]
    assert [len(curves) for curves in pair.curves("entropy")] == [6, 7]


def test_table_figure_and_files(saved, run, tmp_path):
    code, out, _ = run("compare", saved / "one", saved / "more", "--out", tmp_path / "c")
    assert code == 0
    assert "Half-life of the effective number" in out
    names = {"comparison.json", "comparison.pdf", "comparison.png"}
    assert {path.name for path in (tmp_path / "c").iterdir()} == names


@pytest.mark.parametrize(
    ("arguments", "sentences"),
    [
        (["{one}", "{one}"], ["Name two of its arms"]),
        (["{one}:judgd", "{more}:nojudge"], ["did you mean judged?", "did you mean no-judge?"]),
        (["{one}", "nowhere"], ["holds no run"]),
        (["{one}", "{more}", "--generation", "9"], ["from 0 to 3"]),
        (
            ["{one}", "{more}", "--interval", "tt", "--out", TINY],
            ["--interval must be", "is a file: --out needs"],
        ),
    ],
)
def test_mistakes_are_sentences(saved, run, arguments, sentences):
    given = [x.format(one=saved / "one", more=saved / "more") for x in arguments]
    code, out, err = run("compare", *given)
    assert (code, out) == (2, "")
    for sentence in sentences:
        assert sentence in err
