"""What an editor sees of the API: correct programs are clean, and mistakes are underlined."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared import ROOT

PYRIGHT = shutil.which("basedpyright", path=Path(sys.executable).parent)
MISTAKES = """
import collapse as cl

arm = cl.Arm(truth=cl.zipf(9))
cl.Arm(cl.zipf(9))  # arguments are keywords
cl.Arm(truth=cl.zipf(9), jugde=cl.KeepAll())  # no such part
cl.Arm(truth=cl.KeepAll())  # a judge is no truth
cl.Arm(truth=cl.zipf(9), judge=cl.KeepAll)  # a class is no judge
cl.Arm(truth=cl.zipf(9), n="many")  # n is a number
cl.Arm(truth=cl.zipf(9), measures=cl.Moments())  # measures are a tuple
cl.simulate(arm, seed=3)  # it is called seeds
cl.TopFraktion()  # no such judge
cl.TopFraction(fractoin=0.2)  # no such setting
cl.TopFraction(reward="likelihood")  # a reward is a part
arm.judgement  # no such field
cl.load("x").curv("a", "b")  # no such method
cl.simulate(arm).curve("arm")  # of which curve
cl.Scenario(arm={})  # no name, and arms is misspelt
class Mine(cl.TopFraction): ...  # parts are not subclassed
"""


def errors(folder: Path, **files: str) -> dict[str, list[int]]:
    """{file: lines with an error} by pyright in its standard mode."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    settings = {"typeCheckingMode": "standard", "extraPaths": [str(ROOT)]}
    settings |= {"reportUnusedExpression": False}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [PYRIGHT, "--outputjson", "--pythonpath", sys.executable, "--project", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    found: dict[str, list[int]] = {name: [] for name in files}
    for one in json.loads(done.stdout)["generalDiagnostics"]:
        if one["severity"] == "error":
            found[Path(one["file"]).stem].append(one["range"]["start"]["line"] + 1)
    return found


def examples() -> dict[str, str]:
    """The Python blocks of README and docs that use the package, and what ``collapse new``
    writes."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    blocks = {
        f"{page.parent.name}_{page.stem}_{number}": block
        for page in pages
        for number, block in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(), re.S))
    }
    templates = (ROOT / "collapse" / "commands" / "new" / "templates").glob("*.py")
    blocks |= {f"new_{path.stem}": path.read_text() for path in templates}
    return {name.replace("-", "_"): text for name, text in blocks.items() if "collapse" in text}


@pytest.mark.slow
@pytest.mark.skipif(PYRIGHT is None, reason="basedpyright is not installed beside this Python")
def test_the_examples_are_clean_and_every_mistake_is_seen(tmp_path):
    found = errors(tmp_path, mistakes=MISTAKES, **examples())
    lines = MISTAKES.split("\n")
    planted = [i for i, line in enumerate(lines, 1) if "  # " in line]
    assert len(planted) >= 10
    assert sorted(set(found.pop("mistakes"))) == planted
    assert {name: at for name, at in found.items() if at} == {}
    assert len(found) >= 10
