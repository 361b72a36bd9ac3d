"""What functions of a scenario gave when it was reproduced, kept beside its run.

OUT/runs/NAME                 the run
OUT/evidence/NAME/about.json  seconds spent, and the file of each function
"""

from pathlib import Path

import numpy as np

from collapse.errors import UserError
from collapse.files.atomic import AGAIN, read_arrays, read_json, write_json
from collapse.files.schema import Fields, Finite, Named, Text

ABOUT = "about.json"
SHAPE = Fields({"seconds": Finite(), "files": Named(Text())})


def folder_of(run: Path, scenario: str) -> Path:
    """The folder for the evidence of a scenario whose run is in a directory."""
    return run.parent.parent / "evidence" / scenario


def read_about(folder: Path) -> dict:
    """{"seconds": time spent, "files": {function: name of a file}} of a folder of evidence, which
    may not be there yet. Raises ``UserError``."""
    path = folder / ABOUT
    if not path.is_file():
        return {"seconds": 0.0, "files": {}}
    about = read_json(path, AGAIN)
    if errors := SHAPE.errors(about, ""):
        raise UserError(f"{path} is damaged ({errors[0]}). {AGAIN}")
    return about


def write_about(folder: Path, seconds: float, files: dict[str, str]) -> None:
    """Write what ``read_about`` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / ABOUT, {"seconds": seconds, "files": files})


def read_evidence(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """{function: {curve: (seeds, ...)}} of a folder of evidence. Raises ``UserError``."""
    files = read_about(folder)["files"]
    return {name: read_arrays(folder / Path(file).name) for name, file in files.items()}
