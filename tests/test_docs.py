"""README and docs: what they show is what happens."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from collapse.loop.prepare import parts_of, prepare
from tests.shared import ROOT

README = (ROOT / "README.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.slow
def test_readme_example_runs_verbatim(tmp_path):
    """It prints both arms; where the likelier half is kept, one answer is left."""
    (example,) = blocks(README, "python")
    assert len([line for line in example.splitlines() if line.strip()]) <= 10
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    last = [float(row.split()[4]) for row in re.findall(r"entropy \(nats\) .*", done.stdout)]
    assert len(last) == 2
    assert last[0] > 3
    assert last[1] < 0.01
    assert (tmp_path / "entropy.png").stat().st_size > 1000


def test_ci_runs_exactly_the_readme_test_line():
    lines = [line for block in blocks(README, "sh") for line in block.splitlines()]
    (line,) = [line for line in lines if "-m pytest" in line]
    assert line in (ROOT / ".ci" / "run").read_text().splitlines()


def test_ci_runs_the_slow_tests_too():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert any(" -m slow" in line for line in lines)


@pytest.mark.slow
def test_the_judge_in_the_docs_works(tmp_path):
    source, *_ = blocks((ROOT / "docs" / "judges.md").read_text(), "python")
    assert len(source.splitlines()) <= 15
    (tmp_path / "my_judge.py").write_text(source)
    command = [sys.executable, "-m", "collapse", "run", str(ROOT / "tests" / "tiny.py")]
    command += ["--judge", "my_judge.py:Picky", "--out", "runs/picky"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs" / "picky" / "manifest.json").is_file()


def test_the_schedule_in_the_docs_builds():
    _, source = blocks((ROOT / "docs" / "regimes.md").read_text(), "python")
    scope: dict = {}
    exec(source, scope)
    assert scope["regime"].validate() == []
    assert scope["judge"].validate() == []


def test_the_intervals_in_the_docs_are_as_they_say():
    (source,) = blocks((ROOT / "docs" / "statistics.md").read_text(), "python")
    exec(source, {})


def test_the_learner_in_the_docs_fits_its_arm():
    (source,) = blocks((ROOT / "docs" / "learners.md").read_text(), "python")
    scope: dict = {}
    exec(source, scope)
    assert prepare(scope["arm"]).group == 8


def test_the_wrapped_judge_in_the_docs_builds():
    _, outside, words, source = blocks((ROOT / "docs" / "judges.md").read_text(), "python")
    scope: dict = {}
    exec(outside, scope)
    assert scope["judge"].reward.ask(["a pun on a pun", "none"]) == [2, 0]
    exec(words, scope)
    assert scope["different_words"](["a pun on A pun", "none"]) == [3, 1]
    exec(source, scope)
    assert [sentence for _, part in parts_of(scope["judge"]) for sentence in part.validate()] == []
    assert scope["judge"].group == 2


@pytest.mark.parametrize("page", sorted(p.name for p in (ROOT / "docs").glob("*.md")))
def test_links_between_pages_lead_somewhere(page):
    text = (ROOT / "docs" / page).read_text()
    for link in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (ROOT / "docs" / link).exists(), link


def test_readme_links_lead_somewhere():
    for link in re.findall(r"\]\((?!http)([^)#]+)", README):
        assert (ROOT / link).exists(), link


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split()]


def test_no_package_index_in_any_tracked_file():
    # Spelt in pieces, so that this file passes its own test.
    words = ["index" + "-url", "find" + "-links", "py" + r"pi\.", "python" + "hosted"]
    host = re.compile("|".join(words))
    for path in tracked():
        if path.suffix in (".md", ".py", ".toml", ".txt", ""):
            assert not host.search(path.read_text()), path


def test_top_level_is_the_agreed_one():
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}
    agreed = {"collapse", "scenarios", "figures", "tests", "pyproject.toml"}
    customary = {"README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff"}
    assert names <= agreed | customary | {"docs", ".ci", "constraints.txt", ".gitignore"}
    assert agreed <= names


@pytest.mark.slow
def test_every_claim_is_on_the_laws_page():
    from collapse.commands.verify.verification import with_claims
    from collapse.scenario.scenario import scenario_files

    page = (ROOT / "docs" / "laws.md").read_text().replace("\\|", "|")
    laws = [name for name, file in scenario_files().items() if file.parent.name == "laws"]
    scenarios = with_claims(laws)
    count = sum(len(scenario.claims) for scenario in scenarios)
    assert f"There are {count} claims in the\nscenarios of laws" in page
    kinds = Counter(claim.kind for scenario in scenarios for claim in scenario.claims)
    for kind, times in kinds.items():
        assert re.search(rf"{times} of kind\s\*{kind}\*", page)
    for scenario in scenarios:
        assert f"## {scenario.name}\n" in page
        for claim in scenario.claims:
            assert f"| {claim.name} | {claim.kind} |" in page, claim.name


@pytest.mark.slow
def test_the_page_on_python_runs(run, tmp_path, monkeypatch):
    """As it stands: the arms are those it speaks of, and its scenario file is run by name."""
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    arms, run_, settings, scenario = blocks((ROOT / "docs" / "python.md").read_text(), "python")
    monkeypatch.chdir(tmp_path)
    for block in (arms, run_, settings):
        names: dict = {}
        exec(block, names)
    assert names["run"].arms == ["0.1", "0.5", "1.0"]
    (tmp_path / "shares.py").write_text(scenario)
    code, out, err = run("run", "shares.py", "--seeds", "2", "--generations", "2")
    assert code == 0, err
    assert "real-0.5" in out
    assert (tmp_path / "runs" / "mine" / "manifest.json").is_file()
