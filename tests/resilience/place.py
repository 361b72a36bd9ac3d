"""The commands that faults are injected into, in this process, and the bits that they leave."""

import contextlib
import io
import json
import os
import shutil
import sys
from pathlib import Path
from unittest import mock

from collapse.cli import main
from collapse.errors import UserError
from collapse.files.atomic import digest_of, read_arrays

SMALL = Path(__file__).with_name("small.py")
CACHE = Path(__file__).parents[2] / ".pytest_cache" / "xla"
SEEDS, GENERATIONS = 3, 12
SIZES = ("--seeds", SEEDS, "--generations", GENERATIONS)
RUN = ("run", SMALL, *SIZES)
SHORT = ("run", SMALL, "--seeds", 1, "--generations", 4)
SWEEP = ("sweep", SMALL, "--arm", "b", "--over", "judge.fraction=0.25,0.5", "--over", "n=8,12")
SWEEP += ("--seeds", 2, "--generations", 4)
VARYING = ("seconds", "run", "damaged", "written")  # fields of sweep.json that tell of the command


def call(*arguments) -> tuple[int, str]:
    """Exit code of the command line in this process, and all that it printed."""
    said = io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["collapse", *map(str, arguments)]),
        mock.patch.dict(os.environ, {"COLLAPSE_CACHE": str(CACHE)}),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        try:
            main.main()
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
    return code, said.getvalue()


def bits(out: Path) -> dict[str, bytes]:
    """{name: bytes} of the results in a directory: curves, samples, manifest, records of a sweep,
    and the numbers and drawings of figures. Without checkpoints, which may be of another moment."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = str(path.relative_to(out))
        if path.is_file() and not name.startswith("checkpoints"):
            found[name] = _arrays(path) if path.suffix == ".npz" else path.read_bytes()
    if "sweep.json" in found:
        told = json.loads(found["sweep.json"])
        found["sweep.json"] = json.dumps(
            {k: v for k, v in told.items() if k not in VARYING}
        ).encode()
    if "manifest.json" in found:  # its digests of checkpoints are of their moment too
        told = json.loads(found["manifest.json"])
        files = {k: v for k, v in told["files"].items() if not k.startswith("checkpoints")}
        found["manifest.json"] = json.dumps(told | {"files": files, "digest": ""}).encode()
    return found


def _arrays(path: Path) -> bytes:
    """The digest of all arrays: an archive also holds dates, which say nothing."""
    try:
        return digest_of(read_arrays(path)).encode()
    except UserError:
        return path.read_bytes()


class Undisturbed:
    """What the commands leave when nothing happens: made once, and copied."""

    def __init__(self, root: Path):
        self.root = root
        made = {
            "run": RUN,
            "short": SHORT,
            "other": (*RUN, "--key", 1),
            "sweep": SWEEP,
            "others": (*SWEEP, "--key", 1),
        }
        for name, command in made.items():
            self._make(*command, "--out", root / name)
        self._make("figure", root / "run", "--out", root / "figure")
        self.bits = {name: bits(root / name) for name in (*made, "figure")}

    def _make(self, *command) -> None:
        code, said = call(*command)
        assert code == 0, said

    def copy(self, name: str, place: Path) -> Path:
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.root / name, place)
        return place
