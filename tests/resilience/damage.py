"""Every file of a run and of a sweep: bits flipped, cut, emptied, deleted, or another's instead."""

import itertools
import random
import shutil
from pathlib import Path

import numpy as np

from collapse import UserError
from collapse.runs.run import Run, load
from tests.resilience.ledger import Ledger
from tests.resilience.place import RUN, SWEEP, Undisturbed, bits, call

FOLLOWED = 9  # times that the sentence of an error is followed


def faults(path: Path, others: list[Path], flips: int, key: int) -> list[tuple[str, bytes | None]]:
    """(kind, what is in the file then) of everything that is done to one file; None: no file."""
    whole, moments = path.read_bytes(), random.Random(f"{key} {path.name}")
    made: list[tuple[str, bytes | None]] = [("emptied", b""), ("deleted", None)]
    for _ in range(flips):
        data = bytearray(whole)
        data[moments.randrange(len(data))] ^= 1 << moments.randrange(8)
        made.append(("bit flipped", bytes(data)))
    made += [("truncated", whole[: moments.randrange(1, len(whole))]) for _ in range(2)]
    return made + [("swapped", other.read_bytes()) for other in others]


def damage_run(
    ledger: Ledger, whole: Undisturbed, place: Path, flips: int, key: int = 0, every: int = 1
) -> None:
    """Every file of a finished run. It is looked at, and then the same command is given again.
    ``every``: of all faults only each of that number."""
    root, turn = whole.root / "run", itertools.count()
    sound = load(root)
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        name = file.relative_to(root)
        siblings = [path for path in file.parent.iterdir() if path.is_file() and path != file]
        arms = [root / str(name).replace("/a/", "/b/")] if "/a/" in str(name) else []
        others = [path for path in (*siblings, *arms) if path.suffix == file.suffix]
        others.append(whole.root / "other" / name)
        for kind, data in faults(file, others, flips, key):
            if next(turn) % every:
                continue
            out = whole.copy("run", place / "damaged")
            if data is None:
                (out / name).unlink()
            else:
                (out / name).write_bytes(data)
            wrong, told = _read(out, sound)
            equal, said = _repeated(RUN, out, whole.bits["run"])
            named = str(name) in told + said or (name.name == "manifest.json" and bool(told + said))
            ledger.count(f"file of a run {kind}", equal, named, wrong and f"{name}: {wrong}")


def _read(out: Path, sound: Run) -> tuple[str, str]:
    """What a damaged run silently gives that is not of the sound one; and the sentences."""
    try:
        found = load(out)
        if found.curves.keys() != sound.curves.keys():
            return "other curves", ""
        for curve, numbers in found.curves.items():
            if not np.array_equal(numbers, sound.curves[curve], equal_nan=True):
                return f"other numbers of {curve}", ""
        if found.manifest["arms"] != sound.manifest["arms"]:
            return "other arms", ""
        if [found.samples(arm) for arm in found.arms] != [sound.samples(arm) for arm in sound.arms]:
            return "other samples", ""
    except UserError as mistake:
        return "", str(mistake)
    return "", ""


def _repeated(command, out: Path, wanted: dict[str, bytes]) -> tuple[bool, str]:
    """Whether the same command gives the same bits, after what its sentences say was done: the
    files that they name deleted, or another directory taken; and the sentences."""
    said, place = "", out
    for _ in range(FOLLOWED):
        code, told = call(*command, "--out", place)
        if code == 0:
            return bits(place) == wanted, said
        said += told
        if "Choose another directory" in told:
            place = out.with_name("another")
            shutil.rmtree(place, ignore_errors=True)
            continue
        flat = told.replace("\n", "")
        gone = [path for path in out.rglob("*") if path.is_file() and str(path) in flat]
        for path in gone:
            path.unlink()
        if code != 2 or not gone:
            break
    return False, said


def damage_sweep(
    ledger: Ledger, whole: Undisturbed, place: Path, flips: int, key: int = 0, every: int = 1
) -> None:
    """Every file of a finished sweep, whose points stand under their hashes."""
    root, turn = whole.root / "sweep", itertools.count()
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        name = file.relative_to(root)
        theirs = sorted((whole.root / "others" / name.parent).glob(f"*{file.suffix}"))
        siblings = sorted(path for path in file.parent.glob(f"*{file.suffix}") if path != file)
        for kind, data in faults(file, siblings[:1] + theirs[:1], flips, key):
            if next(turn) % every:
                continue
            out = whole.copy("sweep", place / "damaged")
            if data is None:
                (out / name).unlink()
            else:
                (out / name).write_bytes(data)
            code, said = call(*SWEEP, "--out", out)
            equal = code == 0 and bits(out) == whole.bits["sweep"]
            wrong = "" if equal or code else f"{name} {kind}: other bits"
            flat = said.replace("\n", "")
            named = name.name in flat and ("is damaged" in flat or "another point" in flat)
            ledger.count(f"file of a sweep {kind}", equal, named, wrong)
