"""An audit under way: the verdicts, what was found in them, and the base rate beside each
number."""

from dataclasses import dataclass, field, replace

import numpy as np

from collapse.commands.calibrate.sentences import sentences_of
from collapse.commands.calibrate.verdicts import Verdicts
from collapse.stats.estimate import Estimate
from collapse.stats.proportions import none_seen, share

NOISE = ("noise", "repeat_noise")  # spreads, which are 0 for no judge


@dataclass(frozen=True)
class Base:
    """What a number would be without what it shows: of a judge that cannot tell, or by chance."""

    value: float
    meaning: str


@dataclass(frozen=True)
class Calibration:
    """Estimates of a judge by name; ``kind`` of the verdicts is accepts, scores or pairs."""

    kind: str
    rows: int
    quality: str | None  # which column stands for the true quality: label, human or better
    estimates: dict[str, Estimate]
    notes: list[str] = field(default_factory=list)
    bases: dict[str, Base] = field(default_factory=dict)  # base rates of estimates, by their names
    diagram: list[dict] = field(default_factory=list)  # bins of the reliability diagram
    left_out: dict[str, int] = field(default_factory=dict)  # rows without a verdict, by reason
    reference: str = "people"  # what the judge's verdicts are compared with

    @property
    def sentences(self) -> list[str]:
        """The estimates in plain language."""
        return sentences_of(self)


class Audit:
    """The verdicts under audit, and what has been found so far."""

    def __init__(self, verdicts: Verdicts, notes: list[str]):
        self.verdicts, self.notes = verdicts, notes
        self.found: dict[str, Estimate] = {}
        self.bases: dict[str, Base] = {}
        self.columns = dict(verdicts.columns)
        self.reference = "people"

    def say_clusters(self) -> None:
        """Add a note on what the intervals count."""
        cluster, what = self.verdicts.cluster, self.verdicts.cluster_of
        if cluster is None:
            return
        count = len(np.unique(cluster))
        if count == 1 and self.verdicts.rows > 1:
            self.notes.append(
                f"one {what} only: intervals take its rows as independent, and say nothing about "
                f"other {what}s"
            )
        elif count < self.verdicts.rows:
            self.notes.append(f"intervals count {count} {what}s, not {self.verdicts.rows} rows")

    def cluster(self, rows=slice(None)) -> np.ndarray | None:
        """The clusters of some rows."""
        return None if self.verdicts.cluster is None else self.verdicts.cluster[rows]

    def share(self, hits: np.ndarray, rows=slice(None)) -> Estimate:
        """The share of ones among ``hits`` of some rows, its interval by clusters."""
        return share(hits, self.cluster(rows), self.verdicts.cluster_of)

    def agreed(self, name: str, found: Estimate, what: str) -> None:
        """Add an agreement of at most 1, of clusters called ``what``. Where it is 1 the jackknife
        has no interval, and what it says of disagreement is told instead."""
        if found.known and found.value == 1 and found.low != found.low:
            most = none_seen(found.n)
            why = (
                f"no disagreement is seen in {found.n} {what}s, so that at most {100 * most:.2g} %"
                f" of all {what}s hold one (one-sided, 95 %)"
            )
            found = replace(found, reason=why)
        self.found[name] = found

    def done(self, kind: str, quality: str | None, diagram=()) -> Calibration:
        """The calibration."""
        verdicts = self.verdicts
        if verdicts.left_out:
            self.found["abstained"] = share(verdicts.silent, verdicts.asked)
            self.bases["abstained"] = Base(0.0, "a judge that always gives a verdict")
        for name, each in self.found.items():
            if each.best is not None and each.unit not in ("", "share") and name not in NOISE:
                self.bases.setdefault(name, Base(0.0, "no such bias"))
        return Calibration(
            kind,
            verdicts.rows,
            quality,
            self.found,
            self.notes,
            self.bases,
            list(diagram),
            verdicts.left_out,
            self.reference,
        )
