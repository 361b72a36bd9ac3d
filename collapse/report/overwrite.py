"""Results that are written, and written again: the same may replace what is there, another not."""

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
    """Where a result is written unless something else is asked for: in a folder named after what it
    is of, which may be a file of any name, and never outside ``folder``."""
    return Path(folder) / (re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip(".") or "result")


def place_errors(out: Path) -> list[str]:
    """Why nothing can be written there, as far as that is known before any work."""
    files = [path for path in (out, *out.parents) if path.exists() and not path.is_dir()]
    return [f"{files[0]} is a file: --out needs a directory of its own."] if files else []


def refuse_another(
    out: Path,
    stem: str,
    what: str,
    asked: dict,
    known: Callable[[dict], dict] = lambda old: old["asked"],
) -> None:
    """Raise ``UserError`` if ``out`` holds a ``what`` that was asked for differently: STEM.json
    there
    says how, read by ``known``; of a figure without it nothing is known."""
    there = [out / f"{stem}.{end}" for end in ("json", "png", "pdf")]
    there = [path.name for path in there if path.exists()]
    if not there:
        return
    other = f"Choose another directory, for example --out {out}-2, or delete it."
    try:
        old = known(parsed(whole(out / f"{stem}.json")))
        differs = [name for name, value in asked.items() if old.get(name) != value]
    except (ValueError, KeyError, TypeError, AttributeError):  # a UserError is a ValueError
        told = f"{out} holds a {there[0]} that is of no {what} known here."
        raise UserError(f"{told} {other}") from None
    if differs:
        told = f"{out} holds another {what}: it differs in {', '.join(differs)}."
        raise UserError(f"{told} {other}")


def write_result(
    out: Path, stem: str, document: dict, draw: Callable[[], "Figure"] | None = None
) -> dict:
    """Write a result to STEM.json, and as what ``draw`` makes of it to STEM.pdf and STEM.png; gives
    the document with the paths in it.

    The numbers come first: whatever a figure stumbles on, or stops it, they are not lost, and they
    say what was asked for, so that the same can be asked for again.
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
