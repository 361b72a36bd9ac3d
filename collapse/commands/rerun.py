"""``collapse rerun``: repeat a run from its manifest, and compare every number."""

import tempfile
from pathlib import Path

import numpy as np

from collapse.commands.request import Options, scenario_of
from collapse.commands.run import run_to_disk
from collapse.errors import UserError
from collapse.report.document import document
from collapse.report.numbers import number
from collapse.report.tables import show
from collapse.runs.manifest import differing, manifest_of, versions
from collapse.runs.run import Run, load
from collapse.scenario.scenario import Scenario, scenario_files

TOLERANCE = {"single": 1e-3, "double": 1e-9}  # on another layout, relative to the curve's range
FILES = ("name", "judge", "data", "labels")  # options that may name a file of the user's
NUMBERS = ("length", "vocab")
RECORDED = ("size", "judge", "data", "field", "unit", "tokens", "labels")


def rerun(directory: Path, given: Options, quiet: bool) -> tuple[dict, bool]:
    """Repeat the run of a directory in a temporary one, and compare; the document for ``--json``,
    and whether it could be repeated. ``given`` says where files of the user's are now."""
    before = load(directory)
    options = recorded(before, given)
    scenario = scenario_of(options)
    reasons = not_the_same(before, scenario, options)
    found: dict[str, float] = {}
    if not reasons:
        with tempfile.TemporaryDirectory(prefix="collapse-rerun-") as place:
            found = differences(before, run_to_disk(scenario, Path(place) / "run", options, quiet))
        largest = max(found.values(), default=0.0)
        allowed = TOLERANCE[options.precision] if layouts(before) else 0.0
        if largest > allowed:
            worst = max(found, key=found.get)
            reasons = [f"{worst} differs by {number(largest, 2)} of its range: {_cause(before)}."]
    body = {
        "run": str(directory),
        "equal": not reasons and not any(found.values()),
        "repeated": not reasons,
        "layout": layouts(before),
        "largest_difference": _finite(max(found.values(), default=0.0)),
        "reasons": reasons,
    }
    if not quiet:
        show(_sentences(before, body))
    return document("rerun", body), not reasons


def recorded(run: Run, given: Options) -> Options:
    """The options that the manifest records, with the paths of files as ``given`` now. Raises
    ``UserError`` for a file that is not there, and for code that is not given: what a manifest
    names is never run, as it may come from anywhere."""
    manifest = run.manifest
    errors = []
    held: dict = {"settings": []}
    for change in manifest["changes"]:
        flag, _, value = change.removeprefix("--").partition(" ")
        if flag == "set":
            held["settings"].append(value)
        elif flag in NUMBERS:
            if not (value.isascii() and value.isdecimal() and len(value) < 10):
                errors.append(f"{run.directory} was run with {change!r}, which is no number.")
            else:
                held[flag] = int(value)
        elif flag in RECORDED:
            held[flag] = value
    name = manifest["scenario"]
    held["name"] = name if name in scenario_files() else None
    held |= {k: getattr(given, k) for k in FILES if getattr(given, k) is not None}
    if held["name"] is None:
        errors.append(f"{name} is no scenario of collapse: say where its file is, --name FILE.py.")
    if given.judge is None and _is_code(held.get("judge", "")):
        errors.append(f"Its judge is code: say where its file is, --judge {held['judge']}.")
    errors += [
        f"Its setting {setting} is code: collapse runs none that a manifest names. Give it as "
        f"well: --set {setting}."
        for setting in held["settings"]
        if _is_code(setting.partition("=")[2]) and setting not in (given.settings or [])
    ]
    for flag in ("data", "labels"):
        if (file := held.get(flag)) and "." in str(file) and not Path(file).exists():
            errors.append(f"{file} is not here: say where it is, --{flag} PATH.")
    if errors:
        raise UserError(*errors)
    layout, sizes = manifest["layout"], {*manifest["layout"]["batch_seeds"].values()}
    held |= {k: Path(held[k]) for k in ("data", "labels") if held.get(k)}
    return Options(
        **held,
        seeds=manifest["seeds"],
        generations=manifest["generations"],
        key=layout["key"],
        precision=layout["precision"],
        batch_seeds=sizes.pop() if len(sizes) == 1 else None,
    )


def _is_code(value: str) -> bool:
    """Whether a value names a file of code, as judges may."""
    return ":" in value or value.endswith(".py")


def not_the_same(run: Run, scenario: Scenario, options: Options) -> list[str]:
    """Why the scenario is not the one that was run: parts that differ, by their paths."""
    reasons = []
    if not run.manifest["finished"]:
        reasons.append("The run is not finished: go on with it first.")
    now = manifest_of(scenario, options.key, options.batch_seeds)["arms"]
    for arm, then in run.manifest["arms"].items():
        if arm not in now:
            reasons.append(f"There is no arm {arm} any more.")
        elif then["identity"] != now[arm]["identity"]:
            paths = ", ".join(differing(then["parts"], now[arm]["parts"])) or "its parts"
            reasons.append(f"The arm {arm} is not the same: it differs in {paths}.")
    return reasons


def layouts(run: Run) -> list[str]:
    """What is another than it was: versions of packages, the kind of device."""
    from jax import default_backend

    now = versions() | {"backend": default_backend()}
    then = run.manifest["versions"] | {"backend": run.manifest["layout"]["backend"]}
    return [f"{k} {then.get(k)}, {now[k]} now" for k in now if then.get(k) != now[k]]


def differences(before: Run, after: Run) -> dict[str, float]:
    """{arm/curve: largest difference relative to the range of the curve}; infinite where one has a
    number and the other has none."""
    found = {}
    for arm in before.arms:
        for name in before.curves:
            then, now = before.curve(arm, name), after.curve(arm, name)
            both = np.isfinite(then) & np.isfinite(now)
            if then.shape != now.shape or not np.array_equal(then[~both], now[~both], True):
                found[f"{arm}/{name}"] = np.inf
            elif both.any():
                span = float(np.ptp(then[both])) or float(np.abs(then[both]).max()) or 1.0
                gap = np.abs(then[both].astype(float) - now[both].astype(float)).max()
                found[f"{arm}/{name}"] = float(gap) / span
    return found


def _finite(gap: float) -> float | None:
    return gap if np.isfinite(gap) else None


def _cause(run: Run) -> str:
    other = layouts(run)
    return f"other versions or devices ({'; '.join(other)})" if other else "nothing else differs"


def _sentences(run: Run, body: dict) -> list[str]:
    about = f"{len(run.curves)} curves of {len(run.arms)} arms x {run.manifest['seeds']} seeds"
    if body["equal"]:
        return [f"Repeated: {about} are equal bit for bit."]
    if body["repeated"]:
        gap = number(body["largest_difference"], 2)
        return [f"Repeated: {about} differ by at most {gap} of their range ({_cause(run)})."]
    return ["Not repeated.", *body["reasons"]]
