"""A process killed between two of its writes, as far as the disk can tell."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from unittest import mock


class Killed(BaseException):
    pass


@contextmanager
def killed_at(root: Path, number: int):
    """Killed when file ``number`` under ``root`` is written and not yet in its place: its temporary
    stays, and nothing there is made, moved or removed any more. Gives a list that says so."""
    root, seen, dead = Path(root).resolve(), [], []

    def alive_or_not_there(function, place):
        def called(*given, **named):
            where = place(*given, **named)
            if where is not None and Path(where).resolve().is_relative_to(root):
                if function is replace:
                    seen.append(where)
                    if len(seen) == number:
                        dead.append(where)
                if dead:
                    raise Killed(dead[0])
            return function(*given, **named)

        return called

    replace = os.replace
    patches = (
        mock.patch("os.replace", alive_or_not_there(replace, lambda a, b: b)),
        mock.patch(
            "tempfile.mkstemp",
            alive_or_not_there(tempfile.mkstemp, lambda *_, dir=None, **__: dir),
        ),
        mock.patch.object(Path, "unlink", alive_or_not_there(Path.unlink, lambda path, **_: path)),
    )
    for patch in patches:
        patch.start()
    try:
        yield dead
    except Killed:
        assert dead
    finally:
        for patch in patches:
            patch.stop()


def temporaries(root: Path) -> list[str]:
    return [path.name for path in Path(root).rglob(".*")]
