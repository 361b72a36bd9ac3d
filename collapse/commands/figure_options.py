"""What a user chooses of a figure: names are checked before anything is run or drawn."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from collapse.errors import UserError, attempt, harmless
from collapse.files.containers import sources
from collapse.files.read import read_records
from collapse.files.troubles import STRICT, FileRead, Troubles
from collapse.report.figures import Look
from collapse.report.style import HOUSE, venue_of
from collapse.runs.run import Run
from collapse.scenario.load import find, load_file
from collapse.scenario.registry import measure_of
from collapse.scenario.scenario import scenario_files
from collapse.stats.intervals import interval_errors
from collapse.suggest import unknown

COLUMNS = ("arm", "curve", "generation", "value")  # of a file of published points


@dataclass(frozen=True)
class Chosen:
    """The options of ``collapse figure`` as they were typed; None means not given."""

    interval: str | None = None
    venue: str | None = None
    label: list[str] | None = None  # ARM=TEXT
    log: str | None = None
    curves: str | None = None  # names with commas
    arms: str | None = None
    data: Path | None = None

    def look(self) -> Look:
        """Interval, venue, curves and scale, checked. Raises ``UserError`` with all errors."""
        errors = interval_errors(self.interval) if self.interval else []
        if self.log not in (None, "y"):
            errors.append(f"--log must be y, the axis to make logarithmic, not {self.log!r}.")
        if wrong := [text for text in self.label or [] if "=" not in text]:
            errors += [f"--label {text} must be ARM=TEXT." for text in wrong]
        venue = attempt(errors, venue_of, self.venue) if self.venue else HOUSE
        if self.data and not self.data.is_file():
            errors.append(f"There is no file {self.data} of published points.")
        if errors or venue is None:
            raise UserError(*errors)
        return Look(self.interval, tuple(_words(self.curves)), self.log == "y", venue)

    def labels(self) -> dict[str, str]:
        """{arm: text} of ``--label``."""
        return dict(text.split("=", 1) for text in self.label or [])

    def check(self, arms: list[str], curves: list[str], where: str) -> None:
        """Raise ``UserError`` for names of arms and curves that are not there."""
        asked = [*_words(self.arms), *self.labels()]
        errors = [unknown(f"arm in {where}", arm, arms) for arm in asked if arm not in arms]
        errors += [_no_curve(c, curves, where) for c in _words(self.curves) if c not in curves]
        if errors:
            raise UserError(*dict.fromkeys(errors))

    def of(self, run: Run) -> Run:
        """The run with the arms and labels that were chosen, and with published points."""
        kept = _words(self.arms) or run.arms
        places = [run.arms.index(arm) for arm in kept]
        curves = {name: values[places] for name, values in run.curves.items()}
        arms = {arm: run.manifest["arms"][arm] for arm in kept}
        labels = run.manifest.get("labels", {}) | self.labels()
        points = published(self.data, run, kept) if self.data else {}
        manifest = run.manifest | {"arms": arms, "labels": labels}
        return replace(run, manifest=manifest, curves=curves, points=points)


def _words(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def _no_curve(name: str, curves: list[str], where: str) -> str:
    """The sentence for a curve that is not there: which measure records it, if one does."""
    measure = measure_of(name)
    if measure is None:
        return unknown(f"curve in {where}", name, curves)
    return (
        f"There is no curve {name!r} in {where}: the measure {measure} records it. Add it to the "
        "measures of the arms and run again."
    )


def published(path: Path, run: Run, arms: list[str]) -> dict[tuple[str, str], np.ndarray]:
    """The published points of a file: {(arm, curve): (points, 2)}. Its columns are ``COLUMNS``,
    or what ``published(rows)`` in the file of the run's shipped scenario reads. Raises
    ``UserError``."""
    rows = []
    for source in sources([path]):
        about, broken = FileRead(str(source)), Troubles(STRICT)
        rows += [row for _, row in read_records(source, about, broken, lambda *_: None)]
        if broken.count:
            raise UserError(*broken.sentences())
    name = run.manifest["scenario"]
    module = load_file(find(name), "scenario") if name in scenario_files() else None
    own = getattr(module, "published", None)
    lacking = [column for column in COLUMNS if rows and column not in rows[0]]
    if not lacking:
        points = [_point(row, path) for row in rows]
        strange = dict.fromkeys(arm for arm, *_ in points if arm not in run.arms)
        errors = [unknown(f"arm in {path}", arm, run.arms) for arm in strange]
        strange = dict.fromkeys(curve for _, curve, *_ in points if curve not in run.curves)
        errors += [unknown(f"curve in {path}", curve, run.curves) for curve in strange]
        if errors:
            raise UserError(*errors)
    else:
        try:
            points = own(rows) if own else []
        except (LookupError, TypeError, ValueError) as error:
            raise UserError(f"{path} has not the columns of {name}: {error}.") from None
    if not points:
        missing = ", ".join(lacking)
        raise UserError(f"{path} lacks columns of published points: {missing}; or it has no rows.")
    found: dict[tuple[str, str], list] = {}
    for arm, curve, *place in points:
        if arm in arms:
            found.setdefault((arm, curve), []).append(tuple(place))
    return {key: np.array(sorted(values)) for key, values in found.items()}


def _point(row: dict, path: Path) -> tuple[str, str, float, float]:
    """Arm, curve, generation and value of a row. Raises ``UserError``."""
    try:
        arm, curve, generation, value = (row[column] for column in COLUMNS)
        place = float(generation), float(value)
        if not all(map(math.isfinite, place)):
            raise ValueError
        return str(arm), str(curve), *place
    except (KeyError, TypeError, ValueError, OverflowError):
        shown = harmless(str({k: row.get(k) for k in COLUMNS}))[:100]
        raise UserError(
            f"{path}: a row is no point: {shown}. Generation and value must be finite numbers."
        ) from None
