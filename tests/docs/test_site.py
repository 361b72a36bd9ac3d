"""The documentation site builds without a warning, and shows every public name once."""

import importlib.util
import re
import subprocess
import sys

import pytest

import collapse
from collapse.scenario.load import find
from collapse.scenario.registry import parts
from tests.shared import ROOT

DOCS = ROOT / "docs"
NEEDED = ("sphinx", "myst_parser", "pydata_sphinx_theme", "sphinx_copybutton")
README = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the built site."""
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)} (pip install -e '.[docs]')")
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", DOCS, out]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.mark.slow
def test_every_page_is_built(site):
    written = [path.relative_to(DOCS) for path in DOCS.rglob("*.md")]
    pages = [path.with_suffix(".html") for path in written if path.parts[0] != "questions"]
    assert len(pages) > 20
    assert [page for page in pages if not (site / page).is_file()] == []


@pytest.mark.slow
def test_every_public_name_and_registered_part_is_on_the_reference_pages(site):
    pages = {path: path.read_text() for path in (site / "api").glob("*.html")}
    shown = [
        x for text in pages.values() for x in re.findall(r'<dt [^>]*id="collapse\.(\w+)"', text)
    ]
    public = {name for name in collapse.__all__ if callable(getattr(collapse, name))}
    assert len(public) > 150
    assert sorted(shown) == sorted(public)  # each once
    for part in parts():
        text = pages[site / "api" / f"{part.kind}s.html"]
        assert f">{part.name}<" in text, part


def test_the_first_page_gives_the_line_of_the_readme():
    line = re.search(r"^python3 -m venv.*collapse run jokes.*$", README, re.MULTILINE).group()
    assert line in (DOCS / "index.md").read_text()


@pytest.mark.slow
def test_the_python_of_the_tutorial_runs(tmp_path):
    judge, example = re.findall(
        r"```python\n(.*?)```", (DOCS / "tutorial.md").read_text(), re.DOTALL
    )
    assert judge in (DOCS / "judges.md").read_text()  # where a test runs it from the command line
    code = "import matplotlib\nmatplotlib.use('agg')\n" + example
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "effective number" in done.stdout


def test_commands_in_the_tutorial_name_what_there_is():
    page = (DOCS / "tutorial.md").read_text()
    lines = re.findall(r"^collapse (?:run|verify) (\S+)", page, re.MULTILINE)
    assert len(lines) >= 4
    assert [name for name in lines if not find(name).is_file()] == []
