"""Disks that are full or cannot be written: each write in turn, and limits of the system."""

import contextlib
import errno
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from tests.killed import temporaries
from tests.resilience.ledger import Ledger
from tests.resilience.place import RUN, SWEEP, Undisturbed, bits, call
from tests.resilience.victims import Victims

COMMANDS = {"run": (None, RUN), "extension": ("short", RUN), "sweep": (None, SWEEP)}


@contextlib.contextmanager
def failing(root: Path, number: int, error: int) -> Iterator[list[str]]:
    """From step ``number`` on nothing more can be written under ``root``: making a file, its first
    and its second write, putting it in its place and making a folder are a step each. Gives the
    steps that failed."""
    steps, failed = itertools.count(1), []

    def refusing(function, where, what):
        def called(*given, **named):
            place = where(*given, **named)
            ours = place is not None and Path(place).resolve().is_relative_to(root.resolve())
            if ours and next(steps) >= number:
                failed.append(what)
                raise OSError(error, os.strerror(error), str(place))
            return function(*given, **named)

        return called

    opened = os.fdopen

    def writing(handle, *given, **named):
        file = opened(handle, *given, **named)
        place = os.readlink(f"/proc/self/fd/{handle}")
        if Path(place).is_relative_to(root.resolve()):
            file = _Writer(file, refusing(lambda: None, lambda: place, "write"))
        return file

    made = refusing(tempfile.mkstemp, lambda *_, dir=None, **__: dir, "mkstemp")
    with (
        mock.patch("tempfile.mkstemp", made),
        mock.patch("os.replace", refusing(os.replace, lambda a, b: b, "replace")),
        mock.patch("os.mkdir", refusing(os.mkdir, lambda path, *_, **__: path, "mkdir")),
        mock.patch("os.fdopen", writing),
    ):
        yield failed


class _Writer:
    """A file whose first or second write may fail, with nothing or a piece of it on the disk."""

    def __init__(self, file, before):
        self.file, self.before, self.writes = file, before, 0

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()

    def write(self, data):
        self.writes += 1
        if self.writes <= 2:
            self.before()
        return self.file.write(data)


def fail_everywhere(ledger: Ledger, whole: Undisturbed, place: Path, stride: int) -> None:
    """No room from every ``stride``-th step on, of run, extension and sweep; and a file system that
    is read-only from every third of these on, as permission bits do not bind root."""
    kinds = ((errno.ENOSPC, "disk full", stride), (errno.EROFS, "disk read-only", 3 * stride))
    for code, what, stride in kinds:
        for name, (before, command) in COMMANDS.items():
            left = "sweep" if name == "sweep" else "run"
            for number in itertools.count(1, stride):
                out = place / f"full-{name}"
                if before:
                    whole.copy(before, out)
                with failing(out.parent if number == 1 else out, number, code) as failed:
                    ended, said = call(*command, "--out", out)
                if not failed:
                    assert ended == 0, said
                    break
                named = ended == 2 and os.strerror(code) in said and "Traceback" not in said
                stayed = temporaries(out)
                again, _ = call(*command, "--out", out)
                equal = again == 0 and bits(out) == whole.bits[left]
                wrong = f"a result of {name} though nothing could be written" if not ended else ""
                ledger.count(f"{what} at a write of {name}", equal and not stayed, named, wrong)
                shutil.rmtree(out, ignore_errors=True)


def limit_files(ledger: Ledger, whole: Undisturbed, victims: Victims, place: Path, sizes) -> None:
    """Files that may have so many bytes and no more (RLIMIT_FSIZE), and a screen that is full."""
    for size in sizes:
        for command, left in ((RUN, "run"), (SWEEP, "sweep")):
            out = place / f"limited-{left}{size}"
            code = victims.run((*command, "--out", out), most=size)
            again, _ = call(*command, "--out", out)
            equal = again == 0 and bits(out) == whole.bits[left]
            ledger.count("files limited in size (RLIMIT_FSIZE)", equal, code == 2)
    for command in (("list", "--json"), (*RUN, "--out", place / "screen", "--json")):
        code = victims.run(command, stdout="/dev/full")
        wrong = "" if code else "success, where nothing could be printed"
        ledger.count("output to a full device (/dev/full)", code == 2, code == 2, wrong)


def refuse_places(ledger: Ledger, place: Path) -> None:
    """Places where the system lets no one write, root neither."""
    for where in ("/proc/collapse", "/sys/collapse", "/dev/null/collapse"):
        for command in (RUN, SWEEP):
            code, said = call(*command, "--out", where)
            named = code == 2 and "Error: " in said and "Traceback" not in said
            ledger.count("directory that cannot be written", named, named)
