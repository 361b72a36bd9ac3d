"""``collapse forecast``: simulate retraining on measured answers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.table import Table

from collapse.commands.forecast.exponent import RANGE, Sharpness, sharpness
from collapse.commands.forecast.retraining import GENERATIONS, MOST, SEEDS, retrained
from collapse.errors import UserError, attempt
from collapse.files.plan import Columns
from collapse.measures.entropy import ItemDiversity
from collapse.numerics.device import start_jax
from collapse.report.document import document
from collapse.report.numbers import CLIPPED, estimate, number
from collapse.report.overwrite import place_errors, place_for, refuse_another, write_result
from collapse.report.progress import Count
from collapse.report.reads import show_reads
from collapse.report.tables import add, saved, short, show as show_all, table
from collapse.stats.estimate import Estimate
from collapse.stats.intervals import of_curve

SHARES = (0.0, 0.1, 0.5)
SHOWN = (0, 1, 2, 5, GENERATIONS)  # retrainings in the table


def forecast(
    path: Path,
    columns: Columns,
    reference: Path | None,
    shares: list[float],
    judge: str | None,
    out: Path | None,
    quiet: bool,
    strict: bool = False,
    explain: bool = False,
    errors: Sequence[str] = (),
) -> dict:
    """The document of forecasts, one for each model and prompt that ``columns`` name; written with
    a figure to ``out``. ``strict`` refuses files with rows that cannot be read, ``explain`` prints
    how they were read. Raises ``UserError`` with all mistakes, those in ``errors`` first."""
    from collapse.commands.forecast.groups import parts_of
    from collapse.files.containers import digest
    from collapse.scenario.load import load_judge

    out = out or place_for("forecasts", path.stem)
    errors = [*errors, *place_errors(out)]
    errors += [f"--real must be from 0 to 1, not {x:g}." for x in shares if not 0 <= x <= 1]
    found = attempt(errors, parts_of, path, columns, reference, strict)
    start_jax("single")
    policy = attempt(errors, load_judge, judge) if judge else None
    sharp, left_out = _sharpened(found[0]) if found else ({}, [])
    if errors or not sharp:
        raise UserError(*errors, *left_out)
    shares = sorted(set(shares or SHARES))
    asked = {"file": digest(path), "reference": reference and digest(reference)}
    asked |= {"field": columns.field, "prompt": columns.prompt, "group_by": columns.group_by}
    asked |= {"real": shares, "judge": judge, "left_out": sorted(columns.without)}
    refuse_another(out, "forecast", "forecast", asked)
    curves = _retrained(sharp, shares, policy)

    from collapse.commands.forecast.figure import draw

    body = {
        "file": str(path),
        "judge": judge,
        "seeds": SEEDS,
        "asked": asked,
        "reference": str(reference) if reference else None,
        "notes": found[1].notes + left_out,
        "read": [about.about() for about in found[1].reads],
        "troubles": found[1].troubles.about(),
        "forecasts": [about(label, sharp[label], curves[label], judge) for label in sharp],
    }
    result = write_result(out, "forecast", document("forecast", body), lambda: draw(curves))
    if not quiet:
        if explain:
            show_reads(result["read"])
        show(result)
    return result


def _sharpened(parts: list) -> tuple[dict[str, Sharpness], list[str]]:
    """The exponent of each part, by its label, and sentences on parts that have none."""
    found, why = {}, []
    for part in parts:
        try:
            found[part.label] = sharpness(part.counts, part.reference)
        except UserError as mistake:
            which = f"{part.label}: " if part.label else ""
            why += [f"{which}{sentence}" for sentence in mistake.sentences]
    return found, why


def _retrained(sharp: dict[str, Sharpness], shares: list[float], policy) -> dict:
    """The curves of each part, by its label and the share of real data."""
    curves: dict[str, dict] = {}
    with Count(len(sharp) * len(shares), "retraining", "") as count:
        for label, one in sharp.items():
            curves[label] = {}
            for share in shares:
                count.report(label)
                curves[label][share] = retrained(one, share, policy)
                count.report(label, 1)
    return curves


def about(label: str, sharp: Sharpness, curves: dict, judge: str | None) -> dict:
    """The forecast of one part."""
    return {
        "of": label or None,
        "answers": sharp.n,
        "gamma": sharp.gamma,
        "how": sharp.how,
        "seen": sharp.seen,
        "expected": sharp.expected,
        "fits": sharp.fits,
        "curves": {f"{share:g}": _estimates(each) for share, each in curves.items()},
        "assumptions": assumptions(sharp, judge),
        "verdict": verdict(sharp, curves),
    }


def _estimates(curves: dict) -> dict:
    return {name: [_estimate(name, at) for at in curve.T] for name, curve in curves.items()}


def _estimate(name: str, values: np.ndarray) -> Estimate:
    """The mean over seeds; no interval at generation 0, where all seeds are the measured
    answers."""
    values = values[:1] if np.ptp(values) == 0 else values
    return of_curve(values, ItemDiversity.curves[name], "t")


def assumptions(sharp: Sharpness, judge: str | None) -> list[str]:
    """Sentences on the assumptions of a forecast."""
    size = len(sharp.p)
    sentences = []
    if sharp.how == "ranks":
        sentences.append(
            f"No reference was given: people's answers are assumed to follow Zipf's law over {size}"
            " answers, and gamma is the exponent at which as many draws have the observed entropy."
            " Another number of answers, or another law, gives another exponent. The commonest"
            " answer is assumed to be people's commonest, the next their second, and so on."
        )
    else:
        sentences.append(
            f"The reference is assumed to be exact, over the {size} answers that it holds often "
            "enough; other answers are left out of the estimate."
        )
    sentences.append(
        f"Every model is trained on {min(sharp.n, MOST)} answers of the previous one, learns their "
        "shares exactly, and is sampled with the same sharpening; real data are new draws of the "
        "reference."
    )
    if {sharp.gamma.low, sharp.gamma.high} & set(RANGE):
        sentences.append(
            f"Exponents are sought from {RANGE[0]:g} to {RANGE[1]:g}, and the interval ends there: "
            "it may be wider."
        )
    if judge:
        sentences.append(f"The judge {judge} sees the number of an answer, not its text.")
    if not sharp.fits:
        sentences.append(
            f"The share of the four commonest answers is {sharp.seen['top_4']:.0%}, where this law "
            f"expects {sharp.expected['top_4']:.0%}: the distribution has another shape, and the "
            "forecast is rough."
        )
    return sentences


def verdict(sharp: Sharpness, curves: dict) -> list[str]:
    """Two sentences: how sharp the answers are, and the effect of retraining."""
    first = (
        f"The answers are distributed as the reference to the power {estimate(sharp.gamma)}, as if "
        f"it were sampled at temperature {number(1 / sharp.gamma.value)}."
    )
    ends = []
    for share, each in curves.items():
        curve = each["effective_number"]
        start, end = curve[:, 0].mean(), curve[:, -1].mean()
        ends.append(f"{end:.3g} with {share:.0%} real data" if share else f"{end:.3g} with none")
    return [
        first,
        f"After {GENERATIONS} retrainings on such answers, the effective number goes from "
        f"{start:.3g} to {'; '.join(ends)}.",
    ]


def show(result: dict) -> None:
    """Print the document of forecasts."""
    for one in result["forecasts"]:
        show_all(_table(one), one["verdict"])
    assumed = dict.fromkeys(text for one in result["forecasts"] for text in one["assumptions"])
    notes = (*result["troubles"]["sentences"], *result["notes"])
    show_all([f"Note: {note}" for note in notes], [f"Assumed: {x}" for x in assumed])
    if any(each["clipped"] for one in result["forecasts"] for each in _shown(one)):
        show_all(CLIPPED)
    show_all(saved(result))


def _table(one: dict) -> Table:
    of = f" of {short(one['of'], 60)}" if one["of"] else ""
    title = f"Forecast from {one['answers']} answers{of}: gamma {estimate(one['gamma'])}"
    made = table(title, "effective number", *(f"after {t}" if t else "now" for t in SHOWN))
    for share, each in one["curves"].items():
        cells = [estimate(each["effective_number"][t]) for t in SHOWN]
        add(made, f"{float(share):.0%} real data", *cells)
    return made


def _shown(one: dict) -> list[dict]:
    """The estimates in the table."""
    return [each["effective_number"][t] for each in one["curves"].values() for t in SHOWN]
