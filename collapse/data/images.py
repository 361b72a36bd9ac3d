"""Images from files: the idx format of MNIST, and the 8 x 8 digits as CSV, plain or gzipped.

idx (LeCun, the MNIST page): two zero bytes, the number type (8: unsigned byte), the number of axes,
the length of each axis as a big-endian uint32, then the numbers, the last axis fastest. Digits
(Alpaydin and Kaynak, UCI "optdigits"): no header; in each line 64 pixels, integers from 0 to 16,
row by row, then the class.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from collapse.data.corpus import held_apart
from collapse.errors import UserError
from collapse.files.open import IMAGES, unpacked, whole
from collapse.files.read import plain_text

BYTE = 8  # idx type code of unsigned bytes
IDX_TYPES = {9: "signed bytes", 11: "short integers", 12: "integers", 13: "floats", 14: "doubles"}
SIDE, BRIGHTEST = 8, 16  # side and largest pixel of the digits CSV
SHADES = " .:-=+*#%@"  # characters of a text image, from dark to bright
LISTED = 5  # errors of one kind that are listed one by one
SHOWN = 40  # characters shown of a cell


@dataclass(frozen=True, eq=False)
class Images:
    """Greyscale images of one size, with pixels from 0 (darkest) to 1 (brightest).

    Facts describe the whole file: `sha256` of its bytes as stored, `count`, `height`, `width`,
    `mean` pixel; with labels also `classes`, the number of images per label.
    """

    pixels: np.ndarray  # float32 (n, h, w) in [0, 1]
    labels: np.ndarray | None  # int32 (n,)
    name: str
    source: str
    facts: dict

    @property
    def rows(self) -> np.ndarray:
        """(n, h * w) images flattened line by line."""
        return self.pixels.reshape(len(self.pixels), -1)

    def split(self, share: float = 0.1, key: int = 0) -> tuple["Images", "Images"]:
        """Training images and held-out images, shuffled, as a fixed function of ``key``."""
        return tuple(self._only(places) for places in held_apart(len(self.pixels), share, key))

    def _only(self, places: np.ndarray) -> "Images":
        labels = None if self.labels is None else self.labels[places]
        return Images(self.pixels[places], labels, self.name, self.source, self.facts)


def load_images(path, labels=None) -> Images:
    """The images of an idx file with labels from a second idx file, or of a digits CSV, which
    contains its labels. Raises ``UserError``."""
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
    """Raw pixels (n, h, w), labels if the file contains them, and the largest possible pixel."""
    if plain[:2] != b"\0\0" and b"\0" not in plain[:4096]:
        return *_digits(plain_text(plain, path), path), BRIGHTEST
    return _idx(plain, path, axes=3), None, 255


def _idx(plain: bytes, path: str, axes: int) -> np.ndarray:
    """The byte array of an idx file with ``axes`` axes."""
    what = {1: "labels", 3: "images"}
    magic, expected_magic = plain[:4].hex(" ") or "nothing", f"00 00 08 {axes:02x}"
    if len(plain) < 4 or plain[:2] != b"\0\0" or plain[2] not in (BYTE, *IDX_TYPES):
        give = "an idx file or a digits CSV" if axes == 3 else "an idx file"
        raise UserError(
            f"{path} is not an idx file: it starts with {magic}, and {what[axes]} start with the "
            f"magic number {expected_magic}. Give {give}."
        )
    if plain[2] != BYTE:
        raise UserError(
            f"{path} holds {IDX_TYPES[plain[2]]}, and images and labels are unsigned bytes: its "
            f"magic number is {magic}, not {expected_magic}."
        )
    if plain[3] != axes:
        raise UserError(
            f"{path} holds {what.get(plain[3], f'an array of {plain[3]} axes')}, not {what[axes]}: "
            f"its magic number is {magic}, not {expected_magic}."
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
            "header declares. Fetch it again."
        )
    if expected == begin:
        raise UserError(f"{path} holds no {what[axes]}: its shape is {tuple(shape)}.")
    return np.frombuffer(plain, np.uint8, offset=begin).reshape(shape)


def _digits(text: str, path: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (n, 8, 8) and classes (n,) of a digits CSV. Raises ``UserError`` with all errors."""
    columns = SIDE * SIDE + 1
    lines = [(at, line) for at, line in enumerate(text.split("\n"), 1) if line.strip()]
    rows, errors = [], {"count": [], "number": [], "pixel": [], "class": []}

    def note(kind: str, at: int, what: str) -> None:
        listed = len(errors[kind]) < LISTED
        errors[kind].append(f"{path} line {at}{what}" if listed else "")  # others are counted

    for at, line in lines:
        if (many := line.count(",") + 1) != columns:
            note("count", at, f" has {many:,} numbers, not 65.")
            continue
        cells = line.split(",")
        try:
            row = list(map(int, cells))
        except ValueError:
            column = next(i for i, cell in enumerate(cells, 1) if not _whole(cell))
            cell = cells[column - 1].strip()[:SHOWN]
            note("number", at, f", column {column} is {cell!r}, not a whole number.")
            continue
        outside = [i for i, pixel in enumerate(row[:-1], 1) if not 0 <= pixel <= BRIGHTEST]
        if outside:
            pixel = str(row[outside[0] - 1])[:SHOWN]
            what = f", column {outside[0]} is {pixel}, and pixels must be from 0 to {BRIGHTEST}."
            note("pixel", at, what)
        if not 0 <= row[-1] <= 255:
            note("class", at, f" has class {str(row[-1])[:SHOWN]}, not from 0 to 255.")
        rows.append(row)
    sentences = [sentence for kind in errors.values() for sentence in _shortened(kind, path)]
    if sentences:
        raise UserError(
            *sentences, "A digits CSV has no header: 64 pixels and the class in each line."
        )
    table = np.array(rows, np.int64)
    return table[:, :-1].reshape(-1, SIDE, SIDE), table[:, -1]


def _whole(cell: str) -> bool:
    try:
        int(cell)
    except ValueError:
        return False
    return True


def _shortened(sentences: list[str], path: str) -> list[str]:
    more = len(sentences) - LISTED
    rest = [f"{more} more lines of {path} have the same error."] if more > 0 else []
    return sentences[:LISTED] + rest


def in_characters(pixels: np.ndarray) -> str:
    """An image (h, w) as text: a line break, then one line of characters per image row."""
    level = np.clip(np.asarray(pixels) * len(SHADES), 0, len(SHADES) - 1).astype(int)
    return "\n" + "\n".join("".join(SHADES[i] for i in line) for line in level)


def from_characters(text: str) -> np.ndarray:
    """The image (h, w) of such a text, each pixel in the middle of its shade."""
    lines = text.strip("\n").split("\n")
    return (np.array([[SHADES.index(c) for c in line] for line in lines]) + 0.5) / len(SHADES)
