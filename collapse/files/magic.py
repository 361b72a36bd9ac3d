"""What a file is by its first bytes."""

from collapse.errors import UserError

HEAD = 4096  # bytes that are looked at

PACKED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
ARCHIVES = {b"PK\3\4": "zip", b"PK\5\6": "zip"}
TABLES = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\xff\xff\xff\xff": "arrow"}

# Files that hold no answers: what they are, and what to do.
OTHERS = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"BM": "a BMP image",
    b"II*\0": "a TIFF image",
    b"MM\0*": "a TIFF image",
    b"%PDF": "a PDF document; copy its text into a .txt file",
    b"%!PS": "a PostScript document",
    b"{\\rtf": "an RTF document; save it as plain text",
    b"\xd0\xcf\x11\xe0": "an old Microsoft Office document; save it as CSV or as text",
    b"SQLite format 3": "an SQLite database; write the table as CSV:"
    " sqlite3 -csv -header FILE 'select * from TABLE' > FILE.csv",
    b"\x89HDF": "an HDF5 file, such as model weights",
    b"GGUF": "GGUF model weights",
    b"ggml": "GGML model weights",
    b"\x93NUMPY": "a NumPy array",
    b"ORC": "an ORC table; write it as parquet",
    b"Obj\1": "an Avro file; write it as JSONL",
    b"FEA1": "a Feather file of version 1; write it again with a newer pyarrow",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive; unpack it first",
    b"Rar!": "a RAR archive; unpack it first",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"OggS": "an audio file",
    b"ID3": "an audio file",
    b"fLaC": "an audio file",
}
# The same of zip files, by the names of files in them.
PACKAGES = {
    "xl/workbook.xml": "an Excel workbook; save its sheet as CSV",
    "xl/workbook.bin": "an Excel workbook; save its sheet as CSV",
    "word/document.xml": "a Word document; save it as plain text",
    "ppt/presentation.xml": "a PowerPoint presentation",
    "content.xml": "an OpenDocument file; save it as CSV or as plain text",
    "data.pkl": "PyTorch model weights",
    "META-INF/MANIFEST.MF": "a Java archive",
}
PICKLES = tuple(b"\x80" + bytes([number]) for number in (2, 3, 4, 5))
PAGES = (b"<!doctype html", b"<html", b"<?xml", b"<svg")


def packing(head: bytes) -> str | None:
    """How a file that begins with these bytes is compressed; None if it is not."""
    return next((name for magic, name in PACKED.items() if head.startswith(magic)), None)


def archive(head: bytes) -> str | None:
    """``zip`` or ``tar``; None for other files."""
    if head[257:262] == b"ustar":
        return "tar"
    return next((name for magic, name in ARCHIVES.items() if head.startswith(magic)), None)


def table(head: bytes) -> str | None:
    """``parquet`` or ``arrow``; None for other files."""
    return next((name for magic, name in TABLES.items() if head.startswith(magic)), None)


def refuse_other(head: bytes, place) -> None:
    """Raise ``UserError`` for a file of a wrong kind, such as an image, by what it is."""
    what = next((what for magic, what in OTHERS.items() if head.startswith(magic)), None)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower()
    if start.startswith(PAGES):
        what = "an HTML or XML page, not data: a download may have saved the page around the file"
    elif head.startswith(PICKLES):
        what = "a Python pickle, which may run code when opened; write its data as JSONL or parquet"
    elif head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        what = "a WebP image, an audio file or a video"
    elif head[4:8] == b"ftyp":
        what = "a video"
    elif head[8:9] == b"{" and head[3:8] == b"\0" * 5 and head[9:10] in b'" \n}':
        what = "safetensors model weights"
    if what and not _is_text(head, what):
        raise _refusal(place, what)


def refuse_package(names: list[str], place) -> None:
    """Raise ``UserError`` for a zip file of a wrong kind, such as a workbook, by the ``names`` of
    the files in it."""
    if names and all(name.endswith(".npy") for name in names):
        raise _refusal(place, "an archive of NumPy arrays")
    for part, what in PACKAGES.items():
        if any(name == part or name.endswith(f"/{part}") for name in names):
            raise _refusal(place, what)


def _refusal(place, what: str) -> UserError:
    what, _, do = what.partition("; ")
    do = f"{do[:1].upper()}{do[1:]}" if do else "Give a file of answers or verdicts"
    return UserError(f"{place} is {what}. {do}.")


def _is_text(head: bytes, what: str) -> bool:
    """Whether a file with letters as its first bytes, such as BM, is plain text after all."""
    if what.startswith(("an HTML", "a PDF", "a PostScript", "an RTF")):
        return False
    sample = head[:512]
    return not any(byte < 9 or 13 < byte < 32 for byte in sample) and _decodes(sample)


def _decodes(sample: bytes) -> bool:
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.start > len(sample) - 4
    return True
