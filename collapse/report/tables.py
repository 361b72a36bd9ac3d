"""Tables and sentences in the terminal, in one style for every command."""

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from collapse.report.console import console


def table(title: str, *headings: str, left: int = 1, fold: bool = True, **look) -> Table:
    """An empty table: the first ``left`` columns are text, the others numbers on the right. Text is
    folded where the terminal is narrow, or, without ``fold``, keeps its line."""
    made = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD, **look)
    for place, heading in enumerate(headings):
        if place < left:
            made.add_column(escape(heading), overflow="fold", no_wrap=not fold)
        else:
            made.add_column(escape(heading), justify="right", no_wrap=not fold)
    return made


def add(to: Table, *cells: str) -> None:
    """Add a row of plain text."""
    to.add_row(*map(escape, cells))


def short(text: str, most: int = 100) -> str:
    """Text cut to fit a cell."""
    return text if len(text) <= most else text[: most - 3] + "..."


def show(*parts: Table | str | Iterable[str]) -> None:
    """Print tables, sentences and lists of sentences on stdout, one after the other."""
    out = console(False)
    for part in parts:
        if isinstance(part, Table):
            out.print(part)
        else:
            for sentence in [part] if isinstance(part, str) else part:
                out.print(sentence, markup=False)


def saved(document: dict) -> list[str]:
    """A line for each file that a document was written to."""
    return [f"Saved: {path}" for path in document.get("written", ())]
