"""The report card as a figure: up to six panels, two columns wide."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from collapse.commands.judge.questions import HELD, LEVELS
from collapse.curve import Curve
from collapse.report.curve_band import drawn
from collapse.report.labels import legible
from collapse.report.style import COLOURS, line_with_band, style

ALONE, CONTROL, OTHER = range(3)
ONE_BY_ONE = (("alone", ALONE, "the judge"), ("control", CONTROL, "random filter"))
KEPT = Curve("share of the first model's effective number", 0)


def draw(card: dict, found: dict) -> Figure:
    """Draw a card from its document and its curves. Without an exploit its panel is left out."""
    figure = Figure(figsize=(6.9, 4.3), layout="constrained")
    FigureCanvasAgg(figure)
    names = ["diversity", "quality", "prompts", "shares", "exploit", "sensitivity"]
    names[4] = "exploit" if card["exploit"] else "sensitivity"
    axes = figure.subplot_mosaic([names[:3], names[3:]])
    _diversity(axes["diversity"], found)
    _quality(axes["quality"], found)
    _prompts(axes["prompts"], found)
    _shares(axes["shares"], card, found)
    if "exploit" in axes:
        _exploit(axes["exploit"], card, found)
    _sensitivity(axes["sensitivity"], card)
    settings = card["settings"]
    figure.suptitle(
        f"{legible(card['judge'], 40)} on {legible(settings['scenario'], 40)}: "
        f"n = {settings['n']}, {settings['seeds']} seeds, means with 95 % t bands",
        fontsize=8,
    )
    return figure


def _line(axis, curves: np.ndarray, meaning: Curve, which: int, label: str, x=None) -> None:
    """Draw means over seeds with their bands."""
    made = drawn(curves, meaning, "t")
    x = np.arange(len(made.centre)) if x is None else x
    line_with_band(axis, x, made.centre, made.low, made.high, which, label)


def _curve(axis, found: dict, who: str, name: str, which: int, label: str) -> None:
    _line(axis, found[who][name], found["meanings"][name], which, label)


def _legend(axis) -> None:
    """Add a legend above the panel, clear of the curves."""
    axis.legend(loc="lower left", bbox_to_anchor=(-0.05, 1.0), borderaxespad=0.1, borderpad=0.2)


def _generations(axis) -> None:
    axis.set_xlabel("generation")
    axis.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=(1, 2, 5, 10)))


def _diversity(axis, found: dict) -> None:
    for who, which, label in ONE_BY_ONE:
        _curve(axis, found, who, "effective_number", which, label)
    axis.set(ylabel="effective number", yscale="log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())
    _generations(axis)
    _legend(axis)


def _quality(axis, found: dict) -> None:
    """Quality over entropy, from the first model (a dot) to the last."""
    for name, which in (("alone", ALONE), ("control", CONTROL)):
        entropy, valid = (found[name][k].mean(0)[1:] for k in ("entropy", "valid"))
        label = "the judge" if which == ALONE else "random filter"
        axis.plot(entropy, valid, label=label, **style(which))
    axis.plot(entropy[0], valid[0], "o", color="black", markersize=3, label="first model")
    axis.set(xlabel="entropy (nats)", ylabel="share of right answers")
    _legend(axis)


def _prompts(axis, found: dict) -> None:
    if "per_prompt_entropy" in found["alone"]:
        _curve(axis, found, "alone", "per_prompt_entropy", ALONE, "within a prompt")
        _curve(axis, found, "alone", "across_prompt_entropy", OTHER, "across prompts")
    else:
        _curve(axis, found, "alone", "entropy", ALONE, "the judge")
    axis.set(ylabel="entropy (nats)", ylim=(0, None))
    _generations(axis)
    _legend(axis)


def _shares(axis, card: dict, found: dict) -> None:
    """Effect of real data: on diversity, and on a planted exploit."""
    values = found["keeps"][LEVELS[0]].values | found["keeps"][LEVELS[1]].values
    shares = sorted(values)
    kept = np.stack([values[s] for s in shares], 1)
    _line(axis, kept, KEPT, ALONE, "effective number kept", np.array(shares))
    for level in LEVELS:
        axis.axhline(level, color="0.5", linewidth=0.6, linestyle=":")
        share = found["keeps"][level].result()["share"].value
        if share > 0:  # neither if none is needed nor if no share is enough
            axis.plot(share, level, "o", color="black", markersize=3)
    if _planted(card):
        held = found["held"].values
        shares = sorted(held)
        ends = np.stack([1 - held[s] for s in shares], 1)
        meaning = found["meanings"]["exploit_share"]
        _line(axis, ends, meaning, OTHER, "planted exploit at the end", np.array(shares))
        axis.axhline(HELD, color="0.5", linewidth=0.6, linestyle=":")
    axis.set(xlabel="share of fresh real data", ylabel="share", ylim=(0, None))
    _legend(axis)


def _planted(card: dict) -> bool:
    return bool(card["exploit"]) and card["exploit"]["planted"] is not None


def _exploit(axis, card: dict, found: dict) -> None:
    _curve(axis, found, "alone", "exploit_share", ALONE, "the judge as it is")
    if _planted(card):
        _curve(axis, found, "exploited", "exploit_share", CONTROL, "exploit planted")
    axis.set(ylabel="exploit in the output", ylim=(-0.02, 1.02))
    _generations(axis)
    _legend(axis)


def _sensitivity(axis, card: dict) -> None:
    """Median half-lives with their intervals; a triangle at the end if it is not reached."""
    rows = {"as it is": card["half_life"]} | (card["sensitivity"] or {})
    rows["random filter"] = card["half_life_random_filter"]
    names = list(rows)[::-1]
    cap = card["settings"]["generations"]
    reached = True
    for y, name in enumerate(names):
        low, middle, high = (min(getattr(rows[name], k), cap) for k in ("low", "value", "high"))
        which = CONTROL if name == "random filter" else ALONE
        beyond = rows[name].value > cap
        reached = reached and not beyond
        axis.plot([low, high], [y, y], color=COLOURS[which])
        axis.plot(middle, y, ">" if beyond else "o", color=COLOURS[which], markersize=3)
    axis.set_yticks(range(len(names)), names)
    axis.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=(1, 2, 5, 10)))
    note = "" if reached else f"; triangle: above {cap}"
    axis.set(
        xlabel=f"half-life (generations{note})",
        xlim=(0, None),
        ylim=(-0.5, len(names) - 0.5),
    )
