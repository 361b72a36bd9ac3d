"""Images from files: the idx format of MNIST, and the 8 x 8 digits as a CSV, plain or gzipped.

idx (LeCun, the MNIST page): two zero bytes, the type of a number (8: unsigned byte), how many axes
there are, the length of each as a big-endian uint32, then the numbers, the last axis fastest.
Digits (Alpaydin and Kaynak, UCI "optdigits"): no header; in each line 64 pixels, integers from 0 to
16, row by row, then the class.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from collapse.data.corpus import held_apart
from collapse.errors import UserError
from collapse.files.open import IMAGES, unpacked, whole
from collapse.files.read import plain_text

BYTE = 8  # idx: numbers are unsigned bytes
IDX_TYPES = {9: "signed bytes", 11: "short integers", 12: "integers", 13: "floats", 14: "doubles"}
SIDE, BRIGHTEST = 8, 16  # of the digits CSV
SHADES = " .:-=+*#%@"  # of an image in characters, from dark to bright
TOLD = 5  # mistakes of one kind that are told one by one
SHOWN = 40  # characters of a cell that is told


@dataclass(frozen=True, eq=False)
class Images:
    """Grey images of one size, the darkest possible pixel 0 and the brightest 1.

    Facts are of the whole file: `sha256` of its bytes as stored, `count`, `height`, `width`,
    `mean` pixel; with labels also `classes`, how many images each label has, by label.
    """

    pixels: np.ndarray  # float32 (n, h, w) in [0, 1]
    labels: np.ndarray | None  # int32 (n,)
    name: str
    source: str
    facts: dict

    @property
    def rows(self) -> np.ndarray:
        """(n, h * w) each image as one row of numbers, line by line."""
        return self.pixels.reshape(len(self.pixels), -1)

    def split(self, share: float = 0.1, key: int = 0) -> tuple["Images", "Images"]:
        """Images to train on and images held out, shuffled; the same for the same key."""
        return tuple(self._only(places) for places in held_apart(len(self.pixels), share, key))

    def _only(self, places: np.ndarray) -> "Images":
        labels = None if self.labels is None else self.labels[places]
        return Images(self.pixels[places], labels, self.name, self.source, self.facts)


def load_images(path, labels=None) -> Images:
    """The images of an idx file, its labels in another, or of a digits CSV, which holds its own."""
    errors: list[str] = []
    raw = digest = own = top = given = None
    try:
        stored = whole(path, IMAGES)
        digest = hashlib.sha256(stored).hexdigest()
        raw, own, top = _read(unpacked(stored, path, IMAGES), str(path))
    except UserError as mistake:
        errors += mistake.sentences
    if labels is not None:
        try:
            beside = unpacked(whole(labels, IMAGES), labels, IMAGES)
            given = _idx(beside, str(labels), axes=1)
        except UserError as mistake:
            errors += mistake.sentences
    if own is not None and labels is not None:
        errors.append(f"{path} holds its own labels, in column 65. Leave out the labels {labels}.")
    elif raw is not None and given is not None and len(raw) != len(given):
        errors.append(
            f"{path} holds {len(raw):,} images and {labels} {len(given):,} labels. "
            "Give the two files of one set."
        )
    if errors:
        raise UserError(*errors)
    known = own if labels is None else given
    facts = _facts(raw, top, known, digest)
    pixels = raw.astype(np.float32) / np.float32(top)
    known = None if known is None else known.astype(np.int32)
    return Images(pixels, known, Path(str(path)).name.split(".")[0], str(path), facts)


def _facts(raw: np.ndarray, top: int, labels: np.ndarray | None, digest: str) -> dict:
    count, height, width = raw.shape
    facts = {"sha256": digest, "count": count, "height": height, "width": width}
    facts["mean"] = float(raw.mean(dtype=float) / top)
    if labels is not None:
        facts["classes"] = np.bincount(labels).tolist()
    return facts


def _read(plain: bytes, path: str) -> tuple[np.ndarray, np.ndarray | None, int]:
    """Raw pixels (n, h, w), labels where the file holds them, and the brightest pixel there is."""
    if plain[:2] != b"\0\0" and b"\0" not in plain[:4096]:
        return *_digits(plain_text(plain, path), path), BRIGHTEST
    return _idx(plain, path, axes=3), None, 255


def _idx(plain: bytes, path: str, axes: int) -> np.ndarray:
    """The array of bytes of an idx file with so many axes."""
    what = {1: "labels", 3: "images"}
    found, due = plain[:4].hex(" ") or "nothing", f"00 00 08 {axes:02x}"
    if len(plain) < 4 or plain[:2] != b"\0\0" or plain[2] not in (BYTE, *IDX_TYPES):
        give = "an idx file or a digits CSV" if axes == 3 else "an idx file"
        raise UserError(
            f"{path} is no idx file: it begins with {found}, and {what[axes]} begin with the magic "
            f"number {due}. Give {give}."
        )
    if plain[2] != BYTE:
        raise UserError(
            f"{path} holds {IDX_TYPES[plain[2]]}, and images and labels are unsigned bytes: its "
            f"magic number is {found} in place of {due}."
        )
    if plain[3] != axes:
        raise UserError(
            f"{path} holds {what.get(plain[3], f'an array of {plain[3]} axes')}, not {what[axes]}: "
            f"its magic number is {found} in place of {due}."
        )
    begin = 4 + 4 * axes
    shape = np.frombuffer(plain[4:begin], ">u4", count=len(plain[4:begin]) // 4).tolist()
    expected = begin + int(np.prod(shape, dtype=object)) if len(shape) == axes else begin
    if len(plain) < expected or len(shape) < axes:
        raise UserError(
            f"{path} is truncated: {len(plain):,} of {expected:,} bytes are there. Fetch it again."
        )
    if len(plain) > expected:
        raise UserError(
            f"{path} is damaged: {len(plain):,} bytes, {len(plain) - expected:,} more than its "
            "header announces. Fetch it again."
        )
    if expected == begin:
        raise UserError(f"{path} holds no {what[axes]}: its shape is {tuple(shape)}.")
    return np.frombuffer(plain, np.uint8, offset=begin).reshape(shape)


def _digits(text: str, path: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (n, 8, 8) and classes (n,) of a digits CSV; every mistake in it at once."""
    columns = SIDE * SIDE + 1
    lines = [(at, line) for at, line in enumerate(text.split("\n"), 1) if line.strip()]
    rows, errors = [], {"count": [], "number": [], "pixel": [], "class": []}

    def note(kind: str, at: int, what: str) -> None:
        told = len(errors[kind]) < TOLD
        errors[kind].append(f"{path} line {at}{what}" if told else "")  # others are counted alone

    for at, line in lines:
        if (many := line.count(",") + 1) != columns:
            note("count", at, f" has {many:,} numbers in place of 65.")
            continue
        cells = line.split(",")
        try:
            row = list(map(int, cells))
        except ValueError:
            strange = next(i for i, cell in enumerate(cells, 1) if not _whole(cell))
            cell = cells[strange - 1].strip()[:SHOWN]
            note("number", at, f", column {strange} is {cell!r}, not a whole number.")
            continue
        outside = [i for i, pixel in enumerate(row[:-1], 1) if not 0 <= pixel <= BRIGHTEST]
        if outside:
            pixel = str(row[outside[0] - 1])[:SHOWN]
            what = f", column {outside[0]} is {pixel}, and a pixel lies from 0 to {BRIGHTEST}."
            note("pixel", at, what)
        if not 0 <= row[-1] <= 255:
            note("class", at, f" is of class {str(row[-1])[:SHOWN]}, not from 0 to 255.")
        rows.append(row)
    found = [sentence for kind in errors.values() for sentence in _shortened(kind, path)]
    if found:
        raise UserError(*found, "A digits CSV has no header: 64 pixels and the class in each line.")
    table = np.array(rows, np.int64)
    return table[:, :-1].reshape(-1, SIDE, SIDE), table[:, -1]


def _whole(cell: str) -> bool:
    try:
        int(cell)
    except ValueError:
        return False
    return True


def _shortened(sentences: list[str], path: str) -> list[str]:
    more = len(sentences) - TOLD
    rest = [f"{more} more lines of {path} are wrong in the same way."] if more > 0 else []
    return sentences[:TOLD] + rest


def in_characters(pixels: np.ndarray) -> str:
    """An image (h, w) as text: a line break, then a line of characters for each of its rows."""
    level = np.clip(np.asarray(pixels) * len(SHADES), 0, len(SHADES) - 1).astype(int)
    return "\n" + "\n".join("".join(SHADES[i] for i in line) for line in level)


def from_characters(text: str) -> np.ndarray:
    """(h, w) the image back, each pixel in the middle of its shade."""
    lines = text.strip("\n").split("\n")
    return (np.array([[SHADES.index(c) for c in line] for line in lines]) + 0.5) / len(SHADES)
