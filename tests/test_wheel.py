"""An installed wheel works as a checkout does: scenarios and figures travel inside it."""

import subprocess
import sys
import zipfile

import pytest

from tests.shared import ROOT


@pytest.mark.slow
def test_the_wheel_holds_scenarios_and_figures_and_runs(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path]
    done = subprocess.run([*build, ROOT], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
        assert {
            "collapse/_scenarios/questions/jokes.py",
            "collapse/_figures/questions/jokes.py",
            "collapse/schemas/run.json",
            "collapse/_docs/references.bib",
        } <= names
        assert not any(name.startswith(("tests/", "scenarios/", "docs/")) for name in names)
        file.extractall(tmp_path / "site")
    # The unpacked wheel comes first on the path, so this is the installed package.
    code = (
        "import sys; sys.path.insert(0, 'site'); from collapse.cli import main as cli\n"
        "import collapse; assert 'site' in collapse.__file__\n"
        "sys.argv = ['collapse', 'run', 'zipf-drift', '--seeds', '1', '--generations', '2']\n"
        "try: cli.main()\nexcept SystemExit as done: assert not done.code\n"
        "sys.argv = ['collapse', 'figure', 'zipf-drift']\n"
        "try: cli.main()\nexcept SystemExit as done: assert not done.code\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "runs" / "zipf-drift" / "zipf-drift.pdf").is_file()
