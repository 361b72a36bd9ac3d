"""The report card as a figure: six panels, two columns wide."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from collapse.card.questions import HELD, LEVELS
from collapse.figures import COLOURS, DASHES, band

ALONE, CONTROL, OTHER = range(3)


def draw(card: dict, found: dict) -> Figure:
    """What the document says, as curves; reads them and simulates nothing."""
    figure = Figure(figsize=(6.9, 3.9), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 3)
    _diversity(axes[0, 0], found)
    _quality(axes[0, 1], found)
    _prompts(axes[0, 2], found)
    _shares(axes[1, 0], found)
    _exploit(axes[1, 1], found)
    _sensitivity(axes[1, 2], card)
    settings = card["settings"]
    figure.suptitle(
        f"{card['judge']} on {settings['scenario']}: n = {settings['n']}, {settings['seeds']} "
        "seeds, means with 95 % t bands",
        fontsize=8,
    )
    return figure


def _line(axis, curves: np.ndarray, which: int, label: str, x=None) -> None:
    mean, low, high = (np.where(np.isfinite(v), v, np.nan) for v in band(curves))
    x = np.arange(len(mean)) if x is None else x
    axis.fill_between(x, low, high, color=COLOURS[which], alpha=0.25, linewidth=0)
    axis.plot(x, mean, color=COLOURS[which], linestyle=DASHES[which], label=label)


def _diversity(axis, found: dict) -> None:
    _line(axis, found["alone"]["effective_number"], ALONE, "the judge")
    _line(axis, found["control"]["effective_number"], CONTROL, "random filter")
    axis.set(xlabel="generation", ylabel="effective number", yscale="log")
    axis.legend()


def _quality(axis, found: dict) -> None:
    """Paths through quality and entropy, from the first model to the last."""
    for name, which in (("alone", ALONE), ("control", CONTROL)):
        entropy, valid = (found[name][k].mean(0)[1:] for k in ("entropy", "valid"))
        axis.plot(entropy, valid, color=COLOURS[which], linestyle=DASHES[which])
        axis.plot(entropy[0], valid[0], "o", color=COLOURS[which], markersize=3)
        axis.plot(entropy[-1], valid[-1], "s", color=COLOURS[which], markersize=3)
    axis.invert_xaxis()
    axis.set(xlabel="entropy (nats), first (o) to last", ylabel="share of right answers")


def _prompts(axis, found: dict) -> None:
    alone = found["alone"]
    if "per_prompt_entropy" in alone:
        _line(axis, alone["per_prompt_entropy"], ALONE, "within a prompt")
        _line(axis, alone["across_prompt_entropy"], OTHER, "across prompts")
        axis.legend()
    else:
        _line(axis, alone["entropy"], ALONE, "items")
    axis.set(xlabel="generation", ylabel="entropy (nats)", ylim=(0, None))


def _shares(axis, found: dict) -> None:
    values = found["keeps"][LEVELS[0]].values | found["keeps"][LEVELS[1]].values
    shares = sorted(values)
    _line(axis, np.stack([values[s] for s in shares], 1), ALONE, "kept", np.array(shares))
    for level in LEVELS:
        axis.axhline(level, color="0.5", linewidth=0.6, linestyle=":")
        share = found["keeps"][level].found()["share"]
        if share is not None:
            axis.plot(share, level, "o", color="black", markersize=3)
    axis.set(xlabel="share of fresh real data", ylabel="effective number kept", ylim=(0, None))


def _exploit(axis, found: dict) -> None:
    if found["held"] is None:
        axis.set_axis_off()
        return
    _line(axis, found["alone"]["exploit_share"], ALONE, "as it is")
    _line(axis, found["exploited"]["exploit_share"], CONTROL, "planted")
    held = found["held"].values
    last = len(found["alone"]["exploit_share"][0]) - 1
    axis.axhline(HELD, color="0.5", linewidth=0.6, linestyle=":")
    shares = sorted(held)
    ends = [1 - held[s].mean() for s in shares]
    axis.plot(
        np.array(shares) * last,
        ends,
        color=COLOURS[OTHER],
        linestyle=DASHES[OTHER],
        label="at the end, by real share",
    )
    top = axis.secondary_xaxis("top", functions=(lambda t: t / last, lambda s: s * last))
    top.tick_params(labelsize=6, colors=COLOURS[OTHER])
    axis.set(xlabel="generation (top: real share)", ylabel="exploit in the output", ylim=(0, 1))
    axis.legend(fontsize=6)


def _sensitivity(axis, card: dict) -> None:
    rows = {"as it is": card["half_life"]} | card["sensitivity"]
    rows["random filter"] = card["half_life_random_filter"]
    names = list(rows)[::-1]
    cap = card["settings"]["generations"]
    for y, name in enumerate(names):
        low, middle, high = (min(rows[name][k], cap) for k in ("low", "median", "high"))
        which = CONTROL if name == "random filter" else ALONE
        axis.plot([low, high], [y, y], color=COLOURS[which])
        axis.plot(middle, y, "o" if middle < cap else ">", color=COLOURS[which], markersize=3)
    axis.set_yticks(range(len(names)), names)
    axis.set(
        xlabel="half-life (generations; > : not reached)",
        xlim=(0, None),
        ylim=(-0.5, len(names) - 0.5),
    )
