"""``collapse forecast``: from measured answers, what retraining on such answers would do."""

from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from collapse.commands.forecast.exponent import RANGE, Sharpness, sharpness
from collapse.commands.forecast.retraining import GENERATIONS, MOST, SEEDS, retrained
from collapse.commands.measure.columns import Columns
from collapse.commands.measure.comparison_tables import short
from collapse.errors import UserError, attempt
from collapse.measures.entropy import ItemDiversity
from collapse.numerics.device import start_jax
from collapse.report import console
from collapse.report.overwrite import place_errors, place_for, refuse_another, write_result
from collapse.stats.intervals import Band, of_curve

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
) -> dict:
    """The forecasts as a plain document, one of each model and prompt that ``columns`` tell apart;
    written with their figure to ``out``. Raises ``UserError``."""
    from collapse.commands.forecast.groups import parts_of
    from collapse.commands.measure.sources import digest
    from collapse.scenario.load import load_judge

    out = out or place_for("forecasts", path.stem)
    errors = place_errors(out)
    errors += [f"--real must be from 0 to 1, not {x:g}." for x in shares if not 0 <= x <= 1]
    found = attempt(errors, parts_of, path, columns, reference)
    start_jax("single")
    policy = attempt(errors, load_judge, judge) if judge else None
    sharp, left_out = _sharpened(found[0]) if found else ({}, [])
    if errors or not sharp:
        raise UserError(*errors, *left_out)
    shares = sorted(set(shares or SHARES))
    asked = {"file": digest(path), "reference": reference and digest(reference)}
    asked |= {"field": columns.field, "prompt": columns.prompt, "group_by": columns.group_by}
    asked |= {"real": shares, "judge": judge}
    refuse_another(out, "forecast", "forecast", asked)
    curves = _retrained(sharp, shares, policy)

    from collapse.commands.forecast.figure import draw
    from collapse.report.run_summary import plain

    document = {
        "command": "forecast",
        "format": 1,
        "file": str(path),
        "judge": judge,
        "seeds": SEEDS,
        "asked": asked,
        "reference": str(reference) if reference else None,
        "notes": found[1] + left_out,
        "forecasts": [about(label, sharp[label], curves[label], judge) for label in sharp],
    }
    document = write_result(out, "forecast", plain(document), lambda: draw(curves))
    if not quiet:
        show(document)
    return document


def _sharpened(parts: list) -> tuple[dict[str, Sharpness], list[str]]:
    """The exponent of each part that has one, by its label, and why others have none."""
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
    with console.live_bars() as bars:
        task = bars.add_task("retraining", total=len(sharp) * len(shares), now="")
        for label, one in sharp.items():
            curves[label] = {}
            for share in shares:
                bars.update(task, now=label)
                curves[label][share] = retrained(one, share, policy)
                bars.advance(task)
    return curves


def about(label: str, sharp: Sharpness, curves: dict, judge: str | None) -> dict:
    """All that is said of one part."""
    return {
        "of": label or None,
        "answers": sharp.n,
        "gamma": {"value": sharp.gamma, "low": sharp.low, "high": sharp.high, "how": sharp.how},
        "seen": sharp.seen,
        "expected": sharp.expected,
        "fits": sharp.fits,
        "curves": {f"{share:g}": _bands(each) for share, each in curves.items()},
        "assumptions": assumptions(sharp, judge),
        "verdict": verdict(sharp, curves),
    }


def _bands(curves: dict) -> dict:
    return {
        name: [_band(name, values).as_dict() for values in curve.T]
        for name, curve in curves.items()
    }


def _band(name: str, values: np.ndarray) -> Band:
    """Over seeds, which all begin with the answers that were measured: one number, no interval."""
    values = values[:1] if np.ptp(values) == 0 else values
    return of_curve(values, ItemDiversity.curves[name], "t")


def assumptions(sharp: Sharpness, judge: str | None) -> list[str]:
    """What the forecast takes for granted."""
    size = len(sharp.p)
    said = []
    if sharp.how == "ranks":
        said.append(
            f"No reference was given: people's answers are taken to follow Zipf's law over {size} "
            "answers, and the exponent is the one at which as many draws show the entropy that was "
            "seen. Another number of answers, or another law, gives another exponent. The answer "
            "said most is taken to be people's commonest, the next their second, and so on."
        )
    else:
        said.append(
            f"The reference is taken as exact, over the {size} answers it holds often enough; "
            "answers outside it are left out of the estimate."
        )
    said.append(
        f"Every model is trained on {min(sharp.n, MOST)} answers of the one before, learns their "
        "shares exactly, and is drawn from with the same sharpening again; real data are new draws "
        "of the reference."
    )
    if {sharp.low, sharp.high} & set(RANGE):
        said.append(
            f"Exponents are looked for from {RANGE[0]:g} to {RANGE[1]:g}, and the interval ends "
            "there: it may be wider."
        )
    if judge:
        said.append(f"The judge {judge} sees which answer it is, not its text.")
    if not sharp.fits:
        said.append(
            f"The four commonest answers hold {sharp.seen['top_4']:.0%}, and such a law says "
            f"{sharp.expected['top_4']:.0%}: the shape is another, so take the forecast as rough."
        )
    return said


def verdict(sharp: Sharpness, curves: dict) -> list[str]:
    """Two sentences: how sharp the answers are, and what becomes of them."""
    low, high = f"{sharp.low:.2f}", f"{sharp.high:.2f}"
    first = (
        f"The answers are those of the reference to the power {sharp.gamma:.2f} ({low} .. {high}): "
        f"sampling it at temperature {1 / sharp.gamma:.2f} would look the same."
    )
    ends = []
    for share, each in curves.items():
        number = each["effective_number"]
        start, end = number[:, 0].mean(), number[:, -1].mean()
        ends.append(f"{end:.3g} with {share:.0%} real data" if share else f"{end:.3g} with none")
    return [
        first,
        f"Retrained {GENERATIONS} times on such answers, the effective number goes from "
        f"{start:.3g} to {'; '.join(ends)}.",
    ]


def show(document: dict) -> None:
    out = console.console(False)
    for one in document["forecasts"]:
        out.print(_table(one))
        for sentence in one["verdict"]:
            out.print(sentence, markup=False)
    for note in document["notes"]:
        out.print(f"Note: {note}", markup=False)
    said = [sentence for one in document["forecasts"] for sentence in one["assumptions"]]
    for sentence in dict.fromkeys(said):
        out.print(f"Assumed: {sentence}", markup=False)
    if any(band["cut"] for one in document["forecasts"] for band in _numbers(one)):
        out.print(console.CUT)
    for path in document["written"]:
        out.print(f"Saved: {path}", markup=False)


def _table(one: dict) -> Table:
    gamma, of = one["gamma"], f" of {short(one['of'], 60)}" if one["of"] else ""
    title = (
        f"Forecast from {one['answers']} answers{of}: gamma {gamma['value']:.2f} "
        f"({gamma['low']:.2f} .. {gamma['high']:.2f})"
    )
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD)
    table.add_column("effective number")
    for t in SHOWN:
        table.add_column(f"after {t}" if t else "now", justify="right")
    for share, bands in one["curves"].items():
        cells = [console.banded(bands["effective_number"][t]) for t in SHOWN]
        table.add_row(f"{float(share):.0%} real data", *cells)
    return table


def _numbers(one: dict) -> list[dict]:
    """The bands that the table shows."""
    return [bands["effective_number"][t] for bands in one["curves"].values() for t in SHOWN]
