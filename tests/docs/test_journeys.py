"""The journeys in docs/: their programs run, and the output they show is what is printed."""

import json
import re
import subprocess
import sys

import pytest

from tests.shared import ROOT, shared

DOCS = ROOT / "docs"
ANSWERS = ("answers/mtbench_answer_phi-3.jsonl", "answers/mtbench_answer_llama3.jsonl")
NOVELTY = "llm_outputs/noveltybench/gemini-1.5-pro_curated_scores.jsonl"


def page(name: str) -> str:
    return (DOCS / name).read_text()


def lines(text: str) -> list[str]:
    """The lines of a text, with single blanks."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def quoted(name: str, first: str) -> list[str]:
    """The lines of the blocks of output on a page, from the block that begins with ``first`` on to
    the next program or command."""
    blocks = re.findall(r"```(\w*)\n(.*?)```", page(name), re.DOTALL)
    start = next(i for i, (_, text) in enumerate(blocks) if text.startswith(first))
    found = []
    for kind, text in blocks[start:]:
        if kind:
            break
        found += lines(text)
    return [line for line in found if line != "..."]


def program(name: str, title: str) -> str:
    blocks = re.findall(r"```python\n(.*?)```", page(name), re.DOTALL)
    return next(block for block in blocks if block.startswith(f"# {title}\n"))


def execute(folder, name: str, code: str) -> None:
    (folder / name).write_text(code)
    done = subprocess.run([sys.executable, name], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "112")
    monkeypatch.setattr("collapse.report.figures.save_drawing", lambda draw, stem: [])


@pytest.mark.slow
def test_the_rollouts_of_the_page_give_its_output(run, wide, tmp_path):
    execute(tmp_path, "rl.py", program("rollouts.md", "rl.py"))
    code, out, err = run("measure", "rollouts", "--by", "step")
    assert code == 0, err
    wanted = quoted("rollouts.md", "By step")
    assert len(wanted) > 30
    assert [line for line in wanted if line not in lines(out)] == []


@pytest.mark.data
@pytest.mark.slow
def test_two_models_of_mt_bench_give_the_output_of_the_page(run, wide):
    code, out, err = run("measure", *map(shared, ANSWERS), "--compare")
    assert code == 0, err
    wanted = quoted("compare-outputs.md", "mtbench_answer_phi-3 (first)")
    assert len(wanted) > 6
    assert [line for line in wanted if line not in lines(out)] == []


@pytest.mark.data
@pytest.mark.slow
def test_two_halves_of_one_model_give_the_output_of_the_page(run, wide, tmp_path):
    source = program("compare-outputs.md", "halves.py")
    name = shared(NOVELTY).name
    assert name in source
    execute(tmp_path, "halves.py", source.replace(name, str(shared(NOVELTY))))
    call = ["first.jsonl", "last.jsonl", "--compare", "--power", "same_answer=0.05"]
    code, out, err = run("measure", *call)
    assert code == 0, err
    wanted = quoted("compare-outputs.md", "first (first)")
    assert len(wanted) > 15
    assert [line for line in wanted if line not in lines(out)] == []


@pytest.mark.data
@pytest.mark.slow
def test_the_gate_of_the_page_fails_as_it_says(run, wide):
    gates = ["--fail-above", "same_answer=0.3", "--fail-below", "effective_number=300"]
    assert " ".join(gates) in page("compare-outputs.md")
    code, out, err = run("measure", shared(NOVELTY), *gates, "--json")
    assert code == 1
    assert err in page("compare-outputs.md")
    assert [row["passed"] for row in json.loads(out)["gates"]] == [True, False]
