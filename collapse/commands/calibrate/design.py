"""Which columns a regression of verdicts has, and the reason for each number that has none."""

from collections.abc import Callable

import numpy as np

from collapse.commands.calibrate.audit import Audit
from collapse.commands.calibrate.columns import FEATURES, QUALITIES
from collapse.stats.estimate import Estimate, missing

STEPS = {
    "label": "from wrong to right",
    "human": "per point of the human number",
    "better": "from worse to better",
}
PER = {"length": "per token", "typicality": "per nat"}
OWN = {
    "self": "no answer is by the judge's own model",
    "family": "no answer is by another model of the judge's maker",
}
FORMATS = ("markdown", "lists")
YES_OR_NO = (*OWN, *FORMATS)  # what an answer is or is not
MODELS = 8  # most models whose strengths are part of a regression
NO_TEXT = "there are no texts; --answers FILE adds them"
NOT_NAMED = "no columns judge and model (model_a, model_b) say whose the answers are"
WANTED = {  # why a coefficient has no column
    "quality": "not estimated: no column says what is right",
    "length": "not estimated: no column text or length",
    "typicality": "not estimated: no column, and no --reference to take it from",
    "self": NOT_NAMED,
    "family": NOT_NAMED,
    "markdown": NO_TEXT,
    "lists": NO_TEXT,
}


def quality_column(columns: dict) -> str | None:
    """The column of the true quality: the label first, as in a simulation items are right or wrong;
    columns that vary come before those that do not."""
    there = [name for name in (*QUALITIES, "better") if name in columns]
    varied = [name for name in there if varies(columns[name])]
    return next(iter(varied + there), None)


def varies(column: np.ndarray) -> bool:
    """Whether known values differ."""
    return bool(np.nanmax(column) > np.nanmin(column))


def units_of(unit: str, quality: str | None) -> dict[str, str]:
    """The units of coefficients by name."""
    units = {name: f"{unit} {per}" for name, per in PER.items()} | dict.fromkeys(YES_OR_NO, unit)
    return units | {"quality": f"{unit} {STEPS.get(quality, '')}".strip()}


def regress(
    audit: Audit,
    quality: str | None,
    units: dict[str, str],
    fit: Callable[[dict, np.ndarray], dict[str, Estimate]],
    kept: np.ndarray,
) -> None:
    """Add the coefficients of all biases to what was found. The format of texts is added in a
    second regression, so that it changes nothing about the others.

    Args:
        audit: what is under audit.
        quality: the column of the true quality.
        units: of each coefficient; those of strengths are added.
        fit: the regression, of columns and of the rows (n,) that it uses.
        kept: the rows (n,) it may use.
    """
    columns, reasons = audit.columns, dict(WANTED)
    used = {} if quality is None else {"quality": columns[quality]}
    used |= {name: columns[name] for name in FEATURES if name in columns}
    strengths = {} if quality else _strengths(audit, units)
    alone = len(set(audit.verdicts.judges)) < 2
    for name, none in OWN.items():
        if name not in columns:
            continue
        if not columns[name].any():
            reasons[name] = none
        elif quality is None and alone:
            reasons[name] = "one judge alone: its own answers may simply be better"
        else:
            used[name] = columns[name]
    rows = kept & np.all([np.ones(len(kept), bool), *map(np.isfinite, used.values())], 0)
    if rows.sum() < kept.sum():
        audit.notes.append(f"regression: the {rows.sum()} of {kept.sum()} rows with all columns")

    def fitted(names: dict) -> dict:
        return fit({name: x[rows] for name, x in names.items()}, rows)

    main = used | strengths
    regressed = fitted(main)
    formats = {n: columns[n] for n in FORMATS if n in columns and varies(columns[n][rows])}
    reasons |= {n: "the same in every row" for n in FORMATS if n in columns}
    if formats:
        found = fitted(main | formats)
        regressed |= {name: found[name] for name in formats}
    if strengths and (why := _fixed_sides(audit)):
        regressed = {n: e for n, e in regressed.items() if n not in strengths}
        regressed["position"] = missing(units["position"], why)
    absent = {n: missing(units[n], reasons[n]) for n in WANTED if n not in regressed}
    audit.found |= {name: (regressed | absent)[name] for name in {**WANTED, **regressed}}


def _strengths(audit: Audit, units: dict[str, str]) -> dict[str, np.ndarray]:
    """A column for each model but one: without a true quality, the models differ in it."""
    if audit.verdicts.models is None:
        return {}
    first, second = audit.verdicts.models
    base, *names = sorted({*first, *second} - {None})
    if len(names) > MODELS:
        audit.notes.append(f"{len(names) + 1} models: too many to give each a strength of its own")
        return {}
    place = [
        np.array([[name == n for n in names] for name in side], float) for side in (first, second)
    ]
    names = [f"{name} over {base}" for name in names]
    units |= dict.fromkeys(names, units["self"])
    columns = place[0] - place[1] if audit.verdicts.paired else place[0]
    return {name: columns[:, i] for i, name in enumerate(names)}


def _fixed_sides(audit: Audit) -> str:
    """Why place and model cannot be told apart; empty if they can."""
    if not audit.verdicts.paired or audit.verdicts.models is None:
        return ""
    first, second = map(set, audit.verdicts.models)
    if len(first) > 1 or len(second) > 1 or first == second:
        return ""
    return (
        f"the first is always by {first.pop()} and the second by {second.pop()}, so that the place "
        "and the model cannot be told apart"
    )
