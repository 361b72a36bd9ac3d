"""``collapse forecast``: from measured answers, what retraining on such answers would do."""

from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from collapse import printing
from collapse.bands import t_band
from collapse.errors import Mistake
from collapse.forecasting.retraining import GENERATIONS, MEASURES, MOST, SEEDS, retrained
from collapse.forecasting.sharpness import Sharpness, sharpness
from collapse.options import attempt, start_jax
from collapse.replacing import place_for, place_wrong, refuse_another, write_result

SHARES = (0.0, 0.1, 0.5)


def forecast(
    path: Path,
    field: str | None,
    reference: Path | None,
    shares: list[float],
    judge: str | None,
    out: Path | None,
    quiet: bool,
) -> dict:
    """The forecast as a plain document; written with its figure to ``out``. Raises ``Mistake``."""
    from collapse.measuring.command import counted
    from collapse.measuring.sources import digest
    from collapse.scenario import load_judge

    out = out or place_for("forecasts", path.stem)
    wrong = place_wrong(out)
    wrong += [f"--real must be from 0 to 1, not {x:g}." for x in shares if not 0 <= x <= 1]
    found = attempt(wrong, counted, path, field, reference)
    start_jax("single")
    policy = attempt(wrong, load_judge, judge) if judge else None
    sharp = attempt(wrong, sharpness, *found) if found else None
    if wrong or sharp is None:
        raise Mistake(*wrong)
    shares = sorted(set(shares or SHARES))
    asked = {"file": digest(path), "reference": reference and digest(reference)}
    asked |= {"field": field, "real": shares, "judge": judge}
    refuse_another(out, "forecast", "forecast", asked)
    curves = {share: retrained(sharp, share, policy) for share in shares}

    from collapse.summary import plain

    document = {
        "command": "forecast",
        "file": str(path),
        "answers": sharp.n,
        "judge": judge,
        "seeds": SEEDS,
        "asked": asked,
        "reference": str(reference) if reference else None,
        "gamma": {"value": sharp.gamma, "low": sharp.low, "high": sharp.high, "how": sharp.how},
        "seen": sharp.seen,
        "expected": sharp.expected,
        "fits": sharp.fits,
        "curves": {f"{share:g}": _bands(each) for share, each in curves.items()},
        "assumptions": assumptions(sharp, judge),
        "verdict": verdict(sharp, curves),
    }
    document = write_result(out, "forecast", plain(document), lambda: draw(curves))
    if not quiet:
        show(document)
    return document


def _bands(curves: dict) -> dict:
    return {
        name: [t_band(values).as_dict() for values in curve.T] for name, curve in curves.items()
    }


def assumptions(sharp: Sharpness, judge: str | None) -> list[str]:
    """What the forecast takes for granted."""
    size = len(sharp.p)
    said = []
    if sharp.how == "ranks":
        said.append(
            f"No reference was given: people's answers are taken to follow Zipf's law over {size} "
            "answers, and the exponent is the one at which as many draws show the entropy that was "
            "seen. Another number of answers, or another law, gives another exponent."
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
    out = printing.console(False)
    gamma = document["gamma"]
    title = (
        f"Forecast from {document['answers']} answers: gamma {gamma['value']:.2f} "
        f"({gamma['low']:.2f} .. {gamma['high']:.2f})"
    )
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("effective number")
    at = [0, 1, 2, 5, GENERATIONS]
    for t in at:
        table.add_column(f"after {t}" if t else "now", justify="right")
    for share, bands in document["curves"].items():
        cells = [_cell(bands["effective_number"][t]) for t in at]
        table.add_row(f"{float(share):.0%} real data", *cells)
    out.print(table)
    for sentence in document["verdict"]:
        out.print(sentence, markup=False)
    for sentence in document["assumptions"]:
        out.print(f"Assumed: {sentence}", markup=False)
    for path in document["written"]:
        out.print(f"Saved: {path}", markup=False)


def _cell(band: dict) -> str:
    ends = (printing.number(band[k], 3) for k in ("low", "high"))
    return f"{printing.number(band['centre'], 3)} ({' .. '.join(ends)})"


def draw(curves: dict):
    """Effective number and the share of the three commonest answers, by share of real data."""
    from collapse.figures import COLOURS, DASHES, band, panels

    figure, axes = panels(2)
    labels = ("effective number", "three commonest")
    for axis, name, label in zip(axes, MEASURES, labels, strict=True):
        for index, (share, each) in enumerate(curves.items()):
            mean, low, high = band(each[name])
            t, colour = np.arange(GENERATIONS + 1), COLOURS[index % len(COLOURS)]
            axis.fill_between(t, low, high, color=colour, alpha=0.25, linewidth=0)
            dashes = DASHES[index % len(DASHES)]
            axis.plot(t, mean, color=colour, linestyle=dashes, label=f"{share:.0%} real")
        axis.set_ylabel(label)
    axes[0].set_yscale("log")
    axes[0].legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.1)
    axes[1].set_xlabel(f"retrainings (mean and 95 % t band, {SEEDS} seeds)")
    return figure
