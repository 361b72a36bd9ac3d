"""What faults did, counted by kind.

survived   afterwards the same command gives the bits of a run that nothing happened to; where a
           sentence named a file to delete, after deleting it
named      a sentence said what is wrong, and nothing was used
lost       the bits could not be had again
wrong      a result of other bits was given without a sentence
"""

import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
HEADS = ("injected", "named", "survived", "lost", "wrong")


@dataclass
class Row:
    injected: int = 0
    named: int = 0
    survived: int = 0
    lost: int = 0
    wrong: int = 0


@dataclass
class Ledger:
    rows: dict[str, Row] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)  # what was lost or wrong, one line each

    def count(self, kind: str, equal: bool, named: bool = False, wrong: str = "") -> None:
        """Count a fault: whether the bits are those of an undisturbed run in the end, whether a
        sentence named it, and what was silently ``wrong``, if anything."""
        row = self.rows.setdefault(kind, Row())
        row.injected += 1
        row.named += named
        row.survived += equal and not wrong
        row.lost += not equal and not wrong
        row.wrong += bool(wrong)
        if wrong or not equal:
            self.bad.append(f"{kind}: {wrong or 'the bits are not there again'}")

    def lines(self) -> list[str]:
        """A table in Markdown, with the sums."""
        whole = Row(**{k: sum(getattr(row, k) for row in self.rows.values()) for k in HEADS})
        heads = ("fault", "injected", "told by a sentence", "survived", "lost", "silently wrong")
        lines = ["| " + " | ".join(heads) + " |", "|---" + "|--:" * len(HEADS) + "|"]
        for kind, row in [*self.rows.items(), ("**all**", whole)]:
            lines.append("| " + " | ".join([kind, *map(str, asdict(row).values())]) + " |")
        return lines


def write_into_page(mark: str, lines: list[str]) -> None:
    """Put lines between ``<!-- MARK -->`` and ``<!-- end -->`` of docs/reliability.md."""
    between = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end -->)", re.DOTALL)
    text = "\n".join(lines) + "\n"
    PAGE.write_text(between.sub(lambda found: found[1] + text + found[2], PAGE.read_text()))
