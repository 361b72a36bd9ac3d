"""Write results: a result may replace the same result, but not another one."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from collapse.errors import UserError
from collapse.files.atomic import clear, write_json
from collapse.files.open import parsed, whole

if TYPE_CHECKING:  # matplotlib comes with the first figure
    from matplotlib.figure import Figure


def place_for(folder: str, name: str) -> Path:
    """The default directory of a result: in ``folder``, under a name that is safe as a file
    name."""
    return Path(folder) / (re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip(".") or "result")


def place_errors(out: Path) -> list[str]:
    """Errors of an output directory that are known before any work."""
    files = [path for path in (out, *out.parents) if path.exists() and not path.is_dir()]
    return [f"{files[0]} is a file: --out needs a directory of its own."] if files else []


def refuse_another(
    out: Path,
    stem: str,
    what: str,
    asked: dict,
    known: Callable[[dict], dict] = lambda old: old["asked"],
) -> None:
    """Raise ``UserError`` if ``out`` holds another result: one whose STEM.json, read by ``known``,
    says that something else was ``asked`` for, or a figure without it. ``what`` is its name."""
    there = [out / f"{stem}.{end}" for end in ("json", "png", "pdf")]
    there = [path.name for path in there if path.exists()]
    if not there:
        return
    other = f"Choose another directory, for example --out {out}-2, or delete this one."
    try:
        old = known(parsed(whole(out / f"{stem}.json")))
        differs = [name for name, value in asked.items() if old.get(name) != value]
    except (ValueError, KeyError, TypeError, AttributeError):  # a UserError is a ValueError
        raise UserError(f"{out} holds a {there[0]} without a readable {what}. {other}") from None
    if differs:
        names = ", ".join(differs)
        raise UserError(f"{out} holds another {what}: it differs in {names}. {other}")


def write_result(
    out: Path, stem: str, document: dict, draw: Callable[[], "Figure"] | None = None
) -> dict:
    """Write a document to STEM.json, and what ``draw`` returns to STEM.pdf and STEM.png; returns
    the document with the paths.

    The JSON comes first, so that it is not lost if the figure fails or is interrupted.
    """
    clear(out, rf"{re.escape(stem)}\.(json|pdf|png)")
    place = out / f"{stem}.json"
    document = document | {"written": [str(place)]}
    write_json(place, document)
    if draw:
        from collapse.report.figures import save_drawing  # and matplotlib with it

        paths = save_drawing(draw, out / stem)
        document = document | {"written": [*map(str, paths), str(place)]}
        write_json(place, document)
    return document
