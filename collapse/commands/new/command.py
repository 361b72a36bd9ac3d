"""``collapse new``: a short, runnable file with a part of one's own, to be changed.

Each template is a Python file that runs as it is. ``MyPart``, ``my_part`` and ``my-part`` stand in
it for the name that the user gives.
"""

import keyword
import re
import shlex
import sys
from pathlib import Path

from collapse.errors import UserError, harmless
from collapse.scenario.scenario import scenario_files
from collapse.suggest import unknown

KINDS = ("judge", "model", "regime", "sampler", "measure", "learner", "scenario", "figure")
IMPORTED = ("collapse", "equinox", "jax", "matplotlib", "numpy", "optax", "scipy")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ -]*")  # letters, digits and what joins words


def new(kind: str, name: str, out: Path | None) -> dict:
    """Write the file of that kind. ``out`` is a file, or a folder for NAME.py; default: here.

    Returns the document for ``--json``. Raises ``UserError`` for a kind there is not, a name that
    no class or module can have, and a file that exists.
    """
    from collapse.report.document import document  # it imports numpy; completion does without

    errors = [] if kind in KINDS else [unknown("kind of file", kind, KINDS)]
    words = _words(name)
    if not words:
        raise UserError(
            *errors,
            f"{name!r} cannot be a name: give words of letters and digits that begin with a letter "
            "and are joined by -, such as my-judge, which becomes the class MyJudge.",
        )
    named = {
        "MyPart": "".join(word[0].upper() + word[1:] for word in words),
        "my_part": "_".join(words).lower(),
        "my-part": "-".join(words).lower(),
    }
    path = Path() if out is None else out
    path = path / f"{named['my_part']}.py" if path.is_dir() else path
    errors += _name_errors(named) + _path_errors(path)
    if errors:
        raise UserError(*errors)
    text = _template(kind)
    for placeholder, word in ({"my_part.py": path.name} | named).items():
        text = text.replace(placeholder, word)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:  # "x" never overwrites
        file.write(text)
    body = {"kind": kind, "name": named["MyPart"], "written": [str(path)]}
    return document("new", body | {"run": _commands(kind, named["MyPart"], path)})


def _words(name: str) -> list[str]:
    """The words of a name, whether joined by -, _ or spaces, or ``LikeThis``; none if it is none
    that a class can have."""
    if not NAME.fullmatch(name):
        return []
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name)
    return [word for word in re.split(r"[\s_-]+", split) if word]


def _name_errors(named: dict[str, str]) -> list[str]:
    errors = []
    if keyword.iskeyword(named["MyPart"]):
        errors.append(f"{named['MyPart']} is a word of Python, which no class can be called.")
    if named["my-part"] in scenario_files():
        errors.append(
            f"A scenario {named['my-part']} ships with collapse, and its runs would be saved in "
            "the same place: choose another NAME."
        )
    return errors


def _path_errors(path: Path) -> list[str]:
    if path.exists() or path.is_symlink():
        return [f"{path} exists already and is not overwritten: choose another NAME or --out."]
    if path.suffix != ".py":
        return [f"--out {path} must be a folder that exists, or a file whose name ends in .py."]
    if not re.fullmatch(r"[\w.-]+", path.name):
        return [f"--out {path}: give the file a name of letters, digits, -, _ and dots."]
    if path.stem in IMPORTED or path.stem in sys.stdlib_module_names:
        return [
            f"A file {path.name} would hide the Python module {path.stem} from programs that start "
            "beside it: choose another NAME or --out."
        ]
    return []


def _template(kind: str) -> str:
    return (Path(__file__).parent / "templates" / f"{kind}.py").read_text(encoding="utf-8")


def _commands(kind: str, name: str, path: Path) -> list[str]:
    """What runs the file, from where the user is, and its check."""
    file, part = shlex.quote(str(path)), shlex.quote(f"{path}:{name}")
    told = [f"collapse run {file}"]
    if kind == "judge":
        told = [f"collapse run jokes --judge {part}", f"collapse judge {part}"]
    if kind == "scenario":
        told.append(f"collapse verify {file}")
    if kind == "figure":
        told = [f"collapse figure {file}"]
    return [*told, f"python {file}"]


def text(result: dict) -> str:
    """What was written and how to run it."""
    lines = [f"Wrote {result['written'][0]}, with {result['name']}. Run it with:"]
    if result["kind"] in ("scenario", "figure"):
        lines = [f"Wrote {result['written'][0]}. Run it with:"]
    return harmless("\n".join(lines + [f"  {line}" for line in result["run"]]))
