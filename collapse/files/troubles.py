"""What was read from each file, what was left out, and the lines that could not be read."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

SHOWN = 3  # rows of a file that are shown as they were read
STRICT = 50  # errors of a file that --strict lists
LEFT = ("failed", "null", "empty", "cut", "refusals")  # marks of answers, in order
DEFAULT_LEFT_OUT = frozenset(("failed", "null", "empty"))
WORDS = {
    "failed": "failed requests",
    "null": "null answers",
    "empty": "empty answers",
    "cut": "answers cut off at the token limit",
    "refusals": "refusals",
}


@dataclass
class Troubles:
    """Errors in the lines of files: counted by file, the first ``most`` of each as sentences."""

    most: int = 3
    counts: dict[str, int] = field(default_factory=dict)
    shown: dict[str, list[tuple[int, str]]] = field(default_factory=dict)  # by number of the row

    def note(self, source, where: str, what: str) -> None:
        """Count an error at a place such as "line 3". Errors may be noted out of order, as the
        first lines are looked at before they are read."""
        name = str(source)
        self.counts[name] = self.counts.get(name, 0) + 1
        shown = self.shown.setdefault(name, [])
        shown.append((int(where.rsplit(" ", 1)[-1]), f"{name}, {where}: {what}."))
        shown.sort()
        del shown[self.most :]

    def add(self, others: "Troubles") -> None:
        """Add the errors of other files."""
        for name, count in others.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
            self.shown[name] = sorted(self.shown.get(name, []) + others.shown[name])[: self.most]

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def sentences(self) -> list[str]:
        """The errors shown, and how many more each file has."""
        rest = [
            f"{name}: {count - self.most:,} more such lines."
            for name, count in self.counts.items()
            if count > self.most
        ]
        return [sentence for shown in self.shown.values() for _, sentence in shown] + rest

    def about(self) -> dict:
        """What documents hold of the errors."""
        return {"count": self.count, "sentences": self.sentences()}


@dataclass
class FileRead:
    """How one file was read: what it was taken for, the paths of its columns, three rows of it,
    and what was counted."""

    file: str
    kind: str = ""  # "jsonl", "csv", "parquet", ...
    packed: list[str] = field(default_factory=list)
    encoding: str = "UTF-8"
    format: str | None = None  # of the table in formats.py; None if the columns were guessed
    paths: dict[str, str] = field(default_factory=dict)  # role: path
    rows: list[dict] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def taken_for(self) -> str:
        """Where the answers, or the verdicts, were found, as a sentence."""
        if self.format is None:
            role = "verdicts" if "verdicts" in self.paths else "answers"
            return f"The {role} are in the column {self.paths[role]}."
        paths = "; ".join(f"{role} {path}" for role, path in self.paths.items())
        return f"Taken for {self.format} ({paths})."

    def about(self) -> dict[str, Any]:
        """As a part of a JSON document."""
        return {
            "file": self.file,
            "kind": self.kind,
            "packed": self.packed,
            "encoding": self.encoding,
            "format": self.format,
            "paths": self.paths,
            "rows": self.rows,
            "counts": dict(self.counts),
            "notes": self.notes,
        }


def left_out(include: str | None, exclude: str | None, errors: list[str]) -> frozenset[str]:
    """The marks of answers that are left out, by lists with commas of what to keep and what to
    leave out beside the defaults. Mistakes are added to ``errors``."""
    keep, leave = (
        [part.strip() for part in (given or "").split(",") if part.strip()]
        for given in (include, exclude)
    )
    errors += [
        f"--{option} {name}: choose from {', '.join(LEFT)}, with commas between them."
        for option, names in (("include", keep), ("exclude", leave))
        for name in names
        if name not in LEFT
    ]
    errors += [f"{name} is both in --include and in --exclude." for name in {*keep} & {*leave}]
    return (DEFAULT_LEFT_OUT | set(leave)) - set(keep)


def told(reads: list[FileRead], out: frozenset[str]) -> list[str]:
    """Sentences on what was left out of the files and what was kept all the same."""
    counts: Counter = sum((read.counts for read in reads), Counter())
    sentences = []
    gone = [_counted(mark, counts) for mark in LEFT if counts[mark] and mark in out]
    kept = [_counted(mark, counts) for mark in LEFT if counts[mark] and mark not in out]
    if gone:
        sentences.append(f"Left out: {', '.join(gone)}. --include keeps them.")
    if kept:
        sentences.append(f"Counted as answers: {', '.join(kept)}. --exclude leaves them out.")
    if counts["reasoning"]:
        many = f"{counts['reasoning']:,} answer{'s' * (counts['reasoning'] > 1)}"
        sentences.append(f"Reasoning is set apart from {many}.")
    return sentences


def _counted(mark: str, counts: Counter) -> str:
    return f"{WORDS[mark]} ({counts[mark]:,})"
