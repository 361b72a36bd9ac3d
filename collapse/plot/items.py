"""Items by generation: images, texts, points, numbers, and how often each occurs."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes

from collapse.report.draw import draw_images, log_axis
from collapse.report.recorded_figure import record
from collapse.report.style import tiny
from collapse.report.typeset import escaped, paragraph

SHADES = "viridis"  # early generations are dark, also in grey
SPAN = (0.0, 0.85)  # of the shades; its bright end is not seen on white


def shade(place: int, count: int):
    """Colour of the generation at a place among ``count``."""
    part = place / max(count - 1, 1)
    return colormaps[SHADES](SPAN[0] + part * (SPAN[1] - SPAN[0]))


def named(generation: int) -> str:
    """What a generation is called in a legend."""
    return "real" if generation == 0 else f"generation {generation}"


def image_grid(
    ax: Axes, images: Mapping[int, Sequence[np.ndarray]], label: str = "", arm: str = ""
) -> Axes:
    """Grey images by generation, a column each: {generation: images (height, width) from 0 to 1}.
    All are of one size; a generation with fewer has blank places. ``label`` is the title; ``arm``
    is named in the CSV."""
    rows = max(len(own) for own in images.values())
    height, width = np.shape(next(iter(images.values()))[0])
    picture = np.ones((rows * (height + 1), len(images) * (width + 1)))
    for x, column in enumerate(images.values()):
        for y, image in enumerate(column):
            top, left = y * (height + 1), x * (width + 1)
            picture[top : top + height, left : left + width] = image
    draw_images(ax, picture, list(images), {"label": label, "arm": arm, "seeds": 1})
    ax.set_xticks([x * (width + 1) + width / 2 - 0.5 for x in range(len(images))])
    ax.set_xticklabels([f"{t}" if t else "real" for t in images])
    ax.set_yticks([])
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    if label:
        ax.set_title(escaped(label))
    ax.set_xlabel("generation")
    return ax


def text_grid(
    ax: Axes, texts: Mapping[int, Sequence[str]], width: int = 24, lines: int = 3
) -> Axes:
    """Texts by generation, a column each: {generation: texts}. Each is wrapped to ``width``
    letters and cut after so many ``lines``."""
    rows = max(len(own) for own in texts.values())
    for x, (generation, own) in enumerate(texts.items()):
        for y, text in enumerate(own):
            wrapped = paragraph(str(text), width).split("\n")
            cut = wrapped[:lines] if len(wrapped) <= lines else [*wrapped[: lines - 1], "..."]
            ax.text(x + 0.03, y + 0.5, "\n".join(cut), va="center", fontsize=tiny())
        record(ax, "texts", [], {"label": " | ".join(own)}, {"generation": generation})
    ax.set_xlim(0, len(texts))
    ax.set_ylim(rows, 0)
    ax.set_xticks(np.arange(len(texts)) + 0.5, [f"{t}" if t else "real" for t in texts])
    ax.set_yticks([])
    ax.tick_params(length=0)
    for y in range(1, rows):
        ax.axhline(y, color="0.85", linewidth=0.5, gid="rule")
    ax.set_xlabel("generation")
    return ax


def point_clouds(ax: Axes, clouds: Mapping[int, np.ndarray], size: float = 2.0) -> Axes:
    """Points in the plane by generation, later ones lighter: {generation: (points, 2)}. More than
    some thousand points are drawn as pixels, so that a PDF stays small."""
    for place, (generation, points) in enumerate(clouds.items()):
        points = np.asarray(points)
        look = {"s": size, "linewidths": 0, "rasterized": len(points) > 2000}
        colour = shade(place, len(clouds))
        dots = ax.scatter(*points.T, color=[colour], label=named(generation), **look)
        columns = {"x": points[:, 0], "y": points[:, 1]}
        columns["generation"] = np.full(len(points), generation)
        record(ax, "cloud", [dots], {"label": named(generation)}, columns)
    ax.set_aspect("equal", adjustable="datalim")
    ax.legend(markerscale=3)
    return ax


def densities(ax: Axes, samples: Mapping[int, np.ndarray], points: int = 200) -> Axes:
    """Densities of numbers by generation, by a Gaussian kernel of Scott's bandwidth:
    {generation: (n,)}. A generation whose numbers are all alike is a vertical line."""
    from scipy.stats import gaussian_kde

    every = np.concatenate([np.ravel(x) for x in samples.values()])
    pad = 0.1 * np.ptp(every) or 1.0
    x = np.linspace(every.min() - pad, every.max() + pad, points)
    for place, (generation, numbers) in enumerate(samples.items()):
        look = {"color": shade(place, len(samples)), "label": named(generation)}
        about = {"label": named(generation)}
        if np.ptp(numbers) == 0:
            line = ax.axvline(np.ravel(numbers)[0], **look)
            record(ax, "line", [line], about, {"x": np.ravel(numbers)[0], "generation": generation})
            continue
        density = gaussian_kde(np.ravel(numbers))(x)
        (line,) = ax.plot(x, density, **look)
        same = np.full(points, generation)
        record(ax, "line", [line], about, {"x": x, "centre": density, "generation": same})
    ax.set_ylim(bottom=0)
    ax.set_ylabel("density")
    ax.legend()
    return ax


def histograms(
    ax: Axes, samples: Mapping[int, np.ndarray], bins: int = 40, log: bool = False
) -> Axes:
    """Histograms of numbers by generation, as steps over common bins: {generation: (n,)}.
    ``log``: bins of equal ratio, for perplexities and other positive numbers."""
    every = np.concatenate([np.ravel(x) for x in samples.values()])
    edges = np.histogram_bin_edges(np.log(every) if log else every, bins)
    edges = np.exp(edges) if log else edges
    for place, (generation, numbers) in enumerate(samples.items()):
        share = np.histogram(numbers, edges)[0] / np.size(numbers)
        look = {"color": shade(place, len(samples)), "label": named(generation)}
        steps = ax.stairs(share, edges, **look)
        columns = {"x": edges[:-1], "y": edges[1:], "centre": share}
        columns["generation"] = np.full(len(share), generation)
        record(ax, "histogram", [steps], {"label": named(generation)}, columns)
    if log:
        log_axis(ax, "x")
    ax.set_ylabel("share")
    ax.legend()
    return ax


def rank_frequency(ax: Axes, counts: Mapping[int, np.ndarray]) -> Axes:
    """Shares of outcomes by rank and generation, on logarithmic axes: {generation: counts or
    probabilities (K,)}. Zipf's law is a straight line; lost outcomes end it early."""
    for place, (generation, own) in enumerate(counts.items()):
        share = np.sort(np.ravel(own).astype(float))[::-1]
        share = share[share > 0] / share.sum()
        rank = np.arange(1, len(share) + 1)
        look = {"color": shade(place, len(counts)), "label": named(generation)}
        (line,) = ax.plot(rank, share, **look)
        same = np.full(len(rank), generation)
        about = {"label": named(generation)}
        record(ax, "line", [line], about, {"x": rank, "centre": share, "generation": same})
    for which in "xy":
        log_axis(ax, which)
    ax.set(xlabel="rank", ylabel="share")
    ax.legend()
    return ax
