"""One number against another: scaling, phases, frontiers, paths, similarities, thresholds,
biases."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from collapse.report.draw import log_axis
from collapse.report.recorded_figure import record
from collapse.report.style import GREY, style, tiny
from collapse.report.typeset import escaped
from collapse.stats.estimate import Estimate


def _colour_bar(ax: Axes, drawn, label: str) -> Axes:
    bar = ax.figure.colorbar(drawn, ax=ax, pad=0.02)
    bar.set_label(escaped(label))
    bar.outline.set_linewidth(0.4)
    return bar.ax


def scaling(
    ax: Axes,
    x: ArrayLike,
    y: ArrayLike,
    label: str,
    index: int = 0,
    fit: tuple[float, float] | None = None,
) -> float:
    """Points on logarithmic axes and their power law y = c x^slope by least squares, dashed, with
    the slope in the legend; returns the slope.

    ``fit``: ends of the range of ``x`` that the law is fitted to; default: all points.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    low, high = fit or (x.min(), x.max())
    used = (x >= low) & (x <= high) & (y > 0)
    slope, height = np.polyfit(np.log(x[used]), np.log(y[used]), 1)
    colour = style(index)["color"]
    (marks,) = ax.plot(x, y, "o", color=colour, markersize=3, label=escaped(label))
    record(ax, "points", [marks], {"label": label}, {"x": x, "centre": y})
    ends = np.array([low, high])
    text = f"slope {slope:.2f}"
    (line,) = ax.plot(ends, np.exp(height) * ends**slope, "--", color=colour, label=text)
    values = np.exp(height) * ends**slope
    record(ax, "law", [line], {"label": f"{label}, {text}"}, {"x": ends, "centre": values})
    log_axis(ax, "x")
    log_axis(ax)
    return float(slope)


def heat_map(
    ax: Axes,
    x: ArrayLike,
    y: ArrayLike,
    values: np.ndarray,
    label: str = "",
    threshold: float | None = None,
    law: tuple[ArrayLike, ArrayLike] | None = None,
) -> Axes:
    """A phase diagram: ``values`` (len(y), len(x)) as colours over two settings.

    ``threshold``: the value along which a black line is drawn, marked in the colour bar. ``law``:
    the line where a theory has the threshold, as (x, y), dashed white. ``label`` names the colours.
    """
    x, y, values = np.asarray(x, float), np.asarray(y, float), np.asarray(values, float)
    mesh = ax.pcolormesh(x, y, values, cmap="cividis", shading="nearest", rasterized=True)
    flat = np.meshgrid(x, y)
    columns = {"x": flat[0].ravel(), "y": flat[1].ravel(), "centre": values.ravel()}
    record(ax, "heat map", [mesh], {"label": label}, columns)
    if threshold is not None:
        line = ax.contour(x, y, values, [threshold], colors="black", linewidths=1.2)
        about = {"label": f"threshold {threshold:g}"}
        record(ax, "threshold", [line], about, {"centre": threshold})
    if law is not None:
        (dashed,) = ax.plot(*law, "--", color="white", linewidth=1.2, label="law")
        record(ax, "law", [dashed], {"label": "law"}, {"x": law[0], "centre": law[1]})
    bar = _colour_bar(ax, mesh, label)
    if threshold is not None and np.nanmin(values) < threshold < np.nanmax(values):
        bar.axhline(threshold, color="black", linewidth=1.2)
    return ax


def pass_at_k(
    ax: Axes,
    ks: ArrayLike,
    rates: ArrayLike,
    label: str,
    index: int = 0,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
) -> Axes:
    """The share of problems solved in k tries, ``rates`` (points,), against k on a logarithmic
    axis; ``low`` and ``high`` are the ends of a band."""
    look = style(index)
    rates = np.asarray(rates, float)
    columns = {"x": ks, "centre": rates}
    artists = []
    if low is not None and high is not None:
        band = ax.fill_between(ks, low, high, color=look["color"], alpha=0.25, linewidth=0)
        artists.append(band)
        columns |= {"low": low, "high": high}
    artists += ax.plot(ks, rates, label=escaped(label), **look)
    record(ax, "curve", artists, {"label": label}, columns)
    ax.set_xscale("log", base=2)
    ax.set(xlabel="k", ylabel="pass@k")
    return ax


def kl_reward(ax: Axes, kl: ArrayLike, reward: ArrayLike, label: str, index: int = 0) -> Axes:
    """Reward against the divergence from the reference, over the square root of KL as in Gao et al.
    (2023): ``kl`` (points,) in nats, ``reward`` (points,)."""
    kl, reward = np.asarray(kl, float), np.asarray(reward, float)
    (line,) = ax.plot(np.sqrt(kl), reward, label=escaped(label), **style(index))
    record(ax, "line", [line], {"label": label}, {"x": np.sqrt(kl), "centre": reward})
    ax.set(xlabel=r"$\sqrt{\mathrm{KL}}$ (nats$^{1/2}$)", ylabel="reward")
    return ax


def entropy_reward(
    ax: Axes,
    entropy: ArrayLike,
    reward: ArrayLike,
    label: str,
    index: int = 0,
    share: float = 1.0,
) -> tuple[float, float]:
    """Reward against entropy, and the law R = -a exp(H) + b of Cui et al. (2025), dashed; returns
    (a, b). It is fitted by least squares to the first ``share`` of the points, and drawn over all.
    """
    entropy, reward = np.asarray(entropy, float), np.asarray(reward, float)
    first = max(int(np.ceil(share * len(entropy))), 2)
    slope, top = np.polyfit(np.exp(entropy[:first]), reward[:first], 1)
    colour = style(index)["color"]
    (marks,) = ax.plot(entropy, reward, "o", color=colour, markersize=2.5, label=escaped(label))
    record(ax, "points", [marks], {"label": label}, {"x": entropy, "centre": reward})
    h = np.linspace(entropy.min(), entropy.max(), 100)
    law = slope * np.exp(h) + top
    text = rf"${slope:.3g}\,e^{{H}} {top:+.3g}$"
    (line,) = ax.plot(h, law, "--", color=colour, label=text)
    record(ax, "law", [line], {"label": f"{label}, fitted"}, {"x": h, "centre": law})
    ax.set(xlabel="entropy (nats)", ylabel="reward")
    return float(-slope), float(top)


def quality_diversity(
    ax: Axes,
    quality: ArrayLike,
    diversity: ArrayLike,
    label: str,
    index: int = 0,
    marks: Sequence[int] = (),
) -> Axes:
    """The path of a model over generations: quality (points,) against diversity, from the open mark
    of generation 0 to the full one of the last. ``marks``: generations that are numbered."""
    quality, diversity = np.asarray(quality, float), np.asarray(diversity, float)
    look = style(index)
    (line,) = ax.plot(diversity, quality, label=escaped(label), **look)
    generations = np.arange(len(quality))
    columns = {"x": diversity, "centre": quality, "generation": generations}
    record(ax, "line", [line], {"label": label}, columns)
    for place, face in ((0, "white"), (-1, look["color"])):
        end = {"markeredgecolor": look["color"], "markerfacecolor": face, "markersize": 4}
        ax.plot(diversity[place], quality[place], "o", gid="end", **end)
    for t in marks:
        at = (diversity[t], quality[t])
        where = {"xytext": (3, 3), "textcoords": "offset points", "fontsize": tiny()}
        ax.annotate(str(t), at, color=look["color"], **where)
    ax.set(xlabel="diversity", ylabel="quality")
    return ax


def similarity(ax: Axes, values: np.ndarray, names: Sequence[str], label: str = "") -> Axes:
    """Similarity of every model with every other, ``values`` (models, models), as colours with the
    numbers in them, where there are at most 12 models."""
    values = np.asarray(values, float)
    count = len(names)
    image = ax.imshow(values, cmap="cividis", interpolation="nearest")
    at = np.meshgrid(np.arange(count), np.arange(count))
    columns = {"x": at[0].ravel(), "y": at[1].ravel(), "centre": values.ravel()}
    record(ax, "heat map", [image], {"label": label}, columns)
    shown = [escaped(name) for name in names]
    ax.set_xticks(range(count), shown, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(count), shown)
    ax.tick_params(length=0)
    middle = (np.nanmin(values) + np.nanmax(values)) / 2
    if count <= 12:
        for row in range(count):
            for column in range(count):
                value = values[row, column]
                colour = "black" if value > middle else "white"
                text = f"{value:.2f}".removeprefix("0")
                look = {"ha": "center", "va": "center", "fontsize": tiny(), "color": colour}
                ax.text(column, row, text, **look)
    _colour_bar(ax, image, label)
    return ax


def threshold(
    ax: Axes,
    settings: ArrayLike,
    estimates: Sequence[Estimate],
    label: str,
    index: int = 0,
    log: str = "",
) -> Axes:
    """A half-life, threshold or other number against a setting: ``estimates``, one for each of the
    ``settings``, as points with their intervals. Infinite ones, such as a half-life that is never
    reached, are triangles at the top. ``log``: "x", "y" or "xy" for logarithmic axes."""
    x = np.asarray(settings, float)
    value, low, high = (
        np.array([getattr(one, name) for one in estimates], float)
        for name in ("value", "low", "high")
    )
    colour = style(index)["color"]
    known = np.isfinite(value)
    (marks,) = ax.plot(
        x[known], value[known], "o-", color=colour, markersize=3, label=escaped(label)
    )
    bars = ax.vlines(x[known], low[known], high[known], color=colour, linewidth=0.9)
    columns = {"x": x, "centre": value, "low": low, "high": high, "seeds": [e.n for e in estimates]}
    record(ax, "points", [marks, bars], {"label": label}, columns)
    if (~known).any():
        look = {"color": colour, "markersize": 4, "transform": ax.get_xaxis_transform()}
        ax.plot(
            x[~known], np.full((~known).sum(), 0.97), "^", gid="infinite", label="never", **look
        )
    for which in log:
        log_axis(ax, which)
    return ax


def bias_bars(
    ax: Axes, names: Sequence[str], estimates: Sequence[Estimate], neutral: float = 0.0
) -> Axes:
    """Biases of a judge or of a model as horizontal bars from ``neutral``, with their intervals;
    the first name is on top. Bars whose interval includes ``neutral`` are pale."""
    values = np.array([one.value for one in estimates])
    low, high = (np.array([getattr(one, end) for one in estimates]) for end in ("low", "high"))
    sure = (low > neutral) | (high < neutral)
    places = np.arange(len(values))
    look = style(0)["color"]
    bars = ax.barh(places, values - neutral, left=neutral, height=0.6, color=look)
    for bar, certain in zip(bars, sure, strict=True):
        bar.set_alpha(0.9 if certain else 0.35)
    lines = ax.hlines(places, low, high, color="black", linewidth=0.9)
    for place, name in enumerate(names):
        one = {"centre": values[place], "low": low[place], "high": high[place], "y": place}
        mark = [bars[place], lines] if place == 0 else [bars[place]]
        record(ax, "bar", mark, {"label": name, "seeds": estimates[place].n}, one)
    ax.axvline(neutral, color=GREY, linewidth=0.8, linestyle=":", gid="neutral")
    ax.set_yticks(places, [escaped(name) for name in names])
    ax.invert_yaxis()
    return ax


def reliability(ax: Axes, bins: Sequence[dict], label: str = "") -> Axes:
    """A reliability diagram: the share that is right against the mean score of each bin, with its
    interval; the dotted diagonal is a score that is a probability.

    ``bins``: {"score": mean score from 0 to 1, "right": the share as an ``Estimate`` or its JSON
    form, "n": rows} each. Larger points are bins of more rows.
    """
    right = [Estimate.of(each["right"]) for each in bins]
    scores = np.array([each["score"] for each in bins])
    shares = np.array([one.value for one in right])
    low, high = (np.array([getattr(one, end) for one in right]) for end in ("low", "high"))
    sizes = np.array([each["n"] for each in bins], float)
    look = style(0)["color"]
    lines = ax.vlines(scores, low, high, color=look, linewidth=0.9)
    points = ax.scatter(scores, shares, 8 + 40 * sizes / sizes.max(), color=look, zorder=3)
    columns = {"x": scores, "centre": shares, "low": low, "high": high}
    record(ax, "points", [points, lines], {"label": label}, columns)
    ax.plot([0, 1], [0, 1], ":", color=GREY, linewidth=0.8, gid="neutral")
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="score", ylabel="share that is right")
    return ax
