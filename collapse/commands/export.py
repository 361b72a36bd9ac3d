"""``collapse export``: the curves of a run as a table, or its samples as JSONL."""

from pathlib import Path

from collapse.report.console import say
from collapse.report.document import document
from collapse.runs.export import export
from collapse.runs.run import load


def export_run(directory: Path, kind: str, out: Path | None, quiet: bool) -> dict:
    """Write the per-seed values, or the samples, of a run; the document for ``--json``."""
    path = export(load(directory), kind, out)
    say(path, quiet)
    return document("export", {"written": [str(path)]})
