"""Write a calibration as a judge: a Python file for ``--judge``.

It holds numbers only, and the name of the file of verdicts, escaped, in a comment.
"""

import hashlib
import re
from pathlib import Path

from collapse.commands.calibrate.findings import Calibration
from collapse.errors import UserError
from collapse.files.atomic import clear, write_whole
from collapse.files.open import MIB, whole
from collapse.report import numbers
from collapse.stats.estimate import Estimate

MARK = "# Written by collapse calibrate; sha256 of what follows: "
NAME = "Calibrated"
NOT_SIMULATED = ("self", "family", "markdown", "lists")  # items of a simulation have no format
FRACTION = 0.2  # kept of scored items, if the file does not say

OPENING = '''"""A judge calibrated on {rows} verdicts of a real one.

    collapse run jokes --judge {file}:{name}

An item is right if the truth of the scenario can produce it. Numbers are estimates, with 95 %
intervals.
"""
'''
VERIFIER = "Enough candidates for a model that is right half of the time; a shortfall is recorded."
TYPICALITY = (
    'Measured under a reference; "model", the current model, works in every scenario.',
    'With keep_reference=true in the arms, "reference" is closer to what was measured.',
)
TOKENS = "A token of the scenario counts as one token of the verdicts."
STEPS = {
    "human": "One point of the human number counts as the step from wrong to right.",
    "better": "The step from worse to better counts as the step from wrong to right.",
}


def refusal(path: Path) -> list[str]:
    """Errors of a path to write a judge to."""
    if path.suffix != ".py":
        return [f"--out {path}: a judge is a Python file, so its name must end in .py."]
    if not path.exists():
        return []
    try:
        first, _, rest = whole(path, MIB).partition(b"\n")
    except UserError as mistake:
        return mistake.sentences
    if first == (MARK + _digest(rest)).encode():
        return []
    return [
        f"{path} was not written by collapse calibrate, or was edited since, and is not "
        "overwritten. Give another name with --out."
    ]


def no_judge(calibration: Calibration) -> str:
    """Why a calibration determines no judge; empty if it does."""
    found = calibration.estimates
    needed = {"accepts": ("keep_right", "keep_wrong"), "scores": ("noise",)}
    for name in needed.get(calibration.kind, ()):
        if not found[name].known:
            return f"{name} is not identified ({found[name].reason})"
    parts = ("position", "quality", "length", "typicality")
    if calibration.kind == "pairs" and all(found[name].best is None for name in parts):
        reason = found["position"].reason
        return f"neither position ({reason}) nor quality, length or typicality is identified"
    return ""


def left_out(found: dict[str, Estimate], names: tuple[str, ...]) -> list[str]:
    """Comments on what was found and is not in the judge."""
    return [
        f"# Not in it: {name}, {_said(found[name])}."
        for name in names
        if name in found and found[name].best is not None
    ]


def write_judge(calibration: Calibration, path: Path, source: str) -> None:
    """Write the judge; ``source`` is the name of the file of verdicts."""
    clear(path.parent, re.escape(path.name))
    write_whole(path, text_of(calibration, path.name, source).encode())


def text_of(calibration: Calibration, file: str, source: str) -> str:
    """The text of the Python file."""
    lines = [f"# From {ascii(source)}", ""]
    made = {"accepts": _verifier, "scores": _scorer, "pairs": _chooser}[calibration.kind]
    parts, body = made(calibration)
    lines += [f"from collapse import {', '.join(sorted(parts))}", "", *body]
    safe = file if file.replace(".", "").replace("-", "").isidentifier() else "FILE.py"
    opening = OPENING.format(rows=calibration.rows, file=safe, name=NAME)
    rest = opening + "\n" + "\n".join(lines) + "\n"
    return MARK + _digest(rest.encode()) + "\n" + rest


def _verifier(calibration: Calibration) -> tuple[set, list[str]]:
    found = calibration.estimates
    right, wrong = found["keep_right"], found["keep_wrong"]
    expected = max((right.value + wrong.value) / 2, 0.01)
    return {"NoisyVerifier", "Valid"}, [
        *left_out(found, ("length", "typicality", *NOT_SIMULATED)),
        f"{NAME} = NoisyVerifier(",
        "    Valid(),",
        f"    # {_said(right)}",
        f"    keep_right={right.value:.6g},",
        f"    # {_said(wrong)}",
        f"    keep_wrong={wrong.value:.6g},",
        f"    # {VERIFIER}",
        f"    expected={expected:.6g},",
        ")",
    ]


def _scorer(calibration: Calibration) -> tuple[set, list[str]]:
    found = calibration.estimates
    parts, lines = _reward(calibration)
    noise = found["noise"]
    lines += [f"# noise: {_said(noise)}", f"reward = Noise(reward, sd={noise.value:.6g})"]
    kept = found.get("kept")
    fraction = FRACTION if kept is None else max(kept.value, 0.01)
    why = "not known from the verdicts" if kept is None else _said(kept)
    lines += [f"# kept: {why}", f"{NAME} = TopFraction(reward, fraction={fraction:.6g})"]
    return parts | {"Noise", "TopFraction"}, lines


def _chooser(calibration: Calibration) -> tuple[set, list[str]]:
    parts, lines = _reward(calibration)
    position = calibration.estimates["position"]
    if position.best is None:
        lines += [f"# position: {_said(position)}"]
    else:
        parts |= {"Position"}
        lines += [f"# position: {_said(position)}"]
        lines += [f"reward = Position(reward, bonus={position.best:.6g})"]
    lines += [
        "# Bradley-Terry: its noise is the unit of all numbers above.",
        f"{NAME} = Choice(reward, k=2)",
    ]
    return parts | {"Choice"}, lines


def _reward(calibration: Calibration) -> tuple[set, list[str]]:
    """The reward: true quality, typicality and length, as far as they are known."""
    found, parts = calibration.estimates, {"Valid", "Scaled"}
    quality, step = found["quality"], STEPS.get(calibration.quality)
    lines = left_out(found, NOT_SIMULATED)
    lines += ["reward = Valid()  # 1 for what the truth can produce, else 0"]
    lines += [f"# {step}"] if step else []
    by = 0.0 if quality.best is None else quality.best
    lines += [f"# quality: {_said(quality)}", f"reward = Scaled(reward, by={by:.6g})"]
    for name, part, more, comment in (
        ("typicality", "Typicality", ', under="model"', TYPICALITY),
        ("length", "Verbosity", "", (TOKENS,)),
    ):
        estimate = found[name]
        if estimate.best is None:
            lines += [f"# {name}: {_said(estimate)}"]
            continue
        parts |= {part}
        setting = f"strength={estimate.best:.6g}{more}"
        lines += [f"# {name}: {_said(estimate)}", *(f"# {sentence}" for sentence in comment)]
        lines += [f"reward = {part}(reward, {setting})"]
    return parts, lines


def _said(estimate: Estimate) -> str:
    """Value, interval and unit, or the bound and the reason, or the reason."""
    if estimate.best is None:
        return f"not identified: {estimate.reason}"
    reason = "" if estimate.known else f": {estimate.reason}"
    return f"{numbers.estimate(estimate)} {estimate.unit}{reason}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
