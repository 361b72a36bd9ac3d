"""Agreement of a judge with people, and of several judges with each other."""

import numpy as np

from collapse.commands.calibrate.audit import Audit, Base
from collapse.stats.agreement import cohen, constant, fleiss, krippendorff
from collapse.stats.clusters import jackknife, totals
from collapse.stats.estimate import missing

NAMES = ("agreement", "kappa", "alpha", "fleiss")
STEPS = 20  # most different numbers that count as grades


def agreement(audit: Audit, outcome: np.ndarray, quality: str | None) -> None:
    """Add the agreement of the judge's outcomes (n,) with people: their verdicts on the same
    answers if the file holds them, else the column of the true quality."""
    verdicts, columns = audit.verdicts, audit.columns
    persons = list(verdicts.people.values())
    ordinal = not verdicts.paired and verdicts.score is not None
    if outcome is None:
        return
    if not persons and verdicts.paired and "better" in columns:
        persons = [(columns["better"] + 1) / 2]
    elif not persons and not verdicts.paired:
        name = "human" if ordinal else "label"
        persons = [columns[name]] if name in columns else []
        audit.reference = "people" if ordinal else "the labels"
    if not persons:
        wanted = "human" if ordinal else "better" if verdicts.paired else "label"
        reason = f"no column {wanted} and no verdicts of people to agree with"
        audit.found |= dict.fromkeys(NAMES[:3], missing("", reason))
        return
    outcome = (
        np.where(outcome > 0.5, 1.0, np.where(outcome < 0.5, 0.0, 0.5))
        if verdicts.paired
        else outcome
    )
    ratings = np.column_stack([outcome, *persons])
    count = (~np.isnan(ratings[:, 1:])).sum(1)
    if not (count > 0).any():
        audit.found |= dict.fromkeys(
            NAMES[:3], missing("", "people and judge saw no answers in common")
        )
        return
    _two(audit, outcome, persons, ordinal)
    rows = count > 0
    _add(audit, "alpha", krippendorff(ratings[rows], ordinal), rows)
    if len(persons) > 1:
        full = ~np.isnan(ratings).any(1)
        if full.any() and not ordinal:
            _add(audit, "fleiss", fleiss(ratings[full]), full)


def _two(audit: Audit, outcome, persons, ordinal: bool) -> None:
    """Agreement and kappa of judge and people: every verdict of a person counts once."""
    at = [np.flatnonzero(~np.isnan(person)) for person in persons]
    theirs = np.concatenate([person[rows] for person, rows in zip(persons, at, strict=True)])
    rows = np.concatenate(at)
    own = outcome[rows]
    audit.found["agreement"] = audit.share((own == theirs).astype(float), rows)
    if audit.verdicts.paired:
        audit.bases["ties"] = Base(float(np.mean(theirs == 0.5)), "ties of people")
    audit.bases["agreement"] = Base(constant(theirs), "always the same verdict, the best one")
    graded = ordinal and len(np.unique([*own, *theirs])) > 2
    if graded and len(np.unique([*own, *theirs])) > STEPS:
        audit.found["kappa"] = missing(
            "", f"scores have more than {STEPS} different values: see alpha"
        )
        return
    _add(audit, "kappa", cohen(np.column_stack([own, theirs]), graded), rows)


def _add(audit: Audit, name: str, parts, rows) -> None:
    sums, statistic = parts
    cluster, what = audit.cluster(rows), audit.verdicts.cluster_of
    what = "row" if cluster is None else what
    audit.agreed(name, jackknife(totals(sums, cluster), statistic, "", -1, 1, what), what)
    audit.bases[name] = Base(0.0, "a constant, or chance")
