"""``collapse export``: the curves of a run as a table."""

from pathlib import Path

from collapse.report.console import say
from collapse.report.document import document
from collapse.runs.export import FORMATS, export
from collapse.runs.run import load


def export_run(directory: Path, kind: str, out: Path | None, quiet: bool) -> dict:
    """Write the per-seed values of a run; the document for ``--json``."""
    run = load(directory)
    suffix = FORMATS.get(kind, kind)
    path = export(run, kind, out or directory / f"curves.{suffix}")  # NAME.csv is the figure's
    say(path, quiet)
    return document("export", {"written": [str(path)]})
