"""How files were read, in the terminal: what ``--explain`` prints."""

from collections.abc import Iterable

from collapse.report.tables import add, short, show, table

MOST = 20  # files that are explained


def show_reads(reads: list[dict]) -> None:
    """Print what each file was taken for, its paths, rows of it as they were read, and counts."""
    for about in reads[:MOST]:
        show(_sentences(about), _rows(about))
    if len(reads) > MOST:
        show(f"{len(reads) - MOST} more files were read likewise.")


def _sentences(about: dict) -> Iterable[str]:
    packed = f", compressed ({', '.join(about['packed'])})" if about["packed"] else ""
    encoding = f", {about['encoding']}" if about["encoding"] else ""
    taken = f", taken for {about['format']}" if about["format"] else ""
    yield f"{about['file']}: {about['kind']}{encoding}{packed}{taken}."
    for role, path in about["paths"].items():
        yield f"  {role}: {path}"
    yield "  " + ", ".join(f"{what}: {many:,}" for what, many in about["counts"].items())
    yield from (f"  {note}" for note in about["notes"])


def _rows(about: dict):
    names = ["place", "text", "prompt", "model", "mark"]
    names[-1] = "verdict" if any("verdict" in row for row in about["rows"]) else names[-1]
    made = table("The first rows, as read", *names, left=5)
    for row in about["rows"]:
        cells = (row[name] for name in names)
        add(made, *(short("" if cell is None else cell, 60) for cell in cells))
    return made
