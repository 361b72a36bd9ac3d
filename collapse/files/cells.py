"""Tables of delimited text: which delimiter, a header or none, and lists within cells."""

import ast
import csv
import io
import re
import tokenize
from collections import Counter

from collapse.files.names import ANSWERS
from collapse.files.open import LINE, Unparsed, parsed

NUMBER = re.compile(r"[-+]?[.,]*\d[\d.,]*([eE][-+]?\d+)?")
SENTENCE = re.compile(r"\S+\s+\S+\s.*[.!?\u2026]", re.DOTALL)
DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
LOOKED = 50  # rows by which the delimiter is told
ODD = 0.1  # share of rows that may have other numbers of cells than the header
CELL = 1 << 20  # characters of a cell that is read as a list


def delimiter(start: str, whole: bool) -> str:
    """The delimiter of a table that begins with this text, of which the last line may be cut unless
    it is the ``whole``; a comma if none separates columns."""
    scores = {mark: _steady(start, mark, whole) for mark in DELIMITERS}
    best = max(scores, key=lambda mark: scores[mark])
    return best if scores[best] else ","


def _steady(start: str, mark: str, whole: bool) -> int:
    """The number of columns by a delimiter; 0 if the rows do not agree on it."""
    rows = _rows(start, mark, whole)
    if not rows or len(rows[0]) < 2:
        return 0
    same = sum(len(row) == len(rows[0]) for row in rows)
    odd = len(rows) - same
    return len(rows[0]) if same > 1 and odd <= max(1, ODD * len(rows)) else 0


def _rows(start: str, mark: str, whole: bool) -> list[list[str]]:
    csv.field_size_limit(LINE)
    reader, rows = csv.reader(io.StringIO(start), delimiter=mark), []
    try:
        for row in reader:
            if any(row):
                rows.append(row)
            if len(rows) > LOOKED:
                break
    except csv.Error:
        pass
    return rows if whole or len(rows) < 2 or len(rows) > LOOKED else rows[:-1]


def is_table(start: str, whole: bool) -> bool:
    """Whether text without a telling name is a table: its first line holds names of columns, one of
    them usual for answers, and the rows agree on their number."""
    mark = delimiter(start, whole)
    rows = _rows(start, mark, whole)
    if len(rows) < 2 or len(rows[0]) < 2 or not _steady(start, mark, whole):
        return False
    names = [cell.strip().lower() for cell in rows[0]]
    return all(re.fullmatch(r"[\w .-]{1,40}", name) for name in names) and (
        any(name in ANSWERS for name in names) and len(set(names)) == len(names)
    )


def is_header(cells: list[str]) -> bool:
    """Whether a first row names columns: no numbers, unless they count the columns, and no
    sentences."""
    cells = [cell.strip() for cell in cells]
    if all(cell.isdigit() for cell in cells if cell) and any(cells):
        numbers = [int(cell) for cell in cells if cell]
        return numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] < 2
    return not any(NUMBER.fullmatch(cell) or SENTENCE.fullmatch(cell) for cell in cells)


def listed_columns(rows: list[dict]) -> set[str]:
    """The columns of a table whose cells are all lists or objects, in JSON or as Python writes
    them."""
    seen: Counter = Counter()
    kept: Counter = Counter()
    for row in rows:
        for name, cell in row.items():
            if isinstance(cell, str) and cell.strip():
                seen[name] += 1
                kept[name] += cell.lstrip()[:1] in "[{" and isinstance(value_of(cell), list | dict)
    return {name for name, many in seen.items() if kept[name] == many}


def value_of(cell: str):
    """The list or object in a cell; the cell itself if it is something else."""
    text = cell.strip()
    if text[:1] not in ("[", "{") or len(text) > CELL:
        return cell
    try:
        return parsed(text)
    except Unparsed:
        pass
    try:
        return ast.literal_eval(_with_commas(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return cell


def _with_commas(text: str) -> str:
    """A list as NumPy prints it has no commas between texts, which Python would join."""
    if not re.search(r"""['"]\s+['"]""", text):
        return text
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text.replace("\n", " ")).readline))
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return text
    made = []
    for one, after in zip(tokens, [*tokens[1:], None], strict=True):
        made.append(one.string)
        if one.type == tokenize.STRING and after is not None and after.type == tokenize.STRING:
            made.append(",")
    return "".join(made)
