"""A calibration as a judge: a file of Python that ``--judge`` takes.

Nothing of the verdicts but numbers gets into it, and the name of their file, escaped, in a comment.
"""

import hashlib
import re
from pathlib import Path

from collapse.commands.calibrate.findings import Calibration
from collapse.errors import UserError
from collapse.files.atomic import clear, write_whole
from collapse.files.open import MIB, whole
from collapse.report.console import number
from collapse.stats.estimates import Estimate

MARK = "# Written by collapse calibrate; sha256 of what follows: "
NAME = "Calibrated"
FRACTION = 0.2  # kept of scored items where the file does not say

OPENING = '''"""A judge with the ways of a real one, as estimated from {rows} of its verdicts.

    collapse run jokes --judge {file}:{name}

Right is what the truth of the scenario can say. Numbers are estimates, with their 95 % intervals.
"""
'''
VERIFIER = "Candidates are drawn for a model right half of the time; a shortfall is recorded."
TYPICALITY = (
    'It was measured under a reference; "model", the model of the day, works in every scenario.',
    'Where the arms have keep_reference=true, "reference" is nearer to what was measured.',
)
TOKENS = "A token of the scenario is taken for one of the verdicts."
STEPS = {
    "human": "One point of the human number is taken for the step from wrong to right.",
    "better": "The step from worse to better is taken for that from wrong to right.",
}


def refusal(path: Path) -> list[str]:
    """Why a judge cannot be written there: nothing, if it can."""
    if path.suffix != ".py":
        return [f"--out {path}: a judge is a Python file, so the name must end in .py."]
    if not path.exists():
        return []
    try:
        first, _, rest = whole(path, MIB).partition(b"\n")
    except UserError as mistake:
        return mistake.sentences
    if first == (MARK + _digest(rest)).encode():
        return []
    return [
        f"{path} was not written by collapse calibrate, or has been changed since: it is left as "
        "it is. Give another name with --out."
    ]


def no_judge(calibration: Calibration) -> str:
    """Why the calibration does not make a judge: nothing, if it does."""
    found = calibration.estimates
    needed = {"accepts": ("keep_right", "keep_wrong"), "scores": ("noise",)}
    for name in needed.get(calibration.kind, ()):
        if found[name].value is None:
            return f"{name} is not identified ({found[name].reason})"
    if calibration.kind == "pairs" and found["position"].best is found["quality"].best is None:
        return f"neither position ({found['position'].reason}) nor quality is identified"
    return ""


def write_judge(calibration: Calibration, path: Path, source: str) -> None:
    """Write the judge; ``source`` names the file of verdicts."""
    clear(path.parent, re.escape(path.name))
    write_whole(path, text_of(calibration, path.name, source).encode())


def text_of(calibration: Calibration, file: str, source: str) -> str:
    """The file's text."""
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
    left_out = [
        f"# Not in it: {name}, {_said(found[name])}."
        for name in ("length", "typicality")
        if found[name].best is not None
    ]
    return {"NoisyVerifier", "Valid"}, [
        *left_out,
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
    why = "the verdicts do not say how much it keeps" if kept is None else _said(kept)
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
        "# Bradley-Terry: its noise is the unit of all the above.",
        f"{NAME} = Choice(reward, k=2)",
    ]
    return parts | {"Choice"}, lines


def _reward(calibration: Calibration) -> tuple[set, list[str]]:
    """The reward: true quality, typicality and length, where they are known."""
    found, parts = calibration.estimates, {"Valid", "Scaled"}
    quality, step = found["quality"], STEPS.get(calibration.quality)
    lines = ["reward = Valid()  # 1 for what the truth can say, else 0"]
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
    """Unit and interval, or the bound and the reason."""
    if estimate.best is None:
        return f"not identified: {estimate.reason}"
    if estimate.value is None:
        word = "at least" if estimate.low is not None else "at most"
        return f"{word} {number(estimate.best, 3)} {estimate.unit}: {estimate.reason}"
    ends = f"{number(estimate.low, 3)} .. {number(estimate.high, 3)}"
    return f"{number(estimate.value, 3)} {estimate.unit} ({ends})"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
